"""Whether the targets are met."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benches.measure import Timing

if TYPE_CHECKING:
    from benches.compare import Result, Row
    from benches.registry import Target

Pick = Callable[[Timing], float]


@dataclass(frozen=True)
class Verdict:
    """A target and what was measured: from the median times, and from the best times.

    Times of the best samples tell more on a machine that others use as well; a target counts as
    met when the median times meet it. Both are None when something was not measured.
    """

    target: Target
    against: str
    figure: float | None
    best_figure: float | None

    @property
    def is_met(self) -> bool | None:
        """True or False; None when it was not measured."""
        if self.figure is None:
            return None
        if self.target.kind == "speedup":
            return self.figure >= self.target.limit
        return self.figure <= self.target.limit


def fastest_peer(rows: Mapping[str, Row], pick: Pick) -> Row | None:
    """The peer with the least time."""
    peers = [row for row in rows.values() if row.role == "peer" and row.timing is not None]
    return min(peers, key=lambda row: _time(row, pick), default=None)


def verdicts(result: Result) -> list[Verdict]:
    """One verdict for each target of the comparison, in their order."""
    rows = {row.name: row for row in result.rows}
    return [_verdict(target, rows, result.items) for target in result.comparison.targets]


def _verdict(target: Target, rows: Mapping[str, Row], items: int) -> Verdict:
    against = target.against
    if against == "fastest peer":
        fastest = fastest_peer(rows, lambda timing: timing.median)
        against = f"fastest peer ({fastest.name})" if fastest else against
    return Verdict(
        target,
        against,
        _figure(target, rows, items, lambda timing: timing.median),
        _figure(target, rows, items, lambda timing: timing.best),
    )


def _figure(target: Target, rows: Mapping[str, Row], items: int, pick: Pick) -> float | None:
    if target.kind == "memory":
        peaks = [row.memory for row in rows.values() if row.role == "ours"]
        return float(max(peak or 0 for peak in peaks)) if None not in peaks else None
    row = rows[target.contender]
    if row.timing is None:
        return None
    if target.kind == "seconds":
        return pick(row.timing)
    if target.kind == "rate":
        return pick(row.timing) / items
    against = fastest_peer(rows, pick) if target.against == "fastest peer" else rows[target.against]
    if against is None or against.timing is None:
        return None
    ratio = pick(row.timing) / pick(against.timing)
    return ratio if target.kind == "slowdown" else 1 / ratio


def _time(row: Row, pick: Pick) -> float:
    return pick(row.timing) if row.timing is not None else float("inf")
