"""Shapes of generated defects, in whole numbers: the same on every machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from random import Random
    from typing import TypeAlias

    from numpy.typing import NDArray

    Mask: TypeAlias = NDArray[np.bool_]

__all__ = ["below", "disk", "grown", "stroke"]


def below(random: Random, bound: int) -> int:
    """A whole number from 0 to bound - 1."""
    return int(random.random() * bound)


def stroke(
    mask: Mask,
    random: Random,
    start: tuple[int, int],
    direction: tuple[int, int],
    *,
    steps: int,
    radius: int,
) -> None:
    """Draw disks along a path that wanders around its direction; all in pixels."""
    row, column = start
    for _ in range(steps):
        disk(mask, row, column, max(1, radius + below(random, 3) - 1))
        row += direction[0] + below(random, 5) - 2
        column += direction[1] + below(random, 5) - 2


def disk(mask: Mask, row: int, column: int, radius: int) -> None:
    """Draw a disk, as far as it is in the image; all in pixels."""
    top, left = max(row - radius, 0), max(column - radius, 0)
    window = mask[top : max(row + radius + 1, 0), left : max(column + radius + 1, 0)]
    rows = np.arange(window.shape[0])[:, np.newaxis] + top - row
    columns = np.arange(window.shape[1]) + left - column
    window |= rows * rows + columns * columns <= radius * radius


def grown(mask: Mask) -> Mask:
    """Add the pixels above, below, left and right of each positive pixel."""
    grown = mask.copy()
    grown[1:] |= mask[:-1]
    grown[:-1] |= mask[1:]
    grown[:, 1:] |= mask[:, :-1]
    grown[:, :-1] |= mask[:, 1:]
    return grown
