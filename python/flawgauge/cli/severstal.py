"""``flawgauge evaluate severstal``."""

from __future__ import annotations

import argparse
import re

from flawgauge.cli.options import distance
from flawgauge.cli.output import check_outputs, show
from flawgauge.datasets import severstal
from flawgauge.evaluation_severstal import evaluate_severstal
from flawgauge.progress import ProgressBar

__all__ = ["add_severstal"]


def add_severstal(parser: argparse.ArgumentParser) -> None:
    """Add the options, and what to run."""
    parser.add_argument("--truth", required=True, metavar="CSV", help="the true masks")
    parser.add_argument("--predictions", required=True, metavar="CSV", help="the masks to score")
    parser.add_argument(
        "--images", metavar="TXT", help="the images to score, one id a line (default: all of truth)"
    )
    height, width = severstal.IMAGE_SIZE
    parser.add_argument(
        "--image-size",
        type=_image_size,
        default=severstal.IMAGE_SIZE,
        metavar="HEIGHTxWIDTH",
        help=f"size of the images in pixels (default: {height}x{width})",
    )
    parser.add_argument(
        "--classes",
        type=_num_classes,
        default=severstal.NUM_CLASSES,
        metavar="N",
        help="number of classes (default: %(default)s)",
    )
    parser.add_argument(
        "--missing",
        choices=("error", "empty"),
        default="error",
        help="what to do about predictions that are missing (default: %(default)s)",
    )
    parser.add_argument(
        "--overlaps",
        choices=("error", "merge"),
        default="error",
        help="what to do about predicted runs that overlap (default: %(default)s)",
    )
    parser.add_argument(
        "--boundary",
        type=distance,
        metavar="DISTANCE",
        help="count boundary bands too: a ratio of the diagonal (0.02), or pixels (1,2,4,8)",
    )
    parser.add_argument("--json", metavar="FILE", help="write all numbers, unrounded")
    parser.add_argument("--csv", metavar="FILE", help="write one row for each image and class")
    parser.add_argument("--markdown", metavar="FILE", help="write the tables as Markdown")
    parser.set_defaults(run=_evaluate, parser=parser)


def _image_size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([1-9][0-9]{0,9})x([1-9][0-9]{0,9})", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is not HEIGHTxWIDTH, such as 256x1600")
    height, width = int(match[1]), int(match[2])
    if height * width >= 1 << 32:
        raise argparse.ArgumentTypeError(f"{text!r} has too many pixels, want fewer than 2^32")
    return height, width


def _num_classes(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= severstal.MAX_CLASSES:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a whole number from 1 to {severstal.MAX_CLASSES}"
        )
    return int(text)


def _evaluate(options: argparse.Namespace) -> None:
    check_outputs(options, ("truth", "predictions", "images"), ("json", "csv", "markdown"))
    with ProgressBar() as bar:
        report = evaluate_severstal(
            options.truth,
            options.predictions,
            images=options.images,
            image_size=options.image_size,
            num_classes=options.classes,
            missing=options.missing,
            overlaps=options.overlaps,
            boundary=options.boundary,
            progress=bar.update,
        )
    # The files first: they are wanted even if nobody reads the table to its end.
    if options.json is not None:
        report.write_json(options.json)
    if options.csv is not None:
        report.write_csv(options.csv)
    if options.markdown is not None:
        report.write_markdown(options.markdown)
    show(report.to_text())
