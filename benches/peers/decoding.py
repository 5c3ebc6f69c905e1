"""W8: decoding masks and score maps, on as many threads as all others get."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from benches.image_files import category, listed
from benches.registry import Array, Comparison, Contender, Inputs, Scale, Target

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Call = Callable[[], Any]
    Decode = Callable[[str], Array]

CHECKED = 20
"""Of so many files, the pixels of one are compared."""


def files(kind: str) -> Callable[[Scale, Path], Inputs]:
    """The folder of one kind of files, and what is in them."""

    def build(scale: Scale, folder: Path) -> Inputs:
        found = category(scale, folder)
        paths = listed(found.files[kind])
        size = sum(os.path.getsize(path) for path in paths) / 1e6  # noqa: PTH202 - paths as text
        side = found.arrays["target"].shape[-1]
        description = f"{len(paths)} files of {side}x{side}, {size:.1f} MB"
        return Inputs(len(paths), description, found.arrays, {"files": found.files[kind]})

    return build


def trusted(name: str) -> Callable[[Inputs], Array]:
    """The pixels that were written."""
    return lambda inputs: inputs.arrays[name][::CHECKED]


def threads() -> int:
    """As many as the other contenders get."""
    return int(os.environ["FLAWGAUGE_NUM_THREADS"])


def in_threads(load: Callable[[], Decode]) -> Callable[[Inputs], Call]:
    """Decode all files with a pool of threads, and keep the arrays that are compared."""

    def prepare(inputs: Inputs) -> Call:
        decode = load()
        paths = listed(inputs.files["files"])
        pool = ThreadPoolExecutor(threads())

        def one(number: int) -> Array | None:
            array = decode(paths[number])
            return array if number % CHECKED == 0 else None

        return lambda: [kept for kept in pool.map(one, range(len(paths))) if kept is not None]

    return prepare


def stacked(arrays: list[Array]) -> Array:
    """The maps that were kept."""
    return np.asarray(np.stack(arrays))


def positive(arrays: list[Array]) -> Array:
    """The masks that were kept, as 0 and 1."""
    return np.asarray(np.stack(arrays) != 0, np.uint8)


def our_masks() -> Decode:
    """Also checks that there are two values at most, and returns booleans."""
    import flawgauge as fg

    return lambda path: fg.read_mask(path)


def our_maps() -> Decode:
    """Also checks that no score is NaN."""
    import flawgauge as fg

    return lambda path: fg.read_scores(path)


def opencv() -> Decode:
    """OpenCV, the stored values."""
    import cv2

    def decode(path: str) -> Array:
        return np.asarray(cv2.imread(path, cv2.IMREAD_UNCHANGED))

    return decode


def pillow() -> Decode:
    """Pillow, then an array."""
    from PIL import Image

    def decode(path: str) -> Array:
        with Image.open(path) as image:
            return np.asarray(image)

    return decode


def tiff_library() -> Decode:
    """tifffile; its own threads for one file would only be in the way of the pool."""
    import tifffile

    return lambda path: np.asarray(tifffile.imread(path, maxworkers=1))


def count_of_files(inputs: Inputs) -> Call:
    """The stream: masks decoded, checked and counted, in the memory of those before."""
    from flawgauge import _core

    paths = listed(inputs.files["files"])
    samples: list[Any] = [(path, path, None, None, None) for path in paths]
    is_mask = paths[0].endswith(".png")

    def call() -> None:
        _core.score_files(
            samples,
            masks=is_mask,
            map_key=None,
            mask_threshold=None,
            resize=None,
            max_pixels=2**28,
            connectivity=None,
            threshold=None,
            boundary=None,
            with_sweep=False,
            sweep_boundary=False,
        )

    return call


def _maps(key: str, kind: str, title: str) -> Comparison:
    return Comparison(
        key=key,
        title=title,
        item="file",
        build=files(kind),
        trusted=trusted("scores"),
        contenders=(
            Contender("flawgauge", in_threads(our_maps), "flawgauge", "ours", stacked),
            Contender("flawgauge, stream", count_of_files, "flawgauge", "yardstick"),
            Contender("tifffile", in_threads(tiff_library), "tifffile", values=stacked),
            Contender("OpenCV", in_threads(opencv), "cv2", values=stacked),
            Contender("Pillow", in_threads(pillow), "PIL", values=stacked),
        ),
        targets=(Target("flawgauge", "slowdown", 1.0, "tifffile"),),
    )


COMPARISONS = (
    Comparison(
        key="W8-masks",
        title="Decoding 83 PNG masks",
        item="file",
        build=files("masks"),
        trusted=trusted("target"),
        contenders=(
            Contender("flawgauge", in_threads(our_masks), "flawgauge", "ours", positive),
            Contender("flawgauge, stream", count_of_files, "flawgauge", "yardstick"),
            Contender("OpenCV", in_threads(opencv), "cv2", values=positive),
            Contender("Pillow", in_threads(pillow), "PIL", values=positive),
        ),
        targets=(Target("flawgauge", "slowdown", 1.0, "OpenCV"),),
    ),
    _maps("W8-maps", "maps", "Decoding 83 float32 maps, TIFF without compression"),
    _maps("W8-deflated", "packed", "Decoding 83 float32 maps, TIFF with deflate"),
)
