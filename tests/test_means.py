"""Undefined ratios, averages, outcomes, and the one-call functions."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flawgauge as fg

NAN = float("nan")

# Of a hundred pixels each: both masks empty, missed, false alarm, both with a defect (twice).
FIVE = fg.ConfusionCounts(
    tp=[0, 0, 0, 6, 1], fp=[0, 0, 4, 1, 0], fn=[0, 5, 0, 2, 0], tn=[100, 95, 96, 91, 99]
)
# Two images of two classes.
IMAGES_AND_CLASSES = fg.ConfusionCounts(
    tp=[[6, 0], [1, 0]], fp=[[1, 0], [0, 3]], fn=[[2, 0], [0, 0]], tn=[[0, 9], [8, 6]]
)
UNDEFINED = {
    "precision": [NAN, NAN, 0, 6 / 7, 1],
    "recall": [NAN, 0, NAN, 6 / 8, 1],
    "fnr": [NAN, 1, NAN, 2 / 8, 0],
    "iou": [NAN, 0, 0, 6 / 9, 1],
    "dice": [NAN, 0, 0, 12 / 15, 1],
    "f1": [NAN, 0, 0, 12 / 15, 1],
    "accuracy": [1, 0.95, 0.96, 0.97, 1],
    "prevalence": [0, 0.05, 0, 0.08, 0.01],
}


def same(got, want) -> bool:
    """Whether two arrays are equal, NaN being equal to NaN."""
    return np.array_equal(np.asarray(got, dtype=float), np.asarray(want, dtype=float), True)


# ---- one value an image -------------------------------------------------------------------------


@pytest.mark.parametrize("name", UNDEFINED)
def test_policies_of_undefined_values(name):
    metric = getattr(FIVE, name)
    want = UNDEFINED[name]
    assert same(metric(), want)
    assert same(metric(empty="nan"), want)
    assert same(metric(empty="skip"), want)
    assert same(metric(empty=0), [0 if math.isnan(value) else value for value in want])
    assert same(metric(empty=1), [1 if math.isnan(value) else value for value in want])
    assert metric().dtype == np.float64


EMPTY_IMAGE = fg.ConfusionCounts(0, 0, 0, 0)
ONE_CLASS = {
    # Where only one class of pixels is there in target and predictions, what is 0/0?
    "mcc": (fg.ConfusionCounts(0, 0, 0, 9), fg.ConfusionCounts(9, 0, 0, 0)),
    "kappa": (fg.ConfusionCounts(0, 0, 0, 9), fg.ConfusionCounts(9, 0, 0, 0)),
    "balanced_accuracy": (fg.ConfusionCounts(0, 1, 0, 9), fg.ConfusionCounts(9, 0, 1, 0)),
    "specificity": (fg.ConfusionCounts(5, 0, 4, 0),),
    "fpr": (fg.ConfusionCounts(5, 0, 4, 0),),
    "recall": (fg.ConfusionCounts(0, 5, 0, 4),),
    "fnr": (fg.ConfusionCounts(0, 5, 0, 4),),
    "precision": (fg.ConfusionCounts(0, 0, 5, 4),),
}


@pytest.mark.parametrize("name", ONE_CLASS)
def test_what_is_undefined_when_a_class_is_missing(name):
    for counts in (*ONE_CLASS[name], EMPTY_IMAGE):
        assert math.isnan(getattr(counts, name)())
        assert getattr(counts, name)(empty=0) == 0
        assert getattr(counts, name)(empty=1) == 1


@pytest.mark.parametrize("name", sorted(fg.metrics.REGISTRY))
def test_an_image_without_pixels_defines_nothing(name):
    options = {"beta": 2.0} if name == "f_beta" else {}
    metric = getattr(EMPTY_IMAGE, name)
    assert math.isnan(metric(**options))
    assert metric(**options, empty=1) == 1
    assert metric(**options, empty=0) == 0


def test_no_policy_changes_a_defined_value():
    defined = fg.ConfusionCounts([6, 0], [1, 4], [2, 0], [91, 96])
    for empty in ("nan", 0, 1, "skip"):
        assert same(defined.iou(empty=empty), [6 / 9, 0])


def test_one_image_gives_a_number():
    for name in UNDEFINED:
        value = getattr(FIVE[3], name)()
        assert isinstance(value, float)
        assert value == UNDEFINED[name][3]


def test_leading_axes_carry_through():
    counts = fg.ConfusionCounts(*np.arange(24).reshape(4, 2, 3))
    assert counts.iou().shape == (2, 3)
    assert counts.iou()[1, 2] == counts[1, 2].iou()


# ---- means --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("empty", "value", "num"),
    [
        ("nan", NAN, 5),
        (0, (6 / 9 + 1) / 5, 5),
        (1, (1 + 6 / 9 + 1) / 5, 5),
        ("skip", (6 / 9 + 1) / 4, 4),
    ],
)
def test_mean_over_images(empty, value, num):
    mean = FIVE.mean("iou", empty=empty)
    assert same(mean.value, value) or mean.value == pytest.approx(value, rel=1e-15)
    assert same(float(mean), mean.value)
    assert mean.num == num
    assert (mean.both_empty, mean.missed, mean.false_alarms) == (1, 1, 1)


def test_mean_is_nan_by_default_where_a_value_is_undefined():
    assert math.isnan(FIVE.mean("iou").value)
    assert FIVE[1:].mean("iou").value == pytest.approx((6 / 9 + 1) / 4, rel=1e-15)


def test_mean_weighted_by_support():
    # Target pixels: 0, 5, 0, 8, 1.
    for empty in (0, 1, "skip"):
        mean = FIVE.mean("iou", weights="support", empty=empty)
        assert mean.value == pytest.approx((8 * 6 / 9 + 1) / 14, rel=1e-15)
    recall = FIVE.mean("recall", weights="support", empty="skip")
    assert recall.value == pytest.approx(FIVE.sum().recall(), rel=1e-15)


def test_mean_of_nothing():
    none = fg.ConfusionCounts([], [], [], [])
    assert math.isnan(none.mean("iou").value)
    assert none.mean("iou").num == 0
    assert math.isnan(FIVE[:1].mean("iou", empty="skip").value)
    assert FIVE[:1].mean("iou", empty="skip").num == 0
    assert math.isnan(FIVE[:1].mean("iou", weights="support", empty=1).value)


def test_mean_over_one_axis():
    over_images = IMAGES_AND_CLASSES.mean("iou", axis=0, empty="skip")
    assert same(over_images.value, [(6 / 9 + 1) / 2, 0])
    assert over_images.num.tolist() == [2, 1]
    assert over_images.both_empty.tolist() == [0, 1]
    assert over_images.false_alarms.tolist() == [0, 1]
    assert over_images.missed.tolist() == [0, 0]
    over_classes = IMAGES_AND_CLASSES.mean("iou", axis=-1, empty="skip")
    assert same(over_classes.value, [6 / 9, 1 / 2])
    for both in ((0, 1), (-1, 0), None):
        mean = IMAGES_AND_CLASSES.mean("iou", axis=both, empty="skip")
        assert mean.value == (6 / 9 + 1) / 3


def test_weighted_mean_over_one_axis():
    over_images = IMAGES_AND_CLASSES.mean("iou", axis=0, weights="support", empty="skip")
    assert same(over_images.value, [(8 * 6 / 9 + 1) / 9, NAN])


@pytest.mark.parametrize("axis", [0, 1, 2, -2, (0, 1), (0, 2), (2, 1), (), (0, 1, 2), None])
def test_mean_over_some_of_three_axes(axis):
    counts = fg.ConfusionCounts(*np.random.default_rng(51).integers(1, 99, (4, 2, 3, 4)))
    mean = counts.mean("dice", axis=axis)
    np.testing.assert_allclose(mean.value, counts.dice().mean(axis), rtol=1e-14)
    assert np.all(mean.num == counts.tp.size // np.size(mean.value))


def test_mean_of_one_image():
    mean = FIVE[3].mean("iou")
    assert mean.value == 6 / 9
    assert mean.num == 1


def test_mean_prints_what_was_averaged():
    text = repr(FIVE.mean("iou", empty="skip"))
    assert text.startswith("Mean")
    for word in ("0.41", "num", "both_empty", "missed", "false_alarms", "4"):
        assert word in text


def test_nothing_can_be_set():
    for value in (FIVE.mean("iou"), FIVE.outcomes()):
        with pytest.raises(AttributeError):
            value.missed = 7


# ---- outcomes -----------------------------------------------------------------------------------


def test_outcomes_of_images():
    outcomes = FIVE.outcomes()
    assert (outcomes.both_empty, outcomes.missed) == (1, 1)
    assert (outcomes.false_alarms, outcomes.both) == (1, 2)
    assert FIVE[1].outcomes().missed == 1
    assert FIVE[1].outcomes().both == 0


def test_outcomes_over_one_axis():
    outcomes = IMAGES_AND_CLASSES.outcomes(axis=0)
    assert outcomes.both.tolist() == [2, 0]
    assert outcomes.both_empty.tolist() == [0, 1]
    assert outcomes.false_alarms.tolist() == [0, 1]
    assert outcomes.missed.tolist() == [0, 0]
    assert IMAGES_AND_CLASSES.outcomes().both == 2
    assert IMAGES_AND_CLASSES.outcomes((0, 1)) == IMAGES_AND_CLASSES.outcomes()


@given(st.lists(st.tuples(*[st.integers(0, 1)] * 4), max_size=20))
def test_each_image_has_one_outcome(rows):
    counts = fg.ConfusionCounts(*np.array(rows, dtype=int).reshape(-1, 4).T)
    outcomes = counts.outcomes()
    parts = (outcomes.both_empty, outcomes.missed, outcomes.false_alarms, outcomes.both)
    assert sum(parts) == len(rows)
    target, preds = counts.support > 0, counts.predicted > 0
    assert outcomes.both == np.sum(target & preds)
    assert outcomes.missed == np.sum(target & ~preds)
    assert outcomes.false_alarms == np.sum(~target & preds)


# ---- one-call functions -------------------------------------------------------------------------

GENERATOR = np.random.default_rng(50)
PREDS, TARGET = (
    GENERATOR.random((5, 9, 70)) < [[[0.3]], [[0]], [[0]], [[1]], [[0.6]]] for _ in "ab"
)
TARGET[2, 0, 0] = True
LABELS_PREDS, LABELS_TARGET = GENERATOR.integers(0, 4, (2, 5, 9, 70))
LABELS_TARGET[LABELS_TARGET == 2] = 3


def options_of(name: str) -> dict[str, float]:
    """Return what the metric needs besides masks."""
    return {"beta": 0.5} if name == "f_beta" else {}


@pytest.mark.parametrize("empty", ["nan", 0, 1, "skip"])
@pytest.mark.parametrize("name", sorted(fg.metrics.REGISTRY))
def test_one_call_is_counting_and_asking(name, empty):
    one_call, options = getattr(fg, name), options_of(name)
    counts = fg.confusion(PREDS, TARGET)
    options["empty"] = empty
    per_image = getattr(counts, name)(**options)
    assert same(one_call(PREDS, TARGET, **options), per_image)
    pooled = one_call(PREDS, TARGET, average="pooled", **options)
    assert isinstance(pooled, float)
    assert same(pooled, getattr(counts.sum(), name)(**options))
    single = one_call(PREDS[0], TARGET[0], **options)
    assert isinstance(single, float)
    assert same(single, per_image[0])
    for average, weights in (("macro", None), ("weighted", "support")):
        got = one_call(PREDS, TARGET, average=average, **options)
        assert same(got.value, counts.mean(name, weights=weights, **options).value)
        assert got.missed == 1


@pytest.mark.parametrize("name", sorted(fg.metrics.REGISTRY))
def test_one_call_on_label_maps(name):
    one_call = getattr(fg, name)
    arguments = {"num_classes": 4, "ignore_index": 3, **options_of(name)}
    matrix = fg.confusion_matrix(LABELS_PREDS, LABELS_TARGET, num_classes=4, ignore_index=3)

    def value(counts, **options):
        return getattr(counts, name)(**options_of(name), **options)

    def ask(**options):
        return one_call(LABELS_PREDS, LABELS_TARGET, **arguments, **options)

    assert same(ask(), value(matrix.per_class()))
    assert same(ask(average="per_class"), value(matrix.sum().per_class()))
    for average, weights in (("macro", None), ("weighted", "support")):
        got = ask(average=average, empty="skip")
        options = {"weights": weights, "empty": "skip", **options_of(name)}
        assert got == matrix.sum().mean(name, **options)


def test_pooled_over_classes_too():
    matrix = fg.confusion_matrix(LABELS_PREDS, LABELS_TARGET, num_classes=4)
    pooled = fg.iou(LABELS_PREDS, LABELS_TARGET, num_classes=4, average="pooled")
    assert pooled == matrix.per_class().sum().iou()


def test_one_call_passes_threshold_and_ignore_on():
    scores = GENERATOR.random((5, 9, 70))
    ignore = GENERATOR.random((9, 70)) < 0.2
    got = fg.iou(scores, TARGET, threshold=0.3, ignore=ignore)
    assert same(got, fg.confusion(scores, TARGET, threshold=0.3, ignore=ignore).iou())
    assert not same(got, fg.confusion(scores, TARGET, threshold=0.3).iou())


def test_dice_and_f1_and_f_beta_of_one_are_one():
    for empty in ("nan", 0, 1):
        dice = FIVE.dice(empty=empty)
        assert same(dice, FIVE.f1(empty=empty))
        assert same(dice, FIVE.f_beta(1, empty=empty))
    assert same(fg.f_beta(PREDS, TARGET), fg.f1(PREDS, TARGET))


# ---- means over classes -------------------------------------------------------------------------


def test_mean_over_classes_skips_absent_ones_by_default():
    table = np.array([[5, 1, 0], [2, 4, 0], [0, 0, 0]])
    matrix = fg.ConfusionMatrix.from_dense(table)
    mean = matrix.mean("iou")
    assert mean.value == pytest.approx((5 / 8 + 4 / 7) / 2, rel=1e-15)
    assert mean.num == 2
    assert math.isnan(matrix.mean("iou", empty="nan").value)
    assert matrix.mean("iou", empty=1).value == pytest.approx((5 / 8 + 4 / 7 + 1) / 3, rel=1e-15)
    weighted = matrix.mean("iou", weights="support")
    assert weighted.value == pytest.approx((6 * 5 / 8 + 6 * 4 / 7) / 12, rel=1e-15)


def test_mean_over_classes_of_each_image():
    matrix = fg.confusion_matrix(LABELS_PREDS, LABELS_TARGET, num_classes=4)
    per_image = matrix.mean("recall")
    for index in range(5):
        single = fg.confusion_matrix(LABELS_PREDS[index], LABELS_TARGET[index], num_classes=4)
        assert per_image.value[index] == single.mean("recall").value


def test_multi_class_values_of_one_class_are_undefined():
    matrix = fg.ConfusionMatrix.from_dense(np.array([[7, 0], [0, 0]]))
    assert matrix.accuracy() == 1
    assert math.isnan(matrix.kappa())
    assert math.isnan(matrix.mcc())
    nothing = fg.ConfusionMatrix.from_dense(np.zeros((2, 2), dtype=int))
    assert math.isnan(nothing.accuracy())
