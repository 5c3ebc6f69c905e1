"""Patterns of file names, such as ``{category}/masks/{id}.png``."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flawgauge.datasets.files import is_text, list_folder, shown, split_suffix
from flawgauge.errors import InputTypeError, InputValueError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from flawgauge.datasets.problems import Problems

__all__ = ["Fields", "Pattern"]

_PLACES = {"id": "(?P<id>.+)", "category": "(?P<category>[^/]+)", "split": "(?P<split>[^/]+)"}
_PLACE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Fields:
    """What stands in the places of a pattern.

    Attributes
    ----------
    id, category, split : str or None
        None where the pattern has no such place.
    """

    id: str
    category: str | None = None
    split: str | None = None


class Pattern:
    """A path with places for the id of a sample and, if wanted, its category and split.

    Parameters
    ----------
    text : str
        A relative path with "/" between folders: ``{id}`` stands for one or more characters, also
        for folders, ``{category}`` and ``{split}`` for the name of one folder or a part of it.
        Upper and lower case of the suffix do not matter.
    name : str
        What messages call the pattern.

    Raises
    ------
    InputTypeError, InputValueError
        The text is no such pattern.

    Examples
    --------
    >>> Pattern("{category}/masks/{id}_mask.png", "masks").match("nut/masks/bent/3_mask.PNG")
    Fields(id='bent/3', category='nut', split=None)
    """

    def __init__(self, text: Any, name: str) -> None:
        if not isinstance(text, str):
            raise InputTypeError(f"{name} is a {type(text).__name__}, want a pattern (str)")
        places = _PLACE.findall(text)
        problem = _problem(text, places)
        if problem:
            raise InputValueError(f"{name} is {text!r}: {problem}")
        self.text = text
        self.name = name
        stem, suffix = split_suffix(text)
        if "}" in suffix:
            stem, suffix = text, ""
        parts = re.split(r"\{[^{}]*\}", stem)
        expression = "".join(
            re.escape(part) + (_PLACES[place] if place else "")
            for part, place in zip(parts, [*places, ""], strict=True)
        )
        self._expression = re.compile(f"{expression}(?i:{re.escape(suffix)})", re.DOTALL)
        self._start = parts[0].rpartition("/")[0]

    def match(self, path: str) -> Fields | None:
        """Fields of a relative path, or None if it does not match."""
        found = self._expression.fullmatch(path)
        return None if found is None else Fields(**found.groupdict())

    def fill(self, fields: Fields) -> str:
        """Return the path that has these fields."""
        path = self.text
        for name in _PLACES:
            path = path.replace(f"{{{name}}}", getattr(fields, name) or "")
        return path

    def check_places(self, other: Pattern) -> None:
        """Check that this pattern has the places of another one.

        Raises
        ------
        InputValueError
            It has not, so that files that match it can't be paired.
        """
        mine, theirs = (sorted(_PLACE.findall(pattern.text)) for pattern in (self, other))
        if mine != theirs:
            raise InputValueError(
                f"{self.name} is {self.text!r}, want the places of {other.name}: {other.text!r}"
            )

    def find(
        self, root: Path, problems: Problems, besides: Collection[Path] = ()
    ) -> dict[Fields, Path]:
        """Find all files below a folder that match.

        Parameters
        ----------
        root : Path
            The folder that paths are relative to.
        problems : Problems
            Takes matching names that are not UTF-8, folders and dead links with matching names,
            files with the same fields, and links that lead back to a folder above them.
        besides : collection of Path
            Files that do not count.

        Raises
        ------
        FileError
            A folder can't be read.
        """
        found: dict[Fields, Path] = {}
        for path, wrong in _walk(root, self._start, problems):
            fields = self.match(path)
            if fields is None or root / path in besides:
                continue
            if wrong is None and not is_text(path):
                wrong = "the file's name is not UTF-8"
            elif wrong is None and fields in found:
                wrong = f"has the same name as {shown(found[fields])}"
            if wrong is None:
                found[fields] = root / path
            else:
                problems.add(f"{shown(root / path)}: {wrong}")
        return found


def _problem(text: str, places: list[str]) -> str | None:
    """What is wrong with a pattern."""
    unknown = [place for place in places if place not in _PLACES]
    if unknown:
        return f"{{{unknown[0]}}} is no place; want {{id}}, {{category}} or {{split}}"
    if places.count("id") != 1 or len(set(places)) != len(places):
        return "want {id} once, and {category} and {split} at most once"
    rest = _PLACE.sub("", text)
    if "{" in rest or "}" in rest:
        return "a brace without its partner"
    if "\0" in text:
        return "want a path without null characters"
    if text.startswith("/") or "\\" in text or ".." in text.split("/"):
        return 'want a relative path with "/" between folders and without ".."'
    return None


def _walk(root: Path, start: str, problems: Problems) -> Iterator[tuple[str, str | None]]:
    """Paths below a folder, relative to the root, and what is wrong with those that are no file."""
    first = root / start
    pending: list[tuple[str, tuple[str, ...]]] = [(start, (os.path.realpath(first),))]
    while pending:
        parent, above = pending.pop()
        listing = list_folder(root / parent)
        prefix = f"{parent}/" if parent else ""
        yield from ((prefix + name, None) for name in listing.files)
        yield from ((prefix + name, "this link leads nowhere") for name in listing.dead_links)
        for name in listing.folders:
            yield prefix + name, "this is a folder, want a file"
            real = os.path.realpath(root / parent / name)
            if real in above:
                problems.add(
                    f"{shown(root / parent / name)}: this link leads back to {shown(real)}"
                )
            else:
                pending.append((prefix + name, (*above, real)))
