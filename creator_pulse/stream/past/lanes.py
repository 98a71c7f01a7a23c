"""All lanes of an installation in one process and without a log: records in, series and state out."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from creator_pulse.stream.lanes.lane import MARKER, Marker
from creator_pulse.stream.tables.log_identity import Anchor, anchor
from creator_pulse.stream.tables.partition_lanes import Place
from creator_pulse.stream.topology import sources_of
from creator_pulse.stream.transport.batch import Batch, OutRecord
from creator_pulse.stream.transport.names import PANE_TOPIC, label_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from creator_pulse.stream.ingestion.source_lane import SourceLane
    from creator_pulse.stream.lanes.lane import Entry, Lane, Sample
    from creator_pulse.stream.past.reads import Reads
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.topology import Topology
    from creator_pulse.stream.windows.merge_lane import MergeLane

_NEVER = -(2**60)


class LaneState(NamedTuple):
    """The content of a lane's changelog.

    Attributes:
        entries: key -> value, the marker among them; empty where the lane has counted nothing.
        anchors: an early counted record and the last one, by which its log is recognised; None for records of
            no log.
    """

    entries: Mapping[bytes, bytes]
    anchors: tuple[Anchor, Anchor] | None


class PastLanes:
    """Source lanes and merge lanes, which hand each other the records for ``pulse.pane``.

    Args:
        topology: makes the lanes as a worker would.
        settings: apps, regions and limits of every lane.
        topics: input topics, without prefix.
        keep: takes the records of all other topics.

    Attributes:
        records: how many were counted.

    Example::

        lanes = PastLanes(topology, settings, TOPICS, keep)
        lanes.count(await records.until(now_ms), now_ms)
        lanes.pass_by(until_ms)
        list(lanes.look(reads))
    """

    def __init__(
        self,
        topology: Topology,
        settings: Settings,
        topics: Iterable[str],
        keep: Callable[[OutRecord], None],
    ) -> None:
        self._settings = settings
        self._keep = keep
        self._sources: dict[Place, SourceLane] = {
            place: topology.source_lane(label_of(place.topic, settings), place.partition)
            for place in sources_of(settings, topics)
        }
        self._merges: dict[Place, MergeLane] = {
            Place(PANE_TOPIC, number): topology.merge_lane(number)
            for number in range(settings.merge_partitions)
        }
        self._written: dict[Place, int] = dict.fromkeys(self._sources, _NEVER)
        self._entries: dict[Place, dict[bytes, bytes]] = defaultdict(dict)
        self._anchors: dict[Place, tuple[Anchor, Anchor]] = {}
        self.records = 0
        for lane in self._merges.values():
            lane.start_at(0, lost=0)

    def start_at(self, offsets: Mapping[Place, int]) -> None:
        """Say at which offsets the records begin; without it at 0."""
        for place, lane in self._sources.items():
            lane.start_at(offsets.get(place, 0), lost=0)

    def count(self, records: Mapping[Place, Sequence[Batch]], now_ms: int) -> None:
        """Count records, and let the merge lanes take their increments.

        Args:
            records: of some partitions, those that were written since the last call.
            now_ms: before which they were written, epoch ms.
        """
        for place, batches in records.items():
            for batch in batches:
                self._sources[place].apply(batch)
                self.records += len(batch)
                self._written[place] = max(self._written[place], batch.newest)
                if len(batch):
                    first, _ = self._anchors.get(place, (anchor(batch, 0), None))
                    self._anchors[place] = first, anchor(batch, -1)
        panes: dict[Place, list[OutRecord]] = defaultdict(list)
        for record in self._added(now_ms):
            if record.topic == PANE_TOPIC:
                assert record.partition is not None
                panes[Place(PANE_TOPIC, record.partition)].append(record)
            else:
                self._keep(record)
        for place, of_lane in panes.items():
            self._merges[place].apply(_batch(of_lane, self._merges[place].next_offset or 0, now_ms))

    def _added(self, now_ms: int) -> Iterator[OutRecord]:
        """Commit the source lanes, as a worker would at this time."""
        idle = {
            place: written + round(self._settings.idle_after * 1000) <= now_ms
            for place, written in self._written.items()
        }
        busy = len(idle) - sum(idle.values())
        for place, lane in self._sources.items():
            lane.idle(idle=idle[place], others_busy=busy > 0)
            yield from self._checkpoint(place, lane, now_ms)

    def beat(self, now_ms: int) -> None:
        """Commit the merge lanes: windows close and are restated, and provisional results are stated."""
        for place, lane in self._merges.items():
            for record in self._checkpoint(place, lane, now_ms):
                self._keep(record)

    def pass_by(self, until_ms: int) -> None:
        """Close what lives on after the past, and leave out the other windows.

        Args:
            until_ms: end of the past, epoch ms.
        """
        for lane in self._merges.values():
            for record in lane.pass_by(until_ms):
                self._keep(record)

    def look(self, reads: Reads) -> Iterator[Sample]:
        """The series at this moment, of those that somebody reads."""
        for lane in self._sources.values():
            yield from filter(reads.sample, lane.snapshot().samples)
        for merge in self._merges.values():
            yield from filter(reads.sample, merge.look(reads))

    def views(self) -> dict[str, bytes]:
        """What merge lanes would publish in Redis now: key -> JSON."""
        return {key: view for lane in self._merges.values() for key, view in lane.snapshot().views.items()}

    def _checkpoint(self, place: Place, lane: Lane, now_ms: int) -> tuple[OutRecord, ...]:
        checkpoint = lane.checkpoint(now_ms)
        if checkpoint is None:
            return ()
        self._take(place, checkpoint.entries)
        return checkpoint.outgoing

    def _take(self, place: Place, entries: Iterable[Entry]) -> None:
        """Keep the newest entry of each key, as compaction would."""
        live = self._entries[place]
        for key, value in entries:
            if value is None:
                live.pop(key, None)
            else:
                live[key] = value

    def state(self, now_ms: int, going_on: Mapping[Place, int]) -> Iterator[tuple[Place, LaneState]]:
        """The state of each lane, once nothing more is counted; merge lanes first.

        Whoever finds the state of the merge lanes and not that of a source lane refuses to count its records
        twice, and says so; the other way round windows would lack them in silence.

        Args:
            now_ms: end of the past, epoch ms.
            going_on: the offset at which each partition is to be read on; without one, where its lane stands.
        """
        lanes: dict[Place, Lane] = {**self._merges, **self._sources}
        for place, lane in lanes.items():
            for record in self._checkpoint(place, lane, now_ms):
                self._keep(record)
            live = self._entries[place]
            if place not in going_on:
                yield place, LaneState(live, self._anchors.get(place))
            elif MARKER in live:
                marker = msgspec.msgpack.decode(live[MARKER], type=Marker)
                there = msgspec.structs.replace(marker, next_offset=going_on[place])
                yield place, LaneState({**live, MARKER: msgspec.msgpack.encode(there)}, None)


def _batch(records: Sequence[OutRecord], first: int, now_ms: int) -> Batch:
    return Batch.of(
        range(first, first + len(records)),
        [now_ms] * len(records),
        [record.key for record in records],
        [record.value for record in records],
    )
