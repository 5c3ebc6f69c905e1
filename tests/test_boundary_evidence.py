"""`BoundaryCounts`, the one-call functions, and what they refuse."""

import numpy as np
import pytest

import flawgauge as fg

SQUARE = np.zeros((2, 12, 12), dtype=bool)
SQUARE[0, 2:9, 3:11] = True
SHIFTED = np.roll(SQUARE, 1, axis=2)


def counts(distance=(1, 2), **options):
    return fg.boundary(SHIFTED, SQUARE, distance=distance, **options)


@pytest.mark.parametrize(
    ("distance", "error"),
    [
        (0, fg.InputValueError),
        (-3, fg.InputValueError),
        (2**31, fg.InputValueError),
        (0.0, fg.InputValueError),
        (-0.1, fg.InputValueError),
        (1.5, fg.InputValueError),
        (float("nan"), fg.InputValueError),
        (float("inf"), fg.InputValueError),
        ([], fg.InputValueError),
        ([2, 1], fg.InputValueError),
        ([1, 1], fg.InputValueError),
        ([0, 1], fg.InputValueError),
        ([1, 2.0], fg.InputTypeError),
        ([True], fg.InputTypeError),
        (True, fg.InputTypeError),
        ("3", fg.InputTypeError),
        (None, fg.InputTypeError),
        ({1, 2}, fg.InputTypeError),
        (1j, fg.InputTypeError),
    ],
)
@pytest.mark.parametrize("function", [fg.boundary, fg.reference.boundary])
def test_bad_distances(function, distance, error):
    with pytest.raises(error, match="distance"):
        function(SHIFTED, SQUARE, distance=distance)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"metric": "euclid"}, "metric is 'euclid'"),
        ({"edge": "zero"}, "edge is 'zero'"),
        ({"ignore_index": 1}, "ignore_index goes with num_classes"),
        ({"num_classes": 2, "threshold": 0.5}, "num_classes goes without"),
        ({"num_classes": 0}, "num_classes is 0"),
        ({"num_classes": 1}, "has the label (1|True)"),
        ({"ignore": np.zeros((3, 3), dtype=bool)}, "ignore has the shape"),
    ],
)
@pytest.mark.parametrize("function", [fg.boundary, fg.reference.boundary])
def test_bad_options(function, options, match):
    with pytest.raises(fg.InputValueError, match=match):
        function(SHIFTED, SQUARE, **options)


def test_nan_scores_are_named():
    scores = SQUARE.astype(np.float32)
    scores[1, 3, 7] = np.nan
    with pytest.raises(fg.InputValueError, match="image 1, row 3, column 7"):
        fg.boundary(scores, SQUARE, threshold=0.5, distance=1)
    with pytest.raises(fg.InputTypeError, match="threshold"):
        fg.boundary(scores, SQUARE, distance=1)


def test_a_single_distance_has_no_axis_in_metrics():
    curve = counts()
    assert curve.iou().shape == (2, 2)
    single = counts(2)
    assert single.both.shape == (2, 1)
    np.testing.assert_array_equal(single.iou(), curve.iou()[:, 1])
    assert isinstance(single[0].iou(), float)
    assert single == curve.at(2)
    assert counts([2]).iou().shape == (2, 1)
    assert counts([2]) != single


def test_at_wants_a_known_distance():
    with pytest.raises(fg.InputValueError, match="want one of: 1, 2"):
        counts().at(3)
    with pytest.raises(fg.InputValueError, match="ratio"):
        counts(0.1).at(2)


def test_adding_wants_the_same_rule():
    for other in (counts([1, 3]), counts(metric="taxicab"), counts(edge="ignore"), counts(1)):
        with pytest.raises(fg.InputValueError, match="don't go together"):
            counts() + other
        with pytest.raises(fg.InputValueError, match="don't go together"):
            fg.concat([counts(), other])
    with pytest.raises(fg.InputValueError, match="don't add"):
        counts() + counts()[0]


def test_pooling_a_ratio_over_sizes_says_so():
    sizes = [(10, 10), (100, 100)]
    masks = [np.ones(size, dtype=bool) for size in sizes]
    batch = fg.boundary(masks, masks, distance=0.1)
    assert batch.distances.tolist() == [[1], [14]]
    assert "pooled over distances" not in repr(batch)
    pooled = batch.sum()
    assert "pooled over distances from 1 to 14 pixels" in repr(pooled)
    assert pooled.both.tolist() == [36 + 100**2 - 72**2]
    assert (pooled.min_distances.tolist(), pooled.max_distances.tolist()) == ([1], [14])
    with pytest.raises(fg.InputValueError, match="1 to 14 pixels"):
        _ = pooled.distances
    assert pooled == batch[0] + batch[1] == sum(batch)


def test_no_images():
    nothing = fg.boundary(SQUARE[:0], SQUARE[:0], distance=0.1)
    assert nothing.sum().both.tolist() == [0]
    assert nothing.sum() + counts(0.1).sum() == counts(0.1).sum()


def test_immutable():
    evidence = counts()
    with pytest.raises(AttributeError, match="immutable"):
        evidence.distance = 3
    with pytest.raises(ValueError, match="read-only"):
        evidence.both[0] = 1


@pytest.mark.parametrize(
    "change",
    [
        {"both": [[9]]},
        {"both": [[-1]]},
        {"band_preds": [[1, 2]]},
        {"band_preds": [1, 2]},
        {"distance": 0.1},
        {"distance": (1, 2)},
        {"metric": "?"},
    ],
)
def test_bad_fields(change):
    fields = {"band_preds": [[4]], "band_target": [[5]], "both": [[3]], "distance": 1}
    assert fg.BoundaryCounts(**fields).recall().tolist() == [0.6]
    with pytest.raises(fg.InputValueError):
        fg.BoundaryCounts(**(fields | change))


def test_undefined_values():
    evidence = counts()
    assert np.isnan(evidence.iou()[1]).all()
    assert evidence.iou(empty=1)[1].tolist() == [1.0, 1.0]
    mean = evidence.mean("iou", empty="skip")
    np.testing.assert_array_equal(mean.value, evidence[0].iou())
    assert mean.num.tolist() == mean.both_empty.tolist() == [1, 1]
    assert np.isnan(evidence.mean("iou").value).all()


def test_means_over_some_axes():
    stack = [fg.boundary(SHIFTED, SQUARE, distance=[1, 4, 5], edge=edge) for edge in ["background"]]
    classes = fg.boundary(
        np.stack([SHIFTED, SQUARE], axis=1), np.stack([SQUARE, SQUARE], axis=1), distance=[1, 4, 5]
    )
    assert classes.shape == (2, 2)
    mean = classes.mean("dice", axis=0, empty=0)
    assert mean.value.shape == (2, 3)
    np.testing.assert_array_equal(mean.value[0], stack[0].dice(empty=0).sum(axis=0) / 2)
    np.testing.assert_array_equal(mean.value[1], [0.5, 0.5, 0.5])
    weighted = classes.mean("recall", weights="support", empty="skip")
    pooled = classes.sum()
    np.testing.assert_allclose(weighted.value, pooled.both / pooled.band_target, rtol=1e-15)
    outcomes = classes.outcomes(axis=1)
    assert outcomes.both_empty.tolist() == [[0, 0, 0], [2, 2, 2]]


@pytest.mark.parametrize("distance", [1, 0.1, [1, 2]])
def test_one_call(distance):
    evidence = counts(distance)

    def call(**options):
        return fg.boundary_iou(SHIFTED, SQUARE, distance=distance, **options)

    np.testing.assert_array_equal(call(), evidence.iou())
    np.testing.assert_array_equal(call(average="pooled"), evidence.sum().iou())
    assert call(average="macro", empty="skip") == evidence.mean("iou", empty="skip")
    assert call(average="weighted", empty=0) == evidence.mean("iou", weights="support", empty=0)
    with pytest.raises(fg.InputValueError, match="average"):
        call(average="per_class")


def test_one_call_of_classes():
    target = SQUARE.astype(np.uint8) + 1
    preds = SHIFTED.astype(np.uint8) + 1
    options = {"distance": 2, "num_classes": 4}
    per_class = fg.boundary_iou(preds, target, average="per_class", **options)
    assert per_class.shape == (4,)
    assert np.isnan(per_class[[0, 3]]).all()
    assert per_class[2] == fg.boundary_iou(SHIFTED, SQUARE, distance=2, average="pooled")
    mean = fg.boundary_iou(preds, target, average="macro", empty="skip", **options)
    assert (mean.value, mean.num) == (pytest.approx(np.nanmean(per_class), rel=1e-15), 2)
    minimum = fg.minimum_iou(preds, target, average="per_class", **options)
    iou = fg.iou(preds, target, num_classes=4, average="per_class")
    np.testing.assert_array_equal(minimum, np.minimum(iou, per_class))
    with pytest.raises(fg.InputValueError, match="average"):
        fg.minimum_iou(preds, target, average="macro", **options)


def test_the_band_of_one_distance_only():
    with pytest.raises(fg.InputTypeError, match="a single one"):
        fg.boundary_band(SQUARE, distance=[1, 2])


@pytest.mark.parametrize("shape", [(0, 2**40), (2**40, 0), (3, 0), (0, 3, 3)])
@pytest.mark.parametrize("distance", [0.02, [1, 5]])
def test_images_without_pixels_take_no_time(shape, distance):
    nothing = np.zeros(shape, dtype=bool)
    evidence = fg.boundary(nothing, nothing, distance=distance)
    assert not evidence.both.any()
    labels = fg.boundary(nothing, nothing, distance=distance, num_classes=2)
    assert labels.shape == (*shape[:-2], 2)
    assert fg.boundary_band(nothing, distance=3).shape == shape


def test_more_counts_than_memory():
    many = np.broadcast_to(np.zeros((1, 1, 1), dtype=bool), (2**20, 1, 1))
    with pytest.raises(fg.InputValueError, match="at most"):
        fg.boundary(many, many, distance=range(1, 100))
    with pytest.raises(fg.InputValueError, match="at most"):
        fg.boundary(many, many, distance=1, num_classes=1000)
    with pytest.raises(fg.InputValueError, match="more than"):
        fg.boundary([[1]], [[1]], distance=range(1, 10**9))
