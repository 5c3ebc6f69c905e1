"""The rows of a report: one for each image, for each region, for each class of defects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge.report.numbers import plain, plain_ratio

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flawgauge.distances import Distance
    from flawgauge.report.category import CategoryEvidence

__all__ = ["CLASS_COLUMNS", "REGION_COLUMNS", "class_rows", "image_rows", "region_rows"]

IMAGE_METRICS = ("dice", "iou", "precision", "recall", "fpr", "fnr")
REGION_COLUMNS = (
    *("image", "category", "label", "region", "area", "top", "left", "bottom", "right"),
    *("centroid_row", "centroid_column", "highest_score", "predicted_pixels", "overlap", "hit"),
)
CLASS_COLUMNS = (
    *("category", "label", "images", "defective", "missed", "false_alarms"),
    *(*IMAGE_METRICS, "regions", "regions_hit"),
)
_COUNTS = ("tp", "fp", "fn", "tn")


def image_rows(category: CategoryEvidence, boundary: Distance | None) -> Iterator[dict[str, Any]]:
    """Yield a row of plain values for each image; undefined ratios are None.

    All rows of a report have the same keys: what was not counted is None too. ``boundary`` is the
    report's distance, of which a category without a threshold has no counts.
    """
    columns = _image_columns(category) | _boundary_columns(category, boundary)
    columns |= _region_columns(category)
    for index, image in enumerate(category.ids):
        yield {"image": image} | {name: values[index] for name, values in columns.items()}


def _image_columns(category: CategoryEvidence) -> dict[str, list[Any]]:
    size = category.num_images
    nothing = [None] * size
    threshold = category.threshold
    columns: dict[str, list[Any]] = {
        "category": [category.name] * size,
        "label": list(category.labels),
        "height": category.shapes[:, 0].tolist(),
        "width": category.shapes[:, 1].tolist(),
        "resized": category.resized.tolist(),
        "defect_pixels": category.num_positives.tolist(),
        "image_score": nothing if category.image_scores is None else _plain(category.image_scores),
        "threshold": [None if threshold is None else plain(threshold.value)] * size,
        "threshold_source": [None if threshold is None else threshold.source] * size,
        "outcome": [category.outcome(index) for index in range(size)],
    }
    counts = category.confusion
    for name in _COUNTS:
        columns[name] = nothing if counts is None else getattr(counts, name).tolist()
    for name in IMAGE_METRICS:
        columns[name] = nothing if counts is None else _plain(getattr(counts, name)())
    return columns


def _boundary_columns(
    category: CategoryEvidence, boundary: Distance | None
) -> dict[str, list[Any]]:
    bands = category.boundary
    columns: Any
    if boundary is None:
        return {}
    if isinstance(boundary, tuple):
        names = [f"boundary_iou_{distance}" for distance in boundary]
        columns = None if bands is None else bands.iou().T
    else:
        names = ["boundary_distance", "boundary_iou"]
        columns = None if bands is None else (bands.max_distances[:, 0], bands.iou())
    if columns is None:
        return dict.fromkeys(names, [None] * category.num_images)
    return {name: _plain(column) for name, column in zip(names, columns, strict=True)}


def _region_columns(category: CategoryEvidence) -> dict[str, list[Any]]:
    nothing = [None] * category.num_images
    if category.regions is None:
        return {"regions": nothing, "regions_hit": nothing}
    every, hit = category.regions_of_images()
    return {
        "regions": every.tolist(),
        "regions_hit": nothing if hit is None else hit.tolist(),
    }


def region_rows(category: CategoryEvidence) -> Iterator[dict[str, Any]]:
    """Yield a row of plain values for each region of the ground truth, image after image."""
    regions = category.regions
    if regions is None:
        return
    predicted = regions.predicted
    for index, row in enumerate(regions.rows()):
        image = row["image"]
        values = (
            category.ids[image],
            category.name,
            category.labels[image],
            row["label"],
            *(row[name] for name in ("area", "top", "left", "bottom", "right", "row", "column")),
            None if category.image_scores is None else plain(row["highest"]),
            None if predicted is None else int(predicted[index]),
            row["overlap"],
            row["hit"],
        )
        yield dict(zip(REGION_COLUMNS, values, strict=True))


def class_rows(category: CategoryEvidence) -> Iterator[dict[str, Any]]:
    """Yield a row for each label: counts of images, and pixels pooled over them.

    Nothing where the data set has no labels.
    """
    labels = np.array([label or "" for label in category.labels], dtype=object)
    for label in sorted(set(category.labels) - {None}, key=str):
        chosen = np.flatnonzero(labels == label)
        row: dict[str, Any] = {
            "category": category.name,
            "label": label,
            "images": len(chosen),
            "defective": int(category.is_defective[chosen].sum()),
            "missed": None,
            "false_alarms": None,
        }
        counts = category.confusion
        if counts is not None:
            outcomes = counts[chosen].outcomes()
            row["missed"], row["false_alarms"] = outcomes.missed, outcomes.false_alarms
        for name in IMAGE_METRICS:
            pooled = None if counts is None else getattr(counts[chosen].sum(), name)()
            row[name] = None if pooled is None else plain_ratio(pooled)
        row["regions"] = row["regions_hit"] = None
        if category.regions is not None:
            every, hit = category.regions_of_images()
            row["regions"] = int(every[chosen].sum())
            row["regions_hit"] = None if hit is None else int(hit[chosen].sum())
        yield row


def _plain(values: Any) -> list[Any]:
    return [plain(value) for value in values]
