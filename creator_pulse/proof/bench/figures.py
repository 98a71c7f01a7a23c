"""The arithmetic of the report: spreads, rows and ratios of runs."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from creator_pulse.stream.errors import PulseError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

FigureRow = dict[str, object]
OURS = "pulse"
BY_RATE = frozenset({"getmany", "confluent", "faust"})
"""Competitors compared by events per second; the others are compared by events per CPU-second."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one competitor over one topic, from its first record to its last.

    Attributes:
        events: number of records read.
        seconds: wall-clock time.
        cpu_seconds: user and system time of all its processes.
        peak_mb: peak resident memory, 10^6 bytes.
        start_seconds: from the process's start to the first record.
        wrong: the difference from the recomputation, in words; empty if the result is right.
    """

    events: int
    seconds: float
    cpu_seconds: float
    peak_mb: float
    start_seconds: float
    wrong: str = ""

    @property
    def rate(self) -> float:
        """Events per second."""
        return self.events / self.seconds

    @property
    def cpu_rate(self) -> float:
        """Events per CPU-second."""
        return self.events / self.cpu_seconds


def spread(values: Iterable[float], digits: int = 0) -> dict[str, float]:
    """Minimum, median and maximum.

    Args:
        values: one or more measured numbers.
        digits: decimal places of the result.
    """
    ordered = sorted(values)
    return {
        "min": round(ordered[0], digits),
        "median": round(median(ordered), digits),
        "max": round(ordered[-1], digits),
    }


def row(runs: Sequence[Run]) -> FigureRow:
    """The report of a competitor.

    Args:
        runs: its runs, one or more.
    """
    wrong = sorted({run.wrong for run in runs if run.wrong})
    figures: FigureRow = {
        "runs": len(runs),
        "events": max(run.events for run in runs),
        "events_per_second": spread(run.rate for run in runs),
        "events_per_cpu_second": spread(run.cpu_rate for run in runs),
        "peak_mb": round(max(run.peak_mb for run in runs)),
        "start_seconds": spread((run.start_seconds for run in runs), 2),
        "right": not wrong,
    }
    return figures | ({"wrong": wrong} if wrong else {})


def failed(reason: str) -> FigureRow:
    """The report of a competitor that could not be run."""
    return {"runs": 0, "failed": reason, "right": False}


def ratios(runs: Mapping[str, Sequence[Run]]) -> dict[str, float]:
    """How many times faster ours is than each competitor that ran, by medians.

    Args:
        runs: runs by competitor, including ours.

    Returns:
        our events per CPU-second / theirs; for ``BY_RATE`` our events per second / theirs.
    """
    ours = runs[OURS]
    return {
        name: round(
            median(run.rate for run in ours) / median(run.rate for run in theirs)
            if name in BY_RATE
            else median(run.cpu_rate for run in ours) / median(run.cpu_rate for run in theirs),
            3,
        )
        for name, theirs in runs.items()
        if name != OURS and theirs
    }


def quantile(values: Sequence[float], weights: Sequence[int], share: float) -> float:
    """The smallest value that at least a share of the weight does not exceed.

    Args:
        values: one or more measured numbers.
        weights: weight of each value, not negative.
        share: from 0 to 1.

    Raises:
        PulseError: there is no weight.
    """
    # Values with weights: the first one up to which at least the share lies.
    wanted, total = share * sum(weights), 0
    for value, weight in sorted(zip(values, weights, strict=True)):
        total += weight
        if total >= wanted and total:
            return value
    raise PulseError("nothing was measured")
