"""A small sample in Severstal's format, the same on every machine."""

from __future__ import annotations

import io
import shlex
import tempfile
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from flawgauge.datasets import severstal
from flawgauge.errors import FileError
from flawgauge.report.files import write_text

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator
    from typing import TextIO, TypeAlias

    from numpy.typing import NDArray

    Mask: TypeAlias = NDArray[np.bool_]

__all__ = ["SampleImage", "generate", "quoted", "sample_folder", "write_sample"]

_SEED = 2019
_NUM_IMAGES = 24

SampleImage: TypeAlias = "tuple[str, list[Mask], list[Mask]]"
"""An image id, its true masks of class 1, 2, ..., and its predicted masks."""


def sample_folder(folder: str | os.PathLike[str] | None) -> Path:
    """Make the folder for a sample; a new temporary one if none is given.

    Raises
    ------
    FileError
        It can't be made.
    """
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="flawgauge-demo-"))
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"{path}: can't be made a folder: {error.strerror}") from error
    return path


def write_sample(
    folder: Path, *, num_images: int = _NUM_IMAGES, seed: int = _SEED
) -> tuple[Path, Path]:
    """Write ``train.csv`` and ``submission.csv``, a row for every image and class.

    Parameters
    ----------
    folder : Path
        An existing folder.
    num_images : int
        Number of images of 256 x 1600 pixels.
    seed : int
        Another seed makes other defects.

    Returns
    -------
    (Path, Path)
        The true masks, the predictions.

    Raises
    ------
    FileError
        A file can't be written, or one of that name exists and is no sample of this kind.
    """
    images = list(generate(num_images, seed))
    tables = {
        folder / "train.csv": [(image, truth) for image, truth, _ in images],
        folder / "submission.csv": [(image, predicted) for image, _, predicted in images],
    }
    texts = {path: _table_text(masks) for path, masks in tables.items()}
    for path, text in texts.items():
        _refuse_to_replace(path, text)
    for path, text in texts.items():
        write_text(path, _writer(text))
    truth, predictions = texts
    return truth, predictions


def generate(num_images: int, seed: int = _SEED) -> Iterator[SampleImage]:
    """Make images with up to two defects, and predictions with the mistakes that models make.

    Class 1 is small spots, 2 upright scratches, 3 long scratches along the strip, 4 large blotches.
    Predictions are shifted and grown; some defects are missed, and some false alarms are added.

    Only ``Random.random`` is used, whose numbers are the same in every version of Python, and whole
    numbers: so is the sample.

    Parameters
    ----------
    num_images : int
        Number of images.
    seed : int
        Another seed makes other defects.

    Yields
    ------
    (str, list of ndarray of bool (256, 1600), the same)
        Image id, true masks of class 1 to 4, predicted masks.

    Examples
    --------
    >>> image, truth, predicted = next(generate(1))
    >>> image, len(truth), truth[0].shape
    ('000000000.jpg', 4, (256, 1600))
    """
    random = Random(seed)
    for number in range(num_images):
        truth = [_empty_mask() for _ in range(severstal.NUM_CLASSES)]
        for _ in range(_below(random, 3)):
            kind = (0, 1, 2, 2, 2, 3)[_below(random, 6)]
            _draw_defect(truth[kind], kind, random)
        predicted = [_predict(mask, kind, random) for kind, mask in enumerate(truth)]
        yield f"{number * 7919:09x}.jpg", truth, predicted


def quoted(path: Path) -> str:
    """Write a path as an argument of a shell."""
    return shlex.quote(str(path))


def _empty_mask() -> Mask:
    return np.zeros(severstal.IMAGE_SIZE, dtype=np.bool_)


def _below(random: Random, bound: int) -> int:
    """A whole number from 0 to bound - 1."""
    return int(random.random() * bound)


def _draw_defect(mask: Mask, kind: int, random: Random) -> None:
    height, width = mask.shape
    start = (_below(random, height), _below(random, width))
    if kind == 0:
        for _ in range(3 + _below(random, 6)):
            spot = (start[0] + _below(random, 60) - 30, start[1] + _below(random, 90) - 45)
            _stroke(mask, random, spot, (0, 0), steps=1, radius=3 + _below(random, 5))
    elif kind == 1:
        _stroke(mask, random, (0, start[1]), (4, 0), steps=65, radius=2 + _below(random, 3))
    elif kind == 2:
        steps = 20 + _below(random, 60)
        _stroke(mask, random, start, (0, 6), steps=steps, radius=4 + _below(random, 8))
    else:
        _stroke(mask, random, start, (0, 5), steps=8, radius=25 + _below(random, 35))


def _stroke(
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
        _disk(mask, row, column, max(1, radius + _below(random, 3) - 1))
        row += direction[0] + _below(random, 5) - 2
        column += direction[1] + _below(random, 5) - 2


def _disk(mask: Mask, row: int, column: int, radius: int) -> None:
    top, left = max(row - radius, 0), max(column - radius, 0)
    window = mask[top : max(row + radius + 1, 0), left : max(column + radius + 1, 0)]
    rows = np.arange(window.shape[0])[:, np.newaxis] + top - row
    columns = np.arange(window.shape[1]) + left - column
    window |= rows * rows + columns * columns <= radius * radius


def _predict(mask: Mask, kind: int, random: Random) -> Mask:
    """Make a prediction for a true mask: shifted and grown, missed, or a false alarm."""
    predicted = _empty_mask()
    if not mask.any():
        if random.random() < 0.06:
            _draw_defect(predicted, kind, random)
        return predicted
    if random.random() < 0.1:
        return predicted
    rows, columns = np.nonzero(mask)
    rows += _below(random, 9) - 4
    columns += _below(random, 13) - 6
    inside = (rows >= 0) & (rows < mask.shape[0]) & (columns >= 0) & (columns < mask.shape[1])
    predicted[rows[inside], columns[inside]] = True
    for _ in range(_below(random, 4)):
        predicted = _grown(predicted)
    return predicted


def _grown(mask: Mask) -> Mask:
    """Add the pixels above, below, left and right of each positive pixel."""
    grown = mask.copy()
    grown[1:] |= mask[:-1]
    grown[:-1] |= mask[1:]
    grown[:, 1:] |= mask[:, :-1]
    grown[:, :-1] |= mask[:, 1:]
    return grown


def _table_text(images: list[tuple[str, list[Mask]]]) -> str:
    stream = io.StringIO(newline="")
    severstal.write_run_table(stream, images)
    return stream.getvalue()


def _writer(text: str) -> Callable[[TextIO], None]:
    def write(file: TextIO) -> None:
        file.write(text)

    return write


def _refuse_to_replace(path: Path, text: str) -> None:
    """Raise if a file exists that is not this sample: it may be the user's own ``train.csv``."""
    try:
        if path.exists() and path.read_bytes() != text.encode():
            raise FileError(f"{path}: exists already, and is not replaced; choose another folder")
    except FileError:
        raise
    except OSError as error:
        raise FileError(f"{path}: can't be read: {error.strerror}") from error
