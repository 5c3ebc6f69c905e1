"""What all plots share: figures, axes, and lines of fewer points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge.errors import InputTypeError, InputValueError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

__all__ = ["add_legend", "figure_of", "named", "open_axes", "thinned", "tidy"]

COLUMNS = 2000
"""Columns of pixels of a plot that is printed large."""


def named(values: Any, name: str, kind: type, unnamed: str) -> Mapping[str, Any]:
    """Check a mapping of predictors; a single one gets the name ``unnamed``.

    Examples
    --------
    >>> named(3, "counts", int, "all")
    {'all': 3}
    """
    mapping = {unnamed: values} if isinstance(values, kind) else values
    if not hasattr(mapping, "items"):
        raise InputTypeError(
            f"{name} is a {type(values).__name__}, want {kind.__name__} or a mapping of them"
        )
    if not mapping:
        raise InputValueError(f"{name} is empty, want at least one predictor")
    for key, value in mapping.items():
        if not isinstance(value, kind):
            raise InputTypeError(f"{name}[{key!r}] is a {type(value).__name__}")
    result: Mapping[str, Any] = mapping
    return result


def open_axes(axes: Axes | None, size: tuple[float, float] = (7, 4.5)) -> Axes:
    """Return the axes, or new ones of a new figure of this size in inches."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("plots need matplotlib: pip install flawgauge[plot]") from error
    return Figure(figsize=size, layout="constrained").add_subplot() if axes is None else axes


def tidy(axes: Axes) -> None:
    """Give axes the look that all plots have."""
    axes.grid(alpha=0.3)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def add_legend(axes: Axes, *, is_new: bool, title: str | None = None) -> None:
    """Name the lines: above new axes, where it hides none; in axes with other things, inside."""
    place: dict[str, Any] = {"loc": "best", "framealpha": 0.8, "edgecolor": "none"}
    if is_new:
        place = {"loc": "lower left", "bbox_to_anchor": (0, 1), "frameon": False}
    axes.legend(title=title, alignment="left", **place)


def figure_of(axes: Axes) -> Figure:
    """Return the figure that axes are in."""
    figure: Any = axes.figure
    result: Figure = figure
    return result


def thinned(x: NDArray[Any], y: NDArray[Any], columns: int = COLUMNS) -> NDArray[np.intp]:
    """Choose points of a line that look the same as all of them.

    Parameters
    ----------
    x : ndarray of float, shape (M,)
        Finite, ascending or descending.
    y : ndarray of float, shape (M,)
        Without nan.
    columns : int
        Columns of pixels.

    Returns
    -------
    ndarray of int, shape (at most 4 * columns,)
        Indices, ascending: of each column the first, the last, the lowest and the highest point.

    Notes
    -----
    A line between these covers the same pixels, in a plot of so many columns (Jugel, Jerzak,
    Hackenbroich, Markl, "M4: a visualization-oriented time series data aggregation", VLDB 2014).

    Examples
    --------
    >>> x = np.linspace(0, 1, 1_000_001)
    >>> kept = thinned(x, np.sin(x), columns=10)
    >>> len(kept) <= 40, kept[0], kept[-1]
    (True, np.int64(0), np.int64(1000000))
    """
    if len(x) <= 4 * columns:
        return np.arange(len(x))
    span = float(x[-1]) - float(x[0])
    share = (x - x[0]) / span if span else np.zeros(len(x))
    column = np.minimum((share * columns).astype(np.int64), columns - 1)
    starts = np.flatnonzero(np.diff(column, prepend=-1))
    ends = np.append(starts[1:], len(x))
    group = np.repeat(np.arange(len(starts)), ends - starts)
    kept = [starts, ends - 1]
    for extreme in (np.minimum, np.maximum):
        where = np.flatnonzero(y == extreme.reduceat(y, starts)[group])
        # The first one of each column.
        kept.append(where[np.flatnonzero(np.diff(group[where], prepend=-1))])
    return np.unique(np.concatenate(kept))
