"""A source lane: decode, validate, dedup, watermark, late split, streaks, measures, pane increments."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from creator_pulse.stream.aggregates.spans import MINUTE_MS
from creator_pulse.stream.catalog.declaration.declare import WINDOWS
from creator_pulse.stream.catalog.declaration.labels import FAILED, MERGE_KEY, OUTCOMES
from creator_pulse.stream.errors import ChangelogError
from creator_pulse.stream.events.fields import ORIGINAL_TIME, YEARS
from creator_pulse.stream.ingestion.counted_rows import CountedRows
from creator_pulse.stream.ingestion.event_cells import EventCells
from creator_pulse.stream.ingestion.health_cells import HealthCells
from creator_pulse.stream.ingestion.judge import judge
from creator_pulse.stream.ingestion.outbox import Outbox
from creator_pulse.stream.ingestion.rates import rates_of, rows_by_event
from creator_pulse.stream.ingestion.sent_names import SentNames
from creator_pulse.stream.ingestion.source_state import SourceState
from creator_pulse.stream.keyed.business_keys import BusinessKeys
from creator_pulse.stream.keyed.dues import Dues
from creator_pulse.stream.keyed.outcomes import COUNTED, INVALID, LATE, PROGRESS, Judged
from creator_pulse.stream.keyed.paths import Paths
from creator_pulse.stream.keyed.streak_rows import StreakRows
from creator_pulse.stream.lanes.lane import Checkpoint, Snapshot
from creator_pulse.stream.lanes.watermark import NONE
from creator_pulse.stream.panes.lateness import DROPPED, LATE_DAYS, LATE_LOST, LATE_OLD, LATE_RECENT, ON_TIME
from creator_pulse.stream.panes.pane_record import route
from creator_pulse.stream.panes.tables import (
    EVERY,
    PANE_MINUTE,
    breakdown_tables_of,
    slot_tables_of,
    tables_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy.typing as npt

    from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
    from creator_pulse.stream.catalog.declaration.declare import Measure
    from creator_pulse.stream.events.decoded import Decoded
    from creator_pulse.stream.events.input_topic import InputTopic
    from creator_pulse.stream.events.references import References
    from creator_pulse.stream.events.schema import Lookup
    from creator_pulse.stream.lanes.arrays import Indexes, Rates
    from creator_pulse.stream.native.hash_key import HashKey
    from creator_pulse.stream.panes.cells import Cell
    from creator_pulse.stream.panes.tables import Table
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.transport.batch import Batch

    Derived = Mapping[str, npt.NDArray[np.int64]]

# Rows that may wait to be summed: they hold memory until then.
_MOST_PENDING = 131_072
# How often an idle partition says that it still is, by the worker's clock, ms.
_IDLE_BEAT_MS = 5_000
# The measure whose cells every merge lane hears of: the trust of what is made of the topic.
_HEALTH = "records"
# How far behind a record may be to restate windows of minutes, of hours and of days.
_REACHES = np.array(sorted({window.restate_ms for window in WINDOWS.values()}))
# By how many of these it is beyond.
_LATE = np.array((LATE_RECENT, LATE_OLD, LATE_DAYS, LATE_LOST))
_OF_OUTCOME = np.full(len(OUTCOMES), DROPPED, dtype=np.int64)
_OF_OUTCOME[[COUNTED, PROGRESS, LATE]] = ON_TIME, ON_TIME, LATE_LOST
"""Outcome -> kind of row; a late one is lost until its age says otherwise."""


def fields_read(measures: Iterable[Measure], lookups: Iterable[Lookup]) -> set[str]:
    """The fields of a topic's records that something reads: labels, values, conditions, keys of rates."""
    read = {name for measure in measures for name in (*measure.labels, *measure.columns)}
    looked_up = {name for lookup in lookups for name in (*lookup.keys, lookup.at)}
    return {*MERGE_KEY, *read, *looked_up}


def _summed_measures(catalogue: Catalogue, topic: str, tables: Mapping[str, Table]) -> tuple[Measure, ...]:
    """The measures of a topic, but for sums of identities that are in no table: nothing reads those."""
    return tuple(
        measure for measure in catalogue.measures_of(topic) if not measure.hidden or measure.id in tables
    )


class SourceLane:
    """One input partition's lane.

    Args:
        schema: the topic's event types, fields and rules.
        partition: its number, from 0.
        settings: times, regions, merge lanes.
        references: the dated rates; shared, changed only between batches.
        key: of the installation: ids of all its lanes meet under it.
        catalogue: declares the measures of this topic.

    Example::

        lane = SourceLane(schema, 0, Settings(), References(), key, catalogue)
        lane.start_at(0, lost=0)
        lane.apply(batch)
        lane.checkpoint(now_ms)  # changelog entries, pane records and series
    """

    replays: ClassVar[bool] = True

    def __init__(
        self,
        schema: InputTopic,
        partition: int,
        settings: Settings,
        references: References,
        key: HashKey,
        catalogue: Catalogue,
    ) -> None:
        self._schema = schema
        self._partition = partition
        self._settings = settings
        self._references = references
        self._windowed = catalogue.used_in_windows()
        summed, slots = tables_of(catalogue), slot_tables_of(catalogue)
        broken_down = breakdown_tables_of(catalogue)
        broken_down = {event: broken_down[event] for event in schema.types() if event in broken_down}
        measures = _summed_measures(catalogue, schema.name, summed)
        lookups = schema.lookups
        owed = {schema.dues.due, schema.dues.amount} if schema.dues else set()
        labels = {name for table in broken_down.values() for name in table.keys} - {PANE_MINUTE}
        self._decoder = schema.decoder(schema, key, fields_read(measures, lookups) | owed | labels)
        layout = self._decoder.layout
        self._events = tuple(schema.types())
        self._lookups = {
            event: tuple(lookup for lookup in lookups if event in lookup.events) for event in self._events
        }
        of_every_record = [measure for measure in measures if measure.rows == "every"]
        self._health = HealthCells(
            schema.name, of_every_record, slots.get(EVERY), minutes_of=self._minutes_of
        )
        self._sent = SentNames()
        self._cells = {
            event: EventCells(
                schema.name,
                of_event,
                settings.regions,
                layout,
                summed,
                self._sent,
                settings.merge_partitions,
                slots.get(event),
                broken_down.get(event),
                minutes_of=self._minutes_of,
            )
            for event in self._events
            if (of_event := [measure for measure in measures if measure.event == event])
        }
        self._streaks = StreakRows(schema.streaks, settings, self._decoder) if schema.streaks else None
        self._paths = Paths(schema.paths, self._events, settings) if schema.paths else None
        self._dues = Dues(schema.dues, self._events, schema.name, settings) if schema.dues else None
        horizon_ms, most = settings.dedup_horizon_ms, settings.most_ids
        self._keys = BusinessKeys(schema, horizon_ms, key, most) if schema.keyed else None
        self._counted = frozenset(measure.id for measure in measures if measure.counter)
        self._outbox = Outbox(settings, schema.name, partition, summed)
        tables = tuple(table for table in (self._paths, self._dues) if table is not None)
        keys = self._keys.horizon if self._keys else None
        self._state = SourceState(
            schema.name, partition, settings, key, measures, self._streaks, tables, keys
        )
        self._ingested: list[npt.NDArray[np.int64]] = []
        self._changed = False
        self._vouches, self._told_ms = False, 0

    @property
    def next_offset(self) -> int | None:
        """The first source offset not applied; None when nothing was restored or applied."""
        return self._state.next_offset

    def restore(self, entries: Iterable[tuple[bytes, bytes]]) -> None:
        """Rebuild state from live changelog entries.

        Raises:
            ChangelogError: another format version, or bytes that cannot be read.
        """
        try:
            self._state.restore(entries)
        except (ValueError, KeyError) as error:
            raise ChangelogError(f"the changelog of {self._schema.name} cannot be read: {error}") from error
        self._outbox.resume(self._state.read)

    def start_at(self, offset: int, lost: int) -> None:
        """Begin to read at an offset, after so many records that were lost to retention."""
        self._state.next_offset = offset
        if lost:
            self._state.add("lost_records", (), lost)
            self._changed = True

    def idle(self, *, idle: bool, others_busy: bool = False) -> None:
        """Tell merge lanes, with the next checkpoint, that the partition became idle or busy.

        While others go on they are told again every five seconds: windows of a topic that has fallen silent
        follow the time of the others only as far as its own lanes vouch that nothing waits.
        """
        self._vouches = idle and others_busy
        self._changed |= self._outbox.idle != idle
        self._outbox.idle = idle

    def apply(self, batch: Batch) -> None:
        """Count the records of a batch, or those that cannot be read in its place."""
        if batch.unreadable is not None:
            self._outbox.unreadable(batch.unreadable)
            self._pass_over(batch, batch.unreadable.reason, batch.unreadable.count)
            return
        decoded = self._decoder.decode(batch.data, batch.value_at, batch.value_length)
        streaked = self._streaks.event if self._streaks else None
        rows_of = rows_by_event(decoded, self._lookups, self._references, always=streaked)
        self._void(decoded, batch)
        judged = judge(
            decoded,
            batch.timestamps,
            self._state.highest,
            dedup=self._state.dedup,
            settings=self._settings,
            paths=self._paths,
        )
        if self._dues is not None:
            self._dues.take(decoded, rows_of, judged)
        repeated = self._keys.repeated(decoded, judged) if self._keys else None
        for event, (rows, rates) in rows_of.items():
            if self._streaks and event == self._streaks.event:
                self._fold(decoded, rows, rates, batch, judged)
            elif event in self._cells:
                self._cells[event].add(self._rows(event, decoded, rows, rates, judged, {}))
        elsewhere = decoded.elsewhere((batch.key_at, batch.key_length), batch.data)
        self._take(self._health.cells(judged, decoded.reasons, elsewhere, repeated))
        if self._decoder.layout.full or sum(cells.rows for cells in self._cells.values()) >= _MOST_PENDING:
            self._sum()
        self._dead_letters(batch, judged, decoded.reasons)
        self._ingested.append(judged.ingest[judged.accepted])
        self._state.highest = judged.highest
        self._state.next_offset = batch.end
        self._state.read += len(batch)
        if decoded.unknown:
            self._state.add("unknown_fields", (), decoded.unknown)
        self._changed = True

    def probe(self, batch: Batch) -> None:
        """Do with a batch what needs no state: what raises here would raise in ``apply``."""
        decoded = self._decoder.decode(batch.data, batch.value_at, batch.value_length)
        rows_by_event(decoded, self._lookups, self._references, always=None)

    def refuse(self, batch: Batch) -> None:
        """Count records as invalid without a look at them: counting them has failed."""
        for row in range(len(batch)):
            self._outbox.dead(batch, row, FAILED)
        self._pass_over(batch, FAILED, len(batch))

    def _pass_over(self, batch: Batch, reason: str, count: int) -> None:
        """Count the records of a batch as invalid: neither their times nor their event ids are known."""
        stamped = min(max(batch.newest, YEARS[0]), YEARS[1])
        pane_time = stamped if self._state.highest == NONE else self.watermark
        self._take(self._health.invalid(reason, pane_time, count))
        self._state.next_offset = batch.end
        self._state.read += count
        self._changed = True

    def checkpoint(self, now_ms: int) -> Checkpoint | None:
        """Hand over everything that changed since the last call; None where nothing did."""
        # What is counted depends on the log alone; the clock says when to repeat that nothing comes.
        if not (self._changed or (self._vouches and now_ms >= self._told_ms + _IDLE_BEAT_MS)):
            return None
        self._told_ms = now_ms
        self._sum()
        for partial in self._health.drain():
            # Signals of the pipeline itself meet in the lane of no app.
            self._outbox.add_rows(route((), self._settings.merge_partitions), partial)
        watermark = None if self._state.highest == NONE else self.watermark
        outgoing = self._outbox.drain(watermark, self._references.version, self._state.read)
        entries = tuple(self._state.drain(self._references.version))
        ingested, self._ingested = tuple(self._ingested), []
        self._changed = False
        return Checkpoint(entries, outgoing, self.snapshot(), ingested)

    def snapshot(self) -> Snapshot:
        """The lane's series as they stand."""
        self._sum()
        return Snapshot(self._state.next_offset or 0, tuple(self._state.samples(idle=self._outbox.idle)))

    @property
    def watermark(self) -> int:
        """After the last record, ms; ``NONE`` where there is none."""
        highest = self._state.highest
        return NONE if highest == NONE else highest - self._settings.out_of_orderness_ms

    def _void(self, decoded: Decoded, batch: Batch) -> None:
        """Refuse the records that were declared void, whatever else is wrong with them."""
        for first, last in self._references.voids(self._schema.name, self._partition):
            # Offsets rise, with gaps: the rows of the voided stretch, both ends included.
            begin, end = np.searchsorted(batch.offsets, (first, last + 1)).tolist()
            decoded.reasons.update(dict.fromkeys(range(begin, end), "void"))

    def _fold(self, decoded: Decoded, rows: Indexes, rates: Rates, batch: Batch, judged: Judged) -> None:
        """Count the rows of the event type that has streaks, and what timed out."""
        streaks = self._streaks
        assert streaks is not None
        booked, timed_out = streaks.fold(decoded, rows, batch, judged)
        event = streaks.event
        if event not in self._cells:
            return
        derived = streaks.derived(decoded, rows, booked, timed_out=False)
        self._cells[event].add(self._rows(event, decoded, rows, rates, judged, derived))
        if timed_out is None:
            return
        every = np.arange(len(timed_out.decoded))
        derived = streaks.derived(timed_out.decoded, every, np.zeros_like(every), timed_out=True)
        derived |= {"watermark": timed_out.closed_at, "kind": np.full(len(every), ON_TIME)}
        rates = rates_of(timed_out.decoded, every, self._lookups[event], self._references)
        self._cells[event].add(
            CountedRows.of(timed_out.decoded, every, self._cells[event].columns, derived, rates)
        )

    def _rows(
        self, event: str, decoded: Decoded, rows: Indexes, rates: Rates, judged: Judged, derived: Derived
    ) -> CountedRows:
        kind = self._kinds(event, decoded, rows, judged)
        columns = {**derived, "watermark": judged.pane_time[rows], "kind": kind}
        if judged.took is not None and self._schema.paths:
            took = judged.took[rows]
            columns[self._schema.paths.column] = took
            # When it came into the state that it leaves; if that is not known, the step's own time.
            columns[ORIGINAL_TIME] = judged.event_time[rows] - np.maximum(took, 0)
        return CountedRows.of(decoded, rows, self._cells[event].columns, columns, rates)

    def _kinds(self, event: str, decoded: Decoded, rows: Indexes, judged: Judged) -> npt.NDArray[np.int64]:
        """The kind of each row. Which windows it restates depends on how late it is, by the log alone."""
        kinds: npt.NDArray[np.int64] = _OF_OUTCOME[judged.outcome[rows]]
        late = np.flatnonzero(kinds == LATE_LOST)
        if not len(late):
            return kinds
        of_late = rows[late]
        ages = judged.pane_time[of_late] - judged.event_time[of_late]
        # The number of reaches that an age is beyond: 0 restates all windows, 3 none.
        kinds[late] = _LATE[np.searchsorted(_REACHES, ages)]
        streaks = self._streaks
        if streaks and event == streaks.event:
            # A late tap is in no streak: only its end carries the whole count.
            kinds[late[~streaks.stand_alone(decoded, of_late)]] = DROPPED
        return kinds

    def _minutes_of(self, times: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The minutes since the epoch under whose panes times count, ms."""
        return times // MINUTE_MS

    def _sum(self) -> None:
        """Sum the rows that wait; texts that are only remembered for them may go then."""
        for event_cells in self._cells.values():
            cells, partials = event_cells.drain()
            self._take(cells)
            for lane, partial in partials:
                self._outbox.add_rows(lane, partial)
        # Trimming gives codes anew, and what was sent is known by code.
        dictionaries = self._decoder.layout.dictionaries
        before = sum(map(len, dictionaries))
        self._decoder.layout.trim()
        if sum(map(len, dictionaries)) < before:
            self._sent.clear()

    def _take(self, cells: Iterable[Cell]) -> None:
        for name, labels, start, kind, total in cells:
            if name in self._windowed:
                self._outbox.add(name, labels, start, kind, total)
            if name in self._counted and kind == ON_TIME:
                self._state.add(name, labels, total)
            if name == _HEALTH:
                self._outbox.add_health(start, OUTCOMES.index(labels[1]), total)

    def _dead_letters(self, batch: Batch, judged: Judged, reasons: dict[int, str]) -> None:
        for row in judged.rows(INVALID).tolist():
            self._outbox.dead(batch, row, reasons[row])
        bound = judged.watermarks[:-1] - self._settings.allowed_lateness_ms
        for row in judged.rows(LATE).tolist():
            self._outbox.late(batch, row, int(bound[row] - judged.event_time[row]))
