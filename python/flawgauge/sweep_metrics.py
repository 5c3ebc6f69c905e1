"""One-call metrics over all thresholds: scores and masks in, numbers out.

Each function makes an exact sweep and calls the method of ``ThresholdSweep`` of the same name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from flawgauge.sweep import sweep

if TYPE_CHECKING:
    from flawgauge.arrays import ArrayLike
    from flawgauge.best_thresholds import BestThreshold, Ties
    from flawgauge.means import Empty
    from flawgauge.precision_areas import Rule
    from flawgauge.sweep_curves import Normalise, PrecisionRecallCurve, ProCurve, RocCurve

__all__ = [
    "aupro",
    "auroc",
    "average_precision",
    "f1_max",
    "fpr_at_recall",
    "precision_recall_curve",
    "pro_curve",
    "roc_curve",
]


def auroc(
    scores: ArrayLike,
    target: ArrayLike,
    *,
    max_fpr: float | None = None,
    normalise: Normalise | Literal["?"] = "?",
    ignore: ArrayLike | None = None,
    empty: Empty = "nan",
) -> float:
    """Area under the receiver operating characteristic of all pixels, exact.

    Parameters
    ----------
    scores, target, ignore
        As for ``sweep``: score maps and masks of shape (H, W), (N, H, W) or (N, C, H, W), or lists.
    max_fpr : float, optional
        Integrate only up to this false positive rate.
    normalise : {"limit", "mcclish", None}
        Needed with ``max_fpr``: the area divided by it; McClish's standardised area, as
        scikit-learn; or the area as it is.
    empty : {"nan", "skip", 0, 1}
        What it becomes without positives or without negatives.

    Returns
    -------
    float
        A fraction.

    Raises
    ------
    InputTypeError, InputValueError
        As ``sweep`` and ``ThresholdSweep.auroc``.

    Examples
    --------
    >>> import flawgauge as fg
    >>> fg.auroc(np.array([[0.1, 0.4, 0.35, 0.8]]), [[0, 0, 1, 1]])
    0.75
    """
    found = sweep(scores, target, ignore=ignore)
    return float(found.auroc(max_fpr, normalise=normalise, empty=empty))


def average_precision(
    scores: ArrayLike,
    target: ArrayLike,
    *,
    rule: Rule = "step",
    ignore: ArrayLike | None = None,
    empty: Empty = "nan",
) -> float:
    """Average precision of all pixels: the area under the precision-recall curve, exact.

    Parameters
    ----------
    scores, target, ignore
        As for ``sweep``.
    rule : {"step", "trapezoid"}
        "step" as scikit-learn; "trapezoid" as the evaluations of Bozic and Tabernik.
    empty : {"nan", "skip", 0, 1}
        What it becomes without positives.

    Returns
    -------
    float
        A fraction.

    Raises
    ------
    InputTypeError, InputValueError
        As ``sweep``.

    Examples
    --------
    >>> import flawgauge as fg
    >>> round(fg.average_precision(np.array([[0.1, 0.4, 0.35, 0.8]]), [[0, 0, 1, 1]]), 6)
    0.833333
    """
    found = sweep(scores, target, ignore=ignore)
    return float(found.average_precision(rule=rule, empty=empty))


def f1_max(
    scores: ArrayLike,
    target: ArrayLike,
    *,
    ignore: ArrayLike | None = None,
    ties: Ties = "lowest",
) -> BestThreshold:
    """Largest F1 over all thresholds, with the threshold. ``float(...)`` is the value.

    Parameters
    ----------
    scores, target, ignore
        As for ``sweep``.
    ties : {"lowest", "highest"}
        Which of several thresholds with the same value.

    Returns
    -------
    BestThreshold
        Value, threshold and counts; the threshold's source is "oracle".

    Raises
    ------
    InputTypeError, InputValueError
        As ``sweep``.

    Examples
    --------
    >>> import flawgauge as fg
    >>> best = fg.f1_max(np.array([[0.1, 0.4, 0.35, 0.8]]), [[0, 0, 1, 1]])
    >>> best.value, str(best.threshold)
    (0.8, '0.35 (f1, oracle)')
    """
    best: BestThreshold = sweep(scores, target, ignore=ignore).best("f1", ties=ties)
    return best


def aupro(
    scores: ArrayLike,
    target: ArrayLike,
    *,
    limit: float = 0.3,
    connectivity: int = 8,
    ignore: ArrayLike | None = None,
    empty: Empty = "nan",
) -> float:
    """Area under the curve of per-region overlap up to a false positive rate, exact.

    Parameters
    ----------
    scores, target, ignore
        As for ``sweep``.
    limit : float
        The false positive rate; the area is divided by it.
    connectivity : {8, 4}
        Whether pixels of a region may share only a corner.
    empty : {"nan", "skip", 0, 1}
        What it becomes without regions or without negatives.

    Returns
    -------
    float
        A fraction.

    Raises
    ------
    InputTypeError, InputValueError
        As ``sweep`` and ``ThresholdSweep.aupro``.

    Notes
    -----
    Bergmann et al., "The MVTec Anomaly Detection Dataset", IJCV 2021.

    Examples
    --------
    >>> import flawgauge as fg
    >>> fg.aupro(np.array([[0.1, 0.4, 0.35, 0.8]]), [[0, 1, 0, 1]], limit=0.5)
    1.0
    """
    found = sweep(scores, target, regions=True, connectivity=connectivity, ignore=ignore)
    return float(found.aupro(limit, empty=empty))


def fpr_at_recall(
    scores: ArrayLike,
    target: ArrayLike,
    *,
    recall: float = 0.95,
    ignore: ArrayLike | None = None,
    empty: Empty = "nan",
) -> float:
    """False positive rate at the highest threshold with at least this recall: FPR95.

    Parameters
    ----------
    scores, target, ignore
        As for ``sweep``.
    recall : float
        From 0 to 1.
    empty : {"nan", "skip", 0, 1}
        What it becomes without positives or without negatives.

    Returns
    -------
    float
        A fraction.

    Raises
    ------
    InputTypeError, InputValueError
        As ``sweep``.

    Examples
    --------
    >>> import flawgauge as fg
    >>> fg.fpr_at_recall(np.array([[0.1, 0.4, 0.35, 0.8]]), [[0, 0, 1, 1]])
    0.5
    """
    return float(sweep(scores, target, ignore=ignore).fpr_at_recall(recall, empty=empty))


def roc_curve(scores: ArrayLike, target: ArrayLike, *, ignore: ArrayLike | None = None) -> RocCurve:
    """Receiver operating characteristic of all pixels.

    Parameters
    ----------
    scores, target, ignore
        As for ``sweep``.

    Returns
    -------
    RocCurve
        ``fpr, tpr, thresholds``: the corners, from (0, 0) to (1, 1).

    Raises
    ------
    InputTypeError, InputValueError
        As ``sweep``.

    Examples
    --------
    >>> import flawgauge as fg
    >>> fpr, tpr, _ = fg.roc_curve(np.array([[0.1, 0.4, 0.35, 0.8]]), [[0, 0, 1, 1]])
    >>> fpr.tolist(), tpr.tolist()
    ([0.0, 0.0, 0.5, 0.5, 1.0], [0.0, 0.5, 0.5, 1.0, 1.0])
    """
    curve: RocCurve = sweep(scores, target, ignore=ignore).roc()
    return curve


def precision_recall_curve(
    scores: ArrayLike, target: ArrayLike, *, ignore: ArrayLike | None = None
) -> PrecisionRecallCurve:
    """Precision over recall of all pixels, from high thresholds to low ones.

    Parameters
    ----------
    scores, target, ignore
        As for ``sweep``.

    Returns
    -------
    PrecisionRecallCurve
        ``precision, recall, thresholds``.

    Raises
    ------
    InputTypeError, InputValueError
        As ``sweep``.

    Examples
    --------
    >>> import flawgauge as fg
    >>> curve = fg.precision_recall_curve(np.array([[0.1, 0.4, 0.8]]), [[0, 1, 1]])
    >>> curve.recall.tolist()
    [0.0, 0.5, 1.0, 1.0]
    """
    curve: PrecisionRecallCurve = sweep(scores, target, ignore=ignore).precision_recall()
    return curve


def pro_curve(
    scores: ArrayLike,
    target: ArrayLike,
    *,
    connectivity: int = 8,
    ignore: ArrayLike | None = None,
) -> ProCurve:
    """Mean overlap with the regions over the false positive rate.

    Parameters
    ----------
    scores, target, ignore
        As for ``sweep``.
    connectivity : {8, 4}
        Whether pixels of a region may share only a corner.

    Returns
    -------
    ProCurve
        ``fpr, pro, thresholds``: the corners, from (0, 0) to (1, 1).

    Raises
    ------
    InputTypeError, InputValueError
        As ``sweep``.

    Examples
    --------
    >>> import flawgauge as fg
    >>> fg.pro_curve(np.array([[0.1, 0.4, 0.8]]), [[0, 1, 1]]).pro.tolist()
    [0.0, 0.5, 1.0, 1.0]
    """
    found = sweep(scores, target, regions=True, connectivity=connectivity, ignore=ignore)
    curve: ProCurve = found.pro_curve()
    return curve
