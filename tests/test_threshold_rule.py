"""One rule for thresholds everywhere: what NumPy's ``scores >= threshold`` says."""

import pickle

import numpy as np
import pytest

import flawgauge as fg
from flawgauge import InputTypeError, InputValueError, reference

DTYPES = ["f2", "f4", "f8", ">f2", ">f4", "u1", "u2"]
VALUES = [0.1, 0.3, 0.7, 0.5, 3.0000000000000004, 2.5, -0.0, -1.0, 70000.0, 1e39]
KINDS = [float, np.float16, np.float32, np.float64]


def scores_near(values, dtype):
    """Scores at each of the values, and the next ones above and below, in an image of one row."""
    native = np.dtype(dtype).newbyteorder("=")
    if native.kind == "u":
        return np.arange(8, dtype=dtype)[np.newaxis]
    with np.errstate(over="ignore"):
        at = np.array(values).astype(native)
    near = [np.nextafter(at, native.type(-np.inf)), at, np.nextafter(at, native.type(np.inf))]
    return np.concatenate(near)[np.newaxis].astype(dtype)


def converted(value, kind):
    with np.errstate(over="ignore"):
        return kind(value)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_entry_point_compares_as_numpy(dtype, kind):
    scores = scores_near(VALUES, dtype)
    target = np.arange(scores.size).reshape(scores.shape) % 3 > 0
    numbers = [converted(value, kind) for value in VALUES]
    # A list of Python numbers is rounded, an array has a precision of its own.
    given = numbers if kind is float else np.array(numbers)
    swept = fg.sweep(scores, target, thresholds=given)
    assert swept == reference.sweep(scores, target, thresholds=given)
    assert swept == fg.sweep(scores, target, thresholds=numbers)
    exact = fg.sweep(scores, np.ones_like(target))
    for number in numbers:
        with np.errstate(over="ignore"):
            mask = scores >= number
        want = fg.confusion(mask, target)
        assert fg.confusion(scores, target, threshold=number) == want
        assert swept.at(number) == want
        assert exact.at(number).tp == mask.sum()
        bands = fg.boundary(scores, target, distance=1, threshold=number)
        assert bands == fg.boundary(mask, target, distance=1)
        assert fg.surface(scores, target, threshold=number) == fg.surface(mask, target)
        assert fg.region_table(scores, target, threshold=number).predicted.sum() == want.tp


def test_thresholds_of_half_precision():
    scores = np.float16([[0.1, 0.2]])
    assert float(scores[0, 0]) < 0.1
    for threshold in (0.1, fg.Threshold(0.1)):
        assert fg.confusion(scores, [[1, 0]], threshold=threshold).tp == 1
    swept = fg.sweep(scores, [[1, 0]], thresholds=[0.1])
    assert swept.thresholds.tolist() == [float(scores[0, 0])]
    assert swept.at(0.1).tp == swept.at(fg.Threshold(0.1)).tp == 1
    assert fg.confusion(scores, [[1, 0]], threshold=np.float64(0.1)).tp == 0
    assert fg.sweep(scores, [[1, 0]], thresholds=np.array([0.1])).at(np.float64(0.1)).tp == 0


@pytest.mark.parametrize("dtype", DTYPES)
def test_chosen_thresholds_give_the_counts_they_were_chosen_by(dtype):
    scores = scores_near(VALUES[:-2], dtype)
    target = np.arange(scores.size).reshape(scores.shape) % 4 > 1
    grid = np.linspace(0, 4, 41)
    for given in (None, grid, grid.tolist(), grid.astype("f4")):
        swept = fg.sweep(scores, target, thresholds=given)
        for metric in ("f1", "youden", "balanced_accuracy"):
            best = swept.best(metric)
            assert fg.confusion(scores, target, threshold=best.threshold) == best.counts
            assert swept.at(best.threshold) == best.counts


def test_the_dtype_of_the_scores_stays_with_a_sweep():
    scores, target = np.float16([[0.1, 0.2, 0.1]]), [[1, 1, 0]]
    swept = fg.sweep(scores, target)
    stream = fg.ScoreStream()
    stream.update(scores, target)
    copies = [
        pickle.loads(pickle.dumps(swept)),
        fg.ThresholdSweep.from_dict(swept.to_dict()),
        stream.sweep(),
        fg.saturated_sweep(scores[np.newaxis], [[np.array(target)]], [[2]]),
        sum(fg.sweep(scores, target, thresholds=[0.1, 0.2]) for _ in range(2)),
    ]
    for copy in copies:
        assert copy.score_dtype == "float16"
        assert copy.at(0.1).recall() == 1
    wide = fg.sweep(scores.astype("f4"), target)
    assert wide == swept
    assert wide.score_dtype == "float32"
    assert wide.at(0.1).tp == 1
    assert swept.at(np.nextafter(scores[0, 0], np.float16(1))).tp == 1
    parts = (scores, np.float32(scores))
    total = sum(fg.sweep(part, target, thresholds=[0.25, 0.125]) for part in parts)
    assert total.score_dtype is None
    with pytest.raises(InputValueError, match="score_dtype is 'half', want one of"):
        fg.ThresholdSweep.from_dict({**swept.to_dict(), "score_dtype": "half"})


def test_thresholds_that_mean_different_numbers():
    scores, masks = [np.float16([[0.1]]), np.float32([[0.1]])], [np.ones((1, 1), dtype=bool)] * 2
    for call in (
        lambda: fg.sweep(scores, masks, thresholds=[0.1]),
        lambda: fg.region_table(scores, masks, threshold=0.1),
    ):
        with pytest.raises(InputValueError, match="differs between the dtypes of scores"):
            call()
    for thresholds in ([0.5], np.array([0.1])):
        assert fg.sweep(scores, masks, thresholds=thresholds).num_thresholds == 1
    with pytest.raises(InputTypeError, match="threshold is True"):
        fg.sweep(np.float32([[1]]), [[1]], thresholds=[0.5, True])


def test_numbers_beyond_all_floats():
    scores = np.float32([[1, np.inf]])
    swept = fg.sweep(scores, [[1, 1]])
    for call in (
        lambda: fg.confusion(scores, [[1, 1]], threshold=10**400),
        lambda: swept.at(-(10**400)),
    ):
        with pytest.raises(InputValueError, match="is a whole number that no float holds"):
            call()
