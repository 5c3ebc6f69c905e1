"""What the evidence types share: axes, dicts, tables, and lining up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge.errors import InputTypeError, InputValueError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROWS_SHOWN = 10
"""Rows of evidence that a ``repr`` shows."""


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
    evidence : sequence of ConfusionCounts or of ConfusionMatrix
        All of one type; evidence of a single image counts as a batch of one.
    axis : int
        The leading axis that grows.

    Returns
    -------
    ConfusionCounts or ConfusionMatrix
        Of the images of all batches, in order.

    Raises
    ------
    InputTypeError
        If the types differ.
    InputValueError
        If there is nothing to line up, or the other axes or the numbers of classes differ.

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
