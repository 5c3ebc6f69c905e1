"""`flawgauge.label_regions` equals its reference by ``==``, and SciPy's where it is there."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flawgauge as fg
from flawgauge import reference
from flawgauge.errors import InputTypeError, InputValueError
from strategies import LAYOUTS, batch_shapes, laid_out, mask_lists, masks, random_mask

connectivities = st.sampled_from([4, 8])


def assert_same(mask, connectivity):
    got = fg.label_regions(mask, connectivity=connectivity)
    want = reference.label_regions(mask, connectivity=connectivity)
    assert got == want
    assert got.label.tolist() == want.label.tolist()
    return got


@given(st.data(), batch_shapes, connectivities)
def test_arrays(data, shape, connectivity):
    mask = data.draw(masks(shape))
    found = assert_same(mask, connectivity)
    np.testing.assert_array_equal(found.labels > 0, mask != 0, strict=True)


@given(mask_lists(), connectivities)
def test_lists_of_images_of_different_sizes(batch, connectivity):
    found = assert_same(batch.preds, connectivity)
    assert [image.shape for image in found.labels] == [image.shape for image in batch.preds]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout(layout):
    mask = random_mask(np.random.default_rng(4), (2, 9, 131), "u1", 0.5)
    assert fg.label_regions(laid_out(mask, layout)) == fg.label_regions(mask)


@pytest.mark.parametrize("connectivity", [4, 8])
def test_a_large_batch_equals_its_images(connectivity):
    mask = random_mask(np.random.default_rng(5), (6, 700, 700), "u1", 0.3)
    together = fg.label_regions(mask, connectivity=connectivity)
    for index, image in enumerate(mask):
        alone = fg.label_regions(image, connectivity=connectivity)
        chosen = together.image == index
        np.testing.assert_array_equal(together.area[chosen], alone.area)
        np.testing.assert_array_equal(together.labels[index], alone.labels)


@pytest.mark.parametrize("connectivity", [4, 8])
def test_labels_equal_scipys(connectivity):
    ndimage = pytest.importorskip("scipy.ndimage")
    structure = ndimage.generate_binary_structure(2, 1 if connectivity == 4 else 2)
    mask = random_mask(np.random.default_rng(6), (300, 301), "u1", 0.4)
    labels, count = ndimage.label(mask, structure)
    found = fg.label_regions(mask, connectivity=connectivity)
    assert found.num_regions == count
    np.testing.assert_array_equal(found.labels, labels)


def test_columns_of_a_known_mask():
    mask = np.zeros((2, 1, 6, 8), dtype=np.int16)
    mask[1, 0, 2:5, 3:7] = 7
    mask[1, 0, 0, 0] = -1
    found = fg.label_regions(mask)
    assert found.leading == (2, 1)
    assert found.image.tolist() == [1, 1]
    assert found.label.tolist() == [1, 2]
    assert found.area.tolist() == [1, 12]
    assert found.box.tolist() == [[0, 0, 1, 1], [2, 3, 5, 7]]
    assert found.centroid.tolist() == [[0.0, 0.0], [3.0, 4.5]]
    assert found.labels.shape == mask.shape


@pytest.mark.parametrize("shape", [(2**40, 0), (0, 2**40), (3, 0, 5)])
def test_images_without_pixels(shape):
    found = fg.label_regions(np.zeros(shape, dtype=bool))
    assert found.num_regions == 0
    assert found.area.shape == (0,)
    assert found.box.shape == (0, 4)


def test_bad_arguments():
    with pytest.raises(InputValueError, match="connectivity is 6, want 4 or 8"):
        fg.label_regions([[1, 0]], connectivity=6)
    with pytest.raises(InputTypeError, match=r"mask has the dtype float64"):
        fg.label_regions(np.zeros((3, 3)))
    with pytest.raises(InputValueError, match=r"mask has the shape \(3,\)"):
        fg.label_regions(np.zeros(3, dtype=bool))


def test_regions_are_immutable_and_print_as_a_table():
    found = fg.label_regions(np.eye(3, dtype=bool), connectivity=4)
    with pytest.raises(AttributeError, match="immutable"):
        found.leading = ()
    with pytest.raises(ValueError, match="read-only"):
        found.area[0] = 5
    assert repr(found).splitlines()[0] == "Regions: 3 in 1 image"
    assert repr(fg.label_regions(np.zeros((2, 3, 3), bool))) == "Regions: 0 in 2 images"
