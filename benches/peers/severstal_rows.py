"""W7: from two CSV files of run-length encoded masks to the Kaggle mean Dice."""

from __future__ import annotations

import csv
import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benches import workloads
from benches.inputs import cached_files
from benches.registry import (
    MEMORY_TARGET,
    Array,
    Comparison,
    Contender,
    Inputs,
    Scale,
    Target,
)

HEIGHT, WIDTH, CLASSES = 256, 1600, 4
PIXELS = HEIGHT * WIDTH
IMAGES: dict[Scale, int] = {"tiny": 3, "quick": 100, "full": 2500}

Call = Callable[[], Any]
Files = tuple[Path, Path]


def run_files(scale: Scale, folder: Path) -> Inputs:
    """`preds` and `target`, CSV files with the header ImageId_ClassId,EncodedPixels."""
    images = IMAGES[scale]

    def make() -> list[str]:
        names, *columns = workloads.severstal_rows(images, HEIGHT, WIDTH, CLASSES, seed=7)
        return [
            "ImageId_ClassId,EncodedPixels\n"
            + "".join(f"{name},{runs}\n" for name, runs in zip(names, column, strict=True))
            for column in columns
        ]

    files = cached_files(folder, f"runs-{images}", ("preds", "target"), make)
    rows = images * CLASSES
    size = sum(path.stat().st_size for path in files.values()) / 1e6
    description = f"{rows:,} rows a file, {WIDTH}x{HEIGHT}, {size:.1f} MB in both files"
    return Inputs(rows, description, files=files)


def read_column(path: Path) -> dict[str, str]:
    """The run strings by image and class, with the standard library."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        next(rows)
        return {row[0]: row[1] for row in rows}


def read_pairs(files: Files) -> Iterator[tuple[str, str]]:
    """Predicted and true run strings of every row."""
    preds, target = (read_column(path) for path in files)
    for name, runs in target.items():
        yield preds[name], runs


def dice(both: int, predicted: int, true: int) -> float:
    """Dice of one mask pair, 1 when both are empty."""
    return 2 * both / (predicted + true) if predicted + true else 1.0


def paint(runs: str) -> Array:
    """The mask as a flat bool array, column after column."""
    mask = np.zeros(PIXELS, bool)
    numbers = [int(one) for one in runs.split()]
    for start, length in zip(numbers[::2], numbers[1::2], strict=True):
        mask[start - 1 : start - 1 + length] = True
    return mask


def trusted(inputs: Inputs) -> Array:
    """The mean Dice, every mask painted and its pixels counted."""
    return np.asarray(numpy_painting(inputs)())


def _files(inputs: Inputs) -> Files:
    return inputs.files["preds"], inputs.files["target"]


def ours(inputs: Inputs) -> Call:
    """Flawgauge: read both tables, count from the runs, average."""
    import flawgauge as fg
    from flawgauge import _core

    preds_path, target_path = (str(path) for path in _files(inputs))

    def read(path: str, role: str) -> Any:
        return _core.read_run_table(
            path, height=HEIGHT, width=WIDTH, num_classes=CLASSES, merge_overlaps=False, role=role
        )

    def call() -> float:
        truth, preds = read(target_path, "truth"), read(preds_path, "predictions")
        _, counts, _ = _core.score_run_tables(truth, preds, None, "error")
        evidence = fg.ConfusionCounts(*np.moveaxis(counts, -1, 0))
        return float(evidence.mean("dice", empty=1))

    return call


def split_and_int(inputs: Inputs) -> Call:
    """The yardstick: split and int on all run strings, which are in memory already."""
    strings = [runs for pair in read_pairs(_files(inputs)) for runs in pair]

    def call() -> None:
        for runs in strings:
            list(map(int, runs.split()))

    return call


def numpy_painting(inputs: Inputs) -> Call:
    """Every mask painted as an array, then the pixels counted."""
    files = _files(inputs)

    def call() -> float:
        values = []
        for pred_runs, true_runs in read_pairs(files):
            pred, truth = paint(pred_runs), paint(true_runs)
            counts = (np.count_nonzero(mask) for mask in (pred & truth, pred, truth))
            values.append(dice(*(int(count) for count in counts)))
        return float(np.mean(values))

    return call


def numpy_runs(inputs: Inputs) -> Call:
    """Runs of all rows as one array on one long line, intersected without painting."""
    files = _files(inputs)

    def call() -> float:
        pairs = list(read_pairs(files))
        pred_rows, pred_starts, pred_lengths = _long_line([pair[0] for pair in pairs])
        true_rows, true_starts, true_lengths = _long_line([pair[1] for pair in pairs])
        # Target pixels before a position: all runs that start before it, less the last one's end.
        before = np.concatenate([[0], np.cumsum(true_lengths)])

        def covered(positions: Array) -> Array:
            index = np.searchsorted(true_starts, positions, side="right")
            last = np.maximum(index - 1, 0)
            over = true_starts[last] + true_lengths[last] - positions
            return before[index] - np.where(index > 0, np.maximum(over, 0), 0)

        overlaps = covered(pred_starts + pred_lengths) - covered(pred_starts)
        sums = [
            np.bincount(rows, weights, len(pairs))
            for rows, weights in (
                (pred_rows, overlaps),
                (pred_rows, pred_lengths),
                (true_rows, true_lengths),
            )
        ]
        areas = sums[1] + sums[2]
        values = np.where(areas > 0, 2 * sums[0] / np.maximum(areas, 1), 1.0)
        return float(values.mean())

    return call


def _long_line(strings: list[str]) -> tuple[Array, Array, Array]:
    """Row, start and length of every run, starts counted on from one row to the next."""
    words = [runs.split() for runs in strings]
    rows = np.repeat(np.arange(len(words)), [len(one) // 2 for one in words])
    flat = [word for one in words for word in one]
    numbers = np.array(list(map(int, flat)), np.int64).reshape(-1, 2)
    return rows, numbers[:, 0] - 1 + rows * PIXELS, numbers[:, 1]


def coco_masks(module: str) -> Callable[[Inputs], Call]:
    """A COCO mask library: counts lists, compressed, intersected, and their areas."""

    def prepare(inputs: Inputs) -> Call:
        masks = importlib.import_module(module)
        files = _files(inputs)

        def call() -> float:
            values = []
            for pred_runs, true_runs in read_pairs(files):
                pred, truth = (_compressed(masks, runs) for runs in (pred_runs, true_runs))
                both = masks.merge([pred, truth], intersect=True)
                values.append(dice(*(int(masks.area(one)) for one in (both, pred, truth))))
            return float(np.mean(values))

        return call

    return prepare


def _compressed(masks: Any, runs: str) -> Any:
    numbers = list(map(int, runs.split()))
    counts, position = [], 0
    for start, length in zip(numbers[::2], numbers[1::2], strict=True):
        counts += [start - 1 - position, length]
        position = start - 1 + length
    counts.append(PIXELS - position)
    return masks.frPyObjects({"size": [HEIGHT, WIDTH], "counts": counts}, HEIGHT, WIDTH)


COMPARISONS = (
    Comparison(
        key="W7-files",
        title="Severstal rows from two CSV files to the Kaggle mean Dice",
        item="row",
        build=run_files,
        trusted=trusted,
        contenders=(
            Contender("flawgauge", ours, "flawgauge", "ours"),
            Contender("split and int alone, strings in memory", split_and_int, role="yardstick"),
            Contender("pycocotools", coco_masks("pycocotools.mask"), "pycocotools"),
            Contender("hotcoco", coco_masks("hotcoco.mask"), "hotcoco"),
            Contender(
                "faster-coco-eval", coco_masks("faster_coco_eval.core.mask"), "faster_coco_eval"
            ),
            Contender("NumPy, runs of all rows at once", numpy_runs),
            Contender("NumPy, masks painted", numpy_painting),
        ),
        targets=(
            Target("flawgauge", "speedup", 20, "split and int alone, strings in memory"),
            MEMORY_TARGET,
        ),
        # The means are of equal values, added up in another order.
        tolerance=1e-12,
    ),
)
