"""MVTec AD: photographs of objects and textures, defects in the test data only."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from flawgauge.datasets.base import Dataset
from flawgauge.datasets.facts import Facts
from flawgauge.datasets.files import (
    IMAGE_SUFFIXES,
    images_by_stem,
    is_folder,
    list_folder,
    shown,
    split_suffix,
)
from flawgauge.datasets.sample import GOOD, Sample

if TYPE_CHECKING:
    from pathlib import Path

    from flawgauge.datasets.problems import Problems

__all__ = ["MVTecAD"]

CATEGORIES = (
    "bottle",
    "cable",
    "capsule",
    "carpet",
    "grid",
    "hazelnut",
    "leather",
    "metal_nut",
    "pill",
    "screw",
    "tile",
    "toothbrush",
    "transistor",
    "wood",
    "zipper",
)
"""The published categories; a root may hold some of them, or others in the same layout."""

_MASK = "_mask"
_PHOTOGRAPHS = IMAGE_SUFFIXES - {".tif", ".tiff"}


class MVTecAD(Dataset):
    """MVTec AD: 15 categories, each on its own.

    ``<category>/test/<defect>/NNN.png`` with the masks
    ``<category>/ground_truth/<defect>/NNN_mask.png``; images in ``test/good`` and ``train`` have no
    masks. Any number of categories may be there, and ``train`` may be missing. Parameters,
    attributes and errors are those of ``Dataset``.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as root:
    ...     for name in ("test/good/0.png", "test/bent/0.png", "ground_truth/bent/0_mask.png"):
    ...         path = Path(root) / "metal_nut" / name
    ...         path.parent.mkdir(parents=True, exist_ok=True)
    ...         path.touch()
    ...     [(sample.id, sample.label) for sample in MVTecAD(root).samples]
    [('metal_nut/test/bent/0', 'bent'), ('metal_nut/test/good/0', 'good')]
    """

    name = "mvtec"
    has_test_split = True
    facts: ClassVar[Facts] = Facts(
        title="MVTec AD",
        citation=(
            "Bergmann et al.: MVTec AD, a comprehensive real-world dataset for unsupervised "
            "anomaly detection. CVPR 2019"
        ),
        licence="CC BY-NC-SA 4.0",
        num_images=5354,
        image_size="700 to 1024 square",
        defect_classes="73 in 15 categories",
        label_kind="pixel mask",
        coarse=False,
        official_split="3,629 train, 1,725 test",
        defects_in_training=False,
        tasks=("detection", "localization", "segmentation"),
        notes=("Some copies hold masks that were stored as JPEG; their grey edges are refused.",),
    )
    layout = (
        "<category>/test/<defect>/NNN.png and <category>/ground_truth/<defect>/NNN_mask.png for "
        "every category"
    )

    @classmethod
    def _is_root(cls, folder: Path) -> bool:
        categories = [folder / name for name in list_folder(folder).folders]
        return any(_has_masks(path) or _has_photographs(path) for path in categories)

    @classmethod
    def _may_be_meant(cls, folder: Path) -> bool:
        # Maps of scores may be PNG files in the same folders, but have no masks.
        return any(_has_masks(folder / name) for name in list_folder(folder).folders)

    def _find(self, problems: Problems) -> list[Sample]:
        samples: list[Sample] = []
        for category in list_folder(self.root).folders:
            folder = self.root / category
            parts = list_folder(folder).folders
            if "test" in parts:
                samples += self._test(category, problems)
            elif "ground_truth" in parts or category in CATEGORIES:
                problems.add(f"{shown(folder)}: has no folder test")
                continue
            else:
                continue
            if "train" in parts:
                images = images_by_stem(folder / "train" / GOOD, problems)
                samples += [
                    Sample(f"{category}/train/{GOOD}/{stem}", category, "train", GOOD, path)
                    for stem, path in images.items()
                ]
        return samples

    def _test(self, category: str, problems: Problems) -> list[Sample]:
        """Find the test samples of a category."""
        folder = self.root / category
        defects = list_folder(folder / "test").folders
        truth = folder / "ground_truth"
        marked: tuple[str, ...] = ()
        if is_folder(truth):
            marked = list_folder(truth).folders
        elif any(defect != GOOD for defect in defects):
            problems.add(f"{shown(folder)}: has no folder ground_truth, which holds the masks")
            return []
        for name in marked:
            if name not in defects:
                problems.add(f"{shown(truth / name)}: masks of a defect that test does not have")
        samples = []
        for defect in defects:
            images = images_by_stem(folder / "test" / defect, problems)
            masks = images_by_stem(truth / defect, problems) if defect in marked else {}
            for stem, path in images.items():
                mask = masks.pop(stem + _MASK, None)
                if mask is None and defect != GOOD:
                    wanted = f"{category}/ground_truth/{defect}/{stem}{_MASK}.png"
                    problems.add(f"{shown(path)}: has no mask {wanted}")
                name = f"{category}/test/{defect}/{stem}"
                samples.append(Sample(name, category, "test", defect, path, mask))
            for path in masks.values():
                problems.add(f"{shown(path)}: has no image in {category}/test/{defect}")
        return samples


def _has_masks(category: Path) -> bool:
    """Whether a folder has test data and masks."""
    return is_folder(category / "test") and is_folder(category / "ground_truth")


def _has_photographs(category: Path) -> bool:
    """Whether a folder has test images that are no maps of scores by their suffixes."""
    test = category / "test"
    if not is_folder(test):
        return False
    return any(
        split_suffix(file)[1].lower() in _PHOTOGRAPHS
        for defect in list_folder(test).folders
        for file in list_folder(test / defect).files
    )
