"""`flawgauge.aupimo` equals its reference to the last bit."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flawgauge as fg
from flawgauge import reference
from flawgauge.errors import InputTypeError, InputValueError

LIMITS = [(1e-5, 1e-4), (0.01, 0.1), (0.05, 0.3), (0.2, 1.0)]


@st.composite
def batches(draw):
    """Images of different sizes, some good; few distinct scores, so that many tie."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dtype = draw(st.sampled_from(["f2", "f4", "f8", "u1", "u2", ">f4"]))
    levels = draw(st.sampled_from([2, 5, 60]))
    scores, target, ignore = [], [], []
    for _ in range(draw(st.integers(1, 5))):
        shape = (draw(st.sampled_from([1, 4])), draw(st.sampled_from([1, 5, 9])))
        scores.append(generator.integers(0, levels, shape).astype(dtype))
        good = draw(st.booleans())
        target.append(np.zeros(shape, bool) if good else generator.random(shape) < 0.3)
        ignore.append(generator.random(shape) < 0.2)
    return scores, target, draw(st.sampled_from([None, ignore]))


@given(batches(), st.sampled_from(LIMITS), st.sampled_from([None, None, 2, 7]))
def test_equal_to_the_last_bit(batch, limits, num_thresholds):
    scores, target, ignore = batch
    options = {"limits": limits, "num_thresholds": num_thresholds, "ignore": ignore}
    got = fg.aupimo(scores, target, **options)
    want = reference.aupimo(scores, target, **options)
    np.testing.assert_array_equal(got.per_image, want.per_image)
    assert got == want


def test_a_known_value():
    # Rates of the levels 4, 3, 2, 1 of two good images: 1/8, 2/8, 4/8, 8/8.
    good = np.array([[[4, 2, 1, 1]], [[3, 2, 1, 1]]], dtype=np.uint8)
    bad = np.array([[[5, 3, 2, 0]]], dtype=np.uint8)
    scores = np.concatenate([good, bad])
    target = np.array([[[0] * 4], [[0] * 4], [[1] * 4]])
    found = fg.aupimo(scores, target, limits=(1 / 8, 1.0))
    # Up to 2/8: scores above 3, one of four. Up to 4/8: above 2, two. Up to 1: above 1, three.
    assert found.per_image[2] == pytest.approx((1 + 2 + 3) / 4 / 3, rel=1e-15)
    assert np.isnan(found.per_image[:2]).all()
    assert found.mean == found.per_image[2]


def test_the_grid_comes_near_the_exact_value():
    generator = np.random.default_rng(3)
    scores = generator.normal(size=(6, 50, 50))
    target = np.zeros(scores.shape, bool)
    target[3:, 10:20, 10:20] = True
    scores[target] += 2.5
    limits = (1e-3, 1e-2)
    exact = fg.aupimo(scores, target, limits=limits)
    grid = fg.aupimo(scores, target, limits=limits, num_thresholds=300_000)
    np.testing.assert_allclose(grid.per_image[3:], exact.per_image[3:], atol=0.01)


def test_no_good_image_leaves_all_undefined():
    found = fg.aupimo(np.ones((2, 3, 3)), np.ones((2, 3, 3), bool))
    assert np.isnan(found.per_image).all()
    assert math.isnan(found.mean)


def test_only_the_highest_scores_matter():
    generator = np.random.default_rng(4)
    scores = generator.random((4, 300, 300), np.float32)
    target = np.zeros(scores.shape, bool)
    target[2:, :10, :10] = True
    changed = np.where(target | (scores > 0.9), scores, 0)
    assert fg.aupimo(scores, target) == fg.aupimo(changed, target)


def test_bad_arguments():
    zeros = np.zeros((2, 3, 3))
    for limits in [(0, 0.1), (0.2, 0.1), (0.1, 2), (math.nan, 1)]:
        with pytest.raises(InputValueError, match="limits"):
            fg.aupimo(zeros, zeros > 0, limits=limits)
    with pytest.raises(InputTypeError, match="limits is 3"):
        fg.aupimo(zeros, zeros > 0, limits=3)
    with pytest.raises(InputValueError, match="num_thresholds is 1"):
        fg.aupimo(zeros, zeros > 0, num_thresholds=1)
    with pytest.raises(InputTypeError, match="scores has the dtype int64"):
        fg.aupimo(zeros.astype(int), zeros > 0)
    with pytest.raises(InputValueError, match="scores has the shape"):
        fg.aupimo(zeros, zeros[:1] > 0)
    zeros[1, 2, 0] = np.nan
    with pytest.raises(InputValueError, match="NaN in image 1, row 2, column 0"):
        fg.aupimo(zeros, zeros > 0)
    ignore = np.isnan(zeros)
    assert np.isnan(fg.aupimo(zeros, zeros > 0, ignore=ignore).mean)
