"""One comparison: check every contender's values, then time them in turns, then their memory."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from benches import memory
from benches.environment import OtherLoad, is_installed
from benches.measure import Call, Plan, Timing, measure
from benches.threads import limit_loaded_libraries

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benches.registry import Array, Comparison, Contender, Inputs, Role, Scale

Status = Literal["measured", "absent", "disagrees", "failed"]


@dataclass(frozen=True)
class Settings:
    """How to run: sizes, repeats, threads, where generated inputs are kept, whose memory."""

    scale: Scale
    plan: Plan
    threads: int
    folder: Path
    memory_of: tuple[Role, ...]


@dataclass(frozen=True)
class Row:
    """What became of one contender.

    Attributes
    ----------
    status : {"measured", "absent", "disagrees", "failed"}
        "disagrees" when its values are not the trusted ones: it is not timed then.
    message : str
        Why it was not measured.
    timing : Timing or None
    memory : int or None
        Peak memory above the inputs in bytes.
    """

    name: str
    role: Role
    base: str | None
    status: Status
    message: str = ""
    timing: Timing | None = None
    memory: int | None = None


@dataclass(frozen=True)
class Result:
    """What was measured in one comparison, and how busy the machine was with other things."""

    comparison: Comparison
    inputs: str
    items: int
    rows: tuple[Row, ...]
    other_load: float | None

    @property
    def is_sound(self) -> bool:
        """Whether every installed contender ran, agreed, and ours was among them."""
        bad = any(row.status in ("disagrees", "failed") for row in self.rows)
        return not bad and all(row.timing for row in self.rows if row.role == "ours")


def run_comparison(
    comparison: Comparison, settings: Settings, say: Callable[[str], None]
) -> Result:
    """Check, time and weigh all contenders of a comparison.

    Parameters
    ----------
    comparison : Comparison
        What to measure.
    settings : Settings
        How.
    say : callable
        Told what is going on, for the person who waits.

    Returns
    -------
    Result
    """
    say(f"{comparison.key}: inputs")
    inputs = comparison.build(settings.scale, settings.folder)
    right = comparison.trusted(inputs)
    rows: dict[str, Row] = {}
    calls: dict[str, Call] = {}
    for contender in comparison.contenders:
        say(f"{comparison.key}: checking {contender.name}")
        row, call = _check(contender, comparison, inputs, right, settings.threads)
        rows[contender.name] = row
        if call is not None:
            calls[contender.name] = call
    say(f"{comparison.key}: timing {len(calls)} contenders in turns")
    load = OtherLoad()
    timings = measure(calls, settings.plan)
    busy = load.processors()
    items, description = inputs.items, inputs.description
    del calls, inputs
    for name, timing in timings.items():
        rows[name] = replace(rows[name], timing=timing)
    if memory.can_measure():
        _add_memory(rows, comparison, settings, say)
    return Result(comparison, description, items, tuple(rows.values()), busy)


def _check(
    contender: Contender, comparison: Comparison, inputs: Inputs, right: Array, threads: int
) -> tuple[Row, Call | None]:
    def row(status: Status, message: str = "") -> Row:
        return Row(contender.name, contender.role, contender.base, status, message)

    if not is_installed(contender.package):
        return row("absent", f"{contender.package} is not installed"), None
    tolerance = comparison.tolerance if contender.tolerance is None else contender.tolerance
    if contender.computes is not None:
        right = right[list(contender.computes)]
    # A peer that cannot do the work must not stop the others; the row says what happened.
    try:
        run = contender.prepare(inputs)
        limit_loaded_libraries(threads)
        start = time.perf_counter()
        result = run()
        seconds = time.perf_counter() - start
        difference = (
            ""
            if contender.role == "yardstick"
            else describe_difference(contender.values(result), right, tolerance)
        )
    except Exception as error:
        return row("failed", f"{type(error).__name__}: {error}"), None
    if difference:
        return row("disagrees", difference), None
    return row("measured"), Call(run, seconds)


def describe_difference(values: Array, right: Array, tolerance: float) -> str:
    """What is wrong with the values; empty when they agree.

    Parameters
    ----------
    values, right : array
        What a contender computed, and the trusted values.
    tolerance : float
        Largest relative difference allowed; 0 asks for equal values.
    """
    if values.shape != right.shape:
        return f"values of shape {values.shape} instead of {right.shape}"
    wrong = ~np.isclose(values, right, rtol=tolerance, atol=0.0)
    if not wrong.any():
        return ""
    first = tuple(int(index) for index in np.argwhere(wrong)[0])
    return (
        f"{np.count_nonzero(wrong)} of {right.size} values differ, "
        f"the first at {first}: {values[first]} instead of {right[first]}"
    )


def _add_memory(
    rows: dict[str, Row],
    comparison: Comparison,
    settings: Settings,
    say: Callable[[str], None],
) -> None:
    for name, row in list(rows.items()):
        if row.timing is None or row.role not in settings.memory_of:
            continue
        say(f"{comparison.key}: memory of {name}")
        peak = memory.peak_above_inputs(
            comparison.key, name, settings.scale, settings.folder, settings.threads
        )
        rows[name] = replace(row, memory=peak)
