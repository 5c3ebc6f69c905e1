"""Folders and the image files in them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flawgauge.errors import FileError, InputTypeError, InputValueError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flawgauge.datasets.problems import Problems

__all__ = [
    "IMAGE_SUFFIXES",
    "Listing",
    "as_path",
    "failure",
    "images_by_stem",
    "is_folder",
    "is_text",
    "list_folder",
    "listed",
    "shown",
    "split_suffix",
]

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"})
"""Suffixes of photographs and masks, in lower case."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The names in a folder, sorted; hidden ones are left out.

    Attributes
    ----------
    folders, files : tuple of str
        Names of folders and of files, also behind symbolic links.
    dead_links : tuple of str
        Symbolic links that lead nowhere or in a circle.
    """

    folders: tuple[str, ...]
    files: tuple[str, ...]
    dead_links: tuple[str, ...]

    def folder(self, name: str) -> str | None:
        """Name of a folder as it is written here: upper and lower case do not matter."""
        if name in self.folders:
            return name
        return next((other for other in self.folders if other.lower() == name.lower()), None)


def as_path(path: Any, name: str) -> Path:
    """Take an argument as a path.

    Raises
    ------
    InputTypeError
        It is none.
    InputValueError
        It is empty or holds a null character.
    """
    try:
        text = os.fsdecode(path)
    except TypeError:
        raise InputTypeError(f"{name} is a {type(path).__name__}, want a path") from None
    if not text or "\0" in text:
        raise InputValueError(f"{name} is {text!r}, want a path")
    return Path(text)


def shown(path: str | os.PathLike[str]) -> str:
    r"""Text of a path that can be printed: bytes that are not UTF-8 as ``\xff``.

    Examples
    --------
    >>> print(shown("a/b\udcff.png"))
    a/b\xff.png
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def split_suffix(name: str) -> tuple[str, str]:
    """Split a name or a path before its last dot.

    Examples
    --------
    >>> split_suffix("kos01/Part5.jpg"), split_suffix("v1.0/a")
    (('kos01/Part5', '.jpg'), ('v1.0/a', ''))
    """
    stem, dot, suffix = name.rpartition(".")
    return (stem, dot + suffix) if dot and "/" not in suffix else (name, "")


def is_text(name: str) -> bool:
    """Whether a file name is UTF-8."""
    return not any("\udc80" <= character <= "\udcff" for character in name)


def failure(error: OSError) -> str:
    """Say in a few words why a file or folder can't be read."""
    if isinstance(error, FileNotFoundError):
        return "no such file or folder"
    if isinstance(error, NotADirectoryError):
        return "this is a file, want a folder"
    if isinstance(error, IsADirectoryError):
        return "this is a folder, want a file"
    return (error.strerror or str(error)).lower()


def listed(names: Iterable[str], most: int = 5) -> str:
    """Name the first few.

    Examples
    --------
    >>> listed("abcdefgh", most=3), listed([])
    ('a, b, c and 5 more', 'none')
    """
    every = [shown(name) for name in names]
    more = f" and {len(every) - most:,} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more if every else "none"


def is_folder(path: Path) -> bool:
    """Whether there is a folder; one that can't be reached is none."""
    try:
        return path.is_dir()
    except OSError:
        return False


def list_folder(folder: Path) -> Listing:
    """List a folder.

    Raises
    ------
    FileError
        There is no such folder, it is a file, or it can't be read.
    """
    folders: list[str] = []
    files: list[str] = []
    dead_links: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                kind = _kind(entry)
                (files if kind == "file" else folders if kind else dead_links).append(entry.name)
    except OSError as error:
        raise FileError(f"{shown(folder)}: {failure(error)}") from error
    return Listing(tuple(sorted(folders)), tuple(sorted(files)), tuple(sorted(dead_links)))


def _kind(entry: os.DirEntry[str]) -> str | None:
    """Whether an entry is a file or a folder; None for a link that leads nowhere."""
    try:
        if entry.is_dir():
            return "folder"
        # Devices and pipes count as files: what is wrong with them is told where they are read.
        return None if entry.is_symlink() and not Path(entry.path).exists() else "file"
    except OSError:
        return None


def images_by_stem(
    folder: Path, problems: Problems, suffixes: Iterable[str] = IMAGE_SUFFIXES
) -> dict[str, Path]:
    """Find the image files of a folder by their names without suffix.

    Files with other suffixes are left out; upper and lower case of suffixes do not matter.

    Parameters
    ----------
    folder : Path
        The folder.
    problems : Problems
        Takes two images of one name, folders and dead links in place of images, and names that are
        not UTF-8.
    suffixes : iterable of str
        Suffixes of image files, in lower case.

    Raises
    ------
    FileError
        As ``list_folder``.
    """
    wanted = frozenset(suffixes)
    listing = list_folder(folder)
    images: dict[str, Path] = {}
    for name in listing.files:
        stem, suffix = split_suffix(name)
        if suffix.lower() not in wanted:
            continue
        path = folder / name
        if not is_text(name):
            problems.add(f"{shown(path)}: the file's name is not UTF-8")
        elif stem in images:
            problems.add(f"{shown(images[stem])} and {shown(name)} have the same name")
        else:
            images[stem] = path
    for names, what in ((listing.folders, "a folder"), (listing.dead_links, "a dead link")):
        for name in names:
            if split_suffix(name)[1].lower() in wanted:
                problems.add(f"{shown(folder / name)}: this is {what}, want an image file")
    return images
