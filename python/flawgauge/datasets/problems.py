"""Problems that are gathered, so that one error tells them all."""

from __future__ import annotations

from flawgauge.errors import DataError

__all__ = ["MOST_SHOWN", "Problems"]

MOST_SHOWN = 10
"""Problems that a message shows; it counts the others."""


class Problems:
    """What is wrong with many files of one place.

    Parameters
    ----------
    place : str
        What all problems are about; begins the message.

    Examples
    --------
    >>> problems = Problems("MVTec AD in /data")
    >>> problems.add("bottle/test/broken_large/003.png: no mask")
    >>> problems.check()
    Traceback (most recent call last):
    flawgauge.errors.DataError: MVTec AD in /data: 1 problem
      bottle/test/broken_large/003.png: no mask
    """

    def __init__(self, place: str) -> None:
        self.place = place
        self._shown: list[str] = []
        self._count = 0

    def add(self, text: str) -> None:
        """Add a problem; a text of its own begins with the file or the sample."""
        self._count += 1
        if self._count <= MOST_SHOWN:
            self._shown.append(text)

    def __len__(self) -> int:
        return self._count

    def check(self, summary: str | None = None) -> None:
        """Raise if there are problems.

        Parameters
        ----------
        summary : str, optional
            What the message says after the place, "3 problems" by default.

        Raises
        ------
        DataError
            There is a problem. The message shows the first ten and counts the others.
        """
        if not self._count:
            return
        if summary is None:
            summary = f"{self._count:,} problem{'s' if self._count > 1 else ''}"
        lines = [f"{self.place}: {summary}", *(f"  {text}" for text in self._shown)]
        if self._count > len(self._shown):
            lines.append(f"  and {self._count - len(self._shown):,} more")
        raise DataError("\n".join(lines))
