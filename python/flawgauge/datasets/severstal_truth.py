"""Severstal as a data set: the images of a run table."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from flawgauge.datasets.base import ALL, Dataset
from flawgauge.datasets.facts import Facts
from flawgauge.datasets.files import is_folder, list_folder, shown
from flawgauge.datasets.sample import GOOD, Sample
from flawgauge.datasets.severstal import IMAGE_SIZE, read_run_table
from flawgauge.datasets.splits import Split, apply_split
from flawgauge.errors import DataError

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path
    from typing import TypeAlias

    from flawgauge.datasets.problems import Problems

    PathLike: TypeAlias = str | os.PathLike[str]

__all__ = ["Severstal"]

_FILE = "train.csv"


class Severstal(Dataset):
    r"""Severstal: the images of ``train.csv``, in either layout.

    Ids are those of the table, with suffix. The mask of every sample is in the table, which
    ``mask`` names. Where the table lists defects only, images without defect are samples only if a
    split file names them.

    Parameters
    ----------
    root : path-like
        The CSV file.
    split_file : path-like, optional
        As for all data sets.

    Raises
    ------
    FileError, DataError
        As ``flawgauge.datasets.severstal.read_run_table`` and ``Dataset``.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "train.csv"
    ...     _ = path.write_text("ImageId,ClassId,EncodedPixels\na.jpg,1,1 30\n")
    ...     [sample.id for sample in Severstal(path).samples]
    ['a.jpg']
    """

    name = "severstal"
    truth_is_table = True
    facts: ClassVar[Facts] = Facts(
        title="Severstal",
        citation="PAO Severstal: Severstal: Steel Defect Detection. Kaggle competition, 2019",
        licence="no restrictions but those of the applicable law",
        num_images=12568,
        image_size="256 x 1600",
        defect_classes=("1", "2", "3", "4"),
        label_kind="pixel mask",
        coarse=False,
        official_split=None,
        defects_in_training=True,
        tasks=("detection", "localization", "segmentation", "classification"),
        notes=(
            "The masks of the test images were never published.",
            "Some papers give 512 x 256 as the size; the files have 1600 columns and 256 rows.",
        ),
    )
    layout = f"the file {_FILE}"

    @classmethod
    def _is_root(cls, folder: Path) -> bool:
        return not is_folder(folder)

    def _hint(self, children: Sequence[str]) -> str:  # noqa: ARG002
        path = self.root / _FILE
        return f"; give {shown(path)}" if _FILE in list_folder(self.root).files else ""

    def _find(self, problems: Problems) -> list[Sample]:  # noqa: ARG002
        table = read_run_table(self.root, "truth")
        self._lists_all = table.layout == "ImageId_ClassId"
        if not table.image_ids:
            raise DataError(f"truth {shown(self.root)}: the table names no images")
        return [
            Sample(image, ALL, None, None, mask=self.root, size=IMAGE_SIZE)
            for image in table.image_ids
        ]

    def _apply(self, samples: list[Sample], split: Split) -> list[Sample]:
        if not self._lists_all:
            known = {sample.id for sample in samples}
            unlisted = dict.fromkeys(name for _, name, _ in split.rows if name not in known)
            samples += [
                Sample(name, ALL, None, GOOD, mask=self.root, size=IMAGE_SIZE) for name in unlisted
            ]
        return apply_split(samples, split)
