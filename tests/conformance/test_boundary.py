"""`flawgauge.boundary` equals `flawgauge.reference.boundary` by ``==``."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flawgauge as fg
from flawgauge import reference
from strategies import (
    COLUMNS,
    FLOAT_DTYPES,
    LAYOUTS,
    MASK_DTYPES,
    ignores,
    laid_out,
    layouts,
    mask_lists,
    mask_pairs,
    masks,
    nonzero_values,
    seeds,
)

METRICS = ["chessboard", "taxicab", "euclidean"]
EDGES = ["background", "ignore"]

metrics = st.sampled_from(METRICS)
edges = st.sampled_from(EDGES)
pixels = st.one_of(
    st.integers(1, 6), st.integers(1, 40), st.sampled_from([1, 63, 64, 65, 2**31 - 1])
)
distances = st.one_of(
    pixels,
    st.sampled_from([0.005, 0.02, 0.1, 1.0]),
    st.sets(pixels, min_size=1, max_size=4).map(sorted),
)
# A disk of thousands of pixels takes the reference minutes; reaching past the image is enough.
blob_shapes = st.tuples(st.sampled_from([1, 2, 5, 30, 66]), st.sampled_from(COLUMNS[1:9]))


def assert_same(*args: Any, **options: Any) -> fg.BoundaryCounts:
    """Compare the two implementations, shapes and types included."""
    got = fg.boundary(*args, **options)
    want = reference.boundary(*args, **options)
    assert got == want, f"got {got.to_dict()}, want {want.to_dict()}"
    assert got.shape == want.shape
    assert got.both.dtype == np.int64
    return got


def blobs(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Return masks of rectangles, some one pixel wide, some along a border, with some noise."""
    height, width = shape[-2:]
    mask = np.zeros(shape, dtype=bool)
    for index in np.ndindex(shape[:-2]):
        for _ in range(generator.integers(0, 5)):
            top, left = generator.integers(0, height), generator.integers(0, width)
            rows = generator.choice([1, height, int(generator.integers(1, height + 1))])
            columns = generator.choice([1, width, int(generator.integers(1, width + 1))])
            mask[index][top : top + rows, left : left + columns] ^= True
        mask[index] ^= generator.random((height, width)) < generator.choice([0.0, 0.0, 0.01])
    return mask


@given(mask_pairs(), distances, metrics, edges)
def test_arrays(batch, distance, metric, edge):
    assert_same(batch.preds, batch.target, distance=distance, metric=metric, edge=edge)


@settings(max_examples=60)
@given(blob_shapes, seeds, distances, metrics, edges, layouts, st.booleans())
def test_blobs(shape, seed, distance, metric, edge, layout, with_ignore):
    generator = np.random.default_rng(seed)
    preds, target = (blobs(generator, (2, *shape)) for _ in range(2))
    options = {"distance": distance, "metric": metric, "edge": edge}
    if with_ignore:
        options["ignore"] = blobs(generator, shape)
    assert_same(laid_out(preds, layout), target, **options)


@given(mask_lists(), distances, metrics, edges)
def test_lists_of_images_of_different_sizes(batch, distance, metric, edge):
    counts = assert_same(batch.preds, batch.target, distance=distance, metric=metric, edge=edge)
    if isinstance(distance, float):
        diagonals = [np.hypot(*np.shape(image)) for image in batch.preds]
        assert np.all(abs(counts.distances[:, 0] - np.multiply(distance, diagonals)) <= 1)


@settings(max_examples=30)
@given(st.data(), blob_shapes, seeds, distances, metrics, edges)
def test_ignored_pixels(data, shape, seed, distance, metric, edge):
    preds, target = (blobs(np.random.default_rng(seed + k), (2, 3, *shape)) for k in (0, 1))
    ignore = data.draw(ignores((2, 3, *shape)))
    options = {"distance": distance, "metric": metric, "edge": edge, "ignore": ignore}
    counts = assert_same(preds, target, **options)
    hidden = np.broadcast_to(ignore, preds.shape) != 0
    assert fg.boundary(preds ^ hidden, target & ~hidden, **options) == counts


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", MASK_DTYPES)
def test_every_type_in_every_layout(dtype, layout):
    generator = np.random.default_rng(30)
    preds, target = (
        blobs(generator, (2, 2, 9, 131)) * nonzero_values(np.dtype(dtype))[-1] for _ in range(2)
    )
    preds, target = preds.astype(dtype), target.astype(dtype)
    counts = assert_same(laid_out(preds, layout), target, distance=[1, 3])
    assert counts == fg.boundary(laid_out(preds, layout), laid_out(target, layout), distance=[1, 3])


@given(blob_shapes, st.sampled_from(FLOAT_DTYPES), layouts, seeds, distances, st.booleans())
def test_scores(shape, dtype, layout, seed, distance, with_ignore):
    generator = np.random.default_rng(seed)
    scores = (blobs(generator, shape) * 0.5 + generator.random(shape) * 0.4).astype(dtype)
    ignore = None
    if with_ignore:
        ignore = generator.random(shape) < 0.2
        scores[ignore] = np.nan
    target = blobs(generator, shape)
    assert_same(laid_out(scores, layout), target, distance=distance, threshold=0.5, ignore=ignore)


@given(
    blob_shapes,
    st.sampled_from(["u1", "i2", "<i8", ">u4"]),
    seeds,
    distances,
    metrics,
    edges,
    st.sampled_from([None, 0, 2, 255, -1]),
)
def test_label_maps(shape, dtype, seed, distance, metric, edge, ignore_index):
    generator = np.random.default_rng(seed)
    preds, target = (
        (blobs(generator, (2, *shape)) + 2 * blobs(generator, (2, *shape))).astype(dtype)
        for _ in range(2)
    )
    if ignore_index == 255 and dtype != "i1":
        target[generator.random(target.shape) < 0.1] = 255
    options = {"distance": distance, "metric": metric, "edge": edge, "num_classes": 5}
    counts = assert_same(preds, target, ignore_index=ignore_index, **options)
    assert counts.shape == (2, 5)
    assert not counts.both[:, 4].any()


@given(st.data(), blob_shapes, distances.filter(lambda value: not isinstance(value, list)))
def test_bands(data, shape, distance):
    mask = data.draw(masks((2, *shape)))
    options = {"distance": distance, "metric": data.draw(metrics), "edge": data.draw(edges)}
    band = fg.boundary_band(mask, **options)
    want = reference.boundary_band(mask, **options)
    assert band.dtype == bool
    np.testing.assert_array_equal(band, want)
    as_list = fg.boundary_band(list(mask), **options)
    np.testing.assert_array_equal(as_list, want)
    if isinstance(distance, int):
        counts = fg.boundary(mask, mask, **options)
        assert counts.both[:, 0].tolist() == band.sum(axis=(1, 2)).tolist()


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("edge", EDGES)
def test_large_images_in_strips(metric, edge):
    generator = np.random.default_rng(31)
    preds, target = (blobs(generator, (3000, 700)) for _ in range(2))
    options = {"distance": [1, 2, 5], "metric": metric, "edge": edge}
    counts = assert_same(preds, target, **options)
    turned = fg.boundary(preds.T, target.T, **options)
    assert turned == counts == fg.boundary(preds.T.copy(), target.T.copy(), **options)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_any_number_of_threads(threads):
    generator = np.random.default_rng(32)
    preds, target = (blobs(generator, (40, 300, 257)) for _ in range(2))
    before = fg.get_num_threads()
    fg.set_num_threads(threads)
    try:
        assert_same(preds, target, distance=[1, 4])
    finally:
        fg.set_num_threads(before)
