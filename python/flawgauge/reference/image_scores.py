"""Image-level scores and labels, image by image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge.arrays import each_image, leading_shape
from flawgauge.errors import InputValueError
from flawgauge.image_scores import check_image_scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flawgauge.arrays import ArrayLike

__all__ = ["image_scores"]


def image_scores(
    scores: ArrayLike,
    *,
    method: str = "max",
    k: int | None = None,
    size: int = 21,
    ignore: ArrayLike | None = None,
) -> Any:
    """Score whole images from the scores of their pixels.

    Parameters
    ----------
    scores : array-like (H, W), (N, H, W) or (N, C, H, W), or a list of (H, W) of any sizes
        Score maps.
    method : {"max", "top_k_mean", "mean_filter_max"}
        The highest score, the mean of the `k` highest, or the highest mean of a square.
    k, size : int
        Number of scores of the mean, and side of the square.
    ignore : array-like, optional
        Pixels that do not count, where not zero.

    Returns
    -------
    float or ndarray of float64
        One score for each image; NaN where no pixel counts.

    Raises
    ------
    InputTypeError, InputValueError
        As the function of the same name one level up.

    Examples
    --------
    >>> image_scores([[0.0, 1.0], [0.5, 0.25]], method="top_k_mean", k=2)
    0.75
    """
    images, ignored, number = check_image_scores(scores, method, k, size, ignore)
    maps = each_image(images)
    masks = [np.zeros(image.shape) for image in maps] if ignored is None else each_image(ignored)
    values = []
    for index, (image, mask) in enumerate(zip(maps, masks, strict=True)):
        # Adding zero makes negative zeros positive.
        pixels, counted = image.astype(np.float64) + 0.0, mask == 0
        if np.isnan(pixels[counted]).any():
            raise InputValueError(f"scores is NaN in image {index}, want a number")
        if not counted.any():
            values.append(np.nan)
        elif method == "max":
            values.append(pixels[counted].max())
        elif method == "top_k_mean":
            values.append(_top_mean(pixels[counted], number, index))
        else:
            values.append(_filter(np.where(counted, pixels, 0.0), number)[counted].max())
    result = np.array(values, dtype=np.float64).reshape(leading_shape(images))
    return result if result.ndim else float(result)


def _top_mean(scores: NDArray[np.float64], k: int, index: int) -> float:
    if scores.size < k:
        raise InputValueError(f"k is {k}, but image {index} has only {scores.size} pixels")
    total = 0.0
    for score in np.sort(scores)[::-1][:k].tolist():
        total += score
    return total / k


def _filter(pixels: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Return the means of the squares around all pixels."""
    rows, columns = pixels.shape
    padded = np.pad(pixels, size // 2)
    across = np.zeros((rows + size - 1, columns))
    sums = np.zeros((rows, columns))
    with np.errstate(invalid="ignore", over="ignore"):
        for shift in range(size):
            across += padded[:, shift : shift + columns]
        for shift in range(size):
            sums += across[shift : shift + rows]
    return sums / size**2
