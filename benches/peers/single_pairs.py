"""W1 on one pair of masks: how long a single call takes, its inputs being in the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benches import workloads
from benches.peers import binary_counts as masks
from benches.registry import Array, Comparison, Contender, Inputs, Scale, Target

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benches.peers.binary_counts import Call


def one_pair(height: int, width: int) -> Callable[[Scale, Path], Inputs]:
    """`preds` and `target`, (height, width) uint8 of 0 and 1, of any scale the same."""

    def build(scale: Scale, folder: Path) -> Inputs:
        del scale, folder
        # Half of the images have no defect: take the first that has one.
        preds, target = workloads.binary_pairs(8, height, width, seed=4)
        chosen = int(np.flatnonzero(target.any(axis=(1, 2)))[0])
        arrays = {"preds": preds[chosen].copy(), "target": target[chosen].copy()}
        return Inputs(height * width, f"one pair of {width}x{height}, in the cache", arrays)

    return build


def trusted(inputs: Inputs) -> Array:
    """(4,) int64 tp, fp, fn, tn."""
    counts = masks.trusted_counts(inputs.arrays["preds"][None], inputs.arrays["target"][None])
    return counts.reshape(4)


def ours(inputs: Inputs) -> Call:
    """Flawgauge on one pair."""
    import flawgauge as fg

    preds, target = inputs.arrays["preds"], inputs.arrays["target"]
    return lambda: fg.confusion(preds, target)


def numba_one_thread(inputs: Inputs) -> Call:
    """The tuned loop without threads, which cost more than they save here."""
    from benches.peers.numba_kernels import binary_one_image

    preds, target = inputs.arrays["preds"].reshape(-1), inputs.arrays["target"].reshape(-1)
    pixels = preds.size

    def call() -> tuple[int, int, int, int]:
        both, predicted, true = binary_one_image(preds, target)
        return both, predicted - both, true - both, pixels - predicted - true + both

    return call


def numba_threads(inputs: Inputs) -> Call:
    """The tuned loop with the pixels cut in four."""
    from benches.peers.numba_kernels import binary_tuned

    preds, target = inputs.arrays["preds"].reshape(4, -1), inputs.arrays["target"].reshape(4, -1)
    return lambda: binary_tuned(preds, target).sum(axis=0)


def numpy_count_nonzero(inputs: Inputs) -> Call:
    """The intersection and the two areas with count_nonzero on bool views."""
    preds, target = inputs.arrays["preds"].view(bool), inputs.arrays["target"].view(bool)

    def call() -> tuple[Any, ...]:
        both = np.count_nonzero(preds & target)
        predicted, true = np.count_nonzero(preds), np.count_nonzero(target)
        return both, predicted - both, true - both, preds.size - predicted - true + both

    return call


def opencv(inputs: Inputs) -> Call:
    """The functions bitwise_and and countNonZero."""
    import cv2

    preds, target = inputs.arrays["preds"], inputs.arrays["target"]

    def call() -> tuple[int, int, int, int]:
        both = cv2.countNonZero(cv2.bitwise_and(preds, target))
        predicted, true = cv2.countNonZero(preds), cv2.countNonZero(target)
        return both, predicted - both, true - both, preds.size - predicted - true + both

    return call


def torchmetrics(inputs: Inputs) -> Call:
    """The functional form without validation."""
    import torch
    from torchmetrics.functional.classification import binary_stat_scores

    preds, target = (torch.from_numpy(inputs.arrays[name]) for name in ("preds", "target"))
    return lambda: binary_stat_scores(preds, target, validate_args=False)


def torchmetrics_values(scores: Any) -> Array:
    """(4,) from tp, fp, tn, fn, support."""
    return np.asarray(scores.numpy()[[0, 1, 3, 2]])


CONTENDERS = (
    Contender("flawgauge", ours, "flawgauge", "ours", masks.evidence_values),
    Contender("numba, one thread", numba_one_thread, "numba"),
    Contender("numba, all threads", numba_threads, "numba"),
    Contender("OpenCV", opencv, "cv2"),
    Contender("NumPy, count_nonzero on bool views", numpy_count_nonzero),
    Contender(
        "torchmetrics, no validation", torchmetrics, "torchmetrics", values=torchmetrics_values
    ),
)

COMPARISONS = (
    Comparison(
        key="W1-one",
        title="Counts of one image (latency)",
        item="pixel",
        build=one_pair(256, 1600),
        trusted=trusted,
        contenders=CONTENDERS,
        targets=(Target("flawgauge", "seconds", 25e-6),),
    ),
    Comparison(
        key="W1-small",
        title="Counts of one small image (what a call costs)",
        item="pixel",
        build=one_pair(64, 64),
        trusted=trusted,
        contenders=CONTENDERS,
        targets=(Target("flawgauge", "seconds", 3e-6),),
    ),
)
