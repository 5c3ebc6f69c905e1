"""Plots. They need matplotlib: ``pip install flawgauge[plot]``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge.band_metrics import BAND_METRICS
from flawgauge.boundary_counts import BoundaryCounts
from flawgauge.errors import InputValueError
from flawgauge.report.drawing import add_legend, figure_of, named, open_axes, tidy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

__all__ = ["plot_boundary"]


def plot_boundary(
    counts: BoundaryCounts | Mapping[str, BoundaryCounts],
    *,
    metric: str = "iou",
    quantiles: tuple[float, float] | None = (0.25, 0.75),
    axes: Axes | None = None,
) -> Figure:
    """Plot a boundary metric over the distance, for one or several predictors.

    Parameters
    ----------
    counts : BoundaryCounts or mapping of str to BoundaryCounts
        Counts at the same sequence of distances; the keys name the predictors.
    metric : {"iou", "dice", "precision", "recall"}
        What to plot. The line is the value pooled over all images, a fraction.
    quantiles : (float, float) or None
        Shades the values per image between these two quantiles, images without a value left out;
        None for no shade.
    axes : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Figure
        Not shown and not saved.

    Raises
    ------
    ImportError
        Without matplotlib.
    InputTypeError
        If ``counts`` holds something else.
    InputValueError
        If there is nothing to plot, ``distance`` is not a sequence or differs between predictors,
        or the metric or the quantiles are none.

    Notes
    -----
    The distances are on a logarithmic axis: what matters is whether the band is one pixel wide or
    two, not 28 or 29.

    Examples
    --------
    >>> import flawgauge as fg
    >>> target = np.zeros((2, 60, 60), dtype=bool)
    >>> target[:, 10:40, 20:50] = True
    >>> bands = fg.boundary(np.roll(target, 2, axis=1), target, distance=range(1, 20))
    >>> figure = plot_boundary({"two pixels off": bands})
    >>> figure.axes[0].get_ylabel()
    'Boundary IoU'
    """
    predictors = _predictors(counts)
    if metric not in BAND_METRICS:
        raise InputValueError(f"metric is {metric!r}, want one of: {', '.join(BAND_METRICS)}")
    if quantiles is not None and not 0 <= quantiles[0] < quantiles[1] <= 1:
        raise InputValueError(f"quantiles is {quantiles!r}, want two ascending fractions")
    is_new, axes = axes is None, open_axes(axes)
    distances = next(iter(predictors.values())).distances
    shaded = False
    for name, bands in predictors.items():
        (line,) = axes.plot(
            distances, getattr(bands.sum(), metric)(), marker="o", markersize=4, label=name
        )
        span = None if quantiles is None else _quantiles(bands, metric, quantiles)
        if span is not None:
            shaded = True
            axes.fill_between(distances, *span, color=line.get_color(), alpha=0.15, linewidth=0)
    _decorate(axes, distances, f"Boundary {'IoU' if metric == 'iou' else metric}")
    if any(predictors) or shaded:
        title = _legend_title(quantiles) if shaded else None
        add_legend(axes, is_new=is_new, title=title)
    return figure_of(axes)


def _predictors(counts: Any) -> Mapping[str, BoundaryCounts]:
    predictors: Mapping[str, BoundaryCounts] = named(counts, "counts", BoundaryCounts, "pooled")
    for name, bands in predictors.items():
        if not isinstance(bands.distance, tuple):
            raise InputValueError(
                f"counts[{name!r}] has the distance {bands.distance!r}, want a sequence of them"
            )
    distances = {bands.distance for bands in predictors.values()}
    if len(distances) > 1:
        raise InputValueError("the predictors have different distances, want the same")
    return predictors


def _quantiles(
    bands: BoundaryCounts, metric: str, quantiles: tuple[float, float]
) -> NDArray[np.float64] | None:
    """Quantiles (2, D) of the values per image; nothing where fewer than two images have one."""
    values = getattr(bands, metric)().reshape(-1, bands.both.shape[-1])
    # An image has a value at every distance or at none: a band is empty iff its mask is.
    values = values[~np.isnan(values).all(axis=1)]
    if len(values) < 2:
        return None
    found: NDArray[np.float64] = np.nanquantile(values, quantiles, axis=0)
    return found


def _decorate(axes: Axes, distances: NDArray[np.int64], label: str) -> None:
    axes.set_xscale("log")
    steps = [number for number in _TICKS if distances[0] <= number <= distances[-1]]
    ticks = steps or distances.tolist()
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel("distance in pixels")
    axes.set_ylabel(label)
    axes.set_ylim(0, 1.02)
    tidy(axes)


def _legend_title(quantiles: tuple[float, float] | None) -> str | None:
    if quantiles is None:
        return None
    low, high = (f"{100 * quantile:g}" for quantile in quantiles)
    return f"line: pooled, shade: {low} to {high} % of images"


_TICKS = [factor * 10**power for power in range(7) for factor in (1, 2, 3, 5, 7)]
"""Distances that are labelled, as far as they are in the range."""
