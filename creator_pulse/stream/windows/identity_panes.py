"""Panes of sums over identities: lots of rows, put together seldom, and rolling sums over them."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from creator_pulse.stream.catalog.aggregates import BUCKET
from creator_pulse.stream.catalog.rule_conditions import AMOUNT
from creator_pulse.stream.transport.record_size import rows_of
from creator_pulse.stream.windows.cells import Labels
from creator_pulse.stream.windows.identity_names import Names
from creator_pulse.stream.windows.identity_rows import (
    NOBODY,
    Keys,
    Rows,
    added,
    carry,
    packed,
    together,
    unpacked,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import numpy.typing as npt

    from creator_pulse.stream.catalog.declare import Window
    from creator_pulse.stream.native.hash_key import HashKey
    from creator_pulse.stream.windows.lane import Entry
    from creator_pulse.stream.windows.tables import Table

Place = tuple[str, Labels, bool]
"""Table, values of its plain labels, and whether it is the late part."""
_MOST_WAITING = 262_144
"""Rows that may wait to be added up, or as many as there are: who asks for a window of days asks seldom."""
_Name = tuple[int, int, str, Labels, bool, int]
"""Level, pane start, table, labels, late, and number of the entry in the pane."""
_Packed = tuple[int, list[bytes], dict[str, bytes]]


class _Pane:
    """The rows of one table, part and pane.

    What was written stays as it is until as much again has come: so each row is written anew only as often
    as the pane doubles, and a commit costs what it brings.
    """

    def __init__(self) -> None:
        self.lots: list[tuple[list[int], Rows]] = []
        """Numbers of the entries that hold it, and rows; in the order in which they were written."""
        self.fresh: list[Rows] = []
        self.size = 0
        """Rows, of which several may have one key."""
        self._known: Keys | None = None
        self.numbers = count()

    def add(self, rows: Rows, *, known: bool) -> None:
        """Add rows.

        Args:
            rows: increments.
            known: whether all of their keys are in the pane.
        """
        self.fresh.append(rows)
        self.size += len(rows.keys)
        if not known:
            self._known = None

    def holds(self, keys: Keys) -> npt.NDArray[np.bool_]:
        """Which keys are in the pane."""
        if self._known is None:
            parts = [together(rows.keys) for rows in self.rows()]
            self._known = np.unique(np.concatenate(parts)) if parts else np.empty(0, dtype=np.uint64)
        if not len(self._known):
            return np.zeros(len(keys), dtype=np.bool_)
        names = together(keys)
        place = np.minimum(np.searchsorted(self._known, names), len(self._known) - 1)
        found: npt.NDArray[np.bool_] = self._known[place] == names
        return found

    def rows(self) -> list[Rows]:
        """All rows; a key may be in several lots."""
        return [*(rows for _, rows in self.lots), *self.fresh]

    def restore(self, number: int, rows: Rows) -> None:
        """Take back an entry: a lot of its own."""
        self.lots.append(([number], rows))
        self.lots.sort(key=lambda one: one[0])
        self.size += len(rows.keys)
        self.numbers = count(self.lots[-1][0][-1] + 1)

    def settle(self, lows: Sequence[int], growth: float) -> tuple[list[tuple[int, Rows]], list[int]]:
        """Make entries of what is fresh; new entries, and the numbers of those that they replace.

        Args:
            lows: columns that are the low part of a wide sum.
            growth: a lot is written anew unless it is so many times what has come after it.
        """
        rows, gone, size = self.fresh, [], sum(map(len, (one.keys for one in self.fresh)))
        while self.lots and len(self.lots[-1][1].keys) < growth * size:
            numbers, lot = self.lots.pop()
            gone += numbers
            rows.append(lot)
            size += len(lot.keys)
        whole = added(rows, lows)
        most = rows_of(whole.keys.shape[1] + whole.sums.shape[1])
        new = [
            (next(self.numbers), Rows(whole.keys[at : at + most], whole.sums[at : at + most]))
            for at in range(0, len(whole.keys), most)
        ]
        if new:
            self.lots.append(([number for number, _ in new], whole))
        self.fresh = []
        self.size = sum(len(one.keys) for _, one in self.lots)
        return new, gone


class IdentityPanes:
    """The rows of all tables by level and pane.

    Args:
        key: of the installation.
        tables: what is kept.
        most: rows in all; beyond it nobody new is followed: what they add is nobody's.
        most_names: texts that are kept.

    Attributes:
        size: rows in all.
        overflowed: rows of somebody new that found no room.
    """

    def __init__(
        self, key: HashKey, tables: Iterable[Table] = (), most: int = 2**62, most_names: int = 2**62
    ) -> None:
        self.tables = {table.name: table for table in tables}
        self.names = Names(key, most_names)
        self.most = most
        self.size = 0
        self.overflowed = 0
        self._panes: dict[int, dict[int, dict[Place, _Pane]]] = {}
        self._dirty: set[tuple[int, int, Place]] = set()
        self._gone: list[bytes] = []

    def add(self, level: int, begin: int, place: Place, rows: Rows) -> Rows:
        """Add rows to a pane.

        Returns:
            them, or where there is no room for all: those of whom it knows, and a row of what the others add,
            which is nobody's, so that the sum over all is the same.
        """
        pane = self._pane(level, begin, place)
        full = self.size + len(rows.keys) > self.most and self.tables[place[0]].keys != (BUCKET,)
        if full:
            rows = self._followed(pane, self.tables[place[0]], rows)
        pane.add(rows, known=full)
        self.size += len(rows.keys)
        self._dirty.add((level, begin, place))
        return rows

    def _followed(self, pane: _Pane, table: Table, rows: Rows) -> Rows:
        there = pane.holds(rows.keys)
        others = int(np.count_nonzero(~there))
        if not others:
            return rows
        nobody = np.full((1, len(table.keys)), NOBODY[0], dtype=np.uint64)
        nobody[0, [place for place, name in enumerate(table.keys) if name == AMOUNT]] = 0
        self.overflowed += others - int(np.count_nonzero(together(rows.keys[~there]) == together(nobody)))
        sums = rows.sums[~there].sum(axis=0, keepdims=True)
        carry(sums, table.lows)
        return Rows(np.concatenate([rows.keys[there], nobody]), np.concatenate([rows.sums[there], sums]))

    def count(self, level: int) -> int:
        """How many rows the level has."""
        panes = self._panes.get(level, {}).values()
        return sum(len(rows.keys) for pane in panes for one in pane.values() for rows in one.rows())

    def starts(self, level: int) -> Iterable[int]:
        """Starts of the level's panes."""
        return self._panes.get(level, {}).keys()

    def between(
        self, level: int, start: int, end: int, tables: frozenset[str]
    ) -> Iterator[tuple[Place, Rows]]:
        """The rows of the panes with ``start <= pane < end``, of some tables."""
        panes = self._panes.get(level, {})
        for begin in range(start, end, level):
            for place, pane in panes.get(begin, {}).items():
                if place[0] in tables:
                    for rows in pane.rows():
                        yield place, rows

    def forget(self, level: int, floor: int, of_table: Mapping[str, int]) -> None:
        """Drop the panes that begin before a time, or before that of their table."""
        panes = self._panes.get(level, {})
        newest = max((floor, *of_table.values()))
        for begin in [start for start in panes if start < newest]:
            for place in [one for one in panes[begin] if begin < max(floor, of_table.get(one[0], floor))]:
                pane = panes[begin].pop(place)
                self.size -= pane.size
                self._dirty.discard((level, begin, place))
                self._gone += [_name(level, begin, place, one) for numbers, _ in pane.lots for one in numbers]
            if not panes[begin]:
                del panes[begin]

    def drain(self) -> Iterator[Entry]:
        """Entries changed since the last call; None for the dropped ones."""
        yield from ((name, None) for name in self._gone)
        for level, begin, place in sorted(self._dirty):
            table = self.tables[place[0]]
            pane = self._panes[level][begin][place]
            before = pane.size
            new, gone = pane.settle(table.lows, _growth(table, level))
            self.size += pane.size - before
            yield from ((_name(level, begin, place, number), None) for number in gone)
            for number, rows in new:
                value = (len(rows.keys), *packed(rows, table.columns))
                yield _name(level, begin, place, number), msgspec.msgpack.encode(value)
        self._gone.clear()
        self._dirty.clear()

    def restore(self, name: bytes, value: bytes) -> None:
        """Take back what ``drain`` gave; of a table that is no longer declared, nothing."""
        level, begin, table, labels, late, number = msgspec.msgpack.decode(name, type=_Name)
        if table in self.tables:
            size, keys, sums = msgspec.msgpack.decode(value, type=_Packed)
            rows = unpacked(size, keys, sums, self.tables[table].columns)
            self._pane(level, begin, (table, labels, late)).restore(number, rows)
            self.size += len(rows.keys)

    def _pane(self, level: int, begin: int, place: Place) -> _Pane:
        pane = self._panes.setdefault(level, {}).setdefault(begin, {})
        if place not in pane:
            pane[place] = _Pane()
        return pane[place]


class RollingRows:
    """Rows summed over one window: what comes and goes is noted, and put together when somebody asks.

    Args:
        window: its size and step.
        panes: where the rows are.
        tables: names of those that are summed.
        changes: by table, a number that grows with every change of it.
    """

    def __init__(
        self, window: Window, panes: IdentityPanes, tables: frozenset[str], changes: dict[str, int]
    ) -> None:
        self._level = window.step_ms
        self._panes = panes
        self._tables = tables
        self._whole: dict[Place, Rows] = {}
        self._waiting: dict[Place, list[Rows]] = {}
        self._room: dict[Place, int] = {}
        """How many more rows may wait."""
        self._changes = changes

    def clear(self) -> None:
        """Nothing is in the window."""
        for name, _, _ in {**self._whole, **self._waiting}:
            self._changes[name] += 1
        self._whole.clear()
        self._waiting.clear()
        self._room.clear()

    def merge(self, start: int, end: int, sign: int) -> None:
        """Panes come (1) or go (-1)."""
        for place, rows in self._panes.between(self._level, start, end, self._tables):
            self.add(place, rows if sign > 0 else Rows(rows.keys, -rows.sums))

    def add(self, place: Place, rows: Rows) -> None:
        """Rows come, or go as negative sums."""
        if place[0] in self._tables:
            self._waiting.setdefault(place, []).append(rows)
            self._changes[place[0]] += 1
            room = self._room[place] = self._room.get(place, _MOST_WAITING) - len(rows.keys)
            if room < 0:
                self._settle_one(place)

    def of(self, table: str, *, late: bool) -> dict[Labels, Rows]:
        """The sums of a table by its plain labels.

        Args:
            table: name.
            late: whether the late parts count.
        """
        self._settle(table)
        found: dict[Labels, Rows] = {}
        for (name, labels, is_late), rows in self._whole.items():
            if name == table and (late or not is_late):
                known = found.get(labels)
                found[labels] = (
                    rows if known is None else added([known, rows], self._panes.tables[table].lows)
                )
        return found

    def late(self, table: str) -> set[Labels]:
        """The plain labels that have a late part."""
        self._settle(table)
        return {labels for name, labels, late in self._whole if late and name == table}

    def name(self, hashed: int) -> str:
        """The text of a hash."""
        return self._panes.names.of(hashed)

    def _settle(self, table: str) -> None:
        for place in [one for one in self._waiting if one[0] == table]:
            self._settle_one(place)

    def _settle_one(self, place: Place) -> None:
        known = self._whole.pop(place, None)
        parts = [*((known,) if known else ()), *self._waiting.pop(place)]
        rows = added(parts, self._panes.tables[place[0]].lows)
        if len(rows.keys):
            self._whole[place] = rows
        self._room[place] = max(_MOST_WAITING, len(rows.keys))


def _growth(table: Table, level: int) -> int:
    """Not the same at all levels: else the largest lots of all of them are written with one commit."""
    return 2 + table.levels.index(level)


def _name(level: int, begin: int, place: Place, number: int) -> bytes:
    return msgspec.msgpack.encode((level, begin, *place, number))


def kept_from(floors: dict[int, int], tables: Iterable[Table]) -> int | None:
    """Since when names are needed, ms: from the oldest pane that is still kept; None: nobody knows yet."""
    levels = {level for table in tables for level in table.named}
    if not levels <= floors.keys():
        return None
    return min((floors[level] for level in levels), default=None)
