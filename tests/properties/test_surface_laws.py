"""Laws of distances between contours, and of distance transforms."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flawgauge as fg
from strategies import batch_shapes, mask_pairs, masks

spacings = st.sampled_from([(1, 1), (0.5, 0.5), (1, 2), (0.3, 1.7)])
METRICS = {
    "hausdorff": [{}, {"percentile": 95}, {"percentile": 50, "rule": "pooled"}],
    "assd": [{}, {"rule": "pooled"}],
    "nsd": [{"tolerance": 1}, {"tolerance": [0, 0.5, 1.5, 100]}],
}


def values(distances: fg.SurfaceDistances) -> list[Any]:
    """Return all symmetric metrics with several options."""
    return [getattr(distances, name)(**chosen) for name in METRICS for chosen in METRICS[name]] + [
        distances.hausdorff(one_empty=7, empty=0),
        distances.assd(one_empty="skip"),
    ]


def assert_same_values(got: fg.SurfaceDistances, want: fg.SurfaceDistances) -> None:
    """Compare values bit by bit, NaN being equal to NaN."""
    for one, other in zip(values(got), values(want), strict=True):
        np.testing.assert_array_equal(one, other)


@given(mask_pairs(), spacings)
def test_symmetry(batch, spacing):
    there = fg.surface(batch.preds, batch.target, spacing=spacing)
    back = fg.surface(batch.target, batch.preds, spacing=spacing)
    assert_same_values(there, back)
    np.testing.assert_array_equal(there.assd(rule="preds"), back.assd(rule="target"))
    np.testing.assert_array_equal(there.preds_pixels, back.target_pixels)


@given(mask_pairs(), spacings)
def test_transposing_the_images_and_the_spacing(batch, spacing):
    turned = (mask.swapaxes(-1, -2) for mask in batch)
    got = fg.surface(*turned, spacing=spacing[::-1])
    want = fg.surface(batch.preds, batch.target, spacing=spacing)
    if spacing[0] == spacing[1]:
        assert got == want
    assert_same_values(got, want)


@given(mask_pairs(), spacings)
def test_mirroring_the_images_changes_nothing(batch, spacing):
    want = fg.surface(batch.preds, batch.target, spacing=spacing)
    for flip in (np.s_[..., ::-1], np.s_[..., ::-1, :]):
        assert fg.surface(batch.preds[flip], batch.target[flip], spacing=spacing) == want


@given(mask_pairs())
def test_a_unit_twice_as_small_doubles_the_distances(batch):
    want = fg.surface(batch.preds, batch.target)
    got = fg.surface(batch.preds, batch.target, spacing=(2, 2))
    np.testing.assert_array_equal(got.hausdorff(90), 2 * want.hausdorff(90))
    np.testing.assert_array_equal(got.nsd(6), want.nsd(3))


@given(mask_pairs(), st.randoms(use_true_random=False))
def test_permuting_the_images_permutes_the_distances(batch, random):
    if batch.preds.ndim == 2:
        return
    order = list(range(len(batch.preds)))
    random.shuffle(order)
    distances = fg.surface(batch.preds, batch.target)
    permuted = fg.surface(batch.preds[order], batch.target[order])
    assert permuted == distances[order]
    assert permuted.sum() == distances.sum()


@given(mask_pairs(), st.integers(0, 7))
def test_merging_equals_measuring_together(batch, cut):
    if batch.preds.ndim == 2:
        return
    whole = fg.surface(batch.preds, batch.target)
    parts = [
        fg.surface(batch.preds[:cut], batch.target[:cut]),
        fg.surface(batch.preds[cut:], batch.target[cut:]),
    ]
    assert fg.concat(parts) == whole
    assert sum(part.sum(0) for part in parts) == whole.sum(0)


@given(mask_pairs())
def test_equal_masks_have_no_distance(batch):
    distances = fg.surface(batch.preds, batch.preds)
    assert np.all(distances.hausdorff(empty=0) == 0)
    assert np.all(distances.assd(empty=0) == 0)
    assert np.all(distances.nsd(0, empty=1) == 1)


@given(st.data(), batch_shapes)
def test_what_is_ignored_does_not_matter(data, shape):
    preds, target = data.draw(masks(shape)) != 0, data.draw(masks(shape)) != 0
    ignore = data.draw(masks(shape)) != 0
    want = fg.surface(preds, target, ignore=ignore)
    assert fg.surface(preds | ignore, target & ~ignore, ignore=ignore) == want
    assert fg.surface(preds & ~ignore, target | ignore, ignore=ignore) == want


@given(mask_pairs(), spacings, st.sampled_from([0, 5, 50, 90, 95, 99.9, 100]))
def test_percentiles_and_means_are_those_of_numpy(batch, spacing, percentile):
    distances = fg.surface(batch.preds, batch.target, spacing=spacing).sum()
    there, back = (np.repeat(*distances.histogram(rule)) for rule in ("preds", "target"))
    if not (there.size and back.size):
        return
    options = {"one_empty": "skip"}
    both = np.concatenate([there, back])
    larger = max(np.percentile(there, percentile), np.percentile(back, percentile))
    assert distances.hausdorff(percentile, **options) == larger
    pooled = distances.hausdorff(percentile, rule="pooled", **options)
    assert pooled == np.percentile(both, percentile)
    assert distances.assd(**options) == pytest.approx((there.mean() + back.mean()) / 2, rel=1e-12)
    assert distances.assd(rule="pooled", **options) == pytest.approx(both.mean(), rel=1e-12)
    pixels = distances.preds_pixels + distances.target_pixels
    assert distances.nsd(1.2) == np.count_nonzero(both <= 1.2) / pixels


@given(mask_pairs())
def test_the_contour_has_distance_one_from_the_background(batch):
    """The pixels of the mask next to the background are those at distance 1 from it."""
    inner = fg.distance_transform(batch.preds, edge="background", metric="taxicab")
    distances = fg.surface(batch.preds, batch.target)
    np.testing.assert_array_equal(distances.preds_pixels, (inner == 1).sum(axis=(-1, -2)))


@given(st.data(), batch_shapes, st.sampled_from(["euclidean", "chessboard", "taxicab"]))
def test_distances_of_a_transposed_mask(data, shape, metric):
    mask = data.draw(masks(shape))
    options = {"metric": metric, "edge": "background"}
    turned = fg.distance_transform(mask.swapaxes(-1, -2), **options).swapaxes(-1, -2)
    np.testing.assert_array_equal(turned, fg.distance_transform(mask, **options))
