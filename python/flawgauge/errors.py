"""Exceptions: one base class, and subclasses that are also Python's own."""

from __future__ import annotations

__all__ = ["DataError", "FileError", "FlawgaugeError", "InputTypeError", "InputValueError"]


class FlawgaugeError(Exception):
    """Base class of all errors that flawgauge raises on purpose."""


class InputValueError(FlawgaugeError, ValueError):
    """An argument of a right type has a wrong value or shape."""


class InputTypeError(FlawgaugeError, TypeError):
    """An argument has a wrong type or dtype, or lives on another device."""


class DataError(FlawgaugeError, ValueError):
    """A file's content is wrong; the message names file, row and column."""


class FileError(FlawgaugeError, OSError):
    """A file can't be read or written; the message names it."""
