"""Files of predictions in a folder, and the layouts they may have."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from flawgauge.datasets.files import is_text, list_folder, listed, shown, split_suffix
from flawgauge.datasets.names import last_part
from flawgauge.datasets.problems import Problems
from flawgauge.errors import DataError, FileError, InputValueError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flawgauge.datasets.sample import Sample

__all__ = ["MAP_SUFFIXES", "find_files", "find_named_files"]

MAP_SUFFIXES = (".tiff", ".tif", ".npy", ".npz", ".png", ".bmp")
"""Suffixes of predictions, in lower case."""

_SPLIT_FOLDERS = frozenset({"train", "test"})


def find_files(folder: Path, samples: Sequence[Sample], root: Path) -> tuple[Path, ...]:
    """Find the file of each sample in a folder.

    These names are tried, each with any suffix of a map; the layout in which most samples have a
    file is used for all of them: the sample's id; the path of its photograph in the data set; the
    id without its folder ``test`` or ``train``; both ids in one folder, with "_" in place of "/";
    the last part of the id, where no two samples share it.

    Raises
    ------
    FileError
        The folder can't be read.
    DataError
        Samples have no file or several: the message names the first ten.
    """
    index = _Index(folder)
    layouts = [_named(samples, naming) for naming in _namings(root)]
    unique = [names for names in layouts if len(set(names)) == len(names)]
    # The first of those that find most.
    names = max(unique, key=index.count)
    if not index.count(names):
        raise DataError(_none_found(folder, samples, index, layouts))
    files = _chosen(folder, samples, [index.files(name) for name in names], names)
    _refuse_photographs(folder, files, samples, root)
    return files


def find_named_files(
    folder: Path, samples: Sequence[Sample], names: Sequence[str], root: Path
) -> tuple[Path, ...]:
    """Find the file of each sample by its path in a folder, with its suffix.

    Raises
    ------
    InputValueError
        A name does not end in the suffix of a map.
    FileError, DataError
        As ``find_files``.
    """
    for name in names:
        if not name.lower().endswith(MAP_SUFFIXES):
            raise InputValueError(
                f"the pattern of the predictions names the file {shown(name)}, want a name that "
                f"ends in {', '.join(MAP_SUFFIXES[:-1])} or {MAP_SUFFIXES[-1]}"
            )
    index = _Index(folder)
    files = _chosen(folder, samples, [index.exact(name) for name in names], names)
    _refuse_photographs(folder, files, samples, root)
    return files


@dataclass(slots=True)
class _Found:
    """What a folder has under one name."""

    files: list[Path]
    wrong: list[str]


class _Index:
    """Files of a folder and of folders in it, which are listed when they are asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._listed: dict[str, dict[str, _Found]] = {}
        # So that a wrong folder is an error of its own.
        list_folder(folder)

    def count(self, names: Sequence[str]) -> int:
        """Of how many names there are files."""
        return sum(bool(self.files(name).files) for name in names)

    def files(self, name: str) -> _Found:
        """Files of this name with any suffix of a map."""
        parent, _, stem = name.rpartition("/")
        return self._names(parent).get(stem, _Found([], []))

    def exact(self, name: str) -> _Found:
        """Files of this name; upper and lower case of the suffix do not matter."""
        stem, suffix = split_suffix(name)
        found = self.files(stem)
        files = [path for path in found.files if path.suffix.lower() == suffix.lower()]
        return _Found(files, found.wrong)

    def _names(self, parent: str) -> dict[str, _Found]:
        if parent not in self._listed:
            self._listed[parent] = self._read(parent)
        return self._listed[parent]

    def _read(self, parent: str) -> dict[str, _Found]:
        folder = self._folder / parent
        names: dict[str, _Found] = {}
        try:
            listing = list_folder(folder)
        except FileError as error:
            if isinstance(error.__cause__, (FileNotFoundError, NotADirectoryError)):
                return names
            raise
        kinds = (
            (listing.files, None),
            (listing.folders, "this is a folder, want a file"),
            (listing.dead_links, "this link leads nowhere"),
        )
        for entries, wrong in kinds:
            for name in entries:
                stem, suffix = split_suffix(name)
                if suffix.lower() not in MAP_SUFFIXES or not is_text(name):
                    continue
                found = names.setdefault(stem, _Found([], []))
                if wrong is None:
                    found.files.append(folder / name)
                else:
                    found.wrong.append(f"{shown(folder / name)}: {wrong}")
        return names


def _namings(root: Path) -> list[Callable[[Sample], str]]:
    def by_image(sample: Sample) -> str:
        if sample.image is None or not sample.image.is_relative_to(root):
            return sample.id
        return PurePosixPath(sample.image.relative_to(root)).with_suffix("").as_posix()

    return [
        lambda sample: sample.id,
        by_image,
        lambda sample: _without_split(sample.id),
        lambda sample: sample.id.replace("/", "_"),
        lambda sample: _without_split(sample.id).replace("/", "_"),
        lambda sample: last_part(sample.id),
    ]


def _named(samples: Sequence[Sample], naming: Callable[[Sample], str]) -> list[str]:
    return [naming(sample) for sample in samples]


def _without_split(id: str) -> str:
    *folders, last = id.split("/")
    return "/".join([*(part for part in folders if part.lower() not in _SPLIT_FOLDERS), last])


def _chosen(
    folder: Path, samples: Sequence[Sample], found: Sequence[_Found], names: Sequence[str]
) -> tuple[Path, ...]:
    problems = Problems(f"predictions in {shown(folder)}")
    suffixes = Counter(path.suffix for each in found for path in each.files)
    usual = suffixes.most_common(1)[0][0] if suffixes else MAP_SUFFIXES[0]
    chosen: list[Path] = []
    missing = 0
    for sample, each, name in zip(samples, found, names, strict=True):
        if len(each.files) == 1:
            chosen += each.files
        elif each.files:
            several = listed([path.name for path in each.files])
            problems.add(f"{sample.id}: has several predictions: {several}")
        elif each.wrong:
            problems.add(each.wrong[0])
        else:
            missing += 1
            wanted = name if name.lower().endswith(MAP_SUFFIXES) else name + usual
            problems.add(f"{sample.id}: no file {wanted}")
    if missing == len(problems):
        problems.check(f"{missing:,} of {len(samples):,} samples have no prediction")
    problems.check()
    return tuple(chosen)


def _refuse_photographs(
    folder: Path, files: Sequence[Path], samples: Sequence[Sample], root: Path
) -> None:
    """Raise if files are the photographs themselves, however the two folders are written."""
    real_folder, real_root = Path(os.path.realpath(folder)), Path(os.path.realpath(root))
    problems = Problems(f"predictions in {shown(folder)}")
    for path, sample in zip(files, samples, strict=True):
        image = sample.image
        if image is None or image.name != path.name or not image.is_relative_to(root):
            continue
        if real_folder / path.relative_to(folder) == real_root / image.relative_to(root):
            problems.add(f"{shown(path)}: this is the photograph of {sample.id}")
    problems.check()


def _none_found(
    folder: Path, samples: Sequence[Sample], index: _Index, layouts: Sequence[list[str]]
) -> str:
    """What to say if no sample has a file: that names are ambiguous, or what was looked for."""
    place = f"predictions in {shown(folder)}"
    for names in layouts:
        for name in names:
            if index.files(name).files:
                ids = [
                    sample.id for sample, other in zip(samples, names, strict=True) if other == name
                ]
                return (
                    f"{place}: {shown(index.files(name).files[0])} may belong to {listed(ids)}; "
                    f"want {ids[0]}.tiff and so on"
                )
    listing = list_folder(folder)
    first = dict.fromkeys(names[0] for names in layouts)
    wanted = " or ".join(f"{name}.tiff" for name in first)
    return (
        f"{place}: no sample of {len(samples):,} has a prediction: want {wanted} and so on (or "
        f"{', '.join(MAP_SUFFIXES[1:])}); found folders {listed(listing.folders)}; files "
        f"{listed(listing.files)}"
    )
