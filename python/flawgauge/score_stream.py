"""Exact threshold sweeps in one pass: scores that arrive batch by batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge import _core
from flawgauge.arrays import each_image, score_images
from flawgauge.comparison import only_dtype
from flawgauge.errors import InputTypeError, InputValueError
from flawgauge.regions import check_connectivity, label_regions
from flawgauge.sweep import score_dtype
from flawgauge.sweep_evidence import MAX_REGIONS, REGION, ThresholdSweep

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flawgauge.arrays import ArrayLike

__all__ = ["ScoreStream"]

LARGEST_PART = 2**22
"""Numbers in a piece that is joined from smaller ones."""


class ScoreStream:
    """Collects scores batch by batch for an exact sweep at the end.

    Keeps every score, at 4 bytes a pixel (8 for float64 scores), and a byte or less for the masks;
    with ``regions`` 4 bytes more a positive pixel. Streams add, and adding gives the same sweep as
    one stream of everything.

    Parameters
    ----------
    regions : bool
        Keep the regions of the target, for ``aupro``.
    connectivity : {8, 4}
        Whether pixels of a region may share only a corner.

    Raises
    ------
    InputValueError
        Another connectivity.

    Examples
    --------
    >>> import flawgauge as fg
    >>> scores = np.random.default_rng(0).random((4, 8, 8), dtype=np.float32)
    >>> target = scores > 0.7
    >>> stream = fg.ScoreStream()
    >>> for batch in (slice(0, 1), slice(1, 4)):
    ...     stream.update(scores[batch], target[batch])
    >>> stream.sweep() == fg.sweep(scores, target)
    True
    """

    def __init__(self, *, regions: bool = False, connectivity: int = 8) -> None:
        check_connectivity(connectivity)
        self._regions = bool(regions)
        self._connectivity = connectivity
        self._negatives = _Pile()
        self._positives = _Pile()
        # Of each positive pixel its region, counted over all images, and of each region its pixels.
        self._labels = _Pile()
        self._areas = _Pile()
        self._num_regions = 0
        self._dtype: np.dtype[Any] | None = None
        self._score_dtypes: set[np.dtype[Any] | None] = set()

    def update(
        self, scores: ArrayLike, target: ArrayLike, *, ignore: ArrayLike | None = None
    ) -> None:
        """Add a batch; whole images, if regions are kept.

        Parameters
        ----------
        scores, target, ignore
            As for ``sweep``; all batches of one precision.

        Raises
        ------
        InputTypeError, InputValueError
            As ``sweep``. Then nothing of the batch is added.
        """
        maps, masks, ignored = score_images(scores, target, ignore)
        dtype = score_dtype(maps)
        if self._dtype not in (None, dtype):
            raise InputTypeError(f"scores are for {dtype} thresholds, earlier ones {self._dtype}")
        images = each_image(maps)
        positive = [mask != 0 for mask in each_image(masks)]
        negative = [~mask for mask in positive]
        if ignored is not None:
            kept = [skip == 0 for skip in each_image(ignored)]
            positive = [mask & keep for mask, keep in zip(positive, kept, strict=True)]
            negative = [mask & keep for mask, keep in zip(negative, kept, strict=True)]
        chosen = [
            np.concatenate(
                [np.zeros(0, dtype=dtype), *(i[m] for i, m in zip(images, side, strict=True))],
                dtype=dtype,
            )
            for side in (positive, negative)
        ]
        if any(np.isnan(values).any() for values in chosen):
            # Names the place of the first one.
            _core.sweep(maps, masks, ignored)
            raise InputValueError("scores are NaN, want numbers")
        if self._regions and images:
            self._add_regions(positive)
        self._dtype = dtype
        self._score_dtypes.add(only_dtype(maps))
        self._positives.add(chosen[0])
        self._negatives.add(chosen[1])

    def _add_regions(self, positive: list[NDArray[np.bool_]]) -> None:
        found = label_regions(positive, connectivity=self._connectivity)
        if self._num_regions + len(found) > MAX_REGIONS:
            raise InputValueError(f"the stream has more than {MAX_REGIONS} regions, want fewer")
        firsts = self._num_regions + np.searchsorted(found.image, np.arange(len(positive)))
        for labels, mask, first in zip(found.labels, positive, firsts, strict=True):
            self._labels.add((labels[mask] - 1 + first).astype(np.uint32))
        self._areas.add(found.area.astype(np.uint64))
        self._num_regions += len(found)

    def __add__(self, other: Any) -> ScoreStream:
        if isinstance(other, int) and other == 0:
            # The start value of the built-in `sum`. Later updates of one leave the other as it is.
            other = ScoreStream(regions=self._regions, connectivity=self._connectivity)
        if not isinstance(other, ScoreStream):
            return NotImplemented
        options = (self._regions, self._connectivity)
        if options != (other._regions, other._connectivity):
            raise InputValueError("streams with other options for regions don't add")
        if self._dtype is not None and other._dtype not in (None, self._dtype):
            raise InputTypeError(f"streams of {self._dtype} and {other._dtype} scores don't add")
        if self._num_regions + other._num_regions > MAX_REGIONS:
            raise InputValueError(f"the streams have more than {MAX_REGIONS} regions, want fewer")
        total = ScoreStream(regions=self._regions, connectivity=self._connectivity)
        total._dtype = other._dtype if self._dtype is None else self._dtype
        total._score_dtypes = self._score_dtypes | other._score_dtypes
        for part, first in ((self, 0), (other, self._num_regions)):
            total._positives.extend(part._positives)
            total._negatives.extend(part._negatives)
            total._areas.extend(part._areas)
            for labels in part._labels.parts:
                # What stays as it is is not copied: a sum adds to the same stream many times.
                total._labels.add(labels + labels.dtype.type(first) if first else labels)
        total._num_regions = self._num_regions + other._num_regions
        return total

    __radd__ = __add__

    @property
    def num_positives(self) -> int:
        """Positive pixels so far."""
        return self._positives.length

    @property
    def num_negatives(self) -> int:
        """Negative pixels so far."""
        return self._negatives.length

    @property
    def nbytes(self) -> int:
        """Memory of what is kept, in bytes."""
        piles = (self._positives, self._negatives, self._labels, self._areas)
        return sum(pile.nbytes for pile in piles)

    def sweep(self) -> ThresholdSweep:
        """Sweep over all thresholds of all batches.

        Returns
        -------
        ThresholdSweep
            Equal by ``==`` to ``flawgauge.sweep`` of all batches together.
        """
        dtype = self._dtype or np.dtype(np.float32)
        positives = self._positives.all().astype(dtype, copy=False)
        # Masks of one byte each, whatever the number of pixels.
        strips = [(positives, True)] + [(part, False) for part in self._negatives.parts]
        fields = _core.sweep(
            [values[np.newaxis] for values, _ in strips],
            [np.broadcast_to(np.bool_(side), (1, len(values))) for values, side in strips],
        )[0]
        if self._regions:
            fields["num_regions"] = self._num_regions
            fields["connectivity"] = self._connectivity
            fields["overlap_at"] = self._overlap(positives, fields["thresholds"])
        only = next(iter(self._score_dtypes)) if len(self._score_dtypes) == 1 else None
        fields["score_dtype"] = None if only is None else only.name
        return ThresholdSweep._of(fields)

    def _overlap(self, positives: NDArray[Any], thresholds: NDArray[Any]) -> NDArray[np.uint64]:
        """What the positives at each threshold add to the overlaps, all regions at a time."""
        areas, labels = self._areas.all(), self._labels.all()
        order = np.lexsort((-positives, labels))
        starts = np.cumsum(areas) - areas
        # How many pixels of its region score higher, ties in any order: they add up the same.
        owner = labels[order]
        higher = np.arange(len(order), dtype=np.uint64) - starts[owner]
        steps = _shares(higher + np.uint64(1), areas[owner]) - _shares(higher, areas[owner])
        places = np.searchsorted(thresholds[::-1], positives[order])
        overlap = np.zeros(len(thresholds), dtype=np.uint64)
        np.add.at(overlap[::-1], places, steps)
        return overlap

    def __repr__(self) -> str:
        return (
            f"ScoreStream of {self.num_positives} positives and {self.num_negatives} negatives, "
            f"{self.nbytes / 2**20:.1f} MiB"
        )


def _shares(counts: NDArray[np.uint64], areas: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """floor(c 2^40 / n), without a product that needs more than 64 bits."""
    whole, rest = np.divmod(np.uint64(REGION), areas)
    return counts * whole + counts * rest // areas


class _Pile:
    """Arrays, one after the other.

    Pieces of about the same size are joined, so that there are only a few, however many are added,
    and each number is copied a few times only. Large pieces stay apart: joining them would take
    their memory twice.
    """

    def __init__(self) -> None:
        self.parts: list[NDArray[Any]] = []

    def add(self, values: NDArray[Any]) -> None:
        if not len(values):
            return
        self.parts.append(values)
        while len(self.parts) > 1 and self._joins(*self.parts[-2:]):
            last = self.parts.pop()
            self.parts[-1] = np.concatenate([self.parts[-1], last])

    def extend(self, other: _Pile) -> None:
        for values in other.parts:
            self.add(values)

    @staticmethod
    def _joins(first: NDArray[Any], second: NDArray[Any]) -> bool:
        return len(first) < 2 * len(second) and len(first) + len(second) <= LARGEST_PART

    def all(self) -> NDArray[Any]:
        """Everything, as one array."""
        if len(self.parts) > 1:
            self.parts = [np.concatenate(self.parts)]
        return self.parts[0] if self.parts else np.zeros(0, dtype=np.uint32)

    @property
    def length(self) -> int:
        return sum(len(part) for part in self.parts)

    @property
    def nbytes(self) -> int:
        return sum(part.nbytes for part in self.parts)
