"""Data sets: which files there are, what they hold, and the facts of each.

A data set knows nothing of metrics. One class each; ``severstal`` reads and writes run tables.
"""

from __future__ import annotations

from flawgauge.datasets import severstal
from flawgauge.datasets.base import Dataset
from flawgauge.datasets.coco_results import RunLengths
from flawgauge.datasets.dagm import DAGM2007
from flawgauge.datasets.facts import Facts
from flawgauge.datasets.folder import Folder
from flawgauge.datasets.kolektorsdd import KolektorSDD
from flawgauge.datasets.kolektorsdd2 import KolektorSDD2
from flawgauge.datasets.mvtec import MVTecAD
from flawgauge.datasets.neu import NEUDET
from flawgauge.datasets.predictions import Predictions, pair_predictions
from flawgauge.datasets.sample import Box, Sample
from flawgauge.datasets.severstal_truth import Severstal
from flawgauge.datasets.table import facts_table

__all__ = [
    "DAGM2007",
    "NEUDET",
    "Box",
    "Dataset",
    "Facts",
    "Folder",
    "KolektorSDD",
    "KolektorSDD2",
    "MVTecAD",
    "Predictions",
    "RunLengths",
    "Sample",
    "Severstal",
    "facts_table",
    "pair_predictions",
    "severstal",
]
