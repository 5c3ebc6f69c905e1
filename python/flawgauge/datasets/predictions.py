"""Predictions of samples: which file, or which run lengths, belong to which sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from flawgauge.datasets.coco_results import read_coco_results
from flawgauge.datasets.files import as_path, failure, is_folder, shown
from flawgauge.datasets.prediction_folder import find_files, find_named_files
from flawgauge.datasets.prediction_kind import guess_kind
from flawgauge.errors import DataError, FileError, InputTypeError, InputValueError
from flawgauge.image_files import MAX_PIXELS

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path

    from flawgauge.datasets.coco_results import RunLengths
    from flawgauge.datasets.sample import Sample

    PathLike: TypeAlias = str | os.PathLike[str]

__all__ = ["Kind", "Predictions", "pair_predictions"]

Kind: TypeAlias = Literal["scores", "masks"]


@dataclass(frozen=True)
class Predictions:
    """Predictions in the order of the samples they belong to.

    Attributes
    ----------
    kind : {"scores", "masks"}
        What they are: maps of scores, or masks.
    sources : tuple of Path or RunLengths
        The file of each sample, or its run lengths: tuples of height, width and COCO counts, whose
        union is the mask.
    source : Path
        Where they come from.
    format : str
        What they come as: "folder of .tiff", "COCO results JSON".
    """

    kind: Kind
    sources: tuple[Path | RunLengths, ...]
    source: Path
    format: str


def pair_predictions(
    predictions: PathLike,
    samples: Sequence[Sample],
    *,
    root: Path,
    known: Sequence[Sample] = (),
    names: Sequence[str] | None = None,
    kind: Kind | None = None,
    score_threshold: float | None = None,
    max_pixels: int = MAX_PIXELS,
) -> Predictions:
    """Find the prediction of each sample.

    Parameters
    ----------
    predictions : path-like
        A folder with one file a sample (.tiff, .tif, .npy, .npz, .png or .bmp), or a COCO results
        file (.json).
    samples : sequence of Sample
        The samples.
    root : Path
        Folder of the data set.
    known : sequence of Sample
        All samples of the data set: entries of COCO results for those that are not chosen are left
        out, while unknown images are an error.
    names : sequence of str, optional
        Paths of the files in the folder, one a sample. Without it, they are named by the id of
        their sample, or in other layouts: see ``find_files``.
    kind : {"scores", "masks"}, optional
        What the files of a folder are. By default TIFF and NPZ files and floats are scores, BMP
        files, palettes and booleans masks; other PNG and NPY files are masks if the first one that
        is not constant holds two values, and scores if it holds more.
    score_threshold : float, optional
        Entries of a COCO results file with a lower score are left out.
    max_pixels : int
        Files of more pixels are an error where they are looked at to tell what they hold.

    Returns
    -------
    Predictions
        One source for each sample.

    Raises
    ------
    FileError
        The folder or file can't be read.
    DataError
        Samples without prediction or with several, named before anything is scored, at most ten;
        wrong entries of a COCO results file.
    InputValueError, InputTypeError
        An option is wrong, or does not go with the predictions.
    """
    source = as_path(predictions, "predictions")
    if kind is not None and kind not in get_args(Kind):
        raise InputValueError(f'kind is {kind!r}, want "scores" or "masks"')
    if _is_folder(source):
        if score_threshold is not None:
            raise InputValueError("score_threshold is for COCO results, not for a folder")
        if names is None:
            files = find_files(source, samples, root)
        else:
            files = find_named_files(source, samples, names, root)
        suffixes = " and ".join(sorted({path.suffix.lower() for path in files}))
        return Predictions(
            kind or guess_kind(files, max_pixels), files, source, f"folder of {suffixes}"
        )
    if source.suffix.lower() == ".json":
        if kind == "scores":
            raise InputValueError('kind is "scores", but COCO results hold masks')
        runs = read_coco_results(source, samples, known, _checked_threshold(score_threshold))
        return Predictions("masks", runs, source, "COCO results JSON")
    wanted = "want a folder of maps or masks, or a COCO results file (.json)"
    if source.suffix.lower() == ".csv":
        wanted += "; run lengths in a CSV file are for the data set severstal"
    raise DataError(f"predictions {shown(source)}: {wanted}")


def _is_folder(path: Path) -> bool:
    try:
        path.stat()
    except OSError as error:
        raise FileError(f"predictions {shown(path)}: {failure(error)}") from error
    return is_folder(path)


def _checked_threshold(threshold: Any) -> float | None:
    if threshold is None:
        return None
    if isinstance(threshold, bool) or not isinstance(threshold, (int, float)):
        raise InputTypeError(f"score_threshold is {threshold!r}, want a number")
    if threshold != threshold:
        raise InputValueError("score_threshold is NaN, want a number")
    return float(threshold)
