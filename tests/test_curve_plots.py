"""Plots of threshold sweeps: what is drawn, and what is refused."""

import numpy as np
import pytest

import flawgauge as fg
from flawgauge.errors import InputTypeError, InputValueError

pytest.importorskip("matplotlib")

from flawgauge.report.curve_plots import plot_curve, plot_metric


@pytest.fixture(scope="module")
def sweeps():
    """Sweeps of a good and of a bad predictor."""
    generator = np.random.default_rng(1)
    target = np.zeros((2, 60, 80), bool)
    target[0, 10:20, 10:40] = target[1, 30:50, 50:60] = True
    noise = generator.normal(size=target.shape)
    options = {"regions": True, "boundary": 2}
    return {
        "good": fg.sweep(noise + 3 * target, target, **options),
        "bad": fg.sweep(noise + target, target, **options),
    }


@pytest.mark.parametrize("kind", ["roc", "precision_recall", "pro"])
def test_a_line_for_each_predictor_with_its_area(kind, sweeps, tmp_path):
    figure = plot_curve(sweeps, kind)
    axes = figure.axes[0]
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    area = {"roc": "auroc", "precision_recall": "average_precision", "pro": "aupro"}[kind]
    for label, (name, sweep) in zip(labels, sweeps.items(), strict=True):
        assert label.startswith(name)
        assert label.endswith(f"{getattr(sweep, area)():.4f}")
    figure.savefig(tmp_path / "curve.png")
    assert (tmp_path / "curve.png").stat().st_size > 1000


def test_the_points_are_those_of_the_curve(sweeps):
    line = plot_curve(sweeps["bad"]).axes[0].get_lines()[0]
    fpr, tpr, _ = sweeps["bad"].roc()
    np.testing.assert_array_equal(line.get_xdata(), fpr)
    np.testing.assert_array_equal(line.get_ydata(), tpr)
    limited = plot_curve(sweeps["bad"], limit=0.1).axes[0]
    assert limited.get_xlim() == (0, 0.1)
    assert limited.get_lines()[0].get_xdata()[-1] >= 0.1


@pytest.mark.parametrize("metric", ["f1", "iou", "mcc", "boundary_iou"])
def test_the_best_threshold_is_marked_as_an_oracle(metric, sweeps):
    axes = plot_metric(sweeps["good"], metric).axes[0]
    best = sweeps["good"].best(metric)
    point = axes.get_lines()[1]
    assert point.get_xdata()[0] == best.threshold.value
    assert point.get_ydata()[0] == best.value
    assert "oracle" in axes.get_legend().get_texts()[0].get_text()


def test_of_equal_values_the_lowest_threshold_is_marked():
    sweep = fg.sweep(np.array([[0.9, 0.8, 0.7, 0.6]]), [[1, 0, 0, 1]])
    f1 = sweep.confusion().f1()
    assert f1[0] == f1[1]
    point = plot_metric(sweep, "f1").axes[0].get_lines()[1]
    assert point.get_xdata()[0] == sweep.best("f1").threshold.value == 0.6


@pytest.mark.parametrize("metric", ["fpr", "fnr", "prevalence"])
def test_high_error_rates_are_not_marked(metric, sweeps):
    axes = plot_metric(sweeps, metric).axes[0]
    assert len(axes.get_lines()) == 2
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["good", "bad"]
    assert plot_metric(sweeps["good"], metric).axes[0].get_legend() is None


def test_the_area_below_the_line_is_average_precision():
    # Coarse scores: below straight lines there is another area.
    scores = np.array([[3, 3, 2, 2, 2, 1, 1, 0]], np.uint8)
    sweep = fg.sweep(scores, [[1, 0, 1, 1, 0, 1, 0, 0]])
    (line,) = plot_curve(sweep, "precision_recall").axes[0].get_lines()
    path = line.get_drawstyle(), line.get_xydata()
    assert path[0] == "steps-pre"
    recall, precision = path[1].T
    assert np.sum(np.diff(recall) * precision[1:]) == pytest.approx(sweep.average_precision())


def test_existing_axes_are_used(sweeps):
    axes = plot_metric(sweeps["good"]).axes[0]
    assert plot_metric(sweeps["bad"], axes=axes) is axes.figure
    assert len(axes.get_lines()) == 4


def test_bad_arguments(sweeps):
    nothing = fg.sweep(np.zeros((2, 2)), np.zeros((2, 2), bool), regions=True)
    with pytest.raises(InputValueError, match="kind is 'det'"):
        plot_curve(sweeps, "det")
    with pytest.raises(InputValueError, match="limit goes with"):
        plot_curve(sweeps, "precision_recall", limit=0.3)
    with pytest.raises(InputValueError, match="lacks positives"):
        plot_curve(nothing)
    with pytest.raises(InputTypeError, match="sweeps is a int"):
        plot_curve(3)
    with pytest.raises(InputValueError, match="limit is 0"):
        plot_curve(sweeps, "pro", limit=0)
    for metric in ("f_gamma", "f_beta"):
        with pytest.raises(InputValueError, match=f"metric is '{metric}', want one of: accuracy"):
            plot_metric(sweeps, metric)
    with pytest.raises(InputValueError, match="no threshold at which f1"):
        plot_metric(nothing)
