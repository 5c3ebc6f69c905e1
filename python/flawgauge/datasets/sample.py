"""One image of a data set: what it is called and where its ground truth is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["GOOD", "Box", "Sample"]

Box: TypeAlias = tuple[int, int, int, int]
"""Top, left, bottom and right in pixels, the last two just outside."""

GOOD = "good"
"""Label of a sample without defect."""


@dataclass(frozen=True, slots=True)
class Sample:
    """An image and its ground truth.

    Attributes
    ----------
    id : str
        Unique in the data set, folders separated by "/", without suffix:
        "metal_nut/test/bent/000".
    category : str
        What is reported on its own: "metal_nut", "Class1"; "all" in sets without categories.
    split : str or None
        "train", "test" or another name; None where there is no split.
    label : str or None
        "good", or the class of the defect; None where only the mask tells.
    image : Path or None
        The photograph, where there is one.
    mask : Path or None
        The file that holds the mask. Without it the sample has no defect, or has boxes.
    boxes : tuple of Box, or None
        The boxes around the defects, which are taken as filled.
    size : (int, int) or None
        Height and width in pixels, where known.

    Examples
    --------
    >>> Sample("bottle/test/good/000", category="bottle", split="test", label="good").mask is None
    True
    """

    id: str
    category: str
    split: str | None
    label: str | None
    image: Path | None = None
    mask: Path | None = None
    boxes: tuple[Box, ...] | None = None
    size: tuple[int, int] | None = None
