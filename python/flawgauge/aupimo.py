"""AUPIMO: the recall of each defective image at false-positive rates of the good images."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge.arrays import each_image, score_images, whole_number
from flawgauge.errors import InputTypeError, InputValueError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flawgauge.arrays import ArrayLike

__all__ = ["Aupimo", "aupimo"]

_MOST_THRESHOLDS = 10_000_000


@dataclass(frozen=True, eq=False)
class Aupimo:
    """AUPIMO of each image, with what it was computed from.

    Attributes
    ----------
    per_image : ndarray of float64, shape (N,)
        The value of each image, a fraction; nan for an image without a defect pixel, and for all if
        no image is free of defects.
    limits : (float, float)
        The shared false-positive rates between which it is an average.
    num_thresholds : int or None
        Size of the grid of thresholds; None if exact.

    Examples
    --------
    >>> import flawgauge as fg
    >>> scores = [[[0.1, 0.2]], [[0.3, 0.9]]]
    >>> fg.aupimo(scores, [[[0, 0]], [[0, 1]]])
    Aupimo(mean=1.0 of 1 image, limits=(1e-05, 0.0001), exact)
    """

    per_image: NDArray[np.float64]
    limits: tuple[float, float]
    num_thresholds: int | None

    @property
    def mean(self) -> float:
        """Mean over the images that have a value; nan if none has."""
        values = self.per_image[~np.isnan(self.per_image)]
        return math.fsum(values) / values.size if values.size else math.nan

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Aupimo)
            and (self.limits, self.num_thresholds) == (other.limits, other.num_thresholds)
            and np.array_equal(self.per_image, other.per_image, equal_nan=True)
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        count = int(np.sum(~np.isnan(self.per_image)))
        how = "exact" if self.num_thresholds is None else f"{self.num_thresholds} thresholds"
        images = f"{count} image{'' if count == 1 else 's'}"
        return f"Aupimo(mean={self.mean} of {images}, limits={self.limits}, {how})"


def aupimo(
    scores: ArrayLike,
    target: ArrayLike,
    *,
    limits: tuple[float, float] = (1e-5, 1e-4),
    num_thresholds: int | None = None,
    ignore: ArrayLike | None = None,
) -> Aupimo:
    """Average the recall of each defective image over low false-positive rates of the good ones.

    Good images are those without a positive target pixel. The shared false-positive rate F(t) of a
    threshold t is the mean over the good images of their shares of pixels with ``scores >= t``. A
    defective image's value is the mean of its recall over ln F between the limits.

    Parameters
    ----------
    scores : array-like (N, H, W), or a list of (H, W) of any sizes
        Anomaly maps: float16, float32, float64, bfloat16, uint8 or uint16.
    target : array-like
        True masks of booleans or integers, in the shape of ``scores``.
    limits : (float, float)
        The lowest and the highest shared false-positive rate, fractions above 0.
    num_thresholds : int, optional
        Take a grid of so many thresholds, evenly spaced from the lowest to the highest score of the
        good images, as anomalib does with 300,000; exact by default.
    ignore : array-like, optional
        Pixels that count nowhere, where not zero.

    Returns
    -------
    Aupimo
        A value for each image, and the mean.

    Raises
    ------
    InputTypeError, InputValueError
        Wrong arrays; a NaN score; limits that are not 0 < lower < upper <= 1; a wrong number of
        thresholds.

    Notes
    -----
    Bertoldo et al., "AUPIMO: Redefining Visual Anomaly Detection Benchmarks with High Speed and Low
    Tolerance", 2024. Exact: the recall at a rate f is the largest one that a threshold with
    F(t) <= f has, a step function, whose integral over ln f is a finite sum. With
    ``num_thresholds``: the trapezoid rule over ln F, between the thresholds whose F are nearest to
    the limits, clipped to 0..1; a coarse grid may have no two thresholds there, which gives 0.

    Examples
    --------
    >>> import flawgauge as fg
    >>> good = np.zeros((1, 10, 10))
    >>> good[0, 0, :] = np.linspace(0.1, 1.0, 10)
    >>> found = fg.aupimo(
    ...     np.concatenate([good, 0.85 * np.ones((1, 10, 10))]),
    ...     np.concatenate([good < 0, good > 0]),
    ...     limits=(0.01, 0.1),
    ... )
    >>> found.per_image.round(3)
    array([  nan, 0.699])
    """
    maps, masks, ignored = score_images(scores, target, ignore)
    lower, upper = _limits(limits)
    if num_thresholds is not None:
        num_thresholds = whole_number(num_thresholds, "num_thresholds", 2, _MOST_THRESHOLDS)
    good, positives = split_images(each_image(maps), each_image(masks), ignored)
    if num_thresholds is None:
        highest = [_highest(image, math.ceil(upper * len(good) * image.size) + 1) for image in good]
        sizes = [image.size for image in good]
        values = exact_values(highest, sizes, positives, (lower, upper))
    else:
        values = grid_values(good, positives, (lower, upper), num_thresholds)
    return Aupimo(values, (lower, upper), num_thresholds)


def split_images(
    maps: list[NDArray[Any]], masks: list[NDArray[Any]], ignored: Any
) -> tuple[list[NDArray[Any]], list[NDArray[Any] | None]]:
    """Return all scores of each good image, and the positive scores of each image, if any.

    Images whose pixels are all ignored are neither.
    """
    good: list[NDArray[Any]] = []
    positives: list[NDArray[Any] | None] = []
    skipped = [None] * len(maps) if ignored is None else each_image(ignored)
    for index, (scores, target, ignore) in enumerate(zip(maps, masks, skipped, strict=True)):
        positive = target != 0
        _check_numbers(scores, ignore, index)
        if ignore is not None:
            kept = ignore == 0
            scores, positive = scores[kept], positive[kept]
        found = scores[positive]
        positives.append(found if found.size else None)
        if not found.size and scores.size:
            good.append(scores.ravel())
    return good, positives


def exact_values(
    highest: list[NDArray[Any]],
    sizes: list[int],
    positives: list[NDArray[Any] | None],
    limits: tuple[float, float],
) -> NDArray[np.float64]:
    """Return the exact value of each image.

    Parameters
    ----------
    highest : list of ndarray
        Of each good image the highest scores, at least as many as the upper limit allows.
    sizes : list of int
        Pixels of each good image.
    positives : list of (ndarray or None)
        Of each image the scores of its defect pixels.
    limits : (float, float)
        Shared false-positive rates.
    """
    values = np.full(len(positives), np.nan)
    if not highest:
        return values
    levels = np.unique(np.concatenate(highest))[::-1]
    # From each level on, the rate is that of all pixels at least as high; before the first it is 0.
    rates = np.concatenate([[0.0], shared_rates(highest, sizes, levels), [np.inf]])
    edges = np.log(np.clip(rates, *limits))
    widths = np.diff(edges)
    for index, scores in enumerate(positives):
        if scores is not None:
            # Below a rate that the next level would exceed, thresholds go down to just above it.
            above = scores.size - np.searchsorted(np.sort(scores), levels, side="right")
            recalls = np.concatenate([above, [scores.size]]) / scores.size
            # The widths are rounded, so that they may sum to a little more than the whole.
            values[index] = min(math.fsum(widths * recalls) / (edges[-1] - edges[0]), 1.0)
    return values


def shared_rates(
    images: list[NDArray[Any]], sizes: list[int], levels: NDArray[Any]
) -> NDArray[np.float64]:
    """Mean over images of the share of pixels that are at least as high as each level.

    The counts of images of one size are summed as integers first.
    """
    by_size: dict[int, NDArray[np.int64]] = {}
    for scores, size in zip(images, sizes, strict=True):
        counts = scores.size - np.searchsorted(np.sort(scores), levels, side="left")
        by_size[size] = by_size.get(size, np.zeros(len(levels), np.int64)) + counts
    total = np.zeros(len(levels))
    for size, counts in sorted(by_size.items()):
        total += counts / (size * len(images))
    return total


def grid_values(
    good: list[NDArray[Any]],
    positives: list[NDArray[Any] | None],
    limits: tuple[float, float],
    num_thresholds: int,
) -> NDArray[np.float64]:
    """Return the value of each image from an even grid of thresholds."""
    values = np.full(len(positives), np.nan)
    if not good:
        return values
    low = min(float(scores.min()) for scores in good)
    high = max(float(scores.max()) for scores in good)
    if not (math.isfinite(low) and math.isfinite(high)):
        raise InputValueError(
            "scores of good images are infinite: a grid of thresholds needs an end"
        )
    thresholds = np.linspace(low, high, num_thresholds)
    rates = shared_rates(good, [scores.size for scores in good], thresholds)
    first, last = (int(np.argmin(np.abs(rates - limit))) for limit in (limits[1], limits[0]))
    chosen = thresholds[first : last + 1]
    # Rates rise as thresholds fall; one of 0 has no logarithm.
    logs = np.log(np.maximum(rates[first : last + 1], np.finfo(float).tiny))[::-1]
    for index, scores in enumerate(positives):
        if scores is not None:
            found = scores.size - np.searchsorted(np.sort(scores), chosen, side="left")
            recalls = (found / scores.size)[::-1]
            area = math.fsum(np.diff(logs) * (recalls[1:] + recalls[:-1]) / 2)
            values[index] = min(max(area / math.log(limits[1] / limits[0]), 0.0), 1.0)
    return values


def _check_numbers(scores: NDArray[Any], ignore: NDArray[Any] | None, index: int) -> None:
    missing = np.isnan(scores)
    if ignore is not None:
        missing &= ignore == 0
    if missing.any():
        row, column = np.argwhere(missing)[0]
        raise InputValueError(f"scores are NaN in image {index}, row {row}, column {column}")


def _highest(scores: NDArray[Any], count: int) -> NDArray[Any]:
    """The `count` highest scores, and all that tie with the lowest of these."""
    if count >= scores.size:
        return scores
    lowest = np.partition(scores, scores.size - count)[scores.size - count]
    highest: NDArray[Any] = scores[scores >= lowest]
    return highest


def _limits(limits: Any) -> tuple[float, float]:
    want = "want two ascending fractions above 0"
    try:
        lower, upper = (float(limit) for limit in limits)
    except (TypeError, ValueError):
        raise InputTypeError(f"limits is {limits!r}, {want}") from None
    if not 0 < lower < upper <= 1:
        raise InputValueError(f"limits is {limits!r}, {want}")
    return lower, upper
