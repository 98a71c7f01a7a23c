"""The windows of the past: money counted, viewing drawn, merge lanes that go on to the end of a span."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import msgspec

from creator_pulse.proof.past.drawn_lane import Drawing, DrawnLane
from creator_pulse.proof.past.money import ROOM_READING
from creator_pulse.proof.past.viewers import TOPIC, VIEWER_MEASURE, PastViewers
from creator_pulse.stream.aggregates.spans import DAY_MS
from creator_pulse.stream.lanes.lane import MARKER, Marker
from creator_pulse.stream.panes.store import LEVELS
from creator_pulse.stream.panes.tables import tables_of
from creator_pulse.stream.sinks.closed_days import ClosedDays
from creator_pulse.stream.sinks.shown_windows import Gauges
from creator_pulse.stream.topology import PRODUCT, LaneClasses, Topology, sources_of
from creator_pulse.stream.transport.batch import Batch
from creator_pulse.stream.transport.names import PANE_TOPIC, label_of
from creator_pulse.stream.windows.merge_lane import MergeLane
from creator_pulse.stream.windows.merge_state import MergeState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from creator_pulse.proof.past.calibration import TopicRates
    from creator_pulse.proof.past.lots import Lots
    from creator_pulse.stream.generator.world import World
    from creator_pulse.stream.lanes.lane import Sample
    from creator_pulse.stream.native.hash_key import HashKey
    from creator_pulse.stream.panes.cells import Cell
    from creator_pulse.stream.panes.pane_record import Partial
    from creator_pulse.stream.past.reads import Reads
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.tables.partition_lanes import Place

Entries = dict[bytes, bytes]
Panes = dict[int, list[bytes]]
"""Pane records by merge lane."""
_NEVER = 2**60


class PastOf(NamedTuple):
    """Whose past it is.

    Attributes:
        settings: of the workers.
        key: of the installation.
        world: of the live run.
        seats: people who watch at a time, on the mean of a week, as the live run begins.
        rates: by which is drawn, by topic.
        now_ms: start of the live run, epoch ms.
        seed: of the live run.
    """

    settings: Settings
    key: HashKey
    world: World
    seats: float
    rates: Mapping[str, TopicRates]
    now_ms: int
    seed: int


class PastSources:
    """Source lanes that draw, and hand their sums to merge lanes.

    Args:
        of: whose past it is.
        begin_ms: of the span, epoch ms.
        lots: into which all sums are put.
        report: takes the drawn sums of cells.
    """

    def __init__(
        self,
        of: PastOf,
        begin_ms: int,
        lots: Lots,
        report: Callable[[list[Cell]], None] = lambda _: None,
    ) -> None:
        settings = of.settings
        drawings = {
            topic: Drawing(rates, settings, of.world, of.now_ms, of.seed, begin_ms)
            for topic, rates in of.rates.items()
        }
        viewers = {TOPIC: PastViewers(settings, of.key, of.world, of.seats, of.now_ms, of.seed)}
        source = partial(DrawnLane, drawings, viewers, lots, report)
        topology = Topology(settings, of.key, classes=LaneClasses(source=source))
        self._at_ms = begin_ms
        self._lanes: dict[Place, DrawnLane] = {}
        self._shown: list[Sample] = []
        for place in sources_of(settings, PRODUCT.topics):
            lane = topology.source_lane(label_of(place.topic, settings), place.partition)
            assert isinstance(lane, DrawnLane)
            lane.start_at(0, lost=0)
            self._lanes[place] = lane

    def go_on(self, records: Mapping[Place, Sequence[Batch]], until_ms: int) -> Panes:
        """Count the records up to a time, and draw the rest.

        Args:
            records: by partition, those that were sent since the last call and before ``until_ms``.
            until_ms: end of the span, epoch ms.

        Returns:
            pane records by merge lane.
        """
        for lane in self._lanes.values():
            lane.go_on(self._at_ms, until_ms)
        self._at_ms = until_ms
        for place, batches in records.items():
            for batch in batches:
                self._lanes[place].apply(batch)
        panes: dict[int, list[bytes]] = defaultdict(list)
        self._shown = []
        for lane in self._lanes.values():
            checkpoint = lane.checkpoint(until_ms)
            # Time goes on without records too, so there is always something to commit.
            assert checkpoint is not None
            self._shown += checkpoint.snapshot.samples
            for record in checkpoint.outgoing:
                if record.topic == PANE_TOPIC:
                    assert record.partition is not None
                    assert record.value is not None
                    panes[record.partition].append(record.value)
        return panes

    def look(self, reads: Reads) -> Iterator[Sample]:
        """The series of the source lanes that somebody reads, at the moment up to which they have gone."""
        return filter(reads.sample, self._shown)

    def signals(self) -> Iterator[Partial]:
        """The sums by slot of counted records, without drawn ones."""
        for lane in self._lanes.values():
            yield from lane.signals


class PastMergeLane(MergeLane):
    """A merge lane of which all sources draw up to the same moment.

    Its windows are of all topics together: those of workers, by topics, have the same ends.
    """

    in_step: ClassVar[bool] = True


class PastMerges:
    """Merge lanes without evidence, that go on to the end of a span: evidence is learnt apart, far cheaper.

    Args:
        settings: those that the workers run with.
        key: under which the installation hashes identities.
        without_past: by level of panes the measures that have none.
        before: changelog entries by merge lane at the begin, for each lane that is meant; empty of one: it
            is the first.
    """

    def __init__(
        self,
        settings: Settings,
        key: HashKey,
        without_past: Mapping[int, Collection[str]],
        before: Mapping[int, Entries],
    ) -> None:
        job = replace(
            PRODUCT,
            catalogue=replace(PRODUCT.catalogue, signals=()),
            # What is written of windows into topics has no past: only series, and what days keep.
            sinks=(Gauges, ClosedDays),
        )
        topology = Topology(settings, key, job=job, classes=LaneClasses(merge=PastMergeLane))
        self._without_past = without_past
        self._lanes = {number: topology.merge_lane(number) for number in before}
        self._entries: dict[int, Entries] = {number: dict(entries) for number, entries in before.items()}
        for number, entries in self._entries.items():
            if entries:
                self._lanes[number].restore(sorted(entries.items(), key=lambda entry: entry[0] == MARKER))
            else:
                self._lanes[number].start_at(0, lost=0)
            self._count_since(number, _NEVER)

    def go_on(self, panes: Panes, until_ms: int) -> None:
        """Let the windows pass.

        Args:
            panes: pane records by merge lane; those of others are passed over.
            until_ms: up to when they are, epoch ms.
        """
        for number, merge in self._lanes.items():
            values: list[bytes | None] = list(panes.get(number, ()))
            first = merge.next_offset or 0
            offsets = range(first, first + len(values))
            merge.apply(Batch.of(offsets, [until_ms] * len(values), [b""] * len(values), values))
            # Finals of the past are written nowhere; business days are closed, as others look back on them.
            for _ in merge.pass_by(_NEVER):
                pass

    def look(self, reads: Reads) -> Iterator[Sample]:
        """The series that somebody reads, at this moment."""
        for merge in self._lanes.values():
            yield from filter(reads.sample, merge.look(reads))

    def state(self, now_ms: int) -> dict[int, Entries]:
        """The changelog entries of the lanes, for workers whose source lanes and logs are new.

        Measures without a past are counted from now on.
        """
        for number, entries in self._entries.items():
            self._count_since(number, now_ms)
            checkpoint = self._lanes[number].checkpoint(now_ms)
            for key, value in checkpoint.entries if checkpoint is not None else ():
                if value is None:
                    entries.pop(key, None)
                else:
                    entries[key] = value
            entries[MARKER] = _begun_anew(entries[MARKER])
        return self._entries

    def _count_since(self, number: int, since_ms: int) -> None:
        """Say from when on a lane counts the measures without a past."""
        for level, measures in self._without_past.items():
            self._lanes[number].count_since(dict.fromkeys(measures, since_ms), (level,))


def without_past(rates: Mapping[str, TopicRates]) -> Mapping[int, frozenset[str]]:
    """By level of panes the measures that are neither counted nor drawn: those by viewer and the like.

    Args:
        rates: by which is drawn, by topic.
    """
    tables = tables_of(PRODUCT.catalogue)
    undrawn = {name for of_topic in rates.values() for name in of_topic.undrawn}
    without = frozenset(
        name
        for name, measure in PRODUCT.catalogue.measures.items()
        if measure.event == ROOM_READING or (name in tables and tables[name].name in undrawn)
    )
    return {level: without - {VIEWER_MEASURE} if level == DAY_MS else without for level in LEVELS}


def _begun_anew(packed: bytes) -> bytes:
    """A marker of a merge lane whose pane log is empty, and whose source lanes have read nothing."""
    marker = msgspec.msgpack.decode(packed, type=Marker)
    state = msgspec.msgpack.decode(marker.state, type=MergeState)
    for _, _, source in state.sources:
        source.read = 0
    return msgspec.msgpack.encode(
        msgspec.structs.replace(marker, next_offset=0, state=msgspec.msgpack.encode(state))
    )
