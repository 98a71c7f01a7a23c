"""A source lane: decode, validate, dedup, watermark, late split, streaks, measures, pane increments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stream.catalog.declare import WINDOWS
from stream.catalog.labels import OUTCOMES
from stream.catalog.registry import measures_of, used_in_windows
from stream.errors import ChangelogError
from stream.events.decoder import Decoder
from stream.windows.event_cells import DROPPED, LATE_LOST, EventCells
from stream.windows.event_rows import EventRows, rates_of
from stream.windows.frames import Framer
from stream.windows.health_cells import HealthCells
from stream.windows.lane import Checkpoint, Snapshot
from stream.windows.outbox import Outbox
from stream.windows.outcomes import COUNTED, INVALID, LATE, PROGRESS, Judged, judge
from stream.windows.panes import LATE_OLD, LATE_RECENT, ON_TIME
from stream.windows.source_state import SourceState
from stream.windows.streak_rows import StreakRows, TimedOut
from stream.windows.watermark import NONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stream.events.fields import Event
    from stream.events.references import References
    from stream.events.schema import TopicSchema
    from stream.settings import Settings
    from stream.transport.batch import Batch
    from stream.windows.cells import Cell

_HEALTH = "records"
"""The measure whose cells every merge lane hears of: the trust of what is made of the topic."""
_RECENT_MS = min(window.restate_ms for window in WINDOWS.values())
_OLD_MS = max(window.restate_ms for window in WINDOWS.values())
_OF_OUTCOME = np.full(len(OUTCOMES), DROPPED)
_OF_OUTCOME[[COUNTED, PROGRESS, LATE]] = ON_TIME, ON_TIME, LATE_LOST
"""Outcome -> kind of row; a late one is lost until its age says otherwise."""


class SourceLane:
    """One input partition's lane.

    Args:
        schema: the topic.
        partition: its number.
        settings: times, regions, merge lanes.
        references: the dated rates; shared, changed only between batches.
    """

    def __init__(
        self, schema: TopicSchema, partition: int, settings: Settings, references: References
    ) -> None:
        self._schema = schema
        self._settings = settings
        self._references = references
        self._decoder = Decoder(schema)
        self._event_names = tuple(schema.types())
        self._lookups = {
            event: tuple(lookup for lookup in schema.lookups if event in lookup.events)
            for event in self._event_names
        }
        measures = measures_of(schema.name)
        self._health = HealthCells(schema.name, [one for one in measures if one.rows == "every"])
        self._cells = {
            event: EventCells(schema.name, [one for one in measures if one.event == event], settings.regions)
            for event in self._event_names
            if any(one.event == event for one in measures)
        }
        self._framer = Framer(schema, {event: cells.columns for event, cells in self._cells.items()})
        self._streaks = StreakRows(schema.streaks, settings, self._decoder) if schema.streaks else None
        self._windowed = used_in_windows()
        self._counted = frozenset(measure.id for measure in measures if measure.counter)
        self._outbox = Outbox(settings, schema.name, partition)
        self._state = SourceState(schema.name, partition, settings, measures, self._streaks)
        self._changed = False

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

    def start_at(self, offset: int, lost: int) -> None:
        """Begin to read at an offset, after so many records that were lost to retention."""
        self._state.next_offset = offset
        if lost:
            self._state.add("lost_records", (), lost)
            self._changed = True

    def idle(self, *, idle: bool) -> None:
        """Tell merge lanes, with the next checkpoint, that the partition became idle or busy."""
        self._changed |= self._outbox.idle != idle
        self._outbox.idle = idle

    def apply(self, batch: Batch) -> None:
        """Count the records of a batch."""
        events, reasons, unknown = self._decoder.decode(batch.values)
        found = self._by_type(events)
        for event, rows in found.items():
            reasons.update(dict.fromkeys(rows.unrated(self._lookups[event]), "no_rate"))
        judged = judge(
            events,
            batch.timestamps,
            reasons,
            self._state.highest,
            dedup=self._state.dedup,
            settings=self._settings,
        )
        timed_out: list[TimedOut] = []
        if self._streaks:
            streaked = found.setdefault(self._streaks.event, EventRows())
            timed_out = self._streaks.fold(streaked, batch.values, judged)
        self._take(self._health.cells(judged, reasons))
        for event, rows in found.items():
            if event in self._cells:
                more = timed_out if self._streaks and event == self._streaks.event else []
                self._sum(event, rows, judged, more)
        self._dead_letters(batch, judged, reasons)
        self._state.highest = judged.highest
        self._state.next_offset = batch.offsets[-1] + 1
        if unknown:
            self._state.add("unknown_fields", (), unknown)
        self._changed = True

    def checkpoint(self, now_ms: int) -> Checkpoint | None:
        """Hand over everything that changed since the last call; None where nothing did."""
        if not self._changed:
            return None
        del now_ms  # a source lane's results depend on the log alone
        watermark = None if self._state.highest == NONE else self.watermark
        outgoing = self._outbox.drain(watermark, self._references.version)
        entries = tuple(self._state.drain(self._references.version))
        self._changed = False
        return Checkpoint(entries, outgoing, self.snapshot())

    def snapshot(self) -> Snapshot:
        """The lane's series as they stand."""
        return Snapshot(self._state.next_offset or 0, tuple(self._state.samples(idle=self._outbox.idle)))

    @property
    def watermark(self) -> int:
        """After the last record, ms; ``NONE`` where there is none."""
        highest = self._state.highest
        return NONE if highest == NONE else highest - self._settings.out_of_orderness_ms

    def _by_type(self, events: Sequence[Event | None]) -> dict[str, EventRows]:
        found: dict[str, EventRows] = {}
        index, names = self._decoder.type_index, self._event_names
        for row, event in enumerate(events):
            if event is not None:
                rows = found.setdefault(names[index[type(event)]], EventRows())
                rows.rows.append(row)
                rows.events.append(event)
        for name, rows in found.items():
            rows.rates = rates_of(rows.events, self._lookups[name], self._references)
        return found

    def _sum(self, event: str, found: EventRows, judged: Judged, timed_out: Sequence[TimedOut]) -> None:
        events = [*found.events, *(one.event for one in timed_out)]
        if not events:
            return
        rates = found.rates
        if timed_out:
            rates = rates_of(events, self._lookups[event], self._references)
        watermarks = [*judged.pane_time[found.rows].tolist(), *(one.closed_at for one in timed_out)]
        kinds = [*self._kinds(event, found.rows, judged), *[ON_TIME] * len(timed_out)]
        frame = self._framer.frame(event, events, rates, watermarks)
        if self._streaks and event == self._streaks.event:
            frame = self._streaks.made(frame, found.rows)
        self._take(self._cells[event].cells(frame, events, kinds))

    def _kinds(self, event: str, rows: Sequence[int], judged: Judged) -> list[int]:
        """What each row is to the cells. How late a row is, by the log alone, says what it restates."""
        kinds: list[int] = _OF_OUTCOME[judged.outcome[rows]].tolist()
        for place in [place for place, kind in enumerate(kinds) if kind == LATE_LOST]:
            row = rows[place]
            age = int(judged.pane_time[row] - judged.event_time[row])
            if self._streaks and event == self._streaks.event and not self._streaks.stands_alone(row):
                kinds[place] = DROPPED
            elif age <= _OLD_MS:
                kinds[place] = LATE_RECENT if age <= _RECENT_MS else LATE_OLD
        return kinds

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
