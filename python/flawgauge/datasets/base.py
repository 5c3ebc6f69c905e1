"""What all data sets have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from flawgauge.datasets.files import as_path, is_text, list_folder, listed, shown
from flawgauge.datasets.predictions import pair_predictions
from flawgauge.datasets.problems import Problems
from flawgauge.datasets.sizes import measured
from flawgauge.datasets.splits import apply_split, read_split
from flawgauge.errors import DataError, FileError, InputTypeError, InputValueError
from flawgauge.image_files import MAX_PIXELS

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from typing import TypeAlias

    from flawgauge.datasets.facts import Facts
    from flawgauge.datasets.predictions import Predictions
    from flawgauge.datasets.sample import Sample
    from flawgauge.datasets.splits import Split

    PathLike: TypeAlias = str | os.PathLike[str]

__all__ = ["ALL", "Dataset"]

TEST = "test"
"""The split to evaluate on, where there is one."""

ALL = "all"
"""Category of sets without categories, and the split that holds every sample."""

_MOST_CHILDREN = 200
"""Folders that are looked into for a hint about a wrong root."""


class Dataset(ABC):
    """A data set on disk: its samples, and its facts.

    Parameters
    ----------
    root : path-like
        Folder of the data set, as published.
    split_file : path-like, optional
        A split of your own in place of the published one: see ``read_split``. Samples that it does
        not name are left out.

    Attributes
    ----------
    name : str
        Name on the command line.
    facts : Facts
        What is known of the data set.
    root : Path
        The folder.
    samples : tuple of Sample
        All samples, sorted by id.
    notes : tuple of str
        What was found in the folder that one should know.
    split_file : Path or None
        Where the split comes from, if not from the data set.

    Raises
    ------
    FileError
        A folder or the split file can't be read.
    DataError
        The folder is not a root of this data set, or files are missing, unpaired or ambiguous: the
        message names the first ten and counts the others.
    """

    name: ClassVar[str]
    facts: ClassVar[Facts]
    has_test_split: ClassVar[bool] = False
    """The data set is published with a split into training and test data."""
    truth_is_table: ClassVar[bool] = False
    """The root is a table of masks, and so are predictions: they are not paired by files."""
    layout: str
    """The files that a root has, for messages."""

    def __init__(self, root: PathLike, *, split_file: PathLike | None = None) -> None:
        self.root = as_path(root, "root")
        self.split_file = None if split_file is None else as_path(split_file, "split_file")
        self.notes: tuple[str, ...] = ()
        split = None if self.split_file is None else read_split(self.split_file)
        if not self._is_root(self.root):
            raise DataError(self._wrong_root())
        problems = Problems(f"{self.facts.title} in {shown(self.root)}")
        samples = self._find(problems)
        for sample in samples:
            # Ids are printed, written and compared as text.
            if not is_text(sample.id):
                problems.add(f"{shown(sample.id)}: the name of a folder is not UTF-8")
        problems.check()
        if not samples:
            raise DataError(self._wrong_root())
        if split is not None:
            samples = self._apply(samples, split)
        self.samples: tuple[Sample, ...] = tuple(sorted(samples, key=lambda sample: sample.id))

    @classmethod
    @abstractmethod
    def _is_root(cls, folder: Path) -> bool:
        """Whether a folder looks like a root, at a glance.

        Raises
        ------
        FileError
            It can't be read.
        """

    @classmethod
    def _may_be_meant(cls, folder: Path) -> bool:
        """Whether a folder is so clearly a root that it is worth a hint.

        Raises
        ------
        FileError
            It can't be read.
        """
        return cls._is_root(folder)

    @abstractmethod
    def _find(self, problems: Problems) -> list[Sample]:
        """Find all samples."""

    def _apply(self, samples: list[Sample], split: Split) -> list[Sample]:
        """Keep the samples of a split file."""
        return apply_split(samples, split)

    @property
    def categories(self) -> tuple[str, ...]:
        """Names of the categories, sorted."""
        return tuple(sorted({sample.category for sample in self.samples}))

    @property
    def splits(self) -> tuple[str, ...]:
        """Names of the splits, sorted; none where there is no split."""
        return tuple(sorted({sample.split for sample in self.samples if sample.split is not None}))

    @property
    def default_split(self) -> str:
        """The split to evaluate on: "test" where there should be one, otherwise "all"."""
        published = self.has_test_split and self.split_file is None
        return TEST if published or TEST in self.splits else ALL

    def select(
        self,
        split: str | None = None,
        categories: str | Iterable[str] | None = None,
        *,
        max_pixels: int = MAX_PIXELS,
    ) -> tuple[Sample, ...]:
        """Choose samples, and read their sizes from the headers of their photographs.

        Parameters
        ----------
        split : str, optional
            A split, or "all"; ``default_split`` by default.
        categories : str or iterable of str, optional
            Categories; all by default.
        max_pixels : int
            Photographs and masks of more pixels are an error.

        Returns
        -------
        tuple of Sample
            In the order of ``samples``; with ``size`` wherever there is a photograph.

        Raises
        ------
        InputValueError
            There is no such split or category, or it has no samples.
        DataError
            Photographs can't be read or have other sizes than their masks: the message names the
            first ten.
        """
        wanted = self._checked_split(split)
        names = self._checked_categories(categories)
        chosen = [
            sample
            for sample in self.samples
            if wanted in (ALL, sample.split) and sample.category in names
        ]
        if not chosen:
            raise InputValueError(
                f"{self.facts.title} in {shown(self.root)}: split {wanted!r} has no samples of "
                f"the categories {listed(sorted(names))}"
            )
        problems = Problems(f"{self.facts.title} in {shown(self.root)}")
        sized = measured(chosen, problems, max_pixels)
        problems.check()
        return sized

    def pair(
        self,
        predictions: PathLike,
        samples: Sequence[Sample],
        *,
        kind: Literal["scores", "masks"] | None = None,
        score_threshold: float | None = None,
        max_pixels: int = MAX_PIXELS,
    ) -> Predictions:
        """Find the prediction of each sample.

        Parameters
        ----------
        predictions : path-like
            A folder of maps or masks, or a COCO results file: see ``pair_predictions``.
        samples : sequence of Sample
            What ``select`` chose.
        kind, score_threshold, max_pixels
            As for ``pair_predictions``.

        Raises
        ------
        FileError, DataError, InputValueError, InputTypeError
            As ``pair_predictions``.
        """
        if self.truth_is_table:
            raise InputTypeError(
                f"{self.facts.title}: predictions are a table as the truth is, and are not paired"
            )
        return pair_predictions(
            predictions,
            samples,
            root=self.root,
            known=self.samples,
            kind=kind,
            score_threshold=score_threshold,
            max_pixels=max_pixels,
        )

    def _checked_split(self, split: Any) -> str:
        if split is None:
            split = self.default_split
        if not isinstance(split, str):
            raise InputTypeError(f"split is a {type(split).__name__}, want a string")
        if split not in (ALL, *self.splits):
            known = listed([*self.splits, ALL], most=20)
            raise InputValueError(f"split is {split!r}, want one of: {known}")
        return split

    def _checked_categories(self, categories: Any) -> frozenset[str]:
        known = self.categories
        if categories is None:
            return frozenset(known)
        try:
            names = [categories] if isinstance(categories, str) else list(categories)
        except TypeError:
            what = type(categories).__name__
            raise InputTypeError(f"categories is a {what}, want names (str)") from None
        for name in names:
            if name not in known:
                raise InputValueError(
                    f"categories holds {name!r}, want one of: {listed(known, most=20)}"
                )
        if not names:
            raise InputValueError("categories is empty, want at least one")
        return frozenset(names)

    def _wrong_root(self) -> str:
        """What is wrong with a folder that is not a root, and which one may be meant."""
        listing = list_folder(self.root)
        found = f"folders {listed(listing.folders)}; files {listed(listing.files)}"
        text = f"{shown(self.root)}: not the root of {self.facts.title}: want {self.layout}; "
        return f"{text}found {found}{self._hint(listing.folders)}"

    def _hint(self, children: Sequence[str]) -> str:
        if self._is_root(self.root):
            return ""
        parent = self.root.resolve().parent
        nearby = [*(self.root / child for child in children[:_MOST_CHILDREN]), parent]
        for folder in nearby:
            try:
                if self._may_be_meant(folder):
                    return f"; {shown(folder)} looks like it, give that"
            except FileError:
                continue
        return ""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({shown(self.root)!r}): {len(self.samples):,} samples"
