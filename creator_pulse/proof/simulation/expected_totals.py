"""The ledger of each input partition at any offset, without the records that retention deleted unread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from creator_pulse.proof.ledger.ledger import Ledger
from creator_pulse.proof.ledger.measures import MEASURES
from creator_pulse.proof.ledger.truth import Truth
from creator_pulse.stream.lanes.lane import MARKER, Marker
from creator_pulse.stream.tables.partition_lanes import Place
from creator_pulse.stream.transport.names import label_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from creator_pulse.proof.ledger.measures import Account
    from creator_pulse.stream.generator.model import Produced
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.transport.batch import OutRecord

Series = tuple[str, tuple[tuple[str, str], ...]]
"""Metric family, and its labels sorted by name."""


class _Source:
    """One input partition: its records, and a ledger that has counted up to the last offset asked for."""

    def __init__(self, place: Place, settings: Settings) -> None:
        self.topic = label_of(place.topic, settings)
        self.records: list[Produced] = []
        self.lost: list[range] = []
        self._settings = settings
        self._partition = place.partition
        self._place = (("partition", str(place.partition)), ("topic", self.topic))
        self._measures = {name: measure for name, measure in MEASURES.items() if measure.counter}
        self._named: dict[tuple[str, tuple[str, ...]], tuple[Series, int]] = {}
        self._ledger = Ledger(settings)
        self._counted = 0
        self._totals_at: dict[int, dict[Series, float]] = {}

    def at(self, offset: int) -> Mapping[Series, float]:
        """The totals over all records below an offset; a series without a record is absent."""
        totals = self._totals_at.get(offset)
        if totals is None:
            totals = self._totals_at[offset] = self._counters(self._advance(offset))
        return totals

    def truth(self) -> Truth:
        """All sums at the end of the log."""
        return self._advance(len(self.records))

    def _advance(self, offset: int) -> Truth:
        ledger, start = self._ledger, self._counted
        # A ledger cannot uncount, so an earlier offset is counted by a new one from the beginning.
        if offset < start:
            ledger, start = Ledger(self._settings), 0
        for at in range(start, offset):
            if not any(at in gap for gap in self.lost):
                record = self.records[at]
                ledger.add(self.topic, self._partition, record.value, record.timestamp_ms, record.key)
        # Only the shared ledger advances; a new one answers this call alone.
        if ledger is self._ledger:
            self._counted = offset
        return ledger.truth

    def _counters(self, truth: Truth) -> dict[Series, float]:
        sums: dict[tuple[Series, int], int] = {}
        for (name, labels), total in truth.totals.items():
            if name in self._measures:
                key = self._named.get((name, labels)) or self._name(self._measures[name], labels)
                sums[key] = sums.get(key, 0) + total
        # Integer sums are scaled once at the end, as the worker does.
        counters: dict[Series, float] = {}
        for (series, scale), total in sums.items():
            counters[series] = counters.get(series, 0) + (total if scale == 1 else total / scale)
        return counters

    def _name(self, measure: Account, labels: tuple[str, ...]) -> tuple[Series, int]:
        pairs = dict(self._place) | dict(measure.fixed) | dict(zip(measure.labels, labels, strict=True))
        series = (f"pulse_{measure.counter}", tuple(sorted(pairs.items())))
        series_and_scale = self._named[measure.name, labels] = (series, measure.scale)
        return series_and_scale


class ExpectedTotals:
    """The expected value of every total, and the committed offset of each lane according to the log.

    Args:
        settings: the settings of the lanes.
        sources: the input partitions, by topic and number.
        merges: the partitions of ``pulse.pane``.

    Attributes:
        commits: number of committed checkpoints.
        hearers: called with the records of each committed transaction, in commit order.
    """

    def __init__(self, settings: Settings, sources: Iterable[Place], merges: Iterable[Place]) -> None:
        self._settings = settings
        self._sources = {place: _Source(place, settings) for place in sources}
        self.commits = 0
        self.hearers: list[Callable[[Sequence[OutRecord]], None]] = []
        self._markers: dict[Place, int] = {}
        self._openings: dict[tuple[object, Place], tuple[int, int]] = {}
        self._changelogs = {
            (settings.changelog(lane.topic), lane.partition): lane for lane in (*self._sources, *merges)
        }

    @property
    def records(self) -> int:
        """Number of records in all partitions."""
        return sum(len(source.records) for source in self._sources.values())

    def append(self, record: Produced) -> None:
        """Add a record that was appended to its partition."""
        self._sources[Place(self._settings.topic(record.topic), record.partition)].records.append(record)

    def lane_opened(self, who: object, topic: str, partition: int, first: int) -> None:
        """Note that a worker opens a lane.

        Args:
            who: any object that stands for the worker's process.
            topic: full name of the topic.
            partition: number of the partition.
            first: first offset that the log still has; records between the marker and it are lost.
        """
        # The marker as of the opening, and where the log began then: later retention is not this lane's.
        self._openings[who, Place(topic, partition)] = (self._markers.get(Place(topic, partition), 0), first)

    def committed(self, who: object, records: Sequence[OutRecord]) -> None:
        """Take in a committed transaction; its marker holds the lane's next source offset."""
        for hear in self.hearers:
            hear(records)
        for record in records:
            place = self._changelogs.get((record.topic, record.partition or 0))
            if place is None or record.key != MARKER or record.value is None:
                continue
            before, first = self._openings.pop((who, place), (0, 0))
            # The lane skipped the records that retention deleted, from its marker to the log's first offset.
            if place in self._sources and before < first and before == self._markers.get(place):
                self._sources[place].lost.append(range(before, first))
            self.commits += 1
            self._markers[place] = msgspec.msgpack.decode(record.value, type=Marker).next_offset

    def marker(self, place: Place) -> int | None:
        """The committed offset of a lane; None before its first commit."""
        return self._markers.get(place)

    def skips(self, place: Place, offset: int) -> int:
        """Records between the marker and an offset at which a lane was opened; 0 if none was opened there."""
        marker = self._markers.get(place, 0)
        opened = (marker, offset) in (opening for (_, at), opening in self._openings.items() if at == place)
        return max(0, offset - marker) if opened else 0

    def lost(self, place: Place, offset: int) -> int:
        """Number of records below an offset that retention deleted before they were counted."""
        gaps = [gap for gap in self._sources[place].lost if gap.stop <= offset]
        return sum(map(len, gaps)) + self.skips(place, offset)

    def at(self, place: Place, offset: int) -> Mapping[Series, float]:
        """The expected totals of a lane that has counted all records below an offset."""
        return self._sources[place].at(offset - self.skips(place, offset))

    def end(self, place: Place) -> int:
        """The offset after a partition's last record."""
        return len(self._sources[place].records)

    def whole(self) -> Truth:
        """The sums over all partitions."""
        whole = Truth()
        for source in self._sources.values():
            truth = source.truth()
            whole.outcomes |= truth.outcomes
            whole.watermarks |= truth.watermarks
            for key, total in truth.totals.items():
                whole.totals[key] = whole.totals.get(key, 0) + total
            for pane, parts in truth.windows.items():
                totals = whole.windows.setdefault(pane, [None] * len(parts))
                for number, part in enumerate(parts):
                    if part is not None:
                        totals[number] = (totals[number] or 0) + part
        return whole
