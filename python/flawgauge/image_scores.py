"""Image level: one score and one label for each image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from flawgauge import _core
from flawgauge.arrays import (
    _ignore_images,
    as_array,
    as_images,
    as_scores,
    each_image,
    leading_shape,
    whole_number,
    widened,
)
from flawgauge.errors import InputValueError
from flawgauge.sweep import sweep

if TYPE_CHECKING:
    from flawgauge.arrays import ArrayLike, Images
    from flawgauge.sweep_evidence import ThresholdSweep

__all__ = ["ImageScore", "check_image_score", "image_labels", "image_scores", "image_sweep"]

ImageScore: TypeAlias = str | tuple[str, int]
"""How an image is scored: a method of ``image_scores``, or a method and its ``k`` or ``size``."""

_METHODS = ("max", "top_k_mean", "mean_filter_max")
_MAX_SIZE = 1023
_SIZE = 21


def image_scores(
    scores: ArrayLike,
    *,
    method: str = "max",
    k: int | None = None,
    size: int = _SIZE,
    ignore: ArrayLike | None = None,
) -> Any:
    """Score whole images from the scores of their pixels.

    Parameters
    ----------
    scores : array-like (H, W), (N, H, W) or (N, C, H, W), or a list of (H, W) of any sizes
        Score maps of uint8, uint16, bfloat16, float16, float32 or float64; higher is more positive.
    method : {"max", "top_k_mean", "mean_filter_max"}
        "max": the highest score. "top_k_mean": the mean of the ``k`` highest scores.
        "mean_filter_max": the highest mean of a square of ``size`` x ``size`` pixels, one around
        each pixel; pixels outside of the image are zeros and always divided by, so that a mean at
        the image's edge is lower. That is what DRAEM does.
    k : int, optional
        At least 1, for "top_k_mean" only.
    size : int
        An odd number from 1 to 1023, for "mean_filter_max" only.
    ignore : array-like, optional
        Pixels that do not count, where not zero; broadcast over the leading axes. A mean filter
        takes them for zeros, and has no square around them.

    Returns
    -------
    float or ndarray of float64
        One score for each image, in the unit of ``scores``, of the leading shape () or (N,) or
        (N, C). NaN where no pixel counts.

    Raises
    ------
    InputTypeError
        A dtype that is none of these.
    InputValueError
        A score that is NaN and not ignored, fewer than ``k`` pixels that count, an unknown method,
        shapes that don't fit.

    Notes
    -----
    The maximum is exact. Means are sums in float64, divided once: of the k scores in descending
    order; of squares along each row from the left, then of these from the top. They are exact as
    long as the sums need no more than 53 bits, and the same for any number of threads. Infinite
    scores follow IEEE 754: a mean, or a mean filter, that meets both infinities is NaN.

    Mean filter: Zavrtanik, Kristan, Skocaj, "DRAEM", ICCV 2021.

    Examples
    --------
    >>> import flawgauge as fg
    >>> scores = np.zeros((2, 8, 8), dtype=np.float32)
    >>> scores[0, 2, 3] = 0.75
    >>> scores[1, 4:6, 4:6] = 0.5
    >>> fg.image_scores(scores)
    array([0.75, 0.5 ])
    >>> fg.image_scores(scores, method="top_k_mean", k=4)
    array([0.1875, 0.5   ])
    >>> fg.image_scores(scores, method="mean_filter_max", size=3)
    array([0.08333333, 0.22222222])
    """
    images, ignored, number = check_image_scores(scores, method, k, size, ignore)
    result = _core.image_scores(images, method, number, ignored)
    return result if result.ndim else float(result)


def image_labels(target: ArrayLike, *, ignore: ArrayLike | None = None) -> Any:
    """Label whole images: an image is positive iff its mask has a positive pixel.

    Parameters
    ----------
    target : array-like (H, W), (N, H, W) or (N, C, H, W), or a list of (H, W) of any sizes
        Masks of booleans or integers, positive where not zero.
    ignore : array-like, optional
        Pixels that do not count, where not zero; broadcast over the leading axes.

    Returns
    -------
    bool or ndarray of bool
        One label for each image, of the leading shape () or (N,) or (N, C).

    Raises
    ------
    InputTypeError, InputValueError
        Arrays that are no masks, shapes that don't fit.

    Notes
    -----
    The protocol of the KolektorSDD papers and of MVTec AD, for scores such as ``image_scores``
    gives.

    Examples
    --------
    >>> import flawgauge as fg
    >>> fg.image_labels([[[0, 0], [0, 1]], [[0, 0], [0, 0]]])
    array([ True, False])
    """
    images = as_images(target, "target")
    ignored = None if ignore is None else _ignore_images(ignore, images, "target")
    masks = each_image(images)
    hidden = [None] * len(masks) if ignored is None else each_image(ignored)
    found = [
        (mask if ignored_pixels is None else mask[ignored_pixels == 0]).any()
        for mask, ignored_pixels in zip(masks, hidden, strict=True)
    ]
    labels = np.array(found, dtype=bool).reshape(leading_shape(images))
    return labels if labels.ndim else bool(labels)


def check_image_scores(
    scores: ArrayLike, method: str, k: int | None, size: int, ignore: ArrayLike | None
) -> tuple[Images, Images | None, int]:
    """Check the arguments of ``image_scores``; the number is k, the size, or 1."""
    number = _check_method(method, k, size)
    images = as_scores(scores, "scores")
    ignored = None if ignore is None else _ignore_images(ignore, images)
    return images, ignored, number


def check_image_score(rule: Any) -> tuple[str, int]:
    """Check how images are to be scored: the method, and its k, its size, or 1.

    Examples
    --------
    >>> check_image_score("max"), check_image_score(("top_k_mean", 100))
    (('max', 1), ('top_k_mean', 100))
    >>> check_image_score("mean_filter_max")
    ('mean_filter_max', 21)
    """
    parts = (rule,) if isinstance(rule, str) else rule
    if isinstance(parts, (tuple, list)):
        match tuple(parts):
            case ("max",):
                return "max", 1
            case ("top_k_mean", k):
                return "top_k_mean", _check_method("top_k_mean", k, _SIZE)
            case ("mean_filter_max",):
                return "mean_filter_max", _SIZE
            case ("mean_filter_max", size):
                return "mean_filter_max", _check_method("mean_filter_max", None, size)
    raise InputValueError(
        f'image_score is {rule!r}, want "max", ("top_k_mean", K) or ("mean_filter_max", SIZE)'
    )


def _check_method(method: str, k: int | None, size: int) -> int:
    if method not in _METHODS:
        names = ", ".join(repr(name) for name in _METHODS)
        raise InputValueError(f"method is {method!r}, want one of: {names}")
    if (k is not None) != (method == "top_k_mean"):
        raise InputValueError(f"k is {k!r} and method {method!r}: k goes with 'top_k_mean'")
    size = whole_number(size, "size", 1, _MAX_SIZE)
    if size % 2 == 0:
        raise InputValueError(f"size is {size}, want an odd number")
    number = {"max": 1, "mean_filter_max": size}.get(method)
    return whole_number(k, "k", 1, 2**62) if number is None else number


def image_sweep(image_scores: ArrayLike, labels: ArrayLike) -> ThresholdSweep:
    """Sweep over all thresholds with one score an image: detection of defective images.

    Parameters
    ----------
    image_scores : array-like (N,)
        A score for each image, such as ``image_scores`` returns; dtypes as for ``sweep``.
    labels : array-like (N,)
        Whether each image has a defect: booleans or integers.

    Returns
    -------
    ThresholdSweep
        Whose "pixels" are images.

    Raises
    ------
    InputTypeError, InputValueError
        As ``sweep``.

    Examples
    --------
    >>> import flawgauge as fg
    >>> fg.image_sweep([0.1, 0.4, 0.35, 0.8], [False, False, True, True]).auroc()
    0.75
    """
    rows = []
    for name, values, checked in (
        ("image_scores", image_scores, as_scores),
        ("labels", labels, as_images),
    ):
        array = as_array(widened(values), name)
        if array.ndim != 1:
            raise InputValueError(f"{name} has the shape {array.shape}, want (N,)")
        rows.append(np.asarray(checked(array[np.newaxis], name)))
    scores, target = rows
    if scores.shape != target.shape:
        raise InputValueError(
            f"image_scores has the shape {scores.shape[1:]} and labels {target.shape[1:]}, want "
            "the same"
        )
    missing = np.flatnonzero(np.isnan(scores))
    if missing.size:
        raise InputValueError(f"image_scores is NaN at image {missing[0]}, want a number")
    found: ThresholdSweep = sweep(scores, target)
    return found
