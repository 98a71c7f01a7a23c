"""A merge lane: pane increments of all source partitions become windows, ratios and their trust."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

import msgspec
import numpy as np

from creator_pulse.stream.aggregates.spans import HOUR_MS
from creator_pulse.stream.catalog.declaration.labels import FAILED, OUTCOMES, UNCOUNTED
from creator_pulse.stream.catalog.declaration.tunable import bounds_of, declared_bounds, tuned
from creator_pulse.stream.errors import ChangelogError, LaneError
from creator_pulse.stream.lanes.lane import FORMAT, MARKER, Checkpoint, Entry, Marker, Snapshot
from creator_pulse.stream.lanes.letters import Letters
from creator_pulse.stream.lanes.limits import Limited, limits
from creator_pulse.stream.lanes.watermark import NONE
from creator_pulse.stream.panes import pane_record
from creator_pulse.stream.panes.business_days import BusinessDays
from creator_pulse.stream.panes.firsts import Firsts
from creator_pulse.stream.panes.lateness import ON_TIME
from creator_pulse.stream.panes.rows import packed
from creator_pulse.stream.panes.store import LEVELS, PaneStore
from creator_pulse.stream.panes.tables import COUNT, EVERY, names_of, tables_of
from creator_pulse.stream.transport.names import PANE_TOPIC
from creator_pulse.stream.transport.partition_batches import UNREADABLE
from creator_pulse.stream.windows.app_contributors import AppContributors
from creator_pulse.stream.windows.app_evidence import AppEvidence
from creator_pulse.stream.windows.changed_cells import CHANGED, ChangedCells
from creator_pulse.stream.windows.emit_schedule import EmitSchedule
from creator_pulse.stream.windows.evidence_samples import EvidenceSamples
from creator_pulse.stream.windows.merge_state import MergeState, declared
from creator_pulse.stream.windows.plans import NO_PLANS
from creator_pulse.stream.windows.progress import Progress
from creator_pulse.stream.windows.rendered import AllSamples, joined_views
from creator_pulse.stream.windows.restating import Restating
from creator_pulse.stream.windows.series_renderer import ENTRIES, SeriesRenderer
from creator_pulse.stream.windows.sink import FINAL, PROVISIONAL, RESTATED, Firing, Sink, Surroundings
from creator_pulse.stream.windows.window_operator import Everything
from creator_pulse.stream.windows.window_operators import Horizon, horizon_of, operators_of, readers_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
    from creator_pulse.stream.events.references import References
    from creator_pulse.stream.evidence.verdict import SignalVerdict
    from creator_pulse.stream.lanes.lane import Sample
    from creator_pulse.stream.native.hash_key import HashKey
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.transport.batch import Batch, OutRecord
    from creator_pulse.stream.windows.app_contributors import Shown
    from creator_pulse.stream.windows.rendered import WindowNumbers
    from creator_pulse.stream.windows.sink import SinkClass
    from creator_pulse.stream.windows.window_operator import Read, WindowOperator, WindowResult

# First bytes of the changelog keys: rows of tables, the texts behind hashes, firsts, evidence, contributors.
_ROWS, _NAMES, _FIRSTS, EVIDENCE, _CONTRIBUTORS = b"h", b"i", b"e", b"v", b"w"
_EVERYTHING = Everything()


class MergeLane:
    """One partition of ``pulse.pane``.

    Args:
        partition: its number, from 0.
        settings: allowed lateness, intervals of firings and restatements, regions.
        partitions: input topic without prefix -> number of partitions.
        key: of the installation: the same as that of the source lanes.
        catalogue: declares the values, their measures and their windows.
        references: the plans; shared, changed only between batches.
        sinks: classes of sinks, each made for this lane; results go to them in turn.

    Example::

        lane = MergeLane(0, Settings(), {"gift": 4}, key, catalogue, sinks=SINKS)
        lane.start_at(0, lost=0)
        lane.apply(batch)  # of pane records
        lane.checkpoint(now_ms).outgoing  # results, as the sinks write them
    """

    replays: ClassVar[bool] = False
    """If a partition was idle, a final depends on when checkpoints ran, so a replay may differ."""
    in_step: ClassVar[bool] = False
    """Whether the watermarks of all topics move together, as they do where the past is drawn."""

    def __init__(
        self,
        partition: int,
        settings: Settings,
        partitions: Mapping[str, int],
        key: HashKey,
        catalogue: Catalogue,
        references: References = NO_PLANS,
        *,
        sinks: Sequence[SinkClass],
    ) -> None:
        self._partition = partition
        self._settings = settings
        self._key = key
        self._declared_bounds = declared_bounds(catalogue)
        self._bounds = bounds_of(catalogue, settings)
        catalogue = tuned(catalogue, settings)
        self._tables = tables = tables_of(catalogue)
        self._topics = {name: measure.topic for name, measure in catalogue.measures.items()}
        days = BusinessDays(settings.day_offsets)
        most_rows, most_names = settings.most_identity_rows, settings.most_identity_names
        self._panes = PaneStore(key, set(tables.values()), days, most_rows, most_names)
        self._firsts = Firsts(tables, catalogue.measures, key, settings.most_firsts)
        self._progress = Progress(partitions)
        self._evidence = AppEvidence(partition, settings, catalogue, partitions, references)
        self._contributors = AppContributors(partition, settings, catalogue, key)
        lateness = settings.allowed_lateness_ms
        self._operators = operators_of(
            catalogue, tables, self._panes, lateness, days, key, references, in_step=self.in_step
        )
        self._readers = readers_of(self._operators)
        taking_back = tuple(
            measure.id for measure in catalogue.measures.values() if measure.time == "original"
        )
        self._taking_back = names_of(taking_back, tables)
        self._renderer = SeriesRenderer(partition, settings)
        surroundings = Surroundings(partition, settings, self._operators, self._panes, catalogue.last_days)
        self._sinks = tuple(make(surroundings) for make in sinks)
        # Most sinks take no results: they are not asked for each firing.
        self._emitters = tuple(sink.emit for sink in self._sinks if type(sink).emit is not Sink.emit)
        self._sink_of = {prefix: sink for sink in self._sinks for prefix in sink.prefixes}
        self._declared = declared(tables)
        # Version of the references that the sums were made with.
        self._reference = 0
        # Results restated so far.
        self._restatements = 0
        self._changed_cells = ChangedCells(settings.restate_interval)
        self._restating: Restating | None = None
        self._turns = EmitSchedule(self._operators, settings.provisional_interval)
        self._lost = 0
        self._letters = Letters(PANE_TOPIC, partition)
        self._dead: list[OutRecord] = []
        self._invalid = dict.fromkeys(UNCOUNTED, 0)
        self._changed = False
        self.next_offset: int | None = None

    def restore(self, entries: Iterable[tuple[bytes, bytes]]) -> None:
        """Rebuild state from live changelog entries.

        Raises:
            ChangelogError: another format version, or bytes that cannot be read.
        """
        state: MergeState | None = None
        try:
            for key, value in entries:
                if key == MARKER:
                    marker = msgspec.msgpack.decode(value, type=Marker)
                    marker.check(self._key)
                    self.next_offset = marker.next_offset
                    state = msgspec.msgpack.decode(marker.state, type=MergeState)
                else:
                    self._restore_entry(key[:1], key[1:], value)
        except (msgspec.MsgspecError, ValueError) as error:
            raise ChangelogError(f"the changelog of the pane topic cannot be read: {error}") from error
        if state is not None:
            self._resume(state)

    def start_at(self, offset: int, lost: int) -> None:
        """Begin to read at an offset, after so many records that were lost to retention."""
        self.next_offset = offset
        self._lost += lost

    def count_since(self, since: Mapping[str, int], levels: Collection[int] = LEVELS) -> None:
        """Say that some measures are counted from later on than the log.

        Args:
            since: measure -> from when on, epoch ms.
            levels: of panes, ms: only windows that are made of these have less.
        """
        for level in levels:
            self._panes.since[level] |= since
        self._changed = True

    def idle(self, *, idle: bool, others_busy: bool = False) -> None:
        """A merge lane has nobody to tell: it issues by what source lanes say."""

    def apply(self, batch: Batch) -> None:
        """Add the increments of a batch of pane records; other records are counted as invalid.

        Raises:
            ChangelogError: increments that were added before come again.
        """
        if batch.unreadable is not None:
            self._dead.append(self._letters.unreadable(batch.unreadable))
            self._invalid[batch.unreadable.reason] += batch.unreadable.count
        for row, value in enumerate(batch.values):
            if value is None:
                continue
            try:
                record = pane_record.decode(value)
            except LaneError:
                self._refuse(batch, row, UNREADABLE)
            else:
                self._add(record)
        self._passed(batch)

    def probe(self, batch: Batch) -> None:
        """Do nothing: whether increments can be added depends on the state."""

    def refuse(self, batch: Batch) -> None:
        """Count records as invalid without a look at them: adding them has failed."""
        for row in range(len(batch)):
            self._refuse(batch, row, FAILED)
        self._passed(batch)

    def _refuse(self, batch: Batch, row: int, reason: str) -> None:
        self._dead.append(self._letters.dead(batch, row, reason))
        self._invalid[reason] += 1

    def _passed(self, batch: Batch) -> None:
        self.next_offset = batch.end
        self._changed = True
        self._turns.changed()

    def checkpoint(self, now_ms: int) -> Checkpoint | None:
        """Hand over everything that changed since the last call; None where nothing did."""
        if not (
            self._changed or self._restating or self._turns.due(now_ms) or self._changed_cells.due(now_ms)
        ):
            return None
        outgoing = (*self._dead, *self._state(now_ms))
        self._dead = []
        entries = tuple(self._drain())
        self._changed = False
        return Checkpoint(entries, outgoing, self.snapshot())

    def pass_by(self, until_ms: int) -> Iterator[OutRecord]:
        """Go on to the watermark, in a past of which only some moments are looked at.

        A window that nothing can change any more once the past is over is stated by nobody: neither its final
        nor the cases in it. Those that live on, and all of business days, are closed and restated as ever, if
        a sink takes their results; a past whose sinks only show what lanes hold has none of them.

        Args:
            until_ms: end of the past, epoch ms.

        Yields:
            records of other topics.
        """
        silent = set()
        for operator in self._operators:
            watermark = self._progress.lowest(operator.topics)
            if watermark is None or watermark == NONE:
                continue
            is_over = not operator.window.runs and watermark < until_ms - operator.restate_ms - HOUR_MS
            if is_over or not self._emitters:
                operator.leap(watermark)
                silent.add(operator.name)
            else:
                yield from self._close(operator, watermark)
        self._restating = Restating(self._operators, self._changed_cells.take(), silent)
        while self._restating is not None:
            yield from self._restate(self._restating)
        # As before a first commit: whoever goes on from here looks at every window.
        self._turns.changed()

    def look(self, read: Read) -> Iterable[Sample]:
        """The lane's series at this moment, of windows only those that are asked for.

        Args:
            read: which series; of one lane always the same.
        """
        for operator in self._operators:
            watermark = self._progress.lowest(operator.topics)
            if watermark is None or watermark == NONE:
                continue
            if operator.is_read(operator.newest, read):
                operator.advance(watermark)
                operator.refresh(watermark)
            if operator.is_read(operator.closed, read) and operator.frontier is not None:
                operator.closed.move(operator.frontier)
        verdicts = self._evidence.verdicts
        results = self._renderer.windows(self._operators, self._progress, read)
        return self._samples(results, verdicts, self._contributors.shown(verdicts), read)

    def snapshot(self) -> Snapshot:
        """The lane's series as they stand."""
        results = self._renderer.windows(self._operators, self._progress)
        verdicts = self._evidence.verdicts
        contributors = self._contributors.shown(verdicts)
        views = joined_views([*(sink.views(results) for sink in self._sinks), contributors.views])
        return Snapshot(self.next_offset or 0, self._samples(results, verdicts, contributors), views)

    def _samples(
        self,
        results: Sequence[WindowNumbers],
        verdicts: Sequence[SignalVerdict],
        contributors: Shown,
        read: Read = _EVERYTHING,
    ) -> AllSamples:
        totals = {
            "lost_records": self._lost,
            "dropped_cells": self._panes.dropped,
            "restatements": self._restatements,
        }
        own = (
            *self._renderer.counted(totals, self._entries() if read.family(ENTRIES) else {}),
            *self._renderer.invalid(self._invalid),
            *limits(self._limited, self._renderer.place),
        )
        evidence = EvidenceSamples(verdicts, self._partition)
        of_sinks = (sink.samples(results) for sink in self._sinks)
        return AllSamples((*of_sinks, own, evidence, contributors.samples))

    def _entries(self) -> dict[str, int]:
        """How much the lane keeps, by kind."""
        entries = self._panes.counts()
        entries |= {"changed_cells": len(self._changed_cells), "firsts": len(self._firsts)}
        for sink in self._sinks:
            entries |= sink.counts()
        return entries

    @property
    def _limited(self) -> dict[str, Limited]:
        """The tables that somebody who sends may fill."""
        identities = self._panes.identities
        own = {
            "identity_rows": Limited(identities, identities.size),
            "identity_names": Limited(identities.names, len(identities.names)),
            "firsts": Limited(self._firsts, len(self._firsts)),
        }
        return own | {kind: table for sink in self._sinks for kind, table in sink.limited().items()}

    def _add(self, record: pane_record.PaneRecord) -> None:
        self._progress.follow(record.topic, record.partition, record.since, record.read)
        self._reference = max(self._reference, record.reference)
        # Signals are in no pane: what was usual of them is learnt from slots, and minutes, once.
        parts = [
            partial
            for partial in record.parts
            if not self._evidence.add(partial) and not self._contributors.add(partial)
        ]
        for partial in self._firsts.partials((*parts, *self._health(record))):
            table = partial.table
            # Each level takes the same increments into its own pane: a minute, the hour over it, the day over
            # that.
            for level, begin, rows, lots in self._panes.add(partial):
                for operator in self._readers.get((table, level, begin % level), ()):
                    # A closed window holds the pane: what was said of it is no longer true.
                    if operator.add(table, begin, rows):
                        for lot in lots:
                            reason = self._reason(table, lot.kind)
                            self._changed_cells.mark(level, begin, (table, lot.labels), reason)
        # Increments before the watermark: a window must not close on half of a record.
        self._progress.hear(record.topic, record.partition, record.watermark, idle=record.idle)
        self._evidence.close(self._progress)
        self._contributors.close(self._progress)

    def _health(self, record: pane_record.PaneRecord) -> Iterator[pane_record.Partial]:
        """The outcomes of a record's topic as a partial aggregate, if some window reads them."""
        name = f"#{record.topic}"
        if record.health and name in self._panes.identities.tables:
            outcomes = [(start, OUTCOMES[outcome]) for start, outcome, _ in record.health]
            lots = [pane_record.Lot((outcome,), start, ON_TIME, 1) for start, outcome in outcomes]
            sums = np.array([(count, 1) for *_, count in record.health], dtype=np.int64)
            keys = np.empty((len(lots), 0), dtype=np.uint64)
            yield pane_record.Partial(name, lots, *packed(keys, sums, (name, COUNT)))

    def _reason(self, name: str, kind: int) -> str:
        """The reason that a restatement gives for an increment."""
        return "late" if kind != ON_TIME or name in self._taking_back else "idle"

    def _state(self, now_ms: int) -> Iterator[OutRecord]:
        turns = self._turns.take_due(now_ms)
        for operator in self._operators:
            watermark = self._progress.lowest(operator.topics)
            # A partition without any watermark holds its windows back: it may still bring the oldest record
            # of all.
            if watermark is None or watermark == NONE:
                continue
            yield from self._close(operator, watermark)
            if operator.name in turns:
                operator.advance(watermark)
                operator.refresh(watermark)
                if operator.newest.end is not None:
                    newest = tuple(operator.window_results(operator.newest))
                    yield from self._emit(Firing(PROVISIONAL, newest, operator, watermark, self._reference))
        if self._restating is None and self._changed_cells.due(now_ms):
            self._restating = Restating(self._operators, self._changed_cells.take())
        if self._restating is not None:
            yield from self._restate(self._restating)
        # Nothing may be forgotten while something waits to be restated from it.
        elif not self._changed_cells:
            self._forget(horizon_of(self._operators))

    def _close(self, operator: WindowOperator, watermark: int) -> Iterator[OutRecord]:
        """Close the windows that the watermark allows, and fire the results of each together."""
        # Results come by window end: those of one end fire together.
        for end, results in groupby(operator.close(watermark), lambda pair: pair[0].end):
            finals: list[WindowResult] = []
            superseded: list[WindowResult] = []
            restatements: list[WindowResult] = []
            for final, restated in results:
                (finals if restated is None else superseded).append(final)
                if restated is not None:
                    restatements.append(restated)
            # The watermark from which on it may close, not that of this commit: another beat gives the same.
            as_of = operator, end + self._settings.allowed_lateness_ms, self._reference
            yield from self._emit(Firing(FINAL, finals, *as_of))
            yield from self._emit(Firing(FINAL, superseded, *as_of, superseded=True))
            yield from self._emit(Firing(RESTATED, restatements, *as_of, "late"))

    def _emit(self, firing: Firing) -> Iterable[OutRecord]:
        if not firing.results:
            return ()
        if firing.state == RESTATED:
            self._restatements += len(firing.results)
        return [record for emit in self._emitters for record in emit(firing)]

    def _restate(self, restating: Restating) -> Iterator[OutRecord]:
        for operator, results in restating.part():
            watermark = self._progress.lowest(operator.topics)
            for again, reason in results:
                as_of = again.end if watermark is None else watermark
                yield from self._emit(Firing(RESTATED, (again,), operator, as_of, self._reference, reason))
        if restating.over:
            self._restating = None
            self._changed_cells.restated()
            for sink in self._sinks:
                sink.settled()
            self._forget(restating.horizon)

    def _forget(self, horizon: Horizon) -> None:
        for level, floors in horizon.floors.items():
            if floors:
                self._panes.forget(level, min(floors.values()), floors)
        for sink in self._sinks:
            sink.forget(horizon.ends)

    def _drain(self) -> Iterator[Entry]:
        for name, value in self._panes.identities.drain():
            yield _ROWS + name, value
        for name, value in self._panes.identities.names.drain():
            yield _NAMES + name, value
        for name, value in self._firsts.drain():
            yield _FIRSTS + name, value
        for name, value in self._evidence.drain():
            yield EVIDENCE + name, value
        for name, value in self._contributors.drain():
            yield _CONTRIBUTORS + name, value
        yield from self._changed_cells.drain()
        for sink in self._sinks:
            yield from sink.drain()
        assert self.next_offset is not None
        frontiers = {
            name: operator.frontier
            for operator in self._operators
            if operator.frontier is not None
            for name in operator.names
        }
        reference = self._reference
        state = MergeState(
            self._progress.packed(),
            frontiers,
            reference,
            self._panes.dropped,
            self._restatements,
            self._lost,
            self._settings.day_offsets,
            self._bounds,
            self._invalid,
            {kind: limited.table.overflowed for kind, limited in self._limited.items()},
            self._declared,
            since_of=self._panes.since,
        )
        marker = Marker(
            FORMAT, self.next_offset, NONE, reference, msgspec.msgpack.encode(state), key=self._key.mark
        )
        # Last: with it all of the above is there, or nothing is.
        yield MARKER, msgspec.msgpack.encode(marker)

    def _restore_entry(self, kind: bytes, name: bytes, value: bytes) -> None:
        if kind == _ROWS:
            self._panes.identities.restore(name, value)
        elif kind == _NAMES:
            self._panes.identities.names.restore(name, value)
        elif kind == _FIRSTS:
            self._firsts.restore(name, value)
        elif kind == EVIDENCE:
            self._evidence.restore(name, value)
        elif kind == _CONTRIBUTORS:
            self._contributors.restore(name, value)
        elif kind in self._sink_of:
            self._sink_of[kind].restore(kind, name, value)
        elif kind == CHANGED:
            self._changed_cells.restore(name, value)
        else:
            raise ValueError(f"no entry begins with {kind!r}")

    def _resume(self, state: MergeState) -> None:
        state.check(self._settings, self._bounds, self._declared_bounds)
        self._progress.restore(state.sources)
        # Firsts after their entries, windows after the panes that they merge.
        self._firsts.resume()
        self._evidence.resume()
        self._contributors.resume()
        self._reference, self._restatements = state.reference, state.restatements
        new = self._new(state.lacks(self._tables))
        for level in LEVELS:
            later = state.since | state.since_of.get(level, {})
            self._panes.since[level] = {
                name: since for name, since in later.items() if name in self._tables
            } | new
        self._panes.dropped, self._lost = state.dropped, state.lost
        self._invalid |= state.invalid
        for kind, limited in self._limited.items():
            limited.table.overflowed = state.overflowed.get(kind, 0)
        for operator in self._operators:
            frontier = state.frontiers.get(operator.names[0])
            if frontier is not None:
                operator.resume(frontier, self._progress.lowest(operator.topics))

    def _new(self, measures: Iterable[str]) -> dict[str, int]:
        """Measures that are counted from now on: what came before the watermark, an older version counted."""
        every = tuple(dict.fromkeys(self._topics.values()))
        since = {}
        for name in measures:
            topic = name.removeprefix("#") if name.startswith("#") else self._topics[name]
            watermark = self._progress.lowest(every if topic == EVERY else (topic,))
            if watermark is not None and watermark != NONE:
                since[name] = watermark
        return since
