"""The evidence types: values that add, compare, print and travel."""

import copy
import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flawgauge as fg
from flawgauge.errors import FlawgaugeError, InputTypeError, InputValueError


def make_counts(shape: tuple[int, ...] = (2, 3), seed: int = 0) -> fg.ConfusionCounts:
    """Return counts of any leading shape."""
    return fg.ConfusionCounts(*np.random.default_rng(seed).integers(0, 100, (4, *shape)))


def make_matrix(shape: tuple[int, ...] = (3,), seed: int = 0) -> fg.ConfusionMatrix:
    """Return a matrix of four classes, of any leading shape, with many zeros."""
    generator = np.random.default_rng(seed)
    table = generator.integers(0, 100, (*shape, 4, 4)) * (generator.random((*shape, 4, 4)) < 0.5)
    return fg.ConfusionMatrix.from_dense(table)


MAKERS = pytest.mark.parametrize("make", [make_counts, make_matrix])


# ---- what both types share ----------------------------------------------------------------------


@MAKERS
def test_equality_and_hash(make):
    assert make() == make()
    assert (make() != make()) is False
    assert hash(make()) == hash(make())
    assert make(seed=1) != make(seed=2)
    assert make((2,)) != make((1,))
    assert make() != 3
    assert make() != None  # noqa: E711
    assert len({make(), make(), make(seed=1)}) == 2


def test_counts_and_matrices_are_never_equal():
    assert make_counts() != make_matrix()


@MAKERS
def test_pickle_and_copies(make):
    evidence = make()
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(evidence, protocol)) == evidence
    assert copy.copy(evidence) == evidence
    assert copy.deepcopy(evidence) == evidence


@MAKERS
def test_round_trip_through_a_dict(make):
    for shape in [(), (1,), (3,), (0,), (2, 3), (0, 2)]:
        evidence = make(shape)
        plain = json.loads(json.dumps(evidence.to_dict()))
        assert plain["type"] == type(evidence).__name__
        assert type(evidence).from_dict(plain) == evidence
        assert type(evidence).from_dict(plain).shape == shape


@MAKERS
def test_a_dict_of_something_else(make):
    evidence = make()
    with pytest.raises(FlawgaugeError):
        type(evidence).from_dict({**evidence.to_dict(), "type": "Telegram"})
    with pytest.raises(FlawgaugeError):
        type(evidence).from_dict({"type": type(evidence).__name__})


@MAKERS
def test_nothing_can_be_set(make):
    evidence = make()
    for name in ("tp", "matrix", "shape", "num_classes", "anything"):
        with pytest.raises(AttributeError):
            setattr(evidence, name, 1)


@MAKERS
def test_adding(make):
    a, b, c = make(seed=1), make(seed=2), make(seed=3)
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert sum([a, b, c]) == a + b + c
    assert a == make(seed=1)


@MAKERS
def test_adding_what_does_not_fit(make):
    with pytest.raises(InputValueError):
        make((2,)) + make((3,))
    with pytest.raises(InputValueError):
        make((1,)) + make((3,))
    with pytest.raises(TypeError):
        make() + 1
    with pytest.raises(TypeError):
        1 + make()
    with pytest.raises(TypeError):
        make() + np.ones((2, 3))


def test_adding_counts_to_a_matrix():
    with pytest.raises(TypeError):
        make_counts((3,)) + make_matrix((3,))


@MAKERS
def test_concat(make):
    parts = [make((2,), 1), make((0,), 2), make((3,), 3)]
    whole = fg.concat(parts)
    assert whole.shape == (5,)
    assert whole.sum() == sum(part.sum() for part in parts)
    assert fg.concat([whole]) == whole
    assert fg.concat([fg.concat(parts[:2]), parts[2]]) == whole
    assert fg.concat(tuple(parts)) == whole
    assert fg.concat([make(()), make(())]).shape == (2,)


@MAKERS
def test_concat_of_what_does_not_fit(make):
    with pytest.raises(InputValueError):
        fg.concat([])
    with pytest.raises(InputTypeError):
        fg.concat([make((2,)), "telegram"])
    with pytest.raises(InputTypeError):
        fg.concat([make_counts((2,)), make_matrix((2,))])


# ---- ConfusionCounts ----------------------------------------------------------------------------


def test_concat_along_other_axes():
    a, b = make_counts((2, 3), 1), make_counts((2, 1), 2)
    whole = fg.concat([a, b], axis=1)
    assert whole.shape == (2, 4)
    assert whole == fg.concat([a, b], axis=-1)
    assert whole.tp.tolist() == np.concatenate([a.tp, b.tp], axis=1).tolist()
    with pytest.raises(InputValueError):
        fg.concat([a, b], axis=0)
    with pytest.raises(InputValueError):
        fg.concat([a, b], axis=2)


def test_arrays_of_counts():
    counts = fg.ConfusionCounts([1, 2], [3, 4], [5, 6], [7, 8])
    assert counts.tp.tolist() == [1, 2]
    assert counts.fp.tolist() == [3, 4]
    assert counts.fn.tolist() == [5, 6]
    assert counts.tn.tolist() == [7, 8]
    assert counts.support.tolist() == [6, 8]
    assert counts.predicted.tolist() == [4, 6]
    assert counts.total.tolist() == [16, 20]
    for array in (counts.tp, counts.fp, counts.fn, counts.tn):
        assert array.dtype == np.int64
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 9


def test_counts_are_independent_of_the_arrays_they_were_made_from():
    tp = np.array([1, 2])
    counts = fg.ConfusionCounts(tp, tp, tp, tp)
    tp[0] = 9
    assert counts.tp.tolist() == [1, 2]


def test_counts_that_cannot_be():
    with pytest.raises(InputValueError):
        fg.ConfusionCounts([1, 2], [1], [1], [1])
    with pytest.raises(InputValueError):
        fg.ConfusionCounts(-1, 0, 0, 0)
    with pytest.raises(InputTypeError):
        fg.ConfusionCounts(0.5, 0, 0, 0)
    with pytest.raises(InputTypeError):
        fg.ConfusionCounts("1", 0, 0, 0)
    with pytest.raises(FlawgaugeError):
        fg.ConfusionCounts([[1], [1, 2]], 0, 0, 0)


def test_shape_length_and_index():
    counts = make_counts((2, 3))
    assert counts.shape == (2, 3)
    assert counts.ndim == 2
    assert len(counts) == 2
    assert counts[0].shape == (3,)
    assert counts[0, 1].shape == ()
    assert int(counts[1, -1].fp) == int(counts.fp[1, 2])
    assert counts[:, 1].tn.tolist() == counts.tn[:, 1].tolist()
    assert counts[..., 1].tn.tolist() == counts.tn[..., 1].tolist()
    for index in ([1, 0], np.array([1, 0]), np.array([False, True]), counts.tp > 50):
        assert counts[index].fn.tolist() == counts.fn[index].tolist()
    assert [part.tp.tolist() for part in counts] == counts.tp.tolist()
    with pytest.raises(IndexError):
        counts[2]
    with pytest.raises(TypeError):
        len(make_counts(()))


@given(st.lists(st.integers(0, 3), max_size=3).map(tuple))
def test_sum_over_any_axis(shape):
    counts = make_counts(shape)
    pooled = counts.sum()
    assert pooled.shape == ()
    assert int(pooled.fn) == int(counts.fn.sum())
    for axis in range(-len(shape), len(shape)):
        summed = counts.sum(axis)
        assert summed.shape == counts.tp.sum(axis).shape
        for name in ("tp", "fp", "fn", "tn"):
            assert getattr(summed, name).tolist() == getattr(counts, name).sum(axis).tolist()
        assert summed == counts.sum(axis=axis)
        assert summed.sum() == pooled
    if len(shape) > 1:
        assert counts.sum((0, 1)).tp.tolist() == counts.tp.sum((0, 1)).tolist()


@pytest.mark.parametrize("axis", [1, -2, 7])
def test_sum_over_an_axis_that_is_not_there(axis):
    with pytest.raises(InputValueError):
        make_counts((3,)).sum(axis)


def test_dict_of_counts():
    assert fg.ConfusionCounts([1], [2], [3], [4]).to_dict() == {
        "type": "ConfusionCounts",
        "shape": [1],
        "tp": [1],
        "fp": [2],
        "fn": [3],
        "tn": [4],
    }


def test_counts_print_as_a_table():
    text = repr(fg.ConfusionCounts([11, 12], [13, 14], [15, 16], [17, 123456789]))
    for word in ("ConfusionCounts", "tp", "fp", "fn", "tn", "11", "12", "16", "123456789"):
        assert word in text
    assert "42" in repr(fg.ConfusionCounts(42, 0, 0, 0))
    assert len(repr(make_counts((100_000,))).splitlines()) < 50
    assert repr(make_counts((0,)))
    assert repr(make_counts((2, 3, 4)))


# ---- ConfusionMatrix ----------------------------------------------------------------------------


def test_matrix_of_counts():
    table = [[5, 1, 0], [0, 3, 0], [0, 2, 4]]
    matrix = fg.ConfusionMatrix.from_dense(np.array(table))
    assert matrix.num_classes == 3
    assert matrix.shape == ()
    assert matrix.matrix.tolist() == table
    assert matrix.matrix.dtype == np.int64
    per_class = matrix.per_class()
    assert per_class.shape == (3,)
    assert per_class.tp.tolist() == [5, 3, 4]
    assert per_class.fp.tolist() == [0, 3, 0]
    assert per_class.fn.tolist() == [1, 0, 2]
    assert per_class.tn.tolist() == [9, 9, 9]
    assert matrix.accuracy() == 12 / 15


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3,)])
def test_dense_and_sparse_hold_the_same(shape):
    matrix = make_matrix(shape)
    assert matrix.shape == shape
    assert matrix.matrix.shape == (*shape, 4, 4)
    assert fg.ConfusionMatrix.from_dense(matrix.matrix) == matrix
    assert matrix.sum().matrix.tolist() == matrix.matrix.reshape(-1, 4, 4).sum(0).tolist()
    assert matrix.sum().shape == ()
    if shape:
        assert matrix.sum(0) == matrix.sum() == matrix.sum(axis=-1)
    per_class = matrix.per_class()
    dense = matrix.matrix
    assert per_class.shape == (*shape, 4)
    assert per_class.support.tolist() == dense.sum(-1).tolist()
    assert per_class.predicted.tolist() == dense.sum(-2).tolist()
    assert per_class.tp.tolist() == np.diagonal(dense, axis1=-2, axis2=-1).tolist()


def test_matrices_add_as_their_tables():
    a, b = make_matrix((3,), 1), make_matrix((3,), 2)
    assert (a + b).matrix.tolist() == (a.matrix + b.matrix).tolist()


def test_matrices_of_different_classes_do_not_mix():
    two, three = (fg.ConfusionMatrix.from_dense(np.eye(k, dtype=int)) for k in (2, 3))
    assert two != three
    with pytest.raises(InputValueError):
        two + three


def test_matrices_line_up():
    a, b = make_matrix((2,), 1), make_matrix((3,), 2)
    whole = fg.concat([a, b])
    assert whole.matrix.tolist() == [*a.matrix.tolist(), *b.matrix.tolist()]
    other = fg.ConfusionMatrix.from_dense(np.ones((1, 5, 5), dtype=int))
    with pytest.raises(InputValueError):
        fg.concat([a, other])


def test_tables_that_cannot_be():
    with pytest.raises(InputValueError):
        fg.ConfusionMatrix.from_dense(np.ones((2, 3), dtype=int))
    with pytest.raises(InputValueError):
        fg.ConfusionMatrix.from_dense(np.ones(3, dtype=int))
    with pytest.raises(InputValueError):
        fg.ConfusionMatrix.from_dense(np.array([[0, -1], [0, 0]]))
    with pytest.raises(InputTypeError):
        fg.ConfusionMatrix.from_dense(np.ones((2, 2)))


def test_matrices_print_as_a_table():
    text = repr(fg.ConfusionMatrix.from_dense(np.array([[11, 12], [13, 98765]])))
    for word in ("ConfusionMatrix", "11", "12", "13", "98765"):
        assert word in text
    labels = np.arange(60000).reshape(1, 200, 300)
    many = fg.confusion_matrix(labels, labels, num_classes=65536)
    assert len(repr(many)) < 10_000
    assert "65536" in repr(many) or "65,536" in repr(many)


def test_a_matrix_of_very_many_classes_stays_small():
    labels = np.arange(60000).reshape(1, 200, 300)
    matrix = fg.confusion_matrix(labels, np.zeros_like(labels), num_classes=65536)
    assert matrix.per_class().fp.sum() == 59999
    assert len(pickle.dumps(matrix)) < 4_000_000
    assert matrix.sum() + matrix.sum() == (matrix + matrix).sum()
    assert matrix.accuracy().tolist() == [1 / 60000]
