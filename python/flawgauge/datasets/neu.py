"""NEU-DET: defects of hot-rolled steel strip, marked by boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from flawgauge.datasets.base import Dataset
from flawgauge.datasets.facts import Facts
from flawgauge.datasets.files import images_by_stem, is_text, list_folder, shown
from flawgauge.datasets.sample import Sample
from flawgauge.datasets.voc import read_annotation
from flawgauge.errors import DataError

if TYPE_CHECKING:
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
    "validation". The photographs may be missing. The category is the class in a file's name; the
    mask holds the boxes of all its objects, whatever their classes. Parameters, attributes and
    errors are those of ``Dataset``.

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
            return self._part(self.root, None, problems)
        parts = [(split, listing.folder(split)) for split in _PARTS]
        samples: dict[str, Sample] = {}
        for split, name in parts:
            if name is None:
                continue
            for sample in self._part(self.root / name, split, problems):
                if sample.id in samples:
                    problems.add(f"{sample.id}: is both in train and in validation")
                samples[sample.id] = sample
        return list(samples.values())

    def _part(self, folder: Path, split: str | None, problems: Problems) -> list[Sample]:
        """Find the samples of one pair of folders."""
        listing = list_folder(folder)
        annotations = listing.folder("annotations")
        if annotations is None:
            problems.add(f"{shown(folder)}: has no folder annotations")
            return []
        name = listing.folder("images")
        images = None if name is None else _images(folder / name, problems)
        samples = []
        for stem, path in images_by_stem(folder / annotations, problems, _XML).items():
            image = None
            if images is not None:
                image = images.pop(stem, None)
                if image is None:
                    problems.add(f"{shown(path)}: has no image")
            sample = _sample(stem, path, image, split, problems)
            if sample is not None:
                samples.append(sample)
        for path in (images or {}).values():
            problems.add(f"{shown(path)}: has no annotation")
        return samples


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
