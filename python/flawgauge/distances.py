"""Distances of boundary bands: what an argument means in pixels, for each image."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from flawgauge.errors import InputTypeError, InputValueError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from flawgauge.arrays import Images

__all__ = ["EDGES", "METRICS", "Distance", "check_distance", "pixel_distance", "pixel_distances"]

Distance: TypeAlias = "float | int | tuple[int, ...]"
"""A ratio of the diagonal (float), pixels (int), or several numbers of pixels."""

METRICS = ("chessboard", "taxicab", "euclidean")
EDGES = ("background", "ignore")
_LARGEST = 2**31 - 1
_MOST = 65_536
_WANT = (
    "a ratio of the diagonal (a float above 0 and at most 1), a number of pixels (an int from 1), "
    "or ascending numbers of pixels"
)


def check_distance(distance: Any, name: str = "distance") -> Distance:
    """Return a distance, the argument called ``name``, as a Python float, int or tuple of int.

    Raises
    ------
    InputTypeError
        If it is no number and no sequence of whole numbers.
    InputValueError
        If it is out of range, or the sequence is empty or not ascending.

    Examples
    --------
    >>> check_distance(range(1, 4))
    (1, 2, 3)
    """
    if isinstance(distance, (str, bytes, bool, np.bool_, dict, set)) or distance is None:
        raise InputTypeError(f"{name} is {distance!r}, want {_WANT}")
    if isinstance(distance, np.ndarray) and distance.ndim == 0:
        distance = distance[()]
    if isinstance(distance, (float, np.floating)):
        ratio = float(distance)
        if not 0 < ratio <= 1:
            hint = ": for pixels give an int" if ratio > 1 else ""
            raise InputValueError(f"{name} is {distance!r}, want {_WANT}{hint}")
        return ratio
    if isinstance(distance, (int, np.integer)):
        return _pixels(distance, name)
    try:
        values = tuple(itertools.islice(distance, _MOST + 1))
    except TypeError:
        raise InputTypeError(f"{name} is {distance!r}, want {_WANT}") from None
    if not values:
        raise InputValueError(f"{name} is an empty sequence, want {_WANT}")
    if len(values) > _MOST:
        raise InputValueError(f"{name} has more than {_MOST} values, want fewer")
    pixels = tuple(_pixels(value, name) for value in values)
    for before, after in itertools.pairwise(pixels):
        if before >= after:
            raise InputValueError(f"{name} has {after} after {before}, want ascending distances")
    return pixels


def check_rule(metric: str, edge: str) -> None:
    """Raise unless these name a metric and an edge."""
    for name, value, allowed in (("metric", metric, METRICS), ("edge", edge, EDGES)):
        if value not in allowed:
            names = ", ".join(repr(choice) for choice in allowed)
            raise InputValueError(f"{name} is {value!r}, want one of: {names}")


def pixel_distance(ratio: float, height: int, width: int) -> int:
    """Return a ratio of an image's diagonal in pixels, at least 1.

    Rounds as the code of Cheng et al. (2021) does, half to even.

    Examples
    --------
    >>> pixel_distance(0.02, 256, 1600), pixel_distance(0.005, 200, 200)
    (32, 1)
    """
    return max(1, round(ratio * math.sqrt(height**2 + width**2)))


def pixel_distances(distance: Distance, images: Images) -> NDArray[np.int64]:
    """Return distances in pixels: one row for all images, or, for a ratio, one for each of a list.

    Returns
    -------
    ndarray of int64, shape (1, D) or (N, D)
    """
    if isinstance(distance, float):
        sizes = [image.shape for image in images] if isinstance(images, list) else [images.shape]
        return np.array([[pixel_distance(distance, *size[-2:])] for size in sizes], dtype=np.int64)
    return np.array([numbers(distance)], dtype=np.int64)


def core_distances(pixels: NDArray[np.int64]) -> list[list[int]]:
    """Return ``pixel_distances`` as the compiled part takes them: 32 bits reach past any image."""
    found: list[list[int]] = np.minimum(pixels, _LARGEST).tolist()
    return found


def numbers(distance: Sequence[int] | int) -> tuple[int, ...]:
    """Return one or several numbers of pixels as a tuple."""
    return (distance,) if isinstance(distance, int) else tuple(distance)


def _pixels(value: Any, name: str) -> int:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise InputTypeError(f"{name} holds {value!r}, want whole numbers of pixels")
    if not 1 <= value <= _LARGEST:
        raise InputValueError(f"{name} is {value}, want {_WANT}, at most {_LARGEST}")
    return int(value)
