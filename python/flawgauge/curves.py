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

BLOCK_BITS = 14
BLOCK = 2**BLOCK_BITS
"""Thresholds that are looked at together."""
_PRODUCT_BITS = 63 - BLOCK_BITS
"""Products of so many bits, summed over a block, fit into a signed integer of 64."""


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


class Rise:
    """Cumulative values of a block of thresholds: before, just above, and at each of them."""

    __slots__ = ("_between", "_tied", "at")

    at: Counts

    def __init__(self, at: Counts, tied: NDArray[Any] | None, between: NDArray[Any] | None) -> None:
        self.at, self._tied, self._between = at, tied, between

    @property
    def has_ties(self) -> bool:
        """Whether anything may lie at a threshold."""
        return self._tied is not None

    @property
    def has_between(self) -> bool:
        """Whether anything may lie between two thresholds."""
        return self._between is not None

    @property
    def above(self) -> Counts:
        """Without what lies at the threshold."""
        return self.at if self._tied is None else self.at - _wide(self._tied)

    @property
    def before(self) -> Counts:
        """At the threshold before."""
        return self.above if self._between is None else self.above - _wide(self._between)


def walk(columns: tuple[Column, ...]) -> Iterator[tuple[int, tuple[Rise, ...]]]:
    """Go down the thresholds in blocks.

    Yields
    ------
    tuple of (int, tuple of Rise)
        Number of the block's first threshold, and a rise for each column. The last block is what
        lies below the last threshold, as one step without anything *at* it.
    """
    reached = [0] * len(columns)
    for part in _parts(columns[0]):
        rises = tuple(
            _rise(column, part, before) for column, before in zip(columns, reached, strict=True)
        )
        reached = [int(rise.at[-1]) for rise in rises]
        yield part.start, rises
    ends = (_last(column, at) for column, at in zip(columns, reached, strict=True))
    yield len(columns[0].at), tuple(ends)


def _parts(column: Column) -> Iterator[slice]:
    for start in range(0, len(column.at), BLOCK):
        yield slice(start, start + BLOCK)


def _rise(column: Column, part: slice, reached: int) -> Rise:
    tied = column.at[part]
    between = None if column.between is None else column.between[part]
    at = np.cumsum(_step(tied, between), dtype=np.uint64)
    if reached:
        at += np.uint64(reached)
    return Rise(at, tied, between)


def _last(column: Column, reached: int) -> Rise:
    at = np.array([column.total], dtype=np.uint64)
    return Rise(at, None, at - np.uint64(reached))


def _step(tied: NDArray[Any], between: NDArray[Any] | None) -> Counts:
    return _wide(tied) if between is None else _wide(tied) + _wide(between)


def _wide(counts: NDArray[Any]) -> Counts:
    """Convert at once: NumPy converts within an operation far slower."""
    return counts.astype(np.uint64, copy=False)


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
    total = x = y = 0
    for part in _parts(across):
        width = _sum(across, part)
        if limit is not None and x + width >= limit:
            return total + _twice_cut(across, up, part, (x, y), limit, side)
        total += 2 * y * width + _twice_block(across, up, part, side)
        x, y = x + width, y + _sum(up, part)
    end = Fraction(across.total) if limit is None else limit
    return total + _twice_piece((x, y), (across.total, up.total), end, side)


def _sum(column: Column, part: slice) -> int:
    """All that a block of thresholds adds."""
    total = int(np.sum(column.at[part], dtype=np.uint64))
    if column.between is not None:
        total += int(np.sum(column.between[part], dtype=np.uint64))
    return total


def _twice_block(across: Column, up: Column, part: slice, side: Side) -> int:
    """Twice the area of a block of thresholds, above the height at which the block begins."""
    # From there, heights are small numbers.
    y = _rise(up, part, 0)
    above, tied = y.above, across.at[part]
    between = None if across.between is None else across.between[part]
    # Twice the lower end and what is added: the sum of both ends may not fit into 64 bits.
    total = exact_dot(tied, up.at[part])
    if not y.has_between:
        return total + 2 * exact_dot(_step(tied, between), above)
    total += 2 * exact_dot(tied, above)
    if between is not None:
        before = y.before
        total += exact_dot(between, above if side == "upper" else before)
        total += exact_dot(between, before if side == "lower" else above)
    return total


def _twice_cut(
    across: Column, up: Column, part: slice, begin: tuple[int, int], limit: Fraction, side: Side
) -> Fraction:
    """Twice the area of the part of a block before the limit."""
    x, y = _rise(across, part, begin[0]), _rise(up, part, begin[1])
    # Both are whole numbers: at least the limit is at least the next whole number.
    crossing = int(np.searchsorted(x.at, np.uint64(-(-limit // 1))))
    head = slice(part.start, part.start + crossing)
    total = 2 * begin[1] * _sum(across, head) + _twice_block(across, up, head, side)
    before, above, at = (
        (int(getattr(x, name)[crossing]), int(getattr(y, name)[crossing]))
        for name in ("before", "above", "at")
    )
    between, tied = (
        _twice_piece(before, above, limit, side),
        _twice_piece(above, at, limit, "value"),
    )
    return total + between + tied


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


def exact_dot(first: NDArray[Any], second: NDArray[Any]) -> int:
    """Sum of products of whole numbers, at most a block of them, however large."""
    bits = [int(values.max(initial=0)).bit_length() for values in (first, second)]
    if not all(bits):
        return 0
    own = bits[0] if sum(bits) <= _PRODUCT_BITS else min(bits[0], _PRODUCT_BITS // 2)
    others = _limbs(second, bits[1], _PRODUCT_BITS - own)
    return sum(
        int(np.dot(limb, other)) << (place + other_place)
        for place, limb in _limbs(first, bits[0], own)
        for other_place, other in others
    )


def _limbs(values: NDArray[Any], bits: int, size: int) -> list[tuple[int, NDArray[np.int64]]]:
    """Numbers of so many bits, cut into digits of a size: of each its place, and the digits."""
    wide = _wide(values)
    if bits <= size:
        return [(0, wide.view(np.int64))]
    mask = np.uint64(2**size - 1)
    return [
        (place, ((wide >> np.uint64(place)) & mask).view(np.int64))
        for place in range(0, bits, size)
    ]


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
