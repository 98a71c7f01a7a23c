"""A source lane: decode, validate, dedup, watermark, late split, streaks, measures, pane increments."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from stream.catalog.declare import WINDOWS
from stream.catalog.labels import OUTCOMES
from stream.catalog.registry import measures_of, used_in_windows
from stream.errors import ChangelogError
from stream.events.decoder import Decoder
from stream.events.fields import Event
from stream.events.references import References
from stream.events.schema import TopicSchema
from stream.settings import Settings
from stream.transport.batch import Batch
from stream.windows import outcomes
from stream.windows.cells import Cell, Plan
from stream.windows.frames import ROW, Framer
from stream.windows.lane import Checkpoint, Snapshot
from stream.windows.outbox import Outbox
from stream.windows.outcomes import COUNTED, INVALID, LATE, PROGRESS, Judged
from stream.windows.panes import LATE_OLD, LATE_RECENT, ON_TIME
from stream.windows.source_state import SourceState
from stream.windows.streak_rows import StreakRows
from stream.windows.watermark import NONE

_HEALTH = "records"
"""The measure whose cells every merge lane hears of: the trust of what is made of the topic."""
_RECENT_MS = min(window.restate_ms for window in WINDOWS.values())
_OLD_MS = max(window.restate_ms for window in WINDOWS.values())


class SourceLane:
    """One input partition's lane.

    Args:
        schema: the topic.
        partition: its number.
        settings: times, regions, merge lanes.
        references: the dated rates; shared, changed only between batches.
    """

    def __init__(self, schema: TopicSchema, partition: int, settings: Settings, references: References) -> None:
        self._schema = schema
        self._settings = settings
        self._references = references
        self._decoder = Decoder(schema)
        self._event_names = tuple(schema.types())
        measures = measures_of(schema.name)
        self._plan = Plan(measures, settings)
        self._framer = Framer(schema, {event: self._plan.columns(event) for event in self._event_names})
        rated = {event for lookup in schema.lookups for event in lookup.events}
        self._framed = frozenset(
            event for event in self._event_names if self._plan.columns(event) or event in rated
        )
        self._streaks = StreakRows(schema, settings, self._framer, self._decoder) if schema.streaks else None
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
        frames = self._frames(events, reasons)
        judged = outcomes.judge(
            events, batch.timestamps, reasons, self._state.highest, self._state.dedup, self._settings
        )
        booked = self._streaks.fold(events, batch.values, judged) if self._streaks else None
        self._take(self._plan.cells(self._health(judged, reasons), self._plan.every["*"]))
        for event, frame in frames.items():
            self._sum(event, frame, judged)
        if booked is not None and self._streaks:
            rated, _ = self._framer.rated(self._streaks.event, booked, self._references)
            self._take(self._plan.cells(rated, self._plan.accepted[self._streaks.event]))
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

    def _frames(self, events: list[Event | None], reasons: dict[int, str]) -> dict[str, pl.DataFrame]:
        rows: dict[str, list[int]] = {}
        index, names = self._decoder.type_index, self._event_names
        for row, event in enumerate(events):
            if event is not None:
                rows.setdefault(names[index[type(event)]], []).append(row)
        frames = {}
        for name, of_type in rows.items():
            if name in self._framed:
                frame = self._framer.frame(name, of_type, [events[row] for row in of_type])  # type: ignore[misc]
                frames[name], missing = self._framer.rated(name, frame, self._references)
                reasons.update(dict.fromkeys(missing, "no_rate"))
        return frames

    def _health(self, judged: Judged, reasons: dict[int, str]) -> pl.DataFrame:
        count = len(judged.outcome)
        return pl.DataFrame(
            {
                "outcome": pl.Series(outcomes.names(judged.outcome), dtype=pl.String),
                "reason": pl.Series(outcomes.reason_column(count, reasons), dtype=pl.String),
                "watermark": judged.pane_time,
            }
        ).with_columns(pl.lit(self._schema.name).alias("topic"))

    def _sum(self, event: str, frame: pl.DataFrame, judged: Judged) -> None:
        rows = frame[ROW].to_numpy()
        frame = frame.with_columns(
            pl.Series("__outcome", judged.outcome[rows]), pl.Series("watermark", judged.pane_time[rows])
        )
        accepted = frame.filter(pl.col("__outcome").is_in((COUNTED, PROGRESS)))
        late = frame.filter(pl.col("__outcome") == LATE)
        if self._streaks and event == self._streaks.event:
            accepted, late = self._streaks.made(accepted), self._streaks.made_late(late)
        plan = self._plan
        self._take(plan.cells(accepted, plan.accepted[event]))
        self._take(plan.cells(late, plan.late[event]))
        # How old a late record is, by the log alone, says which windows it restates.
        age = pl.col("watermark") - pl.col("event_time")
        self._take(plan.cells(late.filter(age <= _RECENT_MS), plan.late_part[event]), LATE_RECENT)
        old = late.filter((age > _RECENT_MS) & (age <= _OLD_MS))
        self._take(plan.cells(old, plan.late_part[event]), LATE_OLD)

    def _take(self, cells: Iterable[Cell], kind: int = ON_TIME) -> None:
        for name, labels, start, total in cells:
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


