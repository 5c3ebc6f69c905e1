"""Surface metrics worked out by hand, and against definitions with SciPy."""

import math
from typing import Any

import numpy as np
import pytest

import flawgauge as fg


def drawn(text: str) -> np.ndarray:
    """Return the mask of a drawing: "#" is positive."""
    rows = text.split()
    return np.array([[character == "#" for character in row] for row in rows])


# Contours: all pixels of the prediction but its middle, and the three pixels of the target. From
# the prediction: rows 0 to 2 of columns 1 to 3, the target being the pixels (2, 3), (2, 4), (2, 5).
PREDS = drawn(".###..  .###..  .###..")
TARGET = drawn("......  ......  ...###")


def test_worked_out_by_hand():
    distances = fg.surface(PREDS, TARGET)
    there, back = distances.histogram("preds"), distances.histogram("target")
    # (0,1) 8, (0,2) 5, (0,3) 4, (1,1) 5, (1,3) 1, (2,1) 4, (2,2) 1, (2,3) 0 squared pixels.
    assert (there[0] ** 2).round(9).tolist() == [0, 1, 4, 5, 8]
    assert there[1].tolist() == [1, 2, 2, 2, 1]
    # The target's pixels are 0, 1 and 2 columns from (2, 3).
    assert (back[0].tolist(), back[1].tolist()) == ([0, 1, 2], [1, 1, 1])
    mean_there = (0 + 2 * 1 + 2 * 2 + 2 * math.sqrt(5) + math.sqrt(8)) / 8
    assert distances.hausdorff() == math.sqrt(8)
    assert distances.hausdorff(rule="pooled") == math.sqrt(8)
    assert distances.hausdorff(rule="target") == 2
    assert distances.hausdorff(50) == 2
    assert distances.hausdorff(50, rule="pooled") == 2
    # The place 0.95 * 7 = 6.65 of the sorted distances from the prediction.
    at_95 = math.sqrt(5) + 0.65 * (math.sqrt(8) - math.sqrt(5))
    assert distances.hausdorff(95) == pytest.approx(at_95, rel=1e-15)
    assert distances.assd() == pytest.approx((mean_there + 1) / 2, rel=1e-15)
    assert distances.assd(rule="pooled") == pytest.approx((8 * mean_there + 3) / 11, rel=1e-15)
    assert distances.assd(rule="preds") == pytest.approx(mean_there, rel=1e-15)
    assert distances.nsd([0, 1, 2, 3]).tolist() == [2 / 11, 5 / 11, 8 / 11, 1]
    assert (distances.preds_pixels, distances.target_pixels) == (8, 3)


def test_rows_twice_as_far_apart():
    distances = fg.surface(PREDS, TARGET, spacing=(2, 1))
    assert distances.hausdorff() == math.sqrt(4**2 + 2**2)
    assert distances.hausdorff(rule="target") == 2
    # From (0, 3) two rows down, from (1, 3) one row, from (2, 2) one column.
    assert set(distances.histogram("preds")[0].tolist()) >= {0, 1, 2, 4}


def test_the_border_of_the_image_is_an_end_of_the_mask():
    full = np.ones((4, 5), dtype=bool)
    distances = fg.surface(full, full)
    assert distances.preds_pixels == 14
    ignored = np.zeros((4, 5), dtype=bool)
    ignored[:, 0] = True
    # The pixels of column 1 are now next to what is unknown, not to an end of the mask.
    assert fg.surface(full, full, ignore=ignored).preds_pixels == 10


def test_empty_masks():
    nothing, something = np.zeros((4, 4), dtype=bool), np.eye(4, dtype=bool)
    preds = [nothing, something, nothing, something]
    target = [nothing, nothing, something, something]
    distances = fg.surface(preds, target)
    nan = np.nan

    def check(got: Any, want: list[float]) -> None:
        np.testing.assert_array_equal(got, want)

    for metric in (distances.hausdorff, distances.assd):
        check(metric(), [nan, nan, nan, 0])
        check(metric(empty=0), [0, nan, nan, 0])
        check(metric(empty=0, one_empty=5), [0, 5, 5, 0])
        check(metric(empty=1, one_empty=math.inf), [1, math.inf, math.inf, 0])
        check(metric(one_empty="skip"), [nan, nan, nan, 0])
    check(distances.hausdorff(95, rule="preds", one_empty=5), [nan, 5, nan, 0])
    check(distances.nsd(1), [nan, 0, 0, 1])
    check(distances.nsd(1, empty=1), [1, 0, 0, 1])
    pooled = distances.sum()
    assert math.isnan(pooled.hausdorff())
    assert pooled.hausdorff(one_empty="skip") == 0
    assert pooled.hausdorff(one_empty=math.inf) == math.inf
    assert pooled.assd(rule="pooled", one_empty=6) == 3
    assert pooled.nsd(0) == 0.5
    outcomes = distances.outcomes()
    assert (outcomes.both_empty, outcomes.missed) == (1, 1)
    assert (outcomes.false_alarms, outcomes.both) == (1, 1)


def test_means_say_what_they_left_out():
    nothing, something = np.zeros((4, 4), dtype=bool), np.eye(4, dtype=bool)
    preds, target = [nothing, something, something], [nothing, nothing, np.eye(4, k=1, dtype=bool)]
    distances = fg.surface(preds, target)
    assert math.isnan(distances.mean("hausdorff").value)
    assert math.isnan(distances.mean("hausdorff", empty="skip").value)
    mean = distances.mean("hausdorff", empty="skip", one_empty="skip")
    assert (mean.value, mean.num, mean.skipped) == (1, 1, 2)
    assert (mean.both_empty, mean.missed, mean.false_alarms) == (1, 0, 1)
    mean = distances.mean("assd", empty=0, one_empty=10)
    assert mean.num == 3
    assert mean.value == pytest.approx((0 + 10 + distances[2].assd()) / 3, rel=1e-15)
    assert distances.mean("nsd", tolerance=1, empty="skip").value == 0.5
    stacked = fg.surface(np.array([preds] * 2), np.array([target] * 2))
    means = stacked.mean("hausdorff", axis=1, empty="skip", one_empty="skip")
    assert [one.value for one in means] == [1, 1]
    assert stacked.mean("hausdorff", empty=0, one_empty=3, percentile=100).value == 4 / 3


def scipy_distances(first: np.ndarray, second: np.ndarray, spacing: Any) -> np.ndarray:
    """Return the distances from one contour to the other by SciPy, as MedPy defines them."""
    ndimage = pytest.importorskip("scipy.ndimage")
    own, other = (mask ^ ndimage.binary_erosion(mask) for mask in (first, second))
    return ndimage.distance_transform_edt(~other, sampling=spacing)[own]


@pytest.mark.parametrize("spacing", [(1, 1), (0.4, 0.4), (0.7, 1.9)])
@pytest.mark.parametrize("seed", range(5))
def test_definitions_with_scipy(seed, spacing):
    generator = np.random.default_rng(seed)
    ndimage = pytest.importorskip("scipy.ndimage")
    preds, target = (
        ndimage.gaussian_filter(generator.random((90, 130)), 4) > 0.5 + 0.02 * part
        for part in range(2)
    )
    there = scipy_distances(preds, target, spacing)
    back = scipy_distances(target, preds, spacing)
    both = np.concatenate([there, back])
    distances = fg.surface(preds, target, spacing=spacing)
    expected = {
        "hd": (distances.hausdorff(), max(there.max(), back.max())),
        "hd95, MedPy": (distances.hausdorff(95, rule="pooled"), np.percentile(both, 95)),
        "hd95, MONAI": (
            distances.hausdorff(95),
            max(np.percentile(there, 95), np.percentile(back, 95)),
        ),
        "assd, MedPy": (distances.assd(), (there.mean() + back.mean()) / 2),
        "assd, MONAI": (distances.assd(rule="pooled"), both.mean()),
        "asd": (distances.assd(rule="preds"), there.mean()),
        "nsd": (distances.nsd(2.05), (both <= 2.05).mean()),
    }
    for name, (got, want) in expected.items():
        assert got == pytest.approx(want, rel=1e-12), name
    if spacing == (1, 1):
        assert expected["hd"][0] == expected["hd"][1]
        assert expected["hd95, MedPy"][0] == expected["hd95, MedPy"][1]
