"""Output files that are never half-written."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from flawgauge.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, BinaryIO, TextIO, TypeAlias

    PathLike: TypeAlias = str | os.PathLike[str]

__all__ = ["check_writable", "write_bytes", "write_json", "write_text"]


def check_writable(path: PathLike) -> None:
    """Find out before long work whether a file can be written; leaves nothing behind.

    Raises
    ------
    FileError
        The path is a folder, its folder is missing, or nothing can be created there.
    """
    if Path(path).is_dir():
        raise FileError(f"{os.fspath(path)}: this is a folder, want a file")
    if _is_special(path):
        return
    temporary = _temporary(_target(path))
    try:
        temporary.touch(exist_ok=False)
        temporary.unlink()
    except OSError as error:
        raise _cannot_write(path, error) from error


def write_text(path: PathLike, write: Callable[[TextIO], None]) -> None:
    r"""Write a text file in UTF-8, all or nothing.

    The text goes to a temporary file in the same folder, which then takes the file's name: whoever
    opens the file sees the old contents or the new, whatever goes wrong on the way. A device or a
    pipe is written to directly.

    Parameters
    ----------
    path : path-like
        The file; replaced if it exists, keeping its permissions.
    write : callable
        Called with the open file.

    Raises
    ------
    FileError
        The file can't be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_text(Path(folder) / "a.txt", lambda file: print("done", file=file))
    ...     (Path(folder) / "a.txt").read_text()
    'done\n'
    """
    _write(path, "x", write, encoding="utf-8", newline="")


def write_json(path: PathLike, data: Any) -> None:
    """Write plain values as JSON, all or nothing, as ``write_text`` does.

    Raises
    ------
    FileError
        The file can't be written.
    """

    def write(file: TextIO) -> None:
        json.dump(data, file, indent=2, allow_nan=False)
        file.write("\n")

    write_text(path, write)


def write_bytes(path: PathLike, content: bytes) -> None:
    """Write a file, all or nothing, as ``write_text`` does.

    Raises
    ------
    FileError
        The file can't be written.
    """

    def write(file: BinaryIO) -> None:
        file.write(content)

    _write(path, "xb", write)


def _write(path: PathLike, mode: str, write: Callable[[Any], None], **options: str) -> None:
    """Write to a temporary file that takes the place of the target; mode "x" or "xb"."""
    try:
        if _is_special(path):
            with Path(path).open(mode.replace("x", "w"), **options) as file:  # type: ignore[call-overload]
                write(file)
            return
        target = _target(path)
        temporary = _temporary(target)
        try:
            with temporary.open(mode, **options) as file:  # type: ignore[call-overload]
                write(file)
            if target.exists():
                shutil.copymode(target, temporary)
            temporary.replace(target)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _cannot_write(path, error) from error


def _is_special(path: PathLike) -> bool:
    """Whether a path is a device or a pipe, such as /dev/stdout."""
    return Path(path).exists() and not Path(path).is_file()


def _target(path: PathLike) -> Path:
    """The file itself where the path is a link, which shall stay one."""
    return Path(os.path.realpath(path))


def _temporary(target: Path) -> Path:
    # Short, since a name has a limit and the target's may be near it.
    return target.parent / f".flawgauge-{secrets.token_hex(8)}.tmp"


def _cannot_write(path: PathLike, error: OSError) -> FileError:
    reason = "its folder does not exist" if isinstance(error, FileNotFoundError) else error.strerror
    return FileError(f"{os.fspath(path)}: can't be written: {reason}")
