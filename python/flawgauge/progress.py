"""A progress bar on a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["ProgressBar"]

_WIDTH = 30


class ProgressBar:
    """One line on standard error that is rewritten; nothing at all where that is no terminal.

    Parameters
    ----------
    stream : text file, optional
        Standard error by default.

    Examples
    --------
    >>> with ProgressBar() as bar:
    ...     bar.update("reading truth", 500, 1000)
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._shown = 0
        self._is_terminal = self._stream is not None and self._stream.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._show("")

    def update(self, label: str, done: int, total: int) -> None:
        """Show how far a piece of work is, in any unit; the total is 0 where it is not known."""
        if not total:
            self._show(label)
            return
        fraction = min(done / total, 1.0)
        filled = round(fraction * _WIDTH)
        self._show(f"{label:<20} [{'#' * filled}{'.' * (_WIDTH - filled)}] {fraction:4.0%}")

    def _show(self, text: str) -> None:
        if not self._is_terminal or (not text and not self._shown):
            return
        # Spaces cover what was there before; without text the line is left clean.
        line = "\r" + text.ljust(self._shown) + ("" if text else "\r")
        # Before it is written: an interrupt may come before it is known to be.
        self._shown = max(self._shown, len(text))
        self._stream.write(line)
        self._stream.flush()
        self._shown = len(text)
