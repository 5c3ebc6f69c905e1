"""Areas under the curves of threshold sweeps, from whole numbers that are divided once.

A curve is a polygon. It is walked in blocks of thresholds, so that what a walk needs stays small
and in the cache, however many thresholds there are.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np

from flawgauge import _core

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Counts: TypeAlias = NDArray[np.uint64]

Side: TypeAlias = Literal["value", "lower", "upper"]
"""Which order to assume of scores whose order is not known: tied, the worst, or the best."""

BLOCK = 2**14
"""Thresholds that are looked at together."""


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

    def until(self, length: int) -> int:
        """All that so many thresholds add."""
        between = None if self.between is None else self.between[:length]
        ends = Column(self.at[:length], between, self.total).ends(max(length, 1))
        return int(ends[-1]) if len(ends) else 0

    @property
    def is_resolved(self) -> bool:
        """Whether everything lies at a threshold."""
        return self.between is None and self.until(len(self.at)) == self.total

    def ends(self, size: int) -> Counts:
        """Cumulative values at the last threshold of each block of so many thresholds."""
        return _core.block_ends(self, size)

    def rise(self, part: slice, reached: int) -> Rise:
        """Cumulative values of some thresholds, before which a value has been reached."""
        tied = self.at[part]
        between = None if self.between is None else self.between[part]
        at = np.cumsum(_step(tied, between), dtype=np.uint64)
        if reached:
            at += np.uint64(reached)
        return Rise(at, tied, between)


class Rise:
    """Cumulative values of a block of thresholds: before, just above, and at each of them."""

    __slots__ = ("_between", "_tied", "at")

    at: Counts

    def __init__(self, at: Counts, tied: NDArray[Any] | None, between: NDArray[Any] | None) -> None:
        self.at, self._tied, self._between = at, tied, between

    @property
    def above(self) -> Counts:
        """Without what lies at the threshold."""
        return self.at if self._tied is None else self.at - _wide(self._tied)

    @property
    def before(self) -> Counts:
        """At the threshold before."""
        return self.above if self._between is None else self.above - _wide(self._between)

    def rows_between(self) -> NDArray[np.intp]:
        """Numbers of the block's thresholds with something between them and the one before."""
        if self._between is None:
            return np.zeros(0, dtype=np.intp)
        return np.flatnonzero(self._between)

    def take(self, rows: NDArray[np.intp]) -> Rise:
        """Only some thresholds of the block."""
        tied, between = (
            None if counts is None else counts[rows] for counts in (self._tied, self._between)
        )
        return Rise(self.at[rows], tied, between)


def walk(
    columns: tuple[Column, ...], only: NDArray[Any] | None = None
) -> Iterator[tuple[int, tuple[Rise, ...]]]:
    """Go down the thresholds in blocks, or only those blocks where ``only`` is not all zero.

    Yields
    ------
    tuple of (int, tuple of Rise)
        Number of the block's first threshold, and a rise for each column. The last block is what
        lies below the last threshold, as one step without anything *at* it.
    """
    reached = [0] * len(columns)
    ends = [column.ends(BLOCK) for column in columns]
    for block, start in enumerate(range(0, len(columns[0].at), BLOCK)):
        part = slice(start, start + BLOCK)
        if only is None or only[part].any():
            rises = (
                column.rise(part, before) for column, before in zip(columns, reached, strict=True)
            )
            yield start, tuple(rises)
        reached = [int(end[block]) for end in ends]
    last = (_last(column, at) for column, at in zip(columns, reached, strict=True))
    yield len(columns[0].at), tuple(last)


def _last(column: Column, reached: int) -> Rise:
    at = np.array([column.total], dtype=np.uint64)
    return Rise(at, None, at - np.uint64(reached))


def _step(tied: NDArray[Any], between: NDArray[Any] | None) -> Counts:
    return _wide(tied) if between is None else _wide(tied) + _wide(between)


def _wide(counts: NDArray[Any]) -> Counts:
    """Convert at once: NumPy converts within an operation far slower."""
    return counts.astype(np.uint64, copy=False)


def twice_area(across: Column, up: Column, limit: Fraction | None, side: Side) -> Fraction:
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
    end = Fraction(across.total) if limit is None else limit
    # Corners are whole numbers: at least the limit is at least the next whole number.
    before, piece = _core.area_up_to(across, up, math.ceil(end), side)
    start, stop, is_tied = piece
    return before + _twice_piece(start, stop, end, "value" if is_tied else side)


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


def cumulated(*steps: NDArray[Any]) -> Iterator[tuple[slice, list[NDArray[np.int64]]]]:
    """Running sums of signed steps, in blocks: which part, and the sums there."""
    reached = [0] * len(steps)
    for start in range(0, len(steps[0]), BLOCK):
        part = slice(start, start + BLOCK)
        sums = [np.cumsum(step[part].astype(np.int64)) for step in steps]
        for values, before in zip(sums, reached, strict=True):
            values += before
        reached = [int(values[-1]) for values in sums]
        yield part, sums
