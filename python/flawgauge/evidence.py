"""What the evidence types share: axes, dicts, tables, and lining up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge.errors import InputTypeError, InputValueError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

ROWS_SHOWN = 10
"""Rows of evidence that a ``repr`` shows."""
MAX_COUNT = 2**60
"""Largest count: the sums of a few that metrics take still fit 64 bits."""


class Evidence:
    """Base of the evidence types: immutable values with leading axes of images."""

    __slots__ = ()

    shape: Any

    @property
    def ndim(self) -> int:
        """Number of leading axes."""
        return len(self.shape)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError(f"{type(self).__name__} of a single image has no length")
        return int(self.shape[0])

    def __getitem__(self, index: Any) -> Any:
        raise TypeError(f"{type(self).__name__} can't be indexed")

    def __iter__(self) -> Iterator[Any]:
        return (self[index] for index in range(len(self)))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable, {name} can't be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable, {name} can't be deleted")


def concat(evidence: Sequence[Any], axis: int = 0) -> Any:
    """Line up evidence of several batches along a leading axis.

    Parameters
    ----------
    evidence : sequence of ConfusionCounts, ConfusionMatrix, BoundaryCounts or SurfaceDistances
        All of one type; evidence of a single image counts as a batch of one.
    axis : int
        The leading axis that grows.

    Returns
    -------
    ConfusionCounts, ConfusionMatrix, BoundaryCounts or SurfaceDistances
        Of the images of all batches, in order.

    Raises
    ------
    InputTypeError
        If the types differ.
    InputValueError
        If there is nothing to line up, or the other axes, the numbers of classes, the distances or
        the spacings differ.

    Examples
    --------
    >>> import flawgauge as fg
    >>> first = fg.ConfusionCounts(tp=[1], fp=[0], fn=[0], tn=[3])
    >>> second = fg.ConfusionCounts(tp=[0, 2], fp=[0, 0], fn=[1, 0], tn=[3, 2])
    >>> fg.concat([first, second]).tp
    array([1, 0, 2])
    """
    items = list(evidence)
    if not items:
        raise InputValueError("evidence is empty, want at least one")
    kinds = {type(item) for item in items}
    if len(kinds) > 1 or not hasattr(items[0], "_concat"):
        names = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise InputTypeError(f"evidence holds {names}, want evidence of one type")
    return type(items[0])._concat(items, axis)


def normalise_axes(axis: int | tuple[int, ...] | None, ndim: int) -> tuple[int, ...]:
    """Axes as a tuple of non-negative numbers; all for None."""
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, tuple) else (axis,)
    for number in axes:
        if not isinstance(number, (int, np.integer)) or not -ndim <= number < ndim:
            raise InputValueError(f"axis is {axis!r}, want leading axes below {ndim}")
    return tuple(sorted({int(number) % ndim for number in axes}))


def check_dict(data: Any, name: str, fields: tuple[str, ...]) -> None:
    """Raise unless ``data`` is a dict of an evidence type, with its fields."""
    found = data.get("type") if hasattr(data, "get") else None
    if found != name:
        raise InputValueError(f'the dict has type {found!r}, want "{name}"')
    missing = [field for field in fields if field not in data]
    if missing:
        raise InputValueError(f"the dict of {name} lacks {', '.join(missing)}")
    if "shape" in fields and not isinstance(data["shape"], (list, tuple)):
        raise InputValueError(f"the dict's shape is {data['shape']!r}, want a list of lengths")


def whole_array(values: Any, name: str, most: int = MAX_COUNT) -> NDArray[np.int64]:
    """Check an array of whole numbers from 0 to ``most``, and copy it to 64 bits."""
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise InputValueError(f"{name} can't be read as an array: {error}") from error
    if array.dtype.kind not in "iu" and array.size:
        raise InputTypeError(f"{name} has the dtype {array.dtype}, want integers")
    if array.size and (array.min() < 0 or array.max() > most):
        raise InputValueError(f"{name} holds a negative or too large number, want 0 to {most}")
    return array.astype(np.int64)


def stacked_counts(names: Sequence[str], values: Sequence[Any]) -> NDArray[np.int64]:
    """Check arrays of counts of one shape, and stack them on a new last axis."""
    arrays = [whole_array(value, name) for name, value in zip(names, values, strict=True)]
    shapes = [array.shape for array in arrays]
    if len(set(shapes)) > 1:
        raise InputValueError(f"{', '.join(names)} have the shapes {shapes}, want the same")
    return np.stack(arrays, axis=-1)


def concat_axis(axis: int, shapes: list[tuple[int, ...]]) -> int:
    """Check that shapes agree on all axes but one, and return that one, not negative."""
    first = shapes[0]
    if not -len(first) <= axis < len(first):
        raise InputValueError(f"axis is {axis}, want a leading axis below {len(first)}")
    axis %= len(first)
    for shape in shapes:
        if len(shape) != len(first) or any(
            length != want
            for index, (length, want) in enumerate(zip(shape, first, strict=True))
            if index != axis
        ):
            raise InputValueError(
                f"evidence has the shapes {shapes}, which differ beyond axis {axis}"
            )
    return axis


def table(rows: list[tuple[str, ...]], hidden: int) -> str:
    """Align cells to the right; say how many rows are not shown."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
    if hidden > 0:
        lines.append(f"... and {hidden} more")
    return "\n".join(lines)
