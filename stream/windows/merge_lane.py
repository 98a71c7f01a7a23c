"""A merge lane: pane increments of all source partitions become windows, ratios and their trust."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from stream.catalog.declare import WINDOWS, Value
from stream.catalog.labels import OUTCOMES
from stream.catalog.registry import MEASURES, VALUES, topics_of
from stream.errors import ChangelogError
from stream.settings import Settings
from stream.transport.batch import Batch, OutRecord
from stream.windows import pane_record
from stream.windows.formulas import Formula
from stream.windows.hopping import Hopping, Stated
from stream.windows.lane import FORMAT, MARKER, Checkpoint, Entry, Marker, Snapshot
from stream.windows.merge_shown import Shown
from stream.windows.cells import Labels
from stream.windows.panes import LEVELS, ON_TIME, Key, PaneStore
from stream.windows.progress import Progress, Source
from stream.windows.watermark import NONE
from stream.windows.window_record import WindowRecord, key_of, named, written

_PANE, _REVISION, _FINALS, _CHANGED = b"p", b"r", b"f", b"q"


class _Kept(msgspec.Struct, array_like=True):
    """What the marker carries besides the offset."""

    sources: list[tuple[str, int, Source]]
    frontiers: dict[str, int]
    reference: int
    dropped: int


class MergeLane:
    """One partition of ``pulse.pane``.

    Args:
        partition: its number.
        settings: lateness, beats, regions.
        partitions: input topic without prefix -> number of partitions.
        values: what is computed.
    """

    def __init__(
        self, partition: int, settings: Settings, partitions: Mapping[str, int], values: tuple[Value, ...] = VALUES
    ) -> None:
        self._partition = partition
        self._settings = settings
        self._panes = PaneStore()
        self._progress = Progress(partitions)
        self._hoppings = _hoppings(values, self._panes, settings.allowed_lateness_ms)
        self._by_measure: dict[str, list[Hopping]] = {}
        for hopping in self._hoppings:
            for name in (*hopping.measures, *(f"#{topic}" for topic in hopping.topics)):
                self._by_measure.setdefault(name, []).append(hopping)
        self._shown = Shown(partition, settings)
        self._finals: dict[tuple[str, int], set[str]] = {}
        self._dirty_finals: set[tuple[str, int]] = set()
        self._revisions: dict[str, tuple[int, int]] = {}
        self._dirty_revisions: set[str] = set()
        self._said: dict[str, str | None] = {}
        self._changed_cells: dict[tuple[int, int, Key], str] = {}
        """Level, pane start and key that changed after a window closed -> reason; not restated yet."""
        self._dirty_cells: set[tuple[int, int, Key]] = set()
        self._next_provisional_ms = 0
        self._next_restate_ms: int | None = None
        self._reference = 0
        self._changed = False
        self.next_offset: int | None = None

    def restore(self, entries: Iterable[tuple[bytes, bytes]]) -> None:
        """Rebuild state from live changelog entries.

        Raises:
            ChangelogError: another format version, or bytes that cannot be read.
        """
        kept: _Kept | None = None
        try:
            for key, value in entries:
                if key == MARKER:
                    marker = msgspec.msgpack.decode(value, type=Marker)
                    if marker.format != FORMAT:
                        raise ChangelogError(f"the changelog has format {marker.format}, this version reads {FORMAT}")
                    self.next_offset = marker.next_offset
                    kept = msgspec.msgpack.decode(marker.state, type=_Kept)
                else:
                    self._restore_entry(key[:1], key[1:], value)
        except (msgspec.MsgspecError, ValueError) as error:
            raise ChangelogError(f"the changelog of the pane topic cannot be read: {error}") from error
        if kept is not None:
            self._resume(kept)

    def start_at(self, offset: int, lost: int) -> None:
        """Begin to read at an offset, after so many records that were lost to retention."""
        self.next_offset = offset
        self._panes.dropped += lost

    def idle(self, *, idle: bool) -> None:
        """A merge lane has nobody to tell: it issues by what source lanes say."""

    def apply(self, batch: Batch) -> None:
        """Add the increments of a batch of pane records."""
        for value in batch.values:
            if value is not None:
                self._add(pane_record.decode(value))
        self.next_offset = batch.offsets[-1] + 1
        self._changed = True

    def checkpoint(self, now_ms: int) -> Checkpoint | None:
        """Hand over everything that changed since the last call; None where nothing did."""
        if not self._changed and not self._restate_due(now_ms):
            return None
        outgoing = tuple(self._results(now_ms))
        entries = tuple(self._drain())
        self._changed = False
        return Checkpoint(entries, outgoing, self.snapshot())

    def snapshot(self) -> Snapshot:
        """The lane's series as they stand."""
        samples, views = self._shown.render(self._hoppings, self._progress, self._panes.dropped)
        return Snapshot(self.next_offset or 0, samples, views)

    def _add(self, record: pane_record.PaneRecord) -> None:
        self._reference = max(self._reference, record.reference)
        for measure, labels, start, kind, total in record.cells:
            self._increment((measure, labels), start, kind, int(total))
        for start, outcome, count in record.health:
            self._increment((f"#{record.topic}", (OUTCOMES[outcome],)), start, ON_TIME, count)
        # Increments before the watermark: a window must not close on half of a record.
        self._progress.hear(record.topic, record.partition, record.watermark, idle=record.idle)

    def _increment(self, key: Key, start: int, kind: int, total: int) -> None:
        late = kind != ON_TIME
        for level, begin, fresh in self._panes.add(key, start, kind, total):
            for hopping in self._by_measure.get(key[0], ()):
                if hopping.window.step_ms == level and hopping.took(
                    key, begin, late=late, total=total, fresh=fresh
                ):
                    self._changed_cells[level, begin, key] = "late" if late else "idle"
                    self._dirty_cells.add((level, begin, key))

    def _results(self, now_ms: int) -> Iterator[OutRecord]:
        provisional = now_ms >= self._next_provisional_ms
        if provisional:
            self._next_provisional_ms = now_ms + round(self._settings.provisional_interval * 1000)
        restate = self._restate_due(now_ms)
        for hopping in self._hoppings:
            watermark = self._progress.lowest(hopping.topics)
            if watermark is None or watermark == NONE:
                continue
            for stated, restated in hopping.close(watermark):
                yield self._final(hopping, stated, watermark)
                if restated:
                    yield from self._restated(hopping, restated, "late", watermark)
            hopping.advance(watermark)
            if provisional and hopping.newest.end is not None:
                yield from self._provisional(hopping, watermark)
            if restate:
                level = hopping.window.step_ms
                of_level = {at[1:]: why for at, why in self._changed_cells.items() if at[0] == level}
                for again, reason in hopping.restate(of_level):
                    yield from self._restated(hopping, again, reason, watermark)
        if restate:
            self._next_restate_ms = None
            self._dirty_cells.update(self._changed_cells)
            self._changed_cells.clear()
        self._forget()

    def _restate_due(self, now_ms: int) -> bool:
        if not self._changed_cells:
            return False
        if self._next_restate_ms is None:
            self._next_restate_ms = now_ms + round(self._settings.restate_interval * 1000)
        return now_ms >= self._next_restate_ms

    def _final(self, hopping: Hopping, stated: Stated, watermark: int) -> OutRecord:
        key = self._key(hopping, stated)
        self._finals.setdefault((hopping.name, stated.end), set()).add(key)
        self._dirty_finals.add((hopping.name, stated.end))
        self._said.pop(key, None)
        return self._record(hopping, stated, watermark, "final", 0, "")

    def _provisional(self, hopping: Hopping, watermark: int) -> Iterator[OutRecord]:
        assert hopping.newest.end is not None
        for stated in hopping.stated(hopping.newest.sums, hopping.newest.end, late=False):
            key = self._key(hopping, stated)
            if self._said.get(key, "") != stated.result.exact:
                self._said[key] = stated.result.exact
                yield self._record(hopping, stated, watermark, "provisional", 0, "")

    def _restated(self, hopping: Hopping, stated: Stated, reason: str, watermark: int) -> Iterator[OutRecord]:
        key = self._key(hopping, stated)
        if key not in self._finals.get((hopping.name, stated.end), ()):
            # Nothing of it came in time: its final is that of no records, and comes first.
            empty = Stated(stated.formula, stated.end, stated.labels, stated.formula.apply({}))
            yield self._final(hopping, empty, watermark)
        revision = self._revisions.get(key, (0, 0))[0] + 1
        self._revisions[key] = (revision, stated.end)
        self._dirty_revisions.add(key)
        self._shown.restatements += 1
        yield self._record(hopping, stated, watermark, "restated", revision, reason)

    def _key(self, hopping: Hopping, stated: Stated) -> str:
        start = stated.end - hopping.window.size_ms
        return key_of(stated.formula.value, hopping.window.label, start, stated.labels)

    def _record(
        self, hopping: Hopping, stated: Stated, watermark: int, state: str, revision: int, reason: str
    ) -> OutRecord:
        value, result = stated.formula.value, stated.result
        return written(
            self._key(hopping, stated),
            WindowRecord(
                name=value.name,
                window=hopping.window.label,
                start=stated.end - hopping.window.size_ms,
                end=stated.end,
                labels=named(value, stated.labels),
                state=state,
                revision=revision,
                value=result.exact,
                scale=result.scale,
                parts=result.parts,
                watermark=watermark,
                reason=reason,
                versions={"reference": self._reference},
            ),
        )

    def _forget(self) -> None:
        for level in LEVELS:
            frontiers = [h.frontier for h in self._hoppings if h.window.step_ms == level]
            known = [frontier for frontier in frontiers if frontier is not None]
            if len(known) == len(frontiers) and known:
                self._panes.forget(level, min(known))
        keep = {hopping.name: (hopping.frontier or 0) - hopping.window.restate_ms for hopping in self._hoppings}
        for name, end in [at for at in self._finals if at[1] < keep.get(at[0], at[1])]:
            for key in self._finals.pop((name, end)):
                if self._revisions.pop(key, None):
                    self._dirty_revisions.add(key)
                self._said.pop(key, None)
            self._dirty_finals.add((name, end))

    def _drain(self) -> Iterator[Entry]:
        for name, packed in self._panes.drain():
            yield _PANE + name, packed
        for key in sorted(self._dirty_revisions):
            known = self._revisions.get(key)
            yield _REVISION + key.encode(), None if known is None else msgspec.msgpack.encode(known)
        for at in sorted(self._dirty_finals):
            keys = self._finals.get(at)
            packed_keys = None if keys is None else msgspec.msgpack.encode(sorted(keys))
            yield _FINALS + msgspec.msgpack.encode(at), packed_keys
        for level, begin, key in sorted(self._dirty_cells):
            reason = self._changed_cells.get((level, begin, key))
            cell_name = msgspec.msgpack.encode((level, begin, *key))
            yield _CHANGED + cell_name, None if reason is None else reason.encode()
        self._dirty_cells.clear()
        self._dirty_revisions.clear()
        self._dirty_finals.clear()
        assert self.next_offset is not None
        frontiers = {h.name: h.frontier for h in self._hoppings if h.frontier is not None}
        kept = _Kept(self._progress.packed(), frontiers, self._reference, self._panes.dropped)
        marker = Marker(FORMAT, self.next_offset, NONE, self._reference, msgspec.msgpack.encode(kept))
        yield MARKER, msgspec.msgpack.encode(marker)

    def _restore_entry(self, kind: bytes, name: bytes, value: bytes) -> None:
        if kind == _PANE:
            self._panes.restore(name, value)
        elif kind == _REVISION:
            self._revisions[name.decode()] = msgspec.msgpack.decode(value, type=tuple[int, int])
        elif kind == _FINALS:
            at = msgspec.msgpack.decode(name, type=tuple[str, int])
            self._finals[at] = set(msgspec.msgpack.decode(value, type=list[str]))
        elif kind == _CHANGED:
            level, begin, measure, labels = msgspec.msgpack.decode(name, type=tuple[int, int, str, Labels])
            self._changed_cells[level, begin, (measure, labels)] = value.decode()
        else:
            raise ValueError(f"no entry begins with {kind!r}")

    def _resume(self, kept: _Kept) -> None:
        self._progress.restore(kept.sources)
        self._reference, self._panes.dropped = kept.reference, kept.dropped
        for hopping in self._hoppings:
            frontier = kept.frontiers.get(hopping.name)
            if frontier is not None:
                hopping.resume(frontier, self._progress.lowest(hopping.topics))


def _hoppings(values: tuple[Value, ...], panes: PaneStore, lateness_ms: int) -> tuple[Hopping, ...]:
    grouped: dict[tuple[tuple[str, ...], str], list[Formula]] = {}
    for value in values:
        formula = Formula(value, MEASURES)
        for label in value.windows:
            grouped.setdefault((topics_of(value), label), []).append(formula)
    return tuple(
        Hopping(topics, WINDOWS[label], tuple(formulas), panes, lateness_ms)
        for (topics, label), formulas in sorted(grouped.items(), key=lambda item: item[0])
    )
