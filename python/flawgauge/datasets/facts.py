"""What is known of a published data set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

__all__ = ["TASKS", "Facts", "LabelKind", "Task"]

LabelKind: TypeAlias = Literal["pixel mask", "ellipse", "box"]
Task: TypeAlias = Literal["detection", "localization", "segmentation", "classification"]

TASKS: tuple[Task, ...] = get_args(Task)
"""All tasks, in the order of tables."""


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
    defect_classes : tuple of str, or str
        Names of the classes of defects, or what is known of them.
    label_kind : {"pixel mask", "ellipse", "box"}
        What defects are marked with.
    coarse : bool
        The marks also hold pixels without defect, so that pixel metrics must say so.
    official_split : str or None
        The published split into training and test data.
    defects_in_training : bool or None
        Whether the published training data hold defects.
    tasks : tuple of {"detection", "localization", "segmentation", "classification"}
        What the labels suit: whether an image has a defect, where it is, which pixels it has, which
        class it is of.
    notes : tuple of str
        What else one must know to read a number.
    """

    title: str
    citation: str
    licence: str
    num_images: int | None
    image_size: str
    defect_classes: tuple[str, ...] | str
    label_kind: LabelKind
    coarse: bool
    official_split: str | None
    defects_in_training: bool | None
    tasks: tuple[Task, ...]
    notes: tuple[str, ...] = ()
