"""W5: area under the per-region overlap curve (AUPRO), up to 0.3 and 0.05."""

from __future__ import annotations

from typing import Any

import numpy as np

from benches.peers.sweep_inputs import (
    LIMITS,
    Call,
    maps,
    overlap_areas,
    region_areas,
    sort_pixels,
)
from benches.registry import Array, Comparison, Contender, Inputs, Target


def trusted(inputs: Inputs) -> Array:
    """Sort all pixels by score; each positive one adds one over its region's area."""
    areas, count = region_areas(inputs.arrays["target"])
    pixels = sort_pixels(inputs.arrays["scores"], areas)
    return np.array(overlap_areas(pixels.fp / pixels.fp[-1], pixels.overlap / count))


def ours(inputs: Inputs) -> Call:
    """One sweep with regions."""
    import flawgauge as fg

    scores, target = inputs.arrays["scores"], inputs.arrays["target"]

    def call() -> list[float]:
        sweep = fg.sweep(scores, target, regions=True)
        return [sweep.aupro(limit) for limit in LIMITS]

    return call


def by_definition(inputs: Inputs) -> Call:
    """The procedure of MVTec AD: label, sort all pixels, cumulate, integrate."""
    from scipy import ndimage

    scores, target = inputs.arrays["scores"], inputs.arrays["target"]

    def call() -> list[float]:
        false_positives = np.zeros(scores.shape, np.uint32)
        gains = np.zeros(scores.shape, np.float64)
        count = 0
        for mask, fp, gain in zip(target, false_positives, gains, strict=True):
            labels, found = ndimage.label(mask, np.ones((3, 3)))
            count += found
            fp[labels == 0] = 1
            for label in range(1, found + 1):
                region = labels == label
                gain[region] = 1 / np.count_nonzero(region)
        flat = scores.ravel()
        order = np.argsort(flat)[::-1]
        flat = flat[order]
        fpr = np.cumsum(false_positives.ravel()[order], dtype=np.uint64) / false_positives.sum()
        overlap = np.cumsum(gains.ravel()[order]) / count
        last = np.append(np.diff(flat) != 0, True)
        return overlap_areas(fpr[last], overlap[last])

    return call


def adeval(inputs: Inputs) -> Call:
    """ADEval with 1000 bins; it computes AUROC and the area under precision-recall as well."""
    evaluate = load_adeval().auroc_aupr_aupro
    scores, target = inputs.arrays["scores"], inputs.arrays["target"]
    return lambda: [evaluate(scores, target)[2]]


def load_adeval() -> Any:
    """The package, which still calls `numpy.trapz` by the name it had before NumPy 2."""
    if not hasattr(np, "trapz"):
        vars(np)["trapz"] = np.trapezoid
    import adeval

    return adeval


def _comparison(images: int, *peers: Contender) -> Comparison:
    return Comparison(
        key=f"W5-{images}",
        title=f"AUPRO up to {LIMITS[0]} and {LIMITS[1]}, {images} images",
        item="pixel",
        build=maps(images),
        trusted=trusted,
        contenders=(Contender("flawgauge", ours, "flawgauge", "ours"), *peers),
        targets=(
            Target("flawgauge", "rate", 4e-9),
            Target("flawgauge", "memory", 128 * 2**20),
        ),
        tolerance=1e-9,
        series=("AUPRO", images),
    )


_DEFINITION = Contender("MVTec's procedure (NumPy, SciPy)", by_definition, "scipy")

_ADEVAL = Contender("ADEval, 1000 bins", adeval, "adeval", tolerance=0.01, computes=(0,))

COMPARISONS = (_comparison(10, _DEFINITION, _ADEVAL), _comparison(83, _ADEVAL))
