"""AUPIMO from its definition: every threshold against every pixel."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge.arrays import each_image, score_images
from flawgauge.aupimo import Aupimo, split_images

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flawgauge.arrays import ArrayLike

__all__ = ["aupimo"]


def aupimo(
    scores: ArrayLike,
    target: ArrayLike,
    *,
    limits: tuple[float, float] = (1e-5, 1e-4),
    num_thresholds: int | None = None,
    ignore: ArrayLike | None = None,
) -> Aupimo:
    """Average the recall of each defective image over low false-positive rates of the good ones.

    Parameters
    ----------
    scores, target, limits, num_thresholds, ignore
        As ``flawgauge.aupimo``.

    Returns
    -------
    Aupimo
        A value for each image, and the mean.

    Raises
    ------
    InputTypeError, InputValueError
        As ``flawgauge.aupimo``.

    Examples
    --------
    >>> aupimo([[[0.1, 0.2]], [[0.3, 0.9]]], [[[0, 0]], [[0, 1]]]).mean
    1.0
    """
    maps, masks, ignored = score_images(scores, target, ignore)
    good, positives = split_images(each_image(maps), each_image(masks), ignored)
    values = []
    for found in positives:
        if found is None or not good:
            values.append(math.nan)
        elif num_thresholds is None:
            values.append(_exact(good, found, limits))
        else:
            values.append(_on_grid(good, found, limits, num_thresholds))
    return Aupimo(np.array(values, dtype=np.float64), limits, num_thresholds)


def _exact(good: list[NDArray[Any]], found: NDArray[Any], limits: tuple[float, float]) -> float:
    """The mean, over ln f, of the largest recall at a shared false-positive rate of at most f.

    That changes only where f passes the rate of a threshold at a good pixel's score.
    """
    lower, upper = limits
    levels = sorted({score for image in good for score in image.tolist()}, reverse=True)
    pieces, rate = [], 0.0
    for level in levels:
        next_rate = shared_rate(good, level)
        start, end = (min(max(edge, lower), upper) for edge in (rate, next_rate))
        recall = np.sum(found > level) / found.size
        pieces.append((np.log(end) - np.log(start)) * recall)
        rate = next_rate
    return float(min(math.fsum(pieces) / (np.log(upper) - np.log(lower)), 1.0))


def _on_grid(
    good: list[NDArray[Any]],
    found: NDArray[Any],
    limits: tuple[float, float],
    num_thresholds: int,
) -> float:
    """The trapezoid rule over ln f, on an even grid of thresholds."""
    low = min(image.min() for image in good)
    high = max(image.max() for image in good)
    grid = np.linspace(float(low), float(high), num_thresholds)
    rates = np.array([shared_rate(good, threshold) for threshold in grid])
    first, last = np.argmin(abs(rates - limits[1])), np.argmin(abs(rates - limits[0]))
    area = []
    for index in range(last, first, -1):
        width = np.log(rates[index - 1]) - np.log(max(rates[index], np.finfo(float).tiny))
        recalls = [np.sum(found >= grid[place]) / found.size for place in (index, index - 1)]
        area.append(width * (recalls[0] + recalls[1]) / 2)
    return min(max(math.fsum(area) / math.log(limits[1] / limits[0]), 0.0), 1.0)


def shared_rate(good: list[NDArray[Any]], threshold: float) -> float:
    """Mean over images of the share of pixels at or above a threshold; images of a size together.

    Examples
    --------
    >>> shared_rate([np.array([1, 2]), np.array([3, 4])], 2)
    0.75
    """
    rate = 0.0
    for size in sorted({image.size for image in good}):
        same = [image for image in good if image.size == size]
        rate += sum(int(np.sum(image >= threshold)) for image in same) / (size * len(good))
    return rate
