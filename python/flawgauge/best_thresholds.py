"""The threshold at which a metric of a sweep is best."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from flawgauge.confusion import ConfusionCounts
from flawgauge.curves import cumulated
from flawgauge.errors import InputTypeError, InputValueError
from flawgauge.means import ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from flawgauge.curves import Column, Counts
    from flawgauge.thresholds import Threshold

    Numbers: TypeAlias = NDArray[np.float64]

__all__ = ["BEST_METRICS", "BestThreshold"]

Ties: TypeAlias = Literal["lowest", "highest"]

_MARGIN = 1e-12
"""More than the rounding errors of a quick formula; what is that near is computed exactly."""
_LARGEST = 1e100
_BLOCK = 2**12
"""Thresholds that are looked at together."""


@dataclass(frozen=True)
class BestThreshold:
    """Where a metric of a sweep is best: the threshold, and the counts there.

    Attributes
    ----------
    metric : str
        Its name, with its option: "f1", "cost of 20".
    value : float
        Its value there; nan if it is nowhere defined.
    threshold : Threshold
        Of the source "oracle": it was chosen on the images that the value is of, and such a value
        is too good. Infinity if predicting nothing is best, nan if there is no best.
    counts : ConfusionCounts
        At the threshold.
    ties : {"lowest", "highest"}
        Which threshold was taken if several have the best value.
    """

    metric: str
    value: float
    threshold: Threshold
    counts: ConfusionCounts
    ties: Ties

    def __float__(self) -> float:
        return self.value

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "metric": self.metric,
            "value": None if math.isnan(self.value) else self.value,
            "threshold": self.threshold.to_dict(),
            "counts": self.counts.to_dict(),
            "ties": self.ties,
        }


@dataclass(frozen=True)
class Found:
    """Number of the best threshold, -1 for none at all, and what is there."""

    number: int
    value: float
    tp: int
    fp: int


@dataclass(frozen=True)
class Objective:
    """A metric to be made as large as possible.

    Attributes
    ----------
    name : str
        Shown to the user.
    quick : callable
        The metric of (tp, fp, positives, negatives) in floats, rounded a few times.
    exact : callable
        The metric of counts, as it is reported.
    sign : int
        -1 if small values are good.
    """

    name: str
    quick: Callable[[Numbers, Numbers, float, float], Numbers]
    exact: Callable[[ConfusionCounts], Any]
    sign: int = 1


def objective(metric: str, beta: float | None, cost: float | None) -> Objective:
    """Look a metric up by its name, and check its option."""
    if metric not in BEST_METRICS or metric == "boundary_iou":
        raise InputValueError(f"metric is {metric!r}, want one of: {', '.join(BEST_METRICS)}")
    for name, value, owner in (("beta", beta, "f_beta"), ("cost", cost, "cost")):
        if (value is not None) != (metric == owner):
            raise InputValueError(f'{name} goes with the metric "{owner}", and is needed there')
        if value is not None:
            _check_number(value, name)
    if metric == "f_beta":
        return _f_beta(float(beta or 0))
    if metric == "cost":
        return _cost(float(cost or 0))
    return Objective(metric, _QUICK[metric], _EXACT[metric])


def find_best(
    aim: Objective, positives: Column, negatives: Column, ties: Ties, nothing: bool
) -> Found:
    """Find the threshold at which a metric is best.

    Parameters
    ----------
    aim : Objective
        The metric.
    positives, negatives : Column
        The counts.
    ties : {"lowest", "highest"}
        Which of several thresholds to take.
    nothing : bool
        Whether to predict nothing is a choice, too, above all thresholds.

    Notes
    -----
    Two values are equal if they are the same float64 number. A quick formula finds the thresholds
    that may be best, and the reported one decides between them.
    """
    totals = positives.total, negatives.total

    def evaluate(tp: Counts, fp: Counts) -> Numbers:
        with np.errstate(divide="ignore", invalid="ignore"):
            values = aim.quick(tp.astype(float), fp.astype(float), *map(float, totals))
        return values if aim.sign > 0 else -values

    # Rows of number, tp, fp. The number -1 is nothing.
    kept = [np.array([[-1, 0, 0]])] if nothing else []
    best = -math.inf
    for start, tp, fp in _points(positives, negatives, evaluate):
        values = evaluate(tp, fp)
        # Ignores NaN.
        top = float(np.fmax.reduce(values))
        if not top >= _nearly(best):
            continue
        best = max(best, top)
        near = np.flatnonzero(values >= _nearly(best))
        kept.append(np.array([near + start, tp[near], fp[near]], dtype=np.int64).T)
    if not kept:
        return Found(-1, math.nan, 0, 0)
    points = _first_of_runs(np.concatenate(kept), ties)
    counts = ConfusionCounts._of_predicted(points[:, 1], points[:, 2], totals)
    values = aim.sign * np.asarray(aim.exact(counts))
    top = float(np.fmax.reduce(values))
    if math.isnan(top):
        return Found(-1, math.nan, 0, 0)
    places = np.flatnonzero(values == top)
    number, found, alarms = points[places[-1 if ties == "lowest" else 0]].tolist()
    return Found(number, aim.sign * top, found, alarms)


def find_best_band(
    preds: NDArray[Any], both: NDArray[Any], target: int, ties: Ties
) -> tuple[int, float]:
    """Find the threshold at which Boundary IoU is best: its number, -1 for none, and the value."""
    number, best = -1, math.nan
    for part, (in_preds, in_both) in cumulated(preds, both):
        values = ratio(in_both, in_preds + target - in_both, "nan")
        # Ignores NaN.
        top = float(np.fmax.reduce(values))
        if math.isnan(top) or top < best or (top == best and ties == "highest"):
            continue
        places = np.flatnonzero(values == top)
        number, best = part.start + int(places[-1 if ties == "lowest" else 0]), top
    return number, best


def _nearly(best: float) -> float:
    """What may be as good as the best value, but for rounding errors."""
    return best - _MARGIN * max(1.0, abs(best))


def _points(
    positives: Column,
    negatives: Column,
    evaluate: Callable[[Counts, Counts], Numbers],
) -> Iterator[tuple[int, Counts, Counts]]:
    """Number of the first threshold, and tp and fp, for blocks of thresholds.

    Blocks without a best threshold are left out.
    """
    zero = np.zeros(1, dtype=np.uint64)
    tp, fp = (np.concatenate([zero, column.ends(_BLOCK)]) for column in (positives, negatives))
    for block in _promising(tp, fp, evaluate):
        part = slice(block * _BLOCK, (block + 1) * _BLOCK)
        found, alarms = positives.rise(part, int(tp[block])), negatives.rise(part, int(fp[block]))
        yield part.start, found.at, alarms.at


def _promising(tp: Counts, fp: Counts, evaluate: Callable[[Counts, Counts], Numbers]) -> list[int]:
    """Blocks that may have the best threshold, from the counts where they begin and end.

    Every metric grows with tp and falls with fp: within a block none is better than with all
    true positives of the block and none of its false ones.
    """
    if len(tp) <= 2:
        return list(range(len(tp) - 1))
    best = float(np.fmax.reduce(evaluate(tp[1:], fp[1:])))
    bounds = evaluate(tp[1:], fp[:-1])
    # Where a metric is not defined there is no bound.
    return [int(block) for block in np.flatnonzero(~(bounds < _nearly(best)))]


def _first_of_runs(points: NDArray[np.int64], ties: Ties) -> NDArray[np.int64]:
    """Of thresholds with the same counts, keep the one that wins a tie."""
    changed = (points[1:, 1:] != points[:-1, 1:]).any(axis=1)
    kept = np.append(changed, True) if ties == "lowest" else np.append(True, changed)
    winners: NDArray[np.int64] = points[kept]
    return winners


def _check_number(value: Any, name: str) -> None:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.number)):
        raise InputTypeError(f"{name} is {value!r}, want a number")
    if not 0 <= value <= _LARGEST:
        raise InputValueError(f"{name} is {value!r}, want a number from 0 to 1e100")


def _f_beta(beta: float) -> Objective:
    square = beta**2

    def quick(tp: Numbers, fp: Numbers, positives: float, _negatives: float) -> Numbers:
        found = (1 + square) * tp
        return found / (found + square * (positives - tp) + fp)

    return Objective(f"f_beta of {beta:g}", quick, lambda counts: counts.f_beta(beta))


def _cost(cost: float) -> Objective:
    def quick(tp: Numbers, fp: Numbers, positives: float, _negatives: float) -> Numbers:
        return cost * (positives - tp) + fp

    def exact(counts: ConfusionCounts) -> Any:
        return cost * counts.fn + counts.fp

    return Objective(f"cost of {cost:g}", quick, exact, sign=-1)


def _quick_f1(tp: Numbers, fp: Numbers, positives: float, _negatives: float) -> Numbers:
    return 2 * tp / (tp + fp + positives)


def _quick_iou(tp: Numbers, fp: Numbers, positives: float, _negatives: float) -> Numbers:
    return tp / (fp + positives)


def _quick_youden(tp: Numbers, fp: Numbers, positives: float, negatives: float) -> Numbers:
    return np.divide(tp, positives) - np.divide(fp, negatives)


def _quick_mcc(tp: Numbers, fp: Numbers, positives: float, negatives: float) -> Numbers:
    fn, tn = positives - tp, negatives - fp
    # Factor by factor: the product of all four is too large for counts above 2^255.
    first = np.sqrt((tp + fp) * positives) * np.sqrt((tn + fn) * negatives)
    result: Numbers = (tp * tn - fp * fn) / first
    return result


def _exact_youden(counts: ConfusionCounts) -> Any:
    """Recall + specificity - 1, from exact products."""
    tp, fp, fn, tn = counts._exact()
    positives, negatives = tp + fn, fp + tn
    return ratio(tp * negatives - fp * positives, positives * negatives, "nan")


_QUICK = {
    "f1": _quick_f1,
    "dice": _quick_f1,
    "iou": _quick_iou,
    "youden": _quick_youden,
    "balanced_accuracy": _quick_youden,
    "mcc": _quick_mcc,
}
_EXACT: dict[str, Callable[[ConfusionCounts], Any]] = {
    "f1": ConfusionCounts.f1,
    "dice": ConfusionCounts.dice,
    "iou": ConfusionCounts.iou,
    "youden": _exact_youden,
    "balanced_accuracy": ConfusionCounts.balanced_accuracy,
    "mcc": ConfusionCounts.mcc,
}

BEST_METRICS = (*_QUICK, "f_beta", "cost", "boundary_iou")
"""Names of the metrics that ``ThresholdSweep.best`` and ``select_threshold`` know."""
