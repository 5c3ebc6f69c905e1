"""COCO results files: run lengths of masks, as JSON."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, TypeAlias

from flawgauge.datasets.files import failure, listed, shown
from flawgauge.datasets.names import SampleNames
from flawgauge.datasets.problems import Problems
from flawgauge.errors import DataError, FileError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from flawgauge.datasets.sample import Sample

__all__ = ["RunLengths", "read_coco_results"]

RunLengths: TypeAlias = tuple[tuple[int, int, str | list[int]], ...]
"""Masks of one image: height, width and COCO counts, compressed or as numbers."""

_MOST_BYTES = 2**29
_MOST_SIDE = 2**32 - 1


def read_coco_results(
    path: Path,
    samples: Sequence[Sample],
    known: Sequence[Sample] = (),
    score_threshold: float | None = None,
) -> tuple[RunLengths, ...]:
    r"""Read the masks of samples from a COCO results file.

    A list of objects with ``image_id`` and ``segmentation``: ``{"size": [height, width], "counts":
    text or list}``. Categories do not matter. An image without entries has an empty mask: detectors
    write nothing where they find nothing.

    Parameters
    ----------
    path : Path
        The file.
    samples : sequence of Sample
        The samples. An ``image_id`` is the id of one, its last part, with or without suffix, or the
        number that the last part is.
    known : sequence of Sample
        Samples whose entries are left out.
    score_threshold : float, optional
        Entries with a lower ``score`` are left out.

    Returns
    -------
    tuple of RunLengths
        Of each sample all entries, in the order of the file.

    Raises
    ------
    FileError
        The file can't be read.
    DataError
        It is no JSON, larger than 512 MiB, or entries are wrong or of unknown images: the message
        names the first ten by their index from 0.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from flawgauge.datasets import Sample
    >>> sample = Sample("test/20000", category="all", split="test", label=None)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "results.json"
    ...     _ = path.write_text(
    ...         '[{"image_id": 20000, "segmentation": {"size": [2, 2], "counts": [1, 3]}}]'
    ...     )
    ...     read_coco_results(path, [sample])
    (((2, 2, [1, 3]),),)
    """
    name = f"predictions {shown(path)}"
    entries = _load(path, name)
    names, others = SampleNames(samples), SampleNames(known)
    masks: dict[str, list[tuple[int, int, str | list[int]]]] = {s.id: [] for s in samples}
    problems = Problems(name)
    for index, entry in enumerate(entries):
        try:
            image, run_lengths, score = _checked(entry, score_threshold is not None)
        except _EntryError as error:
            problems.add(f"entry {index}: {error}")
            continue
        found = names.find(image)
        if not found and others.find(image):
            continue
        if len(found) != 1:
            several = listed([sample.id for sample in found], most=3)
            what = f"may be {several}" if found else "is no image of the data set"
            problems.add(f"entry {index}: image_id {image!r} {what}")
        elif score is None or score_threshold is None or score >= score_threshold:
            masks[found[0].id].append(run_lengths)
    problems.check()
    return tuple(tuple(masks[sample.id]) for sample in samples)


class _EntryError(ValueError):
    """An entry is wrong."""


def _load(path: Path, name: str) -> list[Any]:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise FileError(f"{name}: {failure(error)}") from error
    if len(content) > _MOST_BYTES:
        raise DataError(f"{name}: larger than {_MOST_BYTES >> 20} MiB")
    try:
        entries = json.loads(content)
    except RecursionError:
        raise DataError(f"{name}: lists are nested too deeply, want COCO results") from None
    except ValueError as error:
        # Text that is no JSON, not UTF-8, or a number with thousands of digits.
        raise DataError(f"{name}: not JSON: {error}") from None
    if not isinstance(entries, list):
        raise DataError(
            f"{name}: holds {_kind(entries)}, want COCO results: a list of objects with image_id "
            "and segmentation"
        )
    return entries


def _checked(
    entry: Any, needs_score: bool
) -> tuple[str | int, tuple[int, int, str | list[int]], float | None]:
    """Image, run lengths and score of an entry."""
    if not isinstance(entry, dict):
        raise _EntryError(f"is {_kind(entry)}, want an object")
    image = _field(entry, "image_id")
    if isinstance(image, bool) or not isinstance(image, (str, int)):
        raise _EntryError(f"image_id is {_kind(image)}, want text or a whole number")
    segmentation = _field(entry, "segmentation")
    if not isinstance(segmentation, dict):
        polygons = " (polygons are not scored)" if isinstance(segmentation, list) else ""
        raise _EntryError(
            f"segmentation is {_kind(segmentation)}{polygons}, want an object with size and counts"
        )
    height, width = _size(_field(segmentation, "size"))
    counts = _counts(_field(segmentation, "counts"))
    score = entry.get("score")
    if score is None:
        if needs_score:
            raise _EntryError("has no score, which score_threshold needs")
        return image, (height, width, counts), None
    if isinstance(score, bool) or not isinstance(score, (int, float)) or math.isnan(score):
        raise _EntryError("score is no number")
    return image, (height, width, counts), score


def _field(entry: dict[str, Any], name: str) -> Any:
    if name not in entry:
        raise _EntryError(f"has no {name}")
    return entry[name]


def _size(size: Any) -> tuple[int, int]:
    if not isinstance(size, list) or len(size) != 2 or not all(_is_side(side) for side in size):
        raise _EntryError("segmentation.size is wrong, want [height, width] in pixels")
    return size[0], size[1]


def _is_side(side: Any) -> bool:
    return isinstance(side, int) and not isinstance(side, bool) and 1 <= side <= _MOST_SIDE


def _counts(counts: Any) -> str | list[int]:
    if isinstance(counts, str) and counts and counts.isascii():
        return counts
    if isinstance(counts, list) and all(type(count) is int and count >= 0 for count in counts):
        return counts
    raise _EntryError("segmentation.counts is wrong, want compressed text or numbers of pixels")


def _kind(value: Any) -> str:
    """What a JSON value is, for messages."""
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false"}
    return "null" if value is None else names.get(type(value), "a number")
