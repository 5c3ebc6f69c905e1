"""Joint counts of two label maps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge.arrays import label_images, leading_shape
from flawgauge.errors import InputValueError
from flawgauge.matrix import ConfusionMatrix
from flawgauge.reference.arrays import each_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flawgauge.arrays import ArrayLike

__all__ = ["confusion_matrix"]

MAX_CLASSES = 65_536


def confusion_matrix(
    preds: ArrayLike,
    target: ArrayLike,
    *,
    num_classes: int,
    ignore_index: int | None = None,
) -> ConfusionMatrix:
    """Count, per image, how often each target label meets each predicted label.

    Parameters
    ----------
    preds, target : array-like (H, W), (N, H, W) or (N, C, H, W), or a list of (H, W) of any sizes
        Label maps of integers.
    num_classes : int
        The number K of labels, 1 to 65,536; labels are 0 to K - 1.
    ignore_index : int, optional
        Pixels whose *target* has this value count nowhere, whatever is predicted there. It may lie
        outside the range of labels.

    Returns
    -------
    ConfusionMatrix
        In pixels, of shape (), (N,) or (N, C).

    Raises
    ------
    InputTypeError
        Label maps that are not integers.
    InputValueError
        Shapes that differ, a number of classes out of range, a label out of range on a pixel that
        is not ignored.

    Examples
    --------
    >>> matrix = confusion_matrix(np.array([[0, 1, 1]]), np.array([[0, 0, 1]]), num_classes=2)
    >>> matrix.matrix
    array([[1, 1],
           [0, 1]])
    """
    if not 1 <= num_classes <= MAX_CLASSES:
        raise InputValueError(f"num_classes is {num_classes}, want 1 to {MAX_CLASSES}")
    columns, rows = label_images(preds, target)
    places = [np.zeros(0, dtype=np.int64)]
    for index, (pred, true) in enumerate(zip(each_image(columns), each_image(rows), strict=True)):
        counted = np.ones(true.shape, dtype=bool)
        if ignore_index is not None:
            counted = np.asarray(true != ignore_index, dtype=bool)
        row = _labels("target", true, counted, num_classes, index)
        column = _labels("preds", pred, counted, num_classes, index)
        places.append((index * num_classes + row) * num_classes + column)
    # A dense table of 65,536 x 65,536 counts fits nowhere, so only the pairs that occur are kept.
    codes, counts = np.unique(np.concatenate(places), return_counts=True)
    return ConfusionMatrix.from_dict(
        {
            "type": "ConfusionMatrix",
            "num_classes": num_classes,
            "shape": leading_shape(rows),
            "codes": codes,
            "counts": counts,
        }
    )


def _labels(
    argument: str, image: NDArray[Any], counted: NDArray[np.bool_], num_classes: int, index: int
) -> NDArray[np.int64]:
    """Return the labels of the counted pixels, all of them checked to be in range."""
    outside = np.asarray((image < 0) | (image >= num_classes), dtype=bool) & counted
    places = np.argwhere(outside)
    if len(places):
        row, column = (int(place) for place in places[0])
        raise InputValueError(
            f"{argument} has the label {image[row, column]} in image {index}, row {row}, "
            f"column {column}, want 0 to {num_classes - 1}"
        )
    return image[counted].astype(np.int64)
