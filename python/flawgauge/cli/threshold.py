"""``flawgauge threshold``: choose thresholds on validation data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from flawgauge.cli.files import DATASETS, add_data, report_of
from flawgauge.cli.options import boundary, number
from flawgauge.cli.output import check_outputs, show
from flawgauge.report.numbers import plain_ratio
from flawgauge.report.text import text_table
from flawgauge.threshold_choice import OBJECTIVES, check_objective

if TYPE_CHECKING:
    import argparse

    from flawgauge.report.category import CategoryEvidence
    from flawgauge.report.text import Cell
    from flawgauge.thresholds import Threshold

__all__ = ["add_threshold"]

_LIMITS = ("beta", "cost", "fpr", "recall")
_RATES = ("dice", "precision", "recall", "fpr")
_HELP = {
    "beta": "for f_beta: how many times recall weighs as much as precision",
    "cost": "for cost: how many false alarms a missed defect costs, in pixels",
    "fpr": "for fpr: the lowest threshold with at most this false positive rate",
    "recall": "for recall: the highest threshold with at least this recall",
}


def add_threshold(parser: argparse.ArgumentParser) -> None:
    """Add a command for each data set."""
    data_sets = parser.add_subparsers(required=True, metavar="DATASET")
    for dataset in DATASETS:
        title = dataset.facts.title
        each = data_sets.add_parser(
            dataset.name,
            help=title,
            description=f"Choose a threshold for each category of {title} and write them, with "
            "their source, for flawgauge evaluate --threshold-from. Choose on images that are not "
            "scored later.",
        )
        add_data(each, dataset)
        each.add_argument(
            "--objective",
            choices=OBJECTIVES,
            default="f1",
            help="what to choose for, over the pixels (default: %(default)s)",
        )
        for name in _LIMITS:
            each.add_argument(f"--{name}", type=number, metavar="X", help=_HELP[name])
        each.add_argument(
            "--boundary",
            type=boundary,
            default=0.02,
            metavar="DISTANCE",
            help="for boundary_iou: a ratio of the diagonal (default: 0.02), or pixels",
        )
        each.add_argument(
            "--name",
            metavar="TEXT",
            help="name of the images, told with every result (default: data set and split)",
        )
        each.add_argument("--out", required=True, metavar="JSON", help="where to write them")
        each.set_defaults(run=_threshold, parser=each, dataset=dataset)


def _threshold(options: argparse.Namespace) -> None:
    check_outputs(options, ("truth", "predictions", "split_file"), ("out",))
    limits = {name: getattr(options, name) for name in _LIMITS}
    given: dict[str, Any] = {name: value for name, value in limits.items() if value is not None}
    check_objective(options.objective, **given)
    metric = "boundary_iou_max" if options.objective == "boundary_iou" else "pixel_f1_max"
    report = report_of(options, metrics=[metric], boundary=options.boundary)
    chosen = report.select_thresholds(options.objective, source=options.name, **given)
    rows = [_row(part, chosen[part.name]) for part in report.categories]
    chosen.write_json(options.out)
    first = chosen[report.categories[0].name]
    header = ["category", "images", "defective", "threshold", "Dice", "precision", "recall", "FPR"]
    show(f"Thresholds for {first.objective}, {first.source}; pixels of these images there")
    show(text_table(header, rows))
    show(f"Written to {options.out}: use it with flawgauge evaluate --threshold-from")


def _row(part: CategoryEvidence, threshold: Threshold) -> list[Cell]:
    row: list[Cell] = [part.name, part.num_images, part.num_defective, f"{threshold.value:.5g}"]
    if part.sweep is None or threshold.value == math.inf:
        # Nothing is predicted.
        return [*row, None, None, None, None]
    counts = part.sweep.at(threshold)
    return [*row, *(plain_ratio(getattr(counts, name)()) for name in _RATES)]
