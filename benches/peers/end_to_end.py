"""W8: a category of anomaly maps from files to the full report."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from benches.image_files import category, listed
from benches.peers.boundary_bands import trusted_chessboard
from benches.peers.decoding import opencv, threads, tiff_library
from benches.peers.region_overlap import load_adeval
from benches.peers.sweep_inputs import (
    curve_values,
    overlap_areas,
    region_areas,
    sort_pixels,
)
from benches.registry import Array, Comparison, Contender, Inputs, Scale, Target

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Call = Callable[[], Any]

RATIO = 0.02
METRICS = ("pixel_auroc", "pixel_ap", "pixel_f1_max", "aupro_0.3", "aupro_0.05", "boundary_iou")
MEMORY = Target("flawgauge", "memory", 200 * 2**20)
"""Of 250 MiB in all; the interpreter and the modules have the rest."""


def files(kind: str, copies: int = 1) -> Callable[[Scale, Path], Inputs]:
    """The folders of masks and maps. Of copies, each is a folder of links to the same files."""

    def build(scale: Scale, folder: Path) -> Inputs:
        found = category(scale, folder)
        count, side = found.arrays["target"].shape[:2]
        folders = {"masks": found.files["masks"], "maps": found.files[kind]}
        if copies > 1:
            folders = {name: _copies(path, copies) for name, path in folders.items()}
        share = 100 * float(np.mean(found.arrays["target"]))
        description = f"{copies * count} maps of {side}x{side}, {share:.1f} % positive"
        return Inputs(copies * found.arrays["target"].size, description, found.arrays, folders)

    return build


def _copies(folder: Path, copies: int) -> Path:
    root = folder.with_name(f"{folder.name}-{copies}")
    if not root.exists():
        root.mkdir()
        for number in range(copies):
            for path in listed(folder):
                name = path.rsplit("/", 1)[-1]
                (root / f"{number}-{name}").symlink_to(path)
    return root


def trusted(inputs: Inputs) -> Array:
    """All pixels sorted, and at the best threshold windows that are not full.

    As many copies of every image change none of the values.
    """
    scores, target = inputs.arrays["scores"], inputs.arrays["target"]
    areas, count = region_areas(target)
    pixels = sort_pixels(scores, areas)
    values = curve_values(pixels) + overlap_areas(pixels.fp / pixels.fp[-1], pixels.overlap / count)
    f1 = 2 * pixels.tp / (pixels.tp + pixels.fp + pixels.tp[-1])
    # Of equal values the last: the lowest threshold.
    threshold = pixels.scores[np.flatnonzero(f1 == f1.max())[-1]]
    distance = round(RATIO * float(np.hypot(*target.shape[1:])))
    count_bands = trusted_chessboard((max(1, distance),))
    totals = np.zeros(3, np.int64)
    for score, mask in zip(scores, target, strict=True):
        arrays = {"preds": (score >= threshold).view(np.uint8)[None], "target": mask[None]}
        totals += count_bands(Inputs(mask.size, "", arrays))[0, 0]
    preds, truth, both = totals.tolist()
    return np.array([*values, both / (preds + truth - both)])


def ours(inputs: Inputs) -> Call:
    """One call, and the values of its report: rows of images and regions are counted too."""
    import flawgauge as fg

    masks, maps = inputs.files["masks"], inputs.files["maps"]

    def call() -> list[float]:
        data = fg.datasets.Folder(masks, masks="{id}.png")
        values = fg.evaluate(data, maps, boundary=RATIO).values["all"]
        return [values[name] for name in METRICS]

    return call


def adeval(inputs: Inputs) -> Call:
    """tifffile and OpenCV in threads, then ADEval with 1000 bins, which holds all maps at once."""
    evaluate = load_adeval().auroc_aupr_aupro
    read_map, read_mask = tiff_library(), opencv()
    masks, maps = (listed(inputs.files[name]) for name in ("masks", "maps"))

    def call() -> list[float]:
        with ThreadPoolExecutor(threads()) as pool:
            scores = np.stack(list(pool.map(read_map, maps)))
            target = np.stack(list(pool.map(read_mask, masks))) != 0
        found = evaluate(scores, target.astype(np.uint8))
        return [found[0], found[2]]

    return call


def _report(key: str, title: str, kind: str, copies: int, *targets: Target) -> Comparison:
    peers = () if copies > 1 else (_ADEVAL,)
    return Comparison(
        key=key,
        title=title,
        item="pixel",
        build=files(kind, copies),
        trusted=trusted,
        contenders=(Contender("flawgauge", ours, "flawgauge", "ours"), *peers),
        targets=(*targets, MEMORY),
        tolerance=1e-9,
        series=("From files to the report", 83 * copies) if kind == "maps" else None,
    )


_ADEVAL = Contender(
    "tifffile, OpenCV, ADEval with 1000 bins", adeval, "adeval", tolerance=0.01, computes=(0, 3)
)
_ALL = "AUROC, AP, best F1, AUPRO at two limits, Boundary IoU, from"

COMPARISONS = (
    _report(
        "W8-report-83",
        f"{_ALL} 83 files of maps",
        "maps",
        1,
        Target("flawgauge", "seconds", 1.0),
    ),
    _report("W8-report-830", f"{_ALL} 830 files of maps", "maps", 10),
    _report("W8-report-deflated", f"{_ALL} 83 files of maps packed with deflate", "packed", 1),
)
