"""`flawgauge.surface` equals `flawgauge.reference.surface` by ``==``."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flawgauge as fg
from flawgauge import reference
from flawgauge.errors import InputTypeError, InputValueError
from strategies import (
    LAYOUTS,
    MASK_DTYPES,
    batch_shapes,
    ignores,
    laid_out,
    mask_lists,
    mask_pairs,
    masks,
    random_mask,
)

SPACINGS = [(1, 1), (0.7, 0.7), (1, 2), (0.3, 1.7), (3.0, 0.1), (1e-9, 1e9)]
spacings = st.sampled_from(SPACINGS)


def assert_same(*args: Any, **options: Any) -> fg.SurfaceDistances:
    """Compare the two implementations, shapes included."""
    got = fg.surface(*args, **options)
    want = reference.surface(*args, **options)
    assert got == want, f"got {got.to_dict()}, want {want.to_dict()}"
    assert got.shape == want.shape
    return got


def blobs(seed: int, shape: tuple[int, ...], share: float = 0.01, size: int = 2) -> np.ndarray:
    """Return squares around random pixels."""
    seeds = np.random.default_rng(seed).random(shape) < share
    mask = np.zeros(shape, dtype=bool)
    for *leading, row, column in np.argwhere(seeds):
        rows, columns = (slice(max(at - size, 0), at + size + 1) for at in (row, column))
        mask[(*leading, rows, columns)] = True
    return mask


@given(mask_pairs(), spacings)
def test_arrays(batch, spacing):
    assert_same(batch.preds, batch.target, spacing=spacing)


@given(mask_lists(), spacings)
def test_lists_of_images_of_different_sizes(batch, spacing):
    assert_same(batch.preds, batch.target, spacing=spacing)


@given(st.data(), batch_shapes, spacings)
def test_ignored_pixels(data, shape, spacing):
    preds, target = data.draw(masks(shape)), data.draw(masks(shape))
    assert_same(preds, target, ignore=data.draw(ignores(shape)), spacing=spacing)


@given(st.integers(0, 2**32), st.sampled_from([(5, 300), (90, 70), (1, 500)]), spacings)
def test_far_apart(seed, shape, spacing):
    """Contours of few pixels, in other strips of 64 columns."""
    generator = np.random.default_rng(seed)
    preds, target = (generator.random(shape) < 5 / np.prod(shape) for _ in range(2))
    assert_same(preds, target, spacing=spacing)


@given(st.integers(0, 2**32), spacings)
def test_blobs(seed, spacing):
    assert_same(blobs(seed, (24, 130)), blobs(seed + 1, (24, 130), size=3), spacing=spacing)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", MASK_DTYPES)
def test_every_type_in_every_layout(dtype, layout):
    generator = np.random.default_rng(50)
    preds, target = (random_mask(generator, (2, 4, 131), dtype, 0.6) for _ in range(2))
    distances = assert_same(preds, target)
    assert fg.surface(laid_out(preds, layout), laid_out(target, layout)) == distances


def test_scores():
    scores = np.random.default_rng(51).random((2, 9, 70), dtype=np.float32)
    target = scores > 0.6
    assert_same(scores, target, threshold=0.5)
    scores[1, 3, 4] = np.nan
    with pytest.raises(InputValueError, match="image 1, row 3, column 4"):
        fg.surface(scores, target, threshold=0.5)
    assert_same(scores, target, threshold=0.5, ignore=np.isnan(scores))
    with pytest.raises(InputTypeError):
        fg.surface(scores, target)


def test_many_pixels_far_from_a_single_one():
    """So much to look at that the envelope of the row takes over."""
    preds = np.random.default_rng(52).random((3, 4000)) < 0.5
    target = np.zeros_like(preds)
    target[1, 7] = target[2, 3990] = True
    assert_same(preds, target)


@pytest.mark.parametrize("shape", [(2, 50_000), (50_000, 2)])
def test_sides_too_long_for_small_numbers(shape):
    preds, target = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    preds[0, 0] = preds[1, 1] = target[-1, -1] = True
    assert_same(preds, target)
    assert_same(preds, target, spacing=(1, 3))


def test_work_shared_among_threads():
    preds, target = blobs(1, (3, 900, 700), 2e-4, 6), blobs(2, (3, 900, 700), 2e-4, 5)
    assert_same(preds, target)
    large = assert_same(preds.reshape(1, -1, 700), target.reshape(1, -1, 700))
    assert large == fg.surface(list(preds.reshape(1, -1, 700)), list(target.reshape(1, -1, 700)))
    assert_same(preds[:1, :300], target[:1, :300], spacing=(1, 1.5))


@pytest.mark.parametrize("spacing", [(1,), (1, 2, 3), "ab", 1, None])
def test_spacing_that_is_not_two_numbers(spacing):
    with pytest.raises((InputTypeError, InputValueError), match="spacing"):
        fg.surface([[1]], [[1]], spacing=spacing)


@pytest.mark.parametrize("spacing", [(0, 1), (1, -1), (1, np.nan), (np.inf, 1), (1e-60, 1)])
def test_spacing_out_of_range(spacing):
    with pytest.raises(InputValueError, match="spacing"):
        fg.surface([[1]], [[1]], spacing=spacing)
