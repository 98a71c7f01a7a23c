"""The ledger of each input partition, at any offset, with what retention has taken left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from creator_pulse.proof.ledger.ledger import Ledger
from creator_pulse.proof.ledger.measures import MEASURES
from creator_pulse.proof.ledger.truth import Truth
from creator_pulse.stream.tables.lanes import Place
from creator_pulse.stream.transport.names import label_of
from creator_pulse.stream.windows.lane import MARKER, Marker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from creator_pulse.proof.ledger.measures import Measure
    from creator_pulse.stream.generator.model import Produced
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.transport.batch import OutRecord

Series = tuple[str, tuple[tuple[str, str], ...]]
"""Family, and its labels in order."""


class _Source:
    """One input partition: its records, and the ledger as far as somebody has asked."""

    def __init__(self, place: Place, settings: Settings) -> None:
        self.topic = label_of(place.topic, settings)
        self.records: list[Produced] = []
        self.lost: list[range] = []
        self._settings = settings
        self._partition = place.partition
        self._place = (("partition", str(place.partition)), ("topic", self.topic))
        self._measures = {name: one for name, one in MEASURES.items() if one.counter}
        self._named: dict[tuple[str, tuple[str, ...]], tuple[Series, int]] = {}
        self._ledger = Ledger(settings)
        self._counted = 0
        self._known: dict[int, dict[Series, float]] = {}

    def at(self, offset: int) -> Mapping[Series, float]:
        """The totals of all records below an offset; a series without a record is absent."""
        found = self._known.get(offset)
        if found is None:
            found = self._known[offset] = self._shown(self._advance(offset))
        return found

    def truth(self) -> Truth:
        """All sums, at the end of the log."""
        return self._advance(len(self.records))

    def _advance(self, offset: int) -> Truth:
        ledger, start = self._ledger, self._counted
        if offset < start:
            ledger, start = Ledger(self._settings), 0
        for at in range(start, offset):
            if not any(at in gap for gap in self.lost):
                one = self.records[at]
                ledger.add(self.topic, self._partition, one.value, one.timestamp_ms, one.key)
        if ledger is self._ledger:
            self._counted = offset
        return ledger.truth

    def _shown(self, truth: Truth) -> dict[Series, float]:
        sums: dict[tuple[Series, int], int] = {}
        for (name, labels), total in truth.totals.items():
            if name in self._measures:
                key = self._named.get((name, labels)) or self._name(self._measures[name], labels)
                sums[key] = sums.get(key, 0) + total
        shown: dict[Series, float] = {}
        for (series, scale), total in sums.items():
            shown[series] = shown.get(series, 0) + (total if scale == 1 else total / scale)
        return shown

    def _name(self, measure: Measure, labels: tuple[str, ...]) -> tuple[Series, int]:
        pairs = dict(self._place) | dict(measure.fixed) | dict(zip(measure.labels, labels, strict=True))
        series = (f"pulse_{measure.counter}", tuple(sorted(pairs.items())))
        made = self._named[measure.name, labels] = (series, measure.scale)
        return made


class Truths:
    """What every figure must be, and how far each lane has come by the log.

    Args:
        settings: as the lanes have them.
        sources: the input partitions.
        merges: the partitions of ``pulse.pane``.

    Attributes:
        commits: how many checkpoints were committed.
        hearers: told the records of each committed transaction, in the order of their commits.
    """

    def __init__(self, settings: Settings, sources: Iterable[Place], merges: Iterable[Place]) -> None:
        self._settings = settings
        self._sources = {place: _Source(place, settings) for place in sources}
        self.commits = 0
        self.hearers: list[Callable[[Sequence[OutRecord]], None]] = []
        self._markers: dict[Place, int] = {}
        self._asked: dict[tuple[object, Place], tuple[int, int]] = {}
        self._changelogs = {
            (settings.changelog(one.topic), one.partition): one for one in (*self._sources, *merges)
        }

    @property
    def records(self) -> int:
        """Records of all partitions."""
        return sum(len(source.records) for source in self._sources.values())

    def append(self, one: Produced) -> None:
        """Take a record that was written to the end of its partition."""
        self._sources[Place(self._settings.topic(one.topic), one.partition)].records.append(one)

    def asked(self, who: object, topic: str, partition: int, first: int) -> None:
        """Hear that a worker opens a lane, and where its log begins: what lies between is lost."""
        self._asked[who, Place(topic, partition)] = (self._markers.get(Place(topic, partition), 0), first)

    def committed(self, who: object, records: Sequence[OutRecord]) -> None:
        """Hear of a committed transaction: its marker says how far its lane has come."""
        for hear in self.hearers:
            hear(records)
        for record in records:
            place = self._changelogs.get((record.topic, record.partition or 0))
            if place is None or record.key != MARKER or record.value is None:
                continue
            before, first = self._asked.pop((who, place), (0, 0))
            if place in self._sources and before < first and before == self._markers.get(place):
                self._sources[place].lost.append(range(before, first))
            self.commits += 1
            self._markers[place] = msgspec.msgpack.decode(record.value, type=Marker).next_offset

    def marker(self, place: Place) -> int | None:
        """The committed offset of a lane; None before its first commit."""
        return self._markers.get(place)

    def skips(self, place: Place, offset: int) -> int:
        """Records between the marker and an offset at which a lane was opened; 0 where none was."""
        marker = self._markers.get(place, 0)
        opened = (marker, offset) in (asked for (_, at), asked in self._asked.items() if at == place)
        return max(0, offset - marker) if opened else 0

    def lost(self, place: Place, offset: int) -> int:
        """Records below an offset that retention had taken before they were counted."""
        gaps = [gap for gap in self._sources[place].lost if gap.stop <= offset]
        return sum(map(len, gaps)) + self.skips(place, offset)

    def at(self, place: Place, offset: int) -> Mapping[Series, float]:
        """The totals of a lane that has counted all records below an offset."""
        return self._sources[place].at(offset - self.skips(place, offset))

    def end(self, place: Place) -> int:
        """The offset after a partition's last record."""
        return len(self._sources[place].records)

    def whole(self) -> Truth:
        """The sums of all partitions together."""
        whole = Truth()
        for source in self._sources.values():
            truth = source.truth()
            whole.outcomes |= truth.outcomes
            whole.watermarks |= truth.watermarks
            for key, total in truth.totals.items():
                whole.totals[key] = whole.totals.get(key, 0) + total
            for pane, parts in truth.windows.items():
                known = whole.windows.setdefault(pane, [None] * len(parts))
                for number, part in enumerate(parts):
                    if part is not None:
                        known[number] = (known[number] or 0) + part
        return whole
