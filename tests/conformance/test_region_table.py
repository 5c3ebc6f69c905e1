"""`flawgauge.region_table` equals its reference by ``==``."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flawgauge as fg
from flawgauge import reference
from flawgauge.errors import InputTypeError, InputValueError
from strategies import LAYOUTS, ignores, image_shapes, laid_out, layouts, masks

DTYPES = ["f2", "f4", "f8", ">f4", ">f8", "u1", "u2", ">u2"]


@st.composite
def batches(draw):
    """Scores of few levels, masks and perhaps an ignore mask, in any layout."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    leading = draw(st.sampled_from([(), (1,), (3,), (0,), (2, 2)]))
    shape = leading + draw(image_shapes)
    scores = generator.integers(0, 6, shape).astype(draw(st.sampled_from(DTYPES)))
    ignore = draw(ignores(shape)) if draw(st.booleans()) else None
    return laid_out(scores, draw(layouts)), draw(masks(shape)), ignore


@given(batches(), st.sampled_from([None, 0, 3, 2.5, 100]), st.sampled_from([4, 8]))
def test_equal_to_the_reference(batch, threshold, connectivity):
    scores, target, ignore = batch
    options = {"threshold": threshold, "ignore": ignore, "connectivity": connectivity}
    got = fg.region_table(scores, target, **options)
    assert got == reference.region_table(scores, target, **options)
    assert len(got) == got.num_regions == len(list(got.rows()))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_of_the_scores(layout):
    generator = np.random.default_rng(2)
    scores, target = generator.random((2, 9, 70)), generator.random((2, 9, 70)) < 0.4
    want = fg.region_table(scores, target, threshold=0.5)
    assert fg.region_table(laid_out(scores, layout), target, threshold=0.5) == want


def test_lists_and_large_batches():
    generator = np.random.default_rng(3)
    scores = [generator.random((900, 600), np.float32) for _ in range(3)]
    target = [np.kron(generator.random((9, 6)) < 0.3, np.ones((100, 100))) > 0 for _ in scores]
    together = fg.region_table(scores, target, threshold=0.99)
    for index, (image, mask) in enumerate(zip(scores, target, strict=True)):
        alone = fg.region_table(image, mask, threshold=0.99)
        own = together.image == index
        np.testing.assert_array_equal(together.predicted[own], alone.predicted)
        np.testing.assert_array_equal(together.highest[own], alone.highest)
    confusion = fg.confusion(scores, target, threshold=0.99).sum()
    assert together.predicted.sum() == confusion.tp
    assert together.area.sum() == confusion.support


def test_hits_and_misses():
    scores = np.array([[0.9, 0.4, 0.0, 0.2], [0.0, 0.0, 0.0, 0.3]], np.float32)
    target = np.array([[1, 1, 0, 1], [0, 0, 0, 1]])
    found = fg.region_table(scores, target, threshold=0.4)
    assert found.overlap.tolist() == [1.0, 0.0]
    assert found.hit.tolist() == [True, False]
    assert found.num_hit == 1
    assert found.to_dict()["columns"]["bottom"] == [1, 2]
    without = fg.region_table(scores, target)
    assert (without.predicted, without.overlap, without.hit, without.num_hit) == (None,) * 4
    assert "hit" not in repr(without)


def test_no_regions():
    found = fg.region_table(np.zeros((2, 3, 3)), np.zeros((2, 3, 3), bool), threshold=0.5)
    assert repr(found) == "RegionTable of 0 regions, 0 hit at 0.5"
    columns = found.to_dict()["columns"]
    assert set(columns) == set(next(fg.region_table([[0.5]], [[1]]).rows()))
    assert not any(columns.values())


def test_bad_arguments():
    scores = np.zeros((2, 3, 3))
    scores[1, 2, 1] = np.nan
    with pytest.raises(InputValueError, match="NaN at image 1, row 2, column 1"):
        fg.region_table(scores, np.ones((2, 3, 3), bool))
    with pytest.raises(InputValueError, match="connectivity is 5"):
        fg.region_table(scores, scores == 1, connectivity=5)
    with pytest.raises(InputTypeError, match="scores has the dtype bool"):
        fg.region_table(scores > 0, scores > 0)
    with pytest.raises(InputValueError, match="threshold is nan"):
        fg.region_table(scores, scores == 1, threshold=np.nan)
