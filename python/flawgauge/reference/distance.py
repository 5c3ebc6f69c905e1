"""Distance transforms, by comparing every pixel with every background pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge.arrays import as_images
from flawgauge.distance import check_options
from flawgauge.errors import InputValueError
from flawgauge.reference.arrays import each_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flawgauge.arrays import ArrayLike

__all__ = ["distance_transform"]


def distance_transform(
    mask: ArrayLike,
    *,
    metric: str = "euclidean",
    edge: str = "ignore",
    max_distance: int | None = None,
    squared: bool = False,
) -> Any:
    """Compute for each mask pixel the distance to the nearest background pixel.

    Parameters
    ----------
    mask : array-like (H, W), (N, H, W) or (N, C, H, W), or a list of (H, W) of any sizes
        Booleans or integers; a pixel is in the mask iff it is not zero.
    metric : {"euclidean", "chessboard", "taxicab"}
        The straight line; the larger of the differences of rows and of columns; their sum.
    edge : {"ignore", "background"}
        Whether what is outside of the image counts as background.
    max_distance : int, optional
        Larger distances become this one, in pixels.
    squared : bool
        Return the squared Euclidean distances.

    Returns
    -------
    ndarray, or list of ndarray for a list
        In pixels; float64 for Euclidean distances, int64 for squared ones and other metrics.

    Raises
    ------
    InputValueError
        Integer distances of an image without background, an unknown option.

    Examples
    --------
    >>> distance_transform(np.array([[0, 1, 1], [1, 1, 1]]), squared=True)
    array([[0, 1, 4],
           [1, 2, 5]])
    """
    images = as_images(mask, "mask")
    check_options(metric, edge, squared)
    root = metric == "euclidean" and not squared
    results = [
        _one_image(np.asarray(image != 0), metric, edge, max_distance, root)
        for image in each_image(images)
    ]
    if isinstance(images, list):
        return results
    dtype = np.float64 if root else np.int64
    return np.array(results, dtype=dtype).reshape(images.shape)


def _one_image(
    mask: NDArray[np.bool_], metric: str, edge: str, max_distance: int | None, root: bool
) -> NDArray[Any]:
    if edge == "background":
        # The pixel outside that is nearest is right next to the image.
        mask = np.pad(mask, 1)
    background = np.argwhere(~mask)
    distances = np.zeros(mask.shape, dtype=np.float64 if root else np.int64)
    for row, column in np.argwhere(mask):
        if len(background):
            nearest = _distances(metric, *np.abs(background - (row, column)).T).min()
            distance = np.sqrt(nearest) if root else nearest
        elif root:
            distance = np.inf
        elif max_distance is None:
            raise InputValueError("a mask without background has no integer distances")
        else:
            distance = np.iinfo(np.int64).max
        if max_distance is not None:
            squared = metric == "euclidean" and not root
            distance = min(distance, max_distance**2 if squared else max_distance)
        distances[row, column] = distance
    return distances[1:-1, 1:-1] if edge == "background" else distances


def _distances(metric: str, rows: NDArray[Any], columns: NDArray[Any]) -> NDArray[Any]:
    """Distances from differences of rows and columns; squared for "euclidean"."""
    if metric == "chessboard":
        return np.asarray(np.maximum(rows, columns))
    return np.asarray(rows**2 + columns**2 if metric == "euclidean" else rows + columns)
