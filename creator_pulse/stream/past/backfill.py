"""A past told to Prometheus: counted in slices of event time, looked at now and then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.past.walk import slices, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from creator_pulse.stream.lanes.lane import Sample
    from creator_pulse.stream.past.lanes import PastLanes
    from creator_pulse.stream.past.reads import Reads
    from creator_pulse.stream.past.records import PastRecords
    from creator_pulse.stream.past.walk import Reached


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
        lanes: new ones, that have counted nothing.
        records: of the stretch, in the order of their times.
        span: when the first and the last record were written, epoch ms.
        moments: at which the series are looked at, epoch ms.
        reads: which series somebody reads.
        take: gets them, with the moment.
        reached: hears of progress, at most once for each slice.

    Returns:
        the end of the past: the first moment after the last record, epoch ms.
    """
    begin_ms, end_ms = span[0], span[1] + 1
    wanted = {moment for moment in moments if begin_ms < moment <= end_ms}
    ends = slices(begin_ms, end_ms, wanted)
    async for moment in walk(lanes, records, (begin_ms, end_ms), ends, reached):
        lanes.pass_by(end_ms)
        if moment in wanted:
            take(moment, lanes.look(reads))
    return end_ms
