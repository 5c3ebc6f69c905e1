"""The numbers that scores are compared with: the rule of NumPy's ``scores >= threshold``.

A Python number is rounded to the precision of float scores first, so that 0.1 matches the scores
that were made by writing 0.1; a NumPy scalar or array keeps its own precision. Integer scores are
compared with the number as it is.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge.errors import InputTypeError, InputValueError
from flawgauge.thresholds import Threshold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flawgauge.arrays import Images

__all__ = ["compared_number", "least_scores", "only_dtype", "score_threshold", "score_thresholds"]


def score_threshold(threshold: Any, scores: Images, name: str = "preds") -> float:
    """The real number that scores of this name are compared with at a threshold."""
    images = [scores] if isinstance(scores, np.ndarray) else scores
    return compared_number(threshold, {image.dtype for image in images}, name)


def compared_number(threshold: Any, dtypes: set[np.dtype[Any]], name: str) -> float:
    """The real number that scores of all these dtypes are compared with at a threshold."""
    if isinstance(threshold, np.ndarray) and threshold.ndim == 0:
        threshold = threshold[()]
    if isinstance(threshold, Threshold):
        threshold = threshold.value
    if isinstance(threshold, (bool, np.bool_)) or not isinstance(
        threshold, (int, float, np.integer, np.floating)
    ):
        raise InputTypeError(f"threshold is {threshold!r}, want a number")
    try:
        value = float(threshold)
    except OverflowError:
        raise InputValueError("threshold is a whole number that no float holds") from None
    if math.isnan(value):
        raise InputValueError("threshold is nan, want a number")
    if (
        isinstance(threshold, (int, np.integer))
        and math.isfinite(value)
        and value != int(threshold)
    ):
        raise InputValueError(
            f"threshold is {threshold}, which has no exact float: want a smaller number"
        )
    return value if isinstance(threshold, np.generic) else _rounded(value, dtypes, name)


def _rounded(value: float, dtypes: set[np.dtype[Any]], name: str) -> float:
    floats = {dtype for dtype in dtypes if dtype.kind == "f"}
    if not floats:
        return value
    with np.errstate(over="ignore"):
        rounded = {float(np.asarray(value).astype(dtype)) for dtype in floats}
    if len(rounded) > 1 or (floats != dtypes and rounded != {value}):
        raise InputValueError(
            f"threshold is {value!r}, which differs between the dtypes of {name} "
            f"({', '.join(sorted(str(dtype) for dtype in dtypes))}): give all images one dtype"
        )
    return rounded.pop()


def only_dtype(scores: Images) -> np.dtype[Any] | None:
    """The dtype of all scores, in this machine's byte order; None if there are several."""
    images = [scores] if isinstance(scores, np.ndarray) else scores
    dtypes = {image.dtype.newbyteorder("=") for image in images}
    return dtypes.pop() if len(dtypes) == 1 else None


def score_thresholds(values: Any, scores: Images, dtype: Any) -> NDArray[Any]:
    """The thresholds of a sweep, from high to low and distinct, in the dtype they are kept in.

    Each is the least number of the scores' precision that the threshold lets pass, so that it
    stands for the same predictions wherever it is used.
    """
    array = np.asarray(values)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iuf"):
        raise InputTypeError(
            f"thresholds is an array of shape {array.shape} and dtype {array.dtype}, want numbers "
            "on one axis"
        )
    if np.isnan(array).any():
        raise InputValueError("thresholds holds nan, want numbers")
    if isinstance(values, (list, tuple, range)):
        numbers = [score_threshold(value, scores, "scores") for value in values]
        array = np.array(numbers, dtype=np.float64)
    is_half = only_dtype(scores) == np.float16
    # The sum makes both zeros one.
    least = least_scores(array, np.float16 if is_half else dtype).astype(dtype, copy=False)
    return np.ascontiguousarray(np.unique(least + dtype.type(0))[::-1])


def least_scores(numbers: NDArray[Any], dtype: Any) -> NDArray[Any]:
    """The least numbers of a float dtype that are not below these."""
    with np.errstate(over="ignore", under="ignore"):
        scores: NDArray[Any] = numbers.astype(dtype)
        low = scores < numbers
        scores[low] = np.nextafter(scores[low], scores.dtype.type(np.inf))
    return scores
