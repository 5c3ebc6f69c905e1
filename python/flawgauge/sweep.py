"""Threshold sweeps: counts at all thresholds that matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from flawgauge import _core
from flawgauge.arrays import score_images
from flawgauge.comparison import only_dtype, score_thresholds
from flawgauge.distances import check_distance, check_rule, core_distances, pixel_distances
from flawgauge.errors import InputTypeError, InputValueError
from flawgauge.regions import check_connectivity
from flawgauge.sweep_evidence import ThresholdSweep

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flawgauge.arrays import ArrayLike, Images

__all__ = ["PositiveScores", "positive_scores", "sweep"]

_BITS = range(8, 25)


class Request(NamedTuple):
    """The checked arguments of a sweep."""

    scores: Images
    target: Images
    ignore: Images | None
    dtype: Any
    thresholds: NDArray[Any] | None
    bits: int | None
    connectivity: int | None
    rule: dict[str, Any]

    @property
    def pixels(self) -> NDArray[np.int64] | None:
        """Distances in pixels, (1, 1) or (N, 1); None without bands."""
        return pixel_distances(self.rule["distance"], self.scores) if self.rule else None

    def evidence(self, found: dict[str, Any], index: int | None) -> ThresholdSweep:
        """Add to what was counted, of one image or of all, the rule it was counted by."""
        dtype = only_dtype(self.scores)
        fields = {**found, **self.rule, "score_dtype": None if dtype is None else dtype.name}
        if self.connectivity is not None:
            fields["connectivity"] = self.connectivity
        pixels = self.pixels
        if pixels is not None and isinstance(self.rule["distance"], float):
            own = pixels if index is None or len(pixels) == 1 else pixels[index]
            fields["min_distance"], fields["max_distance"] = int(own.min()), int(own.max())
        return ThresholdSweep._of(fields)


def sweep(
    scores: ArrayLike,
    target: ArrayLike,
    *,
    thresholds: ArrayLike | PositiveScores | None = None,
    bins: int | None = None,
    regions: bool = False,
    connectivity: int = 8,
    boundary: float | None = None,
    metric: str = "chessboard",
    edge: str = "background",
    ignore: ArrayLike | None = None,
    per_image: bool = False,
) -> Any:
    """Count positive and negative pixels over all thresholds.

    Parameters
    ----------
    scores : array-like (H, W), (N, H, W) or (N, C, H, W), or a list of (H, W) of any sizes
        Anomaly maps: float16, float32, float64, bfloat16, uint8 or uint16. A list has one
        precision. A pixel is predicted iff its score is at least the threshold.
    target : array-like
        True masks of booleans or integers, in the shape of ``scores``.
    thresholds : array-like (K,), or PositiveScores, optional
        Count at these, compared as NumPy's ``scores >= threshold``: a list of Python numbers is
        rounded to the precision of the scores, an array keeps its own. Each is kept as the least
        number of the scores' precision that it lets pass. Sweeps at the same thresholds add. By
        default the sweep is exact: the thresholds are the distinct scores of the positive pixels.
    bins : int, optional
        Count in so many bins of all numbers, 256 to 2^24, a power of two: constant memory, and
        sweeps add. Areas then have bounds; they are exact for uint8, uint16 and float16 in 65,536.
    regions : bool
        Count the overlap with each region of the target, for ``aupro``.
    connectivity : {8, 4}
        Whether pixels of a region may share only a corner.
    boundary : float or int, optional
        Count boundary bands at this distance, a ratio of the diagonal (float) or pixels (int).
    metric, edge : str
        Of the bands, as for ``flawgauge.boundary``.
    ignore : array-like, optional
        Pixels that count nowhere, where not zero.
    per_image : bool
        Return a sweep for each image.

    Returns
    -------
    ThresholdSweep, or list of ThresholdSweep
        Pooled over all images; with ``per_image`` one for each, in C order of the leading axes.

    Raises
    ------
    InputTypeError
        Other dtypes, a list of several precisions, an array on a GPU.
    InputValueError
        Shapes that differ, a NaN score that is not ignored, a wrong option.

    Notes
    -----
    Only thresholds at scores of positives matter to ROC, precision-recall and PRO curves: between
    two of them, only false positives are added. What is counted is told by ``ThresholdSweep``.

    Examples
    --------
    >>> import flawgauge as fg
    >>> scores = np.array([[0.1, 0.4, 0.35, 0.8]], dtype=np.float32)
    >>> found = fg.sweep(scores, [[0, 0, 1, 1]])
    >>> found.auroc(), round(found.average_precision(), 4)
    (0.75, 0.8333)
    """
    request = check_request(
        scores,
        target,
        thresholds=thresholds,
        bins=bins,
        regions=regions,
        connectivity=connectivity,
        boundary=boundary,
        metric=metric,
        edge=edge,
        ignore=ignore,
    )
    bands = None
    pixels = request.pixels
    if pixels is not None:
        bands = ([row[0] for row in core_distances(pixels)], metric, edge)
    found = _core.sweep(
        request.scores,
        request.target,
        request.ignore,
        thresholds=request.thresholds,
        bins=request.bits,
        regions=bool(regions),
        connectivity=connectivity,
        boundary=bands,
        per_image=bool(per_image),
    )
    if per_image:
        return [request.evidence(fields, index) for index, fields in enumerate(found)]
    return request.evidence(found[0], None)


def check_request(
    scores: ArrayLike,
    target: ArrayLike,
    *,
    thresholds: Any,
    bins: Any,
    regions: Any,
    connectivity: Any,
    boundary: Any,
    metric: str,
    edge: str,
    ignore: ArrayLike | None,
) -> Request:
    """Check the arguments of ``sweep``."""
    maps, masks, ignored = score_images(scores, target, ignore)
    dtype = score_dtype(maps)
    check_connectivity(connectivity)
    if thresholds is not None and bins is not None:
        raise InputValueError("thresholds and bins don't go together")
    if bins is not None:
        binned_dtype(maps)
    rule: dict[str, Any] = {}
    check_rule(metric, edge)
    if isinstance(thresholds, PositiveScores):
        thresholds = thresholds.scores
    if boundary is not None:
        distance = check_distance(boundary, "boundary")
        if isinstance(distance, tuple):
            raise InputTypeError(f"boundary is {boundary!r}, want a single distance")
        rule = {"distance": distance, "metric": metric, "edge": edge}
    return Request(
        maps,
        masks,
        ignored,
        dtype,
        None if thresholds is None else score_thresholds(thresholds, maps, dtype),
        None if bins is None else _bits(bins),
        connectivity if regions else None,
        rule,
    )


def score_dtype(scores: Images) -> Any:
    """The dtype of the thresholds: float64 for such scores, float32 for all others."""
    images = scores if isinstance(scores, list) else [scores]
    wide = {image.dtype.kind == "f" and image.dtype.itemsize == 8 for image in images}
    if len(wide) > 1:
        raise InputTypeError("scores has float64 images and others, want one precision")
    return np.dtype(np.float64 if wide.pop() else np.float32)


def binned_dtype(scores: Images) -> np.dtype[Any]:
    """The dtype whose numbers are binned, in this machine's byte order."""
    images = scores if isinstance(scores, list) else [scores]
    dtypes = {image.dtype.newbyteorder("=") for image in images}
    if len(dtypes) > 1:
        names = ", ".join(sorted(str(dtype) for dtype in dtypes))
        raise InputTypeError(f"scores has images of {names}, want one dtype for bins")
    return dtypes.pop()


def _bits(bins: Any) -> int:
    want = "want a power of two from 256 to 2^24"
    if isinstance(bins, (bool, np.bool_)) or not isinstance(bins, (int, np.integer)):
        raise InputTypeError(f"bins is {bins!r}, {want}")
    bits = int(bins).bit_length() - 1
    if bits not in _BITS or bins != 2**bits:
        raise InputValueError(f"bins is {bins}, {want}")
    return bits


class PositiveScores:
    """The distinct scores of positive pixels: the thresholds of an exact sweep. They add.

    Parameters
    ----------
    scores : array-like of float32 or float64, shape (K,)
        Any order; duplicates count once.

    Examples
    --------
    >>> import flawgauge as fg
    >>> first = fg.positive_scores(np.float32([[0.5, 0.25]]), [[1, 1]])
    >>> second = fg.positive_scores(np.float32([[0.5, 0.75]]), [[1, 0]])
    >>> first + second
    PositiveScores([0.5 , 0.25], dtype=float32)
    """

    __slots__ = ("scores",)

    scores: NDArray[Any]

    def __init__(self, scores: ArrayLike) -> None:
        array = np.asarray(scores)
        if array.dtype not in (np.float32, np.float64) or array.ndim != 1:
            raise InputTypeError(
                f"scores is an array of shape {array.shape} and dtype {array.dtype}, want float32 "
                "or float64 on one axis"
            )
        if np.isnan(array).any():
            raise InputValueError("scores holds nan, want numbers")
        # A copy, in which both zeros are the same.
        distinct = array + array.dtype.type(0)
        if not (distinct[1:] < distinct[:-1]).all():
            distinct = np.unique(distinct)[::-1]
        distinct.flags.writeable = False
        object.__setattr__(self, "scores", distinct)

    def __add__(self, other: Any) -> PositiveScores:
        if isinstance(other, int) and other == 0:
            # The start value of the built-in `sum`.
            return self
        if not isinstance(other, PositiveScores):
            return NotImplemented
        if self.scores.dtype != other.scores.dtype:
            raise InputTypeError(
                f"scores of {self.scores.dtype} and {other.scores.dtype} don't add"
            )
        return PositiveScores(np.concatenate([self.scores, other.scores]))

    __radd__ = __add__

    def __len__(self) -> int:
        return len(self.scores)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PositiveScores):
            return NotImplemented
        same_type = self.scores.dtype == other.scores.dtype
        return same_type and np.array_equal(self.scores, other.scores)

    def __hash__(self) -> int:
        return hash((self.scores.dtype, self.scores.tobytes()))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"PositiveScores is immutable, {name} can't be set")

    def __reduce__(self) -> tuple[Any, ...]:
        return PositiveScores, (self.scores,)

    def __repr__(self) -> str:
        return f"PositiveScores({np.array_repr(self.scores)[6:]}"


def positive_scores(
    scores: ArrayLike, target: ArrayLike, *, ignore: ArrayLike | None = None
) -> PositiveScores:
    """Collect the distinct scores of positive pixels, the thresholds of an exact sweep.

    The first of two phases that sweep parts apart and exactly: collect from each part, add, sweep
    each part at the sum, add the sweeps. That equals by ``==`` the exact sweep of all parts.

    Parameters
    ----------
    scores, target, ignore
        As for ``sweep``.

    Returns
    -------
    PositiveScores
        About 4 bytes a distinct score.

    Raises
    ------
    InputTypeError, InputValueError
        As ``sweep``; of NaN only at a positive pixel.

    Examples
    --------
    >>> import flawgauge as fg
    >>> scores, target = np.random.default_rng(0).random((2, 4, 8, 8)).round(1)
    >>> parts = [(scores[:2], target[:2] > 0.7), (scores[2:], target[2:] > 0.7)]
    >>> thresholds = sum(fg.positive_scores(*part) for part in parts)
    >>> swept = sum(fg.sweep(*part, thresholds=thresholds) for part in parts)
    >>> swept == fg.sweep(scores, target > 0.7)
    True
    """
    maps, masks, ignored = score_images(scores, target, ignore)
    score_dtype(maps)
    return PositiveScores(_core.positive_scores(maps, masks, ignored))
