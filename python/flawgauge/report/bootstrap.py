"""Confidence intervals by drawing images again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge.arrays import whole_number
from flawgauge.confusion import ConfusionCounts
from flawgauge.errors import InputTypeError, InputValueError
from flawgauge.image_scores import image_sweep
from flawgauge.means import ratio
from flawgauge.report.numbers import mean_of_defined, plain_ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from numpy.typing import NDArray

    from flawgauge.report.category import CategoryEvidence
    from flawgauge.report.evaluation_metrics import Metric

    Values: TypeAlias = NDArray[np.float64]

__all__ = ["Interval", "bootstrap"]

_MOST_AT_ONCE = 2**21
"""Drawn images whose counts are in memory at a time."""

_OF_IMAGES: dict[str, Callable[[Any], float]] = {
    "image_auroc": lambda sweep: float(sweep.auroc()),
    "image_ap": lambda sweep: float(sweep.average_precision()),
    "image_f1_max": lambda sweep: float(sweep.best("f1").value),
}


@dataclass(frozen=True)
class Interval:
    """A value, and where it lies when images are drawn again.

    Attributes
    ----------
    metric : str
        Which number.
    value : float
        Of the images as they are.
    low, high : float
        Percentiles of the draws.
    level : float
        Share of the draws between them.
    n, seed : int
        Number of draws, and their seed.
    undefined : int
        Draws in which the number was not defined, left out.
    """

    metric: str
    value: float
    low: float
    high: float
    level: float
    n: int
    seed: int
    undefined: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        numbers = {name: plain_ratio(getattr(self, name)) for name in ("value", "low", "high")}
        return vars(self) | numbers

    def __str__(self) -> str:
        return (
            f"{self.metric} {self.value:.4f}, {100 * self.level:g}% interval {self.low:.4f} to "
            f"{self.high:.4f}"
        )


def bootstrap(
    categories: Sequence[CategoryEvidence], metric: Metric, n: int, seed: int, level: float
) -> Interval:
    """Draw as many images as there are from each category, with replacement, n times.

    Parameters
    ----------
    categories : sequence of CategoryEvidence
        The value is the mean over those in which the metric is defined.
    metric : Metric
        One that follows from counts of images.
    n : int
        Number of draws.
    seed : int
        Another seed draws others.
    level : float
        Share of the draws in the interval.

    Raises
    ------
    InputValueError, InputTypeError
        A metric that needs all pixels, wrong options.
    """
    n = whole_number(n, "n", 1, 10**7)
    seed = whole_number(seed, "seed", 0, 2**63)
    if isinstance(level, bool) or not isinstance(level, (int, float)):
        raise InputTypeError(f"level is {level!r}, want a number between 0 and 1")
    if not 0 < level < 1:
        raise InputValueError(f"level is {level!r}, want a number between 0 and 1")
    if metric.group == "pixel":
        raise InputValueError(
            f"metric is {metric.name!r}, which follows from all pixels at once; want one of images "
            "or one at the threshold"
        )
    generator = np.random.default_rng(seed)
    draws = np.stack([_draws(part, metric, n, generator) for part in categories])
    means = np.array([mean_of_defined(draw) for draw in draws.T.tolist()])
    defined = means[~np.isnan(means)]
    low = high = math.nan
    if defined.size:
        tail = 50 * (1 - level)
        low, high = (float(end) for end in np.percentile(defined, [tail, 100 - tail]))
    value = mean_of_defined(metric.value(part) for part in categories)
    return Interval(metric.name, value, low, high, level, n, seed, n - defined.size)


def _draws(part: CategoryEvidence, metric: Metric, n: int, generator: Any) -> Values:
    """Values of a metric in n draws of a category's images."""
    if metric.name in _OF_IMAGES:
        return _image_draws(part, _OF_IMAGES[metric.name], n, generator)
    counts = _counts(part, metric.name)
    if counts is None:
        return np.full(n, math.nan)
    results = []
    step = max(1, _MOST_AT_ONCE // len(counts))
    for start in range(0, n, step):
        chosen = generator.integers(0, len(counts), size=(min(step, n - start), len(counts)))
        results.append(_values(metric.name, counts[chosen].sum(axis=1)))
    return np.concatenate(results)


def _image_draws(
    part: CategoryEvidence, value: Callable[[Any], float], n: int, generator: Any
) -> Values:
    if part.image_scores is None:
        return np.full(n, math.nan)
    results = np.empty(n)
    for number in range(n):
        chosen = generator.integers(0, part.num_images, size=part.num_images)
        results[number] = value(image_sweep(part.image_scores[chosen], part.is_defective[chosen]))
    return results


def _counts(part: CategoryEvidence, name: str) -> NDArray[np.int64] | None:
    """What a metric follows from, a row for each image."""
    if name.startswith("boundary_iou"):
        bands = part.boundary
        if bands is not None and isinstance(bands.distance, tuple):
            bands = bands.at(int(name.removeprefix("boundary_iou_")))
        return None if bands is None else bands._counts[:, 0]
    if name == "region_recall":
        if part.regions is None or part.regions.predicted is None:
            return None
        every, hit = part.regions_of_images()
        return np.stack([every if hit is None else hit, every], axis=1)
    return None if part.confusion is None else part.confusion._counts


def _values(name: str, pooled: NDArray[np.int64]) -> Values:
    """Values of a metric of pooled counts, one for each row."""
    found: Values
    if name == "region_recall":
        found = ratio(pooled[:, 0], pooled[:, 1], "nan")
    elif name.startswith("boundary_iou"):
        preds, target, both = (pooled[:, index] for index in range(3))
        found = ratio(both, preds + target - both, "nan")
    else:
        found = getattr(ConfusionCounts._wrap(pooled), name)()
    return found
