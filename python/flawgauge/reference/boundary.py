"""Boundary bands, by looking at every neighbour of every pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge.arrays import as_images, label_images, leading_shape, mask_images
from flawgauge.boundary_counts import BoundaryCounts
from flawgauge.distances import check_distance, check_rule, numbers, pixel_distance
from flawgauge.errors import InputTypeError, InputValueError
from flawgauge.reference.arrays import each_image
from flawgauge.reference.confusion import at_least, confusion
from flawgauge.reference.matrix import confusion_matrix
from flawgauge.thresholds import Threshold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from flawgauge.arrays import ArrayLike
    from flawgauge.distances import Distance

__all__ = ["boundary", "boundary_band"]


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

    Parameters
    ----------
    preds, target : array-like (H, W), (N, H, W) or (N, C, H, W), or a list of (H, W) of any sizes
        Masks of booleans or integers, positive where not zero; with `num_classes`, label maps.
    distance : float, int or sequence of int
        A ratio of the diagonal, a number of pixels, or several ascending ones.
    metric : {"chessboard", "euclidean", "taxicab"}
        How distances are measured.
    edge : {"background", "ignore"}
        Whether what lies outside of the image is outside of the mask.
    threshold : float or Threshold, optional
        Take `preds` as scores, positive where at least the threshold.
    ignore : array-like, optional
        Pixels that count nowhere, where not zero; broadcast over the leading axes.
    num_classes, ignore_index : int, optional
        Take label maps, each class as a mask; pixels whose target is `ignore_index` are ignored.

    Returns
    -------
    BoundaryCounts
        In pixels.

    Raises
    ------
    InputTypeError, InputValueError
        As the function of the same name one level up.

    Notes
    -----
    The band of a mask at distance d holds the pixels of the mask that have a pixel outside of the
    mask at a distance of at most d.

    Examples
    --------
    >>> target = np.ones((3, 5), dtype=bool)
    >>> counts = boundary(target, target, distance=[1, 2])
    >>> counts.band_target
    array([12, 15])
    """
    spec = check_distance(distance)
    check_rule(metric, edge)
    pairs: list[list[tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]]] = []
    if num_classes is None:
        if ignore_index is not None:
            raise InputValueError("ignore_index goes with num_classes; for masks give ignore")
        # Counting checks the values as well.
        confusion(preds, target, threshold=threshold, ignore=ignore)
        images, truth, ignored, _ = mask_images(preds, target, threshold, ignore)
        masks = None if ignored is None else each_image(ignored)
        for index, (image, true) in enumerate(
            zip(each_image(images), each_image(truth), strict=True)
        ):
            positive = image != 0 if threshold is None else at_least(image, threshold)
            hidden = np.zeros(image.shape, dtype=bool) if masks is None else masks[index] != 0
            pairs.append([(positive, true != 0, hidden)])
    else:
        if threshold is not None or ignore is not None:
            raise InputValueError("num_classes goes without threshold and ignore")
        confusion_matrix(preds, target, num_classes=num_classes, ignore_index=ignore_index)
        images, truth = label_images(preds, target)
        for image, true in zip(each_image(images), each_image(truth), strict=True):
            hidden = np.zeros(image.shape, dtype=bool)
            if ignore_index is not None:
                hidden = np.asarray(true == ignore_index, dtype=bool)
            pairs.append([(image == k, true == k, hidden) for k in range(num_classes)])
    counts, pixels = [], []
    for classes in pairs:
        for pred, true, hidden in classes:
            steps = _pixels(spec, pred.shape)
            counts.append([_count(pred, true, hidden, d, metric, edge) for d in steps])
            pixels.append(steps)
    shape = leading_shape(images) if num_classes is None else (*leading_shape(images), num_classes)
    length = 1 if isinstance(spec, float) else len(numbers(spec))
    table = np.array(counts, dtype=np.int64).reshape((*shape, length, 3))
    distances = np.array(pixels, dtype=np.int64).reshape((*shape, length))
    return BoundaryCounts(
        band_preds=table[..., 0],
        band_target=table[..., 1],
        both=table[..., 2],
        distance=spec,
        metric=metric,
        edge=edge,
        min_distances=distances,
        max_distances=distances,
        threshold=threshold if isinstance(threshold, Threshold) else None,
    )


def boundary_band(
    mask: ArrayLike,
    *,
    distance: float = 0.02,
    metric: str = "chessboard",
    edge: str = "background",
) -> Any:
    """Return the inner boundary band of each mask, in the shape of the masks.

    Parameters
    ----------
    mask : array-like (H, W), (N, H, W) or (N, C, H, W), or a list of (H, W) of any sizes
        Masks, positive where not zero.
    distance, metric, edge
        As in `boundary`, but a single distance.

    Returns
    -------
    ndarray of bool, or list of ndarray of bool

    Raises
    ------
    InputTypeError, InputValueError
        As the function of the same name one level up.

    Examples
    --------
    >>> boundary_band(np.ones((3, 3)) > 0, distance=1).sum()
    np.int64(8)
    """
    spec = check_distance(distance)
    check_rule(metric, edge)
    if isinstance(spec, tuple):
        raise InputTypeError(f"distance is {spec!r}, want a single one")
    images = as_images(mask, "mask")
    bands = []
    for image in each_image(images):
        nothing = np.zeros(image.shape, dtype=bool)
        bands.append(band(image != 0, nothing, _pixels(spec, image.shape)[0], metric, edge))
    if isinstance(images, list):
        return bands
    return np.array(bands, dtype=bool).reshape(images.shape)


def band(
    mask: NDArray[np.bool_], hidden: NDArray[np.bool_], distance: int, metric: str, edge: str
) -> NDArray[np.bool_]:
    """Return the pixels of a mask that have a pixel outside of the mask near by.

    Parameters
    ----------
    mask, hidden : ndarray of bool, shape (H, W)
        The mask, and the pixels that are ignored.
    distance : int
        How near, in pixels.
    metric, edge : str
        As in `boundary`.

    Returns
    -------
    ndarray of bool, shape (H, W)

    Notes
    -----
    Ignored pixels are treated as what lies outside of the image: with `edge="background"` they are
    outside of the mask, with `edge="ignore"` they are neither inside nor outside.

    Examples
    --------
    >>> line = np.array([[False, True, True, True]])
    >>> band(line, np.zeros_like(line), 1, "taxicab", "ignore")
    array([[False,  True, False, False]])
    """
    height, width = mask.shape
    inside = mask & ~hidden
    outside = ~inside if edge == "background" else ~mask & ~hidden
    # Beyond the first row and column outside of the image, everything is as it is there.
    rows, columns = min(distance, height), min(distance, width)
    padding = ((rows, rows), (columns, columns))
    padded = np.pad(outside, padding, constant_values=edge == "background")
    near = np.zeros(mask.shape, dtype=bool)
    for down in range(-rows, rows + 1):
        for right in range(-columns, columns + 1):
            if _is_near(abs(down), abs(right), distance, metric):
                top, left = rows + down, columns + right
                near |= padded[top : top + height, left : left + width]
    return inside & near


def _is_near(down: int, right: int, distance: int, metric: str) -> bool:
    if metric == "chessboard":
        return max(down, right) <= distance
    if metric == "taxicab":
        return down + right <= distance
    return down**2 + right**2 <= distance**2


def _count(
    preds: NDArray[np.bool_],
    target: NDArray[np.bool_],
    hidden: NDArray[np.bool_],
    distance: int,
    metric: str,
    edge: str,
) -> list[int]:
    band_preds = band(preds, hidden, distance, metric, edge)
    band_target = band(target, hidden, distance, metric, edge)
    return [int(np.sum(pixels)) for pixels in (band_preds, band_target, band_preds & band_target)]


def _pixels(spec: Distance, size: tuple[int, ...]) -> tuple[int, ...]:
    if isinstance(spec, float):
        return (pixel_distance(spec, *size),)
    return numbers(spec)
