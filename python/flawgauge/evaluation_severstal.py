"""Scoring the files of a data set."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from flawgauge import _core
from flawgauge.boundary_counts import BoundaryCounts
from flawgauge.confusion import ConfusionCounts
from flawgauge.datasets import severstal
from flawgauge.datasets.files import shown
from flawgauge.distances import check_distance, numbers, pixel_distance
from flawgauge.errors import InputTypeError, InputValueError
from flawgauge.report.severstal import SeverstalReport, TableInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TypeAlias

    PathLike: TypeAlias = str | os.PathLike[str]

__all__ = ["evaluate_severstal"]


def evaluate_severstal(
    truth: PathLike,
    predictions: PathLike,
    *,
    images: PathLike | Iterable[str] | None = None,
    image_size: tuple[int, int] = severstal.IMAGE_SIZE,
    num_classes: int = severstal.NUM_CLASSES,
    missing: Literal["error", "empty"] = "error",
    overlaps: Literal["error", "merge"] = "error",
    boundary: float | Sequence[int] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> SeverstalReport:
    r"""Score a Severstal prediction set.

    Parameters
    ----------
    truth, predictions : path-like
        CSV files with the columns ``ImageId_ClassId,EncodedPixels`` (a row for every class of an
        image) or ``ImageId,ClassId,EncodedPixels`` (defects only), each in its own layout.
    images : path-like or iterable of str, optional
        The images to score: a text file with one id a line, or the ids; all images of the truth by
        default. Rows of other images that the truth has are left out. Where the truth lists defects
        only, an image it does not have is one without defects.
    image_size : (int, int)
        Height and width of all images in pixels.
    num_classes : int
        Number of classes, 1 to 1,000.
    missing : {"error", "empty"}
        What to do about images, or classes in the layout that has them all, without a prediction:
        "empty" takes them as empty masks.
    overlaps : {"error", "merge"}
        What to do with runs of the predictions that overlap or are not sorted: "merge" takes their
        union. In the truth they are always an error.
    boundary : float, int or sequence of int, optional
        Count boundary bands as well: the distance, as ``flawgauge.boundary`` takes it, a ratio of
        the diagonal (float), pixels (int) or ascending numbers of pixels.
    progress : callable, optional
        Called as ``progress(label, done_bytes, total_bytes)`` now and then while files are read.

    Returns
    -------
    SeverstalReport
        The counts, and all numbers that follow, as text, JSON or CSV.

    Raises
    ------
    FileError
        A file can't be read.
    DataError
        A file's content is wrong, or the files do not fit together; the message names file, row and
        column.
    InputValueError, InputTypeError
        An option is wrong.

    Notes
    -----
    Kaggle's score is the mean over all pairs of image and class of the Dice coefficient, 1 where
    both masks are empty. Source: the competition "Severstal: Steel Defect Detection" (2019).

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     truth, predictions = Path(folder) / "train.csv", Path(folder) / "submission.csv"
    ...     _ = truth.write_text("ImageId,ClassId,EncodedPixels\na.jpg,1,1 30\n")
    ...     _ = predictions.write_text("ImageId,ClassId,EncodedPixels\na.jpg,1,11 30\n")
    ...     report = evaluate_severstal(truth, predictions)
    >>> report.counts[0, 0]
    ConfusionCounts(tp=20, fp=10, fn=10, tn=409560)
    >>> round(report.kaggle_mean_dice, 4)
    0.9167
    """
    if missing not in ("error", "empty"):
        raise InputValueError(f'missing is {missing!r}, want "error" or "empty"')
    distance = None if boundary is None else check_distance(boundary, "boundary")
    ids, images_path = _image_ids(images)
    options: dict[str, Any] = {"image_size": image_size, "num_classes": num_classes}
    true_table = severstal.read_run_table(
        truth, "truth", progress=_labelled(progress, "reading truth"), **options
    )
    predicted_table = severstal.read_run_table(
        predictions,
        "predictions",
        overlaps=overlaps,
        progress=_labelled(progress, "reading predictions"),
        **options,
    )
    image_ids, counts, info = _core.score_run_tables(true_table, predicted_table, ids, missing)
    bands = None
    if distance is not None:
        if isinstance(distance, float):
            pixels: tuple[int, ...] = (pixel_distance(distance, *image_size),)
        else:
            pixels = numbers(distance)
        rule = ("chessboard", "background")
        found = _core.score_boundary_of_run_tables(
            true_table, predicted_table, ids, missing, list(pixels), *rule
        )
        bands = BoundaryCounts._of_images(found, distance, *rule, np.array([pixels]))
    return SeverstalReport(
        counts=ConfusionCounts._wrap(counts),
        image_ids=tuple(image_ids),
        image_size=(int(image_size[0]), int(image_size[1])),
        fingerprint=_core.fingerprint_run_table(true_table, ids),
        truth=_table_info(truth, true_table, info["left_out_truth_rows"]),
        predictions=_table_info(predictions, predicted_table, info["left_out_prediction_rows"]),
        images=images_path,
        missing=missing,
        overlaps=overlaps,
        missing_pairs=info["missing_pairs"],
        boundary=bands,
    )


def _image_ids(images: Any) -> tuple[list[str] | None, str | None]:
    """The ids to score, and where they came from."""
    if images is None:
        return None, None
    if isinstance(images, (str, os.PathLike)):
        return severstal.read_image_list(images), shown(images)
    ids = list(images)
    for image in ids:
        if not isinstance(image, str):
            raise InputTypeError(f"images holds {image!r}, want image ids (str) or a path")
    return ids, f"{len(ids)} ids given"


def _labelled(
    progress: Callable[[str, int, int], None] | None, label: str
) -> Callable[[int, int], None] | None:
    if progress is None:
        return None
    return lambda done, total: progress(label, done, total)


def _table_info(path: PathLike, table: _core.RunTable, left_out_rows: int) -> TableInfo:
    return TableInfo(shown(path), table.layout, table.num_rows, left_out_rows)
