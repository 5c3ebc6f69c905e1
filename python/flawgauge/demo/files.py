"""Files of samples: folders, PNG images, and nothing replaced that is not a sample."""

from __future__ import annotations

import shlex
import struct
import tempfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from flawgauge.datasets.files import as_path
from flawgauge.errors import FileError
from flawgauge.report.files import write_bytes

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["png", "quoted", "sample_folder", "write_files"]

_LARGEST_BLOCK = 65_535


def sample_folder(folder: str | os.PathLike[str] | None) -> Path:
    """Make the folder for a sample; a new temporary one if none is given.

    Raises
    ------
    FileError
        It can't be made.
    InputTypeError, InputValueError
        It is no path.
    """
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="flawgauge-demo-"))
    path = as_path(folder, "folder")
    _make(path)
    return path


def quoted(path: Path) -> str:
    """Write a path as an argument of a shell."""
    return shlex.quote(str(path))


def write_files(contents: Mapping[Path, bytes]) -> None:
    """Write files of a sample; their folders are made.

    Raises
    ------
    FileError
        A file can't be written, or exists with other content: it may be the user's own.
    """
    for path, content in contents.items():
        _refuse_to_replace(path, content)
    for folder in dict.fromkeys(path.parent for path in contents):
        _make(folder)
    for path, content in contents.items():
        write_bytes(path, content)


def png(image: NDArray[np.uint8]) -> bytes:
    """Encode a grey image as PNG, not compressed, so that it is the same with every zlib.

    Parameters
    ----------
    image : ndarray of uint8 (H, W)
        Grey values; at most 65,534 bytes with one more a row.

    Examples
    --------
    >>> png(np.zeros((2, 3), np.uint8))[1:4]
    b'PNG'
    """
    height, width = image.shape
    # Each row begins with the number of its filter: 0, none.
    rows = np.zeros((height, width + 1), np.uint8)
    rows[:, 1:] = image
    content = rows.tobytes()
    if len(content) > _LARGEST_BLOCK:
        raise ValueError(f"{len(content)} bytes do not fit into one block")
    size = len(content)
    stored = b"\x78\x01\x01" + struct.pack("<HH", size, size ^ 0xFFFF) + content
    stream = stored + struct.pack(">I", zlib.adler32(content))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", stream), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"{folder}: can't be made a folder: {error.strerror}") from error


def _refuse_to_replace(path: Path, content: bytes) -> None:
    """Raise if a file exists that is not this sample: it may be the user's own ``train.csv``."""
    try:
        if path.exists() and not _holds(path, content):
            raise FileError(f"{path}: exists already, and is not replaced; choose another folder")
    except FileError:
        raise
    except OSError as error:
        raise FileError(f"{path}: can't be read: {error.strerror}") from error


def _holds(path: Path, content: bytes) -> bool:
    """Whether a path is a file with this content; a pipe or a huge file is not read."""
    return path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content
