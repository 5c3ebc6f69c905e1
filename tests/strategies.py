"""Hypothesis strategies for images in every shape, type and memory layout.

The pixels come from a seeded generator and only its parameters from hypothesis: drawing thousands
of pixels one by one would spend the time on drawing.
"""

from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

# Columns around the 64 pixels of a mask word, and around the lanes of vector instructions.
COLUMNS = [0, 1, 2, 7, 31, 63, 64, 65, 127, 128, 130, 257]
ROWS = [0, 1, 2, 3, 5]
LEADING = [(), (), (0,), (1,), (2,), (3,), (7,), (1, 1), (2, 3), (3, 1), (0, 2), (2, 0)]

INTEGERS = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8"]
MASK_DTYPES = ["?", *INTEGERS, ">u2", ">i2", ">u4", ">i4", ">u8", ">i8"]
FLOAT_DTYPES = ["f2", "f4", "f8", ">f2", ">f4", ">f8"]

LAYOUTS = [
    "c",
    "fortran",
    "last axes swapped",
    "axes reversed",
    "rows backwards",
    "columns backwards",
    "all backwards",
    "every second column",
    "every third column backwards",
    "every second row",
    "part of a larger array",
    "unaligned",
    "padded records",
    "read-only",
]


def laid_out(array: np.ndarray, layout: str) -> np.ndarray:
    """Return an array with the same values and data type in another memory layout."""
    backwards = {
        "rows backwards": (slice(None, None, -1), slice(None)),
        "columns backwards": (slice(None), slice(None, None, -1)),
        "all backwards": (slice(None, None, -1),) * array.ndim,
    }
    if layout == "c":
        return np.ascontiguousarray(array)
    if layout == "fortran":
        return np.asfortranarray(array)
    if layout == "last axes swapped":
        return np.ascontiguousarray(array.swapaxes(-1, -2)).swapaxes(-1, -2)
    if layout == "axes reversed":
        order = np.roll(np.arange(array.ndim), 1)
        return np.ascontiguousarray(array.transpose(order)).transpose(np.argsort(order))
    if layout in backwards:
        index = (..., *backwards[layout])
        return np.ascontiguousarray(array[index])[index]
    if layout == "unaligned":
        buffer = np.zeros(array.nbytes + 1, dtype=np.uint8)
        view = buffer[1:].view(array.dtype).reshape(array.shape)
        view[...] = array
        return view
    if layout == "padded records":
        records = np.zeros(array.shape, dtype=[("before", "u1"), ("pixel", array.dtype)])
        records["pixel"] = array
        return records["pixel"]
    if layout == "read-only":
        copy = array.copy()
        copy.flags.writeable = False
        return copy
    return _as_slice(array, layout)


def _as_slice(array: np.ndarray, layout: str) -> np.ndarray:
    *leading, height, width = array.shape
    shape, index = {
        "every second column": ((height, 2 * width), (slice(None), slice(None, None, 2))),
        "every third column backwards": ((height, 3 * width), (slice(None), slice(None, None, -3))),
        "every second row": ((2 * height, width), (slice(None, None, 2), slice(None))),
        "part of a larger array": ((height + 2, width + 3), (slice(1, -1), slice(2, -1))),
    }[layout]
    # What lies between the pixels is positive or NaN, so that reading it by mistake is noticed.
    between = np.nan if array.dtype.kind == "f" else 1
    larger = np.full((*leading, *shape), between, dtype=array.dtype)
    view = larger[(..., *index)]
    view[...] = array
    return view


def nonzero_values(dtype: np.dtype) -> np.ndarray:
    """Return values that are not zero, some of them zero in all bytes but one."""
    if dtype.kind == "b":
        return np.array([True])
    bounds = np.iinfo(dtype)
    bits = [1 << k for k in range(0, 8 * dtype.itemsize, 4)]
    candidates = {1, bounds.min, bounds.max, bounds.max - 1, *bits}
    return np.array([v for v in sorted(candidates) if v and v <= bounds.max], dtype=dtype)


def random_mask(generator: np.random.Generator, shape: Any, dtype: str, density: float) -> Any:
    """Return a mask of any type in which about a share of `density` is not zero."""
    positive = generator.random(shape) < density
    values = generator.choice(nonzero_values(np.dtype(dtype)), shape)
    return np.where(positive, values, np.zeros((), dtype)).astype(dtype)


densities = st.sampled_from([0.0, 0.02, 0.5, 0.98, 1.0])
seeds = st.integers(0, 2**32 - 1)
layouts = st.sampled_from(LAYOUTS)
image_shapes = st.tuples(st.sampled_from(ROWS), st.sampled_from(COLUMNS))
batch_shapes = st.tuples(st.sampled_from(LEADING), image_shapes).map(lambda pair: pair[0] + pair[1])


@st.composite
def masks(draw: st.DrawFn, shape: tuple[int, ...], dtypes: list[str] = MASK_DTYPES) -> np.ndarray:
    """Draw a mask of the given shape, of any type and layout."""
    generator = np.random.default_rng(draw(seeds))
    dtype = draw(st.sampled_from(dtypes))
    if draw(st.booleans()):
        return laid_out(random_mask(generator, shape, dtype, draw(densities)), draw(layouts))
    # Strides of zero: one or more axes repeat a single row, column or image.
    repeated = draw(st.lists(st.booleans(), min_size=len(shape), max_size=len(shape)))
    base_shape = [
        min(size, 1) if once else size for size, once in zip(shape, repeated, strict=True)
    ]
    base = random_mask(generator, base_shape, dtype, draw(densities))
    return np.broadcast_to(laid_out(base, draw(layouts)), shape)


class Batch(NamedTuple):
    """A drawn batch: two stacked arrays, or two lists of images of different sizes."""

    preds: Any
    target: Any


@st.composite
def mask_pairs(draw: st.DrawFn) -> Batch:
    """Draw predictions and target of one shape."""
    shape = draw(batch_shapes)
    return Batch(draw(masks(shape)), draw(masks(shape)))


@st.composite
def mask_lists(draw: st.DrawFn) -> Batch:
    """Draw two lists of images of different sizes, types and layouts."""
    shapes = draw(st.lists(image_shapes, min_size=1, max_size=5))
    kind = draw(st.sampled_from([list, tuple]))
    preds = kind(draw(masks(shape)) for shape in shapes)
    return Batch(preds, kind(draw(masks(shape)) for shape in shapes))


@st.composite
def ignores(draw: st.DrawFn, shape: tuple[int, ...]) -> np.ndarray:
    """Draw an ignore mask for a batch of the given shape: whole, or to be broadcast."""
    leading, image = shape[:-2], shape[-2:]
    kept = draw(st.integers(0, len(leading)))
    own = tuple(draw(st.sampled_from([1, size])) for size in leading[len(leading) - kept :])
    return draw(masks(own + image))
