"""Rates that follow from true and false positives and negatives, and their means."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge.errors import InputValueError
from flawgauge.evidence import Evidence, normalise_axes
from flawgauge.means import Empty, Mean, Outcomes, mean_of, ratio, root

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["METRICS", "ConfusionRates"]

METRICS = (
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "specificity",
    "fpr",
    "fnr",
    "f1",
    "f_beta",
    "dice",
    "iou",
    "mcc",
    "kappa",
    "prevalence",
)
"""Names of the metrics: methods of ``ConfusionCounts`` and functions of the package."""

_LARGEST_BETA = 1e100
"""Whose square, times any count, is still a number."""


class ConfusionRates(Evidence):
    """The metrics of ``ConfusionCounts``."""

    __slots__ = ()

    _counts: NDArray[np.int64]

    @property
    def tp(self) -> Any:
        """True positives: predicted positive, and positive (pixels)."""
        return self._counts[..., 0][()]

    @property
    def fp(self) -> Any:
        """False positives: predicted positive, but negative (pixels)."""
        return self._counts[..., 1][()]

    @property
    def fn(self) -> Any:
        """False negatives: predicted negative, but positive (pixels)."""
        return self._counts[..., 2][()]

    @property
    def tn(self) -> Any:
        """True negatives: predicted negative, and negative (pixels)."""
        return self._counts[..., 3][()]

    @property
    def support(self) -> Any:
        """Positive pixels of the ground truth: tp + fn."""
        return self.tp + self.fn

    @property
    def predicted(self) -> Any:
        """Positive pixels of the prediction: tp + fp."""
        return self.tp + self.fp

    @property
    def total(self) -> Any:
        """All pixels that count."""
        return self._counts.sum(axis=-1)[()]

    def accuracy(self, *, empty: Empty = "nan") -> Any:
        """Fraction of pixels that are right: (tp + tn) / total.

        Misleading where defects are rare: predicting nothing at all scores nearly 1.
        """
        return ratio(self.tp + self.tn, self.total, empty)

    def precision(self, *, empty: Empty = "nan") -> Any:
        """Fraction of the predicted pixels that are defects: tp / (tp + fp).

        Undefined where nothing is predicted.
        """
        return ratio(self.tp, self.predicted, empty)

    def recall(self, *, empty: Empty = "nan") -> Any:
        """Fraction of the defect pixels that are found: tp / (tp + fn) = 1 - FNR.

        Undefined where there is no defect.
        """
        return ratio(self.tp, self.support, empty)

    def specificity(self, *, empty: Empty = "nan") -> Any:
        """Fraction of the good pixels left alone: tn / (fp + tn) = 1 - FPR.

        Undefined where every pixel is a defect.
        """
        return ratio(self.tn, self.fp + self.tn, empty)

    def fpr(self, *, empty: Empty = "nan") -> Any:
        """False positive rate: fp / (fp + tn). Undefined where every pixel is a defect."""
        return ratio(self.fp, self.fp + self.tn, empty)

    def fnr(self, *, empty: Empty = "nan") -> Any:
        """False negative rate: fn / (tp + fn). Undefined where there is no defect."""
        return ratio(self.fn, self.support, empty)

    def f1(self, *, empty: Empty = "nan") -> Any:
        """Harmonic mean of precision and recall, 2 tp / (2 tp + fp + fn): equal to Dice."""
        return self.dice(empty=empty)

    def f_beta(self, beta: float = 1.0, *, empty: Empty = "nan") -> Any:
        """F-beta: (1 + b^2) tp / ((1 + b^2) tp + b^2 fn + fp).

        Undefined where both masks are empty; for b = 0, which gives precision, where nothing is
        predicted.

        Parameters
        ----------
        beta : float
            How many times recall weighs as much as precision, 0 to 1e100.
        empty : {"nan", "skip", 0, 1}
            What an undefined value becomes.
        """
        number = float(beta) if isinstance(beta, (int, float, np.number)) else math.nan
        if not 0 <= number <= _LARGEST_BETA:
            raise InputValueError(f"beta is {beta!r}, want a number from 0 to 1e100")
        square = number**2
        found = (1 + square) * self.tp
        return ratio(found, found + square * self.fn + self.fp, empty)

    def dice(self, *, empty: Empty = "nan") -> Any:
        """Dice coefficient: 2 tp / (2 tp + fp + fn). Undefined where both masks are empty."""
        return ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn, empty)

    def iou(self, *, empty: Empty = "nan") -> Any:
        """Intersection over union, the Jaccard index: tp / (tp + fp + fn).

        Undefined where both masks are empty.
        """
        return ratio(self.tp, self.tp + self.fp + self.fn, empty)

    def balanced_accuracy(self, *, empty: Empty = "nan") -> Any:
        """Mean of recall and specificity. Undefined where either is."""
        tp, fp, fn, tn = self._exact()
        positives, negatives = tp + fn, fp + tn
        return ratio(tp * negatives + tn * positives, 2 * positives * negatives, empty)

    def mcc(self, *, empty: Empty = "nan") -> Any:
        """Matthews correlation coefficient, from -1 to 1 (Matthews 1975).

        (tp tn - fp fn) / sqrt((tp + fp) (tp + fn) (tn + fp) (tn + fn)); undefined where a factor
        is zero. The products are exact.
        """
        tp, fp, fn, tn = self._exact()
        numerator = tp * tn - fp * fn
        return ratio(numerator, root((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)), empty)

    def kappa(self, *, empty: Empty = "nan") -> Any:
        """Cohen's kappa: agreement beyond chance (Cohen 1960).

        2 (tp tn - fp fn) / ((tp + fp) (fp + tn) + (tp + fn) (fn + tn)); undefined where both masks
        are empty or both are full. The products are exact.
        """
        tp, fp, fn, tn = self._exact()
        denominator = (tp + fp) * (fp + tn) + (tp + fn) * (fn + tn)
        return ratio(2 * (tp * tn - fp * fn), denominator, empty)

    def prevalence(self, *, empty: Empty = "nan") -> Any:
        """Fraction of pixels that are defects: (tp + fn) / total."""
        return ratio(self.support, self.total, empty)

    def outcomes(self, axis: int | tuple[int, ...] | None = None) -> Outcomes:
        """Count the images whose masks are both empty, missed, false alarms, or neither.

        Parameters
        ----------
        axis : int or tuple of int, optional
            Leading axes to count over; all by default.
        """
        axes = normalise_axes(axis, self.ndim)
        has_target, has_preds = np.asarray(self.support > 0), np.asarray(self.predicted > 0)

        def count(chosen: NDArray[np.bool_]) -> Any:
            number = chosen.sum(axis=axes)
            return number if np.ndim(number) else int(number)

        return Outcomes(
            both_empty=count(~has_target & ~has_preds),
            missed=count(has_target & ~has_preds),
            false_alarms=count(~has_target & has_preds),
            both=count(has_target & has_preds),
        )

    def mean(
        self,
        metric: str,
        *,
        axis: int | tuple[int, ...] | None = None,
        weights: str | None = None,
        empty: Empty = "nan",
        **options: Any,
    ) -> Mean:
        """Average a metric over images, or over the axes given.

        Parameters
        ----------
        metric : str
            Name of a metric, one of ``METRICS``.
        axis : int or tuple of int, optional
            Leading axes to average over; all by default.
        weights : {None, "support"}
            "support" weighs each value with its positive pixels in the ground truth.
        empty : {"nan", "skip", 0, 1}
            What an undefined value becomes: "nan" makes the mean nan, "skip" leaves it out.
        **options
            Passed to the metric (``beta``).

        Returns
        -------
        Mean
            Of numbers, or of arrays in the shape of the axes that are left; nan if there is
            nothing to average.

        Examples
        --------
        >>> import flawgauge as fg
        >>> counts = fg.ConfusionCounts(tp=[8, 0], fp=[2, 0], fn=[0, 0], tn=[90, 100])
        >>> counts.mean("iou", empty="skip")
        Mean(value=0.8, num=1, skipped=1, both_empty=1, missed=0, false_alarms=0)
        """
        if metric not in METRICS:
            raise InputValueError(f"metric is {metric!r}, want one of: {', '.join(METRICS)}")
        if weights not in (None, "support"):
            raise InputValueError(f'weights is {weights!r}, want None or "support"')
        axes = normalise_axes(axis, self.ndim)
        values = self._last(getattr(self, metric)(empty=empty, **options), axes)
        support = self._last(self.support, axes) if weights else None
        return mean_of(values, support, self.outcomes(axes), empty)

    def _last(self, values: Any, axes: tuple[int, ...]) -> NDArray[Any]:
        """Values with the axes given as one axis, the last."""
        kept = [index for index in range(self.ndim) if index not in axes]
        moved = np.transpose(np.asarray(values), (*kept, *axes))
        length = math.prod(self.shape[index] for index in axes)
        return moved.reshape(*(self.shape[index] for index in kept), length)

    def _exact(self) -> tuple[Any, Any, Any, Any]:
        """The counts as Python integers, whose products don't overflow."""
        counts = self._counts.astype(object)
        return counts[..., 0], counts[..., 1], counts[..., 2], counts[..., 3]
