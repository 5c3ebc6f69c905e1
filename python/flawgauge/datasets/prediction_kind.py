"""Telling masks from maps of scores by what is in the files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from flawgauge.errors import DataError, InputValueError
from flawgauge.image_files import MAX_PIXELS, read_labels, read_scores

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["guess_kind"]

_PALETTE = 3
"""Colour type of a PNG file with a palette, byte 25: its values are indices, never scores."""

_MOST_LOOKED_AT = 32
"""Files that are decoded to see what they are."""


def guess_kind(files: Sequence[Path], max_pixels: int = MAX_PIXELS) -> Literal["scores", "masks"]:
    """Say what files hold, by their suffixes and, where those leave it open, by their values.

    A wrong guess does no silent harm: masks with more than two values are refused where they are
    scored, and a mask taken as scores has two of them.

    Raises
    ------
    InputValueError
        Files of masks and of scores are mixed.
    FileError, DataError
        A file that is looked at is wrong.
    """
    suffixes = {path.suffix.lower() for path in files}
    scores = suffixes & {".tif", ".tiff", ".npz"}
    masks = suffixes & {".bmp"}
    if scores and masks:
        raise InputValueError(
            f"predictions are files of {' and '.join(sorted(scores | masks))}; want one format, or "
            'kind="scores" or kind="masks"'
        )
    if scores or masks:
        return "scores" if scores else "masks"
    for path in files[:_MOST_LOOKED_AT]:
        found = _kind_of(path, max_pixels)
        if found is not None:
            return found
    return "masks"


def _has_palette(path: Path) -> bool:
    """Whether a PNG file that was read without error has a palette."""
    with path.open("rb") as file:
        return file.read(26)[25] == _PALETTE


def _numbers(path: Path, max_pixels: int) -> NDArray[Any]:
    """Values of an NPY file. No float holds 64-bit integers, so only as labels can they be read."""
    try:
        return read_scores(path, max_pixels=max_pixels)
    except DataError as error:
        try:
            return read_labels(path, max_pixels=max_pixels)
        except DataError:
            raise error from None


def _kind_of(path: Path, max_pixels: int) -> Literal["scores", "masks"] | None:
    """Kind of a PNG or NPY file; None if it is constant, which a map or a mask may be."""
    if path.suffix.lower() == ".npy":
        values = _numbers(path, max_pixels)
        if values.dtype.kind == "f":
            return "scores"
    else:
        values = read_labels(path, max_pixels=max_pixels)
        if _has_palette(path):
            return "masks"
    if not values.size or (values == values.flat[0]).all():
        return None
    outer = (values == values.min()) | (values == values.max())
    return "masks" if np.all(outer) else "scores"
