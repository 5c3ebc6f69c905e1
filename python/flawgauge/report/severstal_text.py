"""The numbers of a Severstal report as tables."""

from __future__ import annotations

from typing import Any

from flawgauge.report import severstal_boundary
from flawgauge.report.text import decimals, text_table

__all__ = ["render"]

_WIDTH = 100
"""Columns of a terminal that every table fits into."""


def render(data: dict[str, Any]) -> str:
    """Write a report's dict as text.

    Parameters
    ----------
    data : dict
        What ``SeverstalReport.to_dict`` returns.

    Returns
    -------
    str
        Lines of at most 100 characters, file names apart, without a line end at the end.
    """
    parts = [
        _heading(data),
        f"Kaggle mean Dice  {decimals(data['kaggle_mean_dice']['all'])}",
        _pairs(data),
        _pixels(data),
    ]
    if "boundary" in data:
        parts.append(severstal_boundary.render(data["boundary"], _WIDTH))
    return "\n\n".join([*parts, _detection(data), _classification(data["classification"])])


def _heading(data: dict[str, Any]) -> str:
    options, inputs = data["options"], data["inputs"]
    height, width = options["image_size"]
    num_images, num_classes = data["num_images"], options["num_classes"]
    lines = [
        f"Severstal: {num_images:,} images of {height} x {width} pixels, {num_classes} classes"
    ]
    for role in ("truth", "predictions"):
        table = inputs[role]
        left_out = f", {table['left_out_rows']:,} left out" if table["left_out_rows"] else ""
        lines.append(
            f"  {role:<12} {table['path']} ({table['layout']}, {table['rows']:,} rows{left_out})"
        )
    if inputs["images"] is not None:
        lines.append(f"  {'images':<12} {inputs['images']}")
    lines.append(f"  {'fingerprint':<12} {data['fingerprint']}")
    if data["missing_pairs"]:
        lines.append(
            f"  {'missing':<12} {data['missing_pairs']:,} predictions, taken as empty masks"
        )
    return "\n".join(lines)


def _pairs(data: dict[str, Any]) -> str:
    kaggle, pairs, means = data["kaggle_mean_dice"], data["pairs"], data["image_means"]

    def row(name: str, dice: float, outcomes: dict[str, int], mean: dict[str, Any]) -> list[Any]:
        numbers = [outcomes[key] for key in ("both_empty", "missed", "false_alarms", "both")]
        return [name, dice, mean["dice"]["value"], sum(numbers), *numbers]

    rows = [
        row(name, kaggle["per_class"][name], pairs["per_class"][name], means["per_class"][name])
        for name in pairs["per_class"]
    ]
    rows.append(row("all", kaggle["all"], pairs["all"], means["all"]))
    outcomes = ["both empty", "missed", "false alarm", "neither"]
    header = ["class", "Kaggle Dice", "not empty", "pairs", *outcomes]
    title = (
        "Pairs of image and class: mean Dice as Kaggle has it (1 where both masks are empty) and\n"
        "without those pairs, and how many pairs have which mask empty\n"
    )
    return title + text_table(header, rows)


def _pixels(data: dict[str, Any]) -> str:
    metrics = ("dice", "iou", "precision", "recall", "fpr", "fnr", "f1")
    header = ["class", "Dice", "IoU", "precision", "recall", "FPR", "FNR", "F1"]
    pixels = data["pixels"]
    rows = [
        [name, *(rates[metric] for metric in metrics)]
        for name, rates in [*pixels["per_class"].items(), ("all", pixels["all"])]
    ]
    return "Pixels, pooled over the images\n" + text_table(header, rows)


def _detection(data: dict[str, Any]) -> str:
    keys = ("tp", "fp", "fn", "tn", "precision", "recall", "fpr", "fnr", "f1")
    header = ["class", "TP", "FP", "FN", "TN", "precision", "recall", "FPR", "FNR", "F1"]
    detection = data["detection"]
    rows = [
        [name, *(rates[key] for key in keys)]
        for name, rates in [
            *detection["per_class"].items(),
            ("any defect", detection["any_defect"]),
        ]
    ]
    title = "Images with a defect (positive: the mask is not empty, wherever it is)\n"
    return title + text_table(header, rows)


def _classification(data: dict[str, Any]) -> str:
    labels, several = data["labels"], data["images_with_several_classes"]
    rows = [[label, *cells] for label, cells in zip(labels, data["matrix"], strict=True)]
    title = "Class of the images, by their largest mask (rows: truth, columns: predictions)\n"
    table = text_table(["", *labels], rows)
    if max(map(len, table.splitlines())) > _WIDTH:
        table = f"{len(labels)} x {len(labels)} numbers, too wide to show here: see the JSON file"
    return (
        f"{title}{table}\nImages with several classes, of which only the largest counts: "
        f"{several['truth']:,} in the truth,\n{several['predictions']:,} in the predictions"
    )
