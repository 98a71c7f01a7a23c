"""The verdict over the readings of a soak: does anything grow that should not? Arithmetic only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from creator_pulse.proof.soak.slope import Slope, slope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from creator_pulse.proof.demo.process_usage import ProcessUsage
    from creator_pulse.proof.soak.reading import SoakReading

LEAST_READINGS = 6
MOST_GROWTH = 12.0
"""MiB by which a worker may grow in the second half beyond its entries and the slope's error, because
allocators keep memory after a peak. A leak exceeds this bound if the run is long enough."""
MOST_FILES = 8
MOST_THREADS = 4
"""How far the number of handles and threads of a worker may swing, because clients connect and pools fill."""
SLACK = 0.10
"""Share by which the number of entries may differ from the ledger's at the same offsets."""
BYTES = {"minute_cells": 110, "hour_cells": 110, "finals": 220, "revisions": 220}
"""Bytes of one entry, for the kinds that grow for hours of event time before they reach their bound.
A test checks them; allocator overhead comes on top."""
WARM_UP_SECONDS = 240.0
"""Time until the horizons are full and libraries have their buffers; memory is judged only after it."""
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class MemoryGrowth:
    """Growth of the memory of all workers in the second half of a run.

    Attributes:
        slope: growth in MiB per hour.
        explained: growth in MiB per hour that the entries of ``BYTES`` explain.
    """

    slope: Slope
    explained: float

    @property
    def unexplained(self) -> float:
        """Growth that no entry explains, MiB per hour."""
        return self.slope.per_hour - self.explained


def second_half(readings: Sequence[SoakReading]) -> list[SoakReading]:
    """The readings of the later half of the time."""
    middle = (readings[0].seconds + readings[-1].seconds) / 2
    return [reading for reading in readings if reading.seconds >= middle]


def judges_memory(half: Sequence[SoakReading]) -> bool:
    """Whether the second half began after the warm-up; if not, the run is too short to judge memory."""
    return half[0].seconds >= WARM_UP_SECONDS


def growth(readings: Sequence[SoakReading]) -> MemoryGrowth:
    """The growth of memory over some readings, and the part that entries explain."""
    seconds = [reading.seconds for reading in readings]
    explained = [
        sum(BYTES[kind] * reading.entries.get(kind, 0) for kind in BYTES) / _MIB for reading in readings
    ]
    return MemoryGrowth(
        slope(seconds, [reading.memory for reading in readings]), slope(seconds, explained).per_hour
    )


def swing(readings: Sequence[SoakReading], of: Callable[[ProcessUsage], int]) -> int:
    """The largest range (maximum minus minimum) of a figure within any one worker."""
    pids = readings[0].processes.keys()
    return max(
        max(of(reading.processes[pid]) for reading in readings)
        - min(of(reading.processes[pid]) for reading in readings)
        for pid in pids
    )


def failures(readings: Sequence[SoakReading], *, exact: bool) -> list[str]:
    """One line per failure; empty if the soak has passed.

    Args:
        readings: readings of the whole run, including the warm-up.
        exact: whether every number equalled the ledger, at the end and in each snapshot.
    """
    problems = [] if exact else ["the numbers differ from the ledger"]
    if len(readings) < LEAST_READINGS:
        return [*problems, f"only {len(readings)} readings: nothing can be said of growth"]
    if len({frozenset(reading.processes) for reading in readings}) > 1:
        return [*problems, "a worker was replaced"]
    half = second_half(readings)
    return [*problems, *_grown(half), *_not_as_expected(half[-1].entries, half[-1].expected)]


def _grown(half: Sequence[SoakReading]) -> list[str]:
    problems, memory = [], growth(half)
    hours = (half[-1].seconds - half[0].seconds) / 3600
    # Two standard errors are allowed: a growth that is within the scatter proves nothing.
    grown = (memory.unexplained - 2 * memory.slope.error) * hours
    if judges_memory(half) and grown > MOST_GROWTH * len(half[0].processes):
        problems.append(f"memory grew by {memory.unexplained * hours:.0f} MiB that no entry explains")
    files, threads = swing(half, lambda process: process.files), swing(half, lambda process: process.threads)
    if files > MOST_FILES:
        problems.append(f"open file handles moved by {files}")
    if threads > MOST_THREADS:
        problems.append(f"threads moved by {threads}")
    return problems


def _not_as_expected(entries: Mapping[str, int], expected: Mapping[str, int]) -> list[str]:
    return [
        f"{entries.get(kind, 0)} {kind} are kept, the ledger says {count}"
        for kind, count in sorted(expected.items())
        if abs(entries.get(kind, 0) - count) > SLACK * count
    ]
