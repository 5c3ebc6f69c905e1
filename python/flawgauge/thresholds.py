"""Thresholds that say where they come from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge.errors import InputTypeError, InputValueError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["GIVEN", "ORACLE", "Threshold"]

GIVEN = "given"
ORACLE = "oracle"
_SELECTED = "selected on "


@dataclass(frozen=True)
class Threshold:
    """A threshold, what it was chosen for, and on which images.

    Parameters
    ----------
    value : float
        A pixel is predicted positive iff its score is at least this; infinity where predicting
        nothing was best.
    objective : str, optional
        What it was chosen for: "f1", or "fpr <= 0.01".
    source : str
        "given": it was not chosen by these images. "selected on NAME": by other images, of that
        name. "oracle": by the very images that it is scored on, which flatters the score.

    Raises
    ------
    InputTypeError, InputValueError
        A value that is no number, another source.

    Notes
    -----
    ``float(threshold)`` works, and so does every ``threshold=`` of the package. A test set is to
    be used once, after all choices; so a result at a threshold shows its source.

    Examples
    --------
    >>> import flawgauge as fg
    >>> chosen = fg.Threshold(0.5, "f1", "selected on validation")
    >>> fg.confusion([[0.2, 0.7]], [[0, 1]], threshold=chosen)
    ConfusionCounts(tp=1, fp=0, fn=0, tn=1, threshold=0.5 (f1, selected on validation))
    """

    value: float
    objective: str | None = None
    source: str = GIVEN

    def __post_init__(self) -> None:
        if isinstance(self.value, (bool, np.bool_)) or not isinstance(
            self.value, (int, float, np.number)
        ):
            raise InputTypeError(f"value is {self.value!r}, want a number")
        try:
            object.__setattr__(self, "value", float(self.value))
        except OverflowError:
            raise InputValueError("value is a whole number that no float holds") from None
        if not isinstance(self.source, str) or not (
            self.source in (GIVEN, ORACLE)
            or (self.source.startswith(_SELECTED) and len(self.source) > len(_SELECTED))
        ):
            raise InputValueError(
                f'source is {self.source!r}, want "given", "oracle" or "selected on NAME"'
            )
        if self.objective is not None and not isinstance(self.objective, str):
            raise InputTypeError(f"objective is {self.objective!r}, want a name or None")

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        notes = self.source if self.objective is None else f"{self.objective}, {self.source}"
        return f"{self.value:g} ({notes})"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON: infinity is "inf" or "-inf", nan is None."""
        value: float | str | None = self.value
        if not math.isfinite(self.value):
            value = None if math.isnan(self.value) else str(self.value)
        return {"value": value, "objective": self.objective, "source": self.source}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Threshold:
        """Make a threshold from what ``to_dict`` returned."""
        if not isinstance(data, dict) or not {"value", "objective", "source"} <= data.keys():
            raise InputValueError("the dict of a Threshold lacks value, objective or source")
        value = data["value"]
        if value is None or value in ("inf", "-inf"):
            value = math.nan if value is None else float(value)
        return cls(value, data["objective"], data["source"])


def named(source: str | None) -> str:
    """The source of a threshold that was selected on images of this name; None is the oracle."""
    if source is None or source == ORACLE:
        return ORACLE
    if not isinstance(source, str) or not source.strip() or source == GIVEN:
        raise InputValueError(
            f"source is {source!r}, want the name of the images it was selected on, or None"
        )
    return source if source.startswith(_SELECTED) else _SELECTED + source


def common_threshold(items: Sequence[Any]) -> Threshold | None:
    """The threshold that all of this evidence carries; None if they differ."""
    thresholds = {item.threshold for item in items}
    return thresholds.pop() if len(thresholds) == 1 else None


def as_threshold(threshold: Any) -> Threshold:
    """A number as a threshold that was given."""
    if isinstance(threshold, Threshold):
        return threshold
    if isinstance(threshold, np.ndarray) and threshold.ndim == 0:
        threshold = threshold[()]
    found = Threshold(threshold)
    if math.isnan(found.value):
        raise InputValueError("threshold is nan, want a number")
    return found
