"""Timing: contenders take turns, so that a disturbance of the machine hits them alike."""

from __future__ import annotations

import gc
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# A sample lasts at least this long, so that the clock and a stray interrupt do not matter.
SAMPLE_SECONDS = 0.01
# Threads of OpenMP go on spinning for a while after their work; let them fall asleep.
PAUSE_SECONDS = 0.01
# Calls longer than this are not repeated untimed before each sample.
WARM_LIMIT_SECONDS = 0.5


@dataclass(frozen=True)
class Plan:
    """How often to measure.

    Attributes
    ----------
    rounds : int
        Samples of each contender, at most.
    seconds : float
        A contender that has been measured this long gets no more samples.
    least : int
        Samples a contender gets however slow it is.
    """

    rounds: int
    seconds: float
    least: int


@dataclass(frozen=True)
class Timing:
    """What was measured of one contender; times are seconds of one call.

    Attributes
    ----------
    median, best : float
        Of the samples.
    samples : int
        How many there are.
    processor : float
        Processor time of the whole process for one call, the mean of the samples; other programs
        disturb it less than the elapsed time.
    cores : float
        Processor time over elapsed time.
    """

    median: float
    best: float
    samples: int
    processor: float
    cores: float


@dataclass
class _Tally:
    call: Callable[[], Any]
    repeats: int
    warm: bool
    samples: list[float]
    elapsed: float = 0.0
    processor: float = 0.0

    def wants_more(self, plan: Plan) -> bool:
        return len(self.samples) < plan.least or self.elapsed < plan.seconds


@dataclass(frozen=True)
class Call:
    """A call to time, which has run once already, and how many seconds that took."""

    run: Callable[[], Any]
    first_seconds: float


def measure(calls: Mapping[str, Call], plan: Plan) -> dict[str, Timing]:
    """Time every call, all of them in each round, each round starting with another one.

    Parameters
    ----------
    calls : mapping of str to Call
        The work by contender.
    plan : Plan
        How often.

    Returns
    -------
    dict of str to Timing
    """
    tallies = {name: _first_tally(call) for name, call in calls.items()}
    order = list(tallies.values())
    collecting = gc.isenabled()
    gc.disable()
    try:
        for _ in range(plan.rounds):
            for tally in order:
                if tally.wants_more(plan):
                    _sample(tally)
            order = order[1:] + order[:1]
            gc.collect()
    finally:
        if collecting:
            gc.enable()
    return {name: _timing(tally) for name, tally in tallies.items()}


def _first_tally(call: Call) -> _Tally:
    """Find out how many calls make a sample; the first run may have been slow for once."""
    repeats, seconds = 1, call.first_seconds
    if seconds < 4 * WARM_LIMIT_SECONDS:
        seconds = _time_repeats(call.run, 1)
    while seconds < SAMPLE_SECONDS:
        repeats = max(2 * repeats, int(repeats * 1.2 * SAMPLE_SECONDS / max(seconds, 1e-9)))
        seconds = _time_repeats(call.run, repeats)
    return _Tally(call.run, repeats, seconds < WARM_LIMIT_SECONDS, [])


def _sample(tally: _Tally) -> None:
    time.sleep(PAUSE_SECONDS)
    if tally.warm:
        tally.call()
    processor = time.process_time()
    seconds = _time_repeats(tally.call, tally.repeats)
    tally.processor += time.process_time() - processor
    tally.elapsed += seconds
    tally.samples.append(seconds / tally.repeats)


def _time_repeats(call: Callable[[], Any], repeats: int) -> float:
    turns = range(repeats)
    start = time.perf_counter()
    for _ in turns:
        call()
    return time.perf_counter() - start


def _timing(tally: _Tally) -> Timing:
    return Timing(
        median=statistics.median(tally.samples),
        best=min(tally.samples),
        samples=len(tally.samples),
        processor=tally.processor / (len(tally.samples) * tally.repeats),
        cores=tally.processor / tally.elapsed,
    )
