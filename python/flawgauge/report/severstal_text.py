"""The numbers of a Severstal report as tables."""

from __future__ import annotations

from typing import Any

from flawgauge.report import markdown, severstal_boundary
from flawgauge.report.tables import Table
from flawgauge.report.text import decimals, text_table

__all__ = ["render", "render_markdown"]

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
    title, lines = heading(data)
    parts = ["\n".join([title, *(f"  {name:<12} {text}" for name, text in lines)]), score(data)]
    return "\n\n".join([*parts, *map(_text, tables(data))])


def render_markdown(data: dict[str, Any]) -> str:
    """Write a report's dict as Markdown; see ``render``."""
    title, lines = heading(data)
    return markdown.document(title, lines, [score(data)], tables(data), data["tool"]["version"])


def heading(data: dict[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    """Return a title and what was scored, as pairs of name and value."""
    options, inputs = data["options"], data["inputs"]
    height, width = options["image_size"]
    num_images, num_classes = data["num_images"], options["num_classes"]
    title = f"Severstal: {num_images:,} images of {height} x {width} pixels, {num_classes} classes"
    lines = []
    for role in ("truth", "predictions"):
        table = inputs[role]
        left_out = f", {table['left_out_rows']:,} left out" if table["left_out_rows"] else ""
        lines.append(
            (role, f"{table['path']} ({table['layout']}, {table['rows']:,} rows{left_out})")
        )
    if inputs["images"] is not None:
        lines.append(("images", inputs["images"]))
    lines.append(("fingerprint", data["fingerprint"]))
    if data["missing_pairs"]:
        lines.append(("missing", f"{data['missing_pairs']:,} predictions, taken as empty masks"))
    return title, lines


def score(data: dict[str, Any]) -> str:
    """Return the competition's score, as a line."""
    return f"Kaggle mean Dice  {decimals(data['kaggle_mean_dice']['all'])}"


def tables(data: dict[str, Any]) -> list[Table]:
    """Return all tables."""
    bands = severstal_boundary.tables(data["boundary"]) if "boundary" in data else []
    last = [_detection(data), _classification(data["classification"])]
    return [_pairs(data), _pixels(data), *bands, *last]


def _text(table: Table) -> str:
    shown = text_table(table.header, table.rows)
    if max(map(len, shown.splitlines())) > _WIDTH:
        shown = f"{table.size}, too wide to show here: see the JSON file"
    return "\n".join(part for part in (table.title, shown, table.remarks) if part)


def _pairs(data: dict[str, Any]) -> Table:
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
        "without those pairs, and how many pairs have which mask empty"
    )
    return Table(title, header, rows)


def _pixels(data: dict[str, Any]) -> Table:
    metrics = ("dice", "iou", "precision", "recall", "fpr", "fnr", "f1")
    header = ["class", "Dice", "IoU", "precision", "recall", "FPR", "FNR", "F1"]
    pixels = data["pixels"]
    rows = [
        [name, *(rates[metric] for metric in metrics)]
        for name, rates in [*pixels["per_class"].items(), ("all", pixels["all"])]
    ]
    return Table("Pixels, pooled over the images", header, rows)


def _detection(data: dict[str, Any]) -> Table:
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
    title = "Images with a defect (positive: the mask is not empty, wherever it is)"
    return Table(title, header, rows)


def _classification(data: dict[str, Any]) -> Table:
    labels, several = data["labels"], data["images_with_several_classes"]
    rows = [[label, *cells] for label, cells in zip(labels, data["matrix"], strict=True)]
    remarks = (
        f"Images with several classes, of which only the largest counts: "
        f"{several['truth']:,} in the truth,\n{several['predictions']:,} in the predictions"
    )
    title = "Class of the images, by their largest mask (rows: truth, columns: predictions)"
    size = f"{len(labels)} x {len(labels)} numbers"
    return Table(title, ["", *labels], rows, remarks, size)
