"""Ratios that may be undefined, and means that say what they left out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from flawgauge.errors import InputValueError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Empty", "Mean", "Outcomes"]

Empty: TypeAlias = Literal["nan", "skip", 0, 1]
"""What an undefined ratio (0 / 0) becomes: nan, 0 or 1; "skip" leaves it out of means."""


@dataclass(frozen=True)
class Outcomes:
    """How many images have which masks empty.

    Attributes
    ----------
    both_empty : int
        Neither the prediction nor the ground truth has a positive pixel.
    missed : int
        Only the ground truth has one.
    false_alarms : int
        Only the prediction has one.
    both : int
        Both have one.
    """

    both_empty: int
    missed: int
    false_alarms: int
    both: int

    @property
    def total(self) -> int:
        """Number of images."""
        return self.both_empty + self.missed + self.false_alarms + self.both


@dataclass(frozen=True)
class Mean:
    """A mean over images or classes, with what it was taken over. ``float(mean)`` works.

    Attributes
    ----------
    value : float
        The mean, as a fraction.
    num : int
        Number of values that were averaged.
    skipped : int
        Number of undefined values that were left out.
    both_empty, missed, false_alarms : int
        How many of all values come from a pair whose masks are both empty, whose prediction alone
        is empty, whose ground truth alone is empty.
    """

    value: float
    num: int
    skipped: int
    both_empty: int
    missed: int
    false_alarms: int

    def __float__(self) -> float:
        return self.value


def check_empty(empty: Any) -> Empty:
    """Raise unless ``empty`` names a policy."""
    if isinstance(empty, str) and empty in ("nan", "skip"):
        return empty  # type: ignore[return-value]
    if isinstance(empty, (int, float)) and not isinstance(empty, bool) and empty in (0, 1):
        return int(empty)  # type: ignore[return-value]
    raise InputValueError(f'empty is {empty!r}, want "nan", "skip", 0 or 1')


def ratio(numerator: Any, denominator: Any, empty: Empty) -> Any:
    """Divide, with the value of ``empty`` where the denominator is zero.

    Returns
    -------
    float or ndarray of float64
        A float if both are scalars.
    """
    value = check_empty(empty)
    undefined = math.nan if isinstance(value, str) else float(value)
    numerator = np.asarray(numerator, dtype=np.float64)
    denominator = np.asarray(denominator, dtype=np.float64)
    result = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), undefined)
    np.divide(numerator, denominator, out=result, where=denominator != 0)
    return result if result.ndim else float(result)


def mean_of(
    values: NDArray[np.float64],
    weights: NDArray[np.int64] | None,
    outcomes: Outcomes,
    empty: Empty,
) -> Mean:
    """Average values; undefined ones are left out if ``empty`` is "skip".

    The sums are exactly rounded, so that the order of the values does not matter.
    """
    values = np.asarray(values, dtype=np.float64).ravel()
    kept = np.ones(values.shape, dtype=bool)
    if check_empty(empty) == "skip":
        kept = ~np.isnan(values)
    numbers = values[kept]
    num = int(numbers.size)
    if weights is None:
        mean = math.fsum(numbers) / num if num else math.nan
    else:
        factors = np.broadcast_to(weights, np.shape(weights)).ravel()[kept]
        total = int(factors.sum())
        # A value without weight must not make the sum undefined.
        products = np.where(factors > 0, numbers, 0.0) * factors
        mean = math.fsum(products) / total if total else math.nan
    return Mean(
        value=mean,
        num=num,
        skipped=int(values.size) - num,
        both_empty=outcomes.both_empty,
        missed=outcomes.missed,
        false_alarms=outcomes.false_alarms,
    )
