"""Boundary bands: the evidence, and Boundary IoU and its relatives that follow from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from flawgauge.band_metrics import BandMetrics
from flawgauge.distances import check_distance, check_rule, numbers
from flawgauge.errors import InputTypeError, InputValueError
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
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from flawgauge.arrays import ArrayLike
    from flawgauge.distances import Distance

__all__ = ["BoundaryCounts"]

_COUNTS = ("band_preds", "band_target", "both")
_FIELDS = (*_COUNTS, "distance", "metric", "edge", "min_distances", "max_distances")
_LARGEST = np.iinfo(np.int64).max


class BoundaryCounts(BandMetrics):
    """Pixels in the boundary bands of two masks, for each image of a batch and each distance.

    An immutable value. Counts of the same shape, distance, metric and edge add, and adding gives
    the same as counting together; ``sum`` pools over images. The arrays have the leading shape and
    one last axis of distances. The metrics have that axis only if ``distance`` is a sequence.

    Parameters
    ----------
    band_preds, band_target, both : array-like of int, shape (..., D)
        Pixels in the band of the prediction, in that of the ground truth, and in both.
    distance : float, int or sequence of int
        As given to ``boundary``: a ratio of the diagonal, pixels, or D numbers of pixels.
    metric : {"chessboard", "euclidean", "taxicab"}
        How distances were measured.
    edge : {"background", "ignore"}
        What was taken to lie outside of the images.
    min_distances, max_distances : array-like of int, shape (..., D), optional
        For a ratio: the smallest and the largest distance in pixels of the images pooled in each
        entry; 0 where there is none.
    threshold : Threshold, optional
        The one that made masks of scores. A note: it takes no part in ``==``, and what is made
        from counts at different thresholds carries none.

    Examples
    --------
    >>> counts = BoundaryCounts(
    ...     band_preds=[[8, 12]], band_target=[[8, 16]], both=[[4, 12]], distance=(1, 2)
    ... )
    >>> counts.iou()
    array([[0.33333333, 0.75      ]])
    >>> counts.at(2).sum().iou()
    0.75
    """

    __slots__ = ("_counts", "_pixels", "distance", "edge", "metric", "threshold")

    distance: Distance
    metric: str
    edge: str
    threshold: Threshold | None
    _counts: NDArray[np.int64]
    # The smallest and the largest distance of each entry, shape (..., D, 2).
    _pixels: NDArray[np.int64]

    def __init__(
        self,
        band_preds: ArrayLike,
        band_target: ArrayLike,
        both: ArrayLike,
        distance: float | Sequence[int],
        metric: str = "chessboard",
        edge: str = "background",
        min_distances: ArrayLike | None = None,
        max_distances: ArrayLike | None = None,
        threshold: Threshold | None = None,
    ) -> None:
        spec = check_distance(distance)
        check_rule(metric, edge)
        counts = stacked_counts(_COUNTS, (band_preds, band_target, both))
        length = len(numbers(spec)) if not isinstance(spec, float) else 1
        if counts.ndim < 2 or counts.shape[-2] != length:
            raise InputValueError(
                f"band_preds has the shape {counts.shape[:-1]}, want (..., {length}): the last "
                "axis is that of the distances"
            )
        if np.any(counts[..., 2] > counts[..., :2].min(axis=-1)):
            raise InputValueError("both is larger than a band, want at most the smaller one")
        if isinstance(spec, float):
            if min_distances is None or max_distances is None:
                raise InputValueError(
                    "distance is a ratio: want min_distances and max_distances, in pixels"
                )
            pixels = stacked_counts(
                ("min_distances", "max_distances"), (min_distances, max_distances)
            )
            if pixels.shape[:-1] != counts.shape[:-1]:
                raise InputValueError(
                    f"min_distances has the shape {pixels.shape[:-1]}, want {counts.shape[:-1]}"
                )
        else:
            pixels = _known_pixels(spec, counts)
        if threshold is not None and not isinstance(threshold, Threshold):
            raise InputTypeError(f"threshold is {threshold!r}, want a Threshold or None")
        self._set(counts, spec, metric, edge, pixels, threshold)

    def _set(
        self,
        counts: NDArray[np.int64],
        distance: Distance,
        metric: str,
        edge: str,
        pixels: NDArray[np.int64],
        threshold: Threshold | None,
    ) -> None:
        counts.flags.writeable = False
        pixels.flags.writeable = False
        values = (counts, pixels, distance, edge, metric, threshold)
        for name, value in zip(self.__slots__, values, strict=True):
            object.__setattr__(self, name, value)

    @classmethod
    def _of_images(
        cls,
        counts: NDArray[np.int64],
        distance: Distance,
        metric: str,
        edge: str,
        pixels: NDArray[np.int64],
        threshold: Any = None,
    ) -> BoundaryCounts:
        """Take over counts (..., D, 3); ``pixels`` (1, D) or (N, D) are the images' distances."""
        # Classes come after the images.
        rows = (
            pixels
            if len(pixels) == 1
            else pixels.reshape((len(pixels), *[1] * (counts.ndim - 3), -1))
        )
        both_ends = np.broadcast_to(rows[..., np.newaxis], (*rows.shape, 2))
        shape = (*counts.shape[:-1], 2)
        self = object.__new__(cls)
        if len(pixels) == 1:
            both_ends = both_ends[0]
        note = threshold if isinstance(threshold, Threshold) else None
        self._set(counts, distance, metric, edge, np.broadcast_to(both_ends, shape).copy(), note)
        return self

    def _with(
        self,
        counts: NDArray[np.int64],
        pixels: NDArray[np.int64],
        distance: Distance | None = None,
        threshold: Threshold | Literal["same"] | None = "same",
    ) -> BoundaryCounts:
        other = object.__new__(BoundaryCounts)
        kept = self.distance if distance is None else distance
        note = self.threshold if threshold == "same" else threshold
        other._set(counts, kept, self.metric, self.edge, pixels, note)
        return other

    @property
    def band_preds(self) -> NDArray[np.int64]:
        """Pixels in the band of the prediction, shape (..., D)."""
        return self._counts[..., 0]

    @property
    def band_target(self) -> NDArray[np.int64]:
        """Pixels in the band of the ground truth, shape (..., D)."""
        return self._counts[..., 1]

    @property
    def both(self) -> NDArray[np.int64]:
        """Pixels in both bands, shape (..., D)."""
        return self._counts[..., 2]

    @property
    def min_distances(self) -> NDArray[np.int64]:
        """Smallest distance in pixels of the images pooled in each entry, shape (..., D)."""
        return self._pixels[..., 0]

    @property
    def max_distances(self) -> NDArray[np.int64]:
        """Largest distance in pixels of the images pooled in each entry, shape (..., D)."""
        return self._pixels[..., 1]

    @property
    def distances(self) -> NDArray[np.int64]:
        """Distances in pixels: of shape (D,), or (..., 1) for a ratio.

        Raises
        ------
        InputValueError
            If images of different distances were pooled; see ``min_distances``.
        """
        if not isinstance(self.distance, float):
            return np.array(numbers(self.distance), dtype=np.int64)
        if self._is_mixed():
            raise InputValueError(
                f"images of different distances were pooled, {self._span()} pixels: see "
                "min_distances and max_distances"
            )
        return self.min_distances

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the leading axes: images, then channels or classes."""
        return self._counts.shape[:-2]

    def __getitem__(self, index: Any) -> BoundaryCounts:
        if not self.shape:
            raise IndexError("counts of a single image can't be indexed; see .at(distance)")
        index = index if isinstance(index, tuple) else (index,)
        if not any(part is Ellipsis for part in index):
            index = (*index, Ellipsis)
        index = (*index, slice(None), slice(None))
        return self._with(self._counts[index].copy(), self._pixels[index].copy())

    def __reduce__(self) -> tuple[Any, ...]:
        return BoundaryCounts, tuple(getattr(self, name) for name in (*_FIELDS, "threshold"))

    def _rule(self) -> tuple[Any, ...]:
        return self.distance, type(self.distance), self.metric, self.edge

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BoundaryCounts):
            return NotImplemented
        return (
            self._rule() == other._rule()
            and np.array_equal(self._counts, other._counts)
            and np.array_equal(self._pixels, other._pixels)
        )

    def __hash__(self) -> int:
        return hash((self._rule(), self.shape, self._counts.tobytes(), self._pixels.tobytes()))

    def __add__(self, other: Any) -> BoundaryCounts:
        if isinstance(other, int) and other == 0:
            # The start value of the built-in `sum`.
            return self
        if not isinstance(other, BoundaryCounts):
            return NotImplemented
        self._check_rule(other)
        if self.shape != other.shape:
            raise InputValueError(
                f"counts of the shapes {self.shape} and {other.shape} don't add: pool each with "
                ".sum(), or line them up with concat()"
            )
        pixels = np.stack([self._pixels, other._pixels])
        note = common_threshold([self, other])
        counts = self._counts + other._counts
        return self._with(counts, _merge(pixels, (0,)), threshold=note)

    __radd__ = __add__

    def _check_rule(self, other: BoundaryCounts) -> None:
        for name in ("distance", "metric", "edge"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if (mine, type(mine)) != (theirs, type(theirs)):
                raise InputValueError(
                    f"counts of the {name} {mine!r} and {theirs!r} don't go together"
                )

    def sum(self, axis: int | tuple[int, ...] | None = None) -> BoundaryCounts:
        """Pool counts over images, each distance by itself.

        With a ratio, images of different sizes have bands of different widths; they may be pooled,
        and the result says so.

        Parameters
        ----------
        axis : int or tuple of int, optional
            Leading axes to sum over; all by default.

        Returns
        -------
        BoundaryCounts
            Of the shape of the other axes.
        """
        axes = normalise_axes(axis, self.ndim)
        if not axes:
            return self
        counts = np.ascontiguousarray(self._counts.sum(axis=axes))
        if isinstance(self.distance, float):
            return self._with(counts, _merge(self._pixels, axes))
        return self._with(counts, _known_pixels(self.distance, counts))

    def at(self, distance: int) -> BoundaryCounts:
        """Return the counts at one of the distances, in pixels.

        Examples
        --------
        >>> import flawgauge as fg
        >>> fg.boundary([[1, 1, 1]], [[0, 1, 1]], distance=range(1, 9)).at(3).both
        array([2])
        """
        known = () if isinstance(self.distance, float) else numbers(self.distance)
        if distance not in known or isinstance(distance, bool):
            if isinstance(self.distance, float):
                hint = f"these are counts at the ratio {self.distance}"
            else:
                hint = "want one of: " + ", ".join(str(number) for number in known)
            raise InputValueError(f"distance is {distance!r}, {hint}")
        place = known.index(distance)
        chosen = (..., slice(place, place + 1), slice(None))
        return self._with(self._counts[chosen].copy(), self._pixels[chosen].copy(), int(distance))

    @classmethod
    def _concat(cls, items: list[BoundaryCounts], axis: int) -> BoundaryCounts:
        for item in items:
            items[0]._check_rule(item)
        lifted = [item if item.shape else item._lifted() for item in items]
        axis = concat_axis(axis, [item.shape for item in lifted])
        counts = np.concatenate([item._counts for item in lifted], axis=axis)
        pixels = np.concatenate([item._pixels for item in lifted], axis=axis)
        return lifted[0]._with(counts, pixels, threshold=common_threshold(items))

    def _lifted(self) -> BoundaryCounts:
        return self._with(self._counts[np.newaxis].copy(), self._pixels[np.newaxis].copy())

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists of numbers, ready for JSON."""
        fields: dict[str, Any] = {"type": "BoundaryCounts"}
        for name in _FIELDS:
            value = getattr(self, name)
            if isinstance(value, np.ndarray):
                value = value.tolist()
            fields[name] = list(value) if isinstance(value, tuple) else value
        if self.threshold is not None:
            fields["threshold"] = self.threshold.to_dict()
        return fields

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> BoundaryCounts:
        """Make counts from what ``to_dict`` returned."""
        check_dict(data, "BoundaryCounts", _FIELDS)
        note = data.get("threshold")
        threshold = None if note is None else Threshold.from_dict(note)
        return cls(**{name: data[name] for name in _FIELDS}, threshold=threshold)

    def _is_mixed(self) -> bool:
        return bool((self.min_distances != self.max_distances).any())

    def _span(self) -> str:
        if not self._pixels.size:
            return "none"
        return f"{self.min_distances.min()} to {self.max_distances.max()}"

    def __repr__(self) -> str:
        if self.shape:
            images = " x ".join(str(length) for length in self.shape) + " images"
        else:
            images = "one image"
        title = [f"BoundaryCounts of {images}", self.metric]
        if self.edge != "background":
            title.append(f'edge="{self.edge}"')
        if isinstance(self.distance, float):
            title.append(f"ratio {self.distance}")
            if self._is_mixed():
                title.append(f"pooled over distances from {self._span()} pixels")
        if self.threshold is not None:
            title.append(f"at threshold {self.threshold}")
        names = () if not self.shape else ("image",) if self.ndim == 1 else ("index",)
        rows: list[tuple[str, ...]] = [(*names, "distance", *_COUNTS)]
        places = list(np.ndindex(self._counts.shape[:-1]))
        for place in places[:ROWS_SHOWN]:
            *image, _ = place
            label = () if not image else (str(image[0] if len(image) == 1 else tuple(image)),)
            low, high = self._pixels[place]
            pixels = str(low) if low == high else f"{low}-{high}"
            rows.append((*label, pixels, *(str(number) for number in self._counts[place])))
        return ", ".join(title) + "\n" + table(rows, len(places) - ROWS_SHOWN)


def _known_pixels(distance: int | tuple[int, ...], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    both_ends = np.array([[number, number] for number in numbers(distance)], dtype=np.int64)
    return np.broadcast_to(both_ends, (*counts.shape[:-1], 2)).copy()


def _merge(pixels: NDArray[np.int64], axes: tuple[int, ...]) -> NDArray[np.int64]:
    """Take the smallest and the largest distance over some axes; 0 is the distance of no image."""
    low = np.where(pixels[..., 0] > 0, pixels[..., 0], _LARGEST).min(axis=axes, initial=_LARGEST)
    high = pixels[..., 1].max(axis=axes, initial=0)
    return np.stack([np.where(high > 0, low, 0), high], axis=-1)
