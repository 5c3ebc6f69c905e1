"""NEU-DET: defects of hot-rolled steel strip, marked by boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from flawgauge.datasets.base import Dataset
from flawgauge.datasets.facts import Facts
from flawgauge.datasets.files import images_by_stem, is_text, list_folder, shown
from flawgauge.datasets.sample import Sample
from flawgauge.datasets.voc import read_annotation
from flawgauge.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from flawgauge.datasets.problems import Problems

__all__ = ["NEUDET"]

CLASSES = (
    "crazing",
    "inclusion",
    "patches",
    "pitted_surface",
    "rolled-in_scale",
    "scratches",
)

_PARTS = ("train", "validation")
_XML = frozenset({".xml"})


class NEUDET(Dataset):
    """NEU-DET: boxes, filled, as masks.

    As published, ``IMAGES/<class>_N.jpg`` and ``ANNOTATIONS/<class>_N.xml``; or, in a common copy,
    ``{train,validation}/images/<class>/<class>_N.jpg`` and
    ``{train,validation}/annotations/<class>_N.xml``, whose two parts are the splits "train" and
    "validation". The photographs may be missing; one whose annotation is in the other part, as
    ``crazing_240`` in that copy, belongs to its own part, and ``notes`` says so. The category is
    the class in a file's name; the mask holds the boxes of all its objects, whatever their classes.
    Parameters, attributes and errors are those of ``Dataset``.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as root:
    ...     (Path(root) / "ANNOTATIONS").mkdir()
    ...     _ = (Path(root) / "ANNOTATIONS" / "patches_1.xml").write_text(
    ...         "<annotation><size><width>200</width><height>200</height></size>"
    ...         "<object><name>patches</name><bndbox><xmin>1</xmin><ymin>2</ymin>"
    ...         "<xmax>10</xmax><ymax>20</ymax></bndbox></object></annotation>"
    ...     )
    ...     sample = NEUDET(root).samples[0]
    >>> sample.id, sample.category, sample.boxes
    ('patches_1', 'patches', ((1, 0, 20, 10),))
    """

    name = "neu"
    facts: ClassVar[Facts] = Facts(
        title="NEU-DET",
        citation=(
            "He, Song, Meng, Yan: An end-to-end steel surface defect detection approach via fusing "
            "multiple hierarchical features. IEEE Transactions on Instrumentation and Measurement "
            "69, 2020"
        ),
        licence="research use",
        num_images=1800,
        image_size="200 x 200",
        defect_classes=CLASSES,
        label_kind="box",
        coarse=True,
        official_split=None,
        defects_in_training=True,
        tasks=("localization", "classification"),
        notes=(
            "Boxes hold pixels without defect: metrics over pixels compare with filled boxes.",
            "No image is without defect.",
            "188 objects have another class than their file's name.",
            "In the common copy the annotation of crazing_240 is not in the part of its image.",
        ),
    )
    layout = (
        "IMAGES/<class>_N.jpg and ANNOTATIONS/<class>_N.xml, or "
        "{train,validation}/images/<class>/<class>_N.jpg and "
        "{train,validation}/annotations/<class>_N.xml"
    )

    @classmethod
    def _is_root(cls, folder: Path) -> bool:
        listing = list_folder(folder)
        if listing.folder("annotations") is not None:
            # Not a part of a copy that has two: its parent is the root.
            return folder.resolve().name not in _PARTS
        parts = [name for name in map(listing.folder, _PARTS) if name is not None]
        return any(list_folder(folder / part).folder("annotations") is not None for part in parts)

    def _find(self, problems: Problems) -> list[Sample]:
        listing = list_folder(self.root)
        if listing.folder("annotations") is not None:
            parts = [_part(self.root, None, problems)]
        else:
            names = [(split, listing.folder(split)) for split in _PARTS]
            parts = [
                _part(self.root / name, split, problems)
                for split, name in names
                if name is not None
            ]
        samples: dict[str, Sample] = {}
        for part in parts:
            for stem, path in part.annotations.items():
                if stem in samples:
                    problems.add(f"{stem}: is both in train and in validation")
                    continue
                split, image = self._image(stem, part, parts, problems)
                sample = _sample(stem, path, image, split, problems)
                if sample is not None:
                    samples[stem] = sample
        for part in parts:
            for path in (part.images or {}).values():
                problems.add(f"{shown(path)}: has no annotation")
        return list(samples.values())

    def _image(
        self, stem: str, part: _Part, parts: Sequence[_Part], problems: Problems
    ) -> tuple[str | None, Path | None]:
        """Take the photograph of an annotation from its part, or else from the other one."""
        if part.images is None:
            return part.split, None
        if stem in part.images:
            return part.split, part.images.pop(stem)
        for other in parts:
            if other.images and stem in other.images and stem not in other.annotations:
                where = f"{stem} is in {other.split} as its image"
                self.notes += (f"{where}, though its annotation is in {part.split}",)
                return other.split, other.images.pop(stem)
        problems.add(f"{shown(part.annotations[stem])}: has no image")
        return part.split, None


@dataclass(slots=True)
class _Part:
    """Files of one pair of folders by their names; photographs are taken out when they are used."""

    split: str | None
    annotations: dict[str, Path]
    images: dict[str, Path] | None


def _part(folder: Path, split: str | None, problems: Problems) -> _Part:
    """Find the files of one pair of folders."""
    listing = list_folder(folder)
    annotations = listing.folder("annotations")
    found: dict[str, Path] = {}
    if annotations is None:
        problems.add(f"{shown(folder)}: has no folder annotations")
    else:
        found = images_by_stem(folder / annotations, problems, _XML)
    name = listing.folder("images")
    return _Part(split, found, None if name is None else _images(folder / name, problems))


def _images(folder: Path, problems: Problems) -> dict[str, Path]:
    """Photographs of a folder, and of folders in it, which are named by classes."""
    images = images_by_stem(folder, problems)
    for name in list_folder(folder).folders:
        if not is_text(name):
            problems.add(f"{shown(folder / name)}: the folder's name is not UTF-8")
            continue
        for stem, path in images_by_stem(folder / name, problems).items():
            if stem in images:
                problems.add(f"{shown(images[stem])} and {shown(path)} have the same name")
            images[stem] = path
    return images


def _sample(
    stem: str, path: Path, image: Path | None, split: str | None, problems: Problems
) -> Sample | None:
    category = stem.rpartition("_")[0]
    if category not in CLASSES:
        problems.add(f"{shown(path)}: its name has no class, want one of: {', '.join(CLASSES)}")
        return None
    try:
        found = read_annotation(path)
    except DataError as error:
        problems.add(str(error))
        return None
    return Sample(stem, category, split, category, image, None, found.boxes, found.size)
