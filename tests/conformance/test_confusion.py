"""`flawgauge.confusion` equals `flawgauge.reference.confusion` by ``==``."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flawgauge as fg
from flawgauge import reference
from strategies import (
    FLOAT_DTYPES,
    INTEGERS,
    LAYOUTS,
    MASK_DTYPES,
    batch_shapes,
    ignores,
    image_shapes,
    laid_out,
    layouts,
    mask_lists,
    mask_pairs,
    masks,
    random_mask,
    seeds,
)


def assert_same(*args: Any, **options: Any) -> fg.ConfusionCounts:
    """Compare the two implementations, shapes and types included."""
    got = fg.confusion(*args, **options)
    want = reference.confusion(*args, **options)
    assert got == want, f"got {got.to_dict()}, want {want.to_dict()}"
    assert got.shape == want.shape
    assert got.tp.dtype == np.int64
    return got


@given(mask_pairs())
def test_arrays(batch):
    counts = assert_same(batch.preds, batch.target)
    assert np.sum(counts.total) == np.size(batch.preds)


@given(mask_lists())
def test_lists_of_images_of_different_sizes(batch):
    counts = assert_same(batch.preds, batch.target)
    assert counts.total.tolist() == [image.size for image in batch.preds]


@given(st.data(), batch_shapes)
def test_ignored_pixels(data, shape):
    preds, target = data.draw(masks(shape)), data.draw(masks(shape))
    assert_same(preds, target, ignore=data.draw(ignores(shape)))


@given(st.data(), mask_lists())
def test_ignored_pixels_of_lists(data, batch):
    ignore = [data.draw(masks(np.shape(image))) for image in batch.preds]
    assert_same(batch.preds, batch.target, ignore=ignore)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", MASK_DTYPES)
def test_every_type_in_every_layout(dtype, layout):
    generator = np.random.default_rng(20)
    preds, target = (random_mask(generator, (2, 3, 5, 197), dtype, 0.3) for _ in range(2))
    counts = assert_same(laid_out(preds, layout), target)
    assert counts == assert_same(preds, laid_out(target, layout))
    assert counts == assert_same(laid_out(preds, layout), laid_out(target, layout))


@pytest.mark.parametrize("dtype", ["?", "i2", ">i4", "u8"])
@pytest.mark.parametrize("step", [*range(2, 10), 17, 65])
def test_steps(step, dtype):
    """One channel of many, as an image that stores its channels last has it; both directions."""
    generator = np.random.default_rng(24)
    channels = random_mask(generator, (2, 70, 131, step), dtype, 0.3)
    target = random_mask(generator, (2, 70, 131), dtype, 0.3)
    columns = channels[..., step // 2]
    rows = channels.swapaxes(1, 2).reshape(2, 131, 70 * step)[..., ::-step].swapaxes(1, 2)
    want = assert_same(np.ascontiguousarray(columns), target)
    assert assert_same(columns, target) == want
    assert assert_same(columns[..., ::-1], target[..., ::-1]) == want
    assert assert_same(columns[:, ::-1, ::-1], target[:, ::-1, ::-1]) == want
    assert assert_same(target, columns).fp.tolist() == want.fn.tolist()
    assert_same(rows, target)
    assert_same(rows, columns)


@pytest.mark.parametrize("dtype", FLOAT_DTYPES)
@pytest.mark.parametrize("step", [2, 3, 4, 5, 8, 9, 17])
def test_steps_over_scores(step, dtype):
    generator = np.random.default_rng(25)
    channels = generator.random((2, 70, 131, step)).astype(dtype)
    target = generator.random((2, 70, 131)) < 0.3
    want = assert_same(np.ascontiguousarray(channels[..., 0]), target, threshold=0.5)
    # NaN in other channels is none of our business.
    channels[..., 1:] = np.nan
    assert assert_same(channels[..., 0], target, threshold=0.5) == want
    backwards = channels[:, ::-1, ::-1, 0]
    assert assert_same(backwards, target[:, ::-1, ::-1], threshold=0.5) == want


@pytest.mark.parametrize("values", [(0, 1), (0, 255), (0, 2), (0, 128)])
def test_booleans_made_from_any_byte(values):
    generator = np.random.default_rng(21)
    preds, target = (
        generator.choice(np.array(values, dtype=np.uint8), (3, 131)).view(bool) for _ in range(2)
    )
    counts = assert_same(preds, target)
    assert counts == fg.confusion(preds.view(np.uint8), target.view(np.uint8))


# ---- scores and thresholds ----------------------------------------------------------------------

THRESHOLD_VALUES = [0.0, -0.0, 0.1, 0.5, 0.7, 1.0, -1.5, 255.0, 1e-8, 6e-8, 70000.0, 1e39, 1e-46]
INFINITIES = [float("inf"), float("-inf")]


def edge_scores(dtype: str, thresholds: list[float]) -> np.ndarray:
    """Return the scores at, just above and just below each threshold, and the ends of the range."""
    native = np.dtype(dtype).newbyteorder("=")
    limits = np.finfo(native)
    with np.errstate(over="ignore"):
        at = np.array(thresholds, dtype=native)
    up, down = np.array(np.inf, native), np.array(-np.inf, native)
    rest = [np.inf, -np.inf, 0.0, -0.0, limits.max, limits.min, limits.tiny]
    rest += [limits.smallest_subnormal, -limits.smallest_subnormal]
    with np.errstate(over="ignore", under="ignore"):
        near = [at, np.nextafter(at, up), np.nextafter(at, down)]
        return np.concatenate([*near, np.array(rest, dtype=native)]).astype(dtype)


@st.composite
def thresholds(draw: st.DrawFn, values: list[float] = THRESHOLD_VALUES) -> Any:
    """Draw a threshold as a Python number or a NumPy scalar of any type."""
    value = draw(st.sampled_from(values + INFINITIES))
    kind = draw(st.sampled_from([float, int, np.float16, np.float32, np.float64, np.int64]))
    if kind in (int, np.int64) and not abs(value) < 2**62:
        kind = float
    with np.errstate(over="ignore"):
        return kind(value)


@given(st.data(), batch_shapes, st.sampled_from(FLOAT_DTYPES), layouts, thresholds(), seeds)
def test_float_scores(data, shape, dtype, layout, threshold, seed):
    palette = edge_scores(dtype, [threshold, *THRESHOLD_VALUES])
    scores = np.random.default_rng(seed).choice(palette, shape).astype(dtype)
    target = data.draw(masks(shape))
    assert_same(laid_out(scores, layout), target, threshold=threshold)


@pytest.mark.parametrize("threshold", [*THRESHOLD_VALUES, *INFINITIES])
@pytest.mark.parametrize("kind", [float, np.float16, np.float32, np.float64])
@pytest.mark.parametrize("dtype", FLOAT_DTYPES)
def test_scores_next_to_each_threshold(dtype, kind, threshold):
    with np.errstate(over="ignore"):
        threshold = kind(threshold)
    scores = edge_scores(dtype, [*THRESHOLD_VALUES, threshold])[np.newaxis]
    counts = assert_same(scores, np.ones(scores.shape, dtype=bool), threshold=threshold)
    assert counts.tp > 0


@given(
    st.data(),
    batch_shapes,
    st.sampled_from([*INTEGERS, ">u2", ">i2", ">u4", ">i4", ">u8", ">i8"]),
    layouts,
    seeds,
)
def test_integer_scores(data, shape, dtype, layout, seed):
    bounds = np.iinfo(dtype)
    middle = bounds.max // 2 + 1
    palette = [bounds.min, bounds.max, 0, 1, middle - 1, middle, middle + 1]
    generator = np.random.default_rng(seed)
    scores = generator.choice(np.array(palette, dtype=dtype), shape).astype(dtype)
    threshold = data.draw(
        st.one_of(
            st.sampled_from([0, 0.5, 1, 1.0, 1.5, -0.5, -1, middle, middle + 0.5, *INFINITIES]),
            st.sampled_from([bounds.min, bounds.max, bounds.min - 1, bounds.max + 1]).filter(
                lambda value: int(float(value)) == value
            ),
            st.sampled_from([float(bounds.max), 2**70, -(2**70), 1e300, -1e300, 5e-324]),
            st.sampled_from([np.float32(0.5), np.float64(1.5), np.uint8(200), np.int64(-1)]),
            st.sampled_from([np.uint64(2**63), np.float16("inf"), np.float64(float(middle))]),
        )
    )
    assert_same(laid_out(scores, layout), data.draw(masks(shape)), threshold=threshold)


@given(
    image_shapes,
    st.sampled_from(FLOAT_DTYPES),
    st.sampled_from([0.25, 0.5, 0.75]),
    seeds,
)
def test_thresholds_taken_from_the_scores(shape, dtype, quantile, seed):
    generator = np.random.default_rng(seed)
    scores, target = generator.random(shape).astype(dtype), generator.random(shape) < 0.5
    if not scores.size:
        return
    tie = np.quantile(scores, quantile, method="nearest")
    for threshold in (tie, float(tie), np.float64(tie), np.asarray(tie)):
        assert_same(scores, target, threshold=threshold)
    other_types = [scores, scores.astype("f8"), scores.astype("f4"), scores.astype(">f4")]
    if dtype in ("f4", ">f4"):
        assert_same(other_types, [target] * 4, threshold=float(tie))


@given(batch_shapes, st.sampled_from(FLOAT_DTYPES), layouts, seeds)
def test_ignored_scores_may_be_nan(shape, dtype, layout, seed):
    generator = np.random.default_rng(seed)
    scores = generator.random(shape).astype(dtype)
    ignore = generator.random(shape) < 0.5
    scores[ignore & (generator.random(shape) < 0.5)] = np.nan
    target = generator.random(shape) < 0.5
    assert_same(laid_out(scores, layout), target, threshold=0.5, ignore=laid_out(ignore, layout))


@given(st.data(), mask_lists(), seeds)
def test_lists_of_scores(data, batch, seed):
    generator = np.random.default_rng(seed)
    scores = [
        laid_out(
            generator.random(np.shape(image)).astype(data.draw(st.sampled_from(FLOAT_DTYPES))),
            data.draw(layouts),
        )
        for image in batch.target
    ]
    assert_same(scores, batch.target, threshold=0.5)


# ---- large inputs -------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", ["c", "fortran", "every third column backwards"])
@pytest.mark.parametrize(("dtype", "threshold"), [("?", None), (">i4", None), ("f4", 0.3)])
def test_work_shared_among_threads(dtype, threshold, layout):
    generator = np.random.default_rng(22)
    shape = (9, 501, 403)
    if threshold is None:
        preds = random_mask(generator, shape, dtype, 0.1)
    else:
        preds = generator.random(shape, dtype=np.float32).astype(dtype)
    target = random_mask(generator, shape, "u1", 0.1)
    ignore = generator.random((501, 403)) < 0.1
    assert_same(laid_out(preds, layout), target, threshold=threshold)
    assert_same(laid_out(preds, layout), target, threshold=threshold, ignore=ignore)


@pytest.mark.parametrize("shape", [(1, 3000, 1000), (3_000_001, 1), (1, 3_000_001)])
def test_one_large_image(shape):
    generator = np.random.default_rng(23)
    assert_same(generator.random(shape) < 0.3, generator.random(shape) < 0.3)
