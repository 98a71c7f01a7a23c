"""What the readings of a soak say: does anything grow that should not? Arithmetic only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from creator_pulse.proof.soak.slope import Slope, slope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from creator_pulse.proof.soak.reading import Process, Reading

LEAST_READINGS = 6
MOST_GROWTH = 12.0
"""MiB by which a worker may grow in the second half beyond what entries explain and the slope's error
allows: what its allocators keep of peaks. A leak is larger than that if one only looks long enough."""
MOST_FILES = 8
MOST_THREADS = 4
"""How far handles and threads of a worker may swing: clients connect, pools fill."""
SLACK = 0.10
"""Share by which entries may differ from what the ledger says at the same offsets."""
BYTES = {"minute_cells": 500, "hour_cells": 500, "finals": 220, "revisions": 220}
"""Memory of one entry of the kinds that are bounded by hours of event time, and grow with each minute
until then. Held by a test; what the allocator wastes comes on top."""
WARM_UP_SECONDS = 240.0
"""Until the horizons are full and libraries have their buffers; memory is judged after it only."""
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Growth:
    """The memory of all workers in the second half of a run.

    Attributes:
        slope: MiB an hour.
        explained: MiB an hour that the entries of ``BYTES`` take.
    """

    slope: Slope
    explained: float

    @property
    def unexplained(self) -> float:
        """MiB an hour."""
        return self.slope.per_hour - self.explained


def second_half(readings: Sequence[Reading]) -> list[Reading]:
    """The readings after the warm-up: those of the later half of the time."""
    middle = (readings[0].seconds + readings[-1].seconds) / 2
    return [one for one in readings if one.seconds >= middle]


def judges_memory(half: Sequence[Reading]) -> bool:
    """Whether the second half began after the warm-up: a shorter run says nothing of memory."""
    return half[0].seconds >= WARM_UP_SECONDS


def growth(readings: Sequence[Reading]) -> Growth:
    """How memory grows over these readings, and what explains it."""
    seconds = [one.seconds for one in readings]
    explained = [sum(BYTES[kind] * one.entries.get(kind, 0) for kind in BYTES) / _MIB for one in readings]
    return Growth(slope(seconds, [one.memory for one in readings]), slope(seconds, explained).per_hour)


def swing(readings: Sequence[Reading], of: Callable[[Process], int]) -> int:
    """The largest difference, of any worker, between the most and the fewest of something."""
    pids = readings[0].processes.keys()
    return max(
        max(of(one.processes[pid]) for one in readings) - min(of(one.processes[pid]) for one in readings)
        for pid in pids
    )


def failures(readings: Sequence[Reading], *, exact: bool) -> list[str]:
    """What is wrong, one line each; none where the soak has passed.

    Args:
        readings: of the whole run, the warm-up included.
        exact: whether every number equalled the ledger, at the end and at each look.
    """
    found = [] if exact else ["the numbers differ from the ledger"]
    if len(readings) < LEAST_READINGS:
        return [*found, f"only {len(readings)} readings: nothing can be said of growth"]
    if len({frozenset(one.processes) for one in readings}) > 1:
        return [*found, "a worker was replaced"]
    half = second_half(readings)
    return [*found, *_grown(half), *_not_as_expected(half[-1].entries, half[-1].expected)]


def _grown(half: Sequence[Reading]) -> list[str]:
    found, memory = [], growth(half)
    hours = (half[-1].seconds - half[0].seconds) / 3600
    grown = (memory.unexplained - 2 * memory.slope.error) * hours
    if judges_memory(half) and grown > MOST_GROWTH * len(half[0].processes):
        found.append(f"memory grew by {memory.unexplained * hours:.0f} MiB that no entry explains")
    files, threads = swing(half, lambda one: one.files), swing(half, lambda one: one.threads)
    if files > MOST_FILES:
        found.append(f"open file handles moved by {files}")
    if threads > MOST_THREADS:
        found.append(f"threads moved by {threads}")
    return found


def _not_as_expected(entries: Mapping[str, int], expected: Mapping[str, int]) -> list[str]:
    return [
        f"{entries.get(kind, 0)} {kind} are kept, the ledger says {count}"
        for kind, count in sorted(expected.items())
        if abs(entries.get(kind, 0) - count) > SLACK * count
    ]
