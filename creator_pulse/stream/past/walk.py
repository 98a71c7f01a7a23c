"""The way through the past: records are counted slice by slice of event time, and progress is told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from creator_pulse.stream.aggregates.spans import MINUTE_MS
from creator_pulse.stream.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator

    from creator_pulse.stream.past.lanes import PastLanes
    from creator_pulse.stream.past.records import PastRecords

SLICE_MS = 15 * MINUTE_MS
"""Records of so long are counted at once: the blocks in which evidence learns are as long."""


class Reached(NamedTuple):
    """How far a run has come.

    Attributes:
        moment_ms: event time, epoch ms.
        share: of the way, 0 to 1.
        records: counted so far.
        seconds: since it began.
    """

    moment_ms: int
    share: float
    records: int
    seconds: float

    @property
    def left_seconds(self) -> float:
        """How long it goes on at this pace."""
        return self.seconds * (1 - self.share) / self.share if self.share else 0.0


async def walk(
    lanes: PastLanes,
    records: PastRecords,
    span: tuple[int, int],
    moments: Iterable[int],
    reached: Callable[[Reached], None],
) -> AsyncIterator[int]:
    """Count records moment by moment; yields each moment once all earlier records are counted.

    Args:
        lanes: which count the records.
        records: of the span, in the order of their times.
        span: its begin and end, epoch ms.
        moments: ends of slices, rising, up to the end of the span, epoch ms.
        reached: hears of progress after each moment.
    """
    clock = SystemClock()
    (begin_ms, end_ms), began = span, clock.monotonic()
    for moment in moments:
        lanes.count(await records.until(moment), moment)
        yield moment
        share = (moment - begin_ms) / (end_ms - begin_ms)
        reached(Reached(moment, share, lanes.records, clock.monotonic() - began))
        # Ctrl-C is heard here.
        await asyncio.sleep(0)


def slices(begin_ms: int, end_ms: int, moments: Iterable[int]) -> Iterator[int]:
    """Ends of slices, rising: every quarter of an hour, at each moment, and at the end.

    Example:
        >>> list(slices(0, 1_000_000, [60_000]))
        [60000, 900000, 1000000]
    """
    first = (begin_ms // SLICE_MS + 1) * SLICE_MS
    yield from sorted({*range(first, end_ms, SLICE_MS), *moments, end_ms})
