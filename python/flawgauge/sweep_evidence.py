"""Threshold sweeps: the evidence, counts at every threshold that matters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge.distances import check_distance, check_rule
from flawgauge.errors import InputTypeError, InputValueError
from flawgauge.evidence import ROWS_SHOWN, check_dict, table
from flawgauge.sweep_curves import SweepCurves

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from flawgauge.arrays import ArrayLike

__all__ = ["ThresholdSweep"]

REGION = 2**40
"""What a region adds to the overlap when all of its pixels are predicted."""
MAX_REGIONS = 2**23

_COUNTS = ("positives_at", "positives_between", "negatives_at", "negatives_between")
_OVERLAPS = ("overlap_at", "overlap_between")
_BANDS = ("band_preds", "band_both")
_TOTALS = ("num_positives", "num_negatives", "num_regions", "band_target")
_RULE = ("connectivity", "distance", "metric", "edge")
_SPAN = ("min_distance", "max_distance")
_ARRAYS = ("thresholds", *_COUNTS, *_OVERLAPS, *_BANDS)
_FIELDS = (*_ARRAYS, *_TOTALS, *_RULE, *_SPAN, "score_dtype")
_SCORES = (None, "float16", "float32", "float64", "uint8", "uint16")
_HINT = (
    "an exact sweep's thresholds are the scores of its own positives. To merge: (1) two phases: "
    "thresholds = positive_scores(...) + positive_scores(...), then sweep(..., "
    "thresholds=thresholds) of each, and add; (2) one pass: ScoreStream, update and add; (3) one "
    "pass in constant memory: sweep(..., bins=...)"
)


class ThresholdSweep(SweepCurves):
    """Counts of positive and negative pixels over all thresholds, pooled over images.

    An immutable value. Sweeps at the same thresholds add, and adding gives the same as sweeping
    together. K thresholds, distinct, from high to low, cut the scores into what lies *at* a
    threshold and what lies *between* it and the one before (above, for the first). Most are made
    by ``sweep``.

    Parameters
    ----------
    thresholds : array-like of float32 or float64, shape (K,)
        From high to low. In an exact sweep, the distinct scores of the positive pixels.
    positives_at, negatives_at : array-like of int, shape (K,)
        Pixels whose score equals the threshold.
    positives_between, negatives_between : array-like of int, shape (K,), optional
        Pixels whose score lies above the threshold and below the one before; None if there are
        none. In a sweep over bins, pixels anywhere in the bin that begins at the threshold.
    num_positives, num_negatives : int
        All pixels, with those below the last threshold.
    overlap_at, overlap_between : array-like of int, shape (K,), optional
        What these pixels add to the regions' overlap, in units of 2^-40 region. A region of n
        pixels of which c are predicted overlaps by floor(c 2^40 / n).
    num_regions : int, optional
        Number of regions, at most 2^23.
    connectivity : {8, 4}, optional
        How the pixels of a region touch.
    band_preds, band_both : array-like of int, shape (K,), optional
        Changes, from one threshold to the next, of the pixels in the prediction's boundary band,
        and of those in both bands.
    band_target : int, optional
        Pixels in the band of the ground truth.
    distance, metric, edge : optional
        As given to ``sweep``, if it counted bands.
    min_distance, max_distance : int, optional
        For a ratio: the smallest and the largest distance in pixels of all images.
    score_dtype : str, optional
        The dtype of the scores if all have one, to which ``at`` rounds. It takes no part in ``==``.

    Raises
    ------
    InputTypeError, InputValueError
        Thresholds that don't descend, counts that are negative or don't fit their totals.

    Examples
    --------
    >>> import flawgauge as fg
    >>> fg.ThresholdSweep(
    ...     thresholds=[0.9, 0.5], positives_at=[2, 1], negatives_at=[0, 1],
    ...     negatives_between=[1, 0], num_positives=3, num_negatives=6,
    ... )
    ThresholdSweep at 2 thresholds, exact, 3 positives, 6 negatives
    threshold  tp  fp  fn  tn
          0.9   2   1   1   5
          0.5   3   2   0   4
    """

    __slots__ = _FIELDS

    thresholds: NDArray[Any]
    positives_at: NDArray[Any]
    positives_between: NDArray[Any] | None
    negatives_at: NDArray[Any]
    negatives_between: NDArray[Any] | None
    overlap_at: NDArray[Any] | None
    overlap_between: NDArray[Any] | None
    band_preds: NDArray[Any] | None
    band_both: NDArray[Any] | None
    num_positives: int
    num_negatives: int
    num_regions: int | None
    band_target: int | None
    connectivity: int | None
    distance: float | int | None
    metric: str | None
    edge: str | None
    min_distance: int | None
    max_distance: int | None
    score_dtype: str | None

    def __init__(
        self,
        *,
        thresholds: ArrayLike,
        positives_at: ArrayLike,
        negatives_at: ArrayLike,
        num_positives: int,
        num_negatives: int,
        positives_between: ArrayLike | None = None,
        negatives_between: ArrayLike | None = None,
        overlap_at: ArrayLike | None = None,
        overlap_between: ArrayLike | None = None,
        num_regions: int | None = None,
        connectivity: int | None = None,
        band_preds: ArrayLike | None = None,
        band_both: ArrayLike | None = None,
        band_target: int | None = None,
        distance: float | None = None,
        metric: str | None = None,
        edge: str | None = None,
        min_distance: int | None = None,
        max_distance: int | None = None,
        score_dtype: str | None = None,
    ) -> None:
        given = locals()
        fields = {name: given[name] for name in _FIELDS}
        fields["thresholds"] = _check_thresholds(thresholds)
        length = len(fields["thresholds"])
        for name in (*_COUNTS, *_OVERLAPS, *_BANDS):
            fields[name] = _check_counts(fields[name], name, length, signed=name in _BANDS)
        for name in (*_TOTALS, *_SPAN):
            fields[name] = _check_total(fields[name], name)
        _check_together(fields)
        if score_dtype not in _SCORES:
            names = ", ".join(str(name) for name in _SCORES)
            raise InputValueError(f"score_dtype is {score_dtype!r}, want one of: {names}")
        self._set(fields)

    @classmethod
    def _of(cls, fields: Mapping[str, Any]) -> ThresholdSweep:
        """Take over fields that are right, and arrays that nobody else writes to."""
        self = object.__new__(cls)
        self._set({name: fields.get(name) for name in _FIELDS})
        return self

    def _set(self, fields: Mapping[str, Any]) -> None:
        for name in _FIELDS:
            value = fields[name]
            if name in (*_COUNTS, *_OVERLAPS):
                value = _compact(value, may_vanish=name.endswith("between"))
            elif name in _BANDS:
                value = _compact_signed(value)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False
            object.__setattr__(self, name, value)

    @property
    def shape(self) -> tuple[int, ...]:
        """Always (): a sweep pools over all its images."""
        return ()

    @property
    def num_thresholds(self) -> int:
        """Number of thresholds."""
        return len(self.thresholds)

    @property
    def is_exact(self) -> bool:
        """Whether every score of a positive is one of the thresholds, so that areas are exact."""
        return self._positives().is_resolved

    @property
    def nbytes(self) -> int:
        """Memory of the arrays, in bytes."""
        arrays = (getattr(self, name) for name in _ARRAYS)
        return sum(array.nbytes for array in arrays if array is not None)

    def _rule(self) -> tuple[Any, ...]:
        return (
            self.thresholds.dtype,
            *(getattr(self, name) for name in _RULE),
            type(self.distance),
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ThresholdSweep):
            return NotImplemented
        numbers = (*_TOTALS, *_SPAN)
        return (
            self._rule() == other._rule()
            and all(getattr(self, name) == getattr(other, name) for name in numbers)
            and all(_same(getattr(self, name), getattr(other, name)) for name in _ARRAYS)
        )

    def __hash__(self) -> int:
        return hash((self._rule(), self.num_positives, self.num_negatives, len(self.thresholds)))

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, ({name: getattr(self, name) for name in _FIELDS},)

    def __add__(self, other: Any) -> ThresholdSweep:
        if isinstance(other, int) and other == 0:
            # The start value of the built-in `sum`.
            return self
        if not isinstance(other, ThresholdSweep):
            return NotImplemented
        for name, mine, theirs in zip(_RULE, self._rule()[1:], other._rule()[1:], strict=False):
            if mine != theirs or type(mine) is not type(theirs):
                raise InputValueError(f"sweeps of the {name} {mine!r} and {theirs!r} don't add")
        if not _same(self.thresholds, other.thresholds):
            raise InputValueError(f"sweeps at different thresholds don't add: {_HINT}")
        if self.thresholds.dtype != other.thresholds.dtype:
            raise InputTypeError(
                f"sweeps of {self.thresholds.dtype} and {other.thresholds.dtype} thresholds don't "
                "add"
            )
        fields = {name: getattr(self, name) for name in _RULE}
        fields["thresholds"] = self.thresholds
        is_same = self.score_dtype == other.score_dtype
        fields["score_dtype"] = self.score_dtype if is_same else None
        for name in (*_COUNTS, *_OVERLAPS, *_BANDS):
            fields[name] = _added(getattr(self, name), getattr(other, name))
        for name in _TOTALS:
            mine = getattr(self, name)
            fields[name] = None if mine is None else mine + getattr(other, name)
        if fields["num_regions"] is not None and fields["num_regions"] > MAX_REGIONS:
            raise InputValueError(
                f"the sweeps have {fields['num_regions']} regions, want at most 2^23"
            )
        for name, choose in zip(_SPAN, (min, max), strict=True):
            known = [getattr(sweep, name) for sweep in (self, other)]
            fields[name] = choose((d for d in known if d is not None), default=None)
        return self._of(fields)

    __radd__ = __add__

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists of numbers, ready for JSON."""
        fields: dict[str, Any] = {"type": "ThresholdSweep", "dtype": str(self.thresholds.dtype)}
        for name in _FIELDS:
            value = getattr(self, name)
            fields[name] = value.tolist() if isinstance(value, np.ndarray) else value
        return fields

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ThresholdSweep:
        """Make a sweep from what ``to_dict`` returned."""
        check_dict(data, "ThresholdSweep", ("dtype", *_FIELDS))
        if data["dtype"] not in ("float32", "float64"):
            raise InputValueError(f"the dict's dtype is {data['dtype']!r}, want float32 or float64")
        fields = {name: data[name] for name in _FIELDS}
        try:
            fields["thresholds"] = np.array(fields["thresholds"], dtype=data["dtype"])
        except (TypeError, ValueError):
            raise InputTypeError("thresholds of the dict are not numbers") from None
        return cls(**fields)

    def __repr__(self) -> str:
        title = [f"ThresholdSweep at {self.num_thresholds} thresholds"]
        title.append("exact" if self.is_exact else "bounds")
        title += [f"{self.num_positives} positives", f"{self.num_negatives} negatives"]
        if self.num_regions is not None:
            title.append(f"{self.num_regions} regions")
        if self.distance is not None:
            title.append(f"bands at {self.distance} ({self.metric})")
        rows: list[tuple[str, ...]] = [("threshold", "tp", "fp", "fn", "tn")]
        for number in range(min(ROWS_SHOWN, self.num_thresholds)):
            tp, fp = self._counts_at(number)
            counts = (tp, fp, self.num_positives - tp, self.num_negatives - fp)
            rows.append((f"{self.thresholds[number]:g}", *(str(count) for count in counts)))
        return ", ".join(title) + "\n" + table(rows, self.num_thresholds - ROWS_SHOWN)


def _restore(fields: dict[str, Any]) -> ThresholdSweep:
    return ThresholdSweep._of(fields)


def _same(first: NDArray[Any] | None, second: NDArray[Any] | None) -> bool:
    if first is None or second is None:
        return first is second
    return np.array_equal(first, second)


def _compact(counts: NDArray[Any] | None, may_vanish: bool) -> NDArray[Any] | None:
    """Counts in 32 bits if they fit; None in place of zeros only, if they may."""
    if counts is None:
        return None
    largest = int(counts.max(initial=0))
    if may_vanish and not largest:
        return None
    return np.ascontiguousarray(counts, dtype=np.uint32 if largest < 2**32 else np.uint64)


def _compact_signed(steps: NDArray[Any] | None) -> NDArray[Any] | None:
    if steps is None:
        return None
    fits = int(steps.min(initial=0)) >= -(2**31) and int(steps.max(initial=0)) < 2**31
    return np.ascontiguousarray(steps, dtype=np.int32 if fits else np.int64)


def _added(first: NDArray[Any] | None, second: NDArray[Any] | None) -> NDArray[Any] | None:
    if first is None or second is None:
        return second if first is None else first
    wide = np.int64 if first.dtype.kind == "i" else np.uint64
    total: NDArray[Any] = np.add(first, second, dtype=wide)
    return total


def _check_thresholds(values: ArrayLike) -> NDArray[Any]:
    thresholds = np.array(values)
    if thresholds.dtype not in (np.float32, np.float64):
        thresholds = thresholds.astype(np.float32) if not thresholds.size else thresholds
        if thresholds.dtype.kind not in "iuf":
            raise InputTypeError(f"thresholds has the dtype {thresholds.dtype}, want float32 or 64")
        thresholds = thresholds.astype(np.float32)
    if thresholds.ndim != 1 or not (thresholds[1:] < thresholds[:-1]).all():
        raise InputValueError("thresholds is not one axis of distinct numbers from high to low")
    if np.isnan(thresholds).any():
        raise InputValueError("thresholds holds nan, want numbers")
    # The sum makes both zeros one.
    thresholds += thresholds.dtype.type(0)
    return thresholds


def _check_counts(values: ArrayLike, name: str, length: int, signed: bool) -> NDArray[Any] | None:
    if values is None:
        return None
    counts = np.array(values)
    if counts.size and counts.dtype.kind not in "iu":
        raise InputTypeError(f"{name} has the dtype {counts.dtype}, want integers")
    if counts.shape != (length,):
        raise InputValueError(f"{name} has the shape {counts.shape}, want ({length},)")
    if not signed and counts.min(initial=0) < 0:
        raise InputValueError(f"{name} holds a negative count")
    return counts.astype(np.int64 if signed else np.uint64)


def _check_total(value: Any, name: str) -> int | None:
    if value is None and name not in ("num_positives", "num_negatives"):
        return None
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise InputTypeError(f"{name} is {value!r}, want a whole number")
    if not 0 <= value < 2**62:
        raise InputValueError(f"{name} is {value}, want 0 to 2^62")
    return int(value)


def _check_together(fields: dict[str, Any]) -> None:
    """Check that fields that go together are there, and that counts fit their totals."""
    for names in (("overlap_at", "num_regions", "connectivity"), (*_BANDS, "band_target", "edge")):
        missing = [name for name in names if fields[name] is None]
        if missing and len(missing) < len(names):
            raise InputValueError(f"{', '.join(missing)} is missing, want all of {names} or none")
    for name in ("positives_at", "negatives_at"):
        if fields[name] is None:
            raise InputTypeError(f"{name} is None, want counts")
    limits = [("positives", fields["num_positives"]), ("negatives", fields["num_negatives"])]
    if fields["num_regions"] is not None:
        if fields["num_regions"] > MAX_REGIONS:
            raise InputValueError(f"num_regions is {fields['num_regions']}, want at most 2^23")
        if fields["connectivity"] not in (4, 8):
            raise InputValueError(f"connectivity is {fields['connectivity']!r}, want 8 or 4")
        limits.append(("overlap", fields["num_regions"] * REGION))
    for name, limit in limits:
        parts = [fields[f"{name}_{place}"] for place in ("at", "between")]
        total = sum(int(part.sum(dtype=object)) for part in parts if part is not None)
        if total > limit:
            raise InputValueError(f"{name} add up to {total}, more than all, {limit}")
    if fields["edge"] is not None:
        check_rule(fields["metric"], fields["edge"])
        distance = check_distance(fields["distance"])
        if isinstance(distance, tuple):
            raise InputTypeError(f"distance is {distance!r}, want a single one")
        fields["distance"] = distance
