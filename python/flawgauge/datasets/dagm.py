"""DAGM 2007: generated textures with defects that are marked by ellipses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from flawgauge.datasets.base import Dataset
from flawgauge.datasets.facts import Facts
from flawgauge.datasets.files import images_by_stem, list_folder, shown
from flawgauge.datasets.sample import GOOD, Sample

if TYPE_CHECKING:
    from pathlib import Path

    from flawgauge.datasets.problems import Problems

__all__ = ["DAGM2007"]

_CLASS = re.compile(r"Class\d+", re.IGNORECASE)
_SPLITS = ("Test", "Train")
_FOLDER = "Label"
_LABEL = "_label"


class DAGM2007(Dataset):
    """DAGM 2007: ten classes of textures, each with its own defect.

    ``ClassN/{Train,Test}/NNNN.PNG`` with the masks ``ClassN/{Train,Test}/Label/NNNN_label.PNG`` of
    the images that have a defect. Some of the classes, and one of the two folders, may be missing.
    Parameters, attributes and errors are those of ``Dataset``.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as root:
    ...     for name in ("0001.PNG", "0002.PNG", "Label/0002_label.PNG"):
    ...         path = Path(root) / "Class1" / "Test" / name
    ...         path.parent.mkdir(parents=True, exist_ok=True)
    ...         path.touch()
    ...     [(sample.id, sample.label) for sample in DAGM2007(root).samples]
    [('Class1/Test/0001', 'good'), ('Class1/Test/0002', 'defect')]
    """

    name = "dagm"
    has_test_split = True
    facts: ClassVar[Facts] = Facts(
        title="DAGM 2007",
        citation=(
            "Wieler, Hahn: Weakly supervised learning for industrial optical inspection. "
            "Competition at the DAGM symposium 2007"
        ),
        licence="publicly available",
        num_images=16100,
        image_size="512 x 512",
        defect_classes="one for each of 10 classes of textures",
        label_kind="ellipse",
        coarse=True,
        official_split="train, test",
        defects_in_training=True,
        tasks=("detection", "localization", "classification"),
        notes=("The ellipses hold pixels without defect: Boundary IoU and distances tell little.",),
    )
    layout = "ClassN/{Train,Test}/NNNN.PNG and ClassN/{Train,Test}/Label/NNNN_label.PNG"

    @classmethod
    def _is_root(cls, folder: Path) -> bool:
        return any(
            list_folder(folder / name).folder(split) is not None
            for name in list_folder(folder).folders
            if _CLASS.fullmatch(name)
            for split in _SPLITS
        )

    def _find(self, problems: Problems) -> list[Sample]:
        samples: list[Sample] = []
        for category in list_folder(self.root).folders:
            if not _CLASS.fullmatch(category):
                continue
            listing = list_folder(self.root / category)
            parts = [(split, listing.folder(split)) for split in _SPLITS]
            found = [(split, name) for split, name in parts if name is not None]
            if not found:
                problems.add(f"{shown(self.root / category)}: has no folder Train or Test")
            for split, name in found:
                samples += self._part(category, split, self.root / category / name, problems)
        return samples

    def _part(self, category: str, split: str, folder: Path, problems: Problems) -> list[Sample]:
        """Find the samples of one class in one of its folders."""
        labels = list_folder(folder).folder(_FOLDER)
        if labels is None:
            problems.add(f"{shown(folder)}: has no folder {_FOLDER}, which holds the masks")
            return []
        masks = images_by_stem(folder / labels, problems)
        samples = []
        for stem, path in images_by_stem(folder, problems).items():
            mask = masks.pop(stem + _LABEL, None)
            label = GOOD if mask is None else "defect"
            name = f"{category}/{split}/{stem}"
            samples.append(Sample(name, category, split.lower(), label, path, mask))
        for path in masks.values():
            problems.add(f"{shown(path)}: has no image in {shown(folder)}")
        return samples
