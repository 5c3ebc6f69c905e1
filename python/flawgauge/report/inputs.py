"""What a report is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from flawgauge.datasets.facts import Facts

__all__ = ["Inputs"]


@dataclass(frozen=True)
class Inputs:
    """What was scored, and how it was read.

    Attributes
    ----------
    dataset : str
        Name of the data set on the command line.
    facts : Facts
        What is known of it.
    root, predictions : str
        Where the files are.
    format : str
        What the predictions come as.
    kind : {"scores", "masks"}
        What the predictions are.
    pooled : bool
        Whether all categories were scored as one.
    split : str
        The split that was scored, or "all".
    split_file : str or None
        Where the split comes from, if not from the data set.
    notes : tuple of str
        What was found in the data set that one should know.
    boundary : float, int, tuple of int, or None
        Distance of the boundary bands.
    connectivity : {8, 4} or None
        How pixels of a region touch.
    resize, mask_threshold, map_key
        As given to ``evaluate``.
    image_score : (str, int)
        How images are scored: a method of ``image_scores``, and its k, its size, or 1.
    """

    dataset: str
    facts: Facts
    root: str
    predictions: str
    format: str
    kind: Literal["scores", "masks"]
    pooled: bool
    split: str
    split_file: str | None
    notes: tuple[str, ...]
    boundary: Any
    connectivity: int | None
    resize: str | None
    mask_threshold: int | None
    map_key: str | None
    image_score: tuple[str, int]

    @property
    def label_kind(self) -> str:
        """What defects are marked with, and whether that is coarse."""
        return self.facts.label_kind + (", coarse" if self.facts.coarse else "")

    @property
    def images(self) -> str:
        """Name of the images that were scored."""
        return f"{self.facts.title}, split {self.split}"

    @property
    def image_score_rule(self) -> str:
        """How images are scored, in words."""
        method, number = self.image_score
        return _IMAGE_SCORES[method].format(number)


_IMAGE_SCORES = {
    "max": "the highest score of its pixels",
    "top_k_mean": "the mean of the {:,} highest scores of its pixels",
    "mean_filter_max": (
        "the highest mean of a square of {0} x {0} pixels around a pixel, zeros outside of the "
        "image"
    ),
}
