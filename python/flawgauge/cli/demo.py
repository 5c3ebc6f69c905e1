"""``flawgauge demo``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flawgauge import demo
from flawgauge.cli.output import show
from flawgauge.datasets import MVTecAD
from flawgauge.evaluation import evaluate
from flawgauge.evaluation_severstal import evaluate_severstal

if TYPE_CHECKING:
    import argparse

__all__ = ["add_demo"]


def add_demo(parser: argparse.ArgumentParser) -> None:
    """Add the options, and what to run."""
    parser.add_argument(
        "--out", metavar="DIR", help="where to write the samples (default: a new temporary folder)"
    )
    parser.set_defaults(run=_demo)


def _demo(options: argparse.Namespace) -> None:
    folder = demo.sample_folder(options.out)
    truth, predictions = demo.write_sample(folder)
    root, maps = demo.write_map_sample(folder)
    show(evaluate_severstal(truth, predictions).to_text())
    show("")
    show(evaluate(MVTecAD(root), maps).to_text())
    severstal = f"--truth {demo.quoted(truth)} --predictions {demo.quoted(predictions)}"
    parts = f"--truth {demo.quoted(root)} --predictions {demo.quoted(maps)}"
    show(
        f"\nThe files are in {folder}; to score them again:\n"
        f"  flawgauge evaluate severstal {severstal}\n"
        f"  flawgauge evaluate mvtec {parts}"
    )
