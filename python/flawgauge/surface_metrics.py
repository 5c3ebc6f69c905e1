"""One-call surface metrics: arrays in, numbers out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flawgauge.errors import InputValueError
from flawgauge.surface import surface

if TYPE_CHECKING:
    from flawgauge.arrays import ArrayLike
    from flawgauge.means import Empty
    from flawgauge.surface_distances import Undefined
    from flawgauge.thresholds import Threshold

__all__ = ["assd", "hausdorff_distance", "hd95", "surface_dice"]

_AVERAGES = (None, "pooled", "macro")


def hausdorff_distance(
    preds: ArrayLike,
    target: ArrayLike,
    *,
    percentile: float = 100,
    rule: str = "max",
    spacing: tuple[float, float] = (1, 1),
    threshold: float | Threshold | None = None,
    ignore: ArrayLike | None = None,
    average: str | None = None,
    empty: Undefined = "nan",
    one_empty: Undefined = "nan",
) -> Any:
    """Hausdorff distance of the contours of two masks, or a percentile of their distances.

    Parameters
    ----------
    preds, target, spacing, threshold, ignore
        See ``surface``.
    percentile, rule, empty, one_empty
        See ``SurfaceDistances.hausdorff``, also for which tool equals which option.
    average : {None, "pooled", "macro"}
        None: a value per image. "pooled": one of the contour pixels of all images. "macro": the
        mean of the images' values.

    Returns
    -------
    float, ndarray of float64, or Mean
        In the unit of the spacing; a ``Mean`` for "macro".

    Examples
    --------
    >>> import flawgauge as fg
    >>> fg.hausdorff_distance([[1, 0, 0, 1]], [[1, 0, 0, 0]], spacing=(1, 0.5))
    1.5
    """
    options: dict[str, Any] = {"percentile": percentile, "rule": rule, "one_empty": one_empty}
    arguments = (preds, target, spacing, threshold, ignore)
    return _score("hausdorff", *arguments, average, empty, **options)


def hd95(
    preds: ArrayLike,
    target: ArrayLike,
    *,
    rule: str = "max",
    spacing: tuple[float, float] = (1, 1),
    threshold: float | Threshold | None = None,
    ignore: ArrayLike | None = None,
    average: str | None = None,
    empty: Undefined = "nan",
    one_empty: Undefined = "nan",
) -> Any:
    """95th percentile of the distances: ``hausdorff_distance`` with ``percentile=95``.

    By default the larger of the two directions' (MONAI); ``rule="pooled"`` is MedPy's.

    Examples
    --------
    >>> import flawgauge as fg
    >>> fg.hd95([[1, 0, 0, 1]], [[1, 0, 0, 0]])
    2.8499999999999996
    """
    options: dict[str, Any] = {"percentile": 95, "rule": rule, "one_empty": one_empty}
    arguments = (preds, target, spacing, threshold, ignore)
    return _score("hausdorff", *arguments, average, empty, **options)


def assd(
    preds: ArrayLike,
    target: ArrayLike,
    *,
    rule: str = "mean",
    spacing: tuple[float, float] = (1, 1),
    threshold: float | Threshold | None = None,
    ignore: ArrayLike | None = None,
    average: str | None = None,
    empty: Undefined = "nan",
    one_empty: Undefined = "nan",
) -> Any:
    """Average symmetric surface distance; see ``SurfaceDistances.assd`` for ``rule``.

    By default the mean of the two directions' means (MedPy); ``rule="pooled"`` is MONAI's. The
    other parameters are those of ``hausdorff_distance``.

    Examples
    --------
    >>> import flawgauge as fg
    >>> fg.assd([[1, 0, 0, 1]], [[1, 0, 0, 0]])
    0.75
    """
    options = {"rule": rule, "one_empty": one_empty}
    return _score("assd", preds, target, spacing, threshold, ignore, average, empty, **options)


def surface_dice(
    preds: ArrayLike,
    target: ArrayLike,
    *,
    tolerance: ArrayLike,
    spacing: tuple[float, float] = (1, 1),
    threshold: float | Threshold | None = None,
    ignore: ArrayLike | None = None,
    average: str | None = None,
    empty: Empty = "nan",
) -> Any:
    """Normalised surface Dice: the share of both contours' pixels within a tolerance.

    See ``SurfaceDistances.nsd`` for ``tolerance`` and ``empty``, ``hausdorff_distance`` for the
    other parameters.

    Examples
    --------
    >>> import flawgauge as fg
    >>> fg.surface_dice([[1, 0, 0, 1]], [[1, 0, 0, 0]], tolerance=2)
    0.6666666666666666
    """
    arguments = (preds, target, spacing, threshold, ignore, average, empty)
    return _score("nsd", *arguments, tolerance=tolerance)


def _score(
    metric: str,
    preds: ArrayLike,
    target: ArrayLike,
    spacing: tuple[float, float],
    threshold: float | Threshold | None,
    ignore: ArrayLike | None,
    average: str | None,
    empty: Undefined,
    **options: Any,
) -> Any:
    if average not in _AVERAGES:
        names = ", ".join(repr(name) for name in _AVERAGES)
        raise InputValueError(f"average is {average!r}, want one of: {names}")
    distances = surface(preds, target, spacing=spacing, threshold=threshold, ignore=ignore)
    if average == "macro":
        return distances.mean(metric, empty=empty, **options)
    if average == "pooled":
        distances = distances.sum()
    return getattr(distances, metric)(empty=empty, **options)
