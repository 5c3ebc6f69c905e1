"""Data sets: which files there are, what they hold, and the facts of each.

A data set knows nothing of metrics. One class each; ``severstal`` reads and writes run tables.
"""

from __future__ import annotations

from flawgauge.datasets import severstal
from flawgauge.datasets.base import Dataset
from flawgauge.datasets.coco_results import RunLengths
from flawgauge.datasets.facts import Facts
from flawgauge.datasets.folder import Folder
from flawgauge.datasets.mvtec import MVTecAD
from flawgauge.datasets.predictions import Predictions
from flawgauge.datasets.sample import Box, Sample

__all__ = [
    "Box",
    "Dataset",
    "Facts",
    "Folder",
    "MVTecAD",
    "Predictions",
    "RunLengths",
    "Sample",
    "severstal",
]
