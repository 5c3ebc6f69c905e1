"""`flawgauge.distance_transform` equals its reference by ``==``, and SciPy's where it is there."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flawgauge as fg
from flawgauge import reference
from flawgauge.errors import InputTypeError, InputValueError
from strategies import LAYOUTS, MASK_DTYPES, batch_shapes, laid_out, mask_lists, masks, random_mask

METRICS = ["euclidean", "chessboard", "taxicab"]
options = st.fixed_dictionaries(
    {
        "metric": st.sampled_from(METRICS),
        "edge": st.sampled_from(["ignore", "background"]),
        "max_distance": st.sampled_from([None, None, 1, 2, 3, 50, 10**6]),
    },
    optional={"squared": st.booleans()},
).map(lambda chosen: {**chosen, "squared": False} if chosen["metric"] != "euclidean" else chosen)


def either(module: Any, mask: Any, **chosen: Any) -> Any:
    """Return the distances, or nothing if the mask has no integer ones."""
    try:
        return module.distance_transform(mask, **chosen)
    except InputValueError:
        return None


def assert_same(mask: Any, **chosen: Any) -> None:
    """Compare the two implementations, shapes and types included."""
    got, want = either(fg, mask, **chosen), either(reference, mask, **chosen)
    if not isinstance(want, list):
        got, want = [got], [want]
    assert len(got) == len(want)
    for one, other in zip(got, want, strict=True):
        assert (one is None) == (other is None)
        if other is not None:
            np.testing.assert_array_equal(one, other, strict=True)


@given(st.data(), batch_shapes, options)
def test_arrays(data, shape, chosen):
    assert_same(data.draw(masks(shape)), **chosen)


@given(mask_lists(), options)
def test_lists_of_images_of_different_sizes(batch, chosen):
    assert_same(batch.preds, **chosen)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", MASK_DTYPES)
def test_every_type_in_every_layout(dtype, layout):
    mask = random_mask(np.random.default_rng(40), (2, 7, 131), dtype, 0.9)
    want = fg.distance_transform(mask, squared=True)
    assert_same(mask, squared=True)
    np.testing.assert_array_equal(fg.distance_transform(laid_out(mask, layout), squared=True), want)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("edge", ["ignore", "background"])
@pytest.mark.parametrize("shape", [(40, 170), (170, 40), (1, 400), (400, 1), (64, 128)])
def test_large_distances(shape, edge, metric):
    """Few background pixels: the nearest is further away than the steps that are tried first."""
    for seed in range(4):
        mask = np.ones(shape, dtype=bool)
        generator = np.random.default_rng(seed)
        mask.ravel()[generator.integers(0, mask.size, 1 + seed)] = False
        assert_same(mask, metric=metric, edge=edge)
        assert_same(mask, metric=metric, edge=edge, max_distance=90)


@pytest.mark.parametrize("shape", [(1, 50_000), (50_000, 1), (3, 46_400), (46_400, 2)])
def test_sides_too_long_for_small_numbers(shape):
    mask = np.ones(shape, dtype=bool)
    mask[-1, -1] = mask[0, shape[1] // 3] = False
    rows, columns = np.indices(shape)
    squares = [
        (rows - row) ** 2 + (columns - column) ** 2
        for row, column in ((shape[0] - 1, shape[1] - 1), (0, shape[1] // 3))
    ]
    got = fg.distance_transform(mask, squared=True)
    np.testing.assert_array_equal(got, np.minimum(*squares))


def test_no_background():
    mask = np.ones((2, 3, 70), dtype=bool)
    mask[0, 1, 5] = False
    distances = fg.distance_transform(mask)
    assert np.isfinite(distances[0]).all()
    assert np.isinf(distances[1]).all()
    for chosen in ({"squared": True}, {"metric": "chessboard"}, {"metric": "taxicab"}):
        with pytest.raises(InputValueError, match="image 1"):
            fg.distance_transform(mask, **chosen)
        assert fg.distance_transform(mask, max_distance=9, **chosen)[1].min() in (9, 81)
    assert (fg.distance_transform(mask, max_distance=9)[1] == 9).all()


def test_options_that_are_none():
    mask = np.eye(3, dtype=bool)
    for chosen in (
        {"metric": "manhattan"},
        {"edge": "reflect"},
        {"metric": "taxicab", "squared": True},
        {"max_distance": 0},
        {"max_distance": 2**40},
    ):
        with pytest.raises(InputValueError):
            fg.distance_transform(mask, **chosen)
    with pytest.raises(InputTypeError):
        fg.distance_transform(mask, max_distance=1.5)
    with pytest.raises(InputTypeError, match="mask"):
        fg.distance_transform(mask.astype(float))


@pytest.mark.parametrize("density", [0.03, 0.5, 0.98, 0.9999])
@pytest.mark.parametrize("shape", [(3, 700, 1100), (1, 1500, 1400)])
def test_work_shared_among_threads_against_scipy(shape, density):
    ndimage = pytest.importorskip("scipy.ndimage")
    generator = np.random.default_rng(41)
    mask = generator.random(shape) < density
    if density == 0.5:
        # Blobs: connected areas with distances of all sizes.
        mask = ndimage.gaussian_filter(generator.random(shape), (0, 15, 15)) > 0.5
    got = {metric: fg.distance_transform(mask, metric=metric) for metric in METRICS}
    for index, image in enumerate(mask):
        want = ndimage.distance_transform_edt(image)
        np.testing.assert_array_equal(got["euclidean"][index], want)
        for metric in ("chessboard", "taxicab"):
            want = ndimage.distance_transform_cdt(image, metric)
            np.testing.assert_array_equal(got[metric][index], want)
