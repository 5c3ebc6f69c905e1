"""A data set of one's own: files that are paired by patterns of their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from flawgauge.datasets.base import ALL, Dataset
from flawgauge.datasets.facts import Facts
from flawgauge.datasets.files import list_folder, listed, shown
from flawgauge.datasets.patterns import Fields, Pattern
from flawgauge.datasets.predictions import Kind, Predictions, pair_predictions
from flawgauge.datasets.sample import GOOD, Sample
from flawgauge.errors import InputValueError
from flawgauge.image_files import MAX_PIXELS

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path
    from typing import TypeAlias

    from flawgauge.datasets.problems import Problems

    PathLike: TypeAlias = str | os.PathLike[str]

__all__ = ["Folder"]

DEFECT = "defect"


class Folder(Dataset):
    """Masks, and photographs if wanted, paired by patterns.

    Parameters
    ----------
    root : path-like
        The folder that patterns are relative to.
    masks : str
        Pattern of the masks, with places ``{id}`` and, if wanted, ``{category}`` and ``{split}``:
        see ``Pattern``. Ids of samples are "category/split/id", without what has no place.
    images : str, optional
        Pattern of the photographs, with the same places. They tell the sizes of images without
        mask.
    predictions : str, optional
        Pattern of the predictions below their own folder, with their suffix. Without it they are
        found by the ids of the samples.
    unmasked : {"error", "good"}
        What a photograph without mask is.
    split_file : path-like, optional
        As for all data sets.

    Raises
    ------
    FileError, DataError
        As all data sets.
    InputValueError, InputTypeError
        A pattern or an option is wrong.

    Notes
    -----
    The label of a sample with a mask is None, since the mask may be empty.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as root:
    ...     for name in ("a_mask.png", "b_mask.png"):
    ...         (Path(root) / name).touch()
    ...     [sample.id for sample in Folder(root, masks="{id}_mask.png").samples]
    ['a', 'b']
    """

    name = "folder"
    facts: ClassVar[Facts] = Facts(
        title="folder",
        citation="your own",
        licence="your own",
        num_images=None,
        image_size="any",
        defect_classes="any",
        label_kind="pixel mask",
        coarse=False,
        official_split=None,
        defects_in_training=None,
        tasks=("segmentation",),
    )
    layout = "files that match the pattern of the masks"

    def __init__(
        self,
        root: PathLike,
        *,
        masks: str = "masks/{id}.png",
        images: str | None = None,
        predictions: str | None = None,
        unmasked: Literal["error", "good"] = "error",
        split_file: PathLike | None = None,
    ) -> None:
        if unmasked not in ("error", "good"):
            raise InputValueError(f'unmasked is {unmasked!r}, want "error" or "good"')
        if unmasked == "good" and images is None:
            raise InputValueError('unmasked is "good", which needs a pattern of the images')
        self._masks = Pattern(masks, "masks")
        self._images = None if images is None else Pattern(images, "images")
        self._predictions = None if predictions is None else Pattern(predictions, "predictions")
        for pattern in (self._images, self._predictions):
            if pattern is not None:
                pattern.check_places(self._masks)
        self._unmasked = unmasked
        self._fields: dict[str, Fields] = {}
        super().__init__(root, split_file=split_file)

    @classmethod
    def _is_root(cls, folder: Path) -> bool:
        list_folder(folder)
        return True

    def _wrong_root(self) -> str:
        listing = list_folder(self.root)
        return (
            f"{shown(self.root)}: no files {self._masks.text}; found folders "
            f"{listed(listing.folders)}; files {listed(listing.files)}"
        )

    def _find(self, problems: Problems) -> list[Sample]:
        masks = self._masks.find(self.root, problems)
        samples = []
        if self._images is None:
            samples = [self._sample(fields, None, path) for fields, path in masks.items()]
        else:
            taken = frozenset(masks.values())
            images = self._images.find(self.root, problems, besides=taken)
            for fields, path in images.items():
                mask = masks.pop(fields, None)
                if mask is None and self._unmasked == "error":
                    problems.add(f"{shown(path)}: has no mask {self._masks.fill(fields)}")
                samples.append(self._sample(fields, path, mask))
            for fields, path in masks.items():
                problems.add(f"{shown(path)}: has no image {self._images.fill(fields)}")
        return samples

    def _sample(self, fields: Fields, image: Path | None, mask: Path | None) -> Sample:
        parts = [part for part in (fields.category, fields.split, fields.id) if part is not None]
        name = "/".join(parts)
        self._fields[name] = fields
        label = GOOD if mask is None else None
        return Sample(name, fields.category or ALL, fields.split, label, image, mask)

    def pair(
        self,
        predictions: PathLike,
        samples: Sequence[Sample],
        *,
        kind: Kind | None = None,
        score_threshold: float | None = None,
        max_pixels: int = MAX_PIXELS,
    ) -> Predictions:
        """Find the prediction of each sample, by the pattern if there is one.

        Parameters, results and errors are those of ``Dataset.pair``.
        """
        names = None
        if self._predictions is not None:
            names = [self._predictions.fill(self._fields[sample.id]) for sample in samples]
        return pair_predictions(
            predictions,
            samples,
            root=self.root,
            known=self.samples,
            names=names,
            kind=kind,
            score_threshold=score_threshold,
            max_pixels=max_pixels,
        )
