"""A report as Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flawgauge.report.evaluation_tables import heading, notes, tables
from flawgauge.report.text import shown_cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flawgauge.report.tables import Table
    from flawgauge.report.text import Cell

__all__ = ["markdown_table", "render"]


def render(data: dict[str, Any]) -> str:
    """Write a report's summary as Markdown: a heading, tables, notes.

    Parameters
    ----------
    data : dict
        What ``Report.summary`` returns.
    """
    title, lines = heading(data)
    remarks = "\n".join(f"- {_escaped(note)}" for note in notes(data))
    version = data["tool"]["version"]
    end = f"## Notes\n\n{remarks}" if remarks else ""
    return document(title, lines, [], tables(data), version, end)


def document(
    title: str,
    lines: Sequence[tuple[str, str]],
    sentences: Sequence[str],
    shown: Sequence[Table],
    version: str,
    end: str = "",
) -> str:
    """Write a title, pairs of name and value, sentences and tables as Markdown."""
    listed = "\n".join(f"- {name}: {_code(value)}" for name, value in lines)
    parts = [f"# {_escaped(title)}", listed, *map(_escaped, sentences)]
    for table in shown:
        parts += [f"## {_escaped(table.title)}", markdown_table(table.header, table.rows)]
        parts += [_escaped(table.remarks)] if table.remarks else []
    parts += [end] if end else []
    return "\n\n".join([*parts, f"flawgauge {version}"])


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    r"""Write a table: the first column to the left, the others to the right.

    Examples
    --------
    >>> print(markdown_table(["class", "Dice"], [["a|b", 0.5], ["all", None]]))
    | class | Dice |
    |:--|--:|
    | a\|b | 0.5000 |
    | all | - |
    """
    lines = [
        [_escaped(name) for name in header],
        *([_escaped(shown_cell(cell)) for cell in row] for row in rows),
    ]
    texts = [f"| {' | '.join(line)} |" for line in lines]
    rule = "|:--|" + "--:|" * (len(header) - 1)
    return "\n".join([texts[0], rule, *texts[1:]])


def _escaped(text: str) -> str:
    """Text that no Markdown sign changes, on one line."""
    return re.sub(r"([\\`*_|<>\[\]&~$])", r"\\\1", " ".join(text.split()))


def _code(text: str) -> str:
    """Text as it is, such as a path, between as many backticks as it needs."""
    line = " ".join(text.split())
    longest = max((len(run) for run in re.findall(r"`+", line)), default=0)
    if not longest:
        return f"`{line}`"
    fence = "`" * (longest + 1)
    return f"{fence} {line} {fence}"
