"""Fast, exact scores for defect segmentation.

Counting runs in Rust on all cores; every number follows from exact integers. See ``confusion`` for
masks, ``confusion_matrix`` for label maps, ``confusion_from_rle`` for encoded masks, ``surface``
for distances between contours, and the metrics of the same names for numbers in one call.
"""

from __future__ import annotations

import warnings

from flawgauge import _core, datasets, reference
from flawgauge._core import __version__
from flawgauge.aupimo import Aupimo, aupimo
from flawgauge.boundary import (
    BoundaryCounts,
    boundary,
    boundary_band,
    boundary_iou,
    minimum_iou,
)
from flawgauge.confusion import ConfusionCounts, confusion
from flawgauge.distance import distance_transform
from flawgauge.errors import (
    DataError,
    FileError,
    FlawgaugeError,
    InputTypeError,
    InputValueError,
)
from flawgauge.evaluation import evaluate
from flawgauge.evaluation_severstal import evaluate_severstal
from flawgauge.evidence import concat
from flawgauge.image_files import read_labels, read_mask, read_scores
from flawgauge.image_scores import image_labels, image_scores, image_sweep
from flawgauge.matrix import ConfusionMatrix, confusion_matrix
from flawgauge.means import Mean, Outcomes
from flawgauge.metrics import (
    accuracy,
    balanced_accuracy,
    dice,
    f1,
    f_beta,
    fnr,
    fpr,
    iou,
    kappa,
    mcc,
    precision,
    prevalence,
    recall,
    specificity,
)
from flawgauge.region_table import RegionTable, region_table
from flawgauge.regions import Regions, label_regions
from flawgauge.report.threshold_sets import ThresholdSet, read_thresholds
from flawgauge.rle import confusion_from_rle, rle_decode, rle_encode
from flawgauge.saturation import saturated_sweep, saturation_areas
from flawgauge.score_stream import ScoreStream
from flawgauge.settings import available_isas, get_num_threads, isa, set_num_threads
from flawgauge.surface import SurfaceDistances, surface
from flawgauge.surface_metrics import assd, hausdorff_distance, hd95, surface_dice
from flawgauge.sweep import PositiveScores, positive_scores, sweep
from flawgauge.sweep_evidence import ThresholdSweep
from flawgauge.sweep_metrics import (
    aupro,
    auroc,
    average_precision,
    f1_max,
    fpr_at_recall,
    precision_recall_curve,
    pro_curve,
    roc_curve,
)
from flawgauge.threshold_choice import select_threshold
from flawgauge.thresholds import Threshold

__all__ = [
    "Aupimo",
    "BoundaryCounts",
    "ConfusionCounts",
    "ConfusionMatrix",
    "DataError",
    "FileError",
    "FlawgaugeError",
    "InputTypeError",
    "InputValueError",
    "Mean",
    "Outcomes",
    "PositiveScores",
    "RegionTable",
    "Regions",
    "ScoreStream",
    "SurfaceDistances",
    "Threshold",
    "ThresholdSet",
    "ThresholdSweep",
    "__version__",
    "accuracy",
    "assd",
    "aupimo",
    "aupro",
    "auroc",
    "available_isas",
    "average_precision",
    "balanced_accuracy",
    "boundary",
    "boundary_band",
    "boundary_iou",
    "concat",
    "confusion",
    "confusion_from_rle",
    "confusion_matrix",
    "datasets",
    "dice",
    "distance_transform",
    "evaluate",
    "evaluate_severstal",
    "f1",
    "f1_max",
    "f_beta",
    "fnr",
    "fpr",
    "fpr_at_recall",
    "get_num_threads",
    "hausdorff_distance",
    "hd95",
    "image_labels",
    "image_scores",
    "image_sweep",
    "iou",
    "isa",
    "kappa",
    "label_regions",
    "mcc",
    "minimum_iou",
    "positive_scores",
    "precision",
    "precision_recall_curve",
    "prevalence",
    "pro_curve",
    "read_labels",
    "read_mask",
    "read_scores",
    "read_thresholds",
    "recall",
    "reference",
    "region_table",
    "rle_decode",
    "rle_encode",
    "roc_curve",
    "saturated_sweep",
    "saturation_areas",
    "select_threshold",
    "set_num_threads",
    "specificity",
    "surface",
    "surface_dice",
    "sweep",
]

if _core.is_debug_build:
    warnings.warn(
        "this build of flawgauge is a debug build, many times slower: build with --release",
        stacklevel=2,
    )
