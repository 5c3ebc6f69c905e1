"""Areas from counts of any size and number, against plain arithmetic with Python's integers."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flawgauge as fg
from flawgauge.curves import BLOCK
from flawgauge.reference.curve_areas import corners, polygon_area, sum_precisions
from flawgauge.sweep_evidence import MAX_REGIONS, REGION


def make_sweep(steps, below=(0, 0, 0), regions=1):
    """A sweep from rows (positives, negatives, overlap), each (between, at)."""
    steps = np.array(steps, dtype=np.uint64).reshape(-1, 3, 2)
    total = [int(steps[:, k].sum(dtype=object)) + below[k] for k in range(3)]
    names = ("positives", "negatives", "overlap")
    columns = {
        f"{name}_{place}": steps[:, k, at]
        for k, name in enumerate(names)
        for at, place in enumerate(("between", "at"))
    }
    return fg.ThresholdSweep(
        thresholds=np.arange(len(steps), 0, -1, dtype=np.float64),
        num_positives=total[0],
        num_negatives=total[1],
        num_regions=regions,
        connectivity=8,
        **columns,
    )


def check(sweep, limits=(0.05, 0.3, 1.0)):
    """Compare every area and bound that comes from integers."""
    for rising, limit in [("positives", None), *[(r, x) for r in ("positives", "overlap")
                                                 for x in limits]]:  # fmt: skip
        points, end = corners(sweep, rising), Fraction(1 if limit is None else limit)
        want = [polygon_area(points, end, side) / end for side in ("value", "lower", "upper")]
        if rising == "overlap":
            got = [sweep.aupro(limit), *sweep.aupro_bounds(limit)]
        else:
            options = {} if limit is None else {"max_fpr": limit, "normalise": "limit"}
            got = [sweep.auroc(**options), *sweep.auroc_bounds(**options)]
        assert got == [float(value) for value in want]


counts = st.one_of(st.integers(0, 3), st.integers(0, 2**30), st.integers(0, 2**45))
rows = st.tuples(*[st.tuples(counts, counts)] * 3)


@given(st.lists(rows, min_size=1, max_size=6), st.tuples(counts, counts))
def test_counts_of_any_size(steps, below):
    regions = MAX_REGIONS // 16
    sweep = make_sweep(steps, (*below, 0), regions)
    if sweep.num_positives and sweep.num_negatives:
        check(sweep)


def test_as_many_regions_as_there_may_be():
    """Twice their overlap needs 65 bits."""
    everything = MAX_REGIONS * REGION
    later = [[(0, 0), (0, 3), (0, 0)], [(0, 0), (0, 9), (0, 0)]]
    check(make_sweep([[(0, 5), (0, 7), (0, everything)], *later], regions=MAX_REGIONS))
    first = [(0, 1), (1, 1), (1, everything - 2)]
    check(make_sweep([first, [(1, 1), (9, 3), (0, 1)], *later], regions=MAX_REGIONS))


@pytest.mark.parametrize("length", [511, 512, 513, 2000])
def test_many_thresholds(length):
    generator = np.random.default_rng(length)
    steps = generator.integers(0, 2**12, (length, 3, 2))
    steps[generator.random(length) < 0.5] = 0
    check(make_sweep(steps, (5, 6, 0), regions=2**10), limits=(0.3,))


def average_precision(sweep, rule):
    return float(sum_precisions(corners(sweep, "positives"), rule) / sweep.num_positives)


@pytest.mark.parametrize("rule", ["step", "trapezoid"])
@given(st.lists(rows, min_size=1, max_size=6), st.integers(0, 2**45))
def test_average_precision_of_counts_of_any_size(rule, steps, below):
    steps = [((0, positives[1]), negatives, (0, 0)) for positives, negatives, _ in steps]
    sweep = make_sweep(steps, (0, below, 0))
    if sweep.num_positives:
        assert sweep.average_precision(rule=rule) == average_precision(sweep, rule)


@pytest.mark.parametrize("alarms", [10**6, 10**8, 10**9, 10**12, 10**15])
@pytest.mark.parametrize("count", [1, 2, 3, 40])
def test_bounds_of_average_precision_with_far_more_alarms(count, alarms):
    """The worst order of what is between two thresholds, and the best one."""
    first, last = [(0, 0), (alarms, 0), (0, 0)], [(count, 0), (0, 0), (0, 0)]
    for steps, tied in (([first, last], False), ([[(count, 0), (alarms, 0), (0, 0)]], True)):
        sweep = make_sweep(steps)
        precision = [Fraction(tp, tp + alarms) for tp in range(count + 1)]
        step = sum(precision[1:]) / count
        trapezoid = (step + sum(precision[:-1]) / count) / 2
        for rule, area in (("step", step), ("trapezoid", trapezoid)):
            low, high = sweep.average_precision_bounds(rule=rule)
            # All alarms first, one positive at a time.
            assert low <= float(area) <= high
            if not tied:
                assert high <= 2.1 * area
                assert low >= area / 2.1


@pytest.mark.parametrize("rule", ["step", "trapezoid"])
def test_average_precision_over_blocks(rule):
    generator = np.random.default_rng(3)
    steps = generator.integers(0, 4, (BLOCK + 9, 3, 2))
    steps[:, 0, 0] = 0
    sweep = make_sweep(steps, regions=2**20)
    assert sweep.average_precision(rule=rule) == average_precision(sweep, rule)


@pytest.mark.parametrize("rule", ["step", "trapezoid"])
def test_average_precision_with_positives_below_all_thresholds(rule):
    """One threshold with 3 positives of 6, as many negatives, and the rest tied below it."""
    sweep = make_sweep([[(0, 3), (0, 3), (0, 0)]], (3, 7, 0))
    parts = [0.5 * 3, 3 * 6 / 16] if rule == "step" else [0.75 * 3, 3 * (0.5 + 6 / 16) / 2]
    assert sweep.average_precision(rule=rule) == pytest.approx(sum(parts) / 6, rel=1e-15)


@pytest.mark.parametrize("repeated", [1, 0.01, 0])
def test_decisions_over_blocks(repeated):
    """All thresholds one by one, in plain arrays."""
    generator = np.random.default_rng(4)
    steps = generator.integers(0, 3, (3 * BLOCK, 3, 2))
    steps[:, 1] *= np.linspace(0, 9, len(steps)).astype(np.int64)[:, np.newaxis]
    # The same counts in several blocks, where ties decide.
    steps[BLOCK // 2 : 2 * BLOCK] *= generator.random((3 * BLOCK // 2, 1, 1)) < repeated
    sweep = make_sweep(steps, (10, 10, 0), regions=2**20)
    found = sweep.confusion()
    for metric in ("f1", "iou", "mcc", "balanced_accuracy"):
        values = getattr(found, metric)()
        for ties, place in (("lowest", -1), ("highest", 0)):
            best = sweep.best(metric, ties=ties)
            assert best.value == values.max()
            number = np.flatnonzero(values == values.max())[place]
            assert best.threshold.value == sweep.thresholds[number]
            assert best.counts == found[int(number)] == sweep.at(best.threshold)
    for rate in (1e-6, 0.01, 0.5):
        allowed = np.flatnonzero(found.fpr() <= rate)
        want = sweep.thresholds[allowed[-1]] if allowed.size else math.inf
        assert sweep.threshold_at_fpr(rate).value == want
        number = np.flatnonzero(found.recall() >= rate)[0]
        assert sweep.threshold_at_recall(rate).value == sweep.thresholds[number]
        assert sweep.fpr_at_recall(rate) == found[int(number)].fpr()


def band_sweep(in_preds, in_both, target):
    """A sweep with so many pixels in the bands at each threshold."""
    steps = [np.diff(sizes, prepend=0) for sizes in (in_preds, in_both)]
    counts = np.ones(len(in_preds), dtype=np.int64)
    return fg.ThresholdSweep(
        thresholds=-np.arange(len(counts), dtype=np.float64),
        positives_at=counts,
        negatives_at=counts,
        num_positives=len(counts),
        num_negatives=len(counts),
        band_preds=steps[0],
        band_both=steps[1],
        band_target=target,
        distance=1,
        metric="chessboard",
        edge="background",
    )


@pytest.mark.parametrize("ties", ["lowest", "highest"])
def test_boundary_iou_over_blocks(ties):
    generator = np.random.default_rng(5)
    in_both = generator.integers(0, 5, 3 * BLOCK)
    in_preds = in_both + generator.integers(0, 5, 3 * BLOCK)
    sweep = band_sweep(in_preds, in_both, 9)
    values = in_both / (in_preds + 9 - in_both)
    np.testing.assert_array_equal(sweep.boundary_iou(), values)
    # Many thresholds have the best value, in every block.
    number = np.flatnonzero(values == values.max())[-1 if ties == "lowest" else 0]
    best = sweep.best("boundary_iou", ties=ties)
    assert best.value == values.max()
    assert best.threshold.value == sweep.thresholds[number]
    assert best.counts.tp == number + 1


@pytest.mark.parametrize("ties", ["lowest", "highest"])
def test_boundary_iou_without_bands(ties):
    """Undefined in the first block, 0 at the last threshold alone."""
    in_preds = np.zeros(2 * BLOCK, dtype=np.int64)
    sweep = band_sweep(in_preds, in_preds, 0)
    best = sweep.best("boundary_iou", ties=ties)
    assert math.isnan(best.value)
    assert math.isnan(best.threshold.value)
    assert np.isnan(sweep.boundary_iou()).all()
    in_preds[-1] = 1
    best = band_sweep(in_preds, np.zeros_like(in_preds), 0).best("boundary_iou", ties=ties)
    assert (best.value, best.threshold.value) == (0, 1 - 2 * BLOCK)


@given(
    st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=30),
    st.integers(0, 2**32 - 1),
    st.sampled_from([2**8, 2**12]),
)
def test_bins_hold_the_exact_areas(values, seed, bins):
    scores = np.array([values], dtype=np.float32)
    target = np.random.default_rng(seed).random(scores.shape) < 0.5
    exact = fg.sweep(scores, target, regions=True)
    coarse = fg.sweep(scores, target, regions=True, bins=bins)
    # What is not known is taken as tied: as if all scores were the lower edges of their bins.
    edges = coarse.thresholds[::-1]
    rounded = edges[np.searchsorted(edges, scores, side="right") - 1]
    tied = fg.sweep(rounded, target, regions=True)
    for name, options in [
        ("auroc", {}),
        ("auroc", {"max_fpr": 0.3, "normalise": "mcclish"}),
        ("average_precision", {"rule": "step"}),
        ("average_precision", {"rule": "trapezoid"}),
        ("aupro", {"limit": 0.3}),
    ]:
        want, value = (getattr(sweep, name)(**options) for sweep in (exact, coarse))
        low, high = getattr(coarse, f"{name}_bounds")(**options)
        if math.isnan(want):
            assert math.isnan(value)
            continue
        assert low <= want <= high
        assert low <= value <= high
        if name != "average_precision":
            assert value == getattr(tied, name)(**options)
