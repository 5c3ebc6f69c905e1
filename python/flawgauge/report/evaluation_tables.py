"""The tables of a report, whatever they are written as."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from flawgauge.datasets.sample import GOOD
from flawgauge.report.tables import Table

if TYPE_CHECKING:
    from flawgauge.report.text import Cell

__all__ = ["heading", "notes", "tables"]

_MOST_CLASSES = 24
"""Rows of the table of classes that are shown."""
_OF_BOTH = ("AP", "best F1")
"""Titles that columns of images and of pixels have."""


def heading(data: dict[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    """Return a title and what was scored, as pairs of name and value.

    Parameters
    ----------
    data : dict
        What ``Report.summary`` returns.
    """
    dataset, predictions = data["dataset"], data["predictions"]
    images, defective = data["num_images"], data["num_defective"]
    count = sum(len(part["fingerprints"]) for part in data["categories"].values())
    pooled = " pooled" if dataset["pooled"] else ""
    several = f"{count} categories{pooled}, " if count > 1 else ""
    coarse = " (coarse)" if dataset["coarse"] else ""
    title = (
        f"{dataset['title']}{coarse}: {several}{images:,} images, {images - defective:,} good and "
        f"{defective:,} defective"
    )
    split = dataset["split"]
    if dataset["split_file"] is not None:
        split = f"{split} (of {dataset['split_file']})"
    lines = [
        ("truth", dataset["root"]),
        ("split", split),
        ("labels", f"{dataset['label_kind']}{coarse}"),
        (
            "predictions",
            f"{predictions['source']} ({predictions['format']}, {predictions['kind']})",
        ),
    ]
    if predictions["resize"] is not None:
        resized = f"{predictions['num_resized']:,} of {images:,} predictions"
        lines.append(("resized", f"{resized} to the size of their masks, {predictions['resize']}"))
    for name, text in (("mask_threshold", "grey masks"), ("map_key", "array")):
        if predictions[name] is not None:
            lines.append((text, f"{name} {predictions[name]}"))
    if (predictions["image_score"] or {"method": "max"})["method"] != "max":
        lines.append(("image score", data["conventions"]["image_score"]))
    if "boundary" in _needs(data):
        lines.append(("boundary", _distance(predictions["boundary"])))
    lines.append(("fingerprint", data["fingerprint"]))
    return title, lines


def tables(data: dict[str, Any]) -> list[Table]:
    """Return the tables of a report's summary."""
    found = [_curves(data), _decisions(data), _images(data), _classes(data)]
    return [table for table in found if table is not None]


def notes(data: dict[str, Any]) -> list[str]:
    """Return what one must know to read the tables: notes, and why numbers are undefined."""
    return [*data["notes"], *_undefined(data), *data["dataset"]["found"]]


def _needs(data: dict[str, Any]) -> set[str]:
    return {"boundary" for name in data["metrics"] if name.startswith("boundary_iou")}


def _distance(boundary: Any) -> str:
    if isinstance(boundary, float):
        return f"{boundary:g} of the diagonal"
    distances = boundary if isinstance(boundary, list) else [boundary]
    return f"{', '.join(map(str, distances))} pixels"


def _curves(data: dict[str, Any]) -> Table | None:
    names = [name for name, metric in data["metrics"].items() if metric["group"] != "decision"]
    if not names:
        return None
    header, group = ["category"], None
    for metric in (data["metrics"][name] for name in names):
        # The first one of its kind says what it is of.
        is_told = metric["group"] == group or metric["title"] not in _OF_BOTH
        header.append(metric["title"] if is_told else f"{metric['group']} {metric['title']}")
        group = metric["group"]
    rows: list[list[Cell]] = [
        [category, *(part["metrics"][name] for name in names)]
        for category, part in data["categories"].items()
    ]
    if len(rows) > 1:
        rows.append(["mean", *(data["mean"][name]["value"] for name in names)])
    return Table("All thresholds", header, rows)


def _decisions(data: dict[str, Any]) -> Table | None:
    names = [
        name
        for name, metric in data["metrics"].items()
        # Regions stand among the counts.
        if metric["group"] == "decision" and name != "region_recall"
    ]
    if not names:
        return None
    thresholds = [part["threshold"] for part in data["categories"].values()]
    known = [threshold for threshold in thresholds if threshold is not None]
    sources = list(dict.fromkeys(map(_source, known)))
    titles = [
        data["metrics"][name]["title"] + ("*" if name == "accuracy" else "") for name in names
    ]
    header = ["category", *(["threshold"] if known else []), *titles]
    if len(sources) > 1:
        header.append("source")
    rows: list[list[Cell]] = []
    for (category, part), threshold in zip(data["categories"].items(), thresholds, strict=True):
        row: list[Cell] = [category]
        if known:
            row.append(_value(threshold))
        row += [part["metrics"][name] for name in names]
        if len(sources) > 1:
            row.append("-" if threshold is None else _source(threshold))
        rows.append(row)
    if len(rows) > 1:
        means = [data["mean"][name]["value"] for name in names]
        rows.append(["mean", *([""] if known else []), *means, *([""] if len(sources) > 1 else [])])
    title = "Pixels of the masks"
    if data["predictions"]["kind"] == "scores":
        title = "Pixels at the threshold"
        if len(sources) == 1:
            title += f": {sources[0]}"
    return Table(title, header, rows)


def _source(threshold: dict[str, Any]) -> str:
    source, objective = threshold["source"], threshold["objective"]
    if source == "oracle":
        # A limit such as "fpr <= 0.01" is kept to, not best.
        aim = objective if objective is None or "=" in objective else f"best {objective}"
        return f"oracle ({aim or 'chosen'} on these very images)"
    return f"{objective}, {source}" if objective else str(source)


def _value(threshold: dict[str, Any] | None) -> str:
    if threshold is None:
        return "-"
    value = threshold["value"]
    return value if isinstance(value, str) else f"{value:.5g}"


def _images(data: dict[str, Any]) -> Table:
    parts = data["categories"]
    has_images = any(part["images"] is not None for part in parts.values())
    has_regions = any(part["num_regions"] is not None for part in parts.values())
    has_hits = any(part["num_regions_hit"] is not None for part in parts.values())
    header = ["category", "images", "good", "defective"]
    header += ["detected", "missed", "false alarms"] if has_images else []
    header += ["regions"] if has_regions else []
    header += ["hit", "share hit"] if has_hits else []
    rows: list[list[Cell]] = []
    for category, part in parts.items():
        images = part["images"]
        row: list[Any] = [part["num_images"], part["num_good"], part["num_defective"]]
        if has_images:
            row += [None] * 3 if images is None else [images[name] for name in ("tp", "fn", "fp")]
        row += [part["num_regions"]] if has_regions else []
        row += [part["num_regions_hit"]] if has_hits else []
        rows.append([category, *row])
    if len(rows) > 1:
        columns = zip(*(row[1:] for row in rows), strict=True)
        rows.append(["all", *(_total(list(column)) for column in columns)])
    if has_hits:
        for row in rows:
            hit, every = row[-1], row[-2]
            row.append(
                hit / every if isinstance(hit, int) and isinstance(every, int) and every else None
            )
    title = "Images, and regions of the true masks" if has_regions else "Images"
    if has_images:
        title += " (detected: any pixel is predicted)"
    return Table(title, header, rows)


def _total(column: list[Any]) -> int | None:
    known = [value for value in column if value is not None]
    return sum(known) if known else None


def _classes(data: dict[str, Any]) -> Table | None:
    """What becomes of each class of defects, if that is not told by the categories."""
    classes = data["classes"]
    defects = Counter(row["category"] for row in classes if row["label"] != GOOD)
    if len(classes) > _MOST_CLASSES or max(defects.values(), default=0) < 2:
        return None
    if all(row["dice"] is None and row["fpr"] is None for row in classes):
        return None
    several = len(data["categories"]) > 1
    names = ["images", "missed", "false_alarms", "dice", "iou", "precision", "recall", "fpr"]
    header = ["label", "images", "missed", "false alarms", "Dice", "IoU", "precision", "recall"]
    header.append("FPR")
    if any(row["regions_hit"] is not None for row in classes):
        names += ["regions", "regions_hit"]
        header += ["regions", "hit"]
    rows = [
        [
            f"{row['category']}/{row['label']}" if several else row["label"],
            *(row[name] for name in names),
        ]
        for row in classes
    ]
    return Table("Classes of images, pixels pooled", header, rows)


def _undefined(data: dict[str, Any]) -> list[str]:
    """Why numbers are missing, a line for each reason."""
    reasons: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for category, part in data["categories"].items():
        by_reason: dict[str, list[str]] = {}
        for name, reason in part["undefined"].items():
            by_reason.setdefault(reason, []).append(name)
        for reason, names in by_reason.items():
            reasons.setdefault((reason, tuple(names)), []).append(category)
    return [
        f"undefined in {', '.join(categories)}: {', '.join(names)}: {reason}"
        for (reason, names), categories in reasons.items()
    ]
