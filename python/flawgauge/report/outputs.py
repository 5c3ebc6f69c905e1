"""The files that reports of all kinds are written to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from flawgauge.report.files import write_json, write_text

if TYPE_CHECKING:
    import os

__all__ = ["Outputs"]


class Outputs(ABC):
    """Base of what has its numbers as a dict and its tables as Markdown."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return all numbers, unrounded, ready for JSON: an undefined one is None."""

    @abstractmethod
    def to_markdown(self) -> str:
        """Return the tables in Markdown."""

    def write_json(self, path: str | os.PathLike[str]) -> None:
        """Write ``to_dict`` as JSON, all or nothing.

        Raises
        ------
        FileError
            The file can't be written.
        """
        write_json(path, self.to_dict())

    def write_markdown(self, path: str | os.PathLike[str]) -> None:
        """Write ``to_markdown``, all or nothing.

        Raises
        ------
        FileError
            The file can't be written.
        """
        text = self.to_markdown()
        write_text(path, lambda file: print(text, file=file))
