"""KolektorSDD: cracks on electrical commutators."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from flawgauge.datasets.base import ALL, Dataset
from flawgauge.datasets.facts import Facts
from flawgauge.datasets.files import images_by_stem, list_folder, shown
from flawgauge.datasets.sample import Sample

if TYPE_CHECKING:
    from pathlib import Path

    from flawgauge.datasets.problems import Problems

__all__ = ["KolektorSDD"]

_FOLDER = re.compile(r"kos\d+")
_LABEL = "_label"
_PUBLISHED = 399


class KolektorSDD(Dataset):
    """KolektorSDD: ``kosNN/PartM.jpg`` with the masks ``kosNN/PartM_label.bmp``.

    Every image has a mask, positive where its value or palette index is not zero. The published
    folds are pickles, which are never read: give a fold as ``split_file``. Parameters, attributes
    and errors are those of ``Dataset``.

    Notes
    -----
    A folder inside of another one, such as ``kos13/kos08`` in some copies, is a duplicate; it is
    left out and named in ``notes``.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as root:
    ...     (Path(root) / "kos01").mkdir()
    ...     for name in ("Part0.jpg", "Part0_label.bmp"):
    ...         (Path(root) / "kos01" / name).touch()
    ...     [sample.id for sample in KolektorSDD(root).samples]
    ['kos01/Part0']
    """

    name = "kolektorsdd"
    facts: ClassVar[Facts] = Facts(
        title="KolektorSDD",
        citation=(
            "Tabernik, Sela, Skvarc, Skocaj: Segmentation-based deep-learning approach for "
            "surface-defect detection. Journal of Intelligent Manufacturing 31, 2020"
        ),
        licence="CC BY-NC-SA 4.0",
        num_images=_PUBLISHED,
        image_size="1235 to 1285 x 500",
        defect_classes=("crack",),
        label_kind="pixel mask",
        coarse=False,
        official_split="3 folds",
        defects_in_training=True,
        tasks=("detection", "localization", "segmentation"),
        notes=(
            "The folds are published as pickles, which are not read.",
            "kos26 and kos01, and kos34 and kos27, have equal images with different masks.",
            "Some copies hold 400 pairs where 399 are published.",
        ),
    )
    layout = "kosNN/PartM.jpg and kosNN/PartM_label.bmp"

    @classmethod
    def _is_root(cls, folder: Path) -> bool:
        names = list_folder(folder).folders
        # Not a folder of images that has a duplicate inside.
        is_inner = _FOLDER.fullmatch(folder.resolve().name) is not None
        return not is_inner and any(_FOLDER.fullmatch(name) for name in names)

    def _find(self, problems: Problems) -> list[Sample]:
        samples: list[Sample] = []
        for name in list_folder(self.root).folders:
            if not _FOLDER.fullmatch(name):
                continue
            folder = self.root / name
            for inner in list_folder(folder).folders:
                if _FOLDER.fullmatch(inner):
                    self.notes += (f"{name}/{inner} is a duplicate folder and left out",)
            images = images_by_stem(folder, problems)
            masks = {stem: images.pop(stem) for stem in list(images) if stem.endswith(_LABEL)}
            for stem, path in images.items():
                mask = masks.pop(stem + _LABEL, None)
                if mask is None:
                    problems.add(f"{shown(path)}: has no mask {stem}{_LABEL}.bmp")
                samples.append(Sample(f"{name}/{stem}", ALL, None, None, path, mask))
            for path in masks.values():
                problems.add(f"{shown(path)}: has no image")
        if len(samples) > _PUBLISHED:
            self.notes += (f"{len(samples)} pairs, where {_PUBLISHED} are published",)
        return samples
