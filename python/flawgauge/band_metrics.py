"""Boundary IoU and its relatives: what follows from the pixels in two masks' boundary bands."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge.errors import InputValueError
from flawgauge.evidence import Evidence, normalise_axes
from flawgauge.means import Empty, Mean, Outcomes, mean_of, ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flawgauge.distances import Distance

__all__ = ["BAND_METRICS", "BandMetrics"]

BAND_METRICS = ("iou", "dice", "precision", "recall")
"""Names of the metrics of ``BoundaryCounts``."""


class BandMetrics(Evidence):
    """The metrics of ``BoundaryCounts``."""

    __slots__ = ()

    distance: Distance

    @property
    def band_preds(self) -> NDArray[np.int64]:
        """Pixels in the band of the prediction, shape (..., D)."""
        raise NotImplementedError

    @property
    def band_target(self) -> NDArray[np.int64]:
        """Pixels in the band of the ground truth, shape (..., D)."""
        raise NotImplementedError

    @property
    def both(self) -> NDArray[np.int64]:
        """Pixels in both bands, shape (..., D)."""
        raise NotImplementedError

    def _squeezed(self, values: Any) -> Any:
        """Drop the axis of distances if there is a single distance by nature."""
        if isinstance(self.distance, tuple):
            return values
        single = np.asarray(values)[..., 0]
        return single if single.ndim else single[()].item()

    def iou(self, *, empty: Empty = "nan") -> Any:
        """Boundary IoU: both / (band_preds + band_target - both).

        Undefined where both bands are empty.

        Parameters
        ----------
        empty : {"nan", "skip", 0, 1}
            What an undefined value becomes.

        Returns
        -------
        float or ndarray of float64
            Of the leading shape, with a last axis of distances if ``distance`` is a sequence.
        """
        union = self.band_preds + self.band_target - self.both
        return self._squeezed(ratio(self.both, union, empty))

    def dice(self, *, empty: Empty = "nan") -> Any:
        """Boundary Dice: 2 both / (band_preds + band_target).

        Undefined where both bands are empty.
        """
        return self._squeezed(ratio(2 * self.both, self.band_preds + self.band_target, empty))

    def precision(self, *, empty: Empty = "nan") -> Any:
        """Fraction of the predicted band in the true one: both / band_preds.

        Undefined where the predicted band is empty.
        """
        return self._squeezed(ratio(self.both, self.band_preds, empty))

    def recall(self, *, empty: Empty = "nan") -> Any:
        """Fraction of the true band in the predicted one: both / band_target.

        Undefined where the true band is empty.
        """
        return self._squeezed(ratio(self.both, self.band_target, empty))

    def outcomes(self, axis: int | tuple[int, ...] | None = None) -> Outcomes:
        """Count the images whose bands are both empty, missed, false alarms, or neither.

        Parameters
        ----------
        axis : int or tuple of int, optional
            Leading axes to count over; all by default.

        Returns
        -------
        Outcomes
            Of arrays with a last axis of distances if ``distance`` is a sequence.
        """
        axes = normalise_axes(axis, self.ndim)
        has_preds, has_target = self.band_preds > 0, self.band_target > 0

        def count(chosen: NDArray[np.bool_]) -> Any:
            return self._squeezed(chosen.sum(axis=axes))

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
    ) -> Mean:
        """Average a metric over images, or over the axes given.

        Parameters
        ----------
        metric : {"iou", "dice", "precision", "recall"}
            Name of a metric.
        axis : int or tuple of int, optional
            Leading axes to average over; all by default.
        weights : {None, "support"}
            "support" weighs each value with the pixels of the true band.
        empty : {"nan", "skip", 0, 1}
            What an undefined value becomes: "nan" makes the mean nan, "skip" leaves it out.

        Returns
        -------
        Mean
            Of numbers, or of arrays in the shape of the axes that are left, with a last axis of
            distances if ``distance`` is a sequence.

        Examples
        --------
        >>> from flawgauge import BoundaryCounts
        >>> counts = BoundaryCounts([[8], [0]], [[8], [4]], [[4], [0]], distance=1)
        >>> counts.mean("recall")
        Mean(value=0.25, num=2, skipped=0, both_empty=0, missed=1, false_alarms=0)
        """
        if metric not in BAND_METRICS:
            raise InputValueError(f"metric is {metric!r}, want one of: {', '.join(BAND_METRICS)}")
        if weights not in (None, "support"):
            raise InputValueError(f'weights is {weights!r}, want None or "support"')
        axes = normalise_axes(axis, self.ndim)
        values = self._last(getattr(self, metric)(empty=empty), axes)
        support = self._last(self.band_target, axes) if weights else None
        return mean_of(values, support, self.outcomes(axes), empty)

    def _last(self, values: Any, axes: tuple[int, ...]) -> NDArray[Any]:
        """Values with the axes given as one axis, the last, after that of the distances."""
        kept = [index for index in range(self.ndim) if index not in axes]
        apart = np.reshape(values, self.both.shape)
        moved = np.transpose(apart, (*kept, self.ndim, *axes))
        length = math.prod(self.shape[index] for index in axes)
        shape = [self.shape[index] for index in kept]
        if isinstance(self.distance, tuple):
            shape.append(len(self.distance))
        return moved.reshape(*shape, length)
