"""Choosing a threshold on one set of images, to be used on another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flawgauge.best_thresholds import BEST_METRICS
from flawgauge.best_thresholds import objective as metric_objective
from flawgauge.errors import InputTypeError, InputValueError
from flawgauge.sweep_decisions import check_rate
from flawgauge.thresholds import Threshold, named

if TYPE_CHECKING:
    from flawgauge.best_thresholds import Ties
    from flawgauge.sweep_evidence import ThresholdSweep

__all__ = ["OBJECTIVES", "check_objective", "select_threshold"]

OBJECTIVES = (*BEST_METRICS, "fpr", "recall")
"""What ``select_threshold`` can choose for."""


def select_threshold(
    sweep: ThresholdSweep,
    objective: str = "f1",
    *,
    source: str | None = None,
    beta: float | None = None,
    cost: float | None = None,
    fpr: float | None = None,
    recall: float | None = None,
    ties: Ties = "lowest",
) -> Threshold:
    """Choose a threshold on one set of images, to be used on another.

    Parameters
    ----------
    sweep : ThresholdSweep
        Of the images to choose on: a validation set.
    objective : str
        A metric of ``ThresholdSweep.best``, or "fpr" (the lowest threshold with at most ``fpr``),
        or "recall" (the highest with at least ``recall``).
    source : str, optional
        Name of those images. Without a name, the threshold is an "oracle": chosen on the images
        that it will be scored on, which flatters the score.
    beta, cost, ties
        As for ``ThresholdSweep.best``.
    fpr, recall : float, optional
        The limit, for the objectives of these names.

    Returns
    -------
    Threshold
        With the objective, and the source "selected on NAME" or "oracle".

    Raises
    ------
    InputTypeError, InputValueError
        Something that is no sweep, an unknown objective, an option that does not go with it.

    Notes
    -----
    The receiver operating characteristic and average precision describe a family of decisions and
    serve to choose one; a test set is used once, after all choices.

    Examples
    --------
    >>> import flawgauge as fg
    >>> validation = fg.sweep(np.array([[0.1, 0.4, 0.35, 0.8]]), [[0, 0, 1, 1]])
    >>> chosen = fg.select_threshold(validation, "f1", source="validation")
    >>> chosen
    Threshold(value=0.35, objective='f1', source='selected on validation')
    >>> fg.confusion([[0.2, 0.7]], [[0, 1]], threshold=chosen)
    ConfusionCounts(tp=1, fp=0, fn=0, tn=1, threshold=0.35 (f1, selected on validation))
    """
    if not hasattr(sweep, "threshold_at_fpr"):
        raise InputTypeError(f"sweep is a {type(sweep).__name__}, want a ThresholdSweep")
    check_objective(objective, beta=beta, cost=cost, fpr=fpr, recall=recall)
    if fpr is not None:
        found = sweep.threshold_at_fpr(fpr)
    elif recall is not None:
        found = sweep.threshold_at_recall(recall)
    else:
        found = sweep.best(objective, beta=beta, cost=cost, ties=ties).threshold
    return Threshold(found.value, found.objective, named(source))


def check_objective(
    name: str,
    *,
    beta: float | None = None,
    cost: float | None = None,
    fpr: float | None = None,
    recall: float | None = None,
) -> None:
    """Check an objective of ``select_threshold`` and its option, before anything is counted.

    Raises
    ------
    InputTypeError, InputValueError
        An unknown objective, an option that does not go with it or is out of its range.
    """
    if name not in OBJECTIVES:
        raise InputValueError(f"objective is {name!r}, want one of: {', '.join(OBJECTIVES)}")
    for limit_name, limit in (("fpr", fpr), ("recall", recall)):
        if (limit is not None) != (name == limit_name):
            raise InputValueError(
                f'{limit_name} goes with the objective "{limit_name}", and is needed there'
            )
        if limit is not None:
            check_rate(limit, limit_name)
    if name in ("fpr", "recall", "boundary_iou"):
        if beta is not None or cost is not None:
            raise InputValueError(f'beta and cost don\'t go with the objective "{name}"')
    else:
        metric_objective(name, beta, cost)
