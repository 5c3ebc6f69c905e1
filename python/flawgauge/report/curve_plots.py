"""Plots of threshold sweeps. They need matplotlib: ``pip install flawgauge[plot]``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge.confusion_rates import METRICS
from flawgauge.errors import InputValueError
from flawgauge.report.drawing import add_legend, figure_of, named, open_axes, thinned, tidy
from flawgauge.sweep_evidence import ThresholdSweep

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_curve", "plot_metric"]

_LABELS = {
    "roc": ("false positive rate", "true positive rate"),
    "precision_recall": ("recall", "precision"),
    "pro": ("false positive rate", "per-region overlap"),
}
_METRICS = (*(name for name in METRICS if name != "f_beta"), "boundary_iou")
_NOT_BEST = frozenset({"fpr", "fnr", "prevalence"})


def plot_curve(
    sweeps: ThresholdSweep | Mapping[str, ThresholdSweep],
    kind: str = "roc",
    *,
    limit: float | None = None,
    axes: Axes | None = None,
) -> Figure:
    """Plot the curve of one or several predictors over all thresholds.

    Parameters
    ----------
    sweeps : ThresholdSweep, or mapping of str to ThresholdSweep
        By the predictors' names, which the legend shows with the area under their curves.
    kind : {"roc", "precision_recall", "pro"}
        Receiver operating characteristic, precision over recall, or per-region overlap over the
        false positive rate (of sweeps with ``regions=True``).
    limit : float, optional
        For "roc" and "pro": plot and integrate only up to this false positive rate; the areas are
        divided by it. 0.3 for "pro" by default, as MVTec AD has it.
    axes : matplotlib.axes.Axes, optional
        Where to plot; a new figure by default.

    Returns
    -------
    matplotlib.figure.Figure
        Save it with ``savefig``.

    Raises
    ------
    ImportError
        Without matplotlib.
    InputTypeError, InputValueError
        Something that is no sweep, an unknown kind, a limit for precision over recall, a curve
        that is not defined.

    Notes
    -----
    Of millions of points those are drawn that a figure can show; the line is the same.

    Examples
    --------
    >>> import flawgauge as fg
    >>> scores = np.random.default_rng(0).random((2, 30, 30))
    >>> figure = plot_curve(fg.sweep(scores, scores > 0.7))
    >>> figure.axes[0].get_xlabel()
    'false positive rate'
    """
    if kind not in _LABELS:
        raise InputValueError(f"kind is {kind!r}, want one of: {', '.join(_LABELS)}")
    if limit is not None and kind == "precision_recall":
        raise InputValueError('limit goes with the kinds "roc" and "pro"')
    if kind == "pro" and limit is None:
        limit = 0.3
    predictors = named(sweeps, "sweeps", ThresholdSweep, "")
    is_new, axes = axes is None, open_axes(axes, (5.5, 5))
    # Average precision is the area below steps; the other areas are those below straight lines.
    drawn = "steps-pre" if kind == "precision_recall" else "default"
    for name, sweep in predictors.items():
        x, y, area = _points(sweep, kind, limit)
        if np.isnan(x).any() or np.isnan(y).any():
            raise InputValueError(f"sweeps[{name!r}] lacks positives, negatives or regions")
        kept = thinned(x, y)
        label = f"{name} {area}".strip()
        axes.plot(x[kept], y[kept], drawstyle=drawn, label=label, linewidth=1.5)
    if kind == "roc" and limit is None:
        axes.plot([0, 1], [0, 1], color="0.7", linestyle="--", linewidth=1, zorder=0)
    axes.set_xlim(0, 1 if limit is None else limit)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel(_LABELS[kind][0])
    axes.set_ylabel(_LABELS[kind][1])
    add_legend(axes, is_new=is_new)
    tidy(axes)
    return figure_of(axes)


def plot_metric(
    sweeps: ThresholdSweep | Mapping[str, ThresholdSweep],
    metric: str = "f1",
    *,
    axes: Axes | None = None,
) -> Figure:
    """Plot a metric over the threshold, for one or several predictors.

    Parameters
    ----------
    sweeps : ThresholdSweep, or mapping of str to ThresholdSweep
        By the predictors' names.
    metric : str
        A metric of ``ConfusionCounts`` without options ("f1", "iou", "precision", ...), or
        "boundary_iou" of sweeps with ``boundary=...``. Its highest value, of several the one at the
        lowest threshold, is marked as the oracle: it was chosen on the images that it is of. That
        of "fpr", "fnr" and "prevalence" is not: high is not good.
    axes : matplotlib.axes.Axes, optional
        Where to plot; a new figure by default.

    Returns
    -------
    matplotlib.figure.Figure
        Save it with ``savefig``.

    Raises
    ------
    ImportError
        Without matplotlib.
    InputTypeError, InputValueError
        Something that is no sweep, an unknown metric, a metric that is nowhere defined.

    Examples
    --------
    >>> import flawgauge as fg
    >>> sweep = fg.sweep(np.array([[0.1, 0.4, 0.35, 0.8]]), [[0, 0, 1, 1]])
    >>> plot_metric({"model": sweep}, "iou").axes[0].get_ylabel()
    'iou'
    """
    if metric not in _METRICS:
        raise InputValueError(f"metric is {metric!r}, want one of: {', '.join(_METRICS)}")
    predictors = named(sweeps, "sweeps", ThresholdSweep, "")
    is_new, axes = axes is None, open_axes(axes)
    for name, sweep in predictors.items():
        if metric == "boundary_iou":
            values = sweep.boundary_iou()
        else:
            values = getattr(sweep.confusion(), metric)()
        shown = np.isfinite(values) & np.isfinite(sweep.thresholds)
        x, y = sweep.thresholds[shown].astype(float), values[shown]
        if not len(x):
            raise InputValueError(f"sweeps[{name!r}] has no threshold at which {metric} is defined")
        kept = thinned(x, y)
        (line,) = axes.plot(x[kept], y[kept], label=name, linewidth=1.5)
        if metric not in _NOT_BEST:
            best = int(np.flatnonzero(y == y.max())[-1])
            line.set_label(f"{name} {y[best]:.4f} at {x[best]:.4g} (oracle)".strip())
            axes.plot(x[best], y[best], marker="o", color=line.get_color())
    axes.set_xlabel("threshold")
    axes.set_ylabel(metric)
    if any(predictors) or metric not in _NOT_BEST:
        add_legend(axes, is_new=is_new)
    tidy(axes)
    return figure_of(axes)


def _points(sweep: ThresholdSweep, kind: str, limit: float | None) -> tuple[Any, Any, str]:
    """Coordinates of a curve, and the area below it in words."""
    if kind == "precision_recall":
        precision, recall, _ = sweep.precision_recall()
        return recall, precision, f"AP {sweep.average_precision():.4f}"
    if kind == "roc":
        curve: Any = sweep.roc()
        area = sweep.auroc() if limit is None else sweep.auroc(limit, normalise="limit")
        name = "AUROC"
    else:
        curve = sweep.pro_curve()
        area, name = sweep.aupro(0.3 if limit is None else limit), "AUPRO"
    x, y = curve[0], curve[1]
    if limit is None:
        return x, y, f"{name} {area:.4f}"
    # One corner past the limit, so that the line goes on to it.
    end = int(np.searchsorted(x, limit, side="right")) + 1
    return x[:end], y[:end], f"{name} at {limit:g}: {area:.4f}"
