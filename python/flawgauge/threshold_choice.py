"""Choosing a threshold on one set of images, to be used on another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flawgauge.errors import InputTypeError, InputValueError
from flawgauge.thresholds import Threshold, named

if TYPE_CHECKING:
    from flawgauge.best_thresholds import Ties
    from flawgauge.sweep_evidence import ThresholdSweep

__all__ = ["select_threshold"]


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
    limits: dict[str, tuple[Any, Any]] = {
        "fpr": (fpr, sweep.threshold_at_fpr),
        "recall": (recall, sweep.threshold_at_recall),
    }
    for name, (limit, _) in limits.items():
        if (limit is not None) != (objective == name):
            raise InputValueError(f'{name} goes with the objective "{name}", and is needed there')
    if objective in limits:
        if beta is not None or cost is not None:
            raise InputValueError(f'beta and cost don\'t go with the objective "{objective}"')
        limit, choose = limits[objective]
        found: Threshold = choose(limit)
    else:
        found = sweep.best(objective, beta=beta, cost=cost, ties=ties).threshold
    return Threshold(found.value, found.objective, named(source))
