"""The metrics of a report by name: what each needs, how it follows, why it may be undefined."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flawgauge.confusion_rates import METRICS
from flawgauge.errors import InputTypeError, InputValueError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flawgauge.distances import Distance
    from flawgauge.report.category import CategoryEvidence

__all__ = ["DEFAULT_METRICS", "KNOWN_METRICS", "Metric", "chosen_metrics", "metric_named"]

_BAND = "boundary_iou_"
_BAND_NAME = re.compile(_BAND + "[1-9][0-9]{0,9}")
_AUPRO = re.compile(r"aupro_(0?\.(?!0+$)[0-9]{1,6}|1(\.0)?)")


@dataclass(frozen=True)
class Metric:
    """A number of a category.

    Attributes
    ----------
    name : str
        Its key.
    title : str
        Heading of its column.
    group : {"image", "pixel", "decision"}
        Curves over images, curves over pixels, or at the threshold.
    needs : frozenset of str
        Of "scores", "sweep", "sweep_boundary", "regions", "threshold", "boundary":
        what must be counted for it.
    value : callable
        Takes a category's evidence; nan where it is not defined.
    reason : callable
        Says why it is not defined there.
    """

    name: str
    title: str
    group: str
    needs: frozenset[str]
    value: Callable[[CategoryEvidence], float]
    reason: Callable[[CategoryEvidence], str]

    def __reduce__(self) -> tuple[Any, ...]:
        # Functions don't pickle; all that there is to a metric follows from its name.
        return metric_named, (self.name,)


def chosen_metrics(
    names: Iterable[str] | str | None, kind: str, boundary: Distance | None
) -> tuple[Metric, ...]:
    """Look up metrics by name; all usual ones by default.

    Parameters
    ----------
    names : str or iterable of str, optional
        Names of metrics.
    kind : {"scores", "masks"}
        What the predictions are: masks have no curves.
    boundary : float, int, tuple of int, or None
        The distance of the boundary band. Of several distances each has a metric of its own.

    Raises
    ------
    InputTypeError
        Something that is no name.
    InputValueError
        An unknown name, a curve of masks, Boundary IoU without a distance.
    """
    given = DEFAULT_METRICS if names is None else _names(names)
    chosen: dict[str, Metric] = {}
    for name in given:
        for metric in _metrics_of(name, boundary, asked=names is not None):
            if kind == "masks" and "scores" in metric.needs:
                if names is None:
                    continue
                raise InputValueError(
                    f"metrics holds {name!r}, which needs scores, but the predictions are masks"
                )
            chosen[metric.name] = metric
    return tuple(chosen.values())


def _names(names: Any) -> list[str]:
    found = [names] if isinstance(names, str) else list(names)
    for name in found:
        if not isinstance(name, str):
            raise InputTypeError(f"metrics holds {name!r}, want names of metrics")
    if not found:
        raise InputValueError("metrics is empty, want at least one name")
    return found


def _metrics_of(name: str, boundary: Distance | None, *, asked: bool) -> list[Metric]:
    """The metrics of a name: one, or one for each distance."""
    if name == "boundary_iou" and isinstance(boundary, tuple):
        return [metric_named(f"{_BAND}{distance}") for distance in boundary]
    metric = metric_named(name)
    if metric.needs & {"boundary", "sweep_boundary"} and boundary is None:
        if asked:
            raise InputValueError(f"metrics holds {name!r}, which needs boundary=...")
        return []
    distances = boundary if isinstance(boundary, tuple) else ()
    if _BAND_NAME.fullmatch(name) and int(name.removeprefix(_BAND)) not in distances:
        raise InputValueError(f"metrics holds {name!r}, whose distance boundary does not have")
    return [metric]


def metric_named(name: str) -> Metric:
    """Look up a metric, also one of a limit or of a distance.

    Raises
    ------
    InputValueError
        There is none of this name; the message lists the known ones.

    Examples
    --------
    >>> metric_named("aupro_0.1").title, metric_named("boundary_iou_4").title
    ('AUPRO 0.1', 'B. IoU 4')
    """
    if name in _METRICS:
        return _METRICS[name]
    if _AUPRO.fullmatch(name):
        return _aupro(name)
    if _BAND_NAME.fullmatch(name):
        distance = int(name.removeprefix(_BAND))
        return _boundary_metric(distance, name, f"B. IoU {distance}")
    known = ", ".join(KNOWN_METRICS)
    raise InputValueError(
        f"metrics holds {name!r}, want some of: {known}; or aupro_LIMIT, such as aupro_0.1"
    )


def _image_metric(name: str, title: str, value: Callable[[Any], float]) -> Metric:
    def of(category: CategoryEvidence) -> float:
        sweep = category.image_sweep
        return math.nan if sweep is None else float(value(sweep))

    return Metric(name, title, "image", frozenset({"scores"}), of, _one_kind_of_images)


def _pixel_metric(name: str, title: str, value: Callable[[Any], float]) -> Metric:
    def of(category: CategoryEvidence) -> float:
        return math.nan if category.sweep is None else float(value(category.sweep))

    return Metric(name, title, "pixel", frozenset({"scores", "sweep"}), of, _one_kind_of_pixels)


def _aupro(name: str) -> Metric:
    limit = float(name.removeprefix("aupro_"))

    def of(category: CategoryEvidence) -> float:
        return math.nan if category.sweep is None else float(category.sweep.aupro(limit))

    needs = frozenset({"scores", "sweep", "regions"})
    return Metric(name, f"AUPRO {limit:g}", "pixel", needs, of, _one_kind_of_pixels)


def _decision(name: str, title: str) -> Metric:
    def of(category: CategoryEvidence) -> float:
        if category.confusion is None:
            return math.nan
        return float(getattr(category.confusion.sum(), name)())

    def why(category: CategoryEvidence) -> str:
        return _without_threshold(category) or _DECISION_REASONS.get(name, _NEITHER)

    return Metric(name, title, "decision", frozenset({"threshold"}), of, why)


def _boundary_metric(distance: int | None, name: str, title: str) -> Metric:
    """Boundary IoU at one of several distances, or at the only one."""

    def of(category: CategoryEvidence) -> float:
        bands = category.boundary
        if bands is None:
            return math.nan
        return float((bands if distance is None else bands.at(distance)).sum().iou())

    def why(category: CategoryEvidence) -> str:
        return _without_threshold(category) or _NEITHER

    needs = frozenset({"threshold", "boundary"})
    return Metric(name, title, "decision", needs, of, why)


def _pixel_f1_max(category: CategoryEvidence) -> float:
    return math.nan if category.sweep is None else category.best("f1").value


def _boundary_iou_max(category: CategoryEvidence) -> float:
    if category.sweep is None or category.sweep.band_target is None:
        return math.nan
    return category.best("boundary_iou").value


def _region_recall(category: CategoryEvidence) -> float:
    regions = category.regions
    if regions is None or regions.num_hit is None or not len(regions):
        return math.nan
    return regions.num_hit / len(regions)


def _one_kind_of_images(category: CategoryEvidence) -> str:
    return "no good images" if category.num_defective else "no defective images"


def _one_kind_of_pixels(category: CategoryEvidence) -> str:
    return "no defect-free pixels" if category.num_defective else "no defective pixels"


def _without_threshold(category: CategoryEvidence) -> str | None:
    if category.confusion is not None:
        return None
    return "no defective pixels to choose a threshold by"


_NEITHER = "neither a defect nor a prediction"
_DECISION_REASONS = {
    "precision": "nothing is predicted",
    "recall": "no defective pixels",
    "fnr": "no defective pixels",
    "fpr": "no defect-free pixels",
    "specificity": "no defect-free pixels",
    "balanced_accuracy": "only one kind of pixels",
    "mcc": "only one kind of pixels, true or predicted",
    "kappa": "only one kind of pixels, true and predicted",
}
_TITLES = {
    "dice": "Dice",
    "iou": "IoU",
    "fpr": "FPR",
    "fnr": "FNR",
    "mcc": "MCC",
    "f1": "F1",
    "accuracy": "acc.",
    "balanced_accuracy": "bal. acc.",
}

_METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        _image_metric("image_auroc", "image AUROC", lambda sweep: sweep.auroc()),
        _image_metric("image_ap", "AP", lambda sweep: sweep.average_precision()),
        _image_metric("image_f1_max", "best F1", lambda sweep: sweep.best("f1").value),
        _pixel_metric("pixel_auroc", "pixel AUROC", lambda sweep: sweep.auroc()),
        _pixel_metric("pixel_ap", "AP", lambda sweep: sweep.average_precision()),
        Metric(
            "pixel_f1_max",
            "best F1",
            "pixel",
            frozenset({"scores", "sweep"}),
            _pixel_f1_max,
            _one_kind_of_pixels,
        ),
        _aupro("aupro_0.3"),
        _aupro("aupro_0.05"),
        Metric(
            "boundary_iou_max",
            "best Boundary IoU",
            "pixel",
            frozenset({"scores", "sweep", "sweep_boundary"}),
            _boundary_iou_max,
            _one_kind_of_pixels,
        ),
        *(
            _decision(name, _TITLES.get(name, name))
            for name in (
                *("dice", "iou", "precision", "recall", "fpr", "fnr", "accuracy"),
                *sorted(set(METRICS) - {"f_beta"}),
            )
        ),
        _boundary_metric(None, "boundary_iou", "Boundary IoU"),
        Metric(
            "region_recall",
            "regions hit",
            "decision",
            frozenset({"threshold", "regions"}),
            _region_recall,
            lambda category: _without_threshold(category) or "no regions",
        ),
    )
}

DEFAULT_METRICS = (
    *("image_auroc", "image_ap", "image_f1_max"),
    *("pixel_auroc", "pixel_ap", "pixel_f1_max", "aupro_0.3", "aupro_0.05"),
    *("dice", "iou", "boundary_iou", "precision", "recall", "fpr", "fnr", "accuracy"),
    "region_recall",
)
"""What a report has unless metrics are chosen."""

KNOWN_METRICS = (*DEFAULT_METRICS, *(name for name in _METRICS if name not in DEFAULT_METRICS))
"""Names that ``metrics=`` knows."""
