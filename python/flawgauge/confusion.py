"""Confusion counts of binary masks: the evidence, and every rate that follows from it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge import _core
from flawgauge.arrays import mask_images
from flawgauge.errors import InputTypeError, InputValueError
from flawgauge.evidence import ROWS_SHOWN, Evidence, check_dict, concat_axis, normalise_axes, table
from flawgauge.means import Empty, Mean, Outcomes, mean_of, ratio, root

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from flawgauge.arrays import ArrayLike

__all__ = ["METRICS", "ConfusionCounts", "confusion"]

_FIELDS = ("tp", "fp", "fn", "tn")
_LARGEST_BETA = 1e100
"""Whose square, times any count, is still a number."""


def confusion(
    preds: ArrayLike,
    target: ArrayLike,
    *,
    threshold: float | None = None,
    ignore: ArrayLike | None = None,
) -> ConfusionCounts:
    """Count true and false positives and negatives, per image.

    Parameters
    ----------
    preds : array-like (H, W), (N, H, W) or (N, C, H, W), or a list of (H, W) of any sizes
        Predicted masks of booleans or integers; a pixel is positive iff it is not zero. With a
        threshold: scores, floats (16, 32 or 64 bits) or integers.
    target : array-like
        True masks of booleans or integers, in the shape of ``preds``.
    threshold : float, optional
        A pixel is predicted positive iff ``preds >= threshold``, NumPy's comparison: a Python
        number is first rounded to the precision of a float array.
    ignore : array-like, optional
        Pixels that count nowhere, where not zero: in the shape of ``preds``, or one that
        broadcasts to it over the leading axes.

    Returns
    -------
    ConfusionCounts
        In pixels, of shape (), (N,) or (N, C).

    Raises
    ------
    InputTypeError
        Float masks without a threshold, other dtypes, an array on a GPU.
    InputValueError
        Shapes that differ, a wrong number of axes, a NaN score on a pixel that is not ignored.

    Notes
    -----
    Any strides and byte order; nothing is copied. Definitions: the decision-rule metrics of
    scikit-learn's ``confusion_matrix``, one positive class.

    Examples
    --------
    >>> import flawgauge as fg
    >>> preds = [[[1, 1], [0, 0]], [[0, 0], [0, 0]]]
    >>> target = [[[1, 0], [0, 0]], [[0, 0], [0, 1]]]
    >>> counts = fg.confusion(preds, target)
    >>> counts
    ConfusionCounts of 2 images
    image  tp  fp  fn  tn
        0   1   1   0   2
        1   0   0   1   3
    >>> counts.sum().dice()
    0.5
    """
    images, truth, ignored, bound = mask_images(preds, target, threshold, ignore)
    return ConfusionCounts._wrap(_core.confusion(images, truth, ignored, bound))


class ConfusionCounts(Evidence):
    """True and false positives and negatives, in pixels, for each image of a batch.

    An immutable value. Counts of the same shape add, and adding gives the same as counting
    together; ``sum`` pools over images. Every metric is a method and takes ``empty``: what an
    undefined ratio (0 / 0) becomes, "nan" (default), 0, 1, or "skip" (nan, and left out of means).

    Parameters
    ----------
    tp, fp, fn, tn : array-like of int
        Counts, not negative, all of the same shape.

    Examples
    --------
    >>> counts = ConfusionCounts(tp=[8, 0], fp=[2, 0], fn=[0, 5], tn=[90, 95])
    >>> counts.iou()
    array([0.8, 0. ])
    >>> counts.sum().recall()
    0.6153846153846154
    >>> counts.mean("dice").missed
    1
    """

    __slots__ = ("_counts",)

    _counts: NDArray[np.int64]

    def __init__(self, tp: ArrayLike, fp: ArrayLike, fn: ArrayLike, tn: ArrayLike) -> None:
        fields = [
            _count_array(values, name)
            for name, values in zip(_FIELDS, (tp, fp, fn, tn), strict=True)
        ]
        shapes = {field.shape for field in fields}
        if len(shapes) > 1:
            raise InputValueError(
                f"tp, fp, fn, tn have the shapes {[field.shape for field in fields]}, want the same"
            )
        object.__setattr__(self, "_counts", _frozen(np.stack(fields, axis=-1)))

    @classmethod
    def _wrap(cls, counts: NDArray[np.int64]) -> ConfusionCounts:
        """Take over an array (..., 4) that nobody else writes to."""
        self = object.__new__(cls)
        counts.flags.writeable = False
        object.__setattr__(self, "_counts", counts)
        return self

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

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the leading axes: images, then channels or classes."""
        return self._counts.shape[:-1]

    def __getitem__(self, index: Any) -> ConfusionCounts:
        if not self.shape:
            raise IndexError("counts of a single image can't be indexed")
        index = index if isinstance(index, tuple) else (index,)
        if not any(part is Ellipsis for part in index):
            index = (*index, Ellipsis)
        return self._wrap(self._counts[(*index, slice(None))].copy())

    def __reduce__(self) -> tuple[Any, ...]:
        return ConfusionCounts, (self.tp, self.fp, self.fn, self.tn)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ConfusionCounts):
            return NotImplemented
        return self.shape == other.shape and bool((self._counts == other._counts).all())

    def __hash__(self) -> int:
        return hash((self.shape, self._counts.tobytes()))

    def __add__(self, other: Any) -> ConfusionCounts:
        if isinstance(other, int) and other == 0:
            # The start value of the built-in `sum`.
            return self
        if not isinstance(other, ConfusionCounts):
            return NotImplemented
        if self.shape != other.shape:
            raise InputValueError(
                f"counts of the shapes {self.shape} and {other.shape} don't add: pool each with "
                ".sum(), or line them up with concat()"
            )
        return self._wrap(self._counts + other._counts)

    __radd__ = __add__

    def sum(self, axis: int | tuple[int, ...] | None = None) -> ConfusionCounts:
        """Pool counts over axes.

        Parameters
        ----------
        axis : int or tuple of int, optional
            Leading axes to sum over; all by default.

        Returns
        -------
        ConfusionCounts
            Of the shape of the other axes.
        """
        axes = normalise_axes(axis, self.ndim)
        return self._wrap(np.ascontiguousarray(self._counts.sum(axis=axes)))

    @classmethod
    def _concat(cls, items: list[ConfusionCounts], axis: int) -> ConfusionCounts:
        arrays = [item._counts if item.shape else item._counts[np.newaxis] for item in items]
        axis = concat_axis(axis, [array.shape[:-1] for array in arrays])
        return cls._wrap(np.concatenate(arrays, axis=axis))

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists of numbers, ready for JSON."""
        fields = {name: getattr(self, name).tolist() for name in _FIELDS}
        return {"type": "ConfusionCounts", "shape": list(self.shape), **fields}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ConfusionCounts:
        """Make counts from what ``to_dict`` returned."""
        check_dict(data, "ConfusionCounts", ("shape", *_FIELDS))
        shape = tuple(data["shape"])
        try:
            # An empty list does not tell its shape.
            return cls(**{name: np.reshape(data[name], shape) for name in _FIELDS})
        except ValueError as error:
            raise InputValueError(f"the dict's counts are not of the shape {shape}") from error

    def __repr__(self) -> str:
        if not self.shape:
            numbers = ", ".join(f"{name}={int(getattr(self, name))}" for name in _FIELDS)
            return f"ConfusionCounts({numbers})"
        rows: list[tuple[str, ...]] = [("image" if self.ndim == 1 else "index", *_FIELDS)]
        indices = list(np.ndindex(self.shape))
        for index in indices[:ROWS_SHOWN]:
            label = str(index[0]) if self.ndim == 1 else str(index)
            rows.append((label, *(str(number) for number in self._counts[index])))
        title = " x ".join(str(length) for length in self.shape)
        return f"ConfusionCounts of {title} images\n" + table(rows, len(indices) - ROWS_SHOWN)

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

        Undefined where both masks are empty.

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
        >>> counts = ConfusionCounts(tp=[8, 0], fp=[2, 0], fn=[0, 0], tn=[90, 100])
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


def _count_array(values: ArrayLike, name: str) -> NDArray[np.int64]:
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise InputValueError(f"{name} can't be read as an array: {error}") from error
    if array.dtype.kind not in "iu" and array.size:
        raise InputTypeError(f"{name} has the dtype {array.dtype}, want integers")
    if array.size and (array.min() < 0 or array.max() > np.iinfo(np.int64).max):
        raise InputValueError(f"{name} holds a negative or too large count, want 0 to 2^63 - 1")
    return array.astype(np.int64)


def _frozen(array: NDArray[np.int64]) -> NDArray[np.int64]:
    array.flags.writeable = False
    return array
