"""The report of a set of predictions."""

from __future__ import annotations

import csv
import hashlib
import importlib
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from flawgauge.datasets.files import shown
from flawgauge.errors import InputValueError
from flawgauge.evidence import concat
from flawgauge.report import bootstrap as bootstrapping
from flawgauge.report.evaluation_rows import (
    CLASS_COLUMNS,
    REGION_COLUMNS,
    class_rows,
    image_rows,
    region_rows,
)
from flawgauge.report.evaluation_summary import summary
from flawgauge.report.evaluation_text import render
from flawgauge.report.files import write_text
from flawgauge.report.inputs import Inputs
from flawgauge.report.markdown import render as render_markdown
from flawgauge.report.numbers import mean_of_defined
from flawgauge.report.outputs import Outputs
from flawgauge.report.threshold_sets import POOLED, ThresholdSet
from flawgauge.threshold_choice import select_threshold
from flawgauge.thresholds import ORACLE, named

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Sequence
    from typing import TextIO, TypeAlias

    from flawgauge.boundary_counts import BoundaryCounts
    from flawgauge.confusion import ConfusionCounts
    from flawgauge.datasets.base import Dataset
    from flawgauge.datasets.predictions import Predictions
    from flawgauge.report.bootstrap import Interval
    from flawgauge.report.category import CategoryEvidence
    from flawgauge.report.evaluation_metrics import Metric

    PathLike: TypeAlias = str | os.PathLike[str]

__all__ = ["Report"]

# Columns of tables that may have no rows.
_COLUMNS: dict[str, tuple[str, ...]] = {
    "images": (),
    "regions": REGION_COLUMNS,
    "classes": CLASS_COLUMNS,
}


@dataclass(frozen=True, eq=False)
class Report(Outputs):
    """Numbers of each category and their means, and the counts that they follow from.

    Made by ``evaluate``. ``report["bottle"]`` is the evidence of a category.

    Attributes
    ----------
    inputs : Inputs
        What was scored, and how it was read.
    categories : tuple of CategoryEvidence
        The counts, sorted by name.
    metrics : tuple of Metric
        The numbers that are shown.
    """

    inputs: Inputs
    categories: tuple[CategoryEvidence, ...]
    metrics: tuple[Metric, ...]

    @classmethod
    def _of(
        cls,
        dataset: Dataset,
        predictions: Predictions,
        options: dict[str, Any],
        metrics: tuple[Metric, ...],
        categories: Sequence[CategoryEvidence],
    ) -> Report:
        """Wrap what was counted; ``options`` are fields of ``Inputs``."""
        inputs = Inputs(
            dataset=dataset.name,
            facts=dataset.facts,
            root=shown(dataset.root),
            predictions=shown(predictions.source),
            format=predictions.format,
            kind=predictions.kind,
            split_file=None if dataset.split_file is None else shown(dataset.split_file),
            notes=dataset.notes,
            **options,
        )
        return cls(inputs, tuple(categories), metrics)

    def __getitem__(self, category: str) -> CategoryEvidence:
        for found in self.categories:
            if found.name == category:
                return found
        known = ", ".join(found.name for found in self.categories)
        raise InputValueError(f"category is {category!r}, want one of: {known}")

    def __iter__(self) -> Iterator[str]:
        return (part.name for part in self.categories)

    def __len__(self) -> int:
        return len(self.categories)

    @cached_property
    def values(self) -> dict[str, dict[str, float]]:
        """All metrics by category and name; nan where undefined."""
        return {
            part.name: {metric.name: metric.value(part) for metric in self.metrics}
            for part in self.categories
        }

    @property
    def num_images(self) -> int:
        """Number of images of all categories."""
        return sum(category.num_images for category in self.categories)

    @property
    def fingerprint(self) -> str:
        """SHA-256 that is equal iff two reports are about the same images and true masks."""
        parts = [pair for part in self.categories for pair in part.fingerprints.items()]
        lines = [f"{name}\n{fingerprint}\n" for name, fingerprint in sorted(parts)]
        return f"sha256:{hashlib.sha256(''.join(lines).encode()).hexdigest()}"

    @property
    def confusion(self) -> ConfusionCounts:
        """Counts at the threshold of all N images, category after category, shape (N,).

        Raises
        ------
        InputValueError
            A category has none.
        """
        found: ConfusionCounts = concat([self._counted(part.confusion) for part in self.categories])
        return found

    @property
    def boundary(self) -> BoundaryCounts:
        """Boundary bands at the threshold of all N images, shape (N,).

        Raises
        ------
        InputValueError
            A category has none.
        """
        found: BoundaryCounts = concat([self._counted(part.boundary) for part in self.categories])
        return found

    @property
    def image_ids(self) -> tuple[str, ...]:
        """Ids of all images, in the order of ``confusion``."""
        return tuple(image for category in self.categories for image in category.ids)

    def value(self, metric: str, category: str | None = None) -> float:
        """Return a metric of a category, or its mean over the categories; nan if undefined.

        Parameters
        ----------
        metric : str
            One of the report's metrics.
        category : str, optional
            By default, the mean over the categories in which the metric is defined.

        Raises
        ------
        InputValueError
            The report has no such metric or category.
        """
        self._metric(metric)
        if category is not None:
            return self.values[self[category].name][metric]
        return mean_of_defined(found[metric] for found in self.values.values())

    def bootstrap(
        self,
        metric: str,
        n: int = 1000,
        seed: int = 0,
        *,
        category: str | None = None,
        level: float = 0.95,
    ) -> Interval:
        """Confidence interval of a metric by drawing images again, without a file.

        Parameters
        ----------
        metric : str
            One at the threshold, or one over images: what follows from counts of images.
        n : int
            Number of draws.
        seed : int
            Another seed draws others.
        category : str, optional
            By default, the mean over the categories, each drawn from on its own.
        level : float
            Share of the draws between the ends.

        Returns
        -------
        Interval
            The value, and the percentiles of the draws.

        Raises
        ------
        InputValueError, InputTypeError
            A metric that needs all pixels, wrong options.

        Notes
        -----
        The percentile method of Efron (1979). The threshold stays as it is.
        """
        parts = self.categories if category is None else (self[category],)
        return bootstrapping.bootstrap(parts, self._metric(metric), n, seed, level)

    def select_thresholds(
        self, objective: str = "f1", *, source: str | None = None, **options: Any
    ) -> ThresholdSet:
        """Choose a threshold for each category, to be used on other images; one for all if pooled.

        Parameters
        ----------
        objective : str
            As for ``select_threshold``.
        source : str, optional
            Name of the images that they were selected on: data set and split by default.
        **options
            ``beta``, ``cost``, ``fpr``, ``recall`` or ``ties``, as for ``select_threshold``.

        Returns
        -------
        ThresholdSet
            Knows the fingerprints of the images, so that scoring these very images with it is
            called an oracle.

        Raises
        ------
        InputValueError
            A category has no sweep or no defective pixels; a wrong objective or option.
        """
        name = self.inputs.images if source is None else source
        if named(name) == ORACLE:
            raise InputValueError(f"source is {source!r}, want the name of the images")
        found = {}
        for part in self.categories:
            if part.sweep is None or not part.sweep.num_positives:
                lacks = "sweep over thresholds" if part.sweep is None else "defective pixels"
                raise InputValueError(f"category {part.name} has no {lacks} to choose by")
            chosen = select_threshold(part.sweep, objective, source=name, **options)
            if math.isnan(chosen.value):
                raise InputValueError(f"category {part.name}: {objective} is nowhere defined")
            found[part.name] = chosen
        fingerprints: dict[str, str] = {}
        for part in self.categories:
            fingerprints |= part.fingerprints
        origin = {"dataset": self.inputs.dataset, "predictions": self.inputs.predictions}
        if self.inputs.pooled:
            return ThresholdSet({}, found[POOLED], fingerprints, origin)
        return ThresholdSet(found, None, fingerprints, origin)

    @staticmethod
    def _counted(evidence: Any) -> Any:
        if evidence is None:
            raise InputValueError(
                "a category has no such counts: they need a threshold, and metrics that use them"
            )
        return evidence

    def _metric(self, name: str) -> Metric:
        for metric in self.metrics:
            if metric.name == name:
                return metric
        known = ", ".join(metric.name for metric in self.metrics)
        raise InputValueError(f"metric is {name!r}, want one of the report's: {known}")

    def rows(self, table: str = "images") -> Iterator[dict[str, Any]]:
        """Yield the rows of a table as dicts of plain values.

        Parameters
        ----------
        table : {"images", "regions", "classes"}
            One row for each image, for each region, or for each class of defects.
        """
        tables: dict[str, Callable[[CategoryEvidence], Iterator[dict[str, Any]]]] = {
            "images": lambda category: image_rows(category, self.inputs.boundary),
            "regions": region_rows,
            "classes": class_rows,
        }
        if table not in tables:
            names = ", ".join(repr(name) for name in tables)
            raise InputValueError(f"table is {table!r}, want one of: {names}")
        marks = {"label_kind": self.inputs.label_kind}
        for category in self.categories:
            for row in tables[table](category):
                yield row | marks

    def _table(self, name: str) -> tuple[list[str], list[dict[str, Any]]]:
        """Columns and rows of a table."""
        rows = list(self.rows(name))
        return list(rows[0]) if rows else [*_COLUMNS[name], "label_kind"], rows

    def summary(self) -> dict[str, Any]:
        """Return what ``to_dict`` does without the rows of images and of regions."""
        return summary(self)

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers and rows, unrounded, ready for JSON: an undefined one is None."""
        return self.summary() | {name: list(self.rows(name)) for name in ("images", "regions")}

    def to_text(self) -> str:
        """Return tables of four decimals, at most 100 columns wide; "-" is undefined."""
        return render(self.summary())

    def to_markdown(self) -> str:
        """Return the tables in Markdown."""
        return render_markdown(self.summary())

    def to_pandas(self, table: str = "images") -> Any:
        """Return the rows of a table as a DataFrame.

        Parameters
        ----------
        table : {"images", "regions", "classes"}
            As for ``rows``.

        Raises
        ------
        ImportError
            pandas is not installed.
        """
        try:
            pandas = importlib.import_module("pandas")
        except ImportError as error:
            raise ImportError("to_pandas needs pandas: pip install pandas") from error
        columns, rows = self._table(table)
        return pandas.DataFrame(rows, columns=columns)

    def write_csv(self, path: PathLike, table: str = "images") -> None:
        """Write the rows of a table as CSV, all or nothing; an undefined number is empty.

        Parameters
        ----------
        path : path-like
            The file.
        table : {"images", "regions", "classes"}
            As for ``rows``.

        Raises
        ------
        FileError
            The file can't be written.
        InputValueError
            Regions were not counted.
        """
        columns, rows = self._table(table)
        if table == "regions" and any(part.regions is None for part in self.categories):
            raise InputValueError(f"there are no rows of the table {table!r}: no regions counted")

        def write(file: TextIO) -> None:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            for row in rows:
                writer.writerow("" if value is None else value for value in row.values())

        write_text(path, write)

    def __repr__(self) -> str:
        return self.to_text()
