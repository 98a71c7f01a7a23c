"""The windows of the past: money counted, viewing drawn, merge lanes that go on to the end of a span."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from creator_pulse.proof.past.drawn_lane import Drawing, DrawnLane
from creator_pulse.proof.past.money import ROOM_READING
from creator_pulse.stream.lanes.lane import MARKER, Marker
from creator_pulse.stream.panes.tables import tables_of
from creator_pulse.stream.sinks.closed_days import ClosedDays
from creator_pulse.stream.sinks.shown_windows import Gauges
from creator_pulse.stream.topology import PRODUCT, LaneClasses, Topology, sources_of
from creator_pulse.stream.transport.batch import Batch, OutRecord
from creator_pulse.stream.transport.names import PANE_TOPIC, label_of
from creator_pulse.stream.windows.merge_state import MergeState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

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
_NEVER = 2**60


class PastOf(NamedTuple):
    """Whose past it is.

    Attributes:
        settings: of the workers.
        key: of the installation.
        world: of the live run.
        rates: by which is drawn, by topic.
        now_ms: start of the live run, epoch ms.
        seed: of the live run.
    """

    settings: Settings
    key: HashKey
    world: World
    rates: Mapping[str, TopicRates]
    now_ms: int
    seed: int


class PastWindows:
    """Source lanes that draw, and merge lanes without evidence: that is learnt apart, which is far cheaper.

    Args:
        of: whose past it is.
        begin_ms: of the span, epoch ms.
        before: changelog entries of the merge lanes at the begin; empty: it is the first.
        lots: into which all sums are put.
        report: takes the drawn sums of cells.
    """

    def __init__(
        self,
        of: PastOf,
        begin_ms: int,
        before: Mapping[int, Entries],
        lots: Lots,
        report: Callable[[list[Cell]], None] = lambda _: None,
    ) -> None:
        settings = of.settings
        self._settings = settings
        drawings = {
            topic: Drawing(rates, settings, of.world, of.now_ms, of.seed, begin_ms)
            for topic, rates in of.rates.items()
        }
        job = replace(
            PRODUCT,
            catalogue=replace(PRODUCT.catalogue, signals=()),
            # What is written of windows into topics has no past: only series, and what days keep.
            sinks=(Gauges, ClosedDays),
        )
        source = partial(DrawnLane, drawings, lots, report)
        sources = Topology(settings, of.key, classes=LaneClasses(source=source))
        merging = Topology(settings, of.key, job=job)
        self._at_ms, self._without_past = begin_ms, _without_past(of.rates)
        self._sources: dict[Place, DrawnLane] = {}
        for place in sources_of(settings, PRODUCT.topics):
            lane = sources.source_lane(label_of(place.topic, settings), place.partition)
            assert isinstance(lane, DrawnLane)
            lane.start_at(0, lost=0)
            self._sources[place] = lane
        self._merges = [merging.merge_lane(number) for number in range(settings.merge_partitions)]
        self._entries: list[Entries] = [dict(before.get(number, {})) for number in range(len(self._merges))]
        for merge, entries in zip(self._merges, self._entries, strict=True):
            if entries:
                merge.restore(sorted(entries.items(), key=lambda entry: entry[0] == MARKER))
            else:
                merge.start_at(0, lost=0)
            merge.count_since(dict.fromkeys(self._without_past, _NEVER))

    def go_on(self, records: Mapping[Place, Sequence[Batch]], until_ms: int) -> None:
        """Count the records up to a time, draw the rest, and let the windows pass.

        Args:
            records: by partition, those that were sent since the last call and before ``until_ms``.
            until_ms: epoch ms.
        """
        for lane in self._sources.values():
            lane.go_on(self._at_ms, until_ms)
        self._at_ms = until_ms
        for place, batches in records.items():
            for batch in batches:
                self._sources[place].apply(batch)
        panes: list[OutRecord] = []
        for lane in self._sources.values():
            checkpoint = lane.checkpoint(until_ms)
            if checkpoint is not None:
                panes += [record for record in checkpoint.outgoing if record.topic == PANE_TOPIC]
        for number, merge in enumerate(self._merges):
            values = [record.value for record in panes if record.partition == number]
            first = merge.next_offset or 0
            offsets = range(first, first + len(values))
            merge.apply(Batch.of(offsets, [until_ms] * len(values), [b""] * len(values), values))
            # Finals of the past are written nowhere; business days are closed, as others look back on them.
            for _ in merge.pass_by(_NEVER):
                pass

    def look(self, reads: Reads) -> Iterator[Sample]:
        """The series that somebody reads, at this moment."""
        for lane in self._sources.values():
            yield from filter(reads.sample, lane.snapshot().samples)
        for merge in self._merges:
            yield from filter(reads.sample, merge.look(reads.value))

    def signals(self) -> Iterator[Partial]:
        """The sums by slot of counted records, without drawn ones."""
        for lane in self._sources.values():
            yield from lane.signals

    def state(self, now_ms: int) -> dict[int, Entries]:
        """The changelog entries of the merge lanes, for workers whose source lanes and logs are new.

        What has no past is counted from now on.
        """
        for merge, entries in zip(self._merges, self._entries, strict=True):
            merge.count_since(dict.fromkeys(self._without_past, now_ms))
            checkpoint = merge.checkpoint(now_ms)
            for key, value in checkpoint.entries if checkpoint is not None else ():
                if value is None:
                    entries.pop(key, None)
                else:
                    entries[key] = value
            entries[MARKER] = _begun_anew(entries[MARKER])
        return dict(enumerate(self._entries))


def _without_past(rates: Mapping[str, TopicRates]) -> frozenset[str]:
    """Measures that are neither counted nor drawn: those by viewer and the like.

    Args:
        rates: by which is drawn, by topic.
    """
    tables = tables_of(PRODUCT.catalogue)
    undrawn = {name for of_topic in rates.values() for name in of_topic.undrawn}
    return frozenset(
        name
        for name, measure in PRODUCT.catalogue.measures.items()
        if measure.event == ROOM_READING or (name in tables and tables[name].name in undrawn)
    )


def _begun_anew(packed: bytes) -> bytes:
    """A marker of a merge lane whose pane log is empty, and whose source lanes have read nothing."""
    marker = msgspec.msgpack.decode(packed, type=Marker)
    state = msgspec.msgpack.decode(marker.state, type=MergeState)
    for _, _, source in state.sources:
        source.read = 0
    return msgspec.msgpack.encode(
        msgspec.structs.replace(marker, next_offset=0, state=msgspec.msgpack.encode(state))
    )
