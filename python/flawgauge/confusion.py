"""Confusion counts of binary masks: the evidence, and every rate that follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge import _core
from flawgauge.arrays import mask_images
from flawgauge.confusion_rates import METRICS, ConfusionRates
from flawgauge.errors import InputValueError
from flawgauge.evidence import (
    ROWS_SHOWN,
    check_dict,
    concat_axis,
    normalise_axes,
    stacked_counts,
    table,
)
from flawgauge.thresholds import Threshold, common_threshold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from flawgauge.arrays import ArrayLike

__all__ = ["METRICS", "ConfusionCounts", "confusion"]

_FIELDS = ("tp", "fp", "fn", "tn")


def confusion(
    preds: ArrayLike,
    target: ArrayLike,
    *,
    threshold: float | Threshold | None = None,
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
    threshold : float or Threshold, optional
        A pixel is predicted positive iff ``preds >= threshold``, NumPy's comparison: a Python
        number is first rounded to the precision of a float array. The counts keep a ``Threshold``,
        which tells how it was chosen; it survives pooling and adding, and is no part of ``==``.
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
    counts = _core.confusion(images, truth, ignored, bound)
    return ConfusionCounts._wrap(counts, threshold if isinstance(threshold, Threshold) else None)


class ConfusionCounts(ConfusionRates):
    """True and false positives and negatives, in pixels, for each image of a batch.

    An immutable value. Counts of the same shape add, and adding gives the same as counting
    together; ``sum`` pools over images. Every metric is a method and takes ``empty``: what an
    undefined ratio (0 / 0) becomes, "nan" (default), 0, 1, or "skip" (nan, and left out of means).

    Parameters
    ----------
    tp, fp, fn, tn : array-like of int
        Counts from 0 to 2^60, all of the same shape.

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

    __slots__ = ("_counts", "_threshold")

    _threshold: Threshold | None

    def __init__(self, tp: ArrayLike, fp: ArrayLike, fn: ArrayLike, tn: ArrayLike) -> None:
        counts = stacked_counts(_FIELDS, (tp, fp, fn, tn))
        counts.flags.writeable = False
        object.__setattr__(self, "_counts", counts)
        object.__setattr__(self, "_threshold", None)

    @classmethod
    def _wrap(
        cls, counts: NDArray[np.int64], threshold: Threshold | None = None
    ) -> ConfusionCounts:
        """Take over an array (..., 4) that nobody else writes to."""
        self = object.__new__(cls)
        counts.flags.writeable = False
        object.__setattr__(self, "_counts", counts)
        object.__setattr__(self, "_threshold", threshold)
        return self

    @classmethod
    def _of_predicted(
        cls, tp: Any, fp: Any, totals: tuple[int, int], threshold: Threshold | None = None
    ) -> ConfusionCounts:
        """Complete correct counts of predicted pixels, with all positives and all negatives."""
        counts = np.stack([tp, fp, totals[0] - tp, totals[1] - fp], axis=-1)
        return cls._wrap(counts, threshold)

    @property
    def threshold(self) -> Threshold | None:
        """Where the predictions were cut off, and how that was chosen; None if not told."""
        return self._threshold

    def _with_threshold(self, threshold: Threshold | None) -> ConfusionCounts:
        """The same counts, of predictions at this threshold."""
        return self._wrap(self._counts, threshold)

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
        return self._wrap(self._counts[(*index, slice(None))].copy(), self._threshold)

    def __reduce__(self) -> tuple[Any, ...]:
        return ConfusionCounts._wrap, (self._counts, self._threshold)

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
        return self._wrap(self._counts + other._counts, common_threshold([self, other]))

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
        return self._wrap(np.ascontiguousarray(self._counts.sum(axis=axes)), self._threshold)

    @classmethod
    def _concat(cls, items: list[ConfusionCounts], axis: int) -> ConfusionCounts:
        arrays = [item._counts if item.shape else item._counts[np.newaxis] for item in items]
        axis = concat_axis(axis, [array.shape[:-1] for array in arrays])
        return cls._wrap(np.concatenate(arrays, axis=axis), common_threshold(items))

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists of numbers, ready for JSON."""
        fields = {name: getattr(self, name).tolist() for name in _FIELDS}
        if self._threshold is not None:
            fields["threshold"] = self._threshold.to_dict()
        return {"type": "ConfusionCounts", "shape": list(self.shape), **fields}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ConfusionCounts:
        """Make counts from what ``to_dict`` returned."""
        check_dict(data, "ConfusionCounts", ("shape", *_FIELDS))
        shape = tuple(data["shape"])
        try:
            # An empty list does not tell its shape.
            fields = {name: np.reshape(data[name], shape) for name in _FIELDS}
        except ValueError as error:
            raise InputValueError(f"the dict's counts are not of the shape {shape}") from error
        counts = cls(**fields)
        threshold = data.get("threshold")
        return counts._with_threshold(None if threshold is None else Threshold.from_dict(threshold))

    def __repr__(self) -> str:
        if not self.shape:
            numbers = ", ".join(f"{name}={int(getattr(self, name))}" for name in _FIELDS)
            if self._threshold is not None:
                numbers += f", threshold={self._threshold}"
            return f"ConfusionCounts({numbers})"
        rows: list[tuple[str, ...]] = [("image" if self.ndim == 1 else "index", *_FIELDS)]
        indices = list(np.ndindex(self.shape))
        for index in indices[:ROWS_SHOWN]:
            label = str(index[0]) if self.ndim == 1 else str(index)
            rows.append((label, *(str(number) for number in self._counts[index])))
        title = " x ".join(str(length) for length in self.shape)
        title = f"ConfusionCounts of {title} images"
        if self._threshold is not None:
            title += f" at threshold {self._threshold}"
        return f"{title}\n" + table(rows, len(indices) - ROWS_SHOWN)
