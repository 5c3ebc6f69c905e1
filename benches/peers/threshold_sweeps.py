"""W4: curves over all thresholds, their areas, and the best threshold, pooled over images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benches.peers.boundary_bands import trusted_chessboard
from benches.peers.region_overlap import load_adeval
from benches.peers.sweep_inputs import (
    LIMITS,
    Call,
    Prepare,
    curve_values,
    maps,
    overlap_areas,
    region_areas,
    sort_pixels,
)
from benches.registry import Array, Comparison, Contender, Inputs, Target

if TYPE_CHECKING:
    from collections.abc import Callable

DISTANCE = 29
"""Distance of boundary bands at the ratio 0.02 of 1024 x 1024 pixels."""
BINS = 2**16
CHECKED = 3
"""Thresholds at which Boundary IoU is checked by eroding."""
MEMORY = Target("flawgauge", "memory", 128 * 2**20)


def trusted_curves(inputs: Inputs) -> Array:
    """AUROC, average precision and best F1 by sorting all pixels."""
    return np.array(curve_values(sort_pixels(inputs.arrays["scores"], inputs.arrays["target"])))


def trusted_regions(inputs: Inputs) -> Array:
    """The same, and AUPRO at each limit."""
    areas, count = region_areas(inputs.arrays["target"])
    pixels = sort_pixels(inputs.arrays["scores"], areas)
    areas_under = overlap_areas(pixels.fp / pixels.fp[-1], pixels.overlap / count)
    return np.array(curve_values(pixels) + areas_under)


def trusted_bands(inputs: Inputs) -> Array:
    """The same, and Boundary IoU at some thresholds by counting windows that are not full."""
    values = trusted_regions(inputs).tolist()
    scores, target = inputs.arrays["scores"], inputs.arrays["target"]
    count = trusted_chessboard((DISTANCE,))
    for threshold in checked_thresholds(np.unique(scores[target > 0])[::-1]):
        totals = np.zeros(3, np.int64)
        for score, mask in zip(scores, target, strict=True):
            arrays = {"preds": (score >= threshold).view(np.uint8)[None], "target": mask[None]}
            totals += count(Inputs(mask.size, "", arrays))[0, 0]
        preds, truth, both = totals.tolist()
        values.append(both / (preds + truth - both))
    return np.array(values)


def checked_thresholds(thresholds: Array) -> Array:
    """Some of many descending thresholds."""
    return thresholds[np.linspace(0, len(thresholds) - 1, CHECKED + 2).astype(np.intp)[1:-1]]


def ours(regions: bool = False, bands: bool = False, bins: int | None = None) -> Prepare:
    """One sweep, and all values from it."""

    def prepare(inputs: Inputs) -> Call:
        import flawgauge as fg

        scores, target = inputs.arrays["scores"], inputs.arrays["target"]
        options: dict[str, Any] = {} if bins is None else {"bins": bins}
        if regions:
            options["regions"] = True
        if bands:
            options["boundary"] = DISTANCE

        def call() -> list[float]:
            sweep = fg.sweep(scores, target, **options)
            values = [sweep.auroc(), sweep.average_precision(), sweep.best("f1").value]
            if regions:
                values += [sweep.aupro(limit) for limit in LIMITS]
            if bands:
                sweep.best("boundary_iou")
                at = checked_thresholds(np.arange(len(sweep.thresholds)))
                values += sweep.boundary_iou()[at].tolist()
            return values

        return call

    return prepare


def _flat(inputs: Inputs) -> tuple[Array, Array]:
    return inputs.arrays["scores"].reshape(-1), inputs.arrays["target"].reshape(-1)


def scikit_learn(inputs: Inputs) -> Call:
    """Three functions, each of which sorts the pixels."""
    from sklearn import metrics

    scores, target = _flat(inputs)

    def call() -> list[float]:
        precision, recall, _ = metrics.precision_recall_curve(target, scores)
        with np.errstate(invalid="ignore"):
            f1 = 2 * precision * recall / (precision + recall)
        auroc = metrics.roc_auc_score(target, scores)
        return [auroc, metrics.average_precision_score(target, scores), float(np.nanmax(f1))]

    return call


def torchmetrics(thresholds: int | None = None) -> Prepare:
    """Three functional metrics, exact or at so many equally spaced thresholds."""

    def prepare(inputs: Inputs) -> Call:
        import torch
        from torchmetrics.functional import classification as tm

        scores, target = (torch.from_numpy(array) for array in _flat(inputs))
        target = target.long()

        def call() -> list[float]:
            options = {"thresholds": thresholds, "validate_args": False}
            precision, recall, _ = tm.binary_precision_recall_curve(scores, target, **options)
            f1 = torch.nan_to_num(2 * precision * recall / (precision + recall))
            auroc = tm.binary_auroc(scores, target, **options)
            average = tm.binary_average_precision(scores, target, **options)
            return [float(auroc), float(average), float(f1.max())]

        return call

    return prepare


def adeval(regions: bool = False) -> Prepare:
    """AUROC and the area under precision-recall (and AUPRO at 0.3), 1000 bins; no best F1."""

    def prepare(inputs: Inputs) -> Call:
        package = load_adeval()
        evaluate = package.auroc_aupr_aupro if regions else package.auroc_and_aupr
        scores, target = inputs.arrays["scores"], inputs.arrays["target"]
        return lambda: list(evaluate(scores, target))

    return prepare


def numpy_sort(inputs: Inputs) -> Call:
    """NumPy: one sort of 64-bit numbers that hold score and target."""
    scores, target = inputs.arrays["scores"], inputs.arrays["target"]
    return lambda: curve_values(sort_pixels(scores, target))


_FLAWGAUGE = Contender("flawgauge", ours(), "flawgauge", "ours")
_ADEVAL = Contender("ADEval, 1000 bins", adeval(), "adeval", tolerance=0.01, computes=(0, 1))
_SORT = Contender("NumPy, one sort", numpy_sort)


def _curves(images: int, *peers: Contender) -> Comparison:
    return Comparison(
        key=f"W4-curves-{images}",
        title=f"AUROC, average precision and best F1, pooled, {images} images",
        item="pixel",
        build=maps(images),
        trusted=trusted_curves,
        contenders=(_FLAWGAUGE, *peers),
        targets=(Target("flawgauge", "rate", 3e-9), MEMORY),
        tolerance=1e-5,
        series=("AUROC, average precision and best F1", images),
    )


def _everything(
    images: int, name: str, title: str, rate: float, check: Callable[[Inputs], Array], **what: bool
) -> Comparison:
    adeval_too = Contender(
        "ADEval, 1000 bins", adeval(True), "adeval", tolerance=0.01, computes=(0, 1, 3)
    )
    return Comparison(
        key=f"W4-{name}-{images}",
        title=f"{title}, {images} images",
        item="pixel",
        build=maps(images),
        trusted=check,
        contenders=(
            Contender("flawgauge", ours(**what), "flawgauge", "ours"),
            *(() if "bands" in what else (adeval_too,)),
        ),
        targets=(Target("flawgauge", "rate", rate), MEMORY),
        tolerance=1e-9,
        series=(title, images),
    )


def _regions(images: int) -> Comparison:
    title = f"AUROC, average precision, best F1 and AUPRO up to {LIMITS[0]} and {LIMITS[1]}"
    return _everything(images, "regions", title, 4e-9, trusted_regions, regions=True)


def _bands(images: int) -> Comparison:
    title = f"The same and Boundary IoU at all thresholds (d = {DISTANCE})"
    return _everything(images, "bands", title, 12e-9, trusted_bands, regions=True, bands=True)


def _binned(images: int, *peers: Contender) -> Comparison:
    binned = Contender("flawgauge", ours(bins=BINS), "flawgauge", "ours", tolerance=0.01)
    return Comparison(
        key=f"W4-binned-{images}",
        title=f"AUROC, average precision and best F1 from bins, {images} images",
        item="pixel",
        build=maps(images),
        trusted=trusted_curves,
        contenders=(binned, _ADEVAL, *peers),
        targets=(Target("flawgauge", "rate", 0.8e-9), MEMORY),
        series=("binned", images),
    )


COMPARISONS = (
    _curves(
        1,
        _SORT,
        _ADEVAL,
        Contender("torchmetrics", torchmetrics(), "torchmetrics"),
        Contender("scikit-learn", scikit_learn, "sklearn"),
    ),
    _curves(10, _SORT, _ADEVAL),
    _curves(83, _ADEVAL),
    _regions(10),
    _regions(83),
    *(_bands(images) for images in (1, 10, 20, 40, 83)),
    _binned(
        10,
        Contender(
            "torchmetrics, 200 thresholds", torchmetrics(200), "torchmetrics", tolerance=0.03
        ),
    ),
    _binned(83),
)
