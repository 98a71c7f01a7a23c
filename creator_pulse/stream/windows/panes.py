"""Panes: small tumbling windows of sums, and rolling sums over them.

Each cell is kept by the minute, by the hour and by the business day, as far as some window reads it there,
so that a window is a merge of few panes and memory is bounded by windows and keys, never by time running.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from creator_pulse.stream.catalog.declaration.declare import DAY_MS, HOUR_MS, MINUTE_MS, Window
from creator_pulse.stream.windows.business_days import BusinessDays
from creator_pulse.stream.windows.cells import Labels
from creator_pulse.stream.windows.identity_panes import IdentityPanes, RollingRows, begins_of, kept_from
from creator_pulse.stream.windows.identity_rows import Rows, unpacked
from creator_pulse.stream.windows.pane_record import packed
from creator_pulse.stream.windows.past_days import PastDays

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from creator_pulse.stream.native.hash_key import HashKey
    from creator_pulse.stream.windows.pane_record import Lot, Partial
    from creator_pulse.stream.windows.tables import Table

Key = tuple[str, Labels]
"""Measure id and label values."""
ON_TIME, LATE_RECENT, LATE_OLD, LATE_DAYS = range(4)
"""In time; late but young enough to restate every window; all but those of minutes; those of days only."""
LEVELS = (MINUTE_MS, HOUR_MS, DAY_MS)
_NAMES = {"minute": MINUTE_MS, "hour": HOUR_MS, "day": DAY_MS}
_LATEST = {MINUTE_MS: LATE_RECENT, HOUR_MS: LATE_OLD, DAY_MS: LATE_DAYS}
"""Level -> what is as late as its panes take it."""
Pane = dict[str, dict[Labels, list[int]]]
"""Measure id -> label values -> [sum in time, late sum]."""
_NAME = msgspec.msgpack.Decoder(tuple[int, int, str, Labels])
_CELL = msgspec.msgpack.Decoder(list[int | str])


_UTC_DAYS = BusinessDays({"": 0})


class PaneStore:
    """Sums by level, pane start, measure and labels: the part in time and the late part.

    Args:
        key: of the installation.
        levels: measure id -> the levels that some window reads it at; None: everything at all of them.
        tables: of sums over identities and sizes.
        days: where the panes of a day begin, by the first label of what they hold.
        most_rows: of identities that are kept.
        most_names: of them.

    Attributes:
        identities: rows of the tables.
        past: the same by business days.
        dropped: increments that came after their pane had gone.
    """

    def __init__(
        self,
        key: HashKey,
        levels: Mapping[str, Collection[int]] | None = None,
        tables: Iterable[Table] = (),
        days: BusinessDays = _UTC_DAYS,
        most_rows: int = 2**62,
        most_names: int = 2**62,
    ) -> None:
        self.identities = IdentityPanes(key, tables, most_rows, most_names)
        self.past = PastDays(self.identities, days)
        self._days = days
        read = {} if levels is None else levels
        self._else = LEVELS if levels is None else ()
        self._levels = {name: tuple(one for one in LEVELS if one in found) for name, found in read.items()}
        self._panes: dict[int, dict[int, Pane]] = {level: {} for level in LEVELS}
        self._dirty: dict[tuple[int, int, Key], None] = {}
        """In the order of their first change: there may be too many of them to sort."""
        self._gone: list[tuple[int, int, Key]] = []
        self._floor: dict[int, int] = {}
        self._floor_of: dict[tuple[int, str], int] = {}
        self.dropped = 0

    def add(self, key: Key, start: int, kind: int, total: int) -> Iterator[tuple[int, int, bool]]:
        """Add an increment; say for each level where it went, and whether the cell is new.

        Args:
            key: measure and labels.
            start: of the minute, or of the hour, epoch ms.
            kind: ``ON_TIME``, or how late it is.
            total: the increment.
        """
        measure, labels = key
        for level in self._levels.get(measure, self._else):
            if kind > _LATEST[level]:
                continue
            days = self._days.begins(start, labels[0]) if level == DAY_MS else None
            for begin in days or (start // level * level,):
                if begin < self._floor.get(level, begin):
                    # A partition that was idle for longer than panes are kept came back.
                    self.dropped += 1
                    continue
                cells = self._panes[level].setdefault(begin, {}).setdefault(measure, {})
                fresh = labels not in cells
                cell = cells.setdefault(labels, [0, 0])
                cell[kind != ON_TIME] += total
                self._dirty[level, begin, key] = None
                yield level, begin, fresh

    def add_rows(self, partial: Partial) -> Iterator[tuple[int, int, Rows, list[Lot]]]:
        """Add increments of identities; say for each level where they went.

        Yields:
            level, pane start, the rows that it took, and which lots they are of.

        Raises:
            ValueError: the partial aggregate is damaged.
        """
        table = self.identities.tables.get(partial.table)
        if table is None:
            self.dropped += partial.rows  # of another version of the catalogue
            return
        for start, texts in partial.names:
            self.identities.names.add(start, texts)
        if not partial.lots:
            return
        counts = [lot.rows for lot in partial.lots]
        rows = unpacked(sum(counts), partial.keys, partial.sums, table.columns)
        codes = [self.identities.codes.of(lot.labels, late=lot.kind != ON_TIME) for lot in partial.lots]
        rows = rows.coded(np.repeat(np.array(codes, dtype=np.uint64), counts))
        ends = np.cumsum(counts).tolist()
        for level in table.levels:
            chosen: dict[int, list[int]] = {}
            for place, lot in enumerate(partial.lots):
                if lot.kind > _LATEST[level]:
                    continue
                days = self._days.begins(lot.start, lot.labels[0]) if level == DAY_MS else None
                (begin,) = days or (lot.start // level * level,)
                if begin < self.floor(level, table.name):
                    self.dropped += lot.rows
                    continue
                chosen.setdefault(begin, []).append(place)
            for begin, places in chosen.items():
                of_pane = rows
                if len(places) < len(counts):
                    at = np.concatenate(
                        [np.arange(ends[place] - counts[place], ends[place]) for place in places]
                    )
                    of_pane = Rows(rows.keys[at], rows.sums[at])
                yield (
                    level,
                    begin,
                    self.identities.add(level, begin, table.name, of_pane),
                    [partial.lots[place] for place in places],
                )

    def counts(self) -> dict[str, int]:
        """How many cells there are, and rows of identities, by kind."""
        cells = {f"{name}_cells": self.count(level) for name, level in _NAMES.items()}
        return cells | {f"{name}_rows": self.identities.count(level) for name, level in _NAMES.items()}

    def count(self, level: int) -> int:
        """How many cells the level has; rows of identities are counted by themselves."""
        return sum(len(cells) for pane in self._panes[level].values() for cells in pane.values())

    def starts(self, level: int, phase: int = 0) -> list[int]:
        """Starts of the level's panes, rising; of those of a day, the ones with a phase."""
        starts = {*self._panes[level], *self.identities.starts(level)}
        return sorted(one for one in starts if one % level == phase)

    def between(
        self, level: int, start: int, end: int, measures: Collection[str]
    ) -> Iterator[tuple[str, Mapping[Labels, list[int]]]]:
        """Measure and cells of the panes with ``start <= pane < end``, of some measures."""
        panes = self._panes[level]
        for begin in begins_of(panes, level, start, end):
            for measure, cells in panes[begin].items():
                if measure in measures:
                    yield measure, cells

    def floor(self, level: int, name: str) -> int:
        """Start of the oldest pane of a measure or table that is still kept."""
        return max(self._floor.get(level, -(2**62)), self._floor_of.get((level, name), -(2**62)))

    def forget(self, level: int, floor: int, of_table: Mapping[str, int] = MappingProxyType({})) -> None:
        """Drop the panes of a level that begin before a time, or before that of their table."""
        self._floor[level] = max(floor, self._floor.get(level, floor))
        for begin in [start for start in self._panes[level] if start < floor]:
            for measure, cells in self._panes[level].pop(begin).items():
                gone = [(level, begin, (measure, labels)) for labels in cells]
                self._gone += gone
                for name in gone:
                    self._dirty.pop(name, None)
        self._floor_of |= {(level, name): start for name, start in of_table.items()}
        self.identities.forget(level, self._floor[level], of_table)
        needed = kept_from(self._floor, self.identities.tables.values())
        if needed is not None:
            self.identities.names.forget(needed)

    def drain(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Entries changed since the last call; None for the dropped ones."""
        for level, begin, key in self._gone:
            yield msgspec.msgpack.encode((level, begin, *key)), None
        for level, begin, key in self._dirty:
            cell = self._panes[level][begin][key[0]][key[1]]
            yield (
                msgspec.msgpack.encode((level, begin, *key)),
                msgspec.msgpack.encode([packed(n) for n in cell]),
            )
        self._dirty.clear()
        self._gone.clear()

    def restore(self, name: bytes, value: bytes) -> None:
        """Take back what ``drain`` gave."""
        level, begin, measure, labels = _NAME.decode(name)
        cell = [int(part) for part in _CELL.decode(value)]
        self._panes[level].setdefault(begin, {}).setdefault(measure, {})[labels] = cell


class RollingSums:
    """Sums over one window, moved on pane by pane: a hop costs the same whatever its size.

    Args:
        window: its size and step.
        panes: where the cells are.
        measures: ids of the measures that are summed, and names of tables.

    Attributes:
        rows: the sums of the tables.
        past: the same of single business days.
        start: of the window.
        end: of the window; None before the first.
    """

    def __init__(self, window: Window, panes: PaneStore, measures: frozenset[str]) -> None:
        self._window = window
        self._panes = panes
        self.past = panes.past
        self._measures = measures - panes.identities.tables.keys()
        tables = panes.identities.tables.keys()
        self._changes = dict.fromkeys(measures, 0)
        self.rows = RollingRows(window, panes.identities, frozenset(measures & tables), self._changes)
        self.start = 0
        self.end: int | None = None
        self.sums: dict[str, dict[Labels, list[int]]] = {}
        """Measure id -> label values -> [sum in time, late sum, number of panes]."""

    def move(self, end: int) -> None:
        """Move to the window that ends at ``end``; never back."""
        start = self._window.start(end)
        if self.end is None or start >= self.end:
            for measure in self.sums:
                self._changes[measure] += 1
            self.sums = {}
            self.rows.clear()
            self._merge(start, end, 1)
        else:
            self._merge(self.end, end, 1)
            self._merge(self.start, start, -1)
        self.start, self.end = start, end

    def add(self, key: Key, start: int, *, late: bool, total: int, fresh: bool) -> None:
        """Mirror an increment of a pane.

        Args:
            key: measure and labels.
            start: of the pane at the window's level.
            late: whether it belongs to the late part.
            total: the increment.
            fresh: whether the pane had no such cell before.
        """
        measure, labels = key
        if self.end is None or measure not in self._measures or not self.start <= start < self.end:
            return
        cell = self.sums.setdefault(measure, {}).setdefault(labels, [0, 0, 0])
        cell[late] += total
        cell[2] += fresh
        self._changes[measure] += 1

    def add_rows(self, table: str, start: int, rows: Rows) -> None:
        """Mirror increments of identities.

        Args:
            table: name.
            start: of the pane at the window's level.
            rows: the increments.
        """
        if self.end is not None and self.start <= start < self.end:
            self.rows.add(table, rows)

    def late(self, name: str) -> Iterable[Labels]:
        """The labels of a measure, or the plain ones of a table, that have a late part."""
        if name in self._measures:
            return [labels for labels, cell in self.sums.get(name, {}).items() if cell[1]]
        return self.rows.late(name)

    def flat(self, measure: str, *, late: bool) -> dict[Labels, int]:
        """The sums of a measure as plain numbers.

        Args:
            measure: its id.
            late: whether the late parts count.
        """
        sums = self.sums.get(measure, {})
        return {labels: cell[0] + cell[1] if late else cell[0] for labels, cell in sums.items()}

    def changes(self, measures: Collection[str]) -> int:
        """A number that grows with every change of some measures."""
        # Asked for each formula with every commit: a list is made faster than a generator runs.
        return sum([self._changes[name] for name in measures])

    def _merge(self, start: int, end: int, sign: int) -> None:
        self.rows.merge(start, end, sign)
        for measure, cells in self._panes.between(self._window.step_ms, start, end, self._measures):
            self._changes[measure] += 1
            sums = self.sums.setdefault(measure, {})
            for labels, cell in cells.items():
                total = sums.setdefault(labels, [0, 0, 0])
                total[0] += sign * cell[0]
                total[1] += sign * cell[1]
                total[2] += sign
                if not total[2]:
                    del sums[labels]
