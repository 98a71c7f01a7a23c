"""Writes the state that was built of the past into the changelogs, so that workers go on from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.errors import PastError
from creator_pulse.stream.lanes.lane import MARKER
from creator_pulse.stream.tables.bounded_reader import BoundedReader
from creator_pulse.stream.tables.fencing import fence
from creator_pulse.stream.tables.log_identity import LOG_IDENTITY, LogIdentity
from creator_pulse.stream.tables.partition_lanes import Place
from creator_pulse.stream.topology import sources_of
from creator_pulse.stream.transport.batch import OutRecord
from creator_pulse.stream.transport.names import PANE_TOPIC

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from creator_pulse.stream.past.lanes import PastLanes
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.tables.runner import LaneId
    from creator_pulse.stream.topology import Topology
    from creator_pulse.stream.transport.log import Log, TimedLog

_PATIENCE = 60.0


async def check_empty(log: Log, settings: Settings, topics: Iterable[str]) -> None:
    """Make sure that no lane has state.

    Raises:
        PastError: one has.
    """
    for place in _places(settings, topics):
        changelog = BoundedReader(log, settings.changelog(place.topic), place.partition, _PATIENCE)
        _, end = await changelog.bounds()
        if end:
            raise PastError(
                f"{changelog.name} holds state already: `pulse afresh --yes` deletes all of it, or write the "
                "history of Prometheus alone, --history-only"
            )


async def following(
    log: TimedLog, settings: Settings, topics: Iterable[str], last_ms: int
) -> dict[Place, int]:
    """Where workers go on after records of no log: at the first one of the log that is later.

    Args:
        log: has the input topics, and ``pulse.pane``.
        settings: their names and partitions.
        topics: their names without prefix.
        last_ms: when the last record of the past was written, epoch ms.
    """
    sources = {place: await log.first_since(*place, last_ms + 1) for place in sources_of(settings, topics)}
    return sources | await pane_ends(log, settings)


async def pane_ends(log: Log, settings: Settings) -> dict[Place, int]:
    """The ends of ``pulse.pane``, because records between lanes of the past are not written there."""
    places = [Place(PANE_TOPIC, number) for number in range(settings.merge_partitions)]
    return {place: (await log.bounds(*place))[1] for place in places}


async def commit(
    log: Log, topology: Topology, lanes: PastLanes, now_ms: int, began_ms: int, going_on: Mapping[Place, int]
) -> int:
    """Write the state of each lane in one transaction of the lane's producer, merge lanes first.

    Args:
        log: Kafka or in memory; it has the changelogs.
        topology: names the lanes and their changelogs.
        lanes: whose counting is over.
        now_ms: end of the past, epoch ms.
        began_ms: now, by the clock: from when on the lanes are those of this log, epoch ms.
        going_on: the offset at which each partition is to be read on; without one, where its lane stands.

    Returns:
        how many entries were written.

    Raises:
        LaneError: the outcome of a transaction is not known: begin afresh.
    """
    written = 0
    for place, state in lanes.state(now_ms, going_on):
        if MARKER in state.entries:
            identity = LogIdentity(began_ms)
            if state.anchors is not None:
                identity = identity.counted(*state.anchors)
            await write_state(log, topology.lane_id(place), state.entries, identity)
            written += len(state.entries)
    return written


async def write_state(log: Log, lane: LaneId, state: Mapping[bytes, bytes], identity: LogIdentity) -> int:
    """Write the state of a lane into its changelog, in one transaction of the lane's producer.

    Args:
        log: Kafka or in memory; it has the changelog.
        lane: whose state is written.
        state: key -> value, the marker among them.
        identity: by which the log that is to be counted is recognised.

    Returns:
        how many entries were written.

    Raises:
        LaneError: the outcome of the transaction is not known.
    """
    # The marker last, as in every commit.
    entries = {
        **{key: value for key, value in state.items() if key != MARKER},
        LOG_IDENTITY: msgspec.msgpack.encode(identity),
        MARKER: state[MARKER],
    }
    changelog = BoundedReader(log, lane.changelog, lane.partition, _PATIENCE)
    producer = await fence(log, lane.transactional_id, changelog, lane.outputs)
    try:
        await producer.commit(
            [OutRecord(lane.changelog, key, value, lane.partition) for key, value in entries.items()]
        )
    finally:
        await producer.close()
    return len(entries)


def _places(settings: Settings, topics: Iterable[str]) -> tuple[Place, ...]:
    merges = (Place(PANE_TOPIC, number) for number in range(settings.merge_partitions))
    return (*sources_of(settings, topics), *merges)
