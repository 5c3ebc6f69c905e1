"""Threshold sweeps, by comparing every score with every threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge.arrays import each_image, score_images
from flawgauge.errors import InputValueError
from flawgauge.reference.boundary import boundary as count_bands
from flawgauge.reference.regions import label_image
from flawgauge.sweep import PositiveScores, binned_dtype, check_request, score_dtype
from flawgauge.sweep_evidence import REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from flawgauge.arrays import ArrayLike
    from flawgauge.sweep import Request

__all__ = ["positive_scores", "sweep"]


def sweep(
    scores: ArrayLike,
    target: ArrayLike,
    *,
    thresholds: ArrayLike | PositiveScores | None = None,
    bins: int | None = None,
    regions: bool = False,
    connectivity: int = 8,
    boundary: float | None = None,
    metric: str = "chessboard",
    edge: str = "background",
    ignore: ArrayLike | None = None,
    per_image: bool = False,
) -> Any:
    """Count positive and negative pixels over all thresholds.

    Parameters
    ----------
    scores, target, thresholds, bins, regions, connectivity, boundary, metric, edge, ignore, \
per_image
        As for ``flawgauge.sweep``.

    Returns
    -------
    ThresholdSweep, or list of ThresholdSweep
        Pooled, or with ``per_image`` one for each image.

    Raises
    ------
    InputTypeError, InputValueError
        As ``flawgauge.sweep``.

    Examples
    --------
    >>> sweep(np.array([[0.25, 0.5, 0.75]]), [[0, 1, 1]])
    ThresholdSweep at 2 thresholds, exact, 2 positives, 1 negatives
    threshold  tp  fp  fn  tn
         0.75   1   0   1   1
          0.5   2   0   0   1
    """
    request = check_request(
        scores,
        target,
        thresholds=thresholds,
        bins=bins,
        regions=regions,
        connectivity=connectivity,
        boundary=boundary,
        metric=metric,
        edge=edge,
        ignore=ignore,
    )
    maps = each_image(request.scores)
    masks = [mask != 0 for mask in each_image(request.target)]
    kept = [np.ones(mask.shape, dtype=bool) for mask in masks]
    if request.ignore is not None:
        kept = [skip == 0 for skip in each_image(request.ignore)]
    _check_numbers(maps, kept)
    if not per_image:
        return request.evidence(_count(request, maps, masks, kept), None)
    return [
        request.evidence(_count(request, [image], [mask], [keep]), index)
        for index, (image, mask, keep) in enumerate(zip(maps, masks, kept, strict=True))
    ]


def positive_scores(
    scores: ArrayLike, target: ArrayLike, *, ignore: ArrayLike | None = None
) -> PositiveScores:
    """Collect the distinct scores of positive pixels.

    Parameters
    ----------
    scores, target, ignore
        As for ``flawgauge.sweep``.

    Returns
    -------
    PositiveScores
        The thresholds of an exact sweep.

    Raises
    ------
    InputTypeError, InputValueError
        As ``flawgauge.positive_scores``.

    Examples
    --------
    >>> positive_scores(np.array([[0.25, 0.5, 0.5]]), [[0, 1, 1]])
    PositiveScores([0.5])
    """
    maps, masks, ignored = score_images(scores, target, ignore)
    chosen = [mask != 0 for mask in each_image(masks)]
    if ignored is not None:
        chosen = [
            mask & (skip == 0) for mask, skip in zip(chosen, each_image(ignored), strict=True)
        ]
    _check_numbers(each_image(maps), chosen)
    return PositiveScores(_pixels(each_image(maps), chosen).astype(score_dtype(maps)))


def _count(
    request: Request,
    maps: list[NDArray[Any]],
    masks: list[NDArray[np.bool_]],
    kept: list[NDArray[np.bool_]],
) -> dict[str, Any]:
    """All that a request asks for, of these images together."""
    positive = [mask & keep for mask, keep in zip(masks, kept, strict=True)]
    negative = [~mask & keep for mask, keep in zip(masks, kept, strict=True)]
    positives, negatives = _pixels(maps, positive), _pixels(maps, negative)
    # Where not, scores that equal the threshold are not told from those above it.
    resolved: Any = True
    if request.bits is not None:
        thresholds, resolved = bin_edges(binned_dtype(request.scores), request.bits)
    elif request.thresholds is not None:
        thresholds = request.thresholds
    else:
        thresholds = np.unique(positives.astype(request.dtype) + request.dtype.type(0))[::-1]
    fields: dict[str, Any] = {"thresholds": thresholds.astype(request.dtype)}
    groups: dict[str, Callable[[Any, bool], int]] = {
        "positives": lambda least, strict: _number(positives, least, strict),
        "negatives": lambda least, strict: _number(negatives, least, strict),
    }
    if request.connectivity is not None:
        regions = _regions(maps, positive, request.connectivity)
        groups["overlap"] = lambda least, strict: sum(
            _number(region, least, strict) * REGION // region.size for region in regions
        )
        fields["num_regions"] = len(regions)
    for name, count in groups.items():
        above = np.array([count(least, True) for least in thresholds], dtype=np.uint64)
        at = np.array([count(least, False) for least in thresholds], dtype=np.uint64)
        above = np.where(resolved, above, at)
        before = np.concatenate([np.zeros(1, dtype=np.uint64), at[:-1]])[: len(at)]
        fields[f"{name}_at"], fields[f"{name}_between"] = at - above, above - before
    fields["num_positives"], fields["num_negatives"] = positives.size, negatives.size
    if request.rule:
        fields.update(_bands(request, maps, masks, kept, fields["thresholds"]))
    return fields


def _bands(
    request: Request,
    maps: list[NDArray[Any]],
    masks: list[NDArray[np.bool_]],
    kept: list[NDArray[np.bool_]],
    thresholds: NDArray[Any],
) -> dict[str, Any]:
    """Boundary bands, eroding once for each threshold."""
    if not maps:
        nothing = np.zeros(len(thresholds), dtype=np.int64)
        return {"band_preds": nothing, "band_both": nothing, "band_target": 0}
    ignored = [~keep for keep in kept]
    rows = []
    # Of the last threshold, which is below all scores, only the ground truth's band is used.
    for least in [*thresholds, request.dtype.type(-np.inf)]:
        found = count_bands(maps, masks, threshold=least, ignore=ignored, **request.rule).sum()
        rows.append([int(found.band_preds[0]), int(found.both[0]), int(found.band_target[0])])
    table = np.array(rows, dtype=np.int64)
    steps = np.diff(table[:-1], axis=0, prepend=np.zeros((1, 3), dtype=np.int64))
    return {"band_preds": steps[:, 0], "band_both": steps[:, 1], "band_target": rows[-1][2]}


def bin_edges(dtype: np.dtype[Any], bits: int) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Lower edges of the bins of a type of scores, and whether a bin has room for one score only.

    All scores of a type are numbered in their order, in as many bits as the type has. Those whose
    numbers agree in the highest bits share a bin.

    Parameters
    ----------
    dtype : dtype
        uint8, uint16, float16, float32 or float64.
    bits : int
        How many bits.

    Returns
    -------
    tuple of ndarray
        From high to low.

    Examples
    --------
    >>> edges, single = bin_edges(np.dtype(np.uint16), 8)
    >>> edges[:2].tolist(), len(edges), bool(single.any())
    ([65280, 65024], 256, False)
    """
    size = 8 * dtype.itemsize
    shift = max(size - bits, 0)
    if dtype.kind == "u":
        lowest, highest = 0, 2**size - 1
    else:
        # Numbers of positive floats follow that of zero as their bits do, those of negative ones
        # precede it.
        zero, unsigned = 2 ** (size - 1), np.dtype(f"u{dtype.itemsize}")
        infinity = int(np.array(np.inf, dtype=dtype).view(unsigned))
        lowest, highest = zero - infinity, zero + infinity
    numbers, single = [], []
    for bin_number in range(highest >> shift, (lowest >> shift) - 1, -1):
        first = max(bin_number << shift, lowest)
        last = min((bin_number << shift) + 2**shift - 1, highest)
        numbers.append(first)
        single.append(first == last)
    if dtype.kind == "u":
        return np.array(numbers, dtype=dtype), np.array(single)
    magnitudes = np.array([abs(number - zero) for number in numbers], dtype=unsigned).view(dtype)
    signs = np.array([-1 if number < zero else 1 for number in numbers], dtype=dtype)
    return magnitudes * signs, np.array(single)


def _pixels(maps: list[NDArray[Any]], chosen: list[NDArray[np.bool_]]) -> NDArray[Any]:
    """The scores of the chosen pixels of all images."""
    found = [image[mask] for image, mask in zip(maps, chosen, strict=True)]
    return np.concatenate(found) if found else np.zeros(0, dtype=np.float32)


def _number(scores: NDArray[Any], least: Any, strict: bool) -> int:
    """How many scores are at least, or above, a threshold."""
    return int(np.sum(scores > least if strict else scores >= least))


def _regions(
    maps: list[NDArray[Any]], positive: list[NDArray[np.bool_]], connectivity: int
) -> list[NDArray[Any]]:
    """The scores of each region of each image."""
    found = []
    for image, mask in zip(maps, positive, strict=True):
        labels = label_image(mask, connectivity)
        found += [image[labels == label] for label in range(1, labels.max(initial=0) + 1)]
    return found


def _check_numbers(maps: list[NDArray[Any]], chosen: list[NDArray[np.bool_]]) -> None:
    for index, (image, mask) in enumerate(zip(maps, chosen, strict=True)):
        missing = np.argwhere(np.isnan(image) & mask)
        if len(missing):
            row, column = missing[0]
            raise InputValueError(
                f"scores is NaN at image {index}, row {row}, column {column}, want a number"
            )
