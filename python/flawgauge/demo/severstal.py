"""A small sample in Severstal's format, the same on every machine."""

from __future__ import annotations

import io
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from flawgauge.datasets import severstal
from flawgauge.demo.files import write_files
from flawgauge.demo.shapes import below, grown, stroke

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TypeAlias

    from numpy.typing import NDArray

    Mask: TypeAlias = NDArray[np.bool_]

__all__ = ["SampleImage", "generate", "write_sample"]

_SEED = 2019
_NUM_IMAGES = 24

SampleImage: TypeAlias = "tuple[str, list[Mask], list[Mask]]"
"""An image id, its true masks of class 1, 2, ..., and its predicted masks."""


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
    texts = {path: _table_text(masks).encode() for path, masks in tables.items()}
    write_files(texts)
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
        for _ in range(below(random, 3)):
            kind = (0, 1, 2, 2, 2, 3)[below(random, 6)]
            _draw_defect(truth[kind], kind, random)
        predicted = [_predict(mask, kind, random) for kind, mask in enumerate(truth)]
        yield f"{number * 7919:09x}.jpg", truth, predicted


def _empty_mask() -> Mask:
    return np.zeros(severstal.IMAGE_SIZE, dtype=np.bool_)


def _draw_defect(mask: Mask, kind: int, random: Random) -> None:
    height, width = mask.shape
    start = (below(random, height), below(random, width))
    if kind == 0:
        for _ in range(3 + below(random, 6)):
            spot = (start[0] + below(random, 60) - 30, start[1] + below(random, 90) - 45)
            stroke(mask, random, spot, (0, 0), steps=1, radius=3 + below(random, 5))
    elif kind == 1:
        stroke(mask, random, (0, start[1]), (4, 0), steps=65, radius=2 + below(random, 3))
    elif kind == 2:
        steps = 20 + below(random, 60)
        stroke(mask, random, start, (0, 6), steps=steps, radius=4 + below(random, 8))
    else:
        stroke(mask, random, start, (0, 5), steps=8, radius=25 + below(random, 35))


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
    rows += below(random, 9) - 4
    columns += below(random, 13) - 6
    inside = (rows >= 0) & (rows < mask.shape[0]) & (columns >= 0) & (columns < mask.shape[1])
    predicted[rows[inside], columns[inside]] = True
    for _ in range(below(random, 4)):
        predicted = grown(predicted)
    return predicted


def _table_text(images: list[tuple[str, list[Mask]]]) -> str:
    stream = io.StringIO(newline="")
    severstal.write_run_table(stream, images)
    return stream.getvalue()
