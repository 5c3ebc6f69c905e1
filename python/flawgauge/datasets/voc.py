"""Pascal VOC annotations: boxes around objects, in XML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from flawgauge.datasets.files import failure, shown
from flawgauge.errors import DataError, FileError

if TYPE_CHECKING:
    from pathlib import Path

    from flawgauge.datasets.sample import Box

__all__ = ["Annotation", "read_annotation"]

_MOST_BYTES = 2**20
_MOST_SIDE = 2**31 - 1
_LONGEST_NUMBER = 12


@dataclass(frozen=True, slots=True)
class Annotation:
    """Boxes of an image.

    Attributes
    ----------
    size : (int, int)
        Height and width of the image in pixels.
    classes : tuple of str
        Class of each object.
    boxes : tuple of Box
        Box of each object.
    """

    size: tuple[int, int]
    classes: tuple[str, ...]
    boxes: tuple[Box, ...]


def read_annotation(path: Path) -> Annotation:
    r"""Read an annotation in the format of Pascal VOC.

    Corners are counted from 1 and belong to the box.

    Raises
    ------
    FileError
        The file can't be read.
    DataError
        It is a pipe, larger than 1 MiB, not UTF-8, no XML, declares a document type (which could
        make a small file expand to a huge one, or name other files), or elements are missing,
        repeated or wrong.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a.xml"
    ...     _ = path.write_text(
    ...         "<annotation><size><width>200</width><height>100</height></size>"
    ...         "<object><name>patches</name><bndbox><xmin>1</xmin><ymin>2</ymin>"
    ...         "<xmax>10</xmax><ymax>20</ymax></bndbox></object></annotation>"
    ...     )
    ...     read_annotation(path)
    Annotation(size=(100, 200), classes=('patches',), boxes=((1, 0, 20, 10),))
    """
    try:
        return _annotation(_parse(path))
    except _AnnotationError as error:
        raise DataError(f"{shown(path)}: {error}") from None


class _AnnotationError(ValueError):
    """What is wrong with an annotation."""


def _parse(path: Path) -> ElementTree.Element:
    try:
        # Before it is opened: to open a pipe would wait for its other end.
        if path.is_fifo():
            raise _AnnotationError("this is a pipe, want an annotation")
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise FileError(f"{shown(path)}: {failure(error)}") from error
    if len(content) > _MOST_BYTES:
        raise _AnnotationError(f"larger than {_MOST_BYTES >> 20} MiB, want an annotation")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _AnnotationError(f"not UTF-8 text at byte {error.start}") from None
    # The parser gets this very text, whatever encoding it declares: nothing hides from the check.
    if "<!DOCTYPE" in text:
        raise _AnnotationError("declares a document type, which is refused")
    try:
        return ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError) as error:
        raise _AnnotationError(f"not XML: {error}") from None


def _annotation(root: ElementTree.Element) -> Annotation:
    if root.tag != "annotation":
        raise _AnnotationError(f"the root is {root.tag[:40]!r}, want annotation")
    size = _only(root, "size", "annotation")
    height, width = (_number(size, name, "size", 1, _MOST_SIDE) for name in ("height", "width"))
    classes: list[str] = []
    boxes: list[Box] = []
    for number, item in enumerate(root.findall("object"), start=1):
        place = f"object {number}"
        classes.append(_text(item, "name", place))
        boxes.append(_box(_only(item, "bndbox", place), place, height, width))
    return Annotation((height, width), tuple(classes), tuple(boxes))


def _box(element: ElementTree.Element, place: str, height: int, width: int) -> Box:
    left, right = (_number(element, name, place, 1, width) for name in ("xmin", "xmax"))
    top, bottom = (_number(element, name, place, 1, height) for name in ("ymin", "ymax"))
    if left > right or top > bottom:
        raise _AnnotationError(f"{place}: its box ends before it begins")
    return top - 1, left - 1, bottom, right


def _only(parent: ElementTree.Element, name: str, place: str) -> ElementTree.Element:
    found = parent.findall(name)
    if len(found) != 1:
        raise _AnnotationError(f"{place} has {len(found)} elements {name}, want one")
    return found[0]


def _text(parent: ElementTree.Element, name: str, place: str) -> str:
    text = (_only(parent, name, place).text or "").strip()
    if not text:
        raise _AnnotationError(f"{place}: {name} is empty")
    return text


def _number(parent: ElementTree.Element, name: str, place: str, low: int, high: int) -> int:
    text = _text(parent, name, place)
    if len(text) > _LONGEST_NUMBER or not (text.isascii() and text.isdecimal()):
        raise _AnnotationError(f"{place}: {name} is {text[:40]!r}, want a whole number")
    if not low <= int(text) <= high:
        raise _AnnotationError(f"{place}: {name} is {text}, want {low} to {high}")
    return int(text)
