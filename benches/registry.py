"""What a benchmark is made of: comparisons, their contenders and their targets.

A *workload* (W1, W2, ...) is a list of comparisons. A *comparison* is one piece of work on one
set of inputs, done by several *contenders* whose values must agree with a trusted NumPy
computation. To add a workload: write its inputs in ``workloads.py``, its contenders in a file of
``peers/`` that ends in the tuple ``COMPARISONS``, and name that file in ``WORKLOAD_MODULES``.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

Array = NDArray[Any]
Role = Literal["ours", "peer", "yardstick"]
Scale = Literal["tiny", "quick", "full"]

WORKLOAD_MODULES = {
    "W1": ("binary_counts", "score_counts", "single_pairs", "layouts"),
    "W2": ("label_maps",),
    "W3": ("boundary_bands", "distance_transforms", "surface_distances"),
    "W4": ("threshold_sweeps",),
    "W5": ("region_overlap",),
    "W6": ("components",),
    "W7": ("severstal_rows",),
    "W8": ("decoding", "end_to_end", "severstal_set"),
}


@dataclass(frozen=True)
class Inputs:
    """The inputs of a comparison.

    Attributes
    ----------
    items : int
        Pixels (of one of the two masks) or rows: what a time is divided by.
    description : str
        Sizes and contents in a few words, for the report.
    arrays, files : mapping
        The inputs themselves, by name.
    """

    items: int
    description: str
    arrays: Mapping[str, Array] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Contender:
    """One way of doing the work of a comparison.

    Attributes
    ----------
    name : str
        Shown in the report; unique in its comparison.
    prepare : callable
        Takes the inputs, does all set-up that is not timed, returns the call to time.
    package : str
        The importable package it needs; when it is missing, the contender is listed as absent.
    role : {"ours", "peer", "yardstick"}
        A yardstick does less than the work (reading the inputs, say) and returns no values.
    values : callable
        Turns what the call returns into the array that is compared with the trusted one.
    base : str or None
        Name of the contender its time is divided by, when that is not the fastest peer.
    tolerance : float or None
        Of one that approximates: the relative difference allowed, instead of the comparison's.
    computes : tuple of int or None
        Which of the trusted values it computes; None for all. One that does part of the work has
        an advantage, which the report mentions.
    """

    name: str
    prepare: Callable[[Inputs], Callable[[], Any]]
    package: str = "numpy"
    role: Role = "peer"
    values: Callable[[Any], Array] = np.asarray
    base: str | None = None
    tolerance: float | None = None
    computes: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Target:
    """A figure a contender should reach.

    Attributes
    ----------
    contender : str
        Whose figure it is.
    kind : {"slowdown", "speedup", "seconds", "rate", "memory"}
        ``slowdown``: its time over the time of ``against``, at most ``limit``;
        ``speedup``: the time of ``against`` over its own, at least ``limit``;
        ``seconds``: its time, at most ``limit``; ``rate``: the same for each item;
        ``memory``: the largest peak memory above the inputs of all contenders that are ours, in
        bytes, at most ``limit``.
    limit : float
        See ``kind``.
    against : str
        A contender's name, or "fastest peer".
    """

    contender: str
    kind: Literal["slowdown", "speedup", "seconds", "rate", "memory"]
    limit: float
    against: str = ""


@dataclass(frozen=True)
class Comparison:
    """One piece of work, done by several contenders on the same inputs.

    Attributes
    ----------
    key : str
        Short unique name, which starts with the workload's.
    title : str
        What is computed.
    item : str
        What ``Inputs.items`` counts, in the singular.
    build : callable
        Takes the scale and a folder for files, returns the inputs; deterministic.
    trusted : callable
        Takes the inputs, returns the right values, by a plain NumPy computation.
    contenders : tuple of Contender
    targets : tuple of Target
    tolerance : float
        Largest allowed relative difference from the trusted values; 0 for integers.
    series : tuple of (str, int) or None
        Comparisons of one series are the same work on more and more images: the name of the
        series, and how many images these are. The report shows how the time for an item grows.
    """

    key: str
    title: str
    item: str
    build: Callable[[Scale, Path], Inputs]
    trusted: Callable[[Inputs], Array]
    contenders: tuple[Contender, ...]
    targets: tuple[Target, ...] = ()
    tolerance: float = 0.0
    series: tuple[str, int] | None = None


MEMORY_TARGET = Target("flawgauge", "memory", 32 * 2**20)


def comparisons(workload: str) -> tuple[Comparison, ...]:
    """The comparisons of a workload, in the order of the report."""
    found: list[Comparison] = []
    for name in WORKLOAD_MODULES[workload]:
        found.extend(importlib.import_module(f"benches.peers.{name}").COMPARISONS)
    return tuple(found)


def find_comparison(key: str) -> Comparison:
    """The comparison with this key."""
    return next(one for one in comparisons(key.split("-")[0]) if one.key == key)
