"""Run-length encoded masks: Severstal strings and COCO counts.

Both walk the image down the columns, first column first, so a run may cross a column's end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from flawgauge import _core
from flawgauge.arrays import as_images, whole_number
from flawgauge.confusion import ConfusionCounts
from flawgauge.errors import InputTypeError, InputValueError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from flawgauge.arrays import ArrayLike

__all__ = ["confusion_from_rle", "rle_decode", "rle_encode"]

Rle: TypeAlias = "str | Mapping[str, Any]"
Overlaps: TypeAlias = Literal["error", "merge"]

_MAX_PIXELS = 2**32 - 1
_FORMATS = ("severstal", "coco", "coco-list")


def rle_encode(
    mask: ArrayLike, *, format: Literal["severstal", "coco", "coco-list"] = "severstal"
) -> str | dict[str, Any]:
    """Encode a mask.

    Parameters
    ----------
    mask : array-like (H, W) of bool or int
        Positive where not zero; fewer than 2^32 pixels.
    format : {"severstal", "coco", "coco-list"}
        "severstal": a string of ``start length`` pairs, the first pixel being 1. "coco":
        ``{"size": [H, W], "counts": str}``, the compressed string of the COCO tools. "coco-list":
        the same with the counts as a list of alternating runs of zeros and ones.

    Returns
    -------
    str or dict
        An empty string for an empty mask in Severstal's format.

    Raises
    ------
    InputTypeError, InputValueError
        A mask that is not (H, W) or no mask, an unknown format.

    Examples
    --------
    >>> import flawgauge as fg
    >>> fg.rle_encode([[0, 1], [1, 1]])
    '2 3'
    >>> fg.rle_encode([[0, 1], [1, 1]], format="coco-list")
    {'size': [2, 2], 'counts': [1, 3]}
    """
    array = as_images(mask, "mask")
    if isinstance(array, list) or array.ndim != 2:
        shape = f"a list of {len(array)}" if isinstance(array, list) else str(array.shape)
        raise InputValueError(f"mask is {shape}, want one mask (H, W)")
    if format == "severstal":
        return _core.rle_encode_severstal(array)
    if format not in _FORMATS:
        raise InputValueError(f"format is {format!r}, want one of: {', '.join(_FORMATS)}")
    counts = _core.rle_encode_coco(array, format == "coco")
    return {"size": list(array.shape), "counts": counts}


def rle_decode(
    rle: Rle, shape: tuple[int, int] | None = None, *, overlaps: Overlaps = "error"
) -> NDArray[np.bool_]:
    """Decode a mask.

    Parameters
    ----------
    rle : str or dict
        A Severstal string, or a COCO dict with ``size`` and ``counts`` (list, str or bytes).
    shape : (int, int), optional
        Height and width in pixels; needed for a Severstal string.
    overlaps : {"error", "merge"}
        What to do with Severstal runs that overlap or are not sorted: "merge" takes their union.

    Returns
    -------
    ndarray of bool (H, W)
        In Fortran order, as the runs are.

    Raises
    ------
    InputValueError
        What is wrong, and which value: no number, an odd number of values, a start or length
        below 1, a run past the image, runs unsorted or overlapping, counts that don't fill the
        image.

    Examples
    --------
    >>> import flawgauge as fg
    >>> fg.rle_decode("2 3", (2, 2)).astype(int)
    array([[0, 1],
           [1, 1]])
    """
    return _core.rle_decode(_encoded(rle, shape, "rle"), _merges(overlaps))


def confusion_from_rle(
    preds: Rle | Sequence[Rle],
    target: Rle | Sequence[Rle],
    *,
    shape: tuple[int, int] | None = None,
    overlaps: Overlaps = "error",
) -> ConfusionCounts:
    """Count true and false positives and negatives of encoded masks, without decoding them.

    Parameters
    ----------
    preds, target : str or dict, or sequences of N of them
        Severstal strings or COCO dicts, see ``rle_decode``.
    shape : (int, int), optional
        Height and width in pixels; needed for Severstal strings.
    overlaps : {"error", "merge"}
        What to do with Severstal runs of ``preds`` that overlap or are not sorted. In ``target``
        they are always an error.

    Returns
    -------
    ConfusionCounts
        In pixels, of shape () for one pair and (N,) for sequences.

    Raises
    ------
    InputTypeError, InputValueError
        As ``rle_decode``, naming the mask; sequences of different lengths, sizes that differ.

    Examples
    --------
    >>> import flawgauge as fg
    >>> fg.confusion_from_rle("1 4", "3 4", shape=(4, 4))
    ConfusionCounts(tp=2, fp=2, fn=2, tn=10)
    """
    merge = _merges(overlaps)
    single = _is_rle(preds) and _is_rle(target)
    if not single and (_is_rle(preds) or _is_rle(target)):
        raise InputValueError("preds and target: one is a single mask, want two or two sequences")
    preds_list = [preds] if single else _listed(preds, "preds")
    target_list = [target] if single else _listed(target, "target")
    if len(preds_list) != len(target_list):
        raise InputValueError(
            f"preds has {len(preds_list)} masks and target {len(target_list)}, want the same"
        )
    first = [_encoded(rle, shape, f"preds[{index}]") for index, rle in enumerate(preds_list)]
    second = [_encoded(rle, shape, f"target[{index}]") for index, rle in enumerate(target_list)]
    for index, (one, other) in enumerate(zip(first, second, strict=True)):
        if one[2:] != other[2:]:
            raise InputValueError(
                f"preds[{index}] has the size {one[2:]} and target[{index}] {other[2:]}, want "
                "the same"
            )
    counts = _core.confusion_from_rle(first, second, merge)
    return ConfusionCounts._wrap(counts.reshape(4) if single else counts)


def _is_rle(value: Any) -> bool:
    return isinstance(value, (str, bytes)) or hasattr(value, "keys")


def _listed(masks: Any, name: str) -> list[Any]:
    try:
        return list(masks)
    except TypeError as error:
        raise InputTypeError(
            f"{name} is a {type(masks).__name__}, want a mask or a sequence of them"
        ) from error


def _merges(overlaps: Any) -> bool:
    if overlaps not in ("error", "merge"):
        raise InputValueError(f'overlaps is {overlaps!r}, want "error" or "merge"')
    return bool(overlaps == "merge")


def _encoded(rle: Any, shape: Any, name: str) -> tuple[bool, Any, int, int]:
    """Whether it is COCO's format, the code, height and width: what the compiled part takes."""
    if isinstance(rle, str):
        _check_ascii(rle, name)
        if shape is None:
            raise InputValueError(f"{name} is a string without a size: give shape=(H, W)")
        return (False, rle, *_size(shape, "shape"))
    if not hasattr(rle, "keys"):
        hint = (
            " (an empty mask is an empty string)" if rle is None or isinstance(rle, float) else ""
        )
        raise InputTypeError(
            f"{name} is a {type(rle).__name__}, want a string or a dict with size and counts{hint}"
        )
    missing = [key for key in ("size", "counts") if key not in rle]
    if missing:
        raise InputValueError(f"{name} lacks {' and '.join(missing)}")
    size = _size(rle["size"], f"{name}'s size")
    if shape is not None and _size(shape, "shape") != size:
        raise InputValueError(f"{name} has the size {size}, but shape is {tuple(shape)}")
    counts = rle["counts"]
    if isinstance(counts, str):
        _check_ascii(counts, f"{name}'s counts")
    if not isinstance(counts, (str, bytes)):
        counts = _count_list(counts, name)
    return (True, counts, *size)


def _size(size: Any, name: str) -> tuple[int, int]:
    values = tuple(size) if isinstance(size, (tuple, list, np.ndarray)) else ()
    if len(values) != 2:
        raise InputValueError(f"{name} is {size!r}, want (height, width)")
    height, width = (whole_number(value, name, 0, _MAX_PIXELS) for value in values)
    if height * width > _MAX_PIXELS:
        raise InputValueError(f"{name} is {(height, width)}, want fewer than 2^32 pixels")
    return height, width


def _count_list(counts: Any, name: str) -> list[int]:
    array = np.asarray(counts)
    if array.ndim != 1 or (array.dtype.kind not in "iu" and array.size):
        raise InputTypeError(f"{name}'s counts are no list of integers, nor a string")
    if array.size and int(array.max()) > _MAX_PIXELS:
        raise InputValueError(f"{name}'s counts hold {array.max()}, want less than 2^32")
    return [int(count) for count in array]


def _check_ascii(text: str, name: str) -> None:
    if not text.isascii():
        raise InputValueError(f"{name} holds the character {_first_other(text)!a}, want ASCII only")


def _first_other(text: str) -> str:
    return next(character for character in text if not character.isascii())
