"""Areas under the curves of threshold sweeps, from corner to corner in fractions."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from flawgauge.means import ratio
from flawgauge.reference.sweep import sweep
from flawgauge.sweep_evidence import REGION

if TYPE_CHECKING:
    from flawgauge.arrays import ArrayLike
    from flawgauge.curves import Side
    from flawgauge.means import Empty
    from flawgauge.precision_areas import Rule
    from flawgauge.sweep_curves import Normalise
    from flawgauge.sweep_evidence import ThresholdSweep

__all__ = ["aupro", "auroc", "average_precision"]

Corner = tuple[int, int]


def auroc(
    scores: ArrayLike,
    target: ArrayLike,
    *,
    max_fpr: float | None = None,
    normalise: Normalise | Literal["?"] = "?",
    ignore: ArrayLike | None = None,
    empty: Empty = "nan",
) -> float:
    """Area under the receiver operating characteristic of all pixels.

    Parameters
    ----------
    scores, target, max_fpr, normalise, ignore, empty
        As for ``flawgauge.auroc``.

    Returns
    -------
    float
        As ``flawgauge.auroc``.

    Examples
    --------
    >>> auroc(np.array([[0.1, 0.4, 0.35, 0.8]]), [[0, 0, 1, 1]])
    0.75
    """
    found = sweep(scores, target, ignore=ignore)
    if not found.num_positives or not found.num_negatives:
        return float(ratio(0, 0, empty))
    limit = Fraction(1 if max_fpr is None else max_fpr)
    area = polygon_area(corners(found, "positives"), limit)
    if normalise == "limit":
        area /= limit
    elif normalise == "mcclish":
        # From chance, the area below the diagonal, to all; the result from one half to one.
        chance = limit**2 / 2
        area = (1 + (area - chance) / (limit - chance)) / 2
    return float(area)


def average_precision(
    scores: ArrayLike,
    target: ArrayLike,
    *,
    rule: Rule = "step",
    ignore: ArrayLike | None = None,
    empty: Empty = "nan",
) -> float:
    """Area under the precision-recall curve of all pixels.

    Parameters
    ----------
    scores, target, rule, ignore, empty
        As for ``flawgauge.average_precision``.

    Returns
    -------
    float
        As ``flawgauge.average_precision``.

    Examples
    --------
    >>> round(average_precision(np.array([[0.1, 0.4, 0.35, 0.8]]), [[0, 0, 1, 1]]), 6)
    0.833333
    """
    found = sweep(scores, target, ignore=ignore)
    if not found.num_positives:
        return float(ratio(0, 0, empty))
    points = corners(found, "positives")
    return float(sum_precisions(points, rule) / found.num_positives)


def aupro(
    scores: ArrayLike,
    target: ArrayLike,
    *,
    limit: float = 0.3,
    connectivity: int = 8,
    ignore: ArrayLike | None = None,
    empty: Empty = "nan",
) -> float:
    """Area under the curve of per-region overlap up to a false positive rate.

    Parameters
    ----------
    scores, target, limit, connectivity, ignore, empty
        As for ``flawgauge.aupro``.

    Returns
    -------
    float
        As ``flawgauge.aupro``.

    Examples
    --------
    >>> aupro(np.array([[0.1, 0.4, 0.35, 0.8]]), [[0, 1, 0, 1]], limit=0.5)
    1.0
    """
    found = sweep(scores, target, regions=True, connectivity=connectivity, ignore=ignore)
    if not found.num_regions or not found.num_negatives:
        return float(ratio(0, 0, empty))
    end = Fraction(limit)
    return float(polygon_area(corners(found, "overlap"), end) / end)


def corners(found: ThresholdSweep, rising: Literal["positives", "overlap"]) -> list[Corner]:
    """Corners of a curve: false positives, and what rises, just above and at each threshold.

    The first is (0, 0), the last one everything. Every second piece, from the first, is of scores
    between two thresholds.

    Examples
    --------
    >>> corners(sweep(np.array([[0.1, 0.4, 0.35, 0.8]]), [[0, 0, 1, 1]]), "positives")
    [(0, 0), (0, 0), (0, 1), (1, 1), (1, 2), (2, 2)]
    """
    points = [(0, 0)]
    for number in range(found.num_thresholds):
        for place in ("between", "at"):
            arrays = (getattr(found, f"{name}_{place}") for name in ("negatives", rising))
            across, up = (0 if array is None else int(array[number]) for array in arrays)
            points.append((points[-1][0] + across, points[-1][1] + up))
    total = found.num_positives if rising == "positives" else (found.num_regions or 0) * REGION
    return [*points, (found.num_negatives, total)]


def polygon_area(points: list[Corner], limit: Fraction, side: Side = "value") -> Fraction:
    """Area below a curve that is scaled to the unit square, up to a limit of the first coordinate.

    Parameters
    ----------
    points : list of (int, int)
        As of ``corners``; neither coordinate of the last one is 0.
    limit : Fraction
        From 0 to 1.
    side : {"value", "lower", "upper"}
        For the scores between two thresholds: a straight line, or bounds, all false positives
        first, or last.

    Examples
    --------
    >>> polygon_area([(0, 0), (2, 0), (2, 1), (4, 1)], Fraction(1))
    Fraction(1, 2)
    """
    width, height = points[-1]
    end, area = limit * width, Fraction(0)
    for number, ((x1, y1), (x2, y2)) in enumerate(itertools.pairwise(points)):
        part = min(Fraction(x2), end) - x1
        if part <= 0:
            continue
        if number % 2 or side == "value":
            area += part * (2 * y1 + (y2 - y1) * part / (x2 - x1)) / 2
        else:
            area += part * (y1 if side == "lower" else y2)
    return area / (width * height)


def sum_precisions(points: list[Corner], rule: Rule) -> Fraction:
    """Sum of what each threshold adds to the area under a precision-recall curve, in positives.

    What a threshold adds is a float64 number, the sum of these is exact.

    Parameters
    ----------
    points : list of (int, int)
        As of ``corners``; no positives are between two thresholds.
    rule : {"step", "trapezoid"}
        As for ``average_precision``.

    Examples
    --------
    >>> sum_precisions([(0, 0), (0, 0), (0, 1), (3, 1), (3, 1), (3, 1)], "step")
    Fraction(1, 1)
    """
    total = Fraction(0)
    for before, (fp, tp) in list(itertools.pairwise(points))[1::2]:
        gain = float(tp - before[1])
        if rule == "trapezoid":
            total += Fraction(gain * (_precision(*before) + _precision(fp, tp))) / 2
        elif gain:
            total += Fraction(gain * float(tp) / (float(tp) + float(fp)))
    return total


def _precision(fp: int, tp: int) -> float:
    return float(tp) / (float(tp) + float(fp)) if tp or fp else 1.0
