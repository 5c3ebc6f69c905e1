"""W1 in other memory layouts: flawgauge against itself in C order, same dtype."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from benches.peers import binary_counts as masks
from benches.registry import (
    MEMORY_TARGET,
    Array,
    Comparison,
    Contender,
    Inputs,
    Scale,
    Target,
)

if TYPE_CHECKING:
    from pathlib import Path

    from benches.peers.binary_counts import Call

IMAGES: dict[Scale, int] = {"tiny": 2, "quick": 8, "full": 64}
# How much slower than C order of the same dtype.
LIMIT = 3.0

Layout = Callable[[Array], Array]


def pairs(scale: Scale, folder: Path) -> Inputs:
    """The masks of `binary_counts.pairs`, fewer of them: some layouts need four times the room."""
    return masks.pairs(scale, folder, IMAGES)


def c_order(array: Array) -> Array:
    """(N, H, W), one row after the other."""
    return np.ascontiguousarray(array)


def fortran_images(array: Array) -> Array:
    """Every image column after column, one image after the other (decoded RLEs look like that)."""
    return np.ascontiguousarray(array.transpose(0, 2, 1)).transpose(0, 2, 1)


def fortran_batch(array: Array) -> Array:
    """The whole batch in Fortran order: neighbours in memory are of different images."""
    return np.asfortranarray(array)


def stacked_last(array: Array) -> Array:
    """An (H, W, N) array in C order, moved to (N, H, W)."""
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(array, 0, -1)), -1, 0)


def strided(array: Array) -> Array:
    """Every second row and column of a larger array, whose other pixels are set."""
    images, height, width = array.shape
    larger = np.ones((images, 2 * height, 2 * width), array.dtype)
    larger[:, ::2, ::2] = array
    return larger[:, ::2, ::2]


def strided_columns(array: Array) -> Array:
    """Every second column of a larger array, whose other pixels are set."""
    images, height, width = array.shape
    larger = np.ones((images, height, 2 * width), array.dtype)
    larger[:, :, ::2] = array
    return larger[:, :, ::2]


def reversed_axes(array: Array) -> Array:
    """Negative strides along both axes of the image."""
    return np.ascontiguousarray(array[:, ::-1, ::-1])[:, ::-1, ::-1]


def contender(
    name: str, dtype: str, preds_layout: Layout, target_layout: Layout, base: str | None
) -> Contender:
    """Flawgauge on the masks converted to `dtype` and laid out anew, before timing."""

    def prepare(inputs: Inputs) -> Call:
        import flawgauge as fg

        preds = preds_layout(inputs.arrays["preds"].astype(dtype))
        target = target_layout(inputs.arrays["target"].astype(dtype))
        return lambda: fg.confusion(preds, target)

    return Contender(name, prepare, "flawgauge", "ours", masks.evidence_values, base)


def layouts_of(dtype: str, name: str) -> list[Contender]:
    """The C order of a dtype and the layouts compared with it."""
    base = f"{name}, C order"
    kinds: dict[str, tuple[Layout, Layout]] = {
        "Fortran order by image": (fortran_images, fortran_images),
        "Fortran order, whole batch": (fortran_batch, fortran_batch),
        "C with Fortran order by image": (c_order, fortran_images),
        "C with Fortran order, whole batch": (c_order, fortran_batch),
        "(H, W, N) moved to (N, H, W)": (stacked_last, stacked_last),
        "every second row and column": (strided, strided),
        "every second column": (strided_columns, strided_columns),
        "both axes reversed": (reversed_axes, reversed_axes),
    }
    found = [contender(base, dtype, c_order, c_order, None)]
    found += [contender(f"{name}, {kind}", dtype, *both, base) for kind, both in kinds.items()]
    return found


def byte_orders_of(dtype: str, name: str) -> list[Contender]:
    """Native C order of a dtype, and the other byte order in two layouts."""
    base = f"{name}, C order"
    other = np.dtype(dtype).newbyteorder("S").str
    return [
        contender(base, dtype, c_order, c_order, None),
        contender(f"{name} byte-swapped", other, c_order, c_order, base),
        contender(f"{name}, every second column", dtype, strided_columns, strided_columns, base),
        contender(
            f"{name} byte-swapped, Fortran order by image",
            other,
            fortran_images,
            fortran_images,
            base,
        ),
    ]


CONTENDERS = (
    *layouts_of("uint8", "uint8"),
    *byte_orders_of("int16", "int16"),
    *byte_orders_of("int32", "int32"),
)

COMPARISONS = (
    Comparison(
        key="W1-layouts",
        title="Counts of a batch in uneven memory layouts",
        item="pixel",
        build=pairs,
        trusted=lambda inputs: masks.trusted_counts(
            inputs.arrays["preds"], inputs.arrays["target"]
        ),
        contenders=CONTENDERS,
        targets=(
            *(Target(one.name, "slowdown", LIMIT, one.base) for one in CONTENDERS if one.base),
            MEMORY_TARGET,
        ),
    ),
)
