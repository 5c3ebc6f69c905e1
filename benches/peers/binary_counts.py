"""W1: tp, fp, fn and tn of every image of a batch of mask pairs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

HEIGHT, WIDTH = 256, 1600
THRESHOLD = 0.5
IMAGES: dict[Scale, int] = {"tiny": 2, "quick": 24, "full": 256}

Call = Callable[[], Any]


def pairs(scale: Scale, folder: Path, images: dict[Scale, int] = IMAGES) -> Inputs:
    """`preds` and `target`, (N, 256, 1600) uint8 of 0 and 1."""
    count = images[scale]
    arrays = cached_arrays(
        folder,
        f"pairs-{count}",
        ("preds", "target"),
        lambda: workloads.binary_pairs(count, HEIGHT, WIDTH, seed=1),
    )
    positive = 100 * float(arrays["target"].mean())
    description = f"{count} pairs of {WIDTH}x{HEIGHT}, {positive:.1f} % of the target positive"
    return Inputs(arrays["target"].size, description, arrays)


def four_counts(rows: Sequence[tuple[int, int, int]], pixels: int) -> Array:
    """(N, 4) int64 tp, fp, fn, tn from the intersections and the two areas of N pairs."""
    both, predicted, true = np.array(rows, np.int64).T
    rest = pixels - predicted - true + both
    return np.stack([both, predicted - both, true - both, rest], axis=-1)


def trusted_counts(preds: Array, target: Array) -> Array:
    """(N, 4) int64: every count on its own, one image after the other."""
    rows = [
        _four_expressions(pred != 0, truth != 0) for pred, truth in zip(preds, target, strict=True)
    ]
    return np.array(rows, np.int64)


def _four_expressions(pred: Array, truth: Array) -> list[int]:
    cells = (pred & truth, pred & ~truth, ~pred & truth, ~pred & ~truth)
    return [int(np.count_nonzero(cell)) for cell in cells]


def evidence_values(counts: Any) -> Array:
    """(N, 4) int64 from flawgauge's counts."""
    return np.stack([counts.tp, counts.fp, counts.fn, counts.tn], axis=-1)


def ours(dtype: str) -> Callable[[Inputs], Call]:
    """Flawgauge on masks seen as `dtype`, "uint8" or "bool"."""

    def prepare(inputs: Inputs) -> Call:
        import flawgauge as fg

        preds, target = (inputs.arrays[name].view(dtype) for name in ("preds", "target"))
        return lambda: fg.confusion(preds, target)

    return prepare


def read_both(inputs: Inputs) -> Call:
    """The yardstick: both arrays read once, as 8-byte words."""
    from benches.peers.numba_kernels import read_both as kernel

    preds, target = (
        inputs.arrays[name].reshape(-1, HEIGHT * WIDTH).view(np.uint64)
        for name in ("preds", "target")
    )
    return lambda: kernel(preds, target)


def numpy_four_expressions(inputs: Inputs) -> Call:
    """Four boolean expressions an image, each counted."""
    preds, target = (inputs.arrays[name].view(bool) for name in ("preds", "target"))
    return lambda: [
        _four_expressions(pred, truth) for pred, truth in zip(preds, target, strict=True)
    ]


def numpy_count_nonzero(inputs: Inputs) -> Call:
    """The intersection and the two areas with count_nonzero on bool views."""
    preds, target = (inputs.arrays[name].view(bool) for name in ("preds", "target"))
    count = np.count_nonzero

    def call() -> Array:
        rows = [
            (int(count(pred & truth)), int(count(pred)), int(count(truth)))
            for pred, truth in zip(preds, target, strict=True)
        ]
        return four_counts(rows, HEIGHT * WIDTH)

    return call


def numba_counts(kernel_name: str) -> Callable[[Inputs], Call]:
    """A kernel of `numba_kernels` by its name."""

    def prepare(inputs: Inputs) -> Call:
        from benches.peers import numba_kernels

        kernel = getattr(numba_kernels, kernel_name)
        preds, target = (
            inputs.arrays[name].reshape(-1, HEIGHT * WIDTH) for name in ("preds", "target")
        )
        return lambda: kernel(preds, target)

    return prepare


def opencv(inputs: Inputs) -> Call:
    """The functions bitwise_and and countNonZero, an image at a time."""
    import cv2

    preds, target = inputs.arrays["preds"], inputs.arrays["target"]
    count, intersect = cv2.countNonZero, cv2.bitwise_and

    def call() -> Array:
        rows = [
            (count(intersect(pred, truth)), count(pred), count(truth))
            for pred, truth in zip(preds, target, strict=True)
        ]
        return four_counts(rows, HEIGHT * WIDTH)

    return call


def scikit_learn(inputs: Inputs) -> Call:
    """The function confusion_matrix on the flattened masks, an image at a time."""
    from sklearn.metrics import confusion_matrix

    preds, target = (
        inputs.arrays[name].reshape(-1, HEIGHT * WIDTH) for name in ("preds", "target")
    )
    return lambda: [
        confusion_matrix(truth, pred, labels=[0, 1])
        for pred, truth in zip(preds, target, strict=True)
    ]


def scikit_learn_values(matrices: Sequence[Array]) -> Array:
    """(N, 4) from 2x2 matrices with rows target, columns prediction."""
    return np.stack(matrices).reshape(-1, 4)[:, [3, 1, 2, 0]]


def torchmetrics(preds_name: str, validate: bool) -> Callable[[Inputs], Call]:
    """The functional form, an image a row, with or without validation of the arguments."""

    def prepare(inputs: Inputs) -> Call:
        import torch
        from torchmetrics.functional.classification import binary_stat_scores

        preds, target = (torch.from_numpy(inputs.arrays[n]) for n in (preds_name, "target"))
        return lambda: binary_stat_scores(
            preds,
            target,
            threshold=THRESHOLD,
            multidim_average="samplewise",
            validate_args=validate,
        )

    return prepare


def torchmetrics_values(scores: Any) -> Array:
    """(N, 4) from rows tp, fp, tn, fn, support."""
    return np.asarray(scores.numpy()[:, [0, 1, 3, 2]])


def smp(preds_name: str) -> Callable[[Inputs], Call]:
    """segmentation_models_pytorch.metrics.get_stats in its binary mode."""

    def prepare(inputs: Inputs) -> Call:
        import torch
        from segmentation_models_pytorch.metrics import get_stats

        preds, target = (
            torch.from_numpy(inputs.arrays[name]).unsqueeze(1) for name in (preds_name, "target")
        )
        threshold = THRESHOLD if preds.is_floating_point() else None
        return lambda: get_stats(preds, target, mode="binary", threshold=threshold)

    return prepare


def smp_values(parts: Any) -> Array:
    """(N, 4) from four (N, 1) tensors tp, fp, fn, tn."""
    return np.stack([part.numpy()[:, 0] for part in parts], axis=-1)


COMPARISONS = (
    Comparison(
        key="W1-batch",
        title="Counts of every image of a batch of masks",
        item="pixel",
        build=pairs,
        trusted=lambda inputs: trusted_counts(inputs.arrays["preds"], inputs.arrays["target"]),
        contenders=(
            Contender("flawgauge, uint8", ours("uint8"), "flawgauge", "ours", evidence_values),
            Contender("flawgauge, bool", ours("bool"), "flawgauge", "ours", evidence_values),
            Contender("reading both arrays once (numba)", read_both, "numba", "yardstick"),
            Contender("numba, tuned loop", numba_counts("binary_tuned"), "numba"),
            Contender("numba, plain loop", numba_counts("binary_plain"), "numba"),
            Contender("OpenCV", opencv, "cv2"),
            Contender("NumPy, count_nonzero on bool views", numpy_count_nonzero),
            Contender("NumPy, four expressions", numpy_four_expressions),
            Contender(
                "torchmetrics, no validation",
                torchmetrics("preds", validate=False),
                "torchmetrics",
                values=torchmetrics_values,
            ),
            Contender(
                "torchmetrics, default",
                torchmetrics("preds", validate=True),
                "torchmetrics",
                values=torchmetrics_values,
            ),
            Contender("smp", smp("preds"), "segmentation_models_pytorch", values=smp_values),
            Contender("scikit-learn", scikit_learn, "sklearn", values=scikit_learn_values),
        ),
        targets=(
            Target("flawgauge, uint8", "slowdown", 1.3, "reading both arrays once (numba)"),
            Target("flawgauge, bool", "slowdown", 1.3, "reading both arrays once (numba)"),
            Target("flawgauge, uint8", "speedup", 2, "fastest peer"),
            Target("flawgauge, bool", "speedup", 2, "fastest peer"),
            Target("flawgauge, uint8", "speedup", 2, "numba, plain loop"),
            Target("flawgauge, uint8", "speedup", 60, "torchmetrics, no validation"),
            Target("flawgauge, uint8", "speedup", 100, "smp"),
            Target("flawgauge, uint8", "speedup", 100, "scikit-learn"),
            MEMORY_TARGET,
        ),
    ),
)
