"""How many contour pixels have which distance: storage, adding, lining up."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from flawgauge.arrays import whole_number
from flawgauge.errors import InputTypeError, InputValueError
from flawgauge.evidence import (
    MAX_COUNT,
    Evidence,
    check_dict,
    concat_axis,
    normalise_axes,
    whole_array,
)
from flawgauge.thresholds import Threshold, common_threshold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["DistanceCounts", "check_spacing"]

_FIELDS = ("shape", "spacing", "places", "keys", "counts", "unmatched")
_ROW_UNIT = 2**32
_SPACING_RANGE = (1e-50, 1e50)


class DistanceCounts(Evidence):
    """Counted distances for each image of a batch; see ``SurfaceDistances``."""

    __slots__ = ("_counts", "_keys", "_places", "_unmatched", "shape", "spacing", "threshold")

    shape: tuple[int, ...]
    spacing: tuple[float, float]
    threshold: Threshold | None
    # Place 2 i + 0 holds the distances of image i from the prediction to the target, 2 i + 1 those
    # back; images count over the leading axes in C order. A key is the squared distance in pixels
    # if the spacing is the same both ways, else rows * 2^32 + columns. Sorted by place and key,
    # counts positive, so that equal evidence has equal arrays.
    _places: NDArray[np.int64]
    _keys: NDArray[np.int64]
    _counts: NDArray[np.int64]
    # For each place the number of pixels without a distance.
    _unmatched: NDArray[np.int64]

    def __init__(self) -> None:
        raise TypeError(f"make {type(self).__name__} with surface or from_dict")

    @classmethod
    def _wrap(
        cls,
        shape: tuple[int, ...],
        spacing: tuple[float, float],
        places: NDArray[np.int64],
        keys: NDArray[np.int64],
        counts: NDArray[np.int64],
        unmatched: NDArray[np.int64],
        threshold: Any,
    ) -> Self:
        self = object.__new__(cls)
        note = threshold if isinstance(threshold, Threshold) else None
        for array in (places, keys, counts, unmatched):
            array.flags.writeable = False
        values = (counts, keys, places, unmatched, shape, spacing, note)
        for name, value in zip(DistanceCounts.__slots__, values, strict=True):
            object.__setattr__(self, name, value)
        return self

    def _moved(
        self, images: NDArray[np.int64], shape: tuple[int, ...]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Places and unmatched pixels with image i added to image ``images[i]`` of a new shape."""
        places = 2 * images[self._places // 2] + self._places % 2
        unmatched = np.zeros(2 * math.prod(shape), dtype=np.int64)
        own = np.arange(self._unmatched.size)
        np.add.at(unmatched, 2 * images[own // 2] + own % 2, self._unmatched)
        return places, unmatched

    @classmethod
    def _gather(
        cls,
        shape: tuple[int, ...],
        spacing: tuple[float, float],
        parts: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]],
        unmatched: NDArray[np.int64],
        threshold: Threshold | None,
    ) -> Self:
        """Line up places, keys and counts, and add the counts of equal ones."""
        places, keys, counts = (
            np.concatenate([part[field] for part in parts]) if parts else np.zeros(0, np.int64)
            for field in range(3)
        )
        order = np.lexsort((keys, places))
        places, keys, counts = places[order], keys[order], counts[order]
        is_new = (np.diff(places, prepend=-1) != 0) | (np.diff(keys, prepend=-1) != 0)
        first = np.flatnonzero(is_new)
        totals = np.add.reduceat(counts, first) if first.size else counts
        places, keys = places[first], keys[first]
        return cls._wrap(shape, spacing, places, keys, totals, unmatched, threshold)

    @property
    def preds_pixels(self) -> Any:
        """Contour pixels of the prediction."""
        return self._pixels()[..., 0][()]

    @property
    def target_pixels(self) -> Any:
        """Contour pixels of the ground truth."""
        return self._pixels()[..., 1][()]

    def _pixels(self) -> NDArray[np.int64]:
        totals = self._unmatched.copy()
        np.add.at(totals, self._places, self._counts)
        return totals.reshape(*self.shape, 2)

    def __getitem__(self, index: Any) -> Self:
        if not self.shape:
            raise IndexError("distances of a single image can't be indexed")
        images = np.arange(math.prod(self.shape)).reshape(self.shape)[index]
        bounds = np.searchsorted(self._places, 2 * np.arange(math.prod(self.shape) + 1))
        parts = []
        for place, image in enumerate(np.ravel(images).tolist()):
            part = slice(bounds[image], bounds[image + 1])
            places = self._places[part] + 2 * (place - image)
            parts.append((places, self._keys[part], self._counts[part]))
        unmatched = self._unmatched.reshape(-1, 2)[np.ravel(images)].ravel()
        return self._gather(np.shape(images), self.spacing, parts, unmatched, self.threshold)

    def _arrays(self) -> tuple[NDArray[np.int64], ...]:
        return self._places, self._keys, self._counts, self._unmatched

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self)._wrap, (self.shape, self.spacing, *self._arrays(), self.threshold)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DistanceCounts):
            return NotImplemented
        pairs = zip(self._arrays(), other._arrays(), strict=True)
        return (self.shape, self.spacing) == (other.shape, other.spacing) and all(
            np.array_equal(own, others) for own, others in pairs
        )

    def __hash__(self) -> int:
        return hash((self.shape, self.spacing, *(array.tobytes() for array in self._arrays())))

    def __add__(self, other: Any) -> Self:
        if isinstance(other, int) and other == 0:
            # The start value of the built-in `sum`.
            return self
        if not isinstance(other, DistanceCounts):
            return NotImplemented
        if (self.shape, self.spacing) != (other.shape, other.spacing):
            raise InputValueError(
                f"distances of the shapes {self.shape} and {other.shape} with the spacings "
                f"{self.spacing} and {other.spacing} don't add: pool each with .sum(), or line "
                "them up with concat()"
            )
        parts = [(item._places, item._keys, item._counts) for item in (self, other)]
        unmatched = self._unmatched + other._unmatched
        note = common_threshold([self, other])
        return self._gather(self.shape, self.spacing, parts, unmatched, note)

    __radd__ = __add__

    def sum(self, axis: int | tuple[int, ...] | None = None) -> Self:
        """Pool the distances over leading axes; over all by default."""
        axes = normalise_axes(axis, self.ndim)
        shape = tuple(length for index, length in enumerate(self.shape) if index not in axes)
        kept = [1 if index in axes else length for index, length in enumerate(self.shape)]
        images = np.broadcast_to(np.arange(math.prod(shape)).reshape(kept), self.shape).ravel()
        places, unmatched = self._moved(images, shape)
        parts = [(places, self._keys, self._counts)]
        return self._gather(shape, self.spacing, parts, unmatched, self.threshold)

    @classmethod
    def _concat(cls, items: list[Self], axis: int) -> Self:
        if len({item.spacing for item in items}) > 1:
            raise InputValueError(
                f"evidence has the spacings {[item.spacing for item in items]}, want the same"
            )
        shapes = [item.shape or (1,) for item in items]
        axis = concat_axis(axis, shapes)
        lengths = [other[axis] for other in shapes]
        shape = (*shapes[0][:axis], sum(lengths), *shapes[0][axis + 1 :])
        images = np.arange(math.prod(shape)).reshape(shape)
        parts, unmatched = [], np.zeros(2 * math.prod(shape), dtype=np.int64)
        for item, own in zip(items, np.split(images, np.cumsum(lengths)[:-1], axis), strict=True):
            places, missing = item._moved(own.ravel(), shape)
            parts.append((places, item._keys, item._counts))
            unmatched += missing
        return cls._gather(shape, items[0].spacing, parts, unmatched, common_threshold(items))

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists of numbers, ready for JSON."""
        values = (self.shape, self.spacing, *(array.tolist() for array in self._arrays()))
        lists = {name: list(value) for name, value in zip(_FIELDS, values, strict=True)}
        note = {} if self.threshold is None else {"threshold": self.threshold.to_dict()}
        return {"type": type(self).__name__, **lists, **note}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make evidence from what ``to_dict`` returned.

        Places are image * 2, plus 1 for the distances of the true contour. Keys are squared
        distances in pixels; if the spacings differ, rows * 2^32 + columns.
        """
        check_dict(data, cls.__name__, _FIELDS)
        shape = tuple(whole_number(length, "shape", 0, 2**62) for length in data["shape"])
        most = {"places": MAX_COUNT, "keys": 2**63 - 1, "counts": MAX_COUNT, "unmatched": MAX_COUNT}
        places, keys, counts, unmatched = (
            whole_array(data[name], name, limit) for name, limit in most.items()
        )
        if not (places.shape == keys.shape == counts.shape) or places.ndim != 1:
            raise InputValueError("places, keys and counts differ in length")
        size = 2 * math.prod(shape)
        if unmatched.shape != (size,) or (places >= size).any():
            raise InputValueError(f"places or unmatched do not fit the shape {shape}")
        kept = counts > 0
        part = (places[kept], keys[kept], counts[kept])
        spacing, note = check_spacing(data["spacing"]), data.get("threshold")
        threshold = None if note is None else Threshold.from_dict(note)
        return cls._gather(shape, spacing, [part], unmatched, threshold)

    def _distances(self) -> NDArray[np.float64]:
        """The distance of each key."""
        rows, columns = self.spacing
        if rows == columns:
            return rows * np.sqrt(self._keys.astype(np.float64))
        down, along = np.divmod(self._keys, _ROW_UNIT)
        return np.sqrt(down * down * rows**2 + along * along * columns**2)


def check_spacing(spacing: Any) -> tuple[float, float]:
    """Check the distances of neighbouring rows and columns."""
    try:
        rows, columns = (float(step) for step in spacing)
    except (TypeError, ValueError) as error:
        raise InputTypeError(f"spacing is {spacing!r}, want two numbers") from error
    low, high = _SPACING_RANGE
    if not (low <= rows <= high and low <= columns <= high):
        raise InputValueError(f"spacing is {spacing!r}, want two numbers from {low} to {high}")
    return rows, columns
