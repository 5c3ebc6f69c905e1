"""Tables of plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    Cell: TypeAlias = str | int | float | None

__all__ = ["decimals", "shown_cell", "text_table"]


def decimals(value: float | None) -> str:
    """Show a ratio with four decimals, an undefined one as "-".

    Examples
    --------
    >>> decimals(2 / 3), decimals(None)
    ('0.6667', '-')
    """
    return "-" if value is None else f"{value:.4f}"


def text_table(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """Align cells: the first column to the left, the others to the right.

    Parameters
    ----------
    header : sequence of str
        Names of the columns.
    rows : sequence of sequence of str, int, float or None
        Cells; ratios are shown by ``decimals``, whole numbers with thousands separated.

    Examples
    --------
    >>> print(text_table(["class", "pixels", "Dice"], [[1, 1200, 0.5], ["all", 7, None]]))
    class  pixels    Dice
    1       1,200  0.5000
    all         7       -
    """
    lines = [list(header), *([shown_cell(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def shown_cell(value: Cell) -> str:
    """Show a cell: text as it is, whole numbers with thousands separated, ratios by ``decimals``.

    Examples
    --------
    >>> shown_cell("a"), shown_cell(1200), shown_cell(0.5), shown_cell(None)
    ('a', '1,200', '0.5000', '-')
    """
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else decimals(value)
