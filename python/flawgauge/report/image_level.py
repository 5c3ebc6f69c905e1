"""Counts of images: each mask, or each image, is one "pixel"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge.confusion import ConfusionCounts, confusion
from flawgauge.matrix import ConfusionMatrix, confusion_matrix

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Classification", "classification", "detection", "detection_any"]


def detection(counts: ConfusionCounts) -> ConfusionCounts:
    """Count, per class, the images in which a defect is there and is predicted.

    An image is positive iff its mask has a positive pixel; whether the two masks meet does not
    matter.

    Parameters
    ----------
    counts : ConfusionCounts (N, C)
        Pixels of N images and C classes.

    Returns
    -------
    ConfusionCounts (C,)
        In images.

    Examples
    --------
    >>> pixels = ConfusionCounts(
    ...     tp=[[5, 0], [0, 0]], fp=[[0, 0], [2, 0]], fn=[[1, 3], [0, 0]], tn=[[4, 7], [8, 10]]
    ... )
    >>> detection(pixels)[0]
    ConfusionCounts(tp=1, fp=1, fn=0, tn=0)
    >>> detection_any(pixels)
    ConfusionCounts(tp=1, fp=1, fn=0, tn=0)
    """
    return confusion(_one_row(counts.predicted > 0), _one_row(counts.support > 0))


def detection_any(counts: ConfusionCounts) -> ConfusionCounts:
    """Count the images in which a defect of any class is there and is predicted.

    Parameters
    ----------
    counts : ConfusionCounts (N, C)
        Pixels of N images and C classes.

    Returns
    -------
    ConfusionCounts ()
        In images.
    """
    return detection(counts.sum(axis=1)[:, np.newaxis])[0]


@dataclass(frozen=True)
class Classification:
    """Images by true and predicted class.

    Attributes
    ----------
    matrix : ConfusionMatrix ()
        In images; label 0 is "none", label c is class c. Rows are true labels.
    several_true, several_predicted : int
        Number of images with masks of several classes, of which only the largest counts.
    """

    matrix: ConfusionMatrix
    several_true: int
    several_predicted: int

    @property
    def labels(self) -> list[str]:
        """Names of rows and columns."""
        return ["none", *(str(number) for number in range(1, self.matrix.num_classes))]


def classification(counts: ConfusionCounts) -> Classification:
    """Count images by true and predicted class, each by its largest mask.

    Of equally large masks the lowest class counts; an image without a positive pixel is "none".

    Parameters
    ----------
    counts : ConfusionCounts (N, C)
        Pixels of N images and C classes.

    Examples
    --------
    >>> pixels = ConfusionCounts(
    ...     tp=[[5, 0], [0, 0]], fp=[[0, 0], [2, 0]], fn=[[1, 7], [0, 0]], tn=[[4, 3], [8, 10]]
    ... )
    >>> classification(pixels).matrix.matrix
    array([[0, 1, 0],
           [0, 0, 0],
           [0, 1, 0]])
    """
    num_classes = counts.shape[1] + 1
    true_labels = largest_class(counts.support)
    predicted_labels = largest_class(counts.predicted)
    matrix = confusion_matrix(predicted_labels[None], true_labels[None], num_classes=num_classes)
    several_true, several_predicted = (
        int(((areas > 0).sum(axis=1) > 1).sum()) for areas in (counts.support, counts.predicted)
    )
    return Classification(matrix, several_true, several_predicted)


def largest_class(areas: NDArray[np.int64]) -> NDArray[np.int64]:
    """Class of the largest area of each row, from 1; 0 where all are zero.

    Examples
    --------
    >>> largest_class(np.array([[0, 4, 4], [0, 0, 0]]))
    array([2, 0])
    """
    # The first of several maxima: the lowest class.
    largest: NDArray[np.int64] = np.where(areas.any(axis=1), areas.argmax(axis=1) + 1, 0)
    return largest


def _one_row(positive: Any) -> NDArray[np.bool_]:
    """Turn (N, C) into C "images" of one row and N columns."""
    return np.ascontiguousarray(positive.T[:, np.newaxis, :])
