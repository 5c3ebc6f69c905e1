"""`flawgauge.sweep` equals its reference by ``==``."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flawgauge as fg
from flawgauge import reference
from flawgauge.errors import FlawgaugeError, InputTypeError, InputValueError
from strategies import LAYOUTS, ignores, laid_out, layouts, masks

DTYPES = ["f2", "f4", "f8", ">f2", ">f4", ">f8", "u1", "u2", ">u2"]
SHAPES = [(1, 1), (3, 5), (5, 3), (2, 65), (4, 130), (0, 3), (3, 0), (7, 64)]
LEADING = [(), (), (1,), (3,), (0,), (2, 2)]
SPECIAL = [np.inf, -np.inf, -0.0, 0.0, 1e-45, -1e-45, 3e38, -3e38]


def random_scores(generator, shape, dtype, levels):
    """Scores with many ties, or nearly none; floats also negative, infinite and subnormal."""
    if np.dtype(dtype).kind == "u":
        return generator.integers(0, levels, shape).astype(dtype)
    scores = (generator.integers(0, levels, shape) - levels // 2) / 4
    special = generator.choice(SPECIAL, shape)
    with np.errstate(over="ignore"):
        return np.where(generator.random(shape) < 0.1, special, scores).astype(dtype)


@st.composite
def batches(draw):
    """Scores, target and perhaps an ignore mask, in any layout."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dtype, levels = draw(st.sampled_from(DTYPES)), draw(st.sampled_from([1, 4, 40, 200]))
    if draw(st.booleans()):
        shape = draw(st.sampled_from(LEADING)) + draw(st.sampled_from(SHAPES))
        scores = laid_out(random_scores(generator, shape, dtype, levels), draw(layouts))
        ignore = draw(ignores(shape)) if draw(st.booleans()) else None
        return scores, draw(masks(shape)), ignore
    shapes = draw(st.lists(st.sampled_from(SHAPES), min_size=1, max_size=4))
    scores = [random_scores(generator, shape, dtype, levels) for shape in shapes]
    ignore = [generator.random(shape) < 0.2 for shape in shapes]
    target = [draw(masks(shape)) for shape in shapes]
    return scores, target, draw(st.sampled_from([None, ignore]))


options = st.fixed_dictionaries(
    {},
    optional={
        "thresholds": st.lists(
            st.sampled_from([-np.inf, -1, -0.0, 0, 0.25, 1, 1.1, 3, 50, np.inf]), max_size=6
        ),
        "regions": st.just(True),
        "connectivity": st.sampled_from([4, 8]),
        "per_image": st.just(True),
    },
)
band_options = st.fixed_dictionaries(
    {"boundary": st.sampled_from([1, 2, 7, 0.05, 0.4])},
    optional={
        "metric": st.sampled_from(["chessboard", "taxicab", "euclidean"]),
        "edge": st.sampled_from(["background", "ignore"]),
    },
)


@given(batches(), options)
def test_counts_and_overlaps(batch, chosen):
    scores, target, ignore = batch
    got = fg.sweep(scores, target, ignore=ignore, **chosen)
    assert got == reference.sweep(scores, target, ignore=ignore, **chosen)


@given(batches(), options, band_options)
def test_bands(batch, chosen, bands):
    scores, target, ignore = batch
    got = fg.sweep(scores, target, ignore=ignore, **chosen, **bands)
    assert got == reference.sweep(scores, target, ignore=ignore, **chosen, **bands)


@given(batches(), st.sampled_from([2**8, 2**10]), st.booleans())
def test_bins(batch, bins, regions):
    scores, target, ignore = batch
    got = fg.sweep(scores, target, ignore=ignore, bins=bins, regions=regions)
    assert got == reference.sweep(scores, target, ignore=ignore, bins=bins, regions=regions)


@given(batches(), st.sampled_from([0.05, 0.3, 1.0]), st.sampled_from([0, 1]))
def test_areas(batch, limit, empty):
    scores, target, ignore = batch
    for name, options in [
        ("auroc", {}),
        ("auroc", {"max_fpr": limit, "normalise": None}),
        ("auroc", {"max_fpr": limit, "normalise": "mcclish"}),
        ("average_precision", {"rule": "step"}),
        ("average_precision", {"rule": "trapezoid"}),
        ("aupro", {"limit": limit}),
    ]:
        got, want = (
            getattr(module, name)(scores, target, ignore=ignore, empty=empty, **options)
            for module in (fg, reference)
        )
        assert got == want


@given(batches())
def test_positive_scores(batch):
    scores, target, ignore = batch
    got = fg.positive_scores(scores, target, ignore=ignore)
    assert got == reference.positive_scores(scores, target, ignore=ignore)
    assert pickle.loads(pickle.dumps(got)) == got


@given(st.lists(batches(), min_size=1, max_size=3), st.booleans())
def test_two_phases_equal_the_pooled_sweep(parts, regions):
    parts = [as_lists(*part) for part in parts]
    thresholds = sum(fg.positive_scores(s, t, ignore=i) for s, t, i in parts)
    swept = sum(
        fg.sweep(s, t, ignore=i, thresholds=thresholds, regions=regions) for s, t, i in parts
    )
    scores, target, ignore = ([image for part in parts for image in part[at]] for at in range(3))
    assert swept == fg.sweep(scores, target, ignore=ignore, regions=regions)


def as_lists(scores, target, ignore):
    """A batch as lists of images in single precision; one without images becomes an empty one."""
    if isinstance(scores, np.ndarray):
        ignore = np.broadcast_to(False if ignore is None else ignore != 0, scores.shape)
        index = list(np.ndindex(scores.shape[:-2]))
        scores, target, ignore = ([array[at] for at in index] for array in (scores, target, ignore))
    ignore = ignore or [np.zeros(image.shape, bool) for image in scores]
    nothing = np.zeros((0, 0), bool)
    with np.errstate(over="ignore"):
        scores = [image.astype("f4") for image in scores]
    return scores or [nothing.astype("f4")], target or [nothing], ignore or [nothing]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_type_in_every_layout(dtype, layout):
    generator = np.random.default_rng(7)
    scores = random_scores(generator, (2, 9, 131), dtype, 30)
    target = generator.random(scores.shape) < 0.3
    want = reference.sweep(scores, target, boundary=2)
    assert fg.sweep(laid_out(scores, layout), laid_out(target, layout), boundary=2) == want


@pytest.mark.parametrize("share", [0.03, 0.5])
def test_large_images(share):
    generator = np.random.default_rng(8)
    target = generator.random((3, 700, 800)) < share
    scores = (generator.normal(size=target.shape) + target).astype("f4")
    found = fg.sweep(scores, target)
    positives, negatives = scores[target], scores[~target]
    np.testing.assert_array_equal(found.thresholds, np.unique(positives)[::-1])
    for counts, values in (
        (np.cumsum(found.positives_at), positives),
        (np.cumsum(found.negatives_at + found.negatives_between), negatives),
    ):
        ordered = np.sort(values)
        want = ordered.size - np.searchsorted(ordered, found.thresholds)
        np.testing.assert_array_equal(counts, want)


def test_equal_scores_of_double_precision_only():
    scores = np.array([[1.0, 1.0 + 1e-12, 1.0 + 2e-12]])
    found = fg.sweep(scores, [[1, 0, 1]])
    assert found.thresholds.tolist() == [1.0 + 2e-12, 1.0]
    assert found.thresholds.dtype == np.float64
    assert fg.sweep(scores.astype("f4"), [[1, 0, 1]]).thresholds.tolist() == [1.0]


def test_bfloat16_becomes_single_precision():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    scores = np.array([[0.5, 1.5, 2.5]], dtype=ml_dtypes.bfloat16)
    assert fg.sweep(scores, [[0, 1, 1]]) == fg.sweep(scores.astype("f4"), [[0, 1, 1]])


def test_bfloat16_of_torch():
    torch = pytest.importorskip("torch")
    scores = torch.tensor([[0.5, 1.5, 2.5]], dtype=torch.bfloat16)
    target = np.array([[0, 1, 1]])
    want = fg.sweep(scores.float(), target)
    assert fg.sweep(scores, target) == fg.sweep([scores], [target]) == want
    assert fg.image_sweep(scores[0], [0, 1, 1]) == want


@pytest.mark.parametrize("shape", [(2**40, 0), (0, 2**40), (3, 0, 7)])
def test_images_without_pixels(shape):
    nothing = np.zeros(shape, dtype=np.float32)
    found = fg.sweep(nothing, nothing > 0, regions=True)
    assert (found.num_positives, found.num_negatives, found.num_thresholds) == (0, 0, 0)


@pytest.mark.parametrize("thresholds", [None, [0.5, 0.25]])
@pytest.mark.parametrize("boundary", [2, 0.1])
def test_batches_without_images(thresholds, boundary):
    nothing = np.zeros((0, 4, 5), dtype=np.float32)
    options = {"thresholds": thresholds, "boundary": boundary, "regions": True}
    found = fg.sweep(nothing, nothing > 0, **options)
    assert found == reference.sweep(nothing, nothing > 0, **options)
    assert (found.num_regions, found.band_target) == (0, 0)
    assert fg.sweep(nothing, nothing > 0, per_image=True, **options) == []


BAD = [
    ({"scores": np.zeros((2, 2), bool)}, InputTypeError, "scores has the dtype bool"),
    ({"scores": np.zeros((2, 2), int)}, InputTypeError, "scores has the dtype int64, want float16"),
    ({"scores": np.zeros((2, 2), "c8")}, InputTypeError, "complex64, want float16, float32"),
    ({"scores": np.zeros((2, 2), "u4")}, InputTypeError, "uint32, want float16, float32"),
    ({"scores": np.zeros(2)}, InputValueError, r"scores has the shape \(2,\)"),
    ({"scores": np.zeros((3, 2))}, InputValueError, r"scores has the shape \(3, 2\) and target"),
    ({"scores": [np.zeros((2, 2), "f4"), np.zeros((2, 2))], "target": [np.ones((2, 2), int)] * 2},
     InputTypeError, "want one precision"),
    ({"target": np.ones((2, 2))}, InputTypeError, "target has the dtype float64"),
    ({"thresholds": [np.nan]}, InputValueError, "thresholds holds nan"),
    ({"thresholds": [[1.0]]}, InputTypeError, "thresholds is an array of shape"),
    ({"thresholds": ["a"]}, InputTypeError, "thresholds"),
    ({"thresholds": [1.0], "bins": 256}, InputValueError, "don't go together"),
    ({"bins": 100}, InputValueError, "bins is 100, want a power of two"),
    ({"bins": 2**25}, InputValueError, "bins is"),
    ({"bins": 256.0}, InputTypeError, "bins is 256.0"),
    ({"connectivity": 6}, InputValueError, "connectivity is 6"),
    ({"connectivity": 8.0}, InputValueError, "connectivity is 8.0"),
    ({"connectivity": np.array([4, 8])}, InputValueError, "connectivity is array"),
    ({"boundary": (1, 2)}, InputTypeError, r"boundary is \(1, 2\), want a single distance"),
    ({"boundary": 0}, InputValueError, "boundary is 0"),
    ({"boundary": 1, "metric": "cosine"}, InputValueError, "metric is 'cosine'"),
    ({"ignore": np.zeros((3, 3), bool)}, InputValueError, r"ignore has the shape \(3, 3\)"),
    ({"scores": [np.zeros((2, 2))], "target": [np.ones((2, 2), int)],
      "ignore": np.zeros((2, 2), bool)}, InputValueError, "want a list like scores"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "error", "message"), BAD)
def test_bad_arguments(change, error, message):
    arguments = {"scores": np.zeros((2, 2)), "target": np.ones((2, 2), int), **change}
    for module in (fg, reference):
        with pytest.raises(error, match=message) as caught:
            module.sweep(**arguments)
        assert isinstance(caught.value, FlawgaugeError)


@pytest.mark.parametrize("yes", [True, np.True_, 1])
def test_switches_are_anything_true(yes):
    scores, target = np.arange(12.0).reshape(2, 2, 3), np.arange(12).reshape(2, 2, 3) % 2
    for module in (fg, reference):
        found = module.sweep(scores, target, regions=yes, per_image=yes)
        assert found == fg.sweep(scores, target, regions=True, per_image=True)


def test_nan_is_an_error_unless_ignored():
    scores = np.zeros((2, 3, 4), dtype=np.float32)
    scores[1, 2, 3] = np.nan
    target = np.zeros(scores.shape, bool)
    target[:, 0, 0] = True
    for module in (fg, reference):
        with pytest.raises(InputValueError, match="NaN at image 1, row 2, column 3"):
            module.sweep(scores, target)
        with pytest.raises(InputValueError, match="NaN at image 1, row 2, column 3"):
            module.positive_scores(scores, np.isnan(scores))
    found = fg.sweep(scores, target, ignore=np.isnan(scores))
    assert found == reference.sweep(scores, target, ignore=np.isnan(scores))
    assert found.num_negatives == 21
    with pytest.raises(InputValueError, match="NaN at image 0, row 0, column 0"):
        fg.sweep(np.full((3, 3), np.nan), np.eye(3, dtype=bool))
