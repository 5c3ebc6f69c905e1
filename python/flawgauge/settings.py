"""Threads and instruction set."""

from __future__ import annotations

from flawgauge import _core
from flawgauge.arrays import whole_number

__all__ = ["available_isas", "get_num_threads", "isa", "set_num_threads"]


def set_num_threads(num_threads: int | None) -> None:
    """Set the number of threads of all later calls.

    The results are the same whatever it is. At import it is ``FLAWGAUGE_NUM_THREADS`` if that is
    set, else the number of cores that the process may use.

    Parameters
    ----------
    num_threads : int or None
        1 to 4,096; None for as many as the process may use.

    Examples
    --------
    >>> import flawgauge as fg
    >>> before = fg.get_num_threads()
    >>> fg.set_num_threads(1)
    >>> fg.get_num_threads()
    1
    >>> fg.set_num_threads(before)
    """
    if num_threads is None:
        _core.set_num_threads(0)
    else:
        _core.set_num_threads(whole_number(num_threads, "num_threads", 1, 4096))


def get_num_threads() -> int:
    """Return the number of threads that calls use.

    Examples
    --------
    >>> import flawgauge as fg
    >>> fg.get_num_threads() >= 1
    True
    """
    return _core.get_num_threads()


def isa() -> str:
    """Return the name of the instruction set in use: "portable", "avx2" or "avx512".

    Chosen at import: the fastest that the machine has, or what ``FLAWGAUGE_ISA`` names. The
    results are the same whatever it is.

    Examples
    --------
    >>> import flawgauge as fg
    >>> fg.isa() in fg.available_isas()
    True
    """
    return _core.isa()


def available_isas() -> list[str]:
    """Return the names of the instruction sets that this machine has, slowest first.

    Examples
    --------
    >>> import flawgauge as fg
    >>> fg.available_isas()[0]
    'portable'
    """
    return _core.available_isas()
