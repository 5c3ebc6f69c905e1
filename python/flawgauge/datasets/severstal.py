"""Severstal steel defects: run tables, and lists of image ids.

A run table is a CSV file with one run-length encoded mask a row. Two layouts exist:
``ImageId_ClassId,EncodedPixels`` has a row for every class of an image, empty where there is no
defect; ``ImageId,ClassId,EncodedPixels`` has rows for defects only. A leading index column and any
order of columns are accepted. The masks are pairs of start and length, counted from 1 down the
columns, then to the right.

Source: the Kaggle competition "Severstal: Steel Defect Detection" (2019).
"""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from flawgauge import _core
from flawgauge.arrays import whole_number
from flawgauge.errors import DataError, FileError, InputTypeError, InputValueError
from flawgauge.rle import rle_encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TextIO

    from flawgauge.arrays import ArrayLike

    Progress: TypeAlias = Callable[[int, int], None]
    PathLike: TypeAlias = str | os.PathLike[str]

__all__ = [
    "IMAGE_SIZE",
    "MAX_CLASSES",
    "NUM_CLASSES",
    "read_image_list",
    "read_run_table",
    "write_run_table",
]

IMAGE_SIZE = (256, 1600)
"""Height and width of all images, in pixels."""

NUM_CLASSES = 4
"""Number of defect classes; they are numbered from 1."""

MAX_CLASSES = 1000
"""Most classes that a run table can have."""

_MAX_SIDE = 2**32 - 1
_LONGEST_ID = 4096
"""Bytes; a longer line is no image id but a wrong file, and is not loaded."""


def read_run_table(
    path: PathLike,
    role: Literal["truth", "predictions"],
    *,
    image_size: tuple[int, int] = IMAGE_SIZE,
    num_classes: int = NUM_CLASSES,
    overlaps: Literal["error", "merge"] = "error",
    progress: Progress | None = None,
) -> _core.RunTable:
    """Read a run table of either layout.

    Parameters
    ----------
    path : path-like
        The CSV file: UTF-8, with or without a byte order mark, quotes and Windows line ends.
    role : {"truth", "predictions"}
        What the table is used for. A truth with the column ``ImageId_ClassId`` must have a row for
        every class of each of its images.
    image_size : (int, int)
        Height and width of all images in pixels.
    num_classes : int
        Number of classes, 1 to 1,000.
    overlaps : {"error", "merge"}
        What to do with runs that overlap or are not sorted: "merge" takes their union.
    progress : callable, optional
        Called as ``progress(done_bytes, total_bytes)`` now and then.

    Returns
    -------
    RunTable
        A handle on the masks, kept as runs; with ``path``, ``layout``, ``num_rows`` and
        ``image_ids``.

    Raises
    ------
    FileError
        The file can't be read.
    DataError
        The header or any row is wrong; the message names file, row and column, and the first few
        of many problems.
    InputValueError, InputTypeError
        An option is wrong.
    """
    height, width = _checked_size(image_size)
    return _core.read_run_table(
        path,
        height=height,
        width=width,
        num_classes=whole_number(num_classes, "num_classes", 1, MAX_CLASSES),
        merge_overlaps=_is_merge(overlaps),
        role=role,
        progress=progress,
    )


def read_image_list(path: PathLike) -> list[str]:
    r"""Read a list of image ids: one a line, blank lines and lines that start with # left out.

    Returns
    -------
    list of str
        In the order of the file, at least one.

    Raises
    ------
    FileError
        The file can't be read.
    DataError
        An id that stands twice, text that is not UTF-8, a line that can't be an id, or no ids.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "ids.txt"
    ...     _ = path.write_text("# fold 1\na.jpg\nb.jpg\n")
    ...     read_image_list(path)
    ['a.jpg', 'b.jpg']
    """
    name = f"images {os.fspath(path)}"
    lines: dict[str, int] = {}
    try:
        with Path(path).open("rb") as file:
            for number in range(1, 1 << 62):
                line = file.readline(_LONGEST_ID)
                if not line:
                    break
                image = _image_id(line, f"{name}, line {number}", first=number == 1)
                if not image:
                    continue
                if image in lines:
                    raise DataError(
                        f"{name}, line {number}: image {image} stands in line {lines[image]} "
                        "already"
                    )
                lines[image] = number
    except OSError as error:
        raise FileError(f"{name}: {_reason(error)}") from error
    if not lines:
        raise DataError(f"{name}: the file names no images")
    return list(lines)


def write_run_table(stream: TextIO, images: Iterable[tuple[str, Sequence[ArrayLike]]]) -> None:
    """Write masks as a run table with a row for every class.

    Parameters
    ----------
    stream : text file
        Where to write; opened with ``newline=""``.
    images : iterable of (str, sequence of array-like (H, W))
        Image ids with the masks of class 1, 2, ...; positive where not zero.

    Examples
    --------
    >>> import io
    >>> stream = io.StringIO()
    >>> write_run_table(stream, [("a.jpg", [[[0, 1], [1, 1]], [[0, 0], [0, 0]]])])
    >>> print(stream.getvalue(), end="")
    ImageId_ClassId,EncodedPixels
    a.jpg_1,2 3
    a.jpg_2,
    """
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("ImageId_ClassId", "EncodedPixels"))
    for image, masks in images:
        for number, mask in enumerate(masks, start=1):
            writer.writerow((f"{image}_{number}", rle_encode(mask)))


def _image_id(line: bytes, place: str, *, first: bool) -> str:
    """Id of a line, or nothing for a comment or a blank line."""
    if len(line) == _LONGEST_ID:
        raise DataError(f"{place}: longer than {_LONGEST_ID} bytes, want one image id")
    try:
        text = line.decode("utf-8-sig" if first else "utf-8").strip()
    except UnicodeDecodeError:
        raise DataError(f"{place}: not UTF-8 text: {line[:60]!r}") from None
    return "" if text.startswith("#") else text


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, IsADirectoryError):
        return "this is a folder, want a text file"
    return (error.strerror or str(error)).lower()


def _checked_size(image_size: Any) -> tuple[int, int]:
    try:
        height, width = image_size
    except (TypeError, ValueError):
        raise InputTypeError(f"image_size is {image_size!r}, want (height, width)") from None
    # That the image is not too large is checked where its pixels are counted.
    return (
        whole_number(height, "image_size[0]", 1, _MAX_SIDE),
        whole_number(width, "image_size[1]", 1, _MAX_SIDE),
    )


def _is_merge(overlaps: Any) -> bool:
    if overlaps not in ("error", "merge"):
        raise InputValueError(f'overlaps is {overlaps!r}, want "error" or "merge"')
    return bool(overlaps == "merge")
