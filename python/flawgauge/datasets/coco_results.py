"""COCO results files: run lengths of masks, as JSON."""

from __future__ import annotations

import json
import math
from collections import Counter
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
_MOST_COUNT = 2**32 - 1


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

    Or an object that holds such a list as ``annotations``, and ``images``, a list of objects with
    ``id`` and ``file_name``. Then an ``image_id`` is that ``id``, whatever samples are called, and
    the images say what was predicted.

    Parameters
    ----------
    path : Path
        The file.
    samples : sequence of Sample
        The samples. An ``image_id`` or ``file_name`` is the id of one, its last part, with or
        without suffix; an ``image_id`` also the number that the last part is.
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
        It is no JSON, larger than 512 MiB, entries are wrong or of unknown images, or samples are
        not among the images: the message names the first ten, entries by their index from 0.

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
    content = _load(path, name)
    names, others = SampleNames(samples), SampleNames(known)
    masks: dict[str, list[tuple[int, int, str | list[int]]]] = {s.id: [] for s in samples}
    problems = Problems(name)
    listed_images: dict[str | int, Sample | None] | None = None
    if isinstance(content, dict):
        listed_images = _listed_images(content["images"], names, others, problems)
        _check_listed(samples, listed_images, problems)
        content = content["annotations"]
    for index, entry in enumerate(content):
        try:
            image, run_lengths, score = _checked(entry, score_threshold is not None)
            if listed_images is None:
                sample = _sample("image_id", image, names, others)
            elif image in listed_images:
                sample = listed_images[image]
            else:
                raise _EntryError(f"image_id {image!r} is the id of none of the images")
        except _EntryError as error:
            problems.add(f"entry {index}: {error}")
            continue
        if sample is None:
            continue
        if score is None or score_threshold is None or score >= score_threshold:
            masks[sample.id].append(run_lengths)
    problems.check()
    return tuple(tuple(masks[sample.id]) for sample in samples)


def _listed_images(
    images: list[Any], names: SampleNames, others: SampleNames, problems: Problems
) -> dict[str | int, Sample | None]:
    """Sample of each image by its id; None for samples that are not chosen."""
    found: dict[str | int, Sample | None] = {}
    for index, image in enumerate(images):
        try:
            if not isinstance(image, dict):
                raise _EntryError(f"is {_kind(image)}, want an object")
            number = _image_id(image, "id")
            file = _field(image, "file_name")
            if not isinstance(file, str):
                raise _EntryError(f"file_name is {_kind(file)}, want text")
            if number in found:
                raise _EntryError(f"id {number!r} stands twice")
            # So that its entries are no problems of their own.
            found[number] = None
            found[number] = _sample("file_name", file, names, others)
        except _EntryError as error:
            problems.add(f"image {index}: {error}")
    return found


def _check_listed(
    samples: Sequence[Sample], images: dict[str | int, Sample | None], problems: Problems
) -> None:
    """Each sample must be exactly one of the images."""
    counts = Counter(sample.id for sample in images.values() if sample is not None)
    for sample in samples:
        if counts[sample.id] != 1:
            times = f"is {counts[sample.id]} of" if counts[sample.id] else "is not among"
            problems.add(f"{sample.id}: {times} the images")


def _sample(field: str, name: str | int, names: SampleNames, others: SampleNames) -> Sample | None:
    """The sample of this name; None if it is known but not chosen."""
    found = names.find(name)
    if len(found) == 1:
        return found[0]
    if found:
        several = listed([sample.id for sample in found], most=3)
        raise _EntryError(f"{field} {name!r} may be {several}")
    if others.find(name):
        return None
    raise _EntryError(f"{field} {name!r} is no image of the data set")


class _EntryError(ValueError):
    """An entry is wrong."""


def _load(path: Path, name: str) -> list[Any] | dict[str, list[Any]]:
    """Read a list of entries, or an object with lists of annotations and images."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise FileError(f"{name}: {failure(error)}") from error
    if len(data) > _MOST_BYTES:
        raise DataError(f"{name}: larger than {_MOST_BYTES >> 20} MiB")
    try:
        content: Any = json.loads(data)
    except RecursionError:
        raise DataError(f"{name}: lists are nested too deeply, want COCO results") from None
    except ValueError as error:
        # Text that is no JSON, not UTF-8, or a number with thousands of digits.
        raise DataError(f"{name}: not JSON: {error}") from None
    if isinstance(content, list):
        return content
    if isinstance(content, dict):
        parts = ("annotations", "images")
        wrong = [part for part in parts if not isinstance(content.get(part), list)]
        if not wrong:
            return {part: content[part] for part in parts}
        raise DataError(
            f"{name}: holds an object without a list of {' and of '.join(wrong)}, want COCO "
            "results: a list of objects with image_id and segmentation, or an object with "
            "annotations and images"
        )
    raise DataError(
        f"{name}: holds {_kind(content)}, want COCO results: a list of objects with image_id and "
        "segmentation"
    )


def _checked(
    entry: Any, needs_score: bool
) -> tuple[str | int, tuple[int, int, str | list[int]], float | None]:
    """Image, run lengths and score of an entry."""
    if not isinstance(entry, dict):
        raise _EntryError(f"is {_kind(entry)}, want an object")
    image = _image_id(entry, "image_id")
    segmentation = _field(entry, "segmentation")
    if not isinstance(segmentation, dict):
        polygons = " (of polygons, which are not read)" if isinstance(segmentation, list) else ""
        raise _EntryError(
            f"segmentation is {_kind(segmentation)}{polygons}, want run lengths: an object with "
            "size and counts"
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


def _image_id(entry: dict[str, Any], name: str) -> str | int:
    image = _field(entry, name)
    if isinstance(image, bool) or not isinstance(image, (str, int)):
        raise _EntryError(f"{name} is {_kind(image)}, want text or a whole number")
    return image


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
    if isinstance(counts, list) and all(
        type(count) is int and 0 <= count <= _MOST_COUNT for count in counts
    ):
        return counts
    raise _EntryError("segmentation.counts is wrong, want compressed text or numbers of pixels")


def _kind(value: Any) -> str:
    """What a JSON value is, for messages."""
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false"}
    return "null" if value is None else names.get(type(value), "a number")
