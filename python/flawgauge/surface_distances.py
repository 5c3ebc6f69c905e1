"""Distances between contours: the evidence, and the metrics that follow from it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from flawgauge.errors import InputTypeError, InputValueError
from flawgauge.evidence import ROWS_SHOWN, normalise_axes, table
from flawgauge.grouped import Samples
from flawgauge.means import Empty, Outcomes, mean_of, ratio
from flawgauge.surface_evidence import DistanceCounts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flawgauge.arrays import ArrayLike

__all__ = ["METRICS", "SurfaceDistances", "Undefined"]

Undefined: TypeAlias = Literal["nan", "skip"] | float
"""What a distance that does not exist becomes: nan, or a number; "skip" leaves it out."""


class SurfaceDistances(DistanceCounts):
    """Distances between the contours of predicted and true masks, for each image of a batch.

    An immutable value: for each image and direction, how many contour pixels have which distance,
    in exact integers. Evidence of the same shape and spacing adds, and adding gives the same as
    measuring together; ``sum`` pools over images. Made by ``surface``.

    The distances come as ``rule``: "preds" are those of the predicted contour's pixels to the true
    contour, "target" those back, "pooled" both together. Where only one of the masks is empty, the
    other's contour pixels have no distance; ``one_empty`` says what theirs counts as: "nan"
    (default), a number (the image diagonal, or ``math.inf``), or "skip" to leave them out.
    ``empty`` is the value where both masks are empty.

    Attributes
    ----------
    shape : tuple of int
        Shape of the leading axes.
    spacing : (float, float)
        Distance of neighbouring rows and columns.
    threshold : Threshold or None
        The one that made masks of scores. A note: it takes no part in ``==``, and what is made from
        distances at different thresholds carries none.

    Examples
    --------
    >>> import flawgauge as fg
    >>> distances = fg.surface([[[1, 0, 0]], [[0, 1, 1]]], [[[0, 0, 1]], [[0, 0, 0]]])
    >>> distances
    SurfaceDistances of 2 images
    image  preds_pixels  target_pixels  hausdorff
        0             1              1          2
        1             2              0        nan
    >>> distances.sum().hausdorff(one_empty="skip")
    2.0
    """

    __slots__ = ()

    def __repr__(self) -> str:
        names = ("preds_pixels", "target_pixels", "hausdorff")
        columns = (self.preds_pixels, self.target_pixels, self.hausdorff())
        if not self.shape:
            pairs = zip(names, columns, strict=True)
            parts = [f"{name}={value:g}" for name, value in pairs]
            parts += [f"threshold={self.threshold}"] if self.threshold else []
            return f"SurfaceDistances({', '.join(parts)})"
        rows: list[tuple[str, ...]] = [("image" if self.ndim == 1 else "index", *names)]
        indices = list(np.ndindex(self.shape))
        for index in indices[:ROWS_SHOWN]:
            label = str(index[0]) if self.ndim == 1 else str(index)
            rows.append((label, *(f"{column[index]:g}" for column in columns)))
        images = " x ".join(str(length) for length in self.shape)
        note = f" at threshold {self.threshold}" if self.threshold else ""
        title = f"SurfaceDistances of {images} images{note}"
        return f"{title}\n" + table(rows, len(indices) - ROWS_SHOWN)

    def histogram(self, rule: str = "pooled") -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Distances that occur, ascending, and the number of contour pixels at each.

        Of a single image, or of pooled ones; pixels without a distance are left out.

        Parameters
        ----------
        rule : {"pooled", "preds", "target"}
            Whose pixels.
        """
        if self.shape:
            raise InputValueError(
                f"the shape is {self.shape}: choose an image, or pool with .sum()"
            )
        samples = self._samples(rule, "skip")
        return samples.values, samples.counts

    def hausdorff(
        self,
        percentile: float = 100,
        *,
        rule: str = "max",
        empty: Undefined = "nan",
        one_empty: Undefined = "nan",
    ) -> Any:
        """Hausdorff distance, or a percentile of the distances (HD95: ``percentile=95``).

        Parameters
        ----------
        percentile : float
            0 to 100; linear between neighbouring distances, as ``numpy.percentile``.
        rule : {"max", "pooled", "preds", "target"}
            "max": the larger of the percentiles of the two directions (MONAI; DeepMind's too, of
            its contour elements and without interpolation). "pooled": the percentile of the
            distances of both directions together (MedPy's ``hd95``). "preds", "target": of one
            direction; "preds" is MONAI's ``directed=True``. For percentile 100 the first two agree.
        empty, one_empty : {"nan", "skip"} or float
            The value where both masks are empty; the distance of pixels without one.

        Returns
        -------
        float or ndarray of float64
            In the unit of the spacing.

        Notes
        -----
        Of empty masks MedPy raises an error, and DeepMind's code returns infinity. MONAI returns
        nan; for percentile 100 with only one empty mask, infinity.

        Examples
        --------
        >>> import flawgauge as fg
        >>> distances = fg.surface([[1, 0, 0, 1]], [[1, 0, 0, 0]])
        >>> distances.hausdorff(), distances.hausdorff(50), distances.hausdorff(50, rule="pooled")
        (3.0, 1.5, 0.0)
        """
        if not (isinstance(percentile, (int, float, np.number)) and 0 <= percentile <= 100):
            raise InputValueError(f"percentile is {percentile!r}, want 0 to 100")
        if rule != "max":
            samples = self._samples(rule, one_empty)
            return self._defined(samples.percentile(float(percentile)), empty)
        there, back = (self._samples(name, one_empty) for name in ("preds", "target"))
        first, second = (one.percentile(float(percentile)) for one in (there, back))
        larger = np.maximum(first, second)
        return self._defined(_either(there, first, back, second, larger), empty)

    def assd(
        self,
        *,
        rule: str = "mean",
        empty: Undefined = "nan",
        one_empty: Undefined = "nan",
    ) -> Any:
        """Average symmetric surface distance.

        Parameters
        ----------
        rule : {"mean", "pooled", "preds", "target"}
            "mean": the mean of the two directions' means (MedPy's ``assd``). "pooled": the mean of
            all distances together (MONAI's ``symmetric=True``). "preds", "target": the mean of one
            direction, the average surface distance (MedPy's ``asd``, MONAI's default: "preds").
        empty, one_empty : {"nan", "skip"} or float
            The value where both masks are empty; the distance of pixels without one.

        Returns
        -------
        float or ndarray of float64
            In the unit of the spacing.

        Notes
        -----
        Of empty masks MedPy raises an error; MONAI returns nan if both are empty, else infinity;
        DeepMind's code nan and infinity for the two directions.

        Examples
        --------
        >>> import flawgauge as fg
        >>> distances = fg.surface([[1, 0, 0, 1]], [[1, 0, 0, 0]])
        >>> distances.assd(), distances.assd(rule="pooled"), distances.assd(rule="preds")
        (0.75, 1.0, 1.5)
        """
        if rule != "mean":
            return self._defined(self._samples(rule, one_empty).mean(), empty)
        there, back = (self._samples(name, one_empty) for name in ("preds", "target"))
        first, second = there.mean(), back.mean()
        mean = (first + second) / 2
        return self._defined(_either(there, first, back, second, mean), empty)

    def nsd(self, tolerance: ArrayLike, *, empty: Empty = "nan") -> Any:
        """Normalised surface Dice: the share of both contours' pixels within a tolerance.

        Nikolov et al. 2021, with pixels for contour elements: MONAI's ``compute_surface_dice``.
        Pixels without a distance are outside of any tolerance, so where one mask is empty the value
        is 0. Undefined where both are empty.

        Parameters
        ----------
        tolerance : float or array-like (T,)
            Largest distance that is right, in the unit of the spacing.
        empty : {"nan", "skip", 0, 1}
            What an undefined value becomes.

        Returns
        -------
        float or ndarray of float64
            Fractions; for T tolerances of shape (..., T).

        Examples
        --------
        >>> import flawgauge as fg
        >>> fg.surface([[1, 0, 0, 1]], [[1, 0, 0, 0]]).nsd([0, 2, 3])
        array([0.66666667, 0.66666667, 1.        ])
        """
        tolerances = np.asarray(tolerance)
        if tolerances.dtype.kind not in "iuf":
            raise InputTypeError(f"tolerance is {tolerance!r}, want numbers")
        if tolerances.ndim > 1 or not (tolerances >= 0).all():
            raise InputValueError(f"tolerance is {tolerance!r}, want numbers from 0, or a list")
        distances, images = self._distances(), self._places // 2
        within = np.zeros((tolerances.size, math.prod(self.shape)), dtype=np.int64)
        for row, limit in zip(within, tolerances.ravel(), strict=True):
            near = distances <= limit
            np.add.at(row, images[near], self._counts[near])
        within = within.T.reshape((*self.shape, *tolerances.shape))
        totals = self._pixels().sum(axis=-1).reshape((*self.shape, *(1,) * tolerances.ndim))
        return ratio(within, totals, empty)

    def outcomes(self) -> Outcomes:
        """Count the images whose contours are both empty, missed, false alarms, or neither."""
        has_preds, has_target = (np.asarray(n) > 0 for n in (self.preds_pixels, self.target_pixels))
        return Outcomes(
            both_empty=int(np.sum(~has_target & ~has_preds)),
            missed=int(np.sum(has_target & ~has_preds)),
            false_alarms=int(np.sum(~has_target & has_preds)),
            both=int(np.sum(has_target & has_preds)),
        )

    def mean(
        self,
        metric: str,
        *,
        axis: int | tuple[int, ...] | None = None,
        empty: Undefined = "nan",
        **options: Any,
    ) -> Any:
        """Average a metric over images, or over the axes given.

        Parameters
        ----------
        metric : {"hausdorff", "assd", "nsd"}
            Name of a method.
        axis : int or tuple of int, optional
            Leading axes to average over; all by default.
        empty : {"nan", "skip"} or float
            The value of an image both of whose masks are empty; "skip" leaves it out.
        **options
            Passed to the metric: ``one_empty`` ("skip" leaves out the images with one empty mask),
            ``percentile``, ``rule``, ``tolerance`` (a single one).

        Returns
        -------
        Mean, or nested lists of Mean for the axes that are left
            It says how many images were left out, both-empty, missed and false alarms.

        Examples
        --------
        >>> import flawgauge as fg
        >>> distances = fg.surface([[[1, 0]], [[0, 0]]], [[[0, 1]], [[0, 0]]])
        >>> distances.mean("hausdorff", percentile=95, empty="skip")
        Mean(value=1.0, num=1, skipped=1, both_empty=1, missed=0, false_alarms=0)
        """
        if metric not in METRICS:
            raise InputValueError(f"metric is {metric!r}, want one of: {', '.join(METRICS)}")
        if np.ndim(options.get("tolerance", 0)):
            raise InputValueError("tolerance is a list, want a single number for a mean")
        axes = normalise_axes(axis, self.ndim)
        kept = [index for index in range(self.ndim) if index not in axes]
        if kept:
            others = tuple(index if index < kept[0] else index - 1 for index in axes)
            return [
                self[(slice(None),) * kept[0] + (index,)].mean(
                    metric, axis=others, empty=empty, **options
                )
                for index in range(self.shape[kept[0]])
            ]
        values = np.ravel(getattr(self, metric)(empty=empty, **options))
        has_preds, has_target = (self._pixels().reshape(-1, 2) > 0).T
        left_out = np.zeros(values.shape, dtype=bool)
        if empty == "skip":
            left_out |= ~has_preds & ~has_target
        if options.get("one_empty") == "skip":
            left_out |= has_preds != has_target
        mean = mean_of(values[~left_out], None, self.outcomes(), "nan")
        return replace(mean, skipped=int(left_out.sum()))

    def _samples(self, rule: str, one_empty: Undefined) -> Samples:
        """The distances of each image in one direction or both."""
        if rule not in ("pooled", "preds", "target"):
            raise InputValueError(f"rule is {rule!r}: see the documentation of the method")
        fill = _check_undefined(one_empty, "one_empty")
        places, values, counts = self._places, self._distances(), self._counts
        if fill != "skip":
            missing = np.flatnonzero(self._unmatched)
            places = np.concatenate([places, missing])
            values = np.concatenate([values, np.full(missing.shape, float(fill))])
            counts = np.concatenate([counts, self._unmatched[missing]])
        if rule != "pooled":
            own = places % 2 == (rule == "target")
            places, values, counts = places[own], values[own], counts[own]
        return Samples.group(places // 2, values, counts, math.prod(self.shape))

    def _defined(self, values: NDArray[np.float64], empty: Undefined) -> Any:
        """Values in the leading shape, that of ``empty`` where both contours are."""
        fill = _check_undefined(empty, "empty")
        if fill != "skip":
            values = np.where(self._pixels().reshape(-1, 2).any(axis=-1), values, float(fill))
        values = values.reshape(self.shape)
        return values if self.shape else float(values)


METRICS = ("hausdorff", "assd", "nsd")
"""Names of the metrics: methods of ``SurfaceDistances``."""


def _either(
    there: Samples,
    first: NDArray[np.float64],
    back: Samples,
    second: NDArray[np.float64],
    combined: NDArray[np.float64],
) -> NDArray[np.float64]:
    """What the two directions give together, or the one that has any distance."""
    return np.where(there.totals == 0, second, np.where(back.totals == 0, first, combined))


def _check_undefined(value: Any, name: str) -> Undefined:
    if isinstance(value, str) and value in ("nan", "skip"):
        return value  # type: ignore[return-value]
    is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if is_number and value >= 0:
        return float(value)
    raise InputValueError(f'{name} is {value!r}, want "nan", "skip" or a number from 0')
