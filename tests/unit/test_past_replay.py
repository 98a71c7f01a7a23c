"""A replay of hours that were counted live: the same finals, byte by byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.native.hash_key import HashKey
from creator_pulse.stream.past.lanes import PastLanes
from creator_pulse.stream.past.log_records import LogRecords
from creator_pulse.stream.past.reads import Reads
from creator_pulse.stream.past.replay import replay
from creator_pulse.stream.topology import Topology
from creator_pulse.stream.transport.names import WINDOW_TOPIC
from tests.support.lane_harness import SMALL, START, Harness, traffic

if TYPE_CHECKING:
    from collections.abc import Iterable

    from creator_pulse.stream.transport.batch import OutRecord

MINUTE_MS = 60_000
RECORDS = traffic(5, 8.0, 1_300)
NEVER_IDLE = msgspec.structs.replace(SMALL, idle_after=3_600.0)
"""Which partitions are idle is told by a worker's clock, and the one exception of the law."""


async def test_finals_are_those_of_the_live_run_byte_by_byte() -> None:
    """Live workers committed otherwise, in other batches and under another hash key; the finals are equal."""
    live = Harness(RECORDS, settings=SMALL)
    await live.open()
    await live.run(97, merge_most=7)
    stated: list[OutRecord] = []
    topology = Topology(NEVER_IDLE, HashKey(bytes(range(16))))
    lanes = PastLanes(topology, NEVER_IDLE, TOPICS, stated.append)
    first = START // MINUTE_MS * MINUTE_MS + MINUTE_MS
    # What late records change is restated a minute later, over 25 commits.
    last = RECORDS[-1].timestamp_ms // MINUTE_MS * MINUTE_MS + 30 * MINUTE_MS
    async with LogRecords(live.log, NEVER_IDLE, tuple(TOPICS)) as records:
        await replay(lanes, records, START, (first, last), Reads(()), lambda *_: None, lambda _: None)
    again = finals((record.key, record.value) for record in stated if record.topic == WINDOW_TOPIC)
    then = finals(live.records(WINDOW_TOPIC))
    assert len(then) > 500
    assert {key: again.get(key) for key in then} == then
    assert again.keys() == then.keys()


def finals(records: Iterable[tuple[bytes | None, bytes | None]]) -> dict[bytes, bytes]:
    """Key and value of the finals."""
    return {key: value for key, value in records if key and value and b'"state":"final"' in value}
