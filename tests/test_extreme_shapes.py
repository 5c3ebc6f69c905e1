"""Shapes that cost no memory themselves but would need too much of it, or of time."""

import numpy as np
import pytest

import flawgauge as fg
from flawgauge.errors import InputTypeError, InputValueError


@pytest.mark.parametrize("shape", [(2**40, 0, 5), (2**34, 1, 1), (2**20, 2**20, 1, 1)])
def test_more_images_than_memory(shape):
    one = np.zeros([min(length, 1) for length in shape], bool)
    many = np.broadcast_to(one, shape)
    with pytest.raises(InputValueError, match="images"):
        fg.confusion(many, many)
    with pytest.raises(InputValueError, match="images"):
        fg.confusion_matrix(many, many, num_classes=2)


@pytest.mark.parametrize("shape", [(0, 2**40), (2**40, 0)])
def test_images_without_pixels_take_no_time(shape):
    nothing = np.zeros(shape, bool)
    assert fg.confusion(nothing, nothing).total == 0
    assert fg.confusion_matrix(nothing, nothing, num_classes=2).total == 0
    assert fg.rle_encode(nothing) == ""
    assert fg.sweep(nothing.astype("f4"), nothing, regions=True, boundary=1).num_negatives == 0


def test_masked_arrays_are_refused():
    mask = np.array([[0, 1], [1, 1]])
    masked = np.ma.masked_array(mask, mask=mask > 0)
    with pytest.raises(InputTypeError, match=r"preds.*ignore"):
        fg.confusion(masked, mask)
