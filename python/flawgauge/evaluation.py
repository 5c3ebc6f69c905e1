"""Scoring the predictions for a data set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

from flawgauge.arrays import whole_number
from flawgauge.datasets.base import Dataset
from flawgauge.distances import check_distance
from flawgauge.errors import InputTypeError, InputValueError
from flawgauge.evaluation_counts import Reading, Wanted, count_category
from flawgauge.evaluation_severstal import evaluate_severstal
from flawgauge.image_files import MAX_PIXELS
from flawgauge.image_scores import check_image_score
from flawgauge.regions import check_connectivity
from flawgauge.report.evaluation import Report
from flawgauge.report.evaluation_metrics import chosen_metrics
from flawgauge.report.threshold_sets import POOLED, ThresholdSet, threshold_set

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import TypeAlias

    from flawgauge.datasets.sample import Sample
    from flawgauge.datasets.severstal_truth import Severstal
    from flawgauge.image_scores import ImageScore
    from flawgauge.report.category import CategoryEvidence
    from flawgauge.report.severstal import SeverstalReport
    from flawgauge.thresholds import Threshold

    PathLike: TypeAlias = str | os.PathLike[str]

__all__ = ["evaluate"]


@overload
def evaluate(  # type: ignore[overload-overlap]
    dataset: Severstal,
    predictions: PathLike,
    *,
    split: str | None = ...,
    boundary: float | int | Sequence[int] | None = ...,
    progress: Callable[[str, int, int], None] | None = ...,
) -> SeverstalReport: ...


@overload
def evaluate(
    dataset: Dataset,
    predictions: PathLike,
    *,
    metrics: Iterable[str] | str | None = ...,
    threshold: float | Threshold | Mapping[str, Any] | ThresholdSet | None = ...,
    split: str | None = ...,
    categories: str | Iterable[str] | None = ...,
    pooled: bool = ...,
    boundary: float | int | Sequence[int] | None = ...,
    connectivity: int = ...,
    image_score: ImageScore = ...,
    kind: Literal["scores", "masks"] | None = ...,
    score_threshold: float | None = ...,
    resize: Literal["bilinear", "nearest"] | None = ...,
    mask_threshold: int | None = ...,
    map_key: str | None = ...,
    max_pixels: int = ...,
    progress: Callable[[str, int, int], None] | None = ...,
) -> Report: ...


def evaluate(
    dataset: Dataset,
    predictions: PathLike,
    *,
    metrics: Iterable[str] | str | None = None,
    threshold: float | Threshold | Mapping[str, Any] | ThresholdSet | None = None,
    split: str | None = None,
    categories: str | Iterable[str] | None = None,
    pooled: bool = False,
    boundary: float | int | Sequence[int] | None = 0.02,
    connectivity: int = 8,
    image_score: ImageScore = "max",
    kind: Literal["scores", "masks"] | None = None,
    score_threshold: float | None = None,
    resize: Literal["bilinear", "nearest"] | None = None,
    mask_threshold: int | None = None,
    map_key: str | None = None,
    max_pixels: int = MAX_PIXELS,
    progress: Callable[[str, int, int], None] | None = None,
) -> Report | SeverstalReport:
    """Score a set of predictions: files in, a report out.

    Parameters
    ----------
    dataset : Dataset
        One of ``flawgauge.datasets``, such as ``MVTecAD(root)``.
    predictions : path-like
        A folder of anomaly maps or masks, one file an image, or a COCO results file; see
        ``flawgauge.datasets.pair_predictions``.
    metrics : iterable of str, optional
        Names of metrics, of ``flawgauge.report.KNOWN_METRICS``; what they don't need is not
        counted. All usual ones by default.
    threshold : float, Threshold, mapping or ThresholdSet, optional
        A pixel is predicted positive iff its score is at least this; a mapping has one for each
        category. By default the one that is best for F1 on the very images that are scored, in
        each category: an "oracle", which flatters, and is marked wherever it is shown.
    split : str, optional
        Which split of the data set, or "all"; "test" by default where there is one.
    categories : str or iterable of str, optional
        All by default.
    pooled : bool
        Score all categories as one, which the report calls "pooled": with one threshold, and curves
        over all of their pixels.
    boundary : float, int or sequence of int, optional
        Distance of the boundary band, as ``flawgauge.boundary`` takes it; None for no bands.
    connectivity : {8, 4}
        Whether pixels of a region may share only a corner.
    image_score : "max", ("top_k_mean", k) or ("mean_filter_max", size)
        The score of a whole image, as ``image_scores`` makes it: the highest one of its pixels, the
        mean of the k highest ones, or the highest mean of a square of pixels.
    kind : {"scores", "masks"}, optional
        What the files of the predictions hold, where it can't be told from them.
    score_threshold : float, optional
        Entries of a COCO results file with a lower score are left out.
    resize : {"bilinear", "nearest"}, optional
        Bring predictions of another size to that of their masks; by default they are an error.
    mask_threshold : int, optional
        Grey value from which a pixel of a mask is positive; by default masks with more than two
        values are an error.
    map_key : str, optional
        The array of NPZ files that hold several.
    max_pixels : int
        An image of more pixels is an error, before any memory is taken.
    progress : callable, optional
        Called as ``progress(label, done, total)`` now and then, in files.

    Returns
    -------
    Report, or SeverstalReport for ``Severstal``
        Numbers of each category and their mean, rows of images and of regions, and the evidence
        that they follow from.

    Raises
    ------
    FileError
        A file can't be read.
    DataError
        A file's content is wrong, predictions are missing, sizes differ; the message names files.
    InputValueError, InputTypeError
        An option is wrong.

    Notes
    -----
    Each category is scored on its own unless they are pooled, exactly: areas and best thresholds
    are those of ``flawgauge.sweep`` over all of its images. Files are read twice, and once more for
    counts at an oracle threshold. For ``Severstal`` the predictions are a CSV file, and only
    ``split``, ``boundary`` and ``progress`` go with them: see ``evaluate_severstal``.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import flawgauge as fg
    >>> from flawgauge.demo import write_map_sample
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     root, maps = write_map_sample(Path(folder))
    ...     report = fg.evaluate(fg.datasets.MVTecAD(root), maps, categories="plate")
    >>> round(report.value("pixel_auroc"), 4), report["plate"].threshold.source
    (0.9921, 'oracle')
    >>> report["plate"].confusion.sum().dice() == report.value("dice")
    True
    """
    if not isinstance(dataset, Dataset):
        raise InputTypeError(
            f"dataset is a {type(dataset).__name__}, want a data set such as "
            "flawgauge.datasets.MVTecAD(root)"
        )
    if dataset.truth_is_table:
        unused = {
            "metrics": metrics,
            "threshold": threshold,
            "categories": categories,
            "pooled": pooled or None,
            "kind": kind,
            "score_threshold": score_threshold,
            "resize": resize,
            "mask_threshold": mask_threshold,
            "map_key": map_key,
            "connectivity": None if connectivity == 8 else connectivity,
            "image_score": None if image_score == "max" else image_score,
            "max_pixels": None if max_pixels == MAX_PIXELS else max_pixels,
        }
        return _evaluate_tables(dataset, predictions, split, boundary, unused, progress)
    distance = None if boundary is None else check_distance(boundary, "boundary")
    check_connectivity(connectivity)
    score_rule = check_image_score(image_score)
    # Unknown names are told before files are looked for.
    chosen_metrics(metrics, "scores", distance)
    thresholds = None if threshold is None else threshold_set(threshold)
    whole_number(max_pixels, "max_pixels", 1, 2**62)
    samples = dataset.select(split=split, categories=categories, max_pixels=max_pixels)
    groups = {POOLED: list(samples)} if pooled else _by_category(samples)
    if thresholds is not None:
        thresholds.check(groups)
    found = dataset.pair(
        predictions,
        samples,
        kind=kind,
        score_threshold=score_threshold,
        max_pixels=max_pixels,
    )
    if found.kind == "masks" and thresholds is not None:
        raise InputValueError("threshold is given, but the predictions are masks")
    if found.kind == "masks" and score_rule[0] != "max":
        raise InputValueError("image_score is given, but the predictions are masks")
    chosen = chosen_metrics(metrics, found.kind, distance)
    needs = frozenset[str]().union(*(metric.needs for metric in chosen))
    reading = Reading(found.kind, resize, mask_threshold, map_key, max_pixels)
    wanted = Wanted(
        sweep="sweep" in needs,
        decisions="threshold" in needs,
        connectivity=connectivity if "regions" in needs else None,
        boundary=distance if {"boundary", "sweep_boundary"} & needs else None,
        sweep_boundary="sweep_boundary" in needs,
        image_score=score_rule,
    )
    sources = dict(zip((sample.id for sample in samples), found.sources, strict=True))
    counted = []
    for name, group in groups.items():
        category = count_category(
            name,
            group,
            [sources[sample.id] for sample in group],
            reading=reading,
            wanted=wanted,
            threshold=None if thresholds is None else thresholds[name],
            progress=progress,
        )
        counted.append(_told(category, thresholds))
    options = {
        "pooled": pooled,
        "split": dataset.default_split if split is None else split,
        "boundary": wanted.boundary,
        "connectivity": wanted.connectivity,
        "resize": resize,
        "mask_threshold": mask_threshold,
        "map_key": map_key,
        "image_score": score_rule,
    }
    return Report._of(dataset, found, options, chosen, counted)


def _evaluate_tables(
    dataset: Dataset,
    predictions: PathLike,
    split: str | None,
    boundary: Any,
    unused: dict[str, Any],
    progress: Callable[[str, int, int], None] | None,
) -> SeverstalReport:
    """Score a table of run lengths; options of files do not go with it."""
    for name, value in unused.items():
        if value is not None:
            raise InputValueError(
                f"{name} does not go with {dataset.facts.title}, whose masks are in a table"
            )
    chosen = [sample.id for sample in dataset.select(split=split)]
    is_part = dataset.split_file is not None or len(chosen) < len(dataset.samples)
    return evaluate_severstal(
        dataset.root,
        predictions,
        images=chosen if is_part else None,
        boundary=boundary,
        progress=progress,
    )


def _by_category(samples: Sequence[Sample]) -> dict[str, list[Sample]]:
    groups: dict[str, list[Sample]] = {}
    for sample in samples:
        groups.setdefault(sample.category, []).append(sample)
    return dict(sorted(groups.items()))


def _told(category: CategoryEvidence, thresholds: ThresholdSet | None) -> CategoryEvidence:
    """Call a threshold an oracle that was selected on the very images that were scored."""
    if thresholds is None or category.threshold is None:
        return category
    return category.with_threshold(thresholds.for_images(category.name, category.fingerprints))
