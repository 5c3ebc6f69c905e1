"""W1 on score maps: a threshold first, then the counts of every image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benches import workloads
from benches.inputs import cached_arrays
from benches.peers import binary_counts as masks
from benches.peers.binary_counts import HEIGHT, THRESHOLD, WIDTH, Call
from benches.registry import (
    MEMORY_TARGET,
    Array,
    Comparison,
    Contender,
    Inputs,
    Scale,
)

if TYPE_CHECKING:
    from pathlib import Path

IMAGES: dict[Scale, int] = {"tiny": 2, "quick": 8, "full": 64}


def scored_pairs(scale: Scale, folder: Path) -> Inputs:
    """`scores`, (N, 256, 1600) float32 in [0, 1], and `target` as in `binary_counts.pairs`."""
    plain = masks.pairs(scale, folder, IMAGES)
    scores = cached_arrays(
        folder,
        f"scores-{IMAGES[scale]}",
        ("scores",),
        lambda: [workloads.score_maps(plain.arrays["preds"], seed=2)],
    )
    arrays = {**scores, "target": plain.arrays["target"]}
    return Inputs(plain.items, f"{plain.description}, float32 scores", arrays)


def _flat(inputs: Inputs) -> tuple[Array, Array]:
    scores, target = inputs.arrays["scores"], inputs.arrays["target"]
    return scores.reshape(-1, HEIGHT * WIDTH), target.reshape(-1, HEIGHT * WIDTH)


def ours(inputs: Inputs) -> Call:
    """Flawgauge with a threshold."""
    import flawgauge as fg

    scores, target = inputs.arrays["scores"], inputs.arrays["target"]
    return lambda: fg.confusion(scores, target, threshold=THRESHOLD)


def read_both(inputs: Inputs) -> Call:
    """The yardstick: both arrays read once, as 8-byte words."""
    from benches.peers.numba_kernels import read_both as kernel

    scores, target = (array.view(np.uint64) for array in _flat(inputs))
    return lambda: kernel(scores, target)


def numpy_idiom(inputs: Inputs) -> Call:
    """Comparison, then the intersection and the two areas, an image at a time."""
    scores, target = inputs.arrays["scores"], inputs.arrays["target"].view(bool)
    count = np.count_nonzero

    def call() -> Array:
        rows = []
        for score, truth in zip(scores, target, strict=True):
            pred = score >= THRESHOLD
            rows.append((int(count(pred & truth)), int(count(pred)), int(count(truth))))
        return masks.four_counts(rows, HEIGHT * WIDTH)

    return call


def numba_loop(inputs: Inputs) -> Call:
    """Comparison and counts in one loop."""
    from benches.peers.numba_kernels import binary_scores

    scores, target = _flat(inputs)
    threshold = np.float32(THRESHOLD)
    return lambda: binary_scores(scores, target, threshold)


def opencv(inputs: Inputs) -> Call:
    """The functions compare, bitwise_and and countNonZero, an image at a time."""
    import cv2

    scores, target = inputs.arrays["scores"], inputs.arrays["target"]
    # The stubs know of arrays only, where the library also takes a number.
    compare: Any = cv2.compare

    def call() -> Array:
        rows = []
        for score, truth in zip(scores, target, strict=True):
            pred = compare(score, THRESHOLD, cv2.CMP_GE)
            both = cv2.countNonZero(cv2.bitwise_and(pred, truth))
            rows.append((both, cv2.countNonZero(pred), cv2.countNonZero(truth)))
        return masks.four_counts(rows, HEIGHT * WIDTH)

    return call


COMPARISONS = (
    Comparison(
        key="W1-scores",
        title="Counts of every image of a batch of float32 score maps at a threshold",
        item="pixel",
        build=scored_pairs,
        trusted=lambda inputs: masks.trusted_counts(
            inputs.arrays["scores"] >= THRESHOLD, inputs.arrays["target"]
        ),
        contenders=(
            Contender("flawgauge", ours, "flawgauge", "ours", masks.evidence_values),
            Contender("reading both arrays once (numba)", read_both, "numba", "yardstick"),
            Contender("numba", numba_loop, "numba"),
            Contender("OpenCV", opencv, "cv2"),
            Contender("NumPy", numpy_idiom),
            Contender(
                "torchmetrics, no validation",
                masks.torchmetrics("scores", validate=False),
                "torchmetrics",
                values=masks.torchmetrics_values,
            ),
            Contender(
                "torchmetrics, default",
                masks.torchmetrics("scores", validate=True),
                "torchmetrics",
                values=masks.torchmetrics_values,
            ),
            Contender(
                "smp", masks.smp("scores"), "segmentation_models_pytorch", values=masks.smp_values
            ),
        ),
        targets=(MEMORY_TARGET,),
    ),
)
