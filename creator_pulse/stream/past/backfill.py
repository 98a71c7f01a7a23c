"""A past told to Prometheus: counted in slices of event time, looked at now and then."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, NamedTuple

from creator_pulse.stream.aggregates.spans import MINUTE_MS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from creator_pulse.stream.lanes.lane import Sample
    from creator_pulse.stream.past.lanes import PastLanes
    from creator_pulse.stream.past.reads import Reads
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


async def backfill(
    lanes: PastLanes,
    records: PastRecords,
    span: tuple[int, int],
    moments: Sequence[int],
    reads: Reads,
    take: Callable[[int, Iterable[Sample]], None],
    reached: Callable[[Reached], None],
) -> int:
    """Count the records of a stretch, and look at the series at some moments.

    Args:
        lanes: new ones.
        records: of the stretch.
        span: when the first and the last record were written, epoch ms.
        moments: at which the series are looked at, epoch ms.
        reads: which series somebody reads.
        take: gets them, with the moment.
        reached: hears of progress, at most once for each slice.

    Returns:
        the end of the past: the first moment after the last record, epoch ms.
    """
    begin_ms, end_ms = span[0], span[1] + 1
    began = time.monotonic()
    wanted = {moment for moment in moments if begin_ms < moment <= end_ms}
    for moment in slices(begin_ms, end_ms, wanted):
        lanes.count(await records.until(moment), moment)
        lanes.pass_by(end_ms)
        if moment in wanted:
            take(moment, lanes.look(reads))
        share = (moment - begin_ms) / (end_ms - begin_ms)
        reached(Reached(moment, share, lanes.records, time.monotonic() - began))
        # Ctrl-C is heard here.
        await asyncio.sleep(0)
    return end_ms


def slices(begin_ms: int, end_ms: int, moments: Iterable[int]) -> Iterator[int]:
    """Ends of slices, rising: every quarter of an hour, at each moment, and at the end.

    Example:
        >>> list(slices(0, 1_000_000, [60_000]))
        [60000, 900000, 1000000]
    """
    first = (begin_ms // SLICE_MS + 1) * SLICE_MS
    yield from sorted({*range(first, end_ms, SLICE_MS), *moments, end_ms})
