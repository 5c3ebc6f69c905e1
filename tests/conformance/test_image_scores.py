"""`flawgauge.image_scores` equals `flawgauge.reference.image_scores` by ``==``."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flawgauge as fg
from flawgauge import reference
from flawgauge.errors import InputTypeError, InputValueError
from strategies import LAYOUTS, batch_shapes, ignores, image_shapes, laid_out, seeds

DTYPES = ["u1", "u2", "f2", "f4", "f8", ">u2", ">f2", ">f4", ">f8"]
sizes = st.sampled_from([1, 3, 5, 21, 151])
layouts = st.sampled_from(LAYOUTS)


def score_map(seed: int, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Return scores of any size and sign, or just a few different ones."""
    generator = np.random.default_rng(seed)
    if dtype[-2] == "u":
        return generator.integers(0, 200, shape).astype(dtype)
    scores = generator.normal(0, 1, shape) * 10.0 ** generator.integers(-4, 4)
    if seed % 3 == 0:
        scores = np.round(scores, 1)
    if seed % 5 == 0:
        scores[generator.random(shape) < 0.01] = np.inf
    return scores.astype(dtype)


@st.composite
def score_maps(draw: st.DrawFn, shape: tuple[int, ...]) -> np.ndarray:
    """Draw scores of any type and layout."""
    return laid_out(score_map(draw(seeds), shape, draw(st.sampled_from(DTYPES))), draw(layouts))


def assert_same(*args: Any, **options: Any) -> None:
    """Compare the two implementations, of scores or of errors."""
    try:
        want = reference.image_scores(*args, **options)
    except InputValueError:
        with pytest.raises(InputValueError, match="k is"):
            fg.image_scores(*args, **options)
        return
    got = fg.image_scores(*args, **options)
    np.testing.assert_array_equal(got, want, strict=isinstance(want, np.ndarray))


@given(st.data(), batch_shapes, sizes, st.integers(1, 40))
def test_arrays(data, shape, size, k):
    scores = data.draw(score_maps(shape))
    ignore = data.draw(st.one_of(st.none(), ignores(shape)))
    assert_same(scores, ignore=ignore)
    assert_same(scores, method="top_k_mean", k=k, ignore=ignore)
    assert_same(scores, method="mean_filter_max", size=size, ignore=ignore)


@given(st.data(), st.lists(image_shapes, min_size=1, max_size=4), sizes)
def test_lists_of_images(data, shapes, size):
    scores = [data.draw(score_maps(shape)) for shape in shapes]
    assert_same(scores)
    assert_same(scores, method="top_k_mean", k=3)
    assert_same(scores, method="mean_filter_max", size=size)


@pytest.fixture
def any_threads():
    """Set the number of threads back in the end."""
    before = fg.get_num_threads()
    yield
    fg.set_num_threads(before)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"method": "top_k_mean", "k": 5000},
        {"method": "mean_filter_max"},
        {"method": "mean_filter_max", "size": 301},
    ],
)
@pytest.mark.usefixtures("any_threads")
def test_large_images_on_any_number_of_threads(options):
    scores = score_map(1, (3, 600, 700), "f4")
    want = reference.image_scores(scores, **options)
    for threads in (1, 2, 5):
        fg.set_num_threads(threads)
        np.testing.assert_array_equal(fg.image_scores(scores, **options), want)


def test_values_by_hand():
    scores = np.array([[-1.0, -0.0], [-3.0, -2.0]])
    assert str(fg.image_scores(scores)) == "0.0"
    assert fg.image_scores(scores, method="top_k_mean", k=2) == -0.5
    # A square at a corner has five zeros around its four pixels.
    assert fg.image_scores(scores, method="mean_filter_max", size=3) == -6 / 9
    assert fg.image_scores(scores, method="mean_filter_max", size=1) == 0
    ignore = [[0, 1], [0, 0]]
    assert fg.image_scores(scores, ignore=ignore) == -1
    assert fg.image_scores(scores, method="top_k_mean", k=3, ignore=ignore) == -2
    both = np.array([[np.inf, -np.inf], [0, 0]])
    assert np.isnan(fg.image_scores(both, method="mean_filter_max", size=3))
    assert np.isnan(fg.image_scores(both, method="top_k_mean", k=4))
    assert fg.image_scores(both, method="top_k_mean", k=3) == np.inf


def test_images_without_pixels():
    assert np.isnan(fg.image_scores(np.zeros((0, 2**40), np.float32)))
    assert np.isnan(fg.image_scores(np.zeros((2**40, 0), np.float32), method="mean_filter_max"))
    assert np.isnan(fg.image_scores([[1.0]], ignore=[[1]], method="mean_filter_max"))


def test_scores_that_are_nan():
    scores = np.zeros((2, 3, 4, 5), dtype=np.float32)
    scores[1, 0, 2, 3] = np.nan
    ignore = np.isnan(scores)
    for options in ({}, {"method": "top_k_mean", "k": 2}, {"method": "mean_filter_max"}):
        with pytest.raises(InputValueError, match=r"scores is NaN at .*\(1, 0\).*row 2, column 3"):
            fg.image_scores(scores, **options)
        with pytest.raises(InputValueError, match="scores is NaN"):
            reference.image_scores(scores, **options)
        assert_same(scores, ignore=ignore, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "mean"}, "method is 'mean', want one of: 'max'"),
        ({"k": 3}, "k goes with 'top_k_mean'"),
        ({"method": "top_k_mean"}, "k goes with 'top_k_mean'"),
        ({"method": "top_k_mean", "k": 0}, "k is 0"),
        ({"method": "top_k_mean", "k": 13}, "k is 13, but image 0 has only 12 pixels"),
        ({"method": "mean_filter_max", "size": 4}, "size is 4, want an odd number"),
        ({"method": "mean_filter_max", "size": 1025}, "size is 1025, want 1 to 1023"),
        ({"ignore": np.zeros((3, 5), bool)}, "ignore has the shape"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(InputValueError, match=message):
        fg.image_scores(np.zeros((3, 4)), **options)


@pytest.mark.parametrize("dtype", ["i1", "u4", "i8", "?", "c8", "U1"])
def test_bad_types(dtype):
    with pytest.raises(InputTypeError, match="scores has the dtype"):
        fg.image_scores(np.zeros((3, 4), dtype))


@given(st.data(), batch_shapes)
def test_labels(data, shape):
    generator = np.random.default_rng(data.draw(seeds))
    target = generator.integers(0, 2, shape) * (generator.random(shape) < 0.02)
    ignore = data.draw(ignores(shape))
    want = (target != 0).any(axis=(-2, -1))
    np.testing.assert_array_equal(fg.image_labels(target.astype("i2")), want)
    counted = (target != 0) & ~np.broadcast_to(ignore != 0, shape)
    np.testing.assert_array_equal(
        fg.image_labels(target, ignore=ignore), counted.any(axis=(-2, -1))
    )


def test_labels_of_a_list():
    masks = [np.zeros((2, 3)) > 0, np.ones((4, 1), dtype=np.uint8)]
    np.testing.assert_array_equal(fg.image_labels(masks), [False, True])
    assert fg.image_labels(masks[1]) is True
    with pytest.raises(InputTypeError, match="target has the dtype float64"):
        fg.image_labels(np.zeros((2, 2)))
