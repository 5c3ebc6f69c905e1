"""What commands write."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from flawgauge.report.files import check_writable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

__all__ = ["check_outputs", "show"]


def check_outputs(
    options: argparse.Namespace, inputs: Sequence[str], outputs: Sequence[str]
) -> None:
    """Refuse outputs that would replace each other or an input, or that can't be written.

    Parameters
    ----------
    options : Namespace
        With ``parser``; options without a value are left out.
    inputs, outputs : sequence of str
        Names of options that hold paths.
    """
    named: dict[Path, str] = {}
    for name in (*inputs, *outputs):
        value = getattr(options, name)
        if value is None:
            continue
        path = Path(os.path.realpath(value))
        if name in inputs:
            named[path] = name
            continue
        if path.is_file() or not path.exists():
            if path in named:
                other = _option(named[path])
                options.parser.error(f"{_option(name)} and {other} are the same file: {value}")
            named[path] = name
        check_writable(value)


def show(text: str) -> None:
    """Print text; what the terminal's encoding does not have, as a file name may, is escaped."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding))


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")
