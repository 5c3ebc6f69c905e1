"""Areas under the curves of threshold sweeps, from whole numbers that are divided once.

A curve is a polygon. It is walked in blocks of thresholds, so that what a walk needs stays small
and in the cache, however many thresholds there are.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Counts: TypeAlias = NDArray[np.uint64]

Side: TypeAlias = Literal["value", "lower", "upper"]
"""Which order to assume of scores whose order is not known: tied, the worst, or the best."""

BLOCK = 2**14
"""Thresholds that are looked at together."""
_LIMB_BITS = 23
"""Products of two limbs, summed over a block, fit into 64 bits: 23 + 23 + 14."""


class Column(NamedTuple):
    """One quantity that grows as the threshold falls.

    Attributes
    ----------
    at : ndarray of uint, shape (K,)
        What a threshold itself adds, the scores that equal it.
    between : ndarray of uint, shape (K,), or None
        What scores between a threshold and the one before add; None if that is nothing.
    total : int
        All of it, with what lies below the last threshold.
    """

    at: NDArray[Any]
    between: NDArray[Any] | None
    total: int


class Rise(NamedTuple):
    """Cumulative values of a block of thresholds: before, just above, and at each of them."""

    before: Counts
    above: Counts
    at: Counts


def walk(columns: tuple[Column, ...]) -> Iterator[tuple[int, tuple[Rise, ...]]]:
    """Go down the thresholds in blocks.

    Yields
    ------
    tuple of (int, tuple of Rise)
        Number of the block's first threshold, and a rise for each column. The last block is what
        lies below the last threshold, as one step without anything *at* it.
    """
    length = len(columns[0].at)
    reached = [0] * len(columns)
    for start in range(0, length, BLOCK):
        part = slice(start, min(start + BLOCK, length))
        rises = tuple(
            _rise(column, part, before) for column, before in zip(columns, reached, strict=True)
        )
        reached = [int(rise.at[-1]) for rise in rises]
        yield start, rises
    yield length, tuple(_last(column, at) for column, at in zip(columns, reached, strict=True))


def _rise(column: Column, part: slice, reached: int) -> Rise:
    step = column.at[part]
    if column.between is not None:
        step = np.add(step, column.between[part], dtype=np.uint64)
    at = np.cumsum(step, dtype=np.uint64)
    at += np.uint64(reached)
    before = np.subtract(at, step, dtype=np.uint64)
    if column.between is None:
        return Rise(before, before, at)
    return Rise(before, np.subtract(at, column.at[part], dtype=np.uint64), at)


def _last(column: Column, reached: int) -> Rise:
    end = np.array([column.total], dtype=np.uint64)
    return Rise(np.array([reached], dtype=np.uint64), end, end)


def twice_area(across: Column, up: Column, limit: Fraction | None, side: Side) -> Fraction | int:
    """Twice the area under a polygon, from 0 to a limit of the first coordinate.

    Parameters
    ----------
    across, up : Column
        The coordinates.
    limit : Fraction or None
        Where to stop; None is the end.
    side : {"value", "lower", "upper"}
        "value" takes scores whose order is not known as tied, a straight line. The other two give
        bounds: first everything that goes across, or first everything that goes up.
    """
    total: Fraction | int = 0
    for _, (x, y) in walk((across, up)):
        if limit is None or x.at[-1] < limit:
            total += _twice_block(x, y, side)
            continue
        # Both are whole numbers: at least the limit is at least the next whole number.
        crossing = int(np.searchsorted(x.at, np.uint64(-(-limit // 1))))
        head = slice(0, crossing)
        total += _twice_block(Rise(*(v[head] for v in x)), Rise(*(v[head] for v in y)), side)
        corners = [(int(a[crossing]), int(b[crossing])) for a, b in zip(x, y, strict=True)]
        total += _twice_piece(corners[0], corners[1], limit, side)
        return total + _twice_piece(corners[1], corners[2], limit, "value")
    return total


def _twice_block(x: Rise, y: Rise, side: Side) -> int:
    total = 0
    if x.at is not x.above:
        # Twice the lower end and the rise: the sum of both ends may not fit into 64 bits.
        width = x.at - x.above
        total += 2 * exact_dot(width, y.above) + exact_dot(width, y.at - y.above)
    if x.above is not x.before:
        first = y.above if side == "upper" else y.before
        second = y.before if side == "lower" else y.above
        width = x.above - x.before
        total += exact_dot(width, first) + exact_dot(width, second)
    return total


def _twice_piece(
    start: tuple[int, int], end: tuple[int, int], limit: Fraction, side: Side
) -> Fraction:
    """Twice the area under one line, up to the limit."""
    (left, low), (right, high) = start, end
    width = min(Fraction(right), limit) - left
    if width <= 0:
        return Fraction(0)
    if side == "lower":
        return 2 * width * low
    if side == "upper":
        return 2 * width * high
    return width * (2 * low + (high - low) * width / (right - left))


def exact_dot(first: Counts, second: Counts) -> int:
    """Sum of products of whole numbers, however large."""
    seconds = _limbs(second)
    total = 0
    for place, limb in enumerate(_limbs(first)):
        for other_place, other in enumerate(seconds):
            total += int(np.dot(limb, other)) << (_LIMB_BITS * (place + other_place))
    return total


def _limbs(values: Counts) -> list[Counts]:
    """Cut numbers into digits of so few bits that a block's sum of products fits."""
    bits = int(values.max(initial=0)).bit_length()
    if bits <= _LIMB_BITS:
        return [values]
    mask = np.uint64(2**_LIMB_BITS - 1)
    return [(values >> np.uint64(low)) & mask for low in range(0, bits, _LIMB_BITS)]


def cumulated(*steps: NDArray[Any]) -> Iterator[tuple[slice, list[NDArray[np.int64]]]]:
    """Running sums of signed steps, in blocks: which part, and the sums there."""
    reached = [0] * len(steps)
    for start in range(0, len(steps[0]), BLOCK):
        part = slice(start, start + BLOCK)
        sums = [
            np.cumsum(step[part], dtype=np.int64) + before
            for step, before in zip(steps, reached, strict=True)
        ]
        reached = [int(values[-1]) for values in sums]
        yield part, sums
