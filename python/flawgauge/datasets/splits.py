"""Splits of one's own: lists of ids in a text or CSV file."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flawgauge.datasets.files import failure, listed, shown
from flawgauge.datasets.names import SampleNames
from flawgauge.datasets.problems import Problems
from flawgauge.errors import DataError, FileError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from flawgauge.datasets.sample import Sample

__all__ = ["CUSTOM", "Split", "apply_split", "read_split"]

CUSTOM = "custom"
"""Name of the split that a list without names of splits makes."""

_PICKLE_SUFFIXES = frozenset({".pkl", ".pickle", ".pyb", ".p", ".pt", ".pth", ".joblib"})
_MOST_BYTES = 2**26
_LONGEST_LINE = 4096


@dataclass(frozen=True, slots=True)
class Split:
    """Ids of a split file with the names of their splits.

    Attributes
    ----------
    path : Path
        The file.
    rows : tuple of (int, str, str)
        Line, id and split of each.
    """

    path: Path
    rows: tuple[tuple[int, str, str], ...]


def read_split(path: Path) -> Split:
    r"""Read a split file.

    Either text with one id a line, blank lines and lines that start with # left out; or CSV with
    the column ``id`` and, if there are several splits, the column ``split``.

    Raises
    ------
    FileError
        The file can't be read.
    DataError
        It is a pickle, not UTF-8 text, has a line of more than 4096 characters, lacks a column,
        or names no ids.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "fold.csv"
    ...     _ = path.write_text("id,split\nkos01,train\nkos02/Part0,test\n")
    ...     read_split(path).rows
    ((2, 'kos01', 'train'), (3, 'kos02/Part0', 'test'))
    """
    name = f"split file {shown(path)}"
    lines = _lines(path, name)
    if path.suffix.lower() == ".csv" or (lines and "id" in _cells(lines[0][1])):
        rows = _table_rows(lines, name)
    else:
        rows = [(number, text, CUSTOM) for number, text in lines]
    if not rows:
        raise DataError(f"{name}: the file names no samples")
    return Split(path, tuple(rows))


def apply_split(samples: Sequence[Sample], split: Split) -> list[Sample]:
    """Keep the samples that a split file names, and set their splits.

    An id may also be the last part of one where that is not ambiguous, have the suffix of an image,
    or be a folder, which stands for all samples in it.

    Raises
    ------
    DataError
        Ids that no sample has, that are ambiguous, or that stand twice: the message names the first
        ten.
    """
    problems = Problems(f"split file {shown(split.path)}")
    names = SampleNames(samples)
    folders: dict[str, list[Sample]] = {}
    for sample in samples:
        parts = sample.id.split("/")
        for end in range(1, len(parts)):
            folders.setdefault("/".join(parts[:end]), []).append(sample)
    chosen: dict[str, tuple[int, Sample]] = {}
    for number, name, part in split.rows:
        found = folders.get(name.rstrip("/"))
        if found is None:
            found = names.find(name)
            if len(found) > 1:
                ids = listed([sample.id for sample in found], most=3)
                problems.add(f"line {number}: {name} may be {ids}")
                continue
        if not found:
            problems.add(f"line {number}: no sample is called {name}")
        for sample in found:
            if sample.id in chosen:
                first = chosen[sample.id][0]
                problems.add(f"line {number}: {sample.id} stands in line {first} already")
            else:
                chosen[sample.id] = (number, replace(sample, split=part))
    problems.check()
    return [sample for _, sample in chosen.values()]


def _lines(path: Path, name: str) -> list[tuple[int, str]]:
    """Lines with their numbers, blank ones and comments left out."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise FileError(f"{name}: {failure(error)}") from error
    if path.suffix.lower() in _PICKLE_SUFFIXES or _is_pickle(content):
        raise DataError(
            f"{name}: this is a pickle, which can run any program when it is opened, so it is not "
            "read; want a text file with one id a line, or CSV with the columns id,split"
        )
    if len(content) > _MOST_BYTES:
        raise DataError(f"{name}: larger than {_MOST_BYTES >> 20} MiB, want a list of ids")
    try:
        # Line ends of all systems.
        text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise DataError(f"{name}: not UTF-8 text at byte {error.start}") from None
    lines = []
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > _LONGEST_LINE:
            raise DataError(f"{name}, line {number}: longer than {_LONGEST_LINE} characters")
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            lines.append((number, stripped))
    return lines


def _is_pickle(content: bytes) -> bool:
    """Whether bytes look like a pickle of any protocol."""
    if content[:1] == b"\x80":
        return content[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")
    # What begins a list, a dict, a tuple or a global, and what ends every pickle.
    return content[:1] in (b"(", b"]", b"}", b"c") and content.endswith(b".")


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line]))]


def _table_rows(lines: Sequence[tuple[int, str]], name: str) -> list[tuple[int, str, str]]:
    if not lines:
        return []
    header = _cells(lines[0][1])
    counts = Counter(header)
    if counts["id"] != 1 or counts["split"] > 1:
        raise DataError(f"{name}, line {lines[0][0]}: columns {listed(header)}, want id,split")
    id_column = header.index("id")
    split_column = header.index("split") if "split" in header else None
    rows = []
    for number, line in lines[1:]:
        cells = _cells(line)
        if len(cells) != len(header):
            raise DataError(
                f"{name}, line {number}: {len(cells)} cells, want {len(header)} as the header"
            )
        part = CUSTOM if split_column is None else cells[split_column]
        if not cells[id_column] or not part:
            raise DataError(f"{name}, line {number}: an empty cell, want an id and a split")
        rows.append((number, cells[id_column], part))
    return rows
