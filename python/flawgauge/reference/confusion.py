"""Binary confusion counts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge.arrays import leading_shape, mask_images
from flawgauge.confusion import ConfusionCounts
from flawgauge.errors import InputValueError
from flawgauge.reference.arrays import each_image
from flawgauge.thresholds import Threshold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flawgauge.arrays import ArrayLike

__all__ = ["at_least", "confusion"]


def confusion(
    preds: ArrayLike,
    target: ArrayLike,
    *,
    threshold: float | Threshold | None = None,
    ignore: ArrayLike | None = None,
) -> ConfusionCounts:
    """Count true and false positives and negatives per image.

    Parameters
    ----------
    preds : array-like (H, W), (N, H, W) or (N, C, H, W), or a list of (H, W) of any sizes
        Predicted masks of booleans or integers, positive where not zero; with `threshold`, scores
        (floats of 16, 32 or 64 bits, or integers), positive where at least `threshold`.
    target : array-like
        True masks of booleans or integers in the shape of `preds`, positive where not zero.
    threshold : float or Threshold, optional
        See :func:`at_least`.
    ignore : array-like, optional
        Pixels that count nowhere, where not zero; broadcast over the leading axes.

    Returns
    -------
    ConfusionCounts
        In pixels, of shape (), (N,) or (N, C).

    Raises
    ------
    InputTypeError
        A dtype that is no mask, a float array without a threshold.
    InputValueError
        Shapes that differ, a wrong number of axes, a NaN score on a pixel that is not ignored.

    Notes
    -----
    With P the predicted and T the true positives among the pixels that are not ignored, tp counts
    the pixels in P and T, fp those in P alone, fn those in T alone, and tn the rest.

    Examples
    --------
    >>> preds = np.array([[0, 1], [1, 1]])
    >>> target = np.array([[0, 1], [0, 1]])
    >>> confusion(preds, target)
    ConfusionCounts(tp=2, fp=1, fn=0, tn=1)
    """
    scores, truth, ignored, _ = mask_images(preds, target, threshold, ignore)
    score_images = each_image(scores)
    ignore_images = [None] * len(score_images) if ignored is None else each_image(ignored)
    rows = []
    for index, (score, true, ignore_image) in enumerate(
        zip(score_images, each_image(truth), ignore_images, strict=True)
    ):
        counted = np.ones(score.shape, dtype=bool) if ignore_image is None else ignore_image == 0
        if threshold is None:
            positive = score != 0
        else:
            _refuse_nan(score, counted, index)
            positive = at_least(score, threshold)
        actual = true != 0
        rows.append(
            (
                np.count_nonzero(counted & positive & actual),
                np.count_nonzero(counted & positive & ~actual),
                np.count_nonzero(counted & ~positive & actual),
                np.count_nonzero(counted & ~positive & ~actual),
            )
        )
    table = np.array(rows, dtype=np.int64).reshape((*leading_shape(scores), 4))
    counts = ConfusionCounts(table[..., 0], table[..., 1], table[..., 2], table[..., 3])
    return counts._with_threshold(threshold if isinstance(threshold, Threshold) else None)


def at_least(scores: NDArray[Any], threshold: float | Threshold) -> NDArray[np.bool_]:
    """Compare scores with a threshold, ``scores >= threshold``.

    Parameters
    ----------
    scores : ndarray
        Floats of 16, 32 or 64 bits, or integers.
    threshold : float
        For float scores, a Python number is first rounded to the dtype of the scores, and a NumPy
        scalar is compared in the wider of the two dtypes. For integer scores the comparison is
        exact, whatever the type of the threshold.

    Returns
    -------
    ndarray of bool
        True where the score is at least the threshold; False where it is NaN.

    Notes
    -----
    0.7 rounded to float32 is below 0.7. Rounding a Python float to the dtype of the scores lets
    0.7 match the scores that were made by writing 0.7; a NumPy scalar has a precision of its own,
    so ``np.float64(0.7)`` is taken literally. That is NumPy's rule since 2.0.

    Examples
    --------
    >>> at_least(np.array([0.7], dtype=np.float32), 0.7)
    array([ True])
    >>> at_least(np.array([0.7], dtype=np.float32), np.float64(0.7))
    array([False])
    >>> at_least(np.array([1, 2, 255], dtype=np.uint8), 1.5)
    array([False,  True,  True])
    """
    if isinstance(threshold, Threshold):
        threshold = threshold.value
    if scores.dtype.kind in "bui":
        return _integers_at_least(scores, threshold)
    common = scores.dtype.newbyteorder("=")
    if isinstance(threshold, (np.generic, np.ndarray)):
        common = np.result_type(common, threshold.dtype)
    with np.errstate(over="ignore"):
        limit = np.asarray(threshold).astype(common)
    return np.asarray(scores.astype(common) >= limit, dtype=bool)


def _integers_at_least(scores: NDArray[Any], threshold: float) -> NDArray[np.bool_]:
    # An integer is at least t exactly when it is at least the next integer from t upwards.
    if math.isinf(threshold):
        return np.full(scores.shape, threshold < 0)
    if isinstance(threshold, (np.generic, np.ndarray)):
        threshold = threshold.item()
    lowest = math.ceil(threshold)
    if scores.dtype.kind == "b":
        scores = scores.astype(np.uint8)
    bounds = np.iinfo(scores.dtype)
    if lowest > bounds.max:
        return np.zeros(scores.shape, dtype=bool)
    return np.asarray(scores >= max(lowest, int(bounds.min)), dtype=bool)


def _refuse_nan(scores: NDArray[Any], counted: NDArray[np.bool_], index: int) -> None:
    if scores.dtype.kind != "f":
        return
    places = np.argwhere(np.isnan(scores) & counted)
    if len(places):
        row, column = (int(place) for place in places[0])
        raise InputValueError(f"preds is NaN in image {index}, row {row}, column {column}")
