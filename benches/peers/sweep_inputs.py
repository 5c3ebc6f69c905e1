"""What W4 and W5 share: score maps with their target, and sorting all pixels by score."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from benches import workloads
from benches.inputs import cached_arrays
from benches.registry import Array, Inputs, Scale

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

Call = Callable[[], Any]
Prepare = Callable[[Inputs], Call]

SIZES: dict[Scale, int] = {"tiny": 64, "quick": 256, "full": 1024}
LIMITS = (0.3, 0.05)
"""False positive rates that AUPRO is integrated up to."""


def maps(images: int) -> Callable[[Scale, Path], Inputs]:
    """`scores` float32 and `target` uint8, (N, 1024, 1024), of so many images."""

    def build(scale: Scale, folder: Path) -> Inputs:
        count, size = (2 if scale == "tiny" else images), SIZES[scale]
        arrays = cached_arrays(
            folder,
            f"maps-{count}-{size}",
            ("scores", "target"),
            lambda: workloads.anomaly_maps(count, size, seed=8),
        )
        share = 100 * float(np.mean(arrays["target"]))
        description = f"{count} maps of {size}x{size}, float32, {share:.1f} % positive"
        return Inputs(arrays["target"].size, description, arrays)

    return build


class Sorted(NamedTuple):
    """All pixels by descending score, the last one of each tie: how many are at least that high.

    Attributes
    ----------
    scores : ndarray of float32
    tp, fp : ndarray of int64
    overlap : ndarray of float64
        Sum over all regions of the fraction that is at least that high; empty without regions.
    """

    scores: NDArray[np.float32]
    tp: NDArray[np.int64]
    fp: NDArray[np.int64]
    overlap: NDArray[np.float64]


def sort_pixels(scores: Array, weights: Array) -> Sorted:
    """Sort all pixels by score, with whole numbers at hand: 0 at negatives, else a region's area.

    Score and weight are the two halves of one 64-bit number, which NumPy sorts fast.
    """
    bits = scores.reshape(-1).view(np.uint32) + np.zeros(scores.size, np.uint32)
    # Descending order of float32, as unsigned numbers.
    keys = np.where(bits >> np.uint32(31), bits, ~bits & np.uint32(0x7FFFFFFF)).astype(np.uint64)
    keys <<= np.uint64(32)
    keys |= weights.reshape(-1).astype(np.uint64)
    keys.sort()
    weights = (keys & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    bits = (keys >> np.uint64(32)).astype(np.uint32)
    del keys
    values = np.where(bits >> np.uint32(31), bits, ~bits & np.uint32(0x7FFFFFFF)).view(np.float32)
    last = np.flatnonzero(np.append(np.diff(bits) != 0, True))
    tp = np.cumsum(weights > 0)[last]
    with np.errstate(divide="ignore"):
        overlap = np.cumsum(np.where(weights > 0, 1.0 / weights, 0.0))[last]
    return Sorted(values[last], tp, last + 1 - tp, overlap)


def region_areas(target: Array) -> tuple[Array, int]:
    """Each pixel's area of its 8-connected region, 0 outside of all; and the number of regions."""
    from scipy import ndimage

    areas, count = np.zeros(target.shape, np.uint32), 0
    for mask, out in zip(target, areas, strict=True):
        labels, found = ndimage.label(mask, np.ones((3, 3)))
        sizes = np.bincount(labels.reshape(-1))
        sizes[0] = 0
        out[...] = sizes[labels]
        count += found
    return areas, count


def curve_values(pixels: Sorted) -> list[float]:
    """AUROC, average precision and the best F1, from their definitions."""
    positives, negatives = int(pixels.tp[-1]), int(pixels.fp[-1])
    tpr = np.append(0.0, pixels.tp / positives)
    fpr = np.append(0.0, pixels.fp / negatives)
    precision = pixels.tp / (pixels.tp + pixels.fp)
    f1 = 2 * pixels.tp / (pixels.tp + pixels.fp + positives)
    auroc = np.sum(np.diff(fpr) * (tpr[1:] + tpr[:-1])) / 2
    return [float(auroc), float(np.sum(np.diff(tpr) * precision)), float(f1.max())]


def overlap_areas(fpr: Array, overlap: Array, limits: tuple[float, ...] = LIMITS) -> list[float]:
    """Areas under a curve that starts at (0, 0), up to each limit, divided by it."""
    fpr, overlap = np.append(0.0, fpr), np.append(0.0, overlap)
    areas = []
    for limit in limits:
        count = int(np.searchsorted(fpr, limit, side="right"))
        x = np.append(fpr[:count], limit)
        y = np.append(overlap[:count], np.interp(limit, fpr, overlap))
        areas.append(float(np.sum(np.diff(x) * (y[1:] + y[:-1])) / 2 / limit))
    return areas
