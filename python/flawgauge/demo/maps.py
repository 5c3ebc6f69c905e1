"""A small sample in the layout of MVTec AD, with anomaly maps, the same on every machine."""

from __future__ import annotations

import io
from random import Random
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from flawgauge.demo.files import png, write_files
from flawgauge.demo.shapes import below, disk, stroke

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Mask: TypeAlias = NDArray[np.bool_]
    Scores: TypeAlias = NDArray[np.float32]

__all__ = ["write_map_sample"]

_SIZE = 128
_SEED = 2021
_NUM_GOOD = 6
_NUM_EACH = 4
_DEFECTS = {"plate": ("dent", "scratch"), "weave": ("hole", "thread")}
_NOISE = {"plate": 5, "weave": 9}


def write_map_sample(
    folder: Path, *, categories: tuple[str, ...] = ("plate", "weave"), seed: int = _SEED
) -> tuple[Path, Path]:
    """Write two categories with photographs and masks, and a map of scores for each photograph.

    Maps are what a detector makes of the images: blurred, shifted, weak on some defects, noisy,
    with false alarms.

    Parameters
    ----------
    folder : Path
        Where the folders ``parts`` and ``maps`` are made.
    categories : tuple of str
        Some of "plate" and "weave".
    seed : int
        Another seed makes other defects.

    Returns
    -------
    (Path, Path)
        The root of the data set, the folder of the maps.

    Raises
    ------
    FileError
        A file can't be written, or exists with other content.

    Notes
    -----
    Only ``Random.random`` and whole numbers are used: so the sample does not depend on versions.
    """
    root, maps = folder / "parts", folder / "maps"
    contents: dict[Path, bytes] = {}
    for category in categories:
        random = Random(f"{seed} {category}")
        defects = [("good", _NUM_GOOD), *((name, _NUM_EACH) for name in _DEFECTS[category])]
        for defect, count in defects:
            for number in range(count):
                mask = np.zeros((_SIZE, _SIZE), np.bool_)
                if defect != "good":
                    _draw(mask, defect, random)
                name = f"{category}/test/{defect}/{number:03}"
                contents[root / f"{name}.png"] = png(_photograph(mask, random))
                if defect != "good":
                    path = root / category / "ground_truth" / defect / f"{number:03}_mask.png"
                    contents[path] = png(mask.astype(np.uint8) * np.uint8(255))
                contents[maps / f"{name}.npy"] = _npy(_scores(mask, _NOISE[category], random))
    write_files(contents)
    return root, maps


def _draw(mask: Mask, defect: str, random: Random) -> None:
    def place() -> tuple[int, int]:
        return 16 + below(random, _SIZE - 32), 16 + below(random, _SIZE - 32)

    if defect in ("dent", "hole"):
        for _ in range(1 + below(random, 3)):
            disk(mask, *place(), 3 + below(random, 6))
    else:
        direction = (1, 2) if defect == "scratch" else (0, 3)
        stroke(mask, random, place(), direction, steps=8 + below(random, 10), radius=2)


def _photograph(mask: Mask, random: Random) -> NDArray[np.uint8]:
    grey = 110 + _noise(random, 6) // 4096
    grey[mask] -= 50
    return grey.astype(np.uint8)


def _scores(mask: Mask, noise: int, random: Random) -> Scores:
    """A map of multiples of 2^-16: the response to a defect, moved and blurred, and noise."""
    response = np.zeros(mask.shape, np.int64)
    rows, columns = np.nonzero(mask)
    rows = np.clip(rows + below(random, 5) - 2, 0, _SIZE - 1)
    columns = np.clip(columns + below(random, 5) - 2, 0, _SIZE - 1)
    response[rows, columns] = 12_000 + below(random, 40_000)
    if below(random, 4) == 0:
        alarm = np.zeros(mask.shape, np.bool_)
        disk(alarm, below(random, _SIZE), below(random, _SIZE), 2 + below(random, 4))
        response[alarm] += 6_000 + below(random, 18_000)
    blurred = _blurred(_blurred(response, 2), 2)
    return ((blurred + _noise(random, noise)) / 65_536).astype(np.float32)


def _noise(random: Random, strength: int) -> NDArray[np.int64]:
    """Noise of neighbouring pixels that are alike, from 0 to 4096 times the strength."""
    values = [int(random.random() * 4096) for _ in range(_SIZE * _SIZE)]
    return _blurred(np.array(values, np.int64).reshape(_SIZE, _SIZE), 1) * strength


def _blurred(image: NDArray[np.int64], radius: int) -> NDArray[np.int64]:
    """Means over squares, rounded down; what lies outside repeats the edge."""
    side = 2 * radius + 1
    sums = np.pad(image, ((radius + 1, radius), (radius + 1, radius)), mode="edge")
    sums[0] = 0
    sums[:, 0] = 0
    sums = sums.cumsum(axis=0).cumsum(axis=1)
    total = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    blurred: NDArray[np.int64] = total // (side * side)
    return blurred


def _npy(scores: Scores) -> bytes:
    stream = io.BytesIO()
    np.save(stream, scores)
    return stream.getvalue()
