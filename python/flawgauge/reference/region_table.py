"""The table of regions, by looking at each region's pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flawgauge.arrays import each_image, score_images
from flawgauge.comparison import score_threshold
from flawgauge.reference.regions import label_regions
from flawgauge.region_table import RegionTable

if TYPE_CHECKING:
    from flawgauge.arrays import ArrayLike
    from flawgauge.thresholds import Threshold

__all__ = ["region_table"]


def region_table(
    scores: ArrayLike,
    target: ArrayLike,
    *,
    threshold: float | Threshold | None = None,
    ignore: ArrayLike | None = None,
    connectivity: int = 8,
) -> RegionTable:
    """List the ground truth's regions with their highest scores, and which of them are hit.

    Parameters
    ----------
    scores, target, threshold, ignore, connectivity
        As ``flawgauge.region_table``.

    Returns
    -------
    RegionTable
        One row a region.

    Raises
    ------
    InputTypeError, InputValueError
        As ``flawgauge.region_table``.

    Examples
    --------
    >>> region_table(np.array([[0.2, 0.9]]), [[1, 1]]).highest.tolist()
    [0.9]
    """
    maps, masks, ignored = score_images(scores, target, ignore)
    least = None if threshold is None else score_threshold(threshold, maps, "scores")
    kept = [mask != 0 for mask in each_image(masks)]
    if ignored is not None:
        kept = [mask & (skip == 0) for mask, skip in zip(kept, each_image(ignored), strict=True)]
    numbers, highest, predicted = [], [], []
    for index, (image, mask) in enumerate(zip(each_image(maps), kept, strict=True)):
        regions = label_regions(mask, connectivity=connectivity)
        for label in regions.label:
            inside = image[regions.labels == label].astype(np.float64)
            highest.append(inside.max())
            predicted.append(0 if least is None else int(np.sum(inside >= least)))
        own = regions._numbers.copy()
        own[:, 0] = index
        numbers.append(own)
    return RegionTable._of(
        np.concatenate(numbers) if numbers else np.zeros((0, 8), np.int64),
        np.array(highest, dtype=np.float64),
        np.array(predicted, dtype=np.int64),
        least,
        threshold,
    )
