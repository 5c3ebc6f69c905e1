"""A table before it is written as text or as Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flawgauge.report.text import Cell

__all__ = ["Table"]


@dataclass(frozen=True)
class Table:
    """A title, names of columns, rows of which the first cell is text, and remarks below.

    Attributes
    ----------
    title : str
        May have several lines.
    header : sequence of str
        Names of the columns.
    rows : sequence of sequence of str, int, float or None
        Cells; see ``text_table``.
    remarks : str
        Text below the table.
    size : str
        What to say of a table that is too wide to show.
    """

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    remarks: str = ""
    size: str = ""
