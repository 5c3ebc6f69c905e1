"""Areas under precision-recall curves: the two rules, and bounds where scores are binned."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from flawgauge import _core
from flawgauge.curves import walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from flawgauge.curves import Column, Side

    Numbers: TypeAlias = NDArray[np.float64]

Rule: TypeAlias = Literal["step", "trapezoid"]

_ROUNDING = 2.0**-44
"""More than the rounding errors of the sums, relative to them."""
_CANCELLED = 2.0**-49
"""More than the rounding errors of ``_integral``, relative to the number of positives."""


def precision_area(positives: Column, negatives: Column, rule: Rule, side: Side) -> float:
    """Area under the precision-recall curve; ``positives.total`` is not zero.

    Notes
    -----
    What each threshold adds is a float64 number, of "step" found * tp / (tp + fp); the sum of these
    is exact and rounded once, so that it does not depend on an order. Where positives and negatives
    lie between two thresholds, "value" takes them as tied.
    """
    terms, one = _core.sum_precisions(negatives, positives, rule)
    found = Fraction(sum(number << place for place, number in terms), 2**one)
    if rule == "trapezoid":
        found /= 2
    resolved = positives.is_resolved
    if not resolved:
        found += Fraction(math.fsum(_between(positives, negatives, rule, side)))
    area = float(found / positives.total)
    if side == "value" or resolved:
        return area
    return area * (1 - _ROUNDING) if side == "lower" else min(1.0, area * (1 + _ROUNDING))


def _between(positives: Column, negatives: Column, rule: Rule, side: Side) -> Iterator[float]:
    """Of the positives between thresholds, whose order among the negatives there is not known."""
    add = _SUMS[rule, side]
    for _, (found, alarms) in walk((positives, negatives), only=positives.between):
        # Everywhere else nothing is added: most of the bins of all numbers are empty.
        rows = found.rows_between()
        found, alarms = found.take(rows), alarms.take(rows)
        start, end = found.before.astype(float), found.above.astype(float)
        yield float(np.sum(add(start, end, alarms.before, alarms.above)))


def _precision(numerator: Any, found: Any, alarms: Any) -> Numbers:
    """The numerator over all that is predicted; 1 where that is nothing."""
    predicted = np.add(found, alarms).astype(float)
    result = np.ones(predicted.shape)
    np.divide(numerator, predicted, out=result, where=predicted > 0)
    return result


def _tied_step(start: Numbers, end: Numbers, _before: Numbers, after: Numbers) -> Numbers:
    return _precision((end - start) * end, end, after) * (end > start)


def _highest_step(start: Numbers, end: Numbers, before: Numbers, _after: Numbers) -> Numbers:
    """All positives first, and tied: precision only grows while positives come."""
    return _tied_step(start, end, before, before)


def _lowest_step(start: Numbers, end: Numbers, _before: Numbers, after: Numbers) -> Numbers:
    """All negatives first, then one positive at a time.

    The sum over j = start + 1 .. end of j / (j + after) is end - start less ``after`` times a part
    of the harmonic series, which is at most a logarithm, since 1 / x is convex. It is also at least
    what the mean of the first and the last one makes, since j / (j + after) is concave.
    """
    count = end - start
    ends = _precision(start + 1, start + 1, after) + _precision(end, end, after)
    return np.maximum(_integral(count, after, start + after + 0.5, -_CANCELLED), count * ends / 2)


def _tied_trapezoid(start: Numbers, end: Numbers, before: Numbers, after: Numbers) -> Numbers:
    first, last = _precision(start, start, before), _precision(end, end, after)
    return (end - start) * (first + last) / 2


def _highest_trapezoid(start: Numbers, end: Numbers, before: Numbers, _after: Numbers) -> Numbers:
    """All positives first: a concave curve, below which every chord stays.

    So does its tangent in the middle above it.
    """
    count, middle = end - start, (start + end) / 2
    predicted = np.maximum(start + before, 1)
    area = np.minimum(
        _integral(count, before, predicted, _CANCELLED), count * _precision(middle, middle, before)
    )
    # Where nothing was predicted before, the precision is 1 throughout.
    return np.where(start + before > 0, area, count)


def _lowest_trapezoid(start: Numbers, end: Numbers, _before: Numbers, after: Numbers) -> Numbers:
    """All negatives first, then all positives, tied: the chord of a concave curve."""
    return _tied_trapezoid(start, end, after, after)


def _integral(count: Numbers, alarms: Numbers, predicted: Numbers, error: float) -> Numbers:
    """Integral of 1 - alarms / x over ``count`` from ``predicted`` on, and the error of that.

    The two parts nearly cancel where there are far more false alarms than positives.
    """
    return count - alarms * np.log1p(count / predicted) + error * count


_SUMS: dict[tuple[str, str], Callable[[Numbers, Numbers, Any, Any], Numbers]] = {
    ("step", "value"): _tied_step,
    ("step", "lower"): _lowest_step,
    ("step", "upper"): _highest_step,
    ("trapezoid", "value"): _tied_trapezoid,
    ("trapezoid", "lower"): _lowest_trapezoid,
    ("trapezoid", "upper"): _highest_trapezoid,
}
