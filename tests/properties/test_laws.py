"""Laws that every metric of the registry obeys."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flawgauge as fg
from strategies import mask_pairs

NAMES = sorted(fg.metrics.REGISTRY)
# Full scale of a correlation is -1 to 1, of every ratio 0 to 1.
LOWEST = {name: -1.0 if name in ("mcc", "kappa") else 0.0 for name in NAMES}
# What a metric becomes when positive and negative change places in both masks.
COMPLEMENT = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced_accuracy",
    "recall": "specificity",
    "specificity": "recall",
    "fpr": "fnr",
    "fnr": "fpr",
    "mcc": "mcc",
    "kappa": "kappa",
}
# Sums of two ratios that complete each other to one.
COMPLETE = [("recall", "fnr"), ("specificity", "fpr")]

small_counts = st.lists(
    st.tuples(*[st.one_of(st.integers(0, 3), st.integers(0, 10**6))] * 4), min_size=1, max_size=8
).map(lambda rows: fg.ConfusionCounts(*np.array(rows).T))


def ask(counts: fg.ConfusionCounts, name: str, **options: Any) -> Any:
    """Return a metric of the registry, with a beta where it needs one."""
    if name == "f_beta":
        options["beta"] = 2.0
    return getattr(counts, name)(**options)


def assert_same(got: Any, want: Any, name: str = "") -> None:
    """Compare values bit by bit, NaN being equal to NaN."""
    np.testing.assert_array_equal(got, want, err_msg=name)


def assert_close(got: Any, want: Any, name: str = "", rtol: float = 1e-12) -> None:
    """Compare values that are rounded on different ways."""
    np.testing.assert_allclose(got, want, rtol=rtol, atol=1e-15, err_msg=name)


def swapped(counts: fg.ConfusionCounts) -> fg.ConfusionCounts:
    """Return the counts with predictions and target exchanged."""
    return fg.ConfusionCounts(counts.tp, counts.fn, counts.fp, counts.tn)


def complement(counts: fg.ConfusionCounts) -> fg.ConfusionCounts:
    """Return the counts with positive and negative exchanged."""
    return fg.ConfusionCounts(counts.tn, counts.fn, counts.fp, counts.tp)


# ---- of the counts ------------------------------------------------------------------------------


@given(mask_pairs())
def test_exchanging_the_masks_exchanges_the_errors(batch):
    assert fg.confusion(batch.target, batch.preds) == swapped(
        fg.confusion(batch.preds, batch.target)
    )


@given(mask_pairs())
def test_complements_exchange_positive_and_negative(batch):
    preds, target = batch.preds == 0, batch.target == 0
    assert fg.confusion(preds, target) == complement(fg.confusion(batch.preds, batch.target))


@given(mask_pairs())
def test_transposing_the_images_changes_nothing(batch):
    turned = fg.confusion(batch.preds.swapaxes(-1, -2), batch.target.swapaxes(-1, -2))
    assert turned == fg.confusion(batch.preds, batch.target)


@given(mask_pairs(), st.randoms(use_true_random=False))
def test_permuting_the_images_permutes_the_counts(batch, random):
    if batch.preds.ndim == 2:
        return
    order = list(range(len(batch.preds)))
    random.shuffle(order)
    counts = fg.confusion(batch.preds, batch.target)
    permuted = fg.confusion(batch.preds[order], batch.target[order])
    assert permuted == counts[order]
    assert permuted.sum() == counts.sum()


@given(mask_pairs(), st.integers(0, 7))
def test_merging_equals_counting_together(batch, cut):
    if batch.preds.ndim == 2:
        return
    whole = fg.confusion(batch.preds, batch.target)
    parts = [
        fg.confusion(batch.preds[:cut], batch.target[:cut]),
        fg.confusion(batch.preds[cut:], batch.target[cut:]),
    ]
    assert fg.concat(parts) == whole
    assert sum(part.sum(0) for part in parts) == whole.sum(0)


@given(mask_pairs(), st.integers(0, 200))
def test_cutting_images_and_adding_the_parts(batch, column):
    left, right = (
        fg.confusion(batch.preds[..., part], batch.target[..., part])
        for part in (slice(None, column), slice(column, None))
    )
    assert left + right == fg.confusion(batch.preds, batch.target)


@given(mask_pairs())
def test_a_batch_counts_as_its_images_do(batch):
    counts = fg.confusion(batch.preds, batch.target)
    for index in np.ndindex(counts.shape if batch.preds.ndim > 2 else (0,)):
        assert counts[index] == fg.confusion(batch.preds[index], batch.target[index])
    if batch.preds.ndim == 3 and len(batch.preds):
        assert counts == fg.confusion(list(batch.preds), list(batch.target))


@given(mask_pairs())
def test_ignoring_pixels_is_leaving_them_out(batch):
    ignore = np.zeros(batch.preds.shape, dtype=bool)
    ignore[..., 1::3] = True
    kept = np.arange(batch.preds.shape[-1]) % 3 != 1
    assert fg.confusion(batch.preds, batch.target, ignore=ignore) == fg.confusion(
        batch.preds[..., kept], batch.target[..., kept]
    )


@given(mask_pairs(), st.sampled_from(["f2", "f4", "f8", "u1", "i8"]))
def test_a_mask_is_a_score_above_one(batch, dtype):
    scores = (batch.preds != 0).astype(dtype)
    assert fg.confusion(scores, batch.target, threshold=1) == fg.confusion(
        batch.preds, batch.target
    )


@given(mask_pairs())
def test_two_labels_are_a_mask(batch):
    if batch.preds.ndim == 4:
        return
    preds, target = ((mask != 0).astype(np.uint8) for mask in batch)
    per_class = fg.confusion_matrix(preds, target, num_classes=2).per_class()
    counts = fg.confusion(preds, target)
    assert per_class[..., 1] == counts
    assert per_class[..., 0] == complement(counts)


# ---- of the metrics -----------------------------------------------------------------------------
# The loops over the registry stand within the tests: drawing is what takes the time.


@given(small_counts)
def test_symmetry(counts):
    for name, metric in fg.metrics.REGISTRY.items():
        if metric.symmetric:
            assert_same(ask(swapped(counts), name), ask(counts, name), name)


@pytest.mark.parametrize("name", NAMES)
def test_asymmetry(name):
    counts = fg.ConfusionCounts(tp=6, fp=1, fn=2, tn=3)
    if not fg.metrics.REGISTRY[name].symmetric:
        assert ask(swapped(counts), name) != ask(counts, name)


@given(small_counts)
def test_complement(counts):
    for name, other in COMPLEMENT.items():
        assert_same(ask(complement(counts), other), ask(counts, name), name)


@given(small_counts)
def test_rates_that_complete_each_other(counts):
    for name, other in COMPLETE:
        values = ask(counts, name)
        assert_close(values + ask(counts, other), np.where(np.isnan(values), np.nan, 1), name)


@given(small_counts)
def test_range(counts):
    for name in NAMES:
        values = ask(counts, name, empty=0)
        assert np.all((LOWEST[name] <= values) & (values <= 1)), name


@given(small_counts, st.integers(2, 5))
def test_repeating_the_images_changes_no_value(counts, times):
    repeated = sum([counts] * times)
    for name in NAMES:
        assert_close(ask(repeated, name), ask(counts, name), name)


@given(st.tuples(*[st.integers(1, 10**12)] * 2))
def test_perfect_and_inverted_predictions(counts):
    positives, negatives = counts
    perfect = fg.ConfusionCounts(positives, 0, 0, negatives)
    inverted = fg.ConfusionCounts(0, negatives, positives, 0)
    for name in NAMES:
        if name == "prevalence":
            prevalence = positives / (positives + negatives)
            assert ask(perfect, name) == ask(inverted, name) == prevalence
            continue
        best, worst = (0, 1) if name in ("fpr", "fnr") else (1, LOWEST[name])
        assert ask(perfect, name) == best, name
        if name == "kappa":
            # Its least value depends on the prevalence.
            assert -1 <= ask(inverted, name) < 0
        else:
            assert ask(inverted, name) == worst, name


@given(small_counts, st.sampled_from(["nan", 0, 1, "skip"]), st.randoms(use_true_random=False))
def test_order_of_the_images(counts, empty, random):
    order = list(range(len(counts)))
    random.shuffle(order)
    permuted = counts[order]
    for name in NAMES:
        options = {"beta": 2.0} if name == "f_beta" else {}
        assert_same(ask(permuted, name, empty=empty), ask(counts, name, empty=empty)[order], name)
        for weights in (None, "support"):
            means = [
                c.mean(name, weights=weights, empty=empty, **options) for c in (permuted, counts)
            ]
            assert_same(means[0].value, means[1].value, name)
            assert means[0].num == means[1].num
            assert means[0].missed == means[1].missed
    assert permuted.sum() == counts.sum()


@given(small_counts)
def test_each_image_on_its_own(counts):
    for name in NAMES:
        assert_same(ask(counts, name), [ask(single, name) for single in counts], name)


@given(small_counts)
def test_dice_follows_from_iou(counts):
    iou = counts.iou()
    assert_close(counts.dice(), 2 * iou / (1 + iou))


@given(small_counts)
def test_f1_is_the_harmonic_mean_of_precision_and_recall(counts):
    precision, recall = counts.precision(), counts.recall()
    defined = (precision + recall) > 0
    harmonic = (2 * precision * recall)[defined] / (precision + recall)[defined]
    assert_close(counts.f1()[defined], harmonic)


@given(small_counts, st.floats(1e-6, 1e6))
def test_f_beta_lies_between_precision_and_recall(counts, beta):
    precision, recall, score = counts.precision(), counts.recall(), counts.f_beta(beta)
    defined = ~np.isnan(precision) & ~np.isnan(recall) & ~np.isnan(score)
    low, high = (f(precision, recall)[defined] for f in (np.minimum, np.maximum))
    assert np.all(low - 1e-12 <= score[defined])
    assert np.all(score[defined] <= high + 1e-12)


# ---- of label maps ------------------------------------------------------------------------------


@st.composite
def label_maps(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, int]:
    """Draw predictions, target and the number of classes."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    num_classes = draw(st.integers(1, 9))
    shape = (draw(st.integers(1, 4)), draw(st.integers(1, 5)), draw(st.integers(1, 70)))
    preds, target = generator.integers(0, num_classes, (2, *shape))
    return preds, target, num_classes


@given(label_maps())
def test_each_class_against_the_rest(maps):
    preds, target, num_classes = maps
    per_class = fg.confusion_matrix(preds, target, num_classes=num_classes).per_class()
    for label in range(num_classes):
        assert per_class[:, label] == fg.confusion(preds == label, target == label)


@given(label_maps())
def test_exchanging_label_maps_transposes_the_matrix(maps):
    preds, target, num_classes = maps
    matrix = fg.confusion_matrix(preds, target, num_classes=num_classes)
    other = fg.confusion_matrix(target, preds, num_classes=num_classes)
    assert_same(other.matrix, matrix.matrix.swapaxes(-1, -2))
    assert_close(other.kappa(), matrix.kappa())
    assert_close(other.mcc(), matrix.mcc())


@given(label_maps(), st.randoms(use_true_random=False))
def test_names_of_the_classes_do_not_matter(maps, random):
    preds, target, num_classes = maps
    names = list(range(num_classes))
    random.shuffle(names)
    renamed = np.array(names)
    matrix = fg.confusion_matrix(preds, target, num_classes=num_classes)
    other = fg.confusion_matrix(renamed[preds], renamed[target], num_classes=num_classes)
    assert other.per_class()[:, names] == matrix.per_class()
    assert_same(other.accuracy(), matrix.accuracy())


@given(label_maps(), st.integers(0, 4))
def test_matrices_merge(maps, cut):
    preds, target, num_classes = maps
    whole = fg.confusion_matrix(preds, target, num_classes=num_classes)
    parts = [
        fg.confusion_matrix(preds[part], target[part], num_classes=num_classes)
        for part in (slice(None, cut), slice(cut, None))
    ]
    assert fg.concat(parts) == whole
    assert sum(part.sum() for part in parts) == whole.sum()


@given(label_maps(), st.integers(0, 8))
def test_ignored_label_is_a_missing_row(maps, ignored):
    preds, target, num_classes = maps
    whole = fg.confusion_matrix(preds, target, num_classes=num_classes).matrix.copy()
    if ignored < num_classes:
        whole[:, ignored] = 0
    got = fg.confusion_matrix(preds, target, num_classes=num_classes, ignore_index=ignored)
    assert_same(got.matrix, whole)


@given(st.tuples(*[st.integers(0, 1000)] * 4))
def test_two_classes_agree_with_the_binary_metrics(counts):
    tp, fp, fn, tn = counts
    matrix = fg.ConfusionMatrix.from_dense(np.array([[tn, fp], [fn, tp]]))
    binary = fg.ConfusionCounts(*counts)
    assert_same(matrix.accuracy(), binary.accuracy())
    assert_close(matrix.kappa(), binary.kappa())
    assert_close(matrix.mcc(), binary.mcc())
