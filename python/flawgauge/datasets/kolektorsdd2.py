"""KolektorSDD2: defects of several kinds on one kind of surface."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from flawgauge.datasets.base import ALL, Dataset
from flawgauge.datasets.facts import Facts
from flawgauge.datasets.files import images_by_stem, list_folder, shown
from flawgauge.datasets.sample import Sample

if TYPE_CHECKING:
    from pathlib import Path

    from flawgauge.datasets.problems import Problems

__all__ = ["KolektorSDD2"]

_SPLITS = ("test", "train")
_MASK = "_GT"
_COPY = " (copy)"


class KolektorSDD2(Dataset):
    """KolektorSDD2: ``train|test/NNNNN.png`` with the masks ``train|test/NNNNN_GT.png``.

    Every image has a mask. One of the two folders may be missing. Parameters, attributes and errors
    are those of ``Dataset``.

    Notes
    -----
    The published archive holds ``train/10301 (copy).png`` and ``train/10301_GT (copy).png`` beside
    the originals. Such copies are left out and named in ``notes``.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as root:
    ...     (Path(root) / "test").mkdir()
    ...     for name in ("20000.png", "20000_GT.png"):
    ...         (Path(root) / "test" / name).touch()
    ...     [sample.id for sample in KolektorSDD2(root).samples]
    ['test/20000']
    """

    name = "kolektorsdd2"
    has_test_split = True
    facts: ClassVar[Facts] = Facts(
        title="KolektorSDD2",
        citation=(
            "Bozic, Tabernik, Skocaj: Mixed supervision for surface-defect detection: from weakly "
            "to fully supervised learning. Computers in Industry 129, 2021"
        ),
        licence="CC BY-NC-SA 4.0",
        num_images=3335,
        image_size="about 630 x 230",
        defect_classes="not told apart",
        label_kind="pixel mask",
        coarse=False,
        official_split="2,331 train, 1,004 test",
        defects_in_training=True,
        tasks=("detection", "localization", "segmentation"),
        notes=(
            "356 images have a defect: 246 in train, 110 in test.",
            "The archive holds copies of 10301.png and its mask, which are left out.",
        ),
    )
    layout = "train/NNNNN.png, train/NNNNN_GT.png and the same in test"

    @classmethod
    def _is_root(cls, folder: Path) -> bool:
        listing = list_folder(folder)
        parts = [name for name in map(listing.folder, _SPLITS) if name is not None]
        return any(
            file.lower().endswith(f"{_MASK.lower()}.png")
            for part in parts
            for file in list_folder(folder / part).files
        )

    def _find(self, problems: Problems) -> list[Sample]:
        samples = []
        listing = list_folder(self.root)
        for split in _SPLITS:
            name = listing.folder(split)
            if name is None:
                continue
            images = images_by_stem(self.root / name, problems)
            for stem in list(images):
                if stem.endswith(_COPY) and stem.removesuffix(_COPY) in images:
                    copy = images.pop(stem).name
                    self.notes += (f"{split}/{copy} is a copy and left out",)
            masks = {stem: images.pop(stem) for stem in list(images) if stem.endswith(_MASK)}
            for stem, path in images.items():
                mask = masks.pop(stem + _MASK, None)
                if mask is None:
                    problems.add(f"{shown(path)}: has no mask {stem}{_MASK}.png")
                samples.append(Sample(f"{split}/{stem}", ALL, split, None, path, mask))
            for path in masks.values():
                problems.add(f"{shown(path)}: has no image")
        return samples
