"""Reading masks, label maps and score maps from image files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from flawgauge import _core
from flawgauge.arrays import whole_number
from flawgauge.errors import InputTypeError, InputValueError

if TYPE_CHECKING:
    from typing import TypeAlias

    import numpy as np
    from numpy.typing import NDArray

    PathLike: TypeAlias = str | bytes | os.PathLike[str] | os.PathLike[bytes]

__all__ = [
    "MAX_PIXELS",
    "check_key",
    "image_size",
    "read_labels",
    "read_mask",
    "read_scores",
]

MAX_PIXELS = 2**28
"""Most pixels of an image that is read, unless a call says otherwise: a square of 16,384."""

_MOST = 2**62


def read_mask(
    path: PathLike,
    *,
    threshold: int | None = None,
    key: str | None = None,
    max_pixels: int = MAX_PIXELS,
) -> NDArray[np.bool_]:
    """Read a mask from a PNG, BMP, TIFF, NPY or NPZ file.

    Parameters
    ----------
    path : path-like
        The file. What it is, its first bytes say; a name that ends otherwise is an error.
    threshold : int, optional
        A grey value or number from this on is positive. Without it the mask may hold zero and one
        other value, which is positive; more values (the grey fringes of a mask that was resized or
        stored as JPEG) are an error. Indices of a palette, booleans and images of one bit a pixel
        need no threshold and heed none: they are positive if not zero.
    key : str, optional
        The array of an NPZ file that holds several.
    max_pixels : int
        An image of more pixels is an error, before any memory is taken.

    Returns
    -------
    ndarray of bool (H, W)

    Raises
    ------
    FileError
        The file can't be read, or is a folder or a pipe.
    DataError
        The content is wrong: no image, truncated, of another type than its name ends in, with
        several channels, floats, JPEG, too many pixels or values.
    InputValueError
        The key is not that of an array in the file, or the file needs one.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import flawgauge as fg
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "mask.npy"
    ...     np.save(path, np.array([[0, 255], [255, 0]], np.uint8))
    ...     fg.read_mask(path)
    array([[False,  True],
           [ True, False]])
    """
    if threshold is not None:
        threshold = whole_number(threshold, "threshold", 1, 2**64 - 1)
    return _core.read_mask(_path(path), check_key(key, "key"), threshold, _limit(max_pixels))


def read_labels(
    path: PathLike, *, key: str | None = None, max_pixels: int = MAX_PIXELS
) -> NDArray[Any]:
    """Read the label ids of a PNG, BMP, TIFF, NPY or NPZ file as they are stored.

    Of an image with a palette these are the indices, never the colours.

    Parameters
    ----------
    path, key, max_pixels
        As for ``read_mask``.

    Returns
    -------
    ndarray of int (H, W)
        Of the type in the file: uint8 and uint16 for PNG, uint8 for BMP and booleans.

    Raises
    ------
    FileError, DataError, InputValueError
        As ``read_mask``.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import flawgauge as fg
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "labels.npy"
    ...     np.save(path, np.array([[0, 7], [300, 0]], np.uint16))
    ...     fg.read_labels(path)
    array([[  0,   7],
           [300,   0]], dtype=uint16)
    """
    return _core.read_labels(_path(path), check_key(key, "key"), _limit(max_pixels))


def read_scores(
    path: PathLike, *, key: str | None = None, max_pixels: int = MAX_PIXELS
) -> NDArray[Any]:
    """Read a score map from a TIFF, NPY, NPZ, PNG or BMP file.

    TIFF: one image of one channel, float16, 32 or 64 or integers, uncompressed or compressed by
    deflate, LZW or PackBits, in strips or tiles. Values are taken as they are: nothing is rescaled.

    Parameters
    ----------
    path, key, max_pixels
        As for ``read_mask``.

    Returns
    -------
    ndarray (H, W) of uint8, uint16, float16, float32 or float64
        As stored, in this machine's byte order. Booleans become uint8, int8 and int16 float32,
        int32 and uint32 float64, which hold them exactly.

    Raises
    ------
    FileError, InputValueError
        As ``read_mask``.
    DataError
        As ``read_mask``; a score is NaN; 64-bit integers, which no float holds.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import flawgauge as fg
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "maps.npz"
    ...     np.savez(path, first=np.zeros((2, 2)), second=np.float32([[0.5, 1], [2, 3]]))
    ...     fg.read_scores(path, key="second")
    array([[0.5, 1. ],
           [2. , 3. ]], dtype=float32)
    """
    return _core.read_scores(_path(path), check_key(key, "key"), _limit(max_pixels))


def image_size(
    path: PathLike, *, key: str | None = None, max_pixels: int = MAX_PIXELS
) -> tuple[int, int]:
    """Height and width of an image by its header; photographs (JPEG, colours) too.

    Raises
    ------
    FileError, DataError, InputValueError
        As ``read_mask``, as far as the header tells.
    """
    return _core.read_image_size(_path(path), check_key(key, "key"), _limit(max_pixels))


def _path(path: Any) -> str:
    try:
        return os.fsdecode(path)
    except TypeError:
        raise InputTypeError(f"path is a {type(path).__name__}, want a path") from None


def check_key(key: Any, name: str) -> str | None:
    """Check the name of an array in an archive.

    Raises
    ------
    InputTypeError, InputValueError
        It is no string, or one that is no Unicode text.
    """
    if key is None:
        return None
    if not isinstance(key, str):
        raise InputTypeError(f"{name} is a {type(key).__name__}, want a string")
    try:
        key.encode()
    except UnicodeEncodeError:
        raise InputValueError(f"{name} is {key!r}, want Unicode text") from None
    return key


def _limit(max_pixels: Any) -> int:
    return whole_number(max_pixels, "max_pixels", 1, _MOST)
