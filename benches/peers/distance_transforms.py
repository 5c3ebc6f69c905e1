"""W3: exact Euclidean distance transforms of masks, far and near."""

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

Call = Callable[[], Any]


def distance_masks(kind: str) -> Callable[[Scale, Path], Inputs]:
    """`mask`, (N, 1024, 1024) uint8 of 0 and 1: "defects", "good" (the rest), or "dense" noise."""

    def make(count: int, size: int) -> tuple[Array]:
        if kind == "dense":
            generator = np.random.default_rng(9)
            return ((generator.random((count, size, size), np.float32) < 0.98).astype(np.uint8),)
        target = workloads.surface_pairs(count, size, seed=8)[1]
        return (target if kind == "defects" else 1 - target,)

    def build(scale: Scale, folder: Path) -> Inputs:
        count, size = IMAGES[scale], SIZES[scale]
        arrays = cached_arrays(
            folder, f"distance-{kind}-{count}-{size}", ("mask",), lambda: make(count, size)
        )
        share = 100 * float(arrays["mask"].mean())
        description = f"{count} masks of {size}x{size}, {kind}, {share:.0f} % positive"
        return Inputs(arrays["mask"].size, description, arrays)

    return build


def trusted(inputs: Inputs) -> Array:
    """(N,) float64: sum of the distances of each image, from SciPy's nearest pixels."""
    from scipy import ndimage

    return sums([ndimage.distance_transform_edt(mask) for mask in inputs.arrays["mask"]])


def sums(distances: Any) -> Array:
    """(N,) float64 sums over the images."""
    return np.array([np.sum(image, dtype=np.float64) for image in distances])


def ours(**options: Any) -> Callable[[Inputs], Call]:
    """Flawgauge, the whole batch in one call."""

    def prepare(inputs: Inputs) -> Call:
        import flawgauge as fg

        mask = inputs.arrays["mask"]
        return lambda: fg.distance_transform(mask, **options)

    return prepare


def opencv(inputs: Inputs) -> Call:
    """OpenCV's precise transform, float32, an image at a time."""
    import cv2

    masks = inputs.arrays["mask"]
    precise = cv2.DIST_MASK_PRECISE
    return lambda: [cv2.distanceTransform(mask, cv2.DIST_L2, precise) for mask in masks]


def scipy(inputs: Inputs) -> Call:
    """SciPy, an image at a time."""
    from scipy import ndimage

    masks = inputs.arrays["mask"]
    return lambda: [ndimage.distance_transform_edt(mask) for mask in masks]


def edt(inputs: Inputs) -> Call:
    """The package edt, float32, an image at a time with all threads."""
    import edt as package

    from benches.environment import available_processors

    masks, threads = inputs.arrays["mask"], available_processors()
    return lambda: [package.edt(mask, parallel=threads) for mask in masks]


def roots(squares: Any) -> Array:
    """(N,) float64 sums of the roots of squared distances."""
    return sums([np.sqrt(image) for image in squares])


def _comparison(kind: str) -> Comparison:
    return Comparison(
        key=f"W3-distance-{kind}",
        title=f"exact Euclidean distance transform, {kind}",
        item="pixel",
        build=distance_masks(kind),
        trusted=trusted,
        contenders=(
            Contender("flawgauge", ours(), "flawgauge", "ours", values=sums),
            Contender("flawgauge, squared", ours(squared=True), "flawgauge", "ours", values=roots),
            Contender("OpenCV, precise", opencv, "cv2", values=sums),
            Contender("edt", edt, "edt", values=sums),
            Contender("SciPy", scipy, "scipy", values=sums),
        ),
        # OpenCV and edt have float32 distances.
        tolerance=1e-5,
        targets=(
            Target("flawgauge", "rate", 3e-9),
            Target("flawgauge", "speedup", 3, "fastest peer"),
        ),
    )


COMPARISONS = tuple(_comparison(kind) for kind in ("defects", "good", "dense"))
