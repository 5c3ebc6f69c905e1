"""``flawgauge evaluate`` and ``flawgauge threshold`` for data sets of image files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flawgauge import datasets
from flawgauge.cli.options import boundary, image_score, metric, number, whole
from flawgauge.cli.output import check_outputs, show
from flawgauge.evaluation import evaluate
from flawgauge.progress import ProgressBar
from flawgauge.report.evaluation_metrics import KNOWN_METRICS
from flawgauge.report.threshold_sets import read_thresholds

if TYPE_CHECKING:
    import argparse

    from flawgauge.report.evaluation import Report

__all__ = ["DATASETS", "add_data", "add_evaluation", "report_of"]

DATASETS: tuple[type[datasets.Dataset], ...] = (
    datasets.MVTecAD,
    datasets.KolektorSDD,
    datasets.KolektorSDD2,
    datasets.DAGM2007,
    datasets.NEUDET,
    datasets.Folder,
)
"""Data sets of image files; their ``name`` is that of the command."""

_OUTPUTS = ("json", "csv", "regions_csv", "markdown")


def add_evaluation(parser: argparse.ArgumentParser, dataset: type[datasets.Dataset]) -> None:
    """Add the options of ``flawgauge evaluate``, and what to run."""
    add_data(parser, dataset)
    thresholds = parser.add_mutually_exclusive_group()
    thresholds.add_argument(
        "--threshold",
        type=number,
        metavar="X",
        help="a pixel is predicted iff its score is at least this (default: the best for F1 on "
        "these very images, marked as oracle)",
    )
    thresholds.add_argument(
        "--threshold-from",
        metavar="JSON",
        help="take the thresholds of a file that flawgauge threshold or evaluate --json wrote",
    )
    parser.add_argument(
        "--boundary",
        type=boundary,
        default=0.02,
        metavar="DISTANCE",
        help="of the boundary bands: a ratio of the diagonal (0.02, the default), pixels "
        "(1,2,4,8), or none",
    )
    parser.add_argument(
        "--image-score",
        type=image_score,
        default="max",
        metavar="RULE",
        help="score of a whole image: max (the default), top_k_mean:K or mean_filter_max:SIZE",
    )
    parser.add_argument(
        "--metrics",
        type=metric,
        nargs="+",
        metavar="NAME",
        help=f"count only what these need (default: all usual ones); of {', '.join(KNOWN_METRICS)}",
    )
    parser.add_argument("--json", metavar="FILE", help="write all numbers and rows, unrounded")
    parser.add_argument("--csv", metavar="FILE", help="write one row for each image")
    parser.add_argument("--regions-csv", metavar="FILE", help="write one row for each defect")
    parser.add_argument("--markdown", metavar="FILE", help="write the tables as Markdown")
    parser.set_defaults(run=_evaluate, parser=parser, dataset=dataset)


def add_data(parser: argparse.ArgumentParser, dataset: type[datasets.Dataset]) -> None:
    """Add options that say what is scored and how it is read."""
    parser.add_argument("--truth", required=True, metavar="ROOT", help="folder of the data set")
    parser.add_argument(
        "--predictions",
        required=True,
        metavar="PATH",
        help="folder of score maps or masks, one file an image, or a COCO results file (.json)",
    )
    parser.add_argument(
        "--category", nargs="+", metavar="NAME", help="categories to score (default: all)"
    )
    parser.add_argument(
        "--pooled", action="store_true", help="score all categories as one, with one threshold"
    )
    parser.add_argument(
        "--split", metavar="NAME", help="split to score, or all (default: test where there is one)"
    )
    parser.add_argument(
        "--split-file", metavar="FILE", help="a split of your own: ids in text or CSV (id,split)"
    )
    parser.add_argument(
        "--kind", choices=("scores", "masks"), help="what the files of the predictions hold"
    )
    parser.add_argument(
        "--score-threshold", type=number, metavar="X", help="leave out COCO results below this"
    )
    parser.add_argument(
        "--resize",
        choices=("bilinear", "nearest"),
        help="bring predictions to the size of their masks (default: other sizes are an error)",
    )
    parser.add_argument(
        "--mask-threshold",
        type=whole,
        metavar="N",
        help="grey value from which a pixel of a mask is positive (default: grey masks are an "
        "error)",
    )
    parser.add_argument("--map-key", metavar="K", help="the array of NPZ files with several")
    if dataset is datasets.Folder:
        _add_patterns(parser)


def _add_patterns(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--masks",
        default="masks/{id}.png",
        metavar="PATTERN",
        help="names of the masks below the root, with {id}, {category}, {split} (default: "
        "%(default)s)",
    )
    parser.add_argument("--images", metavar="PATTERN", help="names of the photographs, if any")
    parser.add_argument(
        "--maps",
        metavar="PATTERN",
        help="names of the predictions below their folder (default: found by the ids)",
    )
    parser.add_argument(
        "--unmasked",
        choices=("error", "good"),
        default="error",
        help="what a photograph without mask is (default: %(default)s)",
    )


def report_of(options: argparse.Namespace, **chosen: Any) -> Report:
    """Score what the options of ``add_data`` say; ``chosen`` are other options of ``evaluate``."""
    patterns: dict[str, Any] = {}
    if options.dataset is datasets.Folder:
        patterns = {
            "masks": options.masks,
            "images": options.images,
            "predictions": options.maps,
            "unmasked": options.unmasked,
        }
    dataset: datasets.Dataset = options.dataset(
        options.truth, split_file=options.split_file, **patterns
    )
    with ProgressBar() as bar:
        return evaluate(
            dataset,
            options.predictions,
            split=options.split,
            categories=options.category,
            pooled=options.pooled,
            kind=options.kind,
            score_threshold=options.score_threshold,
            resize=options.resize,
            mask_threshold=options.mask_threshold,
            map_key=options.map_key,
            progress=bar.update,
            **chosen,
        )


def _evaluate(options: argparse.Namespace) -> None:
    check_outputs(options, ("truth", "predictions", "split_file", "threshold_from"), _OUTPUTS)
    threshold = options.threshold
    if options.threshold_from is not None:
        threshold = read_thresholds(options.threshold_from)
    report = report_of(
        options,
        metrics=options.metrics,
        threshold=threshold,
        boundary=options.boundary,
        image_score=options.image_score,
    )
    # The files first: they are wanted even if nobody reads the tables to their end.
    if options.json is not None:
        report.write_json(options.json)
    if options.csv is not None:
        report.write_csv(options.csv)
    if options.regions_csv is not None:
        report.write_csv(options.regions_csv, "regions")
    if options.markdown is not None:
        report.write_markdown(options.markdown)
    show(report.to_text())
