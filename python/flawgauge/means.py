"""Ratios that may be undefined, and means that say what they left out."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from flawgauge.errors import InputValueError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Empty", "Mean", "Outcomes"]

Empty: TypeAlias = Literal["nan", "skip", 0, 1]
"""What an undefined ratio (0 / 0) becomes: nan, 0 or 1; "skip" leaves it out of means."""


@dataclass(frozen=True, eq=False)
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

    Notes
    -----
    Arrays of int64 in place of numbers where they were counted over some axes only.

    Examples
    --------
    >>> import flawgauge as fg
    >>> fg.ConfusionCounts(tp=[8, 0], fp=[2, 0], fn=[0, 5], tn=[90, 95]).outcomes()
    Outcomes(both_empty=0, missed=1, false_alarms=0, both=1)
    """

    both_empty: Any
    missed: Any
    false_alarms: Any
    both: Any

    @property
    def total(self) -> Any:
        """Number of images."""
        return self.both_empty + self.missed + self.false_alarms + self.both

    def __eq__(self, other: object) -> bool:
        return _same_fields(self, other)

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, eq=False)
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

    Notes
    -----
    Arrays in place of numbers where the mean was taken over some axes only.

    Examples
    --------
    >>> import flawgauge as fg
    >>> counts = fg.ConfusionCounts(tp=[8, 0], fp=[2, 0], fn=[0, 5], tn=[90, 95])
    >>> float(counts.mean("iou"))
    0.4
    """

    value: Any
    num: Any
    skipped: Any
    both_empty: Any
    missed: Any
    false_alarms: Any

    def __float__(self) -> float:
        return float(self.value)

    def __eq__(self, other: object) -> bool:
        return _same_fields(self, other)

    __hash__ = None  # type: ignore[assignment]


def _same_fields(first: Mean | Outcomes, second: object) -> bool:
    """Whether two results are equal, nan being equal to nan."""
    return type(first) is type(second) and all(
        np.array_equal(
            np.asarray(getattr(first, field.name), dtype=np.float64),
            np.asarray(getattr(second, field.name), dtype=np.float64),
            equal_nan=True,
        )
        for field in fields(first)
    )


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
    if denominator.all():
        # Far faster than with a mask.
        result = np.divide(numerator, denominator)
        return result if result.ndim else float(result)
    result = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), undefined)
    np.divide(numerator, denominator, out=result, where=denominator != 0)
    return result if result.ndim else float(result)


def root(squares: Any) -> Any:
    """Square roots of Python integers, or of arrays of them: exact where they are whole."""
    return _ROOT(squares)


def _integer_root(square: int) -> float:
    whole = math.isqrt(square)
    return whole if whole * whole == square else math.sqrt(square)


_ROOT = np.frompyfunc(_integer_root, 1, 1)


def mean_of(
    values: NDArray[np.float64],
    weights: NDArray[np.int64] | None,
    outcomes: Outcomes,
    empty: Empty,
) -> Mean:
    """Average values over the last axis; undefined ones are left out if ``empty`` is "skip".

    The sums are exactly rounded, so that the order of the values does not matter.
    """
    kept = np.ones(values.shape, dtype=bool)
    if check_empty(empty) == "skip":
        kept = ~np.isnan(values)
    shape = values.shape[:-1]
    means = np.empty(shape)
    for index in np.ndindex(shape):
        chosen = kept[index]
        factors = None if weights is None else weights[index][chosen]
        means[index] = _exact_mean(values[index][chosen], factors)
    num = kept.sum(axis=-1)
    return Mean(
        value=means if shape else float(means[()]),
        num=num if shape else int(num),
        skipped=values.shape[-1] - num if shape else values.shape[-1] - int(num),
        both_empty=outcomes.both_empty,
        missed=outcomes.missed,
        false_alarms=outcomes.false_alarms,
    )


def _exact_mean(values: NDArray[np.float64], weights: NDArray[np.int64] | None) -> float:
    if weights is None:
        return math.fsum(values) / values.size if values.size else math.nan
    total = int(weights.sum())
    # A value without weight must not make the sum undefined.
    products = np.where(weights > 0, values, 0.0) * weights
    return math.fsum(products) / total if total else math.nan
