"""The facts of all data sets as a table."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from flawgauge.datasets.dagm import DAGM2007
from flawgauge.datasets.facts import TASKS
from flawgauge.datasets.kolektorsdd import KolektorSDD
from flawgauge.datasets.kolektorsdd2 import KolektorSDD2
from flawgauge.datasets.mvtec import MVTecAD
from flawgauge.datasets.neu import NEUDET
from flawgauge.datasets.severstal_truth import Severstal

if TYPE_CHECKING:
    from flawgauge.datasets.base import Dataset

__all__ = ["PUBLISHED", "facts_table"]

PUBLISHED: tuple[type[Dataset], ...] = (
    MVTecAD,
    Severstal,
    KolektorSDD,
    KolektorSDD2,
    DAGM2007,
    NEUDET,
)
"""The published data sets that are known."""

_WIDTH = 100
_HEADER = ("name", "images", "rows x columns", "labels", "split", "train defects", "tasks")


def facts_table() -> str:
    """Show the facts of all data sets: a table, and what else there is to say of each.

    Returns
    -------
    str
        Lines of at most 100 characters.

    Examples
    --------
    >>> facts_table().split()[:2]
    ['name', 'images']
    """
    rows = [_HEADER, *(_row(dataset) for dataset in PUBLISHED)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    key = ", ".join(f"{task[0].upper()} {task}" for task in TASKS)
    lines += ["", f"tasks: {key}", "*: coarse, the labels also hold pixels without defect"]
    for dataset in PUBLISHED:
        lines += _details(dataset)
    return "\n".join(lines) + "\n"


def _row(dataset: type[Dataset]) -> tuple[str, ...]:
    facts = dataset.facts
    return (
        dataset.name,
        "any" if facts.num_images is None else f"{facts.num_images:,}",
        facts.image_size,
        facts.label_kind + ("*" if facts.coarse else ""),
        facts.official_split or "none",
        {True: "yes", False: "no", None: "-"}[facts.defects_in_training],
        "".join(task[0].upper() if task in facts.tasks else "-" for task in TASKS),
    )


def _details(dataset: type[Dataset]) -> list[str]:
    facts = dataset.facts
    classes = facts.defect_classes
    texts = (
        facts.citation,
        f"Licence: {facts.licence}",
        f"Defects: {classes if isinstance(classes, str) else ', '.join(classes)}",
        f"Files: {dataset.layout}",
        *facts.notes,
    )
    lines = ["", f"{dataset.name}: {facts.title}"]
    for text in texts:
        lines += wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="    ")
    return lines
