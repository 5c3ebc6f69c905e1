"""One-call metrics: arrays in, numbers out.

Each function counts with ``confusion`` or ``confusion_matrix`` and applies the method of the same
name of ``ConfusionCounts``, where its formula is.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from flawgauge.confusion import METRICS, ConfusionCounts, confusion
from flawgauge.errors import InputValueError
from flawgauge.matrix import confusion_matrix

if TYPE_CHECKING:
    from collections.abc import Callable

    from flawgauge.arrays import ArrayLike
    from flawgauge.means import Empty
    from flawgauge.thresholds import Threshold

_AVERAGES = (None, "pooled", "macro", "weighted")
_CLASS_AVERAGES = (None, "per_class", "pooled", "macro", "weighted")


@dataclass(frozen=True)
class Metric:
    """A metric and what is known of it.

    Attributes
    ----------
    name : str
        Name of the function here and of the method of ``ConfusionCounts``.
    function : callable
        The one-call function.
    symmetric : bool
        Whether exchanging ``preds`` and ``target`` leaves the value the same.
    """

    name: str
    function: Callable[..., Any]
    symmetric: bool


def _score(
    metric: str,
    preds: ArrayLike,
    target: ArrayLike,
    threshold: float | Threshold | None,
    ignore: ArrayLike | None,
    num_classes: int | None,
    ignore_index: int | None,
    average: str | None,
    empty: Empty,
    **options: Any,
) -> Any:
    """Count and apply a metric; see the public functions."""
    if num_classes is None:
        if ignore_index is not None:
            raise InputValueError("ignore_index goes with num_classes; for masks give ignore")
        _check_average(average, _AVERAGES)
        counts = confusion(preds, target, threshold=threshold, ignore=ignore)
    else:
        if threshold is not None or ignore is not None:
            raise InputValueError("num_classes goes without threshold and ignore")
        _check_average(average, _CLASS_AVERAGES)
        matrix = confusion_matrix(preds, target, num_classes=num_classes, ignore_index=ignore_index)
        counts = matrix.per_class() if average is None else matrix.sum().per_class()
    return _average(metric, counts, average, empty, **options)


def _average(
    metric: str, counts: ConfusionCounts, average: str | None, empty: Empty, **options: Any
) -> Any:
    if average in ("macro", "weighted"):
        weights = "support" if average == "weighted" else None
        return counts.mean(metric, weights=weights, empty=empty, **options)
    if average == "pooled":
        counts = counts.sum()
    return getattr(counts, metric)(empty=empty, **options)


def _check_average(average: Any, allowed: tuple[str | None, ...]) -> None:
    if average not in allowed:
        names = ", ".join(repr(name) for name in allowed)
        raise InputValueError(f"average is {average!r}, want one of: {names}")


_DOCUMENTATION = """{title}.

    Parameters
    ----------
    preds, target : array-like (H, W), (N, H, W) or (N, C, H, W), or a list of (H, W) of any sizes
        Masks of booleans or integers, positive where not zero; ``preds`` may be scores with a
        ``threshold``. With ``num_classes``: label maps of integers.
    threshold : float or Threshold, optional
        A pixel is predicted positive iff ``preds >= threshold``.
    ignore : array-like, optional
        Pixels that count nowhere, where not zero.
    num_classes : int, optional
        Score label maps, each class against the rest.
    ignore_index : int, optional
        With ``num_classes``: pixels whose target has this value count nowhere.
    average : {{None, "per_class", "pooled", "macro", "weighted"}}
        None: a value per image (and class). "per_class": per class, pooled over images. "pooled":
        one value of all pixels. "macro": the mean of the values per image, or per class.
        "weighted": the same, weighted by positive pixels of the target.
    empty : {{"nan", "skip", 0, 1}}
        What an undefined value becomes; "skip" leaves it out of means.{options}

    Returns
    -------
    float, ndarray of float64, or Mean
        A fraction; a ``Mean`` for "macro" and "weighted".

    Raises
    ------
    InputTypeError, InputValueError
        As ``confusion`` and ``confusion_matrix``; an unknown ``average`` or ``empty``.

    Notes
    -----
    {notes}

    Examples
    --------
    >>> import flawgauge as fg
    >>> fg.{name}([[1, 1], [0, 0]], [[1, 0], [0, 0]])
    {example}
    """


class _OneCall(Protocol):
    """The signature that all metrics share."""

    __name__: str

    def __call__(
        self,
        preds: ArrayLike,
        target: ArrayLike,
        *,
        threshold: float | Threshold | None = None,
        ignore: ArrayLike | None = None,
        num_classes: int | None = None,
        ignore_index: int | None = None,
        average: str | None = None,
        empty: Empty = "nan",
    ) -> Any: ...


def _one_call(name: str, example: float) -> _OneCall:
    """Make the function of a metric; ``example`` is its value in the docstring's example."""

    def function(
        preds: ArrayLike,
        target: ArrayLike,
        *,
        threshold: float | Threshold | None = None,
        ignore: ArrayLike | None = None,
        num_classes: int | None = None,
        ignore_index: int | None = None,
        average: str | None = None,
        empty: Empty = "nan",
    ) -> Any:
        arguments = (preds, target, threshold, ignore, num_classes, ignore_index, average, empty)
        return _score(name, *arguments)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = _document(name, example)
    return function


def _document(name: str, example: float, options: str = "") -> str:
    """Fill the docstring in with the text of the method, where the formula is."""
    text = inspect.cleandoc(getattr(ConfusionCounts, name).__doc__)
    title, _, notes = text.partition("\n")
    first, _, rest = title.partition(". ")
    notes = (rest + "\n" + notes.partition("\n\nParameters")[0]).strip() or "See the method."
    return _DOCUMENTATION.format(
        title=first.rstrip("."),
        notes=notes.replace("\n", "\n    "),
        options=options,
        name=name,
        example=example,
    )


accuracy = _one_call("accuracy", 0.75)
balanced_accuracy = _one_call("balanced_accuracy", 0.8333333333333334)
precision = _one_call("precision", 0.5)
recall = _one_call("recall", 1.0)
specificity = _one_call("specificity", 0.6666666666666666)
fpr = _one_call("fpr", 0.3333333333333333)
fnr = _one_call("fnr", 0.0)
f1 = _one_call("f1", 0.6666666666666666)
dice = _one_call("dice", 0.6666666666666666)
iou = _one_call("iou", 0.5)
mcc = _one_call("mcc", 0.5773502691896258)
kappa = _one_call("kappa", 0.5)
prevalence = _one_call("prevalence", 0.25)


def f_beta(
    preds: ArrayLike,
    target: ArrayLike,
    *,
    beta: float = 1.0,
    threshold: float | Threshold | None = None,
    ignore: ArrayLike | None = None,
    num_classes: int | None = None,
    ignore_index: int | None = None,
    average: str | None = None,
    empty: Empty = "nan",
) -> Any:
    """F-beta; completed below."""
    arguments = (preds, target, threshold, ignore, num_classes, ignore_index, average, empty)
    return _score("f_beta", *arguments, beta=beta)


f_beta.__doc__ = _document(
    "f_beta",
    0.6666666666666666,
    "\n    beta : float\n        How many times recall weighs as much as precision.",
)

_SYMMETRIC = ("accuracy", "f1", "dice", "iou", "mcc", "kappa")

REGISTRY = {
    name: Metric(name=name, function=globals()[name], symmetric=name in _SYMMETRIC)
    for name in METRICS
}
"""All metrics by name."""
