"""Print one digest of the counts of many inputs; run under different settings, it must not change.

Run as a script with `tests` on the module path.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

import flawgauge as fg
from strategies import COLUMNS, FLOAT_DTYPES, INTEGERS, LAYOUTS, MASK_DTYPES, laid_out, random_mask

WIDTHS = [*COLUMNS, 63 * 64, 1000]


def evidence() -> Iterator[Any]:
    """Count masks, scores, labels, run lengths and distances of all types, layouts and widths."""
    generator = np.random.default_rng(60)
    for width in WIDTHS:
        for dtype in MASK_DTYPES:
            preds, target = (random_mask(generator, (2, 5, width), dtype, 0.4) for _ in range(2))
            ignore = generator.random((5, width)) < 0.2
            layout = LAYOUTS[int(generator.integers(len(LAYOUTS)))]
            yield fg.confusion(laid_out(preds, layout), target)
            yield fg.confusion(preds, laid_out(target, layout), ignore=ignore)
            yield fg.surface(preds, laid_out(target, layout), ignore=ignore)
            yield fg.surface(laid_out(preds, layout), target, spacing=(0.7, 1))
        for dtype in FLOAT_DTYPES:
            scores = generator.choice([0.25, 0.5, 0.75, np.inf, -np.inf], (3, 3, width))
            yield fg.confusion(scores.astype(dtype), scores > 0.6, threshold=0.5)
            target = generator.random(scores.shape) < 0.3
            yield fg.sweep(scores.astype(dtype), target, regions=True, boundary=2)
        for dtype in INTEGERS:
            preds, target = generator.integers(0, 100, (2, 2, 3, width)).astype(dtype)
            yield fg.confusion(preds, target, threshold=50.5)
            yield fg.confusion_matrix(preds, target, num_classes=100, ignore_index=7)
            yield fg.confusion_matrix(preds % 4, target % 4, num_classes=4)
    for layout in LAYOUTS:
        preds, target = generator.random((2, 9, 211, 203)) < 0.3
        yield fg.confusion(laid_out(preds, layout), target)
        encoded = [[fg.rle_encode(mask) for mask in masks] for masks in (preds, target)]
        yield fg.confusion_from_rle(*encoded, shape=(211, 203))
        coarse = generator.random((2, 9, 22, 21)) < 0.4
        blobs = coarse.repeat(10, axis=-1).repeat(10, axis=-2)[..., :211, :203]
        blobs ^= generator.random(blobs.shape) < 0.001
        for metric in ("chessboard", "taxicab", "euclidean"):
            options = {"distance": [1, 2, 9, 31], "metric": metric}
            yield fg.boundary(laid_out(blobs[0], layout), blobs[1], **options)
            yield fg.boundary(blobs[0], blobs[1], edge="ignore", ignore=preds[0], **options)
        yield from sweeps(generator, blobs[0], layout)
        labels = generator.integers(0, 150, (2, 9, 211, 203))
        yield fg.confusion_matrix(laid_out(labels[0], layout), labels[1], num_classes=150)


def sweeps(generator: np.random.Generator, target: np.ndarray, layout: str) -> Iterator[Any]:
    """Sweep scores of all types at all thresholds, at given ones, and in bins."""
    target = target & (generator.random(target.shape) < 0.2)
    scores = generator.random(target.shape) + target
    for dtype in FLOAT_DTYPES:
        found = laid_out(scores.astype(dtype), layout)
        yield fg.sweep(found, laid_out(target, layout), regions=True, ignore=scores > 1.9)
        yield fg.sweep(found, target, thresholds=np.linspace(0, 2, 99), regions=True)
        yield fg.sweep(found, target, bins=2**12)
    levels = laid_out((99 * scores).astype(np.uint8), layout)
    yield fg.sweep(levels, target, boundary=5, metric="euclidean")


def main() -> None:
    """Write the digest and the settings in use as JSON."""
    digest = hashlib.sha256()
    for item in evidence():
        digest.update(json.dumps(item.to_dict()).encode())
    report: dict[str, Any] = {
        "digest": digest.hexdigest(),
        "isa": fg.isa(),
        "threads": fg.get_num_threads(),
    }
    json.dump(report, sys.stdout)


if __name__ == "__main__":
    main()
