"""The plot of Boundary IoU over the distance."""

import numpy as np
import pytest

import flawgauge as fg

pytest.importorskip("matplotlib")
plots = pytest.importorskip("flawgauge.report.plots")


@pytest.fixture
def counts():
    generator = np.random.default_rng(70)
    coarse = generator.random((6, 8, 8)) < 0.4
    target = coarse.repeat(9, axis=1).repeat(9, axis=2)
    target[0] = False
    preds = np.roll(target, 1, axis=1)
    return fg.boundary(preds, target, distance=[1, 2, 4, 8])


def test_a_line_for_each_predictor(counts, tmp_path):
    figure = plots.plot_boundary({"one": counts, "other": counts[1:3]})
    (axes,) = figure.axes
    first, second = axes.get_lines()
    np.testing.assert_array_equal(first.get_xdata(), [1, 2, 4, 8])
    np.testing.assert_array_equal(first.get_ydata(), counts.sum().iou())
    np.testing.assert_array_equal(second.get_ydata(), counts[1:3].sum().iou())
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["one", "other"]
    low, high = np.quantile(counts[1:].iou(), [0.25, 0.75], axis=0)
    outline = axes.collections[0].get_paths()[0].vertices
    assert {value for _, value in outline} == {*low, *high}
    figure.savefig(tmp_path / "plot.png")
    assert (tmp_path / "plot.png").stat().st_size > 10_000


def test_a_single_image_has_no_shade(counts):
    figure = plots.plot_boundary(counts[1], metric="recall")
    (axes,) = figure.axes
    assert len(axes.collections) == 0
    assert axes.get_ylabel() == "Boundary recall"


def test_drawing_into_given_axes(counts):
    from matplotlib.figure import Figure

    figure = Figure()
    axes = figure.add_subplot()
    assert plots.plot_boundary(counts, quantiles=None, axes=axes) is figure
    assert len(axes.collections) == 0


def test_bad_arguments(counts):
    with pytest.raises(fg.InputTypeError, match="want BoundaryCounts"):
        plots.plot_boundary([1, 2])
    with pytest.raises(fg.InputTypeError, match="int"):
        plots.plot_boundary({"a": 3})
    with pytest.raises(fg.InputValueError, match="empty"):
        plots.plot_boundary({})
    with pytest.raises(fg.InputValueError, match="want a sequence"):
        plots.plot_boundary(counts.at(4))
    other = fg.boundary([[1]], [[1]], distance=[1, 2])
    with pytest.raises(fg.InputValueError, match="different distances"):
        plots.plot_boundary({"a": counts, "b": other})
    with pytest.raises(fg.InputValueError, match="metric"):
        plots.plot_boundary(counts, metric="kappa")
    with pytest.raises(fg.InputValueError, match="quantiles"):
        plots.plot_boundary(counts, quantiles=(0.9, 0.1))
