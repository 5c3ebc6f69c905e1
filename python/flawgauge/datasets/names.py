"""Finding samples by what people call them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flawgauge.datasets.files import IMAGE_SUFFIXES, split_suffix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flawgauge.datasets.sample import Sample

__all__ = ["SampleNames", "last_part", "without_suffix"]


def last_part(id: str) -> str:
    """Return the part of an id after the last "/"."""
    return id.rsplit("/", 1)[-1]


def without_suffix(name: str) -> str:
    """Return a name without the suffix of an image file, if it has one.

    Examples
    --------
    >>> without_suffix("kos01/Part5.jpg"), without_suffix("v1.0")
    ('kos01/Part5', 'v1.0')
    """
    stem, suffix = split_suffix(name)
    return stem if suffix.lower() in IMAGE_SUFFIXES else name


class SampleNames:
    """Samples by id, by the last part of their ids, and by its number.

    Examples
    --------
    >>> from flawgauge.datasets import Sample
    >>> first = Sample("test/20001", category="all", split="test", label="good")
    >>> names = SampleNames([first])
    >>> names.find("20001.png") == names.find(20001) == [first]
    True
    """

    def __init__(self, samples: Sequence[Sample]) -> None:
        self._by_id = {sample.id: sample for sample in samples}
        self._by_last: dict[str, list[Sample]] = {}
        self._by_number: dict[int, list[Sample]] = {}
        for sample in samples:
            last = last_part(sample.id)
            self._by_last.setdefault(last, []).append(sample)
            if last.isascii() and last.isdecimal() and len(last) < 20:
                self._by_number.setdefault(int(last), []).append(sample)

    def find(self, name: str | int) -> list[Sample]:
        """Return the samples that are called so: none, one, or several if it is ambiguous."""
        if isinstance(name, int):
            return self._by_number.get(name, [])
        # Windows writes a backslash between folders.
        paths = (name, name.replace("\\", "/"))
        for text in dict.fromkeys([*paths, *map(without_suffix, paths)]):
            if text in self._by_id:
                return [self._by_id[text]]
            if text in self._by_last:
                return self._by_last[text]
        return []
