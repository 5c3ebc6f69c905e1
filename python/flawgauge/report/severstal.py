"""The result of scoring a Severstal prediction set."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flawgauge import _core
from flawgauge.report import image_level, severstal_boundary
from flawgauge.report.files import write_text
from flawgauge.report.numbers import plain_ratio
from flawgauge.report.outputs import Outputs
from flawgauge.report.severstal_text import render, render_markdown

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from typing import TextIO

    from flawgauge.boundary_counts import BoundaryCounts
    from flawgauge.confusion import ConfusionCounts

__all__ = ["SCHEMA_VERSION", "SeverstalReport", "TableInfo"]

SCHEMA_VERSION = 1
"""Changes when a key of ``to_dict`` changes its meaning or goes away."""

PIXEL_METRICS = ("dice", "iou", "precision", "recall", "fpr", "fnr", "f1")
DETECTION_METRICS = ("precision", "recall", "fpr", "fnr", "f1")
PAIR_METRICS = ("dice", "iou", "precision", "recall")

_CONVENTIONS = {
    "positive": "a pixel that a run covers",
    "run_length_encoding": (
        "pairs of start and length; pixels are numbered from 1, down the columns, then to the right"
    ),
    "undefined_ratio": "0 / 0 is null; means over images leave it out and say how many they took",
    "kaggle_mean_dice": (
        "mean over the pairs of image and class of 2 tp / (2 tp + fp + fn), 1 where both masks "
        "are empty"
    ),
    "pooled": "counts added up over images before dividing; 'all' adds the classes too",
    "detection": (
        "counts of images; an image is positive for a class iff its mask has a positive pixel, "
        "and for 'any_defect' iff the mask of any class has"
    ),
    "classification": (
        "counts of images, rows true and columns predicted; an image counts for the class of its "
        "largest mask, the lowest class of equal ones, and for 'none' without a positive pixel"
    ),
    "fingerprint": (
        "SHA-256 over image size, number of classes, sorted image ids and true masks: equal for "
        "any layout and order of rows"
    ),
}


@dataclass(frozen=True)
class TableInfo:
    """A run table that was read.

    Attributes
    ----------
    path : str
        The file.
    layout : str
        "ImageId_ClassId" or "ImageId,ClassId", the columns that tell the layout.
    rows : int
        Rows below the header.
    left_out_rows : int
        Rows of images that were not to be scored.
    """

    path: str
    layout: str
    rows: int
    left_out_rows: int


@dataclass(frozen=True)
class SeverstalReport(Outputs):
    """Counts of every image and class, and all numbers that follow.

    Made by ``evaluate_severstal``.

    Attributes
    ----------
    counts : ConfusionCounts (N, C)
        In pixels, for N images and C classes.
    image_ids : tuple of str
        The N images, sorted by the bytes of their ids.
    image_size : (int, int)
        Height and width of all images in pixels.
    fingerprint : str
        Equal iff two results are about the same images and the same true masks.
    truth, predictions : TableInfo
        The files.
    images : str or None
        Where the list of images to score came from; None for all images of the truth.
    missing, overlaps : str
        The options used.
    missing_pairs : int
        Pairs of image and class without a prediction, taken as empty masks.
    boundary : BoundaryCounts (N, C), or None
        In pixels, if distances were given.
    """

    counts: ConfusionCounts
    image_ids: tuple[str, ...]
    image_size: tuple[int, int]
    fingerprint: str
    truth: TableInfo
    predictions: TableInfo
    images: str | None
    missing: str
    overlaps: str
    missing_pairs: int
    boundary: BoundaryCounts | None = None

    @property
    def kaggle_mean_dice(self) -> float:
        """The score of the Kaggle competition: mean Dice over all pairs, 1 where both are empty."""
        return float(self.counts.mean("dice", empty=1))

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers, unrounded, ready for JSON: an undefined one is None."""
        data: dict[str, Any] = {
            "schema_version": SCHEMA_VERSION,
            "tool": {"name": "flawgauge", "version": _core.__version__},
            "protocol": "severstal",
            "conventions": dict(_CONVENTIONS),
            "fingerprint": self.fingerprint,
            "inputs": {
                "truth": vars(self.truth).copy(),
                "predictions": vars(self.predictions).copy(),
                "images": self.images,
            },
            "options": {
                "image_size": list(self.image_size),
                "num_classes": self.counts.shape[1],
                "missing": self.missing,
                "overlaps": self.overlaps,
            },
            "num_images": len(self.image_ids),
            "missing_pairs": self.missing_pairs,
            "kaggle_mean_dice": self._kaggle(),
            "pairs": self._pairs(),
            "image_means": self._image_means(),
            "pixels": self._pixels(),
            "detection": self._detection(),
            "classification": self._classification(),
        }
        if self.boundary is not None:
            data["conventions"]["boundary"] = severstal_boundary.CONVENTION
            data["boundary"] = severstal_boundary.numbers(self.boundary)
        return data

    def to_text(self) -> str:
        """Return the numbers as tables of four decimals, at most 100 columns wide.

        Undefined ratios are shown as "-".
        """
        return render(self.to_dict())

    def to_markdown(self) -> str:
        """Return the same tables in Markdown."""
        return render_markdown(self.to_dict())

    def write_csv(self, path: str | os.PathLike[str]) -> None:
        """Write one row for each image and class, all or nothing.

        Columns: image, class, tp, fp, fn, tn (pixels), dice, iou, precision, recall (empty where
        undefined), kaggle_dice (1 where both masks are empty); and boundary_iou_d for each distance
        d in pixels.

        Raises
        ------
        FileError
            The file can't be written.
        """
        write_text(path, self._write_csv)

    def _write_csv(self, file: TextIO) -> None:
        counts = self.counts
        bands = {} if self.boundary is None else severstal_boundary.columns(self.boundary)
        names = ("image", "class", "tp", "fp", "fn", "tn", *PAIR_METRICS, "kaggle_dice", *bands)
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        columns = [counts.tp, counts.fp, counts.fn, counts.tn]
        columns += [getattr(counts, metric)() for metric in PAIR_METRICS]
        columns += [counts.dice(empty=1), *bands.values()]
        rows = zip(*(column.ravel().tolist() for column in columns), strict=True)
        for (image, number), values in zip(self._pair_names(), rows, strict=True):
            cells = ("" if math.isnan(value) else value for value in values)
            writer.writerow((image, number, *cells))

    def _pair_names(self) -> Iterator[tuple[str, int]]:
        classes = range(1, self.counts.shape[1] + 1)
        return ((image, number) for image in self.image_ids for number in classes)

    def _per_class(self) -> dict[str, ConfusionCounts]:
        return {str(index + 1): self.counts[:, index] for index in range(self.counts.shape[1])}

    def _kaggle(self) -> dict[str, Any]:
        means = {
            name: float(counts.mean("dice", empty=1)) for name, counts in self._per_class().items()
        }
        return {"all": self.kaggle_mean_dice, "per_class": means}

    def _pairs(self) -> dict[str, Any]:
        per_class = {
            name: vars(counts.outcomes()).copy() for name, counts in self._per_class().items()
        }
        return {"all": vars(self.counts.outcomes()).copy(), "per_class": per_class}

    def _image_means(self) -> dict[str, Any]:
        per_class = {name: _means(counts) for name, counts in self._per_class().items()}
        return {"all": _means(self.counts), "per_class": per_class}

    def _pixels(self) -> dict[str, Any]:
        per_class = {
            name: _rates(counts.sum(), PIXEL_METRICS) for name, counts in self._per_class().items()
        }
        return {"all": _rates(self.counts.sum(), PIXEL_METRICS), "per_class": per_class}

    def _detection(self) -> dict[str, Any]:
        images = image_level.detection(self.counts)
        per_class = {
            str(index + 1): _rates(counts, DETECTION_METRICS) for index, counts in enumerate(images)
        }
        any_defect = _rates(image_level.detection_any(self.counts), DETECTION_METRICS)
        return {"any_defect": any_defect, "per_class": per_class}

    def _classification(self) -> dict[str, Any]:
        result = image_level.classification(self.counts)
        return {
            "labels": result.labels,
            "matrix": result.matrix.matrix.tolist(),
            "accuracy": plain_ratio(result.matrix.accuracy()),
            "images_with_several_classes": {
                "truth": result.several_true,
                "predictions": result.several_predicted,
            },
        }


def _rates(counts: ConfusionCounts, metrics: tuple[str, ...]) -> dict[str, Any]:
    """Counts of one shape () with the ratios that follow."""
    numbers: dict[str, Any] = {
        name: int(getattr(counts, name)) for name in ("tp", "fp", "fn", "tn")
    }
    return numbers | {metric: plain_ratio(getattr(counts, metric)()) for metric in metrics}


def _means(counts: ConfusionCounts) -> dict[str, Any]:
    """Means over pairs, undefined values left out, with what they were taken over."""
    means = {metric: counts.mean(metric, empty="skip") for metric in PAIR_METRICS}
    return {
        metric: vars(mean) | {"value": plain_ratio(mean.value)} for metric, mean in means.items()
    }
