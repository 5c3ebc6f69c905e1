"""W3: HD95, average symmetric surface distance and normalised surface Dice of mask pairs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from benches import workloads
from benches.inputs import cached_arrays
from benches.registry import Array, Comparison, Contender, Inputs, Scale, Target

if TYPE_CHECKING:
    from pathlib import Path

IMAGES: dict[Scale, int] = {"tiny": 2, "quick": 4, "full": 16}
SIZES: dict[Scale, int] = {"tiny": 64, "quick": 1024, "full": 1024}
TOLERANCE = 2.0

Call = Callable[[], Any]


def pairs(scale: Scale, folder: Path) -> Inputs:
    """`preds` and `target`, (N, 1024, 1024) uint8 of 0 and 1, no mask empty."""
    count, size = IMAGES[scale], SIZES[scale]
    arrays = cached_arrays(
        folder,
        f"surface-{count}-{size}",
        ("preds", "target"),
        lambda: workloads.surface_pairs(count, size, seed=8),
    )
    share = 100 * float(arrays["target"].mean())
    description = f"{count} pairs of {size}x{size}, {share:.1f} % of the target positive"
    return Inputs(arrays["target"].size, description, arrays)


def _metrics(there: Array, back: Array) -> list[float]:
    """HD95 (the larger direction), mean of both contours' distances, share within tolerance."""
    both = np.concatenate([there, back])
    percentile = max(np.percentile(there, 95), np.percentile(back, 95))
    return [float(percentile), float(both.mean()), float((both <= TOLERANCE).mean())]


def scipy_metrics(inputs: Inputs) -> Array:
    """(N, 3): contours by erosion, distances by SciPy's transform; the three together."""
    from scipy import ndimage

    rows = []
    for masks in zip(inputs.arrays["preds"], inputs.arrays["target"], strict=True):
        first, second = (mask.view(bool) ^ ndimage.binary_erosion(mask) for mask in masks)
        there = ndimage.distance_transform_edt(~second)[first]
        back = ndimage.distance_transform_edt(~first)[second]
        rows.append(_metrics(there, back))
    return np.array(rows)


def scipy(inputs: Inputs) -> Call:
    """SciPy, all three from one pair of transforms."""
    return lambda: scipy_metrics(inputs)


def opencv(inputs: Inputs) -> Call:
    """OpenCV's erosion and precise transform, all three from one pair of transforms."""
    import cv2

    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    border = {"borderType": cv2.BORDER_CONSTANT, "borderValue": 0}

    def call() -> Array:
        rows = []
        for masks in zip(inputs.arrays["preds"], inputs.arrays["target"], strict=True):
            contours = [(mask ^ cv2.erode(mask, cross, **border)) != 0 for mask in masks]
            transforms = [
                cv2.distanceTransform((~one).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
                for one in contours
            ]
            there, back = transforms[1][contours[0]], transforms[0][contours[1]]
            rows.append(_metrics(there.astype(np.float64), back.astype(np.float64)))
        return np.array(rows)

    return call


def monai(inputs: Inputs) -> Call:
    """MONAI's three functions, one after the other, each finding the distances by itself."""
    import torch
    from monai.metrics import (
        compute_average_surface_distance,
        compute_hausdorff_distance,
        compute_surface_dice,
    )

    tensors = [
        torch.from_numpy(inputs.arrays[name].astype(np.float32))[:, None]
        for name in ("preds", "target")
    ]

    def call() -> Array:
        options = {"include_background": True}
        values = (
            compute_hausdorff_distance(*tensors, percentile=95, **options),
            compute_average_surface_distance(*tensors, symmetric=True, **options),
            compute_surface_dice(*tensors, [TOLERANCE], **options),
        )
        return torch.cat(values, dim=1).numpy()

    return call


def monai_hausdorff(inputs: Inputs) -> Call:
    """MONAI's HD95 alone: less than the work."""
    import torch
    from monai.metrics import compute_hausdorff_distance

    tensors = [
        torch.from_numpy(inputs.arrays[name].astype(np.float32))[:, None]
        for name in ("preds", "target")
    ]
    return lambda: compute_hausdorff_distance(*tensors, percentile=95, include_background=True)


def ours(spacing: tuple[float, float]) -> Callable[[Inputs], Call]:
    """Flawgauge: distances once, the three metrics from them."""

    def prepare(inputs: Inputs) -> Call:
        import flawgauge as fg

        preds, target = inputs.arrays["preds"], inputs.arrays["target"]

        def call() -> Array:
            distances = fg.surface(preds, target, spacing=spacing)
            values = (
                distances.hausdorff(95),
                distances.assd(rule="pooled"),
                distances.nsd(TOLERANCE),
            )
            return np.stack(values, axis=-1)

        return call

    return prepare


COMPARISONS = (
    Comparison(
        key="W3-surface",
        title="HD95, ASSD and NSD together, of each image",
        item="pixel",
        build=pairs,
        trusted=scipy_metrics,
        contenders=(
            Contender("flawgauge", ours((1, 1)), "flawgauge", "ours"),
            Contender("OpenCV, all three", opencv, "cv2"),
            Contender("SciPy, all three", scipy, "scipy"),
            Contender("MONAI, three functions", monai, "monai"),
            Contender("MONAI, HD95 alone", monai_hausdorff, "monai", "yardstick"),
        ),
        # OpenCV and MONAI have float32 distances.
        tolerance=1e-5,
        targets=(
            Target("flawgauge", "rate", 4e-9),
            Target("flawgauge", "speedup", 10, "fastest peer"),
            Target("flawgauge", "speedup", 10, "MONAI, HD95 alone"),
        ),
    ),
)
