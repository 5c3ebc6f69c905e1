"""A report as plain text."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from flawgauge.report.evaluation_tables import heading, notes, tables
from flawgauge.report.text import text_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flawgauge.report.text import Cell

__all__ = ["fitted_table", "render"]

WIDTH = 100
"""Columns of a terminal that every table fits into."""


def render(data: dict[str, Any]) -> str:
    """Write a report's summary as text.

    Parameters
    ----------
    data : dict
        What ``Report.summary`` returns.

    Returns
    -------
    str
        Lines of at most 100 characters, file names apart, without a line end at the end.
    """
    title, lines = heading(data)
    parts = ["\n".join([title, *(f"  {name:<12} {value}" for name, value in lines)])]
    parts += [f"{table.title}\n{fitted_table(table.header, table.rows)}" for table in tables(data)]
    remarks = [_remark(note) for note in notes(data)]
    if remarks:
        parts.append("\n".join(remarks))
    return "\n\n".join(parts)


def fitted_table(header: Sequence[str], rows: Sequence[Sequence[Cell]], width: int = WIDTH) -> str:
    """Align cells; what is too wide goes on below, with the first column again.

    Examples
    --------
    >>> print(fitted_table(["name", "first", "second"], [["a", 1, 2]], width=12))
    name  first
    a         1
    <BLANKLINE>
    name  second
    a          2
    """
    blocks, start = [], 1
    while start < len(header):
        end = start + 1
        while end < len(header) and _table_width(header, rows, start, end + 1) <= width:
            end += 1
        blocks.append(_block(header, rows, start, end))
        start = end
    return "\n\n".join(blocks)


def _block(header: Sequence[str], rows: Sequence[Sequence[Cell]], start: int, end: int) -> str:
    return text_table([header[0], *header[start:end]], [[row[0], *row[start:end]] for row in rows])


def _table_width(
    header: Sequence[str], rows: Sequence[Sequence[Cell]], start: int, end: int
) -> int:
    return max(map(len, _block(header, rows, start, end).splitlines()))


def _remark(note: str) -> str:
    mark = "* " if note.startswith("accuracy") else "- "
    return textwrap.fill(
        note, WIDTH, initial_indent=mark, subsequent_indent="  ", break_on_hyphens=False
    )
