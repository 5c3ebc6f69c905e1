"""The results as a picture: one panel a comparison, horizontal bars, logarithmic scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benches.report import digits

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benches.compare import Result, Row

COLOURS = {"ours": "#d1495b", "peer": "#8d99ae", "yardstick": "#edae49"}
LEGEND = ("flawgauge", "peer", "yardstick (less than the work)")
HEAD_INCHES = 0.5
BAR_INCHES = 0.27
PANEL_INCHES = 1.0


def draw(results: Sequence[Result], caption: str, path: Path) -> None:
    """Write the picture as PNG; comparisons of which nothing was measured are left out."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.patches import Patch

    shown = [result for result in results if any(row.timing for row in result.rows)]
    if not shown:
        return
    columns = _two_columns(shown)
    height = max(sum(_inches(result) for result in column) for column in columns) + HEAD_INCHES
    figure = plt.figure(figsize=(17 if len(columns) == 2 else 9, height), dpi=110)
    figure.text(0.01, 1 - 0.3 / height, caption, fontsize=10, va="center")
    patches = [Patch(color=colour) for colour in COLOURS.values()]
    corner = (1.0, 1 - 0.1 / height)
    figure.legend(patches, LEGEND, loc="upper right", bbox_to_anchor=corner, ncol=3, frameon=False)
    for number, column in enumerate(columns):
        _draw_column(figure, column, number, len(columns), height)
    figure.savefig(path)
    plt.close(figure)


def _measured(result: Result) -> list[Row]:
    """Yardsticks first, then ours, then the peers from the fastest to the slowest."""
    order = ("yardstick", "ours", "peer")
    rows = [(row, row.timing.median) for row in result.rows if row.timing is not None]
    # Layouts are all ours: they stay in the order in which they are compared.
    rows.sort(key=lambda pair: (order.index(pair[0].role), pair[0].role == "peer" and pair[1]))
    return [row for row, _ in rows]


def _inches(result: Result) -> float:
    return PANEL_INCHES + BAR_INCHES * len(_measured(result))


def _two_columns(shown: Sequence[Result]) -> list[list[Result]]:
    """Cut the list in two where the columns come out most alike."""
    if len(shown) < 3:
        return [list(shown)]
    sizes = [_inches(result) for result in shown]
    cut = min(range(1, len(shown)), key=lambda i: abs(sum(sizes[:i]) - sum(sizes[i:])))
    return [list(shown[:cut]), list(shown[cut:])]


def _draw_column(
    figure: Any, column: Sequence[Result], number: int, columns: int, height: float
) -> None:
    top = height - HEAD_INCHES
    for result in column:
        bars = BAR_INCHES * len(_measured(result))
        top -= PANEL_INCHES * 0.45
        left = (number + 0.36) / columns
        axes = figure.add_axes((left, (top - bars) / height, 0.58 / columns, bars / height))
        _draw_panel(axes, result)
        top -= bars + PANEL_INCHES * 0.55


def _draw_panel(axes: Any, result: Result) -> None:
    rows = _measured(result)
    times = [row.timing.median / result.items * 1e9 for row in rows if row.timing]
    axes.barh(range(len(rows)), times, color=[COLOURS[row.role] for row in rows], height=0.75)
    axes.set_yticks(range(len(rows)), [row.name for row in rows], fontsize=9)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlim(min(times) / 3, max(times) * 3)
    for position, time in enumerate(times):
        axes.text(time * 1.06, position, digits(time), va="center", fontsize=8)
    title = f"{result.comparison.key}: {result.comparison.title}"
    axes.set_title(title, fontsize=10, loc="left", x=-0.6, fontweight="bold")
    label = f"nanoseconds a {result.comparison.item} ({result.inputs})"
    axes.set_xlabel(label, fontsize=8, loc="right")
    axes.tick_params(axis="x", labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_ylim(len(rows) - 0.4, -0.6)
