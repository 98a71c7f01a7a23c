"""The state of a source lane: running totals, the log's position, the dedup horizon, streaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.catalog.declaration.labels import combinations
from creator_pulse.stream.keyed.dedup import DedupHorizon
from creator_pulse.stream.keyed.id_packs import IdPacks
from creator_pulse.stream.lanes.lane import FORMAT, MARKER, Entry, Marker, Sample
from creator_pulse.stream.lanes.limits import Limited, limits
from creator_pulse.stream.lanes.watermark import NONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from creator_pulse.stream.catalog.declaration.declare import Measure
    from creator_pulse.stream.keyed.keyed_table import KeyedTable
    from creator_pulse.stream.keyed.streak_rows import StreakRows
    from creator_pulse.stream.native.hash_key import HashKey
    from creator_pulse.stream.panes.cells import Labels
    from creator_pulse.stream.settings import Settings

_TOTAL, _DEDUP, _KEYS, _STREAK = b"t", b"d", b"k", b"s"
# Totals that no measure declares.
_OWN = ("lost_records", "unknown_fields")


class SourceState:
    """One lane's state, and its changelog entries.

    Entries: ``t`` + measure and labels, a total as decimal digits; ``d`` + sequence number, a pack of
    accepted ids; ``k`` + sequence number, a pack of accepted business keys; ``s`` + hashes of
    the giver, the receiver and the group, an open or lately closed streak; the table's prefix + hash of an
    id, the other tables; the marker.
    """

    def __init__(
        self,
        topic: str,
        partition: int,
        settings: Settings,
        key: HashKey,
        measures: tuple[Measure, ...],
        streaks: StreakRows | None,
        tables: tuple[KeyedTable, ...] = (),
        keys: DedupHorizon | None = None,
    ) -> None:
        self._key = key
        self.next_offset: int | None = None
        self.highest = NONE
        self.read = 0
        self.dedup = DedupHorizon(settings.dedup_horizon_ms, settings.most_ids)
        self._packs = {"ids": IdPacks(_DEDUP, self.dedup)}
        if keys is not None:
            self._packs["keys"] = IdPacks(_KEYS, keys)
        self._streaks = streaks
        self._tables = tables
        self._out_of_orderness_ms = settings.out_of_orderness_ms
        self._counted = {measure.id: measure for measure in measures if measure.counter}
        self._place = (("partition", str(partition)), ("topic", topic))
        self._totals: dict[tuple[str, Labels], int] = {
            (measure.id, labels): 0
            for measure in self._counted.values()
            for labels in combinations(measure.labels, settings, topic)
        }
        self._totals.update({(name, ()): 0 for name in _OWN})
        self._dirty: set[tuple[str, Labels]] = set()
        self._named: dict[tuple[str, Labels], tuple[str, tuple[tuple[str, str], ...]]] = {}

    def add(self, name: str, labels: Labels, total: int) -> None:
        """Add to a running total."""
        key = (name, labels)
        self._totals[key] = self._totals.get(key, 0) + total
        self._dirty.add(key)

    def drain(self, reference: int) -> Iterator[Entry]:
        """Entries changed since the last call, the marker last."""
        # Sorted, so that a replay writes the same bytes.
        for name, labels in sorted(self._dirty):
            key = msgspec.msgpack.encode((name, *labels))
            yield _TOTAL + key, str(self._totals[name, labels]).encode()
        self._dirty.clear()
        if self._streaks:
            yield from self._streaks.state.drain(_STREAK)
        for table in self._tables:
            for key, entry in table.drain(self.highest):
                yield table.prefix + key, entry
        for packs in self._packs.values():
            yield from packs.drain(self.highest - self._out_of_orderness_ms)
        assert self.next_offset is not None
        lost = msgspec.msgpack.encode(
            {kind: limited.table.overflowed for kind, limited in self._limited.items()}
        )
        marker = Marker(FORMAT, self.next_offset, self.highest, reference, lost, self.read, self._key.mark)
        yield MARKER, msgspec.msgpack.encode(marker)

    def restore(self, entries: Iterable[tuple[bytes, bytes]]) -> None:
        """Take entries back.

        Raises:
            ChangelogError: another format version.
            ValueError: bytes that are not an entry.
        """
        packs = {packs_of.prefix: packs_of for packs_of in self._packs.values()}
        of_tables: dict[bytes, list[tuple[bytes, bytes]]] = {table.prefix: [] for table in self._tables}
        for key, value in entries:
            kind, rest = key[:1], key[1:]
            if key == MARKER:
                self._mark(msgspec.msgpack.decode(value, type=Marker))
            elif kind == _TOTAL:
                self._restore_total(rest, int(value))
            elif kind in packs:
                packs[kind].take(rest, value)
            elif kind == _STREAK and self._streaks:
                self._streaks.state.restore(rest, value)
            elif kind in of_tables:
                of_tables[kind].append((rest, value))
            else:
                raise ValueError(f"no entry begins with {kind!r}")
        if self.next_offset is None and self._totals_are_there():
            raise ValueError("there are totals, but no marker that says how far they go")
        for table in self._tables:
            table.restore(of_tables[table.prefix])
        for packs_of in packs.values():
            packs_of.restore()

    def _restore_total(self, key: bytes, total: int) -> None:
        name, *labels = msgspec.msgpack.decode(key, type=list[str])
        if name in self._counted or name in _OWN:  # a measure may have left the catalogue
            self._totals[name, tuple(labels)] = total

    def _totals_are_there(self) -> bool:
        return any(self._totals.values())

    def samples(self, *, idle: bool) -> Iterator[Sample]:
        """All series of the lane, each once: several measures may feed one."""
        sums: dict[tuple[str, tuple[tuple[str, str], ...], int], int] = {}
        for (name, labels), total in self._totals.items():
            family, named = self._named.get((name, labels)) or self._name(name, labels)
            scale = self._counted[name].scale if name in self._counted else 1
            series = (family, named, scale)
            sums[series] = sums.get(series, 0) + total
        for (family, named, scale), total in sums.items():
            yield Sample(family, named, total if scale == 1 else total / scale)
        seconds = 0.0 if self.highest == NONE else (self.highest - self._out_of_orderness_ms) / 1000
        yield Sample("pulse_watermark_timestamp_seconds", self._place, seconds)
        yield Sample("pulse_partition_idle", self._place, float(idle))
        limited = self._limited
        entries = {"totals": len(self._totals)} | {kind: table.size for kind, table in limited.items()}
        yield from limits(limited, self._place)
        for kind, count in entries.items():
            yield Sample("pulse_table_entries", (("kind", kind), *self._place), count)
        for table in self._tables:
            for sample in table.gauges(self.highest - self._out_of_orderness_ms):
                yield Sample(sample.family, tuple(sorted((*sample.labels, *self._place))), sample.value)

    @property
    def _limited(self) -> dict[str, Limited]:
        """The tables that somebody who sends may fill."""
        return (
            {name: Limited(packs.horizon, len(packs)) for name, packs in self._packs.items()}
            | ({"streaks": Limited(self._streaks.state, len(self._streaks.state))} if self._streaks else {})
            | {table.kind: Limited(table, len(table)) for table in self._tables}
        )

    def _name(self, name: str, labels: Labels) -> tuple[str, tuple[tuple[str, str], ...]]:
        family, pairs = f"{name}_total", dict(self._place)
        if name not in _OWN:
            measure = self._counted[name]
            family = measure.counter or name
            pairs |= dict(measure.fixed) | dict(zip(measure.labels, labels, strict=True))
        series = self._named[name, labels] = (f"pulse_{family}", tuple(sorted(pairs.items())))
        return series

    def _mark(self, marker: Marker) -> None:
        marker.check(self._key)
        self.next_offset, self.highest, self.read = marker.next_offset, marker.highest, marker.read
        if marker.state:
            lost = msgspec.msgpack.decode(marker.state, type=dict[str, int])
            for kind, limited in self._limited.items():
                limited.table.overflowed = lost.get(kind, 0)
