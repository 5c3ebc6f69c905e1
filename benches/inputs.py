"""Inputs as the comparisons take them: generated once, kept as files, read again by children."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from benches.registry import Array


def cached_arrays(
    folder: Path, name: str, parts: Sequence[str], make: Callable[[], Sequence[Array]]
) -> dict[str, Array]:
    """The arrays `make` returns, by the names in `parts`; computed once for each folder.

    They are read into memory in full, so that no page of theirs is missing when timing starts.
    """
    paths = [folder / f"{name}-{part}.npy" for part in parts]
    if not all(path.exists() for path in paths):
        for path, array in zip(paths, make(), strict=True):
            np.save(path, array)
    return {part: np.load(path) for part, path in zip(parts, paths, strict=True)}


def cached_files(
    folder: Path, name: str, parts: Sequence[str], make: Callable[[], Sequence[str]]
) -> dict[str, Path]:
    """Text files with the contents `make` returns, by the names in `parts`; written once."""
    paths = [folder / f"{name}-{part}.csv" for part in parts]
    if not all(path.exists() for path in paths):
        for path, text in zip(paths, make(), strict=True):
            path.write_text(text, encoding="utf-8", newline="")
    return dict(zip(parts, paths, strict=True))
