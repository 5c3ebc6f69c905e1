"""Run lengths: Severstal strings, COCO count lists and COCO compressed strings.

Both formats walk the image down its columns, left to right. A Severstal string names the positive
runs, as pairs of a start (counted from 1) and a length. COCO counts are the lengths of alternating
runs, the first one negative (0 long if the first pixel is positive).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from flawgauge.arrays import as_images
from flawgauge.confusion import ConfusionCounts
from flawgauge.errors import InputTypeError, InputValueError
from flawgauge.reference.coco_strings import counts_from_string, string_from_counts
from flawgauge.reference.confusion import confusion

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flawgauge.arrays import ArrayLike

__all__ = ["confusion_from_rle", "rle_decode", "rle_encode"]

Rle: TypeAlias = str | Mapping[str, Any]
Run: TypeAlias = tuple[int, int]
"""First pixel, counted from 0, and length."""


def rle_encode(mask: ArrayLike, *, format: str = "severstal") -> str | dict[str, Any]:
    """Write a mask as run lengths.

    Parameters
    ----------
    mask : array-like (H, W) of bool or int
        Positive where not zero.
    format : {"severstal", "coco", "coco-list"}
        What to write.

    Returns
    -------
    str or dict
        ``"severstal"``: ``"start length start length ..."``, empty for an empty mask.
        ``"coco"``: ``{"size": [H, W], "counts": str}``, compressed.
        ``"coco-list"``: ``{"size": [H, W], "counts": [int, ...]}``.

    Raises
    ------
    InputValueError
        If the mask has not two axes, or the format is none of the above.
    InputTypeError
        If the mask is neither boolean nor integer.

    Examples
    --------
    >>> rle_encode(np.array([[0, 1], [1, 1]]))
    '2 3'
    >>> rle_encode(np.array([[0, 1], [1, 1]]), format="coco-list")
    {'size': [2, 2], 'counts': [1, 3]}
    """
    if format not in ("severstal", "coco", "coco-list"):
        raise InputValueError(f"format is {format!r}, want severstal, coco or coco-list")
    image = as_images(mask, "mask")
    if isinstance(image, list) or image.ndim != 2:
        raise InputValueError("mask is a batch, want one mask (H, W)")
    pixels = (image != 0).ravel(order="F")
    if format == "severstal":
        return " ".join(f"{start + 1} {length}" for start, length in _runs_of(pixels))
    counts = []
    end = 0
    for start, length in _runs_of(pixels):
        counts += [start - end, length]
        end = start + length
    if end < pixels.size or not counts:
        counts.append(pixels.size - end)
    size = [int(side) for side in image.shape]
    return {"size": size, "counts": string_from_counts(counts) if format == "coco" else counts}


def rle_decode(
    rle: Rle, shape: tuple[int, int] | None = None, *, overlaps: str = "error"
) -> NDArray[np.bool_]:
    """Read a mask from run lengths.

    Parameters
    ----------
    rle : str or mapping
        A Severstal string, or a COCO mapping with ``"size"`` and ``"counts"`` (a compressed string,
        its bytes, or a list).
    shape : tuple of int, optional
        (H, W). Needed for a Severstal string; for COCO it must agree with ``"size"`` if given.
    overlaps : {"error", "merge"}
        Whether unsorted or overlapping Severstal runs are an error or are united.

    Returns
    -------
    ndarray of bool, shape (H, W)
        The mask, in Fortran order.

    Raises
    ------
    InputValueError
        If the run lengths are malformed or do not fit the shape.
    InputTypeError
        If `rle` is neither a string nor a mapping.

    Examples
    --------
    >>> rle_decode("2 3", (2, 2)).astype(int)
    array([[0, 1],
           [1, 1]])
    """
    if overlaps not in ("error", "merge"):
        raise InputValueError(f"overlaps is {overlaps!r}, want 'error' or 'merge'")
    if isinstance(rle, str):
        if shape is None:
            raise InputValueError("shape is missing, a Severstal string does not carry its own")
        height, width = shape
        runs = _severstal_runs(rle, height * width, overlaps)
    elif isinstance(rle, Mapping):
        if not {"size", "counts"} <= rle.keys():
            raise InputValueError("rle lacks size or counts")
        height, width = rle["size"]
        if shape is not None and tuple(shape) != (height, width):
            raise InputValueError(f"shape is {shape}, but the size is {(height, width)}")
        runs = _coco_runs(rle["counts"], height * width)
    else:
        raise InputTypeError(f"rle is a {type(rle).__name__}, want a string or a mapping")
    pixels = np.zeros(height * width, dtype=bool)
    for start, length in runs:
        pixels[start : start + length] = True
    return pixels.reshape((height, width), order="F")


def confusion_from_rle(
    preds: Rle | Sequence[Rle],
    target: Rle | Sequence[Rle],
    *,
    shape: tuple[int, int] | None = None,
    overlaps: str = "error",
) -> ConfusionCounts:
    """Count true and false positives and negatives of masks given as run lengths.

    Parameters
    ----------
    preds, target : str, mapping, or sequence of them
        See :func:`rle_decode`.
    shape : tuple of int, optional
        (H, W) of every image; needed for Severstal strings.
    overlaps : {"error", "merge"}
        How to read `preds`; `target` must always be sorted and free of overlaps.

    Returns
    -------
    ConfusionCounts
        Of shape () for one pair, (N,) for sequences.

    Raises
    ------
    InputValueError
        If the run lengths are malformed, or the sizes or numbers of images differ.

    Examples
    --------
    >>> counts = confusion_from_rle("2 3", "1 2", shape=(2, 2))
    >>> int(counts.tp), int(counts.fp), int(counts.fn), int(counts.tn)
    (1, 2, 1, 0)
    """
    if isinstance(preds, (str, Mapping)) and isinstance(target, (str, Mapping)):
        return confusion(rle_decode(preds, shape, overlaps=overlaps), rle_decode(target, shape))
    if isinstance(preds, (str, Mapping)) or isinstance(target, (str, Mapping)):
        raise InputValueError("one of preds and target is a single mask, the other a sequence")
    if not preds and not target:
        return ConfusionCounts([], [], [], [])
    return confusion(
        [rle_decode(rle, shape, overlaps=overlaps) for rle in preds],
        [rle_decode(rle, shape) for rle in target],
    )


def _runs_of(pixels: NDArray[np.bool_]) -> list[Run]:
    """Return the positive runs of a line of pixels, each as long as can be."""
    steps = np.diff(np.concatenate([[False], pixels, [False]]).astype(np.int8))
    starts = np.flatnonzero(steps == 1).tolist()
    ends = np.flatnonzero(steps == -1).tolist()
    return [(start, end - start) for start, end in zip(starts, ends, strict=True)]


def _severstal_runs(text: str, num_pixels: int, overlaps: str) -> list[Run]:
    words = re.findall(r"[^ \t\n\r\f]+", text)
    if len(words) % 2:
        raise InputValueError(f"the string has {len(words)} values, want pairs")
    values = []
    for position, word in enumerate(words, start=1):
        if not (word.isascii() and word.isdigit()):
            raise InputValueError(f"value {position} is {word!r}, want a positive integer")
        # A number longer than this is past the end of any image; int() refuses thousands of digits.
        values.append(int(word.lstrip("0")[:20] or "0"))
    runs = []
    end_before = 0
    for number, (start, length) in enumerate(zip(values[::2], values[1::2], strict=True), start=1):
        if start == 0:
            raise InputValueError(f"run {number} starts at 0; the first pixel is 1")
        if length == 0:
            raise InputValueError(f"run {number} has length 0")
        first, end = start - 1, start - 1 + length
        if end > num_pixels:
            raise InputValueError(f"run {number} ends at {end}, past the last pixel {num_pixels}")
        if first < end_before and overlaps == "error":
            raise InputValueError(f"run {number} starts at {start}, at or before the run before it")
        runs.append((first, length))
        end_before = max(end_before, end)
    return runs


def _coco_runs(counts: str | bytes | Sequence[int], num_pixels: int) -> list[Run]:
    if isinstance(counts, (str, bytes)):
        counts = counts_from_string(counts)
    if any(count < 0 for count in counts):
        raise InputValueError("counts has a negative value")
    if sum(counts) != num_pixels:
        raise InputValueError(f"counts add up to {sum(counts)}; the image has {num_pixels} pixels")
    ends = np.cumsum([0, *counts]).tolist()
    return [(ends[k], counts[k]) for k in range(1, len(counts), 2)]
