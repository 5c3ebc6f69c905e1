"""The command line: ``flawgauge evaluate``, ``threshold``, ``datasets``, ``demo``."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from flawgauge import _core
from flawgauge.cli.demo import add_demo
from flawgauge.cli.files import DATASETS, add_evaluation
from flawgauge.cli.output import show
from flawgauge.cli.severstal import add_severstal
from flawgauge.cli.threshold import add_threshold
from flawgauge.datasets import Folder, facts_table
from flawgauge.errors import FlawgaugeError

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        epilog="Exit codes: 0 done, 1 bad data, 2 bad usage, 130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"flawgauge {_core.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_evaluate(
        commands.add_parser(
            "evaluate",
            help="score the files of a data set",
            description="Score predictions for a data set: flawgauge evaluate DATASET --help tells "
            "how.",
        )
    )
    add_threshold(
        commands.add_parser(
            "threshold",
            help="choose thresholds on validation data",
            description="Choose thresholds on validation data and write them with their source.",
        )
    )
    facts = commands.add_parser(
        "datasets",
        help="show the facts of all data sets",
        description="Show what is known of each data set: size, labels, split, licence, citation.",
    )
    facts.set_defaults(run=lambda _: show(facts_table().rstrip()))
    add_demo(
        commands.add_parser(
            "demo",
            help="make small samples and score them",
            description="Make a small sample in Severstal's format and one of score maps in MVTec "
            "AD's layout, always the same, and score them.",
        )
    )
    return parser


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    data_sets = parser.add_subparsers(required=True, metavar="DATASET")
    add_severstal(
        data_sets.add_parser(
            "severstal",
            help="score a Severstal submission",
            description="Score a Severstal prediction set and print tables. Both files have the "
            "columns ImageId_ClassId,EncodedPixels or ImageId,ClassId,EncodedPixels.",
        )
    )
    for dataset in DATASETS:
        title, files = dataset.facts.title, f" Files: {dataset.layout}."
        if dataset is Folder:
            title, files = "masks paired with predictions by patterns of their names", ""
        add_evaluation(
            data_sets.add_parser(
                dataset.name,
                help=title,
                description=f"Score predictions for {title} and print tables.{files}",
            ),
            dataset,
        )
