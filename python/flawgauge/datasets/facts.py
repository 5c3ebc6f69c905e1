"""What is known of a published data set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Facts", "LabelKind", "Task"]

LabelKind: TypeAlias = Literal["pixel mask", "ellipse", "box"]
Task: TypeAlias = Literal["classification", "detection", "segmentation", "anomaly detection"]


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts of a data set; None where nothing is known or it depends.

    Attributes
    ----------
    title : str
        The name.
    citation : str
        The publication to cite.
    licence : str
        Terms of use, as far as they are published.
    num_images : int or None
        Images that are published with labels, of which ``samples`` may be a part.
    image_size : str
        Height x width in pixels.
    defect_classes : tuple of str
        Names of the classes of defects.
    label_kind : {"pixel mask", "ellipse", "box"}
        What defects are marked with.
    coarse : bool
        The marks also hold pixels without defect, so that pixel metrics must say so.
    official_split : str or None
        The published split into training and test data.
    defects_in_training : bool or None
        Whether the published training data hold defects.
    tasks : tuple of str
        What the labels suit.
    notes : tuple of str
        What else one must know to read a number.
    """

    title: str
    citation: str
    licence: str
    num_images: int | None
    image_size: str
    defect_classes: tuple[str, ...]
    label_kind: LabelKind
    coarse: bool
    official_split: str | None
    defects_in_training: bool | None
    tasks: tuple[Task, ...]
    notes: tuple[str, ...] = ()
