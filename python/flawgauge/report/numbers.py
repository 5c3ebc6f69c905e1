"""Numbers as reports and their files hold them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["mean_of_defined", "plain", "plain_ratio"]


def plain(value: Any) -> float | int | str | None:
    """Return a number as JSON can hold it: None for nan, "inf" and "-inf" for the infinities.

    Examples
    --------
    >>> plain(np.float32(0.5)), plain(np.int64(3)), plain(math.nan), plain(-math.inf)
    (0.5, 3, None, '-inf')
    """
    number: float | int = np.asarray(value).item()
    if math.isinf(number):
        return "inf" if number > 0 else "-inf"
    return None if math.isnan(number) else number


def plain_ratio(value: Any) -> float | None:
    """Return a ratio as JSON can hold it: None where it is not defined.

    Examples
    --------
    >>> plain_ratio(math.nan), plain_ratio(0.25)
    (None, 0.25)
    """
    number = float(value)
    return None if math.isnan(number) else number


def mean_of_defined(values: Iterable[float]) -> float:
    """Return the mean of what is not nan, its sum exactly rounded; nan if nothing is left.

    Examples
    --------
    >>> mean_of_defined([0.5, math.nan, 0.25])
    0.375
    """
    kept = [value for value in values if not math.isnan(value)]
    return math.fsum(kept) / len(kept) if kept else math.nan
