"""Image files of the benchmarks, written here so that no peer is needed to make them."""

from __future__ import annotations

import os
import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from benches import workloads
from benches.inputs import cached_arrays

if TYPE_CHECKING:
    from pathlib import Path

    from benches.registry import Array, Scale

SIZES: dict[Scale, int] = {"tiny": 64, "quick": 256, "full": 1024}
STRIP = 64
"""Rows of a strip of a packed TIFF."""


def write_mask(path: Path, mask: Array) -> None:
    """A mask of 0 and 1 as a PNG of 0 and 255, each row as differences to the pixel before."""
    grey = mask * np.uint8(255)
    lines = np.ones((len(grey), grey.shape[1] + 1), np.uint8)
    lines[:, 1:] = np.diff(grey, axis=1, prepend=np.uint8(0))
    header = struct.pack(">IIBBBBB", grey.shape[1], len(grey), 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes())), (b"IEND", b"")]
    parts = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    ]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))


def write_map(path: Path, scores: Array, *, packed: bool) -> None:
    """A float32 TIFF: one strip as it is, or strips of 64 rows packed with deflate."""
    rows, columns = scores.shape
    height = STRIP if packed else rows
    strips = [scores[top : top + height].astype("<f4").tobytes() for top in range(0, rows, height)]
    if packed:
        strips = [zlib.compress(strip) for strip in strips]
    sizes = [len(strip) for strip in strips]
    starts = 8 + np.cumsum([0, *sizes])
    end = int(starts[-1])
    count = len(strips)
    # One number stands in the directory itself, several stand before it.
    lists = struct.pack(f"<{2 * count}I", *starts[:-1], *sizes) if count > 1 else b""
    places = (end, end + 4 * count) if count > 1 else (8, sizes[0])
    fields = [
        (256, 1, columns),
        (257, 1, rows),
        (258, 1, 32),
        (259, 1, 8 if packed else 1),
        (262, 1, 1),
        (273, count, places[0]),
        (277, 1, 1),
        (278, 1, height),
        (279, count, places[1]),
        (339, 1, 3),
    ]
    directory = struct.pack("<H", len(fields))
    directory += b"".join(struct.pack("<HHII", tag, 4, *rest) for tag, *rest in fields)
    head = struct.pack("<2sHI", b"II", 42, end + len(lists))
    path.write_bytes(head + b"".join(strips) + lists + directory + bytes(4))


class Category(NamedTuple):
    """Masks and maps of a category, and the folders with their files.

    Attributes
    ----------
    arrays : mapping
        `scores` float32 and `target` uint8, (N, H, W).
    files : mapping
        The folders `masks`, `maps` and `packed`; files are named 0000.png, 0000.tiff, ...
    """

    arrays: dict[str, Array]
    files: dict[str, Path]


def category(scale: Scale, folder: Path, images: int = 83) -> Category:
    """Generate the files of so many images once for each folder."""
    count, size = (2 if scale == "tiny" else images), SIZES[scale]
    arrays = cached_arrays(
        folder,
        f"maps-{count}-{size}",
        ("scores", "target"),
        lambda: workloads.anomaly_maps(count, size, seed=8),
    )
    root = folder / f"files-{count}-{size}"
    files = {name: root / name for name in ("masks", "maps", "packed")}
    if not root.exists():
        for path in files.values():
            path.mkdir(parents=True)
        for number in range(count):
            scores, mask = arrays["scores"][number], arrays["target"][number]
            write_mask(files["masks"] / f"{number:04d}.png", mask)
            write_map(files["maps"] / f"{number:04d}.tiff", scores, packed=False)
            write_map(files["packed"] / f"{number:04d}.tiff", scores, packed=True)
    return Category(arrays, files)


def listed(folder: Path) -> list[str]:
    """The files of a folder in the order of their names."""
    return sorted(entry.path for entry in os.scandir(folder))
