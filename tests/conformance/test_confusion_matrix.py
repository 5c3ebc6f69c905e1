"""`flawgauge.confusion_matrix` equals `flawgauge.reference.confusion_matrix` by ``==``."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import flawgauge as fg
from flawgauge import reference
from strategies import COLUMNS, INTEGERS, LAYOUTS, ROWS, laid_out, layouts, seeds

CLASSES = [1, 2, 3, 5, 16, 17, 150, 256, 257, 1000, 65536]
LABEL_DTYPES = [*INTEGERS, ">u2", ">i2", ">u4", ">i4", ">u8", ">i8"]
shapes = st.tuples(
    st.sampled_from([(), (0,), (1,), (3,), (2, 3), (2, 0)]),
    st.sampled_from(ROWS),
    st.sampled_from(COLUMNS),
).map(lambda parts: (*parts[0], *parts[1:]))


def assert_same(*args: Any, **options: Any) -> fg.ConfusionMatrix:
    """Compare the two implementations, shapes included."""
    got = fg.confusion_matrix(*args, **options)
    want = reference.confusion_matrix(*args, **options)
    assert got == want
    assert got.num_classes == want.num_classes == options["num_classes"]
    assert got.shape == want.shape
    return got


@st.composite
def label_types(draw: st.DrawFn, num_classes: int) -> str:
    """Draw a data type that holds all labels."""
    return draw(st.sampled_from([d for d in LABEL_DTYPES if np.iinfo(d).max >= num_classes - 1]))


def random_labels(
    generator: np.random.Generator, shape: Any, dtype: str, num_classes: int
) -> np.ndarray:
    """Return labels that reach both ends of the range, in patches as real label maps are."""
    labels = generator.integers(0, num_classes, shape)
    labels[generator.random(shape) < 0.3] = num_classes - 1
    labels[generator.random(shape) < 0.3] = 0
    return labels.astype(dtype)


@given(st.data(), shapes, st.sampled_from(CLASSES), layouts, layouts, seeds)
def test_arrays(data, shape, num_classes, preds_layout, target_layout, seed):
    generator = np.random.default_rng(seed)
    preds, target = (
        random_labels(generator, shape, data.draw(label_types(num_classes)), num_classes)
        for _ in range(2)
    )
    assert_same(
        laid_out(preds, preds_layout), laid_out(target, target_layout), num_classes=num_classes
    )


@given(st.data(), st.sampled_from(CLASSES), seeds)
def test_lists_of_images_of_different_sizes(data, num_classes, seed):
    generator = np.random.default_rng(seed)
    sizes = data.draw(st.lists(shapes.map(lambda shape: shape[-2:]), min_size=1, max_size=4))
    preds, target = (
        [
            random_labels(generator, size, data.draw(label_types(num_classes)), num_classes)
            for size in sizes
        ]
        for _ in range(2)
    )
    assert_same(preds, target, num_classes=num_classes)


@given(st.data(), shapes, st.sampled_from(CLASSES), layouts, seeds)
def test_ignored_label(data, shape, num_classes, layout, seed):
    generator = np.random.default_rng(seed)
    dtype = data.draw(label_types(num_classes))
    bounds = np.iinfo(dtype)
    outside = [bounds.min, bounds.max, -1, 255, num_classes]
    ignore_index = data.draw(st.sampled_from([0, num_classes - 1, *outside]))
    assume(bounds.min <= ignore_index <= min(bounds.max, 2**63 - 1))
    target = random_labels(generator, shape, dtype, num_classes)
    target[generator.random(shape) < 0.4] = ignore_index
    preds = random_labels(generator, shape, dtype, num_classes)
    # What is predicted at an ignored pixel counts nowhere, even if it is no label at all.
    preds[(target == ignore_index) & (generator.random(shape) < 0.5)] = bounds.max
    assert_same(
        laid_out(preds, layout),
        laid_out(target, layout),
        num_classes=num_classes,
        ignore_index=ignore_index,
    )


@pytest.mark.parametrize("ignore_index", [-1, 300, 2**40, -(2**63), 2**63 - 1])
@pytest.mark.parametrize("dtype", ["u1", "i4", "u8"])
def test_ignored_label_that_the_type_cannot_hold(dtype, ignore_index):
    labels = np.arange(195).reshape(3, 65).astype(dtype)
    assert_same(labels, labels, num_classes=195, ignore_index=ignore_index)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", LABEL_DTYPES)
def test_every_type_in_every_layout(dtype, layout):
    generator = np.random.default_rng(30)
    preds, target = (random_labels(generator, (2, 5, 197), dtype, 5) for _ in range(2))
    matrix = assert_same(laid_out(preds, layout), laid_out(target, layout), num_classes=5)
    assert matrix == assert_same(preds, target, num_classes=5)


def test_booleans_are_the_labels_0_and_1():
    generator = np.random.default_rng(32)
    preds, target = generator.random((2, 3, 5, 70)) < 0.4
    matrix = assert_same(preds, target, num_classes=2)
    assert matrix == assert_same(preds, target.astype(np.int64), num_classes=2)
    assert_same(preds, target, num_classes=2, ignore_index=0)


@pytest.mark.parametrize("dtype", ["u1", "i2", ">i4", "u8"])
@pytest.mark.parametrize("step", [2, 3, 4, 5, 8, 9, 17])
def test_steps(step, dtype):
    generator = np.random.default_rng(33)
    preds, target = generator.integers(0, 7, (2, 2, 70, 131, step)).astype(dtype)
    want = assert_same(preds[..., 0].copy(), target[..., 0].copy(), num_classes=7)
    assert assert_same(preds[..., 0], target[..., 0], num_classes=7) == want
    back = (slice(None), slice(None, None, -1), slice(None, None, -1), 0)
    assert assert_same(preds[back], target[back], num_classes=7) == want
    turned = target.swapaxes(1, 2).copy().swapaxes(1, 2)[..., 0]
    assert assert_same(preds[..., 0], turned, num_classes=7) == want


@pytest.mark.parametrize("num_classes", CLASSES)
def test_work_shared_among_threads(num_classes):
    generator = np.random.default_rng(31)
    preds, target = (random_labels(generator, (5, 501, 203), "u2", num_classes) for _ in range(2))
    assert_same(preds, target, num_classes=num_classes)
    assert_same(preds, target, num_classes=num_classes, ignore_index=0)


@pytest.mark.parametrize("num_classes", [2, 5, 150])
def test_flat_areas(num_classes):
    """Long stretches of one pair of labels: the same counter is raised again and again."""
    preds = np.repeat(np.arange(600) % num_classes, 500).reshape(300, 1000).astype(np.uint8)
    target = np.repeat(np.arange(400) % num_classes, 750).reshape(300, 1000).astype(np.uint8)
    assert_same(preds, target, num_classes=num_classes)
    assert_same(target, target, num_classes=num_classes)
