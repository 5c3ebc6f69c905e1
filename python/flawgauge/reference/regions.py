"""Regions of masks, by flooding them pixel by pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge.arrays import as_images
from flawgauge.reference.arrays import each_image
from flawgauge.regions import Regions, check_connectivity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flawgauge.arrays import ArrayLike

__all__ = ["label_image", "label_regions"]


def label_regions(mask: ArrayLike, *, connectivity: int = 8) -> Regions:
    """Find the regions of masks: their connected components.

    Parameters
    ----------
    mask : array-like (H, W), (N, H, W) or (N, C, H, W), or a list of (H, W) of any sizes
        A pixel is in the mask iff it is not zero.
    connectivity : {8, 4}
        Whether pixels that share only a corner are neighbours.

    Returns
    -------
    Regions
        Labels, areas, boxes and centroids.

    Raises
    ------
    InputTypeError, InputValueError
        As ``flawgauge.label_regions``.

    Examples
    --------
    >>> label_regions(np.array([[1, 0, 1], [0, 1, 0]])).area.tolist()
    [3]
    """
    images = as_images(mask, "mask")
    check_connectivity(connectivity)
    runs, numbers = [], []
    for index, image in enumerate(each_image(images)):
        labels = label_image(image != 0, connectivity)
        runs.append(_runs(labels))
        for label in range(1, labels.max(initial=0) + 1):
            rows, columns = np.nonzero(labels == label)
            box = (rows.min(), columns.min(), rows.max() + 1, columns.max() + 1)
            numbers.append((index, len(rows), *box, rows.sum(), columns.sum()))
    return Regions._of(images, np.array(numbers, dtype=np.int64).reshape(-1, 8), runs)


def label_image(mask: NDArray[np.bool_], connectivity: int = 8) -> NDArray[np.int32]:
    """Number the regions of one mask from 1, in the order of their first pixels.

    Parameters
    ----------
    mask : ndarray of bool, shape (H, W)
        The mask.
    connectivity : {8, 4}
        Whether pixels that share only a corner are neighbours.

    Returns
    -------
    ndarray of int32, shape (H, W)
        Labels; 0 outside of the mask.

    Examples
    --------
    >>> label_image(np.array([[True, False, True]]))
    array([[1, 0, 2]], dtype=int32)
    """
    labels = np.zeros(mask.shape, dtype=np.int32)
    steps = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    if connectivity == 4:
        steps = [(down, right) for down, right in steps if down == 0 or right == 0]
    count = 0
    for place in zip(*np.nonzero(mask), strict=True):
        if labels[place]:
            continue
        count += 1
        labels[place] = count
        unvisited = [place]
        while unvisited:
            row, column = unvisited.pop()
            for down, right in steps:
                near = (row + down, column + right)
                inside = 0 <= near[0] < mask.shape[0] and 0 <= near[1] < mask.shape[1]
                if inside and mask[near] and not labels[near]:
                    labels[near] = count
                    unvisited.append(near)
    return labels


def _runs(labels: NDArray[np.int32]) -> NDArray[np.uint32]:
    """Rows (row, start, end, label from 0) of the runs of an image's regions."""
    found: list[Any] = []
    for row, line in enumerate(labels):
        padded = np.concatenate([[0], (line > 0).astype(np.int8), [0]])
        starts, ends = np.flatnonzero(np.diff(padded) == 1), np.flatnonzero(np.diff(padded) == -1)
        for start, end in zip(starts, ends, strict=True):
            found.append((row, start, end, line[start] - 1))
    return np.array(found, dtype=np.uint32).reshape(-1, 4)
