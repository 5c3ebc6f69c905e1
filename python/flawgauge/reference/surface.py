"""Distances between contours, by comparing every pixel of one with every pixel of the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flawgauge.arrays import leading_shape, mask_images
from flawgauge.errors import InputValueError
from flawgauge.reference.arrays import each_image
from flawgauge.reference.confusion import at_least
from flawgauge.surface_distances import SurfaceDistances
from flawgauge.surface_evidence import check_spacing
from flawgauge.thresholds import Threshold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flawgauge.arrays import ArrayLike

__all__ = ["contour", "surface"]


def surface(
    preds: ArrayLike,
    target: ArrayLike,
    *,
    spacing: tuple[float, float] = (1, 1),
    threshold: float | Threshold | None = None,
    ignore: ArrayLike | None = None,
) -> SurfaceDistances:
    """Measure the distances between the contours of two masks, per image.

    Parameters
    ----------
    preds : array-like (H, W), (N, H, W) or (N, C, H, W), or a list of (H, W) of any sizes
        Predicted masks, positive where not zero; scores with `threshold`.
    target : array-like
        True masks in the shape of `preds`.
    spacing : (float, float)
        Distance of neighbouring rows and of neighbouring columns.
    threshold : float or Threshold, optional
        A pixel is predicted positive iff ``preds >= threshold``.
    ignore : array-like, optional
        Pixels that count nowhere, where not zero; see :func:`contour`.

    Returns
    -------
    SurfaceDistances
        Of shape (), (N,) or (N, C).

    Raises
    ------
    InputTypeError, InputValueError
        As :func:`flawgauge.surface`.

    Notes
    -----
    With equal spacings the nearest pixel has the least dy^2 + dx^2. Else it has the least
    dy^2 sy^2 + dx^2 sx^2 in double precision, and of several such the least dy.

    Examples
    --------
    >>> surface(np.array([[0, 1, 1, 1]]), np.array([[0, 1, 0, 0]])).hausdorff()
    2.0
    """
    steps = check_spacing(spacing)
    images, truths, ignored, _ = mask_images(preds, target, threshold, ignore)
    score_images = each_image(images)
    ignore_images = [None] * len(score_images) if ignored is None else each_image(ignored)
    places: list[int] = []
    keys: list[int] = []
    unmatched: list[int] = []
    for index, (score, truth, ignore_image) in enumerate(
        zip(score_images, each_image(truths), ignore_images, strict=True)
    ):
        counted = np.ones(score.shape, dtype=bool) if ignore_image is None else ignore_image == 0
        if threshold is not None and score.dtype.kind == "f" and np.isnan(score[counted]).any():
            raise InputValueError(f"preds is NaN in image {index}")
        positive = np.asarray(score != 0) if threshold is None else at_least(score, threshold)
        contours = [np.argwhere(contour(mask, counted)) for mask in (positive, truth != 0)]
        for direction, (own, other) in enumerate((contours, contours[::-1])):
            found = _keys(own, other, steps) if len(other) else []
            keys += found
            places += [2 * index + direction] * len(found)
            unmatched.append(len(own) - len(found))
    return SurfaceDistances.from_dict(
        {
            "type": "SurfaceDistances",
            "shape": leading_shape(images),
            "spacing": steps,
            "places": places,
            "keys": keys,
            "counts": [1] * len(keys),
            "unmatched": unmatched,
            "threshold": threshold.to_dict() if isinstance(threshold, Threshold) else None,
        }
    )


def contour(mask: NDArray[np.bool_], counted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Find the pixels of a mask that have a pixel outside of it next to them.

    Parameters
    ----------
    mask : ndarray of bool (H, W)
        The mask.
    counted : ndarray of bool (H, W)
        Pixels that are not ignored. The others are on no contour, and make none of their
        neighbours one.

    Returns
    -------
    ndarray of bool (H, W)
        True on the contour; what is outside of the image is outside of the mask.

    Examples
    --------
    >>> mask = np.ones((3, 4), dtype=bool)
    >>> contour(mask, mask).astype(int)
    array([[1, 1, 1, 1],
           [1, 0, 0, 1],
           [1, 1, 1, 1]])
    """
    outside = np.pad(~mask & counted, 1, constant_values=True)
    above, below = outside[:-2, 1:-1], outside[2:, 1:-1]
    left, right = outside[1:-1, :-2], outside[1:-1, 2:]
    return mask & counted & (above | below | left | right)


def _keys(
    own: NDArray[np.int64], other: NDArray[np.int64], spacing: tuple[float, float]
) -> list[int]:
    """For each pixel the key of its distance from the nearest of the others."""
    keys = []
    for pixel in own:
        rows, columns = np.abs(other - pixel).T
        if spacing[0] == spacing[1]:
            keys.append(int((rows**2 + columns**2).min()))
        else:
            lengths = rows**2 * spacing[0] ** 2 + columns**2 * spacing[1] ** 2
            nearest = np.lexsort((columns, rows, lengths))[0]
            keys.append(int(rows[nearest]) * 2**32 + int(columns[nearest]))
    return keys
