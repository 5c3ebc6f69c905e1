"""Laws of boundary bands."""

import itertools
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flawgauge as fg
from strategies import image_shapes, mask_lists, masks, seeds

metrics = st.sampled_from(["chessboard", "taxicab", "euclidean"])
edges = st.sampled_from(["background", "ignore"])
batches = st.tuples(st.sampled_from([0, 1, 3, 6]), st.sampled_from([1, 9, 64]), st.integers(1, 70))


def random_pair(shape, seed):
    """Return two batches of masks with clusters of pixels."""
    generator = np.random.default_rng(seed)
    coarse = generator.random((2, shape[0], -(-shape[1] // 8), -(-shape[2] // 8))) < 0.5
    return coarse.repeat(8, axis=-1).repeat(8, axis=-2)[..., : shape[1], : shape[2]]


@given(batches, seeds, metrics, edges)
def test_exchanging_the_masks(shape, seed, metric, edge):
    preds, target = random_pair(shape, seed)
    options = {"distance": [1, 2, 7], "metric": metric, "edge": edge}
    one, other = fg.boundary(preds, target, **options), fg.boundary(target, preds, **options)
    np.testing.assert_array_equal(one.iou(), other.iou())
    np.testing.assert_array_equal(one.precision(), other.recall())
    np.testing.assert_array_equal(one.both, other.both)


@given(batches, seeds, metrics, edges)
def test_turning_the_images(shape, seed, metric, edge):
    preds, target = random_pair(shape, seed)
    options = {"distance": [1, 3, 12], "metric": metric, "edge": edge}
    counts = fg.boundary(preds, target, **options)
    for turn in (
        lambda images: images.swapaxes(1, 2),
        lambda images: images[:, ::-1],
        lambda images: images[:, :, ::-1],
    ):
        assert fg.boundary(turn(preds), turn(target), **options) == counts


@given(batches, seeds, metrics, edges)
def test_bands_grow_with_the_distance_up_to_the_mask(shape, seed, metric, edge):
    preds, target = random_pair(shape, seed)
    distances = [1, 2, 3, 5, 8, 13, 200]
    counts = fg.boundary(preds, target, distance=distances, metric=metric, edge=edge)
    for band in (counts.band_preds, counts.band_target, counts.both):
        assert np.all(np.diff(band, axis=-1) >= 0)
    sizes = fg.confusion(preds, target)
    assert np.all(sizes.predicted >= counts.band_preds.T)
    if edge == "background":
        last = counts.at(200)
        assert last.both[:, 0].tolist() == sizes.tp.tolist()
        assert last.band_target[:, 0].tolist() == sizes.support.tolist()
        np.testing.assert_array_equal(last.iou(), sizes.iou())


@given(batches, seeds, edges)
def test_each_metric_bounds_the_next(shape, seed, edge):
    preds, target = random_pair(shape, seed)
    sizes = [
        fg.boundary(preds, target, distance=[2, 9], metric=metric, edge=edge).band_target
        for metric in ("taxicab", "euclidean", "chessboard")
    ]
    for smaller, larger in itertools.pairwise(sizes):
        assert np.all(smaller <= larger)


@given(batches, seeds, metrics, edges)
def test_a_curve_is_its_single_distances(shape, seed, metric, edge):
    preds, target = random_pair(shape, seed)
    options = {"metric": metric, "edge": edge}
    curve = fg.boundary(preds, target, distance=[1, 4, 30], **options)
    for distance in (1, 4, 30):
        assert fg.boundary(preds, target, distance=distance, **options) == curve.at(distance)


@given(batches, seeds, st.randoms(use_true_random=False))
def test_order_and_merging(shape, seed, random):
    preds, target = random_pair(shape, seed)
    counts = fg.boundary(preds, target, distance=[1, 4])
    order = list(range(shape[0]))
    random.shuffle(order)
    shuffled = fg.boundary(preds[order], target[order], distance=[1, 4])
    assert shuffled == (counts[order] if order else counts)
    assert shuffled.sum() == counts.sum()
    if order:
        half = shape[0] // 2
        parts = [fg.boundary(preds[k], target[k], distance=[1, 4]) for k in range(shape[0])]
        assert sum(parts) == counts.sum()
        assert fg.concat(parts) == counts
        assert fg.concat([counts[half:], counts[:half]]).sum() == counts.sum()


@given(mask_lists())
def test_ratios_of_lists(batch):
    counts = fg.boundary(batch.preds, batch.target, distance=0.1)
    singles = [
        fg.boundary(preds, target, distance=0.1)
        for preds, target in zip(batch.preds, batch.target, strict=True)
    ]
    assert fg.concat(singles) == counts
    assert sum(singles) == counts.sum()
    assert counts.sum().min_distances[0] == counts.min_distances.min()
    assert counts.sum().max_distances[0] == counts.max_distances.max()


@given(st.data(), image_shapes, metrics, edges)
def test_evidence_survives_pickle_and_dict(data, shape, metric, edge):
    preds, target = data.draw(masks((3, *shape))), data.draw(masks((3, *shape)))
    distance = data.draw(st.sampled_from([0.02, 3, [1, 2]]))
    counts = fg.boundary(preds, target, distance=distance, metric=metric, edge=edge)
    for item in (counts, counts.sum(), counts[1]):
        for copy in (pickle.loads(pickle.dumps(item)), fg.BoundaryCounts.from_dict(item.to_dict())):
            assert copy == item
            assert hash(copy) == hash(item)
            assert repr(copy) == repr(item)


@given(batches, seeds)
def test_a_thin_defect_is_all_band(shape, seed):
    preds, target = random_pair(shape, seed)
    # No square of 17 pixels fits into single clusters of 8; joined ones may be larger.
    thin = np.zeros(shape, dtype=bool)
    thin[:, ::9] = True
    counts = fg.boundary(thin & preds, thin & target, distance=1)
    np.testing.assert_array_equal(counts.iou(), fg.iou(thin & preds, thin & target))


@pytest.mark.parametrize("scale", [1, 3])
def test_the_minimum_is_the_smaller_one(scale):
    preds, target = random_pair((5, 64 * scale, 50), 3)
    for options in ({}, {"average": "pooled"}):
        iou, boundary_iou = (
            function(preds, target, **options) for function in (fg.iou, fg.boundary_iou)
        )
        assert np.all(fg.minimum_iou(preds, target, **options) == np.minimum(iou, boundary_iou))
