"""The compressed strings of COCO run lengths.

A string holds integers of any size, each as groups of five bits, the lowest group first. A group is
written as the character with the code 48 + group, plus 32 if more groups of the same integer
follow. The last group's highest bit is the sign. From the fourth count on, the difference from the
count two places before is stored instead of the count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flawgauge.errors import InputValueError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["counts_from_string", "string_from_counts"]

FIRST_CODE = 48
MORE = 0x20
SIGN = 0x10
GROUP = 0x1F
MAX_GROUPS = 9
"""45 bits: more than the number of pixels of any image needs."""


def string_from_counts(counts: Sequence[int]) -> str:
    """Write counts as a compressed string.

    Parameters
    ----------
    counts : sequence of int
        Lengths of alternating runs.

    Returns
    -------
    str
        The string.

    Examples
    --------
    >>> string_from_counts([5, 2, 100, 2])
    '52T30'
    """
    characters = []
    for position, count in enumerate(counts):
        value = count - counts[position - 2] if position > 2 else count
        while True:
            group = value & GROUP
            value >>= 5
            # What is left is all sign: 0 after a group without the sign bit, -1 after one with it.
            finished = value == (-1 if group & SIGN else 0)
            characters.append(chr(FIRST_CODE + group + (0 if finished else MORE)))
            if finished:
                break
    return "".join(characters)


def counts_from_string(text: str | bytes) -> list[int]:
    """Read counts from a compressed string.

    Parameters
    ----------
    text : str or bytes
        The string.

    Returns
    -------
    list of int
        Lengths of alternating runs; not checked to be positive.

    Raises
    ------
    InputValueError
        If a character has no meaning, or an integer is cut off or too long.

    Examples
    --------
    >>> counts_from_string("52T30")
    [5, 2, 100, 2]
    """
    codes = list(text) if isinstance(text, bytes) else [ord(character) for character in text]
    counts: list[int] = []
    value = groups = 0
    for position, code in enumerate(codes):
        group = code - FIRST_CODE
        if not 0 <= group < 2 * MORE:
            raise InputValueError(f"character {position} of counts is {chr(code)!r}")
        if groups == MAX_GROUPS:
            raise InputValueError(f"character {position} of counts ends no number")
        value |= (group & GROUP) << (5 * groups)
        groups += 1
        if group & MORE:
            continue
        if group & SIGN:
            value -= 1 << (5 * groups)
        counts.append(value + counts[-2] if len(counts) > 2 else value)
        value = groups = 0
    if groups:
        raise InputValueError("counts ends in the middle of a number")
    return counts
