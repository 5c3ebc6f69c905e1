"""W8: all labelled images of Severstal, from two CSV files to Dice and Boundary IoU."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benches import workloads
from benches.inputs import cached_files
from benches.peers.severstal_rows import CLASSES, HEIGHT, WIDTH, dice, paint, read_pairs
from benches.registry import Array, Comparison, Contender, Inputs, Scale, Target

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Call = Callable[[], Any]

IMAGES: dict[Scale, int] = {"tiny": 3, "quick": 100, "full": 12568}
RATIO = 0.02
DISTANCE = 32
"""The ratio of the diagonal in pixels."""
SHARE = 1 / 7
"""Rows with a defect, as in the published file."""


def build(scale: Scale, folder: Path) -> Inputs:
    """`preds` and `target`, CSV files with a row for every class of an image."""
    images = IMAGES[scale]

    def make() -> list[str]:
        names, *columns = workloads.severstal_rows(
            images, HEIGHT, WIDTH, CLASSES, seed=9, share=SHARE
        )
        return [
            "ImageId_ClassId,EncodedPixels\n"
            + "".join(f"{name},{runs}\n" for name, runs in zip(names, column, strict=True))
            for column in columns
        ]

    files = cached_files(folder, f"set-{images}", ("preds", "target"), make)
    size = sum(path.stat().st_size for path in files.values()) / 1e6
    description = f"{images:,} images of {WIDTH}x{HEIGHT}, {size:.1f} MB in both files"
    return Inputs(images, description, files=files)


def trusted(inputs: Inputs) -> Array:
    """The mean Dice, and Boundary IoU of all images and classes together, of painted masks."""
    values, totals = [], np.zeros(3, np.int64)
    for runs in read_pairs((inputs.files["preds"], inputs.files["target"])):
        # Column after column in the file: here the columns are rows.
        pred, truth = (paint(one).reshape(WIDTH, HEIGHT) for one in runs)
        sizes = [int(np.count_nonzero(mask)) for mask in (pred & truth, pred, truth)]
        values.append(dice(*sizes))
        bands = band(pred), band(truth)
        totals += [np.count_nonzero(mask) for mask in (bands[0] & bands[1], *bands)]
    both, predicted, true = totals.tolist()
    return np.array([np.mean(values), both / (predicted + true - both)])


def band(mask: Array) -> Array:
    """The pixels whose window leaves the mask, by sums over the padded rows that have some."""
    rows = np.flatnonzero(mask.any(axis=1))
    found = np.zeros_like(mask)
    if not len(rows):
        return found
    part = mask[rows[0] : rows[-1] + 1]
    padded = np.pad(part.astype(np.int32), DISTANCE + 1)[:-1, :-1]
    sums = padded.cumsum(axis=0).cumsum(axis=1)
    side = 2 * DISTANCE + 1
    windows = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side]
    windows += sums[:-side, :-side]
    found[rows[0] : rows[-1] + 1] = part & (windows < side * side)
    return found


def ours(inputs: Inputs) -> Call:
    """One call, and two numbers of its report."""
    import flawgauge as fg

    files = inputs.files["target"], inputs.files["preds"]

    def call() -> list[float]:
        report = fg.evaluate_severstal(*files, boundary=RATIO)
        assert report.boundary is not None
        bands = report.boundary.sum()
        return [float(report.counts.mean("dice", empty=1)), float(bands.iou())]

    return call


COMPARISONS = (
    Comparison(
        key="W8-severstal",
        title="Dice and Boundary IoU of 12,568 Severstal images, from two CSV files",
        item="image",
        build=build,
        trusted=trusted,
        contenders=(Contender("flawgauge", ours, "flawgauge", "ours"),),
        targets=(
            Target("flawgauge", "seconds", 5.0),
            Target("flawgauge", "memory", 200 * 2**20),
        ),
        tolerance=1e-12,
    ),
)
