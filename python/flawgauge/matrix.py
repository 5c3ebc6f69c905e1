"""Confusion matrices of label maps: the evidence, joint counts of labels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge import _core
from flawgauge.arrays import label_images, leading_shape, whole_number
from flawgauge.errors import InputTypeError, InputValueError
from flawgauge.evidence import (
    ROWS_SHOWN,
    check_dict,
    concat_axis,
    normalise_axes,
    table,
    whole_array,
)
from flawgauge.matrix_rates import MatrixRates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from flawgauge.arrays import ArrayLike

__all__ = ["ConfusionMatrix", "confusion_matrix"]

_MAX_CLASSES = 65_536
_FIELDS = ("num_classes", "shape", "codes", "counts")


def confusion_matrix(
    preds: ArrayLike,
    target: ArrayLike,
    *,
    num_classes: int,
    ignore_index: int | None = None,
) -> ConfusionMatrix:
    """Count the pairs of labels, per image.

    Parameters
    ----------
    preds, target : array-like (H, W), (N, H, W) or (N, C, H, W), or a list of (H, W) of any sizes
        Label maps of integers from 0 to ``num_classes - 1``.
    num_classes : int
        Number of classes, 1 to 65,536.
    ignore_index : int, optional
        Pixels whose *target* has this value count nowhere, whatever their prediction. It need not
        be one of the classes.

    Returns
    -------
    ConfusionMatrix
        In pixels, of shape (), (N,) or (N, C).

    Raises
    ------
    InputTypeError
        Floats, other dtypes, an array on a GPU.
    InputValueError
        Shapes that differ, a wrong number of axes, a label outside of the classes on a pixel that
        is not ignored; the message names the image, the pixel and the value.

    Examples
    --------
    >>> import flawgauge as fg
    >>> matrix = fg.confusion_matrix(
    ...     [[0, 1], [2, 2]], [[0, 2], [2, 255]], num_classes=3, ignore_index=255
    ... )
    >>> matrix.matrix
    array([[1, 0, 0],
           [0, 0, 0],
           [0, 1, 1]])
    >>> matrix.per_class().recall()
    array([1. , nan, 0.5])
    """
    num_classes = whole_number(num_classes, "num_classes", 1, _MAX_CLASSES)
    if ignore_index is not None:
        ignore_index = whole_number(ignore_index, "ignore_index", -(2**63), 2**63 - 1)
    images, truth = label_images(preds, target)
    codes, counts = _core.joint_counts(images, truth, num_classes, ignore_index)
    return ConfusionMatrix._wrap(num_classes, leading_shape(images), codes, counts)


class ConfusionMatrix(MatrixRates):
    """Joint counts of true and predicted labels, in pixels, for each image of a batch.

    An immutable value, kept sparse: memory goes with the number of different pairs that occur.
    Matrices of the same shape add; ``sum`` pools over images. Made by ``confusion_matrix`` or
    ``ConfusionMatrix.from_dense``. Rows are true labels, columns are predicted ones.

    Attributes
    ----------
    num_classes : int
        Number of classes K.
    shape : tuple of int
        Shape of the leading axes.

    Examples
    --------
    >>> matrix = ConfusionMatrix.from_dense([[5, 1], [0, 4]])
    >>> matrix
    ConfusionMatrix of 1 images, 2 classes
    image  target  preds  pixels
        0       0      0       5
        0       0      1       1
        0       1      1       4
    >>> matrix.mean("iou").value
    0.8166666666666667
    """

    __slots__ = ("_codes", "_counts", "num_classes", "shape")

    def __init__(self) -> None:
        raise TypeError("make a ConfusionMatrix with confusion_matrix or from_dense")

    @classmethod
    def _wrap(
        cls,
        num_classes: int,
        shape: tuple[int, ...],
        codes: NDArray[np.int64],
        counts: NDArray[np.int64],
    ) -> ConfusionMatrix:
        self = object.__new__(cls)
        codes.flags.writeable = False
        counts.flags.writeable = False
        for name, value in zip(cls.__slots__, (codes, counts, num_classes, shape), strict=True):
            object.__setattr__(self, name, value)
        return self

    @classmethod
    def _gather(
        cls,
        num_classes: int,
        shape: tuple[int, ...],
        codes: NDArray[np.int64],
        counts: NDArray[np.int64],
    ) -> ConfusionMatrix:
        """Sort codes and add the counts of equal ones."""
        order = np.argsort(codes, kind="stable")
        codes, counts = codes[order], counts[order]
        first = np.flatnonzero(np.diff(codes, prepend=-1))
        totals = np.add.reduceat(counts, first) if first.size else counts[:0]
        return cls._wrap(num_classes, shape, codes[first], totals)

    @classmethod
    def from_dense(cls, matrix: ArrayLike) -> ConfusionMatrix:
        """Make evidence from an array (..., K, K) of counts, rows being true labels.

        Examples
        --------
        >>> ConfusionMatrix.from_dense([[5, 1], [0, 4]]).accuracy()
        0.9
        """
        dense = np.asarray(matrix)
        if dense.dtype.kind not in "iu":
            raise InputTypeError(f"matrix has the dtype {dense.dtype}, want integers")
        if dense.ndim < 2 or dense.shape[-1] != dense.shape[-2]:
            raise InputValueError(f"matrix has the shape {dense.shape}, want (..., K, K)")
        num_classes = whole_number(dense.shape[-1], "the number of classes", 1, _MAX_CLASSES)
        dense = whole_array(dense, "matrix")
        codes = np.flatnonzero(dense)
        counts = dense.ravel()[codes]
        return cls._wrap(num_classes, dense.shape[:-2], codes.astype(np.int64), counts)

    @property
    def matrix(self) -> NDArray[np.int64]:
        """The counts as an array (..., K, K): rows are true labels, columns predicted ones."""
        dense = np.zeros((*self.shape, self.num_classes, self.num_classes), dtype=np.int64)
        dense.reshape(-1)[self._codes] = self._counts
        return dense

    def __reduce__(self) -> tuple[Any, ...]:
        arguments = (self.num_classes, self.shape, self._codes, self._counts)
        return ConfusionMatrix._wrap, arguments

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ConfusionMatrix):
            return NotImplemented
        return (
            (self.num_classes, self.shape) == (other.num_classes, other.shape)
            and np.array_equal(self._codes, other._codes)
            and np.array_equal(self._counts, other._counts)
        )

    def __hash__(self) -> int:
        return hash((self.num_classes, self.shape, self._codes.tobytes(), self._counts.tobytes()))

    def __getitem__(self, index: Any) -> ConfusionMatrix:
        if not self.shape:
            raise IndexError("a matrix of a single image can't be indexed")
        images = np.arange(math.prod(self.shape)).reshape(self.shape)[index]
        parts = []
        bounds = np.searchsorted(self._images(), np.arange(math.prod(self.shape) + 1))
        pairs = self.num_classes**2
        for place, image in enumerate(np.ravel(images)):
            part = slice(bounds[image], bounds[image + 1])
            parts.append((self._codes[part] + (place - int(image)) * pairs, self._counts[part]))
        codes = np.concatenate([part[0] for part in parts] or [self._codes[:0]])
        counts = np.concatenate([part[1] for part in parts] or [self._counts[:0]])
        return self._wrap(self.num_classes, np.shape(images), codes, counts)

    def __add__(self, other: Any) -> ConfusionMatrix:
        if isinstance(other, int) and other == 0:
            # The start value of the built-in `sum`.
            return self
        if not isinstance(other, ConfusionMatrix):
            return NotImplemented
        if (self.num_classes, self.shape) != (other.num_classes, other.shape):
            raise InputValueError(
                f"matrices of the shapes {self.shape} and {other.shape} with {self.num_classes} "
                f"and {other.num_classes} classes don't add: pool each with .sum(), or line them "
                "up with concat()"
            )
        codes = np.concatenate([self._codes, other._codes])
        counts = np.concatenate([self._counts, other._counts])
        return self._gather(self.num_classes, self.shape, codes, counts)

    __radd__ = __add__

    def sum(self, axis: int | tuple[int, ...] | None = None) -> ConfusionMatrix:
        """Pool counts over leading axes; over all by default."""
        axes = normalise_axes(axis, self.ndim)
        shape = tuple(length for index, length in enumerate(self.shape) if index not in axes)
        kept = [1 if index in axes else length for index, length in enumerate(self.shape)]
        places = np.broadcast_to(np.arange(math.prod(shape)).reshape(kept), self.shape).ravel()
        pairs = self.num_classes**2
        codes = self._codes % pairs + places[self._images()] * pairs
        return self._gather(self.num_classes, shape, codes, self._counts)

    @classmethod
    def _concat(cls, items: list[ConfusionMatrix], axis: int) -> ConfusionMatrix:
        if len({item.num_classes for item in items}) > 1:
            raise InputValueError(
                f"evidence has {[item.num_classes for item in items]} classes, want the same"
            )
        shapes = [item.shape or (1,) for item in items]
        axis = concat_axis(axis, shapes)
        shape = list(shapes[0])
        shape[axis] = sum(other[axis] for other in shapes)
        places = np.arange(math.prod(shape)).reshape(shape)
        pairs = items[0].num_classes ** 2
        starts = np.cumsum([other[axis] for other in shapes])[:-1]
        parts = np.split(places, starts, axis=axis)
        codes = [
            item._codes % pairs + part.ravel()[item._images()] * pairs
            for item, part in zip(items, parts, strict=True)
        ]
        counts = [item._counts for item in items]
        return cls._gather(
            items[0].num_classes, tuple(shape), np.concatenate(codes), np.concatenate(counts)
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists of numbers, ready for JSON: only the pairs that occur."""
        return {
            "type": "ConfusionMatrix",
            "num_classes": self.num_classes,
            "shape": list(self.shape),
            "codes": self._codes.tolist(),
            "counts": self._counts.tolist(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ConfusionMatrix:
        """Make evidence from what ``to_dict`` returned."""
        check_dict(data, "ConfusionMatrix", _FIELDS)
        num_classes = whole_number(data["num_classes"], "num_classes", 1, _MAX_CLASSES)
        shape = tuple(whole_number(length, "shape", 0, 2**62) for length in data["shape"])
        codes, counts = (whole_array(data[name], name) for name in ("codes", "counts"))
        limit = math.prod(shape) * num_classes**2
        if codes.shape != counts.shape or codes.ndim != 1:
            raise InputValueError("codes and counts differ in length")
        if (codes >= limit).any():
            raise InputValueError(f"codes holds a number outside 0 to {limit - 1}")
        kept = counts > 0
        return cls._gather(num_classes, shape, codes[kept], counts[kept])

    def __repr__(self) -> str:
        title = " x ".join(str(length) for length in self.shape) or "1"
        head = f"ConfusionMatrix of {title} images, {self.num_classes} classes"
        rows: list[tuple[str, ...]] = [("image", "target", "preds", "pixels")]
        classes = self.num_classes
        for code, count in zip(self._codes[:ROWS_SHOWN], self._counts, strict=False):
            image, target, preds = code // classes**2, code // classes % classes, code % classes
            rows.append((str(image), str(target), str(preds), str(count)))
        return head + "\n" + table(rows, len(self._codes) - ROWS_SHOWN)
