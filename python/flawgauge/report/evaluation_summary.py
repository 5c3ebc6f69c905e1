"""The numbers of a report in plain values, without the rows of images and of regions."""

from __future__ import annotations

import math
import platform
from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge import _core
from flawgauge.datasets.sample import GOOD
from flawgauge.report.evaluation_rows import class_rows
from flawgauge.report.numbers import plain_ratio
from flawgauge.thresholds import ORACLE

if TYPE_CHECKING:
    from flawgauge.confusion import ConfusionCounts
    from flawgauge.report.category import CategoryEvidence
    from flawgauge.report.evaluation import Report
    from flawgauge.report.evaluation_metrics import Metric
    from flawgauge.report.inputs import Inputs

__all__ = ["SCHEMA_VERSION", "summary"]

SCHEMA_VERSION = 1
"""Changes when a key changes its meaning or goes away."""

_CONVENTIONS = {
    "predicted": "a pixel is predicted positive iff its score is at least the threshold",
    "defective_image": "an image is defective iff its mask has a positive pixel",
    "category": (
        "pixels of a category's images are pooled; each category has its own threshold; 'pooled' "
        "is all categories as one"
    ),
    "mean": "mean over the categories in which a number is defined",
    "undefined_ratio": "0 / 0 is null, with its reason; infinite numbers are 'inf' and '-inf'",
    "auroc": "area under the receiver operating characteristic, tied scores together",
    "ap": "sum of the gains in recall times the precision there (scikit-learn's rule)",
    "f1_max": "best F1 over all thresholds; of equal ones the lowest threshold",
    "aupro": (
        "area under the mean overlap of the regions over the false positive rate up to a limit, "
        "divided by it (MVTec AD)"
    ),
    "regions": "connected components of the true masks",
    "boundary_iou": (
        "IoU of the bands: pixels of a mask at most a distance away (chessboard) from a pixel "
        "outside of it; what lies outside of the image is outside of the mask; a ratio is one of "
        "each image's diagonal"
    ),
    "outcome": "an image is predicted defective iff any of its pixels is, wherever it is",
    "fingerprint": "SHA-256 over the ids of the images and their true masks",
}
_ACCURACY = (
    "accuracy is misleading where defects are rare: predicting nothing at all scores nearly 1"
)
_ORACLE = (
    "oracle: the threshold was chosen on the very images that are scored, which flatters; choose "
    "it on other images (flawgauge threshold, --threshold-from)"
)
_BEST = "{} is an oracle, too: its threshold is the best for the very images that are scored"
_BEST_METRICS = {
    "image_f1_max": "best F1",
    "pixel_f1_max": "best F1",
    "boundary_iou_max": "best Boundary IoU",
}


def summary(report: Report) -> dict[str, Any]:
    """Return the numbers of a report, unrounded, ready for JSON."""
    categories = report.categories
    return {
        "schema_version": SCHEMA_VERSION,
        "type": "report",
        "tool": {"name": "flawgauge", "version": _core.__version__},
        "versions": {"python": platform.python_version(), "numpy": np.__version__},
        "dataset": _dataset(report.inputs),
        "predictions": _predictions(report),
        "conventions": _CONVENTIONS | {"image_score": report.inputs.image_score_rule},
        "notes": _notes(report),
        "fingerprint": report.fingerprint,
        "num_images": report.num_images,
        "num_defective": sum(category.num_defective for category in categories),
        "metrics": {metric.name: _described(metric) for metric in report.metrics},
        "categories": {part.name: _category(part, report) for part in categories},
        "mean": {metric.name: _mean(metric.name, report) for metric in report.metrics},
        "classes": [row for category in categories for row in class_rows(category)],
    }


def _dataset(inputs: Inputs) -> dict[str, Any]:
    facts = inputs.facts
    return {
        "name": inputs.dataset,
        "title": facts.title,
        "root": inputs.root,
        "pooled": inputs.pooled,
        "split": inputs.split,
        "split_file": inputs.split_file,
        "images": inputs.images,
        "label_kind": facts.label_kind,
        "coarse": facts.coarse,
        "citation": facts.citation,
        "licence": facts.licence,
        "official_split": facts.official_split,
        "defects_in_training": facts.defects_in_training,
        "notes": list(facts.notes),
        "found": list(inputs.notes),
    }


def _predictions(report: Report) -> dict[str, Any]:
    inputs = report.inputs
    return {
        "source": inputs.predictions,
        "format": inputs.format,
        "kind": inputs.kind,
        "resize": inputs.resize,
        "num_resized": sum(int(category.resized.sum()) for category in report.categories),
        "image_score": None if inputs.kind == "masks" else _image_score(*inputs.image_score),
        "map_key": inputs.map_key,
        "mask_threshold": inputs.mask_threshold,
        "boundary": list(inputs.boundary)
        if isinstance(inputs.boundary, tuple)
        else inputs.boundary,
        "connectivity": inputs.connectivity,
    }


def _image_score(method: str, number: int) -> dict[str, Any]:
    options = {"top_k_mean": {"k": number}, "mean_filter_max": {"size": number}}
    return {"method": method, **options.get(method, {})}


def _notes(report: Report) -> list[str]:
    """What one must know to read the numbers."""
    facts, names = report.inputs.facts, {metric.name for metric in report.metrics}
    notes = []
    if facts.coarse:
        notes.append(
            f"coarse: the labels are {_plural(facts.label_kind)}, which also hold pixels without "
            "defect; numbers of pixels, boundaries and regions say how well these are covered"
        )
    if any(
        category.threshold is not None and category.threshold.source == ORACLE
        for category in report.categories
    ):
        notes.append(_ORACLE)
    best = dict.fromkeys(title for name, title in _BEST_METRICS.items() if name in names)
    notes += [_BEST.format(title) for title in best]
    if "accuracy" in names:
        notes.append(_ACCURACY)
    empty = sum(
        label not in (GOOD, None) and not positives
        for category in report.categories
        for label, positives in zip(category.labels, category.num_positives, strict=True)
    )
    if empty:
        notes.append(
            f"{empty:,} images are labelled as defective but have an empty mask: they count as good"
        )
    return notes


def _plural(kind: str) -> str:
    return {"box": "boxes"}.get(kind, f"{kind}s")


def _described(metric: Metric) -> dict[str, str]:
    return {"title": metric.title, "group": metric.group}


def _category(part: CategoryEvidence, report: Report) -> dict[str, Any]:
    values, metrics = report.values[part.name], report.metrics
    undefined = {
        metric.name: metric.reason(part) for metric in metrics if math.isnan(values[metric.name])
    }
    return {
        "num_images": part.num_images,
        "num_good": part.num_images - part.num_defective,
        "num_defective": part.num_defective,
        "num_regions": None if part.regions is None else len(part.regions),
        "num_regions_hit": None if part.regions is None else part.regions.num_hit,
        "num_resized": int(part.resized.sum()),
        "fingerprint": part.fingerprint,
        "fingerprints": dict(part.fingerprints),
        "threshold": None if part.threshold is None else part.threshold.to_dict(),
        "metrics": {name: plain_ratio(value) for name, value in values.items()},
        "undefined": undefined,
        "pixels": _counts(None if part.confusion is None else part.confusion.sum()),
        "images": _counts(part.detection),
        "best_f1": {
            name: best
            for name, best in (("image", _best_image(part)), ("pixel", _best_pixel(part)))
            if f"{name}_f1_max" in values and best is not None
        },
    }


def _best_image(part: CategoryEvidence) -> dict[str, Any] | None:
    return None if part.image_sweep is None else _best(part.image_sweep.best("f1"))


def _best_pixel(part: CategoryEvidence) -> dict[str, Any] | None:
    return None if part.sweep is None else _best(part.best("f1"))


def _best(best: Any) -> dict[str, Any]:
    return {
        "value": plain_ratio(best.value),
        "threshold": best.threshold.to_dict(),
        "counts": _counts(best.counts),
    }


def _counts(counts: ConfusionCounts | None) -> dict[str, int] | None:
    if counts is None:
        return None
    return {name: int(getattr(counts, name)) for name in ("tp", "fp", "fn", "tn")}


def _mean(name: str, report: Report) -> dict[str, Any]:
    """Mean over categories, and over how many of them."""
    num = sum(not math.isnan(values[name]) for values in report.values.values())
    skipped = len(report.values) - num
    return {"value": plain_ratio(report.value(name)), "num": num, "skipped": skipped}
