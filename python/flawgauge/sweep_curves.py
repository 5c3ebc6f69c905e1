"""Curves of a threshold sweep, the areas under them, and bounds of the areas."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from flawgauge.curves import Column, cumulated, twice_area, walk
from flawgauge.errors import InputTypeError, InputValueError
from flawgauge.means import Empty, check_empty, ratio
from flawgauge.precision_areas import precision_area
from flawgauge.sweep_decisions import SweepDecisions

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from flawgauge.curves import Side
    from flawgauge.precision_areas import Rule

__all__ = ["PrecisionRecallCurve", "ProCurve", "RocCurve", "SweepCurves"]

_REGION = 2**40
_NORMALISATIONS = ("limit", "mcclish", None)

Normalise = Literal["limit", "mcclish"] | None


class RocCurve(NamedTuple):
    """Corners of a receiver operating characteristic, from (0, 0) to (1, 1).

    Attributes
    ----------
    fpr, tpr : ndarray of float64, shape (M,)
        Fraction of the negative, and of the positive pixels that are predicted.
    thresholds : ndarray, shape (M,)
        A pixel is predicted iff its score is at least this. The first is infinity: nothing.
    """

    fpr: NDArray[np.float64]
    tpr: NDArray[np.float64]
    thresholds: NDArray[Any]


class PrecisionRecallCurve(NamedTuple):
    """Points of a precision-recall curve, from recall 0 to 1.

    Attributes
    ----------
    precision : ndarray of float64, shape (M,)
        1 where nothing is predicted.
    recall : ndarray of float64, shape (M,)
        Fraction of the positive pixels that are predicted.
    thresholds : ndarray, shape (M,)
        As of ``RocCurve``.
    """

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    thresholds: NDArray[Any]


class ProCurve(NamedTuple):
    """Corners of the curve of per-region overlap, from (0, 0) to (1, 1).

    Attributes
    ----------
    fpr : ndarray of float64, shape (M,)
        Fraction of the negative pixels that are predicted.
    pro : ndarray of float64, shape (M,)
        Mean over all regions of the fraction that is predicted.
    thresholds : ndarray, shape (M,)
        As of ``RocCurve``.
    """

    fpr: NDArray[np.float64]
    pro: NDArray[np.float64]
    thresholds: NDArray[Any]


class SweepCurves(SweepDecisions):
    """Curves and areas of ``ThresholdSweep``."""

    __slots__ = ()

    def roc(self) -> RocCurve:
        """Receiver operating characteristic: the true over the false positive rate.

        Returns
        -------
        RocCurve
            The corners of a polygon; tied scores are a straight line. A rate is nan without
            pixels of its class. A corner just above a threshold has the next larger number of the
            thresholds' dtype as its threshold.
        """
        fp, tp, thresholds = self._corners(self._positives())
        return RocCurve(
            ratio(fp, self.num_negatives, "nan"), ratio(tp, self.num_positives, "nan"), thresholds
        )

    def precision_recall(self) -> PrecisionRecallCurve:
        """Precision over recall, from high thresholds to low ones.

        Returns
        -------
        PrecisionRecallCurve
            At the same thresholds as ``roc``. Precision is 1 where nothing is predicted, as
            scikit-learn's curve ends; recall is nan without positives.
        """
        fp, tp, thresholds = self._corners(self._positives())
        precision = ratio(tp, tp + fp, 1)
        return PrecisionRecallCurve(precision, ratio(tp, self.num_positives, "nan"), thresholds)

    def pro_curve(self) -> ProCurve:
        """Per-region overlap over the false positive rate, as MVTec AD defines it.

        Returns
        -------
        ProCurve
            The corners of a polygon, as of ``roc``. ``fpr`` is nan without negatives, ``pro``
            without regions.

        Raises
        ------
        InputValueError
            A sweep without ``regions=True``.
        """
        up = self._overlap()
        fp, overlap, thresholds = self._corners(up)
        return ProCurve(
            ratio(fp, self.num_negatives, "nan"), ratio(overlap, up.total, "nan"), thresholds
        )

    def auroc(
        self,
        max_fpr: float | None = None,
        *,
        normalise: Normalise | Literal["?"] = "?",
        empty: Empty = "nan",
    ) -> float:
        """Area under the receiver operating characteristic.

        Undefined without positives or without negatives.

        Parameters
        ----------
        max_fpr : float, optional
            Integrate only up to this false positive rate, above 0 and at most 1, with a straight
            line to it. Then ``normalise`` must be given: there is no usual choice.
        normalise : {"limit", "mcclish", None}
            "limit": the area divided by ``max_fpr``. "mcclish": McClish's (1989) standardised
            area, 0.5 for chance, as scikit-learn and torchmetrics. None: the area as it is.
        empty : {"nan", "skip", 0, 1}
            What an undefined value becomes.

        Returns
        -------
        float
            Exact, rounded once, if ``is_exact``. Else scores between two thresholds are taken as
            tied; see ``auroc_bounds``.

        Raises
        ------
        InputTypeError, InputValueError
            A wrong limit, an unknown normalisation, one of the two without the other.
        """
        return self._auroc(max_fpr, normalise, empty, "value")

    def auroc_bounds(
        self,
        max_fpr: float | None = None,
        *,
        normalise: Normalise | Literal["?"] = "?",
        empty: Empty = "nan",
    ) -> tuple[float, float]:
        """Least and largest area that the scores between the thresholds allow.

        Parameters
        ----------
        max_fpr, normalise, empty
            As for ``auroc``, which also tells what is raised.

        Returns
        -------
        tuple of float
            Between them is the area of an exact sweep of the same pixels.

        Examples
        --------
        >>> import flawgauge as fg
        >>> scores, target = np.float32([[0.1, 0.4, 0.35, 0.8]]), [[0, 0, 1, 1]]
        >>> fg.sweep(scores, target, bins=256).auroc_bounds(), fg.auroc(scores, target)
        ((0.75, 1.0), 0.75)
        """
        return _bounds(lambda side: self._auroc(max_fpr, normalise, empty, side))

    def average_precision(self, *, rule: Rule = "step", empty: Empty = "nan") -> float:
        """Area under the precision-recall curve.

        Undefined without positives.

        Parameters
        ----------
        rule : {"step", "trapezoid"}
            "step": the sum of the gains in recall times the precision there (scikit-learn's and
            torchmetrics' average precision). "trapezoid": the area below straight lines between
            the curve's points, as the evaluations of Bozic and Tabernik for KolektorSDD. On coarse
            scores the two differ a lot.
        empty : {"nan", "skip", 0, 1}
            What an undefined value becomes.

        Returns
        -------
        float
            Each threshold's part is a fraction of whole numbers. If not ``is_exact``, scores
            between two thresholds are taken as tied; see ``average_precision_bounds``.

        Raises
        ------
        InputValueError
            An unknown rule.
        """
        return self._average_precision(rule, empty, "value")

    def average_precision_bounds(
        self, *, rule: Rule = "step", empty: Empty = "nan"
    ) -> tuple[float, float]:
        """Bounds of the area that the scores between the thresholds allow.

        Parameters
        ----------
        rule, empty
            As for ``average_precision``, which also tells what is raised.

        Returns
        -------
        tuple of float
            Between them is the area of an exact sweep of the same pixels. They are near to the
            least and the largest possible one, not always equal.
        """
        return _bounds(lambda side: self._average_precision(rule, empty, side))

    def aupro(self, limit: float = 0.3, *, empty: Empty = "nan") -> float:
        """Area under the curve of per-region overlap, divided by the limit (MVTec AD).

        Undefined without regions or without negatives.

        Parameters
        ----------
        limit : float
            The false positive rate to integrate up to, with a straight line to it.
        empty : {"nan", "skip", 0, 1}
            What an undefined value becomes.

        Returns
        -------
        float
            Exact but for the overlaps, each within 2^-40 region, if ``is_exact``. Else scores
            between two thresholds are taken as tied; see ``aupro_bounds``.

        Raises
        ------
        InputTypeError, InputValueError
            A limit that is not above 0 and at most 1; a sweep without ``regions=True``.
        """
        return self._aupro(limit, empty, "value")

    def aupro_bounds(self, limit: float = 0.3, *, empty: Empty = "nan") -> tuple[float, float]:
        """Least and largest area that the scores between the thresholds allow.

        Parameters
        ----------
        limit, empty
            As for ``aupro``, which also tells what is raised.

        Returns
        -------
        tuple of float
            Between them is the area of an exact sweep of the same pixels.
        """
        return _bounds(lambda side: self._aupro(limit, empty, side))

    def boundary_iou(self, *, empty: Empty = "nan") -> NDArray[np.float64]:
        """Boundary IoU at each threshold; needs a sweep with ``boundary=...``.

        Parameters
        ----------
        empty : {"nan", "skip", 0, 1}
            What it becomes where both bands are empty.

        Returns
        -------
        ndarray of float64, shape (K,)

        Raises
        ------
        InputValueError
            A sweep without ``boundary=...``.
        """
        preds, both, target = self._bands()
        result = np.empty(len(preds))
        for part, (in_preds, in_both) in cumulated(preds, both):
            result[part] = ratio(in_both, in_preds + target - in_both, empty)
        return result

    def _auroc(self, max_fpr: float | None, normalise: Any, empty: Empty, side: Side) -> float:
        if normalise not in (*_NORMALISATIONS, "?"):
            raise InputValueError(
                f'normalise is {normalise!r}, want one of: "limit", "mcclish", None'
            )
        if max_fpr is None:
            if normalise in ("limit", "mcclish"):
                raise InputValueError("normalise goes with max_fpr")
        elif normalise == "?":
            raise InputValueError(
                'max_fpr goes with normalise: "limit" (area / max_fpr), "mcclish" (scikit-learn) '
                "or None (the area)"
            )
        check_empty(empty)
        limit = None if max_fpr is None else _limit(max_fpr, "max_fpr")
        area = self._area(self._positives(), limit, side)
        if area is None:
            return float(ratio(0, 0, empty))
        if limit is None or normalise is None:
            return float(area)
        if normalise == "limit":
            return float(area / limit)
        chance = limit**2 / 2
        # All of the unit square, nothing is above chance: 0 / 0 can't be, since limit > chance.
        return float((1 + (area - chance) / (limit - chance)) / 2)

    def _average_precision(self, rule: Rule, empty: Empty, side: Side) -> float:
        if rule not in ("step", "trapezoid"):
            raise InputValueError(f'rule is {rule!r}, want "step" or "trapezoid"')
        check_empty(empty)
        if not self.num_positives:
            return float(ratio(0, 0, empty))
        return precision_area(self._positives(), self._negatives(), rule, side)

    def _aupro(self, limit: float, empty: Empty, side: Side) -> float:
        check_empty(empty)
        exact = _limit(limit, "limit")
        area = self._area(self._overlap(), exact, side)
        return float(ratio(0, 0, empty)) if area is None else float(area / exact)

    def _area(self, up: Column, limit: Fraction | None, side: Side) -> Fraction | None:
        """Area below a polygon over the false positive rate, in rates; None if undefined."""
        across = self._negatives()
        if not across.total or not up.total:
            return None
        end = None if limit is None else limit * across.total
        return twice_area(across, up, end, side) / (2 * across.total * up.total)

    def _overlap(self) -> Column:
        if self.overlap_at is None or self.num_regions is None:
            raise InputValueError("the sweep has no region overlap: make it with regions=True")
        return Column(self.overlap_at, self.overlap_between, self.num_regions * _REGION)

    def _corners(self, up: Column) -> tuple[Any, Any, NDArray[Any]]:
        """Corners of a polygon: false positives, what goes up, and thresholds."""
        kind = self.thresholds.dtype.type
        across: list[Any] = [np.zeros(1, dtype=np.uint64)]
        upward: list[Any] = [np.zeros(1, dtype=np.uint64)]
        thresholds: list[Any] = [np.full(1, np.inf, dtype=kind)]
        for start, (x, y) in walk((self._negatives(), up)):
            values = self.thresholds[start : start + len(x.at)]
            if not len(values):
                values = np.full(1, -np.inf, dtype=kind)
            # Just above and at each threshold, where the curve turns.
            points = [np.stack([pair.above, pair.at], axis=1).ravel() for pair in (x, y)]
            above = np.nextafter(values, kind(np.inf))
            limits = np.stack([above, values], axis=1).ravel()
            moved = (x.above > x.before) | (y.above > y.before)
            tied = (x.at > x.above) | (y.at > y.above)
            kept = np.stack([moved & tied, moved | tied], axis=1).ravel()
            for found, new in zip((across, upward, thresholds), (*points, limits), strict=True):
                found.append(new[kept])
        return np.concatenate(across), np.concatenate(upward), np.concatenate(thresholds)


def _bounds(area: Callable[[Side], float]) -> tuple[float, float]:
    return area("lower"), area("upper")


def _limit(value: Any, name: str) -> Fraction:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.number)):
        raise InputTypeError(f"{name} is {value!r}, want a number above 0 and at most 1")
    if math.isnan(value) or not 0 < value <= 1:
        raise InputValueError(f"{name} is {value!r}, want a number above 0 and at most 1")
    return Fraction(float(value))
