"""sPRO: regions that count as found when enough of them is predicted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge.arrays import as_images, as_scores, each_image, score_images, whole_number
from flawgauge.errors import InputTypeError, InputValueError
from flawgauge.sweep import sweep
from flawgauge.sweep_evidence import MAX_REGIONS, REGION, ThresholdSweep

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from flawgauge.arrays import ArrayLike, Images

__all__ = ["saturated_sweep", "saturation_areas"]

_LARGEST = 2**53


def saturated_sweep(
    scores: ArrayLike,
    region_masks: Sequence[ArrayLike],
    saturation: Sequence[Sequence[int]],
    *,
    ignore: ArrayLike | None = None,
) -> ThresholdSweep:
    """Sweep over all thresholds with given regions that saturate: sPRO of MVTec LOCO.

    A region of which c pixels are predicted overlaps by min(c / s, 1), s its saturation area or, if
    that is more, its area. ``aupro`` of the result is the area under the sPRO curve.

    Parameters
    ----------
    scores : array-like (N, H, W), or a list of N (H, W) of any sizes
        Anomaly maps: float16, float32, float64, bfloat16, uint8 or uint16.
    region_masks : sequence of N array-like (M, H, W)
        Of each image one mask for each annotated defect, positive where not zero, M of them or
        none. Each is one region, connected or not; they may overlap.
    saturation : sequence of N sequences of M int
        Saturation area of each region in pixels, at least 1; see ``saturation_areas``.
    ignore : array-like, optional
        Pixels that count nowhere, where not zero: they are in no region.

    Returns
    -------
    ThresholdSweep
        A pixel is positive iff it is in any region of its image. Regions of ignored pixels only are
        left out.

    Raises
    ------
    InputTypeError, InputValueError
        Wrong arrays, lengths that differ, a region without a pixel, a saturation area below 1.

    Notes
    -----
    Bergmann, Batzner, Fauser, Sattlegger, Steger, "Beyond Dents and Scratches: Logical Constraints
    in Unsupervised Anomaly Detection and Localization", IJCV 2022, equation 1. MVTec LOCO scores
    structural and logical anomalies each together with the good images, and averages the two.

    Examples
    --------
    >>> import flawgauge as fg
    >>> scores = np.array([[[0.9, 0.8, 0.1, 0.2]]], dtype=np.float32)
    >>> found = fg.saturated_sweep(scores, [[[[1, 1, 1, 0]]]], [[2]])
    >>> found.aupro(limit=1.0)
    1.0
    """
    maps, regions, target, ignored = check_saturated(scores, region_masks, saturation, ignore)
    base = sweep(maps, target, ignore=ignored)
    images = each_image(maps)
    kept = [np.ones(image.shape, dtype=bool) for image in images]
    if ignored is not None:
        kept = [skip == 0 for skip in each_image(ignored)]
    overlap = np.zeros(len(base.thresholds), dtype=np.uint64)
    number = 0
    for image, keep, (masks, areas) in zip(images, kept, regions, strict=True):
        for mask, area in zip(masks, areas, strict=True):
            found = image[mask & keep]
            if not found.size:
                continue
            number += 1
            levels, steps = saturating_steps(found, min(area, found.size))
            # Every level is the score of a positive pixel, so it is among the thresholds.
            ascending = np.searchsorted(base.thresholds[::-1], levels)
            overlap[len(overlap) - 1 - ascending] += steps
    if number > MAX_REGIONS:
        raise InputValueError(f"region_masks has {number} regions, want at most {MAX_REGIONS}")
    fields = {name: getattr(base, name) for name in ThresholdSweep.__slots__}
    fields.update(overlap_at=overlap, num_regions=number, connectivity=8)
    return ThresholdSweep._of(fields)


def saturating_steps(scores: NDArray[Any], area: int) -> tuple[NDArray[Any], NDArray[np.uint64]]:
    """What each distinct score of a region adds to its overlap, in units of 2^-40.

    Returns
    -------
    tuple of ndarray
        The distinct scores, descending, and the steps of floor(min(c, s) 2^40 / s).
    """
    levels, counts = np.unique(scores, return_counts=True)
    found = np.minimum(np.cumsum(counts[::-1]), area).tolist()
    reached = np.array([count * REGION // area for count in found], dtype=np.uint64)
    return levels[::-1], np.diff(reached, prepend=np.uint64(0))


def saturation_areas(
    areas: Sequence[int] | int,
    config: Mapping[str, Any],
) -> Any:
    """Return the saturation areas of regions of one kind of defect.

    Parameters
    ----------
    areas : int or sequence of int
        Pixels of the regions.
    config : mapping
        An entry of MVTec LOCO's ``defects_config.json``: ``saturation_threshold``, a number of
        pixels, or a share of the area if ``relative_saturation`` is true.

    Returns
    -------
    int or list of int
        ``int(threshold * area)`` if relative, else ``min(threshold, area)``; at least 1.

    Raises
    ------
    InputTypeError, InputValueError
        Areas that are no whole numbers from 1, an entry that lacks either, or a threshold that is
        no number above 0.

    Examples
    --------
    >>> import flawgauge as fg
    >>> screw = {"saturation_threshold": 0.7, "relative_saturation": True}
    >>> fg.saturation_areas([10, 25], screw)
    [7, 17]
    >>> fg.saturation_areas(25, {"saturation_threshold": 20, "relative_saturation": False})
    20
    """
    if isinstance(areas, (list, tuple, np.ndarray)):
        return [saturation_areas(area, config) for area in areas]
    area = whole_number(areas, "areas", 1, _LARGEST)
    if not hasattr(config, "keys"):
        raise InputTypeError(f"config is {config!r}, want an entry of defects_config.json")
    missing = {"saturation_threshold", "relative_saturation"} - set(config)
    if missing:
        raise InputValueError(f"config lacks {', '.join(sorted(missing))}")
    threshold = config["saturation_threshold"]
    number = isinstance(threshold, (int, float)) and not isinstance(threshold, bool)
    if not number or not 0 < threshold < math.inf:
        raise InputValueError(f"saturation_threshold is {threshold!r}, want a number above 0")
    relative = config["relative_saturation"]
    if not isinstance(relative, bool):
        raise InputTypeError(f"relative_saturation is {relative!r}, want true or false")
    return max(int(threshold * area) if relative else int(min(threshold, area)), 1)


def check_saturated(
    scores: ArrayLike,
    region_masks: Sequence[ArrayLike],
    saturation: Sequence[Sequence[int]],
    ignore: ArrayLike | None,
) -> tuple[Images, list[tuple[NDArray[np.bool_], list[int]]], Images, Images | None]:
    """Check the arguments: scores, regions and areas, the union of the regions, ignored pixels."""
    maps = as_scores(scores, "scores")
    regions = _check_regions(each_image(maps), region_masks, saturation)
    target: Images = [np.asarray(masks.any(axis=0)) for masks, _ in regions]
    if isinstance(maps, np.ndarray):
        target = np.array(target, dtype=bool).reshape(maps.shape)
    return maps, regions, target, score_images(maps, target, ignore)[2]


def _check_regions(
    images: list[NDArray[Any]],
    region_masks: Sequence[ArrayLike],
    saturation: Sequence[Sequence[int]],
) -> list[tuple[NDArray[np.bool_], list[int]]]:
    """Return the masks (M, H, W) and the saturation areas of each image."""
    for name, given in (("region_masks", region_masks), ("saturation", saturation)):
        if not hasattr(given, "__len__"):
            raise InputTypeError(f"{name} is {given!r}, want a sequence, one item an image")
        if len(given) != len(images):
            raise InputValueError(
                f"{name} has {len(given)} images and scores {len(images)}, want the same"
            )
    found = []
    for index, (image, masks, areas) in enumerate(
        zip(images, region_masks, saturation, strict=True)
    ):
        place = f"region_masks[{index}]"
        for name, given in ((place, masks), (f"saturation[{index}]", areas)):
            if not hasattr(given, "__len__"):
                raise InputTypeError(f"{name} is {given!r}, want a sequence, one item a region")
        stack = _stacked(masks, image.shape, place)
        if len(areas) != len(stack):
            raise InputValueError(
                f"saturation[{index}] has {len(areas)} areas and {place} {len(stack)} masks, want "
                "the same"
            )
        for number, (mask, area) in enumerate(zip(stack, areas, strict=True)):
            if not mask.any():
                raise InputValueError(f"{place}[{number}] has no positive pixel")
            if isinstance(area, bool) or not isinstance(area, (int, np.integer)):
                raise InputTypeError(f"saturation[{index}] holds {area!r}, want whole numbers")
            if area < 1:
                raise InputValueError(f"saturation[{index}] holds {area}, want at least 1")
        found.append((stack, [int(area) for area in areas]))
    return found


def _stacked(masks: ArrayLike, size: tuple[int, ...], place: str) -> NDArray[np.bool_]:
    """The masks of an image, (M, H, W)."""
    if len(masks) == 0:
        return np.zeros((0, *size), dtype=bool)
    found = as_images(masks, place)
    if isinstance(found, list):
        for number, mask in enumerate(found):
            if mask.shape != size:
                raise InputValueError(f"{place}[{number}] has the shape {mask.shape}, want {size}")
    elif found.shape[1:] != size:
        rows, columns = size
        raise InputValueError(f"{place} has the shape {found.shape}, want (M, {rows}, {columns})")
    return np.asarray(found, dtype=bool)
