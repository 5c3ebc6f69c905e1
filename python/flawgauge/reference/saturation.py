"""sPRO from its definition: every threshold against every region."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flawgauge.arrays import each_image
from flawgauge.reference.sweep import sweep
from flawgauge.saturation import check_saturated
from flawgauge.sweep_evidence import REGION, ThresholdSweep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flawgauge.arrays import ArrayLike

__all__ = ["saturated_sweep"]


def saturated_sweep(
    scores: ArrayLike,
    region_masks: Sequence[ArrayLike],
    saturation: Sequence[Sequence[int]],
    *,
    ignore: ArrayLike | None = None,
) -> ThresholdSweep:
    """Sweep over all thresholds with given regions that saturate: sPRO of MVTec LOCO.

    Parameters
    ----------
    scores, region_masks, saturation, ignore
        As ``flawgauge.saturated_sweep``.

    Returns
    -------
    ThresholdSweep
        A pixel is positive iff it is in any region of its image.

    Raises
    ------
    InputTypeError, InputValueError
        As ``flawgauge.saturated_sweep``.

    Examples
    --------
    >>> scores = np.array([[[0.9, 0.8, 0.1]]])
    >>> saturated_sweep(scores, [[[[1, 1, 0]]]], [[1]]).overlap_at.tolist() == [2**40, 0]
    True
    """
    maps, regions, target, ignored = check_saturated(scores, region_masks, saturation, ignore)
    images, base = each_image(maps), sweep(maps, target, ignore=ignored)
    skip = None if ignored is None else each_image(ignored)
    # Of each region the scores, and the number of pixels that suffice.
    found = []
    for index, (masks, areas) in enumerate(regions):
        for mask, area in zip(masks, areas, strict=True):
            kept = mask if skip is None else mask & (skip[index] == 0)
            if kept.any():
                found.append((images[index][kept], min(area, int(np.sum(kept)))))
    overlap = [
        sum(min(int(np.sum(s >= threshold)), area) * REGION // area for s, area in found)
        for threshold in base.thresholds
    ]
    fields = {name: getattr(base, name) for name in ThresholdSweep.__slots__}
    fields.update(
        overlap_at=np.diff(np.array(overlap, dtype=np.uint64), prepend=np.uint64(0)),
        num_regions=len(found),
        connectivity=8,
    )
    return ThresholdSweep._of(fields)
