"""The command line: ``flawgauge evaluate severstal``, ``flawgauge demo``."""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from flawgauge import _core, demo
from flawgauge.datasets import severstal
from flawgauge.distances import check_distance
from flawgauge.errors import FlawgaugeError, InputValueError
from flawgauge.evaluation import evaluate_severstal
from flawgauge.progress import ProgressBar
from flawgauge.report.files import check_writable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flawgauge.distances import Distance

__all__ = ["main"]

DONE, BAD_DATA, INTERRUPTED = 0, 1, 130
"""Exit codes; bad usage is argparse's 2."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process by default.

    Returns
    -------
    int
        0 if done, 1 for bad data, 130 if interrupted. Bad usage exits with 2.
    """
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
        print(end="", flush=True)
    except FlawgaugeError as error:
        return _fail(str(error))
    except BrokenPipeError:
        # Whoever read the output wants no more of it. What Python still holds back must not be
        # written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        return _fail(f"the output can't be written: {error.strerror}")
    except KeyboardInterrupt:
        print("flawgauge: interrupted", file=sys.stderr)
        return INTERRUPTED
    return DONE


def _fail(message: str) -> int:
    print(f"flawgauge: error: {message}", file=sys.stderr)
    return BAD_DATA


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="flawgauge",
        description="Fast, exact scores for defect segmentation.",
        epilog="Exit codes: 0 done, 1 bad data, 2 bad usage.",
    )
    parser.add_argument("--version", action="version", version=f"flawgauge {_core.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    evaluate = commands.add_parser("evaluate", help="score the files of a data set")
    data_sets = evaluate.add_subparsers(required=True, metavar="DATASET")
    _add_severstal(
        data_sets.add_parser(
            "severstal",
            help="score a Severstal submission",
            description="Score a Severstal prediction set and print tables. Both files have the "
            "columns ImageId_ClassId,EncodedPixels or ImageId,ClassId,EncodedPixels.",
        )
    )
    demo_parser = commands.add_parser(
        "demo",
        help="make a small sample and score it",
        description="Make a small sample in Severstal's format, always the same, and score it.",
    )
    demo_parser.add_argument(
        "--out", metavar="DIR", help="where to write the sample (default: a new temporary folder)"
    )
    demo_parser.set_defaults(run=_demo)
    return parser


def _add_severstal(parser: argparse.ArgumentParser) -> None:
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
        type=_distance,
        metavar="DISTANCE",
        help="count boundary bands too: a ratio of the diagonal (0.02), or pixels (1,2,4,8)",
    )
    parser.add_argument("--json", metavar="FILE", help="write all numbers, unrounded")
    parser.add_argument("--csv", metavar="FILE", help="write one row for each image and class")
    parser.set_defaults(run=_evaluate_severstal, parser=parser)


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


def _distance(text: str) -> Distance:
    """A ratio has a decimal point; numbers of pixels have not."""
    try:
        if re.fullmatch(r"[0-9]*\.[0-9]+|[0-9]+\.", text):
            return check_distance(float(text))
        numbers = [int(part) for part in text.split(",")]
        return check_distance(numbers[0] if len(numbers) == 1 else numbers)
    except InputValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither a ratio such as 0.02 nor pixels such as 1,2,4"
        ) from None


def _evaluate_severstal(options: argparse.Namespace) -> None:
    _check_outputs(options)
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
    _print(report.to_text())


def _check_outputs(options: argparse.Namespace) -> None:
    """Refuse outputs that would replace each other or an input, or that can't be written."""
    named: dict[Path, str] = {}
    for name in ("truth", "predictions", "images", "json", "csv"):
        value = getattr(options, name)
        if value is None:
            continue
        path = Path(os.path.realpath(value))
        if name not in ("json", "csv"):
            named[path] = name
            continue
        if path.is_file() or not path.exists():
            if path in named:
                options.parser.error(f"--{name} and --{named[path]} are the same file: {value}")
            named[path] = name
        check_writable(value)


def _demo(options: argparse.Namespace) -> None:
    folder = demo.sample_folder(options.out)
    truth, predictions = demo.write_sample(folder)
    _print(evaluate_severstal(truth, predictions).to_text())
    _print(
        f"\nThe files are in {folder}. To score them again:\n  flawgauge evaluate severstal "
        f"--truth {demo.quoted(truth)} --predictions {demo.quoted(predictions)}"
    )


def _print(text: str) -> None:
    # A file name may hold what the terminal's encoding does not have.
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding))
