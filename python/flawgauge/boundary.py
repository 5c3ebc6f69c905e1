"""Boundary IoU and its relatives: counting the bands of masks, and scores in one call."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge import _core
from flawgauge.arrays import as_images, label_images, leading_shape, mask_images, whole_number
from flawgauge.boundary_counts import BoundaryCounts
from flawgauge.confusion import ConfusionCounts, confusion
from flawgauge.distances import check_distance, check_rule, core_distances, pixel_distances
from flawgauge.errors import InputTypeError, InputValueError
from flawgauge.matrix import confusion_matrix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from flawgauge.arrays import ArrayLike
    from flawgauge.means import Empty
    from flawgauge.thresholds import Threshold

__all__ = ["BoundaryCounts", "boundary", "boundary_band", "boundary_iou", "minimum_iou"]

_MAX_CLASSES = 65_536
_MAX_COUNTS = 2**26
_AVERAGES = (None, "per_class", "pooled", "macro", "weighted")


def boundary(
    preds: ArrayLike,
    target: ArrayLike,
    *,
    distance: float | Sequence[int] = 0.02,
    metric: str = "chessboard",
    edge: str = "background",
    threshold: float | Threshold | None = None,
    ignore: ArrayLike | None = None,
    num_classes: int | None = None,
    ignore_index: int | None = None,
) -> BoundaryCounts:
    """Count the pixels of the masks' inner boundary bands, per image and distance.

    The band of a mask at distance d holds the pixels of the mask whose distance to the nearest
    pixel outside of it is at most d.

    Parameters
    ----------
    preds : array-like (H, W), (N, H, W) or (N, C, H, W), or a list of (H, W) of any sizes
        Predicted masks of booleans or integers, positive where not zero; with a threshold, scores.
        With ``num_classes``: label maps of integers.
    target : array-like
        True masks, or label maps, in the shape of ``preds``.
    distance : float, int or sequence of int
        A float is a ratio of the image's diagonal, above 0 and at most 1: per image,
        d = max(1, round(ratio * sqrt(H^2 + W^2))), rounding half to even. An int is a number of
        pixels, at least 1. A sequence gives a curve over ascending numbers of pixels.
    metric : {"chessboard", "euclidean", "taxicab"}
        How distances are measured. "chessboard" gives the bands of the official code.
    edge : {"background", "ignore"}
        "background": what lies outside of the image is outside of the mask, so that a defect at
        the image's edge has a band along it. "ignore": it has none there; that is what eroding
        with OpenCV's default border gives.
    threshold : float or Threshold, optional
        A pixel is predicted positive iff ``preds >= threshold``. The counts carry a Threshold.
    ignore : array-like, optional
        Pixels that count nowhere, where not zero; broadcast over the leading axes. To their
        neighbours they are what ``edge`` says of the outside, whatever their values.
    num_classes : int, optional
        Take label maps: each class, 0 to ``num_classes - 1``, is a mask.
    ignore_index : int, optional
        With ``num_classes``: pixels whose *target* has this value are ignored pixels.

    Returns
    -------
    BoundaryCounts
        In pixels, of the leading shape () or (N,) or (N, C), with one more axis of classes for
        label maps.

    Raises
    ------
    InputTypeError, InputValueError
        As ``confusion`` and ``confusion_matrix``; a distance that is no such ratio or number of
        pixels, an unknown metric or edge.

    Notes
    -----
    Definition: Cheng, Girshick, Dollar, Berg, Kirillov, "Boundary IoU", CVPR 2021, and their code,
    which pads a mask with one pixel of background and erodes it d times with a 3 x 3 square. A
    defect thinner than 2 d is all band, so its Boundary IoU is its IoU: for thin defects, choose d
    in pixels.

    Examples
    --------
    >>> import flawgauge as fg
    >>> target = np.zeros((12, 12), dtype=bool)
    >>> target[2:10, 2:10] = True
    >>> counts = fg.boundary(np.roll(target, 1, axis=1), target, distance=[1, 2, 4])
    >>> counts
    BoundaryCounts of one image, chessboard
    distance  band_preds  band_target  both
           1          28           28    14
           2          48           48    36
           4          64           64    56
    >>> counts.iou()
    array([0.33333333, 0.6       , 0.77777778])
    """
    spec = check_distance(distance)
    check_rule(metric, edge)
    if num_classes is None:
        if ignore_index is not None:
            raise InputValueError("ignore_index goes with num_classes; for masks give ignore")
        images, truth, ignored, bound = mask_images(preds, target, threshold, ignore)
        pixels = pixel_distances(spec, images)
        _check_size(leading_shape(images), 1, pixels)
        counts = _core.boundary(images, truth, core_distances(pixels), metric, edge, ignored, bound)
    else:
        if threshold is not None or ignore is not None:
            raise InputValueError("num_classes goes without threshold and ignore")
        num_classes = whole_number(num_classes, "num_classes", 1, _MAX_CLASSES)
        if ignore_index is not None:
            ignore_index = whole_number(ignore_index, "ignore_index", -(2**63), 2**63 - 1)
        images, truth = label_images(preds, target)
        pixels = pixel_distances(spec, images)
        _check_size(leading_shape(images), num_classes, pixels)
        counts = _core.boundary_labels(
            images, truth, core_distances(pixels), metric, edge, num_classes, ignore_index
        )
    return BoundaryCounts._of_images(counts, spec, metric, edge, pixels, threshold)


def boundary_band(
    mask: ArrayLike,
    *,
    distance: float = 0.02,
    metric: str = "chessboard",
    edge: str = "background",
) -> Any:
    """Return the inner boundary band of a mask: its pixels near to a pixel outside of it.

    Parameters
    ----------
    mask : array-like (H, W), (N, H, W) or (N, C, H, W), or a list of (H, W) of any sizes
        Masks of booleans or integers, positive where not zero.
    distance : float or int
        How near: a ratio of the diagonal, or pixels; as in ``boundary``.
    metric : {"chessboard", "euclidean", "taxicab"}
        How distances are measured.
    edge : {"background", "ignore"}
        Whether what lies outside of the image is outside of the mask.

    Returns
    -------
    ndarray of bool, or list of ndarray of bool
        In the shape of ``mask``.

    Raises
    ------
    InputTypeError, InputValueError
        As ``boundary``; a sequence of distances.

    Examples
    --------
    >>> import flawgauge as fg
    >>> mask = [[1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]]
    >>> fg.boundary_band(mask, distance=1).astype(int)
    array([[1, 1, 1, 1],
           [1, 0, 0, 1],
           [1, 1, 1, 1]])
    >>> bool(fg.boundary_band(mask, distance=1, edge="ignore").any())
    False
    """
    spec = check_distance(distance)
    check_rule(metric, edge)
    if isinstance(spec, tuple):
        raise InputTypeError(f"distance is {spec!r}, want a single one")
    images = as_images(mask, "mask")
    pixels = np.array(core_distances(pixel_distances(spec, images)))[:, 0]
    sizes = [np.shape(image) for image in images] if isinstance(images, list) else []
    count = len(sizes) if isinstance(images, list) else int(np.prod(images.shape[:-2]))
    each = np.broadcast_to(pixels, count).tolist()
    bands = [band.view(bool) for band in _core.boundary_bands(images, each, metric, edge)]
    if isinstance(images, list):
        return [band.reshape(size) for band, size in zip(bands, sizes, strict=True)]
    if not images.ndim - 2:
        return bands[0].reshape(images.shape)
    return np.array(bands, dtype=bool).reshape(images.shape)


def boundary_iou(
    preds: ArrayLike,
    target: ArrayLike,
    *,
    distance: float | Sequence[int] = 0.02,
    metric: str = "chessboard",
    edge: str = "background",
    threshold: float | Threshold | None = None,
    ignore: ArrayLike | None = None,
    num_classes: int | None = None,
    ignore_index: int | None = None,
    average: str | None = None,
    empty: Empty = "nan",
) -> Any:
    """Boundary IoU: the IoU of the boundary bands of two masks.

    Parameters
    ----------
    preds, target, distance, metric, edge, threshold, ignore, num_classes, ignore_index
        As in ``boundary``.
    average : {None, "per_class", "pooled", "macro", "weighted"}
        None: a value per image (and class). "per_class", for label maps: per class, pooled over
        images. "pooled": one value of all pixels. "macro": the mean of the values per image, or
        per class. "weighted": the same, weighted by pixels of the true band.
    empty : {"nan", "skip", 0, 1}
        What an undefined value becomes, where both bands are empty; "skip" leaves it out of means.

    Returns
    -------
    float, ndarray of float64, or Mean
        A fraction; for a sequence of distances, arrays with them on the last axis.

    Raises
    ------
    InputTypeError, InputValueError
        As ``boundary``; an unknown ``average`` or ``empty``.

    Notes
    -----
    Cheng, Girshick, Dollar, Berg, Kirillov, "Boundary IoU", CVPR 2021.

    Examples
    --------
    >>> import flawgauge as fg
    >>> target = np.ones((10, 10), dtype=bool)
    >>> preds = target.copy()
    >>> preds[4:6, 4:6] = False
    >>> fg.boundary_iou(preds, target, distance=1), fg.iou(preds, target)
    (0.75, 0.96)
    """
    _check_average(average, num_classes)
    counts = boundary(
        preds,
        target,
        distance=distance,
        metric=metric,
        edge=edge,
        threshold=threshold,
        ignore=ignore,
        num_classes=num_classes,
        ignore_index=ignore_index,
    )
    counts = _pool(counts, average, num_classes)
    if average in ("macro", "weighted"):
        weights = "support" if average == "weighted" else None
        return counts.mean("iou", weights=weights, empty=empty)
    return counts.iou(empty=empty)


def minimum_iou(
    preds: ArrayLike,
    target: ArrayLike,
    *,
    distance: float | Sequence[int] = 0.02,
    metric: str = "chessboard",
    edge: str = "background",
    threshold: float | Threshold | None = None,
    ignore: ArrayLike | None = None,
    num_classes: int | None = None,
    ignore_index: int | None = None,
    average: str | None = None,
    empty: Empty = "nan",
) -> Any:
    """The smaller one of IoU and Boundary IoU.

    Boundary IoU looks at the bands only, so a prediction that misses the inside of a large defect
    may score 1; the minimum can't be fooled by that. It is what COCO's boundary evaluation matches
    instances by.

    Parameters
    ----------
    preds, target, distance, metric, edge, threshold, ignore, num_classes, ignore_index
        As in ``boundary``.
    average : {None, "per_class", "pooled"}
        None: a value per image (and class). "per_class", for label maps: per class, pooled over
        images. "pooled": both of all pixels, then the smaller one.
    empty : {"nan", "skip", 0, 1}
        What an undefined IoU or Boundary IoU becomes; nan wins over a number.

    Returns
    -------
    float or ndarray of float64
        A fraction; for a sequence of distances, with them on the last axis.

    Raises
    ------
    InputTypeError, InputValueError
        As ``boundary_iou``.

    Notes
    -----
    Cheng, Girshick, Dollar, Berg, Kirillov, "Boundary IoU", CVPR 2021, section on AP.

    Examples
    --------
    >>> import flawgauge as fg
    >>> target = np.ones((10, 10), dtype=bool)
    >>> preds = target.copy()
    >>> preds[1:-1, 1:-1] = False
    >>> fg.boundary_iou(preds, target, distance=1), fg.minimum_iou(preds, target, distance=1)
    (1.0, 0.36)
    """
    if average in ("macro", "weighted"):
        raise InputValueError(f"average is {average!r}, want one of: None, 'per_class', 'pooled'")
    _check_average(average, num_classes)
    bands = boundary(
        preds,
        target,
        distance=distance,
        metric=metric,
        edge=edge,
        threshold=threshold,
        ignore=ignore,
        num_classes=num_classes,
        ignore_index=ignore_index,
    )
    masks: ConfusionCounts
    if num_classes is None:
        masks = confusion(preds, target, threshold=threshold, ignore=ignore)
    else:
        matrix = confusion_matrix(preds, target, num_classes=num_classes, ignore_index=ignore_index)
        masks = matrix.per_class()
    bands, masks = _pool(bands, average, num_classes), _pool(masks, average, num_classes)
    iou = np.asarray(masks.iou(empty=empty))
    if isinstance(bands.distance, tuple):
        iou = iou[..., np.newaxis]
    result = np.minimum(iou, bands.iou(empty=empty))
    return result if result.ndim else float(result)


def _check_size(leading: tuple[int, ...], num_classes: int, pixels: NDArray[np.int64]) -> None:
    """Refuse what would need gigabytes for its counts."""
    counts = math.prod(leading) * num_classes * pixels.shape[-1]
    if counts > _MAX_COUNTS:
        raise InputValueError(
            f"images x classes x distances are {counts}, want at most {_MAX_COUNTS} at a time"
        )


def _check_average(average: Any, num_classes: int | None) -> None:
    allowed = [name for name in _AVERAGES if num_classes is not None or name != "per_class"]
    if average not in allowed:
        names = ", ".join(repr(name) for name in allowed)
        raise InputValueError(f"average is {average!r}, want one of: {names}")


def _pool(counts: Any, average: str | None, num_classes: int | None) -> Any:
    """Pool evidence as an average asks for before its values are computed."""
    if average == "pooled":
        return counts.sum()
    if num_classes is not None and average is not None:
        return counts.sum(axis=tuple(range(counts.ndim - 1)))
    return counts
