"""Evidence from numbers and dicts that are wrong, and counts near the largest."""

import numpy as np
import pytest

import flawgauge as fg
from flawgauge import FlawgaugeError, InputTypeError, InputValueError

MOST = 2**60
COUNTS = ("tp", "fp", "fn", "tn")


def test_the_largest_counts_do_not_overflow():
    counts = fg.ConfusionCounts(**dict.fromkeys(COUNTS, MOST))
    for metric in ("accuracy", "precision", "recall", "specificity", "fpr", "fnr", "dice", "f1"):
        assert getattr(counts, metric)() == 0.5
    assert counts.iou() == 1 / 3
    assert (counts.mcc(), counts.kappa(), counts.balanced_accuracy()) == (0, 0, 0.5)
    assert fg.BoundaryCounts([MOST], [MOST], [MOST], distance=1).dice() == 1
    matrix = fg.ConfusionMatrix.from_dense([[MOST, MOST], [MOST, MOST]])
    assert (matrix.accuracy(), matrix.kappa()) == (0.5, 0)


@pytest.mark.parametrize("number", [MOST + 1, 2**62, 2**64 - 1, -1])
def test_larger_counts_are_refused(number):
    for make in (
        lambda: fg.ConfusionCounts(tp=number, fp=0, fn=0, tn=0),
        lambda: fg.BoundaryCounts([number], [number], [0], distance=1),
        lambda: fg.ConfusionMatrix.from_dense(np.array([[number]])),
    ):
        with pytest.raises(InputValueError, match="negative or too large number, want 0 to 1152"):
            make()


def dicts():
    masks = np.eye(3, dtype=int)
    yield fg.ConfusionCounts, fg.confusion(masks[np.newaxis], masks[np.newaxis]).to_dict()
    yield fg.ConfusionMatrix, fg.confusion_matrix(masks, masks, num_classes=2).to_dict()
    yield fg.SurfaceDistances, fg.surface(masks, masks).to_dict()
    yield fg.BoundaryCounts, fg.boundary(masks[np.newaxis], masks[np.newaxis], distance=1).to_dict()


@pytest.mark.parametrize(("kind", "data"), list(dicts()))
@pytest.mark.parametrize("wrong", [0.5, -1, 2**63, 2**70, "1"])
def test_dicts_with_wrong_numbers(kind, data, wrong):
    assert kind.from_dict(data).to_dict() == data
    for name in ("tp", "tn", "codes", "counts", "keys", "places", "unmatched", "both"):
        if name in data:
            values = np.array(data[name], dtype=object)
            values[0] = wrong
            with pytest.raises(FlawgaugeError, match=rf"{name} (holds|has)"):
                kind.from_dict({**data, name: values.tolist()})
    if "shape" in data:
        with pytest.raises(InputValueError, match="the dict's shape is None"):
            kind.from_dict({**data, "shape": None})


@pytest.mark.parametrize(
    "index", [np.array([True, False, True]), np.array([0, 2]), [0, 2], slice(None, None, 2), (0,)]
)
def test_boundary_counts_by_any_index(index):
    generator = np.random.default_rng(5)
    preds, target = generator.random((2, 3, 20, 30)) < 0.8
    counts = fg.boundary(preds, target, distance=[1, 2])
    chosen = index[0] if isinstance(index, tuple) else index
    assert counts[index] == fg.boundary(preds[chosen], target[chosen], distance=[1, 2])


def test_run_lengths_that_are_none():
    array = np.zeros((2, 2))
    with pytest.raises(InputTypeError, match="rle is a ndarray, want a string or a dict"):
        fg.rle_decode(array)
    with pytest.raises(InputTypeError, match=r"preds\[0\] is a ndarray, want a string or a dict"):
        fg.confusion_from_rle(array, array, shape=(2, 2))
    with pytest.raises(InputTypeError, match="preds is a int, want a mask or a sequence of them"):
        fg.confusion_from_rle(3, 4, shape=(2, 2))
