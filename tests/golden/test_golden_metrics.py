"""Metrics against values worked out by hand, published, or computed by scikit-learn."""

import math
from fractions import Fraction
from operator import mul
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flawgauge as fg

ROWS, COLUMNS = np.mgrid[0:48, 0:130]

# 6 + 1 + 2 + 3 = 12 pixels; every value is a fraction of these four counts, taken by hand.
SMALL = fg.ConfusionCounts(tp=6, fp=1, fn=2, tn=3)
SMALL_VALUES = {
    "accuracy": 9 / 12,
    "balanced_accuracy": 3 / 4,
    "precision": 6 / 7,
    "recall": 6 / 8,
    "specificity": 3 / 4,
    "fpr": 1 / 4,
    "fnr": 2 / 8,
    "f1": 12 / 15,
    "dice": 12 / 15,
    "iou": 6 / 9,
    "mcc": 16 / math.sqrt(7 * 8 * 5 * 4),
    "kappa": 32 / 68,
    "prevalence": 8 / 12,
}


@pytest.mark.parametrize("name", SMALL_VALUES)
def test_worked_out_by_hand(name):
    assert getattr(SMALL, name)() == pytest.approx(SMALL_VALUES[name], rel=1e-15)


@pytest.mark.parametrize(("beta", "value"), [(1, 12 / 15), (2, 30 / 39), (0.5, 7.5 / 9)])
def test_f_beta_worked_out_by_hand(beta, value):
    assert SMALL.f_beta(beta) == pytest.approx(value, rel=1e-15)


def test_every_metric_of_the_registry_has_a_value_here():
    assert set(fg.metrics.REGISTRY) == {*SMALL_VALUES, "f_beta"}


def test_published_kappa():
    """Two readers of 50 applications: the worked example of Wikipedia's "Cohen's kappa"."""
    assert fg.ConfusionCounts(tp=20, fp=10, fn=5, tn=15).kappa() == pytest.approx(0.4, rel=1e-15)
    assert fg.ConfusionCounts(tp=45, fp=25, fn=15, tn=15).kappa() == pytest.approx(0.1304, abs=5e-5)
    assert fg.ConfusionCounts(tp=25, fp=5, fn=35, tn=35).kappa() == pytest.approx(0.2593, abs=5e-5)


def test_published_mcc():
    """Twelve pictures of cats and dogs: the worked example of Wikipedia's "Phi coefficient"."""
    assert fg.ConfusionCounts(tp=6, fp=1, fn=2, tn=3).mcc() == pytest.approx(0.478, abs=5e-4)


# scikit-learn 1.9.1: confusion_matrix, accuracy_score, balanced_accuracy_score, precision_score,
# recall_score (of the complements for the specificity), f1_score, jaccard_score,
# matthews_corrcoef, cohen_kappa_score on the flattened masks.
BINARY_COUNTS = {"tp": 684, "fp": 367, "fn": 258, "tn": 4931}
BINARY_VALUES = {
    "accuracy": 0.8998397435897436,
    "balanced_accuracy": 0.8284216132514853,
    "precision": 0.6508087535680305,
    "recall": 0.7261146496815286,
    "specificity": 0.930728576821442,
    "f1": 0.6864024084295033,
    "dice": 0.6864024084295033,
    "iou": 0.5225362872421696,
    "mcc": 0.6283476002052056,
    "kappa": 0.6270168347386191,
}


def binary_masks() -> tuple[np.ndarray, np.ndarray]:
    """Return the masks that scikit-learn was given."""
    pattern = 37 * ROWS * ROWS + 101 * COLUMNS + 17 * ROWS * COLUMNS
    return (pattern + 60) % 1000 < 170, pattern % 1000 < 150


def test_binary_counts_of_scikit_learn():
    counts = fg.confusion(*binary_masks())
    assert {name: int(getattr(counts, name)) for name in BINARY_COUNTS} == BINARY_COUNTS


@pytest.mark.parametrize("name", BINARY_VALUES)
def test_binary_metrics_of_scikit_learn(name):
    assert getattr(fg, name)(*binary_masks()) == pytest.approx(BINARY_VALUES[name], rel=1e-14)


# scikit-learn 1.9.1: fbeta_score.
@pytest.mark.parametrize(("beta", "value"), [(2, 0.7096908072214152), (0.5, 0.6645938593082006)])
def test_f_beta_of_scikit_learn(beta, value):
    assert fg.f_beta(*binary_masks(), beta=beta) == pytest.approx(value, rel=1e-14)


# scikit-learn 1.9.1: confusion_matrix, accuracy_score, cohen_kappa_score, matthews_corrcoef, and
# precision_score, recall_score, f1_score, jaccard_score with average None, macro, weighted, micro.
LABEL_COUNTS = [
    [1181, 103, 115, 130],
    [104, 1255, 134, 111],
    [114, 106, 1238, 109],
    [128, 127, 127, 1158],
]
LABEL_VALUES: dict[str, dict[str, Any]] = {
    "precision": {
        "per_class": [
            0.7734119187950229,
            0.7888120678818353,
            0.7670384138785625,
            0.7679045092838196,
        ],
        "macro": 0.7742917274598101,
        "weighted": 0.774410820443084,
    },
    "recall": {
        "per_class": [
            0.7724002616088947,
            0.7824189526184538,
            0.790044671346522,
            0.7519480519480519,
        ],
        "macro": 0.7742029843804805,
        "weighted": 0.7743589743589744,
    },
    "f1": {
        "per_class": [
            0.7729057591623036,
            0.7856025039123631,
            0.7783715812637535,
            0.7598425196850394,
        ],
        "macro": 0.7741805910058649,
        "weighted": 0.774318120222733,
    },
    "iou": {
        "per_class": [
            0.6298666666666667,
            0.6469072164948454,
            0.6371590324240864,
            0.6126984126984127,
        ],
        "macro": 0.6316578320710028,
        "weighted": 0.6318411967876866,
    },
}
LABEL_MICRO = {
    "precision": 0.7743589743589744,
    "recall": 0.7743589743589744,
    "f1": 0.7743589743589744,
    "iou": 0.6317991631799164,
}


def label_maps() -> tuple[np.ndarray, np.ndarray]:
    """Return the label maps that scikit-learn was given."""
    target = (3 * ROWS + COLUMNS // 9 + ROWS * COLUMNS // 50) % 4
    wrong = (37 * ROWS * ROWS + 101 * COLUMNS) % 1000 < 300
    return np.where(wrong, (target + ROWS) % 4, target), target


def test_label_counts_of_scikit_learn():
    matrix = fg.confusion_matrix(*label_maps(), num_classes=4)
    assert matrix.matrix.tolist() == LABEL_COUNTS
    assert matrix.accuracy() == pytest.approx(0.7743589743589744, rel=1e-14)
    assert matrix.kappa() == pytest.approx(0.6991060944927112, rel=1e-14)
    assert matrix.mcc() == pytest.approx(0.6991468728406012, rel=1e-14)


@pytest.mark.parametrize("name", LABEL_VALUES)
def test_label_metrics_of_scikit_learn(name):
    one_call = getattr(fg, name)
    values = LABEL_VALUES[name]
    per_class = one_call(*label_maps(), num_classes=4, average="per_class")
    assert per_class.tolist() == pytest.approx(values["per_class"], rel=1e-14)
    for average in ("macro", "weighted"):
        mean = one_call(*label_maps(), num_classes=4, average=average)
        assert float(mean) == pytest.approx(values[average], rel=1e-14)
    pooled = one_call(*label_maps(), num_classes=4, average="pooled")
    assert pooled == pytest.approx(LABEL_MICRO[name], rel=1e-14)


def test_published_orientation():
    """The example of scikit-learn's documentation of ``confusion_matrix``."""
    matrix = fg.confusion_matrix(
        np.array([[0, 0, 2, 2, 0, 2]]), np.array([[2, 0, 2, 2, 0, 1]]), num_classes=3
    )
    assert matrix.matrix.tolist() == [[2, 0, 0], [0, 0, 1], [1, 0, 2]]


# ---- against exact fractions --------------------------------------------------------------------

# How often tp, fp, fn and tn stand above and below the line.
RATIOS = {
    "accuracy": ((1, 0, 0, 1), (1, 1, 1, 1)),
    "precision": ((1, 0, 0, 0), (1, 1, 0, 0)),
    "recall": ((1, 0, 0, 0), (1, 0, 1, 0)),
    "specificity": ((0, 0, 0, 1), (0, 1, 0, 1)),
    "fpr": ((0, 1, 0, 0), (0, 1, 0, 1)),
    "fnr": ((0, 0, 1, 0), (1, 0, 1, 0)),
    "f1": ((2, 0, 0, 0), (2, 1, 1, 0)),
    "dice": ((2, 0, 0, 0), (2, 1, 1, 0)),
    "iou": ((1, 0, 0, 0), (1, 1, 1, 0)),
    "prevalence": ((1, 0, 1, 0), (1, 1, 1, 1)),
}
counts_up_to_a_trillion = st.tuples(*[st.one_of(st.integers(0, 5), st.integers(0, 10**12))] * 4)


@pytest.mark.parametrize("name", RATIOS)
@given(counts_up_to_a_trillion)
def test_ratios_are_rounded_once(name, counts):
    top, bottom = (sum(map(mul, factors, counts)) for factors in RATIOS[name])
    got = getattr(fg.ConfusionCounts(*counts), name)()
    if bottom:
        assert got == float(Fraction(top, bottom))
    else:
        assert math.isnan(got)


@given(counts_up_to_a_trillion)
def test_kappa_and_mcc_do_not_overflow(counts):
    tp, fp, fn, tn = counts
    evidence = fg.ConfusionCounts(*counts)
    bottom = (tp + fp) * (fp + tn) + (tp + fn) * (fn + tn)
    if bottom:
        kappa = Fraction(2 * (tp * tn - fp * fn), bottom)
        assert evidence.kappa() == pytest.approx(float(kappa), rel=1e-12, abs=1e-15)
    product = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    if product:
        squared = Fraction((tp * tn - fp * fn) ** 2, product)
        mcc = math.copysign(math.sqrt(squared), tp * tn - fp * fn)
        assert evidence.mcc() == pytest.approx(mcc, rel=1e-12, abs=1e-15)
