"""From a batch to its images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flawgauge.arrays import Images

__all__ = ["each_image"]


def each_image(images: Images) -> list[NDArray[Any]]:
    """List the images of a batch.

    Parameters
    ----------
    images : ndarray of shape (H, W), (N, H, W) or (N, C, H, W), or list of ndarray (H, W)
        The batch.

    Returns
    -------
    list of ndarray of shape (H, W)
        Views of the images, the last leading axis running fastest.

    Examples
    --------
    >>> images = each_image(np.zeros((2, 3, 5, 7), dtype=bool))
    >>> len(images), images[0].shape
    (6, (5, 7))
    >>> len(each_image(np.zeros((5, 7), dtype=bool)))
    1
    """
    if isinstance(images, list):
        return images
    return [images[index] for index in np.ndindex(images.shape[:-2])]
