"""Sums over one window: what comes and goes is noted, and put together when somebody asks."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from creator_pulse.stream.panes.row_panes import LATE
from creator_pulse.stream.panes.rows import Rows, added, totals
from creator_pulse.stream.panes.versioned import VersionedCache

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from creator_pulse.stream.catalog.declaration.declare import Window
    from creator_pulse.stream.panes.cells import Labels
    from creator_pulse.stream.panes.store import PaneStore

# Rows that may wait to be added up, or as many as there are: who asks for a window of days asks seldom.
_MOST_WAITING = 262_144


class _Flat(NamedTuple):
    """The sums of a table without keys as formulas read them.

    Attributes:
        whole: by measure and labels.
        in_time: likewise, without the late parts.
        late: labels of the late parts, and which of their columns are not 0.
    """

    whole: Mapping[str, Mapping[Labels, int]]
    in_time: Mapping[str, Mapping[Labels, int]]
    late: Sequence[tuple[Labels, frozenset[int]]]


class RollingSums:
    """Sums over one window, moved on pane by pane: a hop costs the same whatever its size.

    Args:
        window: its size and step.
        panes: where the rows are.
        tables: names of those that are summed.

    Attributes:
        past: the sums of single business days.
        start: of the window.
        end: of the window; None before the first.

    Example::

        sums = RollingSums(WINDOWS["1h"], store, frozenset({table}))
        sums.move(end)
        sums.totals(table, late=False)  # measure -> labels -> sum
    """

    def __init__(self, window: Window, panes: PaneStore, tables: frozenset[str]) -> None:
        self._window = window
        self._panes = panes.identities
        self.past = panes.past
        self._tables = tables
        self._changes = dict.fromkeys(tables, 0)
        self._whole: dict[str, Rows] = {}
        self._waiting: dict[str, list[Rows]] = {}
        # How many more rows may wait.
        self._room: dict[str, int] = {}
        # Whether rows that are put together have a late part.
        self._with_late: dict[str, bool] = {}
        # Readings of the rows, by table. Recoding does not touch them, because they name labels, not codes.
        self._readings = VersionedCache()
        self.start = 0
        self.end: int | None = None
        self._panes.windows.add(self)

    def recode(self, recoded: Callable[[Rows], Rows]) -> None:
        """Give all rows other codes of labels."""
        self._whole = {table: recoded(rows) for table, rows in self._whole.items()}
        self._waiting = {table: list(map(recoded, parts)) for table, parts in self._waiting.items()}

    def move(self, end: int) -> None:
        """Move to the window that ends at ``end``; never back."""
        start = self._window.start(end)
        if self.end is None or start >= self.end:
            self._clear()
            self._merge(start, end, 1)
        else:
            # What enters at the front, then what leaves at the back: as many panes as the step is wide,
            # whatever the size.
            self._merge(self.end, end, 1)
            self._merge(self.start, start, -1)
        self.start, self.end = start, end

    def add(self, table: str, start: int, rows: Rows) -> None:
        """Mirror increments of a pane.

        Args:
            table: name of one of the tables.
            start: of the pane at the window's level.
            rows: increments, their first key a code of labels.
        """
        if self.end is not None and self.start <= start < self.end and table in self._tables:
            self._add(table, rows)

    def of(self, table: str, *, late: bool) -> Mapping[Labels, Rows]:
        """The rows of a table by its plain labels.

        Args:
            table: name of one of the tables.
            late: whether the late parts count.
        """

        def read() -> dict[Labels, Rows]:
            rows = self._settled(table)
            return self._panes.by_labels(table, () if rows is None else (rows,), late=late)

        return self._readings.get(("rows", table, late), self._changes[table], read)

    def totals(self, table: str, *, late: bool) -> Mapping[str, Mapping[Labels, int]]:
        """The sums of a table without keys, by measure and labels: of all label sets that have records.

        Args:
            table: name of one of the tables.
            late: whether the late parts count.
        """
        flat = self._flat_of(table)
        return flat.whole if late else flat.in_time

    def late(self, table: str, measures: tuple[str, ...]) -> tuple[Labels, ...]:
        """The plain labels that have a late part; of a table without keys, one that is not 0.

        Args:
            table: name of one of the tables.
            measures: ids of those that count, in a table without keys.
        """
        declared = self._panes.tables[table]
        if declared.keys:
            return self._readings.get(
                ("late", table), self._changes[table], partial(self._late_identities, table)
            )
        late = self._flat_of(table).late
        if not late:
            return ()
        places = declared.places_of(measures)
        return tuple([labels for labels, there in late if not there.isdisjoint(places)])

    def late_tables(self) -> frozenset[str]:
        """The tables that have a late part: most have none, and then no formula need ask which labels."""
        return self._readings.get("late tables", self.changes(self._tables), self._with_late_parts)

    def _with_late_parts(self) -> frozenset[str]:
        tables = [name for name in self._tables if self._settled(name) is not None]
        return frozenset(name for name in tables if self._with_late[name])

    def _late_identities(self, table: str) -> tuple[Labels, ...]:
        rows = self._settled(table)
        if rows is None or not self._with_late[table]:
            return ()
        codes = rows.keys[:, 0]
        late = set(codes[codes & LATE == LATE].tolist())
        return tuple([self._panes.codes.label_set(code).labels for code in late])

    def _flat_of(self, table: str) -> _Flat:
        return self._readings.get(("flat", table), self._changes[table], partial(self._flattened, table))

    def _flattened(self, table: str) -> _Flat:
        """The sums of a table without keys, both ways at once: a window that closes asks for both."""
        rows, declared = self._settled(table), self._panes.tables[table]
        if rows is None:
            nothing: Mapping[str, Mapping[Labels, int]] = {name: {} for name in declared.measures}
            return _Flat(nothing, nothing, ())
        sets = [self._panes.codes.label_set(code) for code in rows.keys[:, 0].tolist()]
        of_measure = totals(declared, rows.sums)
        if not self._with_late[table]:
            every = [label_set.labels for label_set in sets]
            sums = {name: dict(zip(every, numbers, strict=True)) for name, numbers in of_measure.items()}
            return _Flat(sums, sums, ())
        whole: dict[str, dict[Labels, int]] = {}
        in_time: dict[str, dict[Labels, int]] = {}
        for name, numbers in of_measure.items():
            of_whole = whole[name] = {}
            of_time = in_time[name] = {}
            for (labels, is_late), number in zip(sets, numbers, strict=True):
                of_whole[labels] = of_whole.get(labels, 0) + number
                of_time[labels] = of_time.get(labels, 0) + (0 if is_late else number)
        late = [
            (label_set.labels, frozenset(np.flatnonzero(of_row).tolist()))
            for label_set, of_row in zip(sets, rows.sums, strict=True)
            if label_set.late
        ]
        return _Flat(whole, in_time, late)

    def name(self, hashed: int) -> str:
        """The text of a hash."""
        return self._panes.names.of(hashed)

    def changes(self, tables: Collection[str]) -> int:
        """A number that grows with every change of some tables."""
        # Asked for each formula with every commit: a list is made faster than a generator runs.
        return sum([self._changes[name] for name in tables])

    def _clear(self) -> None:
        for name in {**self._whole, **self._waiting}:
            self._changes[name] += 1
        self._whole.clear()
        self._waiting.clear()
        self._room.clear()
        self._readings.clear()

    def _merge(self, start: int, end: int, sign: int) -> None:
        for name, rows in self._panes.between(self._window.step_ms, start, end, self._tables):
            self._add(name, rows if sign > 0 else Rows(rows.keys, -rows.sums))

    def _add(self, table: str, rows: Rows) -> None:
        self._waiting.setdefault(table, []).append(rows)
        self._changes[table] += 1
        # Rows that wait cost memory, adding them up costs time: at most as many wait as are put together.
        room = self._room[table] = self._room.get(table, _MOST_WAITING) - len(rows.keys)
        if room < 0:
            self._settled(table)

    def _settled(self, table: str) -> Rows | None:
        """The rows of a table put together, in the order of their codes; None if there are none."""
        waiting = self._waiting.pop(table, None)
        if waiting is None:
            return self._whole.get(table)
        whole = self._whole.pop(table, None)
        rows = added([*(() if whole is None else (whole,)), *waiting], self._panes.tables[table].lows)
        self._room[table] = max(_MOST_WAITING, len(rows.keys))
        if not len(rows.keys):
            return None
        rows = self._whole[table] = rows.by_code()
        self._with_late[table] = bool((rows.keys[:, 0] & LATE).any())
        return rows
