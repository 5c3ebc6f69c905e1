"""W6: connected components of the ground truth, 8-connected."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from benches import workloads
from benches.inputs import cached_arrays
from benches.registry import Array, Comparison, Contender, Inputs, Scale, Target

if TYPE_CHECKING:
    from pathlib import Path

IMAGES: dict[Scale, int] = {"tiny": 2, "quick": 8, "full": 64}
SIZES: dict[Scale, int] = {"tiny": 64, "quick": 1024, "full": 1024}
NEIGHBOURS = np.ones((3, 3), dtype=int)

Call = Callable[[], Any]


def build(scale: Scale, folder: Path) -> Inputs:
    """`mask`, (N, 1024, 1024) uint8 of 0 and 1: sparse blobs and scratches."""
    count, size = IMAGES[scale], SIZES[scale]
    arrays = cached_arrays(
        folder,
        f"components-{count}-{size}",
        ("mask",),
        lambda: (workloads.surface_pairs(count, size, seed=8)[1],),
    )
    share = 100 * float(arrays["mask"].mean())
    description = f"{count} masks of {size}x{size}, {share:.1f} % positive"
    return Inputs(arrays["mask"].size, description, arrays)


def trusted(inputs: Inputs) -> Array:
    """(N, 2) int64: regions of each image, and the sum of the squares of their areas."""
    from flawgauge.reference.regions import label_image

    return summaries([label_image(mask != 0) for mask in inputs.arrays["mask"]])


def summaries(labels: Any) -> Array:
    """(N, 2) int64, as above, from label images."""
    return np.array([_summary(np.bincount(image.ravel())[1:]) for image in labels])


def table_summaries(found: Any) -> Array:
    """(N, 2) int64, as above, from ``flawgauge.Regions``."""
    images = range(found.leading[0])
    return np.array([_summary(found.area[found.image == image]) for image in images])


def _summary(areas: Array) -> tuple[int, int]:
    return len(areas), int(np.sum(areas.astype(np.int64) ** 2))


def ours(inputs: Inputs) -> Call:
    """Runs, areas, boxes and centroids of the whole batch."""
    import flawgauge as fg

    mask = inputs.arrays["mask"]
    return lambda: fg.label_regions(mask)


def ours_painted(inputs: Inputs) -> Call:
    """The same, and the label images."""
    import flawgauge as fg

    mask = inputs.arrays["mask"]
    return lambda: fg.label_regions(mask).labels


def each_on_threads(label: Callable[[Array], Any]) -> Callable[[Inputs], Call]:
    """An image at a time, on as many Python threads as there are processors."""

    def prepare(inputs: Inputs) -> Call:
        from benches.environment import available_processors

        masks, pool = inputs.arrays["mask"], ThreadPoolExecutor(available_processors())
        return lambda: list(pool.map(label, masks))

    return prepare


def opencv(mask: Array) -> Any:
    """Labels, boxes, areas and centroids."""
    import cv2

    return cv2.connectedComponentsWithStats(mask, connectivity=8)[1]


def opencv_labels(mask: Array) -> Any:
    """Labels only."""
    import cv2

    return cv2.connectedComponents(mask, connectivity=8)[1]


def cc3d(mask: Array) -> Any:
    """The package connected-components-3d."""
    import cc3d as package

    return package.connected_components(mask, connectivity=8)


def scipy(mask: Array) -> Any:
    """SciPy."""
    from scipy import ndimage

    return ndimage.label(mask, NEIGHBOURS)[0]


COMPARISONS = (
    Comparison(
        key="W6-components",
        title="connected components, 8-connected",
        item="pixel",
        build=build,
        trusted=trusted,
        contenders=(
            Contender("flawgauge", ours, "flawgauge", "ours", values=table_summaries),
            Contender(
                "flawgauge, label images", ours_painted, "flawgauge", "ours", values=summaries
            ),
            Contender("OpenCV", each_on_threads(opencv), "cv2", values=summaries),
            Contender(
                "OpenCV, labels only", each_on_threads(opencv_labels), "cv2", values=summaries
            ),
            Contender("cc3d", each_on_threads(cc3d), "cc3d", values=summaries),
            Contender("SciPy", each_on_threads(scipy), "scipy", values=summaries),
        ),
        targets=(Target("flawgauge", "rate", 0.2e-9),),
    ),
)
