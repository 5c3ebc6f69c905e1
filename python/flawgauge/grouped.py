"""Means and percentiles of counted values, for many groups at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Samples"]


@dataclass(frozen=True)
class Samples:
    """Values with counts in numbered groups.

    Attributes
    ----------
    values : ndarray of float64 (M,)
        Ascending within each group; nan last.
    counts : ndarray of int64 (M,)
        How often each occurs; positive.
    starts : ndarray of int64 (G + 1,)
        Where each group begins, and the end.
    """

    values: NDArray[np.float64]
    counts: NDArray[np.int64]
    starts: NDArray[np.int64]

    @classmethod
    def group(cls, groups: Any, values: Any, counts: Any, num_groups: int) -> Samples:
        """Sort values into groups 0 to ``num_groups - 1``, and add the counts of equal ones."""
        order = np.lexsort((values, groups))
        groups, values, counts = groups[order], values[order], counts[order]
        # What is added up later must not depend on the order of equal values.
        is_new = np.ones(groups.shape, dtype=bool)
        is_new[1:] = (groups[1:] != groups[:-1]) | (values[1:] != values[:-1])
        first = np.flatnonzero(is_new)
        counts = np.add.reduceat(counts, first) if first.size else counts
        starts = np.searchsorted(groups[first], np.arange(num_groups + 1))
        return cls(values[first], counts, starts.astype(np.int64))

    @property
    def totals(self) -> NDArray[np.int64]:
        """Number of values of each group."""
        return np.diff(self._cumulated()[self.starts])

    def mean(self) -> NDArray[np.float64]:
        """Mean of each group; nan for an empty one."""
        means = np.full(len(self.starts) - 1, np.nan)
        filled = np.flatnonzero(self.totals)
        if filled.size:
            # Groups without values take no room, so each sum ends where the next one begins.
            sums = np.add.reduceat(self.values * self.counts, self.starts[filled])
            means[filled] = sums / self.totals[filled]
        return means

    def percentile(self, percentile: float) -> NDArray[np.float64]:
        """Percentile of each group, as ``numpy.percentile`` of the repeated values does it.

        Linear between neighbouring values; nan for an empty group, and for one that holds a nan.
        """
        totals, cumulated = self.totals, self._cumulated()
        result = np.full(totals.shape, np.nan)
        filled = np.flatnonzero(totals)
        if not filled.size:
            return result
        place = (totals[filled] - 1) * (percentile / 100)
        below = np.floor(place).astype(np.int64)
        above = np.minimum(below + 1, totals[filled] - 1)
        before = cumulated[self.starts[filled]]
        low, high = (
            self.values[np.searchsorted(cumulated, before + rank, side="right") - 1]
            for rank in (below, above)
        )
        result[filled] = _between(low, high, place - below)
        last = self.values[self.starts[filled + 1] - 1]
        result[filled[np.isnan(last)]] = np.nan
        return result

    def _cumulated(self) -> NDArray[np.int64]:
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(self.counts)])


def _between(
    low: NDArray[np.float64], high: NDArray[np.float64], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Go a share of the way from low to high, from the nearer end, as NumPy does."""
    # Two infinities have no difference, and none of an infinite one is not zero.
    with np.errstate(invalid="ignore"):
        gap = high - low
        between = np.where(share < 0.5, low + gap * share, high - gap * (1 - share))
    return np.where((low == high) | (share == 0), low, between)
