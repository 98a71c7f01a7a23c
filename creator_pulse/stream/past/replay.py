"""Past hours once more, minute by minute, after a warm-up of which nothing is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.aggregates.spans import HOUR_MS, MINUTE_MS
from creator_pulse.stream.past.walk import slices, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from creator_pulse.stream.lanes.lane import Sample
    from creator_pulse.stream.past.lanes import PastLanes
    from creator_pulse.stream.past.reads import Reads
    from creator_pulse.stream.past.records import PastRecords
    from creator_pulse.stream.past.walk import Reached

LEAD_MS = HOUR_MS
"""How long before the first evaluation that counts series are there: rules look back so far, or wait."""


async def replay(
    lanes: PastLanes,
    records: PastRecords,
    begin_ms: int,
    span: tuple[int, int],
    reads: Reads,
    take: Callable[[int, Iterable[Sample]], None],
    reached: Callable[[Reached], None],
) -> None:
    """Count records, commit as workers do, and look at the series at each minute.

    Args:
        lanes: new ones, that have counted nothing.
        records: from the begin of the warm-up on.
        begin_ms: of the warm-up, epoch ms.
        span: first and last minute at which the series are looked at, epoch ms.
        reads: which series somebody reads.
        take: gets them, with the moment.
        reached: called with the progress at each moment.
    """
    first_ms, last_ms = span
    looked_at = range(first_ms, last_ms + 1, MINUTE_MS)
    moments = (*slices(begin_ms, first_ms - 1, ()), *looked_at)
    async for moment in walk(lanes, records, (begin_ms, last_ms), moments, reached):
        if moment < first_ms:
            lanes.pass_by(first_ms)
        else:
            lanes.beat(moment)
            take(moment, lanes.look(reads))
