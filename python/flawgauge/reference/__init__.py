"""The functions of :mod:`flawgauge` in plain NumPy, written to be read.

Everything here has the signature of the function of the same name one level up and returns the same
evidence, so ``flawgauge.f(...) == flawgauge.reference.f(...)`` holds for every valid input. Nothing
here calls the compiled module. Checks of types and shapes come from :mod:`flawgauge.arrays`; what
is counted can be read here alone. It is slow and takes memory freely; use it to understand a number
or to doubt one.

Examples
--------
>>> import flawgauge as fg
>>> from flawgauge import reference
>>> preds, target = [[0, 1], [1, 1]], [[0, 1], [0, 1]]
>>> reference.confusion([preds], [target]) == fg.confusion([preds], [target])
True
"""

from flawgauge.reference.aupimo import aupimo
from flawgauge.reference.boundary import boundary, boundary_band
from flawgauge.reference.confusion import confusion
from flawgauge.reference.curve_areas import aupro, auroc, average_precision
from flawgauge.reference.distance import distance_transform
from flawgauge.reference.image_scores import image_scores
from flawgauge.reference.matrix import confusion_matrix
from flawgauge.reference.region_table import region_table
from flawgauge.reference.regions import label_regions
from flawgauge.reference.rle import confusion_from_rle, rle_decode, rle_encode
from flawgauge.reference.saturation import saturated_sweep
from flawgauge.reference.surface import surface
from flawgauge.reference.sweep import positive_scores, sweep

__all__ = [
    "aupimo",
    "aupro",
    "auroc",
    "average_precision",
    "boundary",
    "boundary_band",
    "confusion",
    "confusion_from_rle",
    "confusion_matrix",
    "distance_transform",
    "image_scores",
    "label_regions",
    "positive_scores",
    "region_table",
    "rle_decode",
    "rle_encode",
    "saturated_sweep",
    "surface",
    "sweep",
]
