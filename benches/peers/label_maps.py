"""W2: joint counts of predicted and target labels over a batch of label maps."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from benches import workloads
from benches.inputs import cached_arrays
from benches.registry import (
    MEMORY_TARGET,
    Array,
    Comparison,
    Contender,
    Inputs,
    Scale,
    Target,
)

if TYPE_CHECKING:
    from pathlib import Path

MAPS: dict[Scale, int] = {"tiny": 2, "quick": 4, "full": 64}
SIZES: dict[Scale, int] = {"tiny": 64, "quick": 1024, "full": 1024}

Call = Callable[[], Any]
Prepare = Callable[[Inputs], Call]


def defect_maps(
    num_classes: int, defects: int, blob_size: float
) -> Callable[[Scale, Path], Inputs]:
    """`preds` and `target`, (N, 1024, 1024) uint8 labels of defects on background 0."""

    def build(scale: Scale, folder: Path) -> Inputs:
        count, size = MAPS[scale], SIZES[scale]
        arrays = cached_arrays(
            folder,
            f"labels-{num_classes}-{count}-{size}",
            ("preds", "target"),
            lambda: workloads.label_maps(count, size, num_classes, defects, blob_size, seed=5),
        )
        background = 100 * float(np.mean(arrays["target"] == 0))
        description = (
            f"{count} pairs of {size}x{size}, {num_classes} classes, uint8, "
            f"{background:.0f} % background"
        )
        return Inputs(arrays["target"].size, description, arrays)

    return build


def random_maps(num_classes: int) -> Callable[[Scale, Path], Inputs]:
    """`preds` and `target`, (N, 1024, 1024) uint8 labels, every pixel drawn on its own."""

    def build(scale: Scale, folder: Path) -> Inputs:
        count, size = MAPS[scale], SIZES[scale]
        arrays = cached_arrays(
            folder,
            f"random-{num_classes}-{count}-{size}",
            ("preds", "target"),
            lambda: workloads.random_labels(count, size, num_classes, seed=6),
        )
        description = f"{count} pairs of {size}x{size}, {num_classes} classes, uint8, pure noise"
        return Inputs(arrays["target"].size, description, arrays)

    return build


def trusted(num_classes: int) -> Callable[[Inputs], Array]:
    """(K, K) int64 of the batch, rows target: the distinct pairs of labels and their counts."""

    def compute(inputs: Inputs) -> Array:
        result = np.zeros((num_classes, num_classes), np.int64)
        for pred, truth in zip(inputs.arrays["preds"], inputs.arrays["target"], strict=True):
            codes = truth.astype(np.uint16) * 256 + pred
            pairs, counts = np.unique(codes, return_counts=True)
            result[pairs // 256, pairs % 256] += counts
        return result

    return compute


def ours(num_classes: int) -> Prepare:
    """Flawgauge: a sparse matrix for every image, then the pooled dense one."""

    def prepare(inputs: Inputs) -> Call:
        import flawgauge as fg

        preds, target = inputs.arrays["preds"], inputs.arrays["target"]
        return lambda: fg.confusion_matrix(preds, target, num_classes=num_classes).sum().matrix

    return prepare


def _rows(inputs: Inputs) -> tuple[Array, Array]:
    preds, target = inputs.arrays["preds"], inputs.arrays["target"]
    return preds.reshape(len(preds), -1), target.reshape(len(target), -1)


def read_both(inputs: Inputs) -> Call:
    """The yardstick: both arrays read once, as 8-byte words."""
    from benches.peers.numba_kernels import read_both as kernel

    preds, target = (array.view(np.uint64) for array in _rows(inputs))
    return lambda: kernel(preds, target)


def numba_counts(kernel_name: str, num_classes: int) -> Prepare:
    """A kernel of `numba_kernels` by its name; a matrix for every image, then their sum."""

    def prepare(inputs: Inputs) -> Call:
        from benches.peers import numba_kernels

        kernel = getattr(numba_kernels, kernel_name)
        preds, target = _rows(inputs)
        return lambda: kernel(preds, target, num_classes).sum(axis=0)

    return prepare


def numpy_bincount(num_classes: int) -> Prepare:
    """Counts (bincount) of the joint code, an image at a time."""

    def prepare(inputs: Inputs) -> Call:
        preds, target = _rows(inputs)

        def call() -> Array:
            result = np.zeros(num_classes * num_classes, np.int64)
            for pred, truth in zip(preds, target, strict=True):
                code = truth.astype(np.intp) * num_classes + pred
                result += np.bincount(code, minlength=num_classes * num_classes)
            return result.reshape(num_classes, num_classes)

        return call

    return prepare


def opencv(num_classes: int) -> Prepare:
    """A histogram of two channels, an image at a time (exact below 2**24 pixels an image)."""

    def prepare(inputs: Inputs) -> Call:
        import cv2

        preds, target = inputs.arrays["preds"], inputs.arrays["target"]
        sizes, ranges = [num_classes, num_classes], [0, num_classes, 0, num_classes]

        def call() -> Array:
            result = np.zeros((num_classes, num_classes), np.int64)
            for pred, truth in zip(preds, target, strict=True):
                one = cv2.calcHist([truth, pred], [0, 1], None, sizes, ranges)
                result += one.astype(np.int64)
            return result

        return call

    return prepare


def scikit_learn(num_classes: int) -> Prepare:
    """The function confusion_matrix on the flattened maps, an image at a time."""

    def prepare(inputs: Inputs) -> Call:
        from sklearn.metrics import confusion_matrix

        preds, target = _rows(inputs)
        labels = np.arange(num_classes)

        def call() -> Array:
            result = np.zeros((num_classes, num_classes), np.int64)
            for pred, truth in zip(preds, target, strict=True):
                result += confusion_matrix(truth, pred, labels=labels)
            return result

        return call

    return prepare


def torchmetrics(num_classes: int, validate: bool) -> Prepare:
    """The functional form on the whole batch, with or without validation of the arguments."""

    def prepare(inputs: Inputs) -> Call:
        import torch
        from torchmetrics.functional.classification import multiclass_confusion_matrix

        preds, target = (torch.from_numpy(inputs.arrays[name]) for name in ("preds", "target"))
        return lambda: multiclass_confusion_matrix(
            preds, target, num_classes=num_classes, validate_args=validate
        )

    return prepare


def hotcoco(num_classes: int) -> Prepare:
    """SemanticEval fed with the whole batch."""

    def prepare(inputs: Inputs) -> Call:
        from hotcoco.semantic import SemanticEval

        preds, target = inputs.arrays["preds"], inputs.arrays["target"]

        def call() -> Array:
            evaluator = SemanticEval(num_classes, ignore_index=None)
            evaluator.update(target, preds)
            return np.asarray(evaluator.confusion())

        return call

    return prepare


def all_contenders(num_classes: int) -> tuple[Contender, ...]:
    """All contenders for a number of classes."""
    count = num_classes
    return (
        Contender("flawgauge", ours(count), "flawgauge", "ours"),
        Contender("reading both arrays once (numba)", read_both, "numba", "yardstick"),
        Contender("numba, plain loop", numba_counts("joint_plain", count), "numba"),
        Contender("numba, equal words at once", numba_counts("joint_skipping", count), "numba"),
        Contender("hotcoco SemanticEval", hotcoco(count), "hotcoco"),
        Contender("OpenCV calcHist", opencv(count), "cv2"),
        Contender("NumPy, bincount", numpy_bincount(count)),
        Contender("torchmetrics, no validation", torchmetrics(count, False), "torchmetrics"),
        Contender("torchmetrics, default", torchmetrics(count, True), "torchmetrics"),
        Contender("scikit-learn", scikit_learn(count), "sklearn"),
    )


TARGETS = (
    Target("flawgauge", "speedup", 2, "numba, plain loop"),
    Target("flawgauge", "speedup", 2, "fastest peer"),
    Target("flawgauge", "speedup", 4, "hotcoco SemanticEval"),
    Target("flawgauge", "speedup", 20, "torchmetrics, default"),
    MEMORY_TARGET,
)


def on_defects(num_classes: int, defects: int, blob_size: float) -> Comparison:
    """Maps as they are in practice, all contenders."""
    return Comparison(
        key=f"W2-{num_classes}",
        title=f"Joint counts of label maps, {num_classes} classes",
        item="pixel",
        build=defect_maps(num_classes, defects, blob_size),
        trusted=trusted(num_classes),
        contenders=all_contenders(num_classes),
        targets=TARGETS,
    )


def on_noise(num_classes: int) -> Comparison:
    """The worst case, for the contenders that are fast on the usual one."""
    slow = ("torchmetrics", "sklearn")
    return Comparison(
        key=f"W2-{num_classes}-noise",
        title=f"Joint counts of random labels, {num_classes} classes",
        item="pixel",
        build=random_maps(num_classes),
        trusted=trusted(num_classes),
        contenders=tuple(one for one in all_contenders(num_classes) if one.package not in slow),
        targets=(MEMORY_TARGET,),
    )


COMPARISONS = (
    on_defects(5, defects=12, blob_size=90.0),
    on_defects(150, defects=60, blob_size=220.0),
    on_noise(5),
    on_noise(150),
)
