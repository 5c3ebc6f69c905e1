"""`ThresholdSweep` as a value, its areas by independent formulas, and its decisions."""

import itertools
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flawgauge as fg
from flawgauge.errors import InputTypeError, InputValueError


@st.composite
def pixels(draw, least=1):
    """Scores with many ties, and labels: lists of numbers."""
    count = draw(st.integers(least, 12))
    scores = draw(st.lists(st.integers(0, 6), min_size=count, max_size=count))
    labels = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    return scores, labels


def swept(scores, labels, **options):
    return fg.sweep(np.array([scores], dtype=np.float32), np.array([labels]), **options)


def rates(scores, labels):
    """(fp, tp) at each distinct score, from high to low, after (0, 0)."""
    points = [(0, 0)]
    for least in sorted(set(scores), reverse=True):
        chosen = [label for score, label in zip(scores, labels, strict=True) if score >= least]
        points.append((len(chosen) - sum(chosen), sum(chosen)))
    return points


def trapezoids(points):
    steps = itertools.pairwise(points)
    return sum(Fraction((x2 - x1) * (y1 + y2)) / 2 for (x1, y1), (x2, y2) in steps)


def cut(points, limit):
    """The polygon up to a limit of its first coordinate."""
    kept = [point for point in points if point[0] <= limit]
    after = [point for point in points if point[0] > limit]
    if after:
        (x1, y1), (x2, y2) = kept[-1], after[0]
        kept.append((limit, y1 + Fraction(limit - x1) * (y2 - y1) / (x2 - x1)))
    return kept


@given(pixels())
def test_auroc_from_pairs_of_pixels(data):
    """The probability that a positive scores higher than a negative, ties counting half."""
    scores, labels = data
    positives = [s for s, label in zip(scores, labels, strict=True) if label]
    negatives = [s for s, label in zip(scores, labels, strict=True) if not label]
    area = swept(scores, labels).auroc()
    if not positives or not negatives:
        assert math.isnan(area)
        return
    wins = sum(2 * (p > n) + (p == n) for p in positives for n in negatives)
    assert area == float(Fraction(wins, 2 * len(positives) * len(negatives)))


@given(pixels(), st.sampled_from([0.1, 0.25, 0.5, 1.0]))
def test_partial_auroc(data, limit):
    scores, labels = data
    found, total = swept(scores, labels), len(labels)
    positives = sum(labels)
    negatives = total - positives
    if not positives or not negatives:
        return
    area = trapezoids(cut(rates(scores, labels), Fraction(limit) * negatives))
    area /= positives * negatives
    assert found.auroc(limit, normalise=None) == float(area)
    assert found.auroc(limit, normalise="limit") == float(area / Fraction(limit))
    low = Fraction(limit) ** 2 / 2
    want = (1 + (area - low) / (Fraction(limit) - low)) / 2
    assert found.auroc(limit, normalise="mcclish") == float(want)


@given(pixels(), st.sampled_from(["step", "trapezoid"]))
def test_average_precision(data, rule):
    scores, labels = data
    found, positives = swept(scores, labels), sum(labels)
    if not positives:
        assert math.isnan(found.average_precision(rule=rule))
        return
    area, before = Fraction(0), Fraction(1)
    for (_, low), (fp, tp) in itertools.pairwise(rates(scores, labels)):
        precision = Fraction(tp, tp + fp)
        height = precision if rule == "step" else (before + precision) / 2
        area += (tp - low) * height
        before = precision
    # A sum of rounded fractions.
    assert found.average_precision(rule=rule) == pytest.approx(float(area / positives), rel=1e-14)


@given(pixels(), st.sampled_from([0.05, 0.3, 1.0]))
def test_aupro(data, limit):
    scores, labels = data
    found = swept(scores, labels, regions=True)
    negatives = len(labels) - sum(labels)
    runs = [
        [score for score, _ in group]
        for label, group in itertools.groupby(zip(scores, labels, strict=True), lambda p: p[1])
        if label
    ]
    assert found.num_regions == len(runs)
    if not runs or not negatives:
        assert math.isnan(found.aupro(limit))
        return
    points = [(0, 0)]
    for least in sorted(set(scores), reverse=True):
        overlap = sum(Fraction(sum(s >= least for s in run), len(run)) for run in runs)
        alarms = sum(s >= least and not b for s, b in zip(scores, labels, strict=True))
        points.append((alarms, overlap))
    area = trapezoids(cut(points, Fraction(limit) * negatives)) / negatives / len(runs)
    # Overlaps are rounded down to 2^-40 region.
    assert found.aupro(limit) == pytest.approx(float(area / Fraction(limit)), abs=2**-38)


@given(pixels(), st.lists(st.sampled_from([0.5, 1, 2.5, 3, 4, 6, 7]), max_size=4))
def test_bounds_hold_the_exact_areas(data, thresholds):
    exact = swept(*data, regions=True)
    coarse = swept(*data, regions=True, thresholds=thresholds)
    for name, options in [
        ("auroc", {}),
        ("auroc", {"max_fpr": 0.3, "normalise": "limit"}),
        ("average_precision", {"rule": "step"}),
        ("average_precision", {"rule": "trapezoid"}),
        ("aupro", {"limit": 0.3}),
    ]:
        value = getattr(exact, name)(**options)
        low, high = getattr(coarse, f"{name}_bounds")(**options)
        if math.isnan(value):
            assert math.isnan(low)
            assert math.isnan(high)
            continue
        assert low - 1e-12 <= value <= high + 1e-12
        assert low - 1e-12 <= getattr(coarse, name)(**options) <= high + 1e-12
        # Nothing is unknown to an exact sweep, but for the last bits of a sum of fractions.
        bounds = getattr(exact, f"{name}_bounds")(**options)
        assert bounds == pytest.approx((value, value), abs=2**-38)


@given(pixels(), st.sampled_from(["f1", "dice", "iou", "mcc", "youden", "balanced_accuracy"]))
def test_best_is_the_best_of_all_scores(data, metric):
    scores, labels = data
    found = swept(scores, labels)
    image, mask = np.array([scores], dtype=np.float32), np.array([labels])
    candidates = []
    for threshold in [*sorted(set(scores)), math.inf]:
        counts = fg.confusion(image, mask, threshold=threshold)
        if metric == "youden":
            value = counts.recall() + counts.specificity() - 1
        else:
            value = getattr(counts, metric)()
        candidates.append(value)
    best = found.best(metric)
    defined = [value for value in candidates if not math.isnan(value)]
    if not any(labels) or not defined:
        assert math.isnan(best.value) or not any(labels)
        return
    if metric == "mcc" and max(defined) <= 0:
        # Of scores that are worse than chance, a threshold at none of the positives may be better.
        assert not best.value > max(defined)
        return
    assert best.value == pytest.approx(max(defined), abs=1e-14)
    assert best.threshold.source == "oracle"
    if math.isfinite(best.threshold.value):
        assert best.counts == fg.confusion(image, mask, threshold=best.threshold).sum()


def test_ties_and_costs():
    found = swept([5, 4, 3, 2, 1], [1, 0, 0, 1, 0])
    assert found.best("cost", cost=20).threshold.value == 2
    assert found.best("cost", cost=20).value == 2
    assert found.best("cost", cost=0.1).threshold.value in (5, math.inf)
    tied = swept([4, 3, 2, 1], [1, 1, 0, 0])
    assert tied.best("f_beta", beta=2).threshold.value == 3
    # One of two at 5, or both with two false alarms: F1 is 2/3 either way.
    even = swept([5, 4, 4, 3], [1, 0, 0, 1])
    assert even.best("f1").threshold.value == 3
    assert even.best("f1", ties="highest").threshold.value == 5


def test_thresholds_at_rates():
    found = swept([6, 5, 4, 3, 2, 1], [1, 0, 1, 0, 1, 0])
    assert found.threshold_at_fpr(0.34).value == 4
    assert found.threshold_at_recall(0.6).value == 4
    assert found.fpr_at_recall(0.95) == 2 / 3
    assert found.at(4).tp == 2
    assert str(found.at(4).threshold) == "4 (given)"
    with pytest.raises(InputValueError, match="between the sweep's thresholds 4 and 6"):
        found.at(5)


def test_a_value_adds_pickles_and_goes_through_dicts():
    options = {"thresholds": [1, 2, 4], "regions": True, "boundary": 2}
    first = swept([5, 4, 3, 2, 1], [1, 0, 0, 1, 0], **options)
    second = swept([1, 4, 4], [0, 1, 0], **options)
    total = first + second
    assert total == second + first == sum([first, second])
    scores = [np.float32([[5, 4, 3, 2, 1]]), np.float32([[1, 4, 4]])]
    together = fg.sweep(scores, [np.array([[1, 0, 0, 1, 0]]), np.array([[0, 1, 0]])], **options)
    assert total == together
    assert pickle.loads(pickle.dumps(total)) == total
    assert fg.ThresholdSweep.from_dict(total.to_dict()) == total
    assert hash(total) == hash(together)
    assert first != second
    with pytest.raises(AttributeError, match="immutable"):
        total.num_positives = 3
    assert "4 regions" not in repr(first)
    assert repr(first).startswith("ThresholdSweep at 3 thresholds")
    with pytest.raises(TypeError, match="can't be indexed"):
        total[0]
    with pytest.raises(InputTypeError, match="thresholds of the dict"):
        fg.ThresholdSweep.from_dict({**total.to_dict(), "thresholds": ["high", "low", "lower"]})


def test_what_does_not_add_says_what_to_do():
    first, second = swept([3, 2], [1, 0]), swept([4, 1], [1, 0])
    with pytest.raises(InputValueError, match=r"positive_scores.*ScoreStream.*bins"):
        first + second
    with pytest.raises(InputValueError, match="connectivity"):
        first + swept([3, 2], [1, 0], regions=True)
    for method in ("aupro", "pro_curve"):
        with pytest.raises(InputValueError, match="regions=True"):
            getattr(first, method)()
    with pytest.raises(InputValueError, match="boundary="):
        first.boundary_iou()


@pytest.mark.parametrize(("method", "arguments", "message"), [
    ("auroc", {"max_fpr": 0.3}, "max_fpr goes with normalise"),
    ("auroc", {"normalise": "limit"}, "normalise goes with max_fpr"),
    ("auroc", {"max_fpr": 2, "normalise": None}, "max_fpr is 2"),
    ("aupro", {"limit": 0}, "limit is 0"),
    ("average_precision", {"rule": "simpson"}, "rule is 'simpson'"),
    ("best", {"metric": "accuracy"}, "metric is 'accuracy', want one of"),
    ("best", {"metric": "f_beta"}, "beta goes with"),
    ("best", {"metric": "f1", "ties": "first"}, "ties is 'first'"),
    ("threshold_at_fpr", {"fpr": -1}, "fpr is -1"),
    ("threshold_at_recall", {"recall": math.nan}, "recall is nan"),
    ("auroc", {"empty": 2}, "empty is 2"),
    ("aupro", {"empty": 2}, "empty is 2"),
])  # fmt: skip
def test_bad_arguments(method, arguments, message):
    with pytest.raises(InputValueError, match=message):
        getattr(swept([3, 2], [1, 0], regions=True), method)(**arguments)


def test_boundary_iou_at_every_threshold():
    generator = np.random.default_rng(3)
    target = np.zeros((2, 30, 40), bool)
    target[0, 5:20, 8:30] = True
    scores = (generator.random(target.shape) + 0.8 * target).round(2)
    found = fg.sweep(scores, target, boundary=3)
    curve = found.boundary_iou()
    for threshold, value in zip(found.thresholds, curve, strict=True):
        one = fg.boundary_iou(scores, target, distance=3, threshold=threshold, average="pooled")
        assert value == one
    best = found.best("boundary_iou")
    assert best.value == curve.max()
    assert best.threshold.value == found.thresholds[np.flatnonzero(curve == curve.max())[-1]]


def test_thresholds_tell_where_they_come_from():
    validation = swept([5, 4, 3, 2, 1], [1, 0, 1, 1, 0])
    chosen = fg.select_threshold(validation, "iou", source="line 3")
    assert (chosen.objective, chosen.source) == ("iou", "selected on line 3")
    assert fg.select_threshold(validation, "f1").source == "oracle"
    at_rate = fg.select_threshold(validation, "fpr", fpr=0.5, source="line 3")
    assert at_rate.value == 2
    assert at_rate.objective == "fpr <= 0.5"
    counts = fg.confusion([[[0.5, 6.0]], [[1, 2]]], [[[0, 1]], [[0, 0]]], threshold=chosen)
    assert counts.sum().threshold == counts[0].threshold == chosen
    assert (counts[0] + counts[1]).threshold == chosen
    other = fg.confusion([[0.5, 6.0]], [[0, 1]], threshold=fg.Threshold(1))
    assert (counts[0] + other).threshold is None
    assert "selected on line 3" in repr(counts)
    again = fg.ConfusionCounts.from_dict(counts.to_dict())
    assert again == counts
    assert again.threshold == pickle.loads(pickle.dumps(counts)).threshold == chosen
    for wrong in ({"objective": "fpr"}, {"objective": "f1", "recall": 0.5}, {"objective": "x"}):
        with pytest.raises(InputValueError):
            fg.select_threshold(validation, **wrong)
    with pytest.raises(InputTypeError, match="want a ThresholdSweep"):
        fg.select_threshold(counts)
    with pytest.raises(InputValueError, match="source is 'here'"):
        fg.Threshold(1.0, source="here")


def test_rising_transformations_of_the_scores_change_no_area():
    generator = np.random.default_rng(9)
    scores = generator.random((3, 40, 50)).round(2)
    target = generator.random(scores.shape) < 0.1
    first = fg.sweep(scores, target, regions=True)
    second = fg.sweep(np.exp(5 * scores) - 100, target, regions=True)
    assert first.auroc() == second.auroc()
    assert first.average_precision() == second.average_precision()
    assert first.aupro() == second.aupro()
    order = generator.permutation(3)
    assert fg.sweep(scores[order], target[order], regions=True) == first


def test_image_level():
    found = fg.image_sweep(np.float32([0.2, 0.9, 0.4]), [0, 1, 1])
    assert found.auroc() == 1.0
    assert found.num_positives == 2
    with pytest.raises(InputValueError, match=r"labels has the shape \(1, 3\)"):
        fg.image_sweep([0.2, 0.9, 0.4], [[0, 1, 1]])
    with pytest.raises(InputValueError, match="want the same"):
        fg.image_sweep([0.2, 0.9, 0.4], [0, 1])
    with pytest.raises(InputTypeError, match="labels has the dtype float64"):
        fg.image_sweep([0.2, 0.9], [0.0, 1.0])
    with pytest.raises(InputTypeError, match="image_scores has the dtype int64"):
        fg.image_sweep([2, 9], [0, 1])
    with pytest.raises(InputTypeError, match="image_scores is a list that can't be read"):
        fg.image_sweep([[0.2], [0.9, 0.4]], [0, 1])
    with pytest.raises(InputValueError, match="image_scores is NaN at image 1"):
        fg.image_sweep([0.2, math.nan], [0, 1])


def test_the_one_calls_are_the_methods():
    generator = np.random.default_rng(10)
    scores = generator.random((2, 20, 30))
    target = generator.random(scores.shape) < 0.2
    found = fg.sweep(scores, target, regions=True)
    assert fg.auroc(scores, target) == found.auroc()
    assert fg.auroc(scores, target, max_fpr=0.1, normalise="mcclish") == found.auroc(
        0.1, normalise="mcclish"
    )
    assert fg.average_precision(scores, target) == found.average_precision()
    assert fg.aupro(scores, target, limit=0.05) == found.aupro(0.05)
    assert fg.f1_max(scores, target).value == found.best("f1").value
    assert fg.fpr_at_recall(scores, target) == found.fpr_at_recall()
    for name, method in [("roc_curve", "roc"), ("precision_recall_curve", "precision_recall"),
                         ("pro_curve", "pro_curve")]:  # fmt: skip
        for one, other in zip(
            getattr(fg, name)(scores, target), getattr(found, method)(), strict=True
        ):
            np.testing.assert_array_equal(one, other)
