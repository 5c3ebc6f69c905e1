"""`flawgauge.saturated_sweep` equals its reference by ``==``."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flawgauge as fg
from flawgauge import reference
from flawgauge.errors import InputTypeError, InputValueError
from flawgauge.sweep_evidence import REGION


@st.composite
def batches(draw):
    """Scores with ties, overlapping regions, saturation areas below and above the regions'."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = draw(st.sampled_from([(1, 6), (5, 7), (3, 65)]))
    count = draw(st.integers(1, 4))
    dtype = draw(st.sampled_from(["f2", "f4", "f8", "u1"]))
    scores = generator.integers(0, draw(st.sampled_from([3, 50])), (count, *shape)).astype(dtype)
    regions, areas = [], []
    for _ in range(count):
        masks = generator.random((draw(st.integers(0, 3)), *shape)) < 0.3
        masks[:, 0, 0] = True
        regions.append(masks)
        areas.append(generator.integers(1, 40, len(masks)).tolist())
    ignore = generator.random(scores.shape) < 0.2
    if draw(st.booleans()):
        scores, ignore = list(scores), list(ignore)
    return scores, regions, areas, draw(st.sampled_from([None, ignore]))


@given(batches())
def test_equal_to_the_reference(batch):
    scores, regions, areas, ignore = batch
    got = fg.saturated_sweep(scores, regions, areas, ignore=ignore)
    assert got == reference.saturated_sweep(scores, regions, areas, ignore=ignore)
    hidden = [np.zeros(image.shape, bool) for image in scores] if ignore is None else ignore
    kept = [masks & ~skip for masks, skip in zip(regions, hidden, strict=True)]
    assert got.num_regions == sum(int(masks.any(axis=(1, 2)).sum()) for masks in kept)
    # Predicting everything finds every region, without a jump at the end.
    if got.num_regions:
        assert got.overlap_at.sum() == got.num_regions * REGION


def test_saturation_at_the_area_is_plain_overlap():
    generator = np.random.default_rng(5)
    scores = generator.random((2, 20, 30), np.float32)
    masks = np.zeros((2, 1, 20, 30), bool)
    masks[0, 0, 3:9, 4:20] = masks[1, 0, 10:14, :7] = True
    areas = [[int(masks[0].sum())], [int(masks[1].sum())]]
    assert fg.saturated_sweep(scores, masks, areas) == fg.sweep(scores, masks[:, 0], regions=True)


def test_ignored_pixels_are_in_no_region():
    generator = np.random.default_rng(6)
    scores = generator.random((1, 12, 30), np.float32)
    masks = np.zeros((2, 12, 30), bool)
    masks[0, 3:9, 4:20] = masks[1, 10:, 22:] = True
    ignore = np.zeros(scores.shape, bool)
    ignore[0, 10:] = ignore[0, 3:5] = True
    found = fg.saturated_sweep(scores, [masks], [[96, 16]], ignore=ignore)
    assert found == fg.sweep(scores, masks[:1], regions=True, ignore=ignore)
    assert found.num_regions == 1


def test_a_known_curve():
    # Scores fall along the row; the region is the first four pixels, and two of them suffice.
    scores = np.arange(8, 0, -1, dtype=np.float32)[np.newaxis, np.newaxis]
    found = fg.saturated_sweep(scores, [[[[1, 1, 1, 1, 0, 0, 0, 0]]]], [[2]])
    assert found.pro_curve().pro.tolist()[:3] == [0.0, 0.5, 1.0]
    assert found.aupro(0.5) == 1.0


def test_areas_by_the_configuration():
    relative = {"saturation_threshold": 0.5, "relative_saturation": True}
    absolute = {"saturation_threshold": 30, "relative_saturation": False}
    assert fg.saturation_areas([1, 3, 100], relative) == [1, 1, 50]
    assert fg.saturation_areas([10, 100], absolute) == [10, 30]
    with pytest.raises(InputValueError, match="lacks relative_saturation"):
        fg.saturation_areas(3, {"saturation_threshold": 1})
    with pytest.raises(InputValueError, match="saturation_threshold is 0"):
        fg.saturation_areas(3, {"saturation_threshold": 0, "relative_saturation": False})
    with pytest.raises(InputTypeError, match="relative_saturation is 'no'"):
        fg.saturation_areas(3, {"saturation_threshold": 1, "relative_saturation": "no"})
    with pytest.raises(InputTypeError, match="config is 3"):
        fg.saturation_areas(3, 3)
    for areas, error in [(0, InputValueError), ([-5], InputValueError), (5.7, InputTypeError),
                         (["x"], InputTypeError)]:  # fmt: skip
        with pytest.raises(error, match="areas is"):
            fg.saturation_areas(areas, absolute)


def test_bad_arguments():
    scores, mask = np.zeros((1, 2, 3), np.float32), np.ones((1, 2, 3), bool)
    with pytest.raises(InputValueError, match="region_masks has 2 images and scores 1"):
        fg.saturated_sweep(scores, [mask, mask], [[1]])
    with pytest.raises(InputValueError, match=r"saturation\[0\] has 2 areas"):
        fg.saturated_sweep(scores, [mask], [[1, 1]])
    with pytest.raises(InputValueError, match=r"region_masks\[0\]\[0\] has no positive pixel"):
        fg.saturated_sweep(scores, [~mask], [[1]])
    with pytest.raises(InputValueError, match=r"saturation\[0\] holds 0, want at least 1"):
        fg.saturated_sweep(scores, [mask], [[0]])
    with pytest.raises(InputTypeError, match=r"saturation\[0\] holds 1.5"):
        fg.saturated_sweep(scores, [mask], [[1.5]])
    with pytest.raises(InputValueError, match=r"want \(M, 2, 3\)"):
        fg.saturated_sweep(scores, [mask[:, :1]], [[1]])
    with pytest.raises(InputValueError, match=r"region_masks\[0\]\[1\] has the shape \(1, 3\)"):
        fg.saturated_sweep(scores, [[mask[0], mask[0, :1]]], [[1, 1]])
    for regions, areas, name in [
        (3, [[1]], "region_masks is 3"),
        ([None], [[1]], r"region_masks\[0\] is None"),
        ([mask], 1, "saturation is 1"),
        ([mask], [1], r"saturation\[0\] is 1"),
    ]:
        with pytest.raises(InputTypeError, match=name):
            fg.saturated_sweep(scores, regions, areas)
