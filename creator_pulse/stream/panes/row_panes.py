"""Panes of sums over identities: lots of rows, put together seldom, and rolling sums over them."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Protocol
from weakref import WeakSet

import msgspec
import numpy as np

from creator_pulse.stream.aggregates import BUCKET
from creator_pulse.stream.aggregates.rules import AMOUNT
from creator_pulse.stream.native.sums import runs
from creator_pulse.stream.panes.cells import Labels
from creator_pulse.stream.panes.label_codes import LabelCodes
from creator_pulse.stream.panes.names import Names
from creator_pulse.stream.panes.rows import NOBODY, Keys, Rows, added, packed, row_cuts, together, unpacked
from creator_pulse.stream.transport.record_size import LARGEST_PACK

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    import numpy.typing as npt

    from creator_pulse.stream.lanes.lane import Entry
    from creator_pulse.stream.native.hash_key import HashKey
    from creator_pulse.stream.panes.tables import Table

LATE = np.uint64(1)
"""The bit of a code that says that it is of the late part."""
# Label sets that have a code before somebody looks which of them are still there.
_LEAST_CODES = 4_096
# Level, pane start, table, and number of the entry in the pane.
_Name = tuple[int, int, str, int]
# Labels, whether it is the late part, and how many rows follow each other.
_Stretch = tuple[Labels, bool, int]
_Packed = tuple[list[_Stretch], list[bytes], dict[str, bytes]]


class _Pane:
    """The rows of one table in one pane; the first of their keys is a code of ``LabelCodes``.

    Written entries stay until as many rows again have come: so a row is rewritten only as often as the pane
    doubles, and a commit costs as much as the rows that it brings.
    """

    def __init__(self) -> None:
        self.lots: list[tuple[list[int], Rows]] = []
        """Numbers of the entries that hold it, and rows; in the order in which they were written."""
        self.fresh: list[Rows] = []
        self.size = 0
        """Rows, of which several may have one key."""
        self._keys: Keys | None = None
        self._has_in_time: bool | None = None
        self.numbers = count()
        self.labels: set[int] = set()
        """Label sets in it, as halves of their codes."""

    def add(self, rows: Rows, *, held: bool) -> None:
        """Add rows.

        Args:
            rows: increments; their first key is a code of labels.
            held: whether all of their keys are in the pane.
        """
        self.fresh.append(rows)
        self.size += len(rows.keys)
        self._has_in_time = None
        if not held:
            self._keys = None

    def holds(self, keys: Keys) -> npt.NDArray[np.bool_]:
        """Which keys are in the pane."""
        if self._keys is None:
            parts = [together(rows.keys) for rows in self.rows()]
            self._keys = np.unique(np.concatenate(parts)) if parts else np.empty(0, dtype=np.uint64)
        if not len(self._keys):
            return np.zeros(len(keys), dtype=np.bool_)
        names = together(keys)
        # Clipped, as beyond the last key searchsorted gives n; the comparison then says no.
        place = np.minimum(np.searchsorted(self._keys, names), len(self._keys) - 1)
        is_held: npt.NDArray[np.bool_] = self._keys[place] == names
        return is_held

    @property
    def has_in_time(self) -> bool:
        """Whether it has rows of parts in time."""
        # Asked of every pane with each commit, for as long as records bring panes older than a whole day.
        if self._has_in_time is None:
            self._has_in_time = not all((rows.keys[:, 0] & LATE).all() for rows in self.rows())
        return self._has_in_time

    def rows(self) -> list[Rows]:
        """All rows; a key may be in several lots."""
        return [*(rows for _, rows in self.lots), *self.fresh]

    def recode(self, recoded: Callable[[Rows], Rows]) -> None:
        """Give all rows other codes."""
        self.lots = [(numbers, recoded(rows)) for numbers, rows in self.lots]
        self.fresh = [recoded(rows) for rows in self.fresh]
        self._keys = None

    def restore(self, number: int, rows: Rows) -> None:
        """Take back an entry as a separate lot."""
        self.lots.append(([number], rows))
        self.lots.sort(key=lambda lot: lot[0])
        self.size += len(rows.keys)
        self._has_in_time = None
        self.numbers = count(self.lots[-1][0][-1] + 1)

    def settle(
        self, lows: Sequence[int], growth: float, codes: LabelCodes
    ) -> tuple[list[tuple[int, Rows]], list[int]]:
        """Make entries of the fresh rows; return them, and the numbers of those that they replace.

        Args:
            lows: columns that are the low part of a wide sum.
            growth: a lot is rewritten unless it is so many times as large as all that came after it.
            codes: the label sets behind the first keys.
        """
        rows, replaced, size = self.fresh, [], sum(map(len, (part.keys for part in self.fresh)))
        # The newest lots are the smallest: take them in while they are not much larger than what is new.
        # Sizes of the lots that stay then fall by `growth` from one to the next, so a row is rewritten log(n)
        # times at most.
        while self.lots and len(self.lots[-1][1].keys) < growth * size:
            numbers, lot = self.lots.pop()
            replaced += numbers
            rows.append(lot)
            size += len(lot.keys)
        # `added` gives each key once, in the order of its hash table: sort by code, so that an entry's label
        # sets are runs.
        whole = added(rows, lows).by_code()
        new = [
            (next(self.numbers), Rows(whole.keys[begin:end], whole.sums[begin:end]))
            for begin, end in _entries(whole, codes)
        ]
        if new:
            self.lots.append(([number for number, _ in new], whole))
        self.fresh = []
        self.size = sum(len(lot.keys) for _, lot in self.lots)
        # Rows that have become 0 are gone.
        self._has_in_time = None
        return new, replaced


class Recoded(Protocol):
    """Something that holds rows with codes of labels."""

    def recode(self, recoded: Callable[[Rows], Rows]) -> None:
        """Give all rows other codes."""
        ...


class RowPanes:
    """The rows of all tables by level and pane; those of label sets alone are not limited.

    Args:
        key: the installation's secret, under which ids are hashed.
        tables: the declared ones; entries of others are passed over.
        most: rows in all; beyond it no new identity is followed: its sums count as nobody's.
        most_names: texts that are kept.

    Attributes:
        size: rows in all.
        overflowed: rows of somebody new that found no room.
        changes: a number that grows with every change.

    Example::

        code = panes.codes.of(("tiktok",), late=False)
        panes.add(HOUR_MS, start, table, rows.coded(np.full(len(rows.keys), code)))
        panes.drain()  # changelog entries
    """

    def __init__(
        self, key: HashKey, tables: Iterable[Table] = (), most: int = 2**62, most_names: int = 2**62
    ) -> None:
        self.tables = {table.name: table for table in tables}
        self.names = Names(key, most_names)
        self.most = most
        self.size = 0
        self.overflowed = 0
        self.changes = 0
        self.codes = LabelCodes()
        self.windows: WeakSet[Recoded] = WeakSet()
        """What holds rows with these codes besides the panes."""
        self._most_codes = _LEAST_CODES
        self._panes: dict[int, dict[int, dict[str, _Pane]]] = {}
        self._dirty: set[tuple[int, int, str]] = set()
        self._removed: list[bytes] = []

    def add(self, level: int, begin: int, name: str, rows: Rows) -> Rows:
        """Add rows to a pane.

        Args:
            level: of the pane, ms.
            begin: start of the pane, epoch ms.
            name: of the table that the rows are of.
            rows: increments; their first key is one of ``codes``.

        Returns:
            the rows; if there is no room for all, those of known identities, and the sums of the others as
            nobody's, so that the sums over all identities are the same.
        """
        pane, table = self._pane(level, begin, name), self.tables[name]
        # Sums of label sets or of buckets are bounded by the settings: only identities can fill a table.
        full = self.size + len(rows.keys) > self.most and table.keys not in {(), (BUCKET,)}
        if full:
            rows = self._followed(pane, table, rows)
        pane.add(rows, held=full)
        self.changes += 1
        self._count(table, pane, rows)
        self._dirty.add((level, begin, name))
        return rows

    def _count(self, table: Table, pane: _Pane, rows: Rows) -> None:
        """Count rows of identities, of which there is no more than room for, or label sets."""
        if table.keys:
            self.size += len(rows.keys)
        else:
            # Half a code is its label set, the in-time and the late part alike.
            pane.labels.update([code >> 1 for code in rows.keys[:, 0].tolist()])

    def _followed(self, pane: _Pane, table: Table, rows: Rows) -> Rows:
        there = pane.holds(rows.keys)
        if there.all():
            return rows
        others, sums = rows.keys[~there], rows.sums[~there]
        # The label code stays, so that sums by label are the same; an amount is a number, no hash: here 0.
        nobody = np.full_like(others, NOBODY[0])
        nobody[:, 0] = others[:, 0]
        nobody[:, [place for place, name in enumerate(table.keys, 1) if name == AMOUNT]] = 0
        self.overflowed += int(np.count_nonzero(together(others) != together(nobody)))
        lost = added([Rows(nobody, sums)], table.lows)
        return Rows(
            np.concatenate([rows.keys[there], lost.keys]), np.concatenate([rows.sums[there], lost.sums])
        )

    def count(self, level: int) -> int:
        """How many rows the level has."""
        panes = self._panes.get(level, {}).values()
        return sum(
            pane.size for of_start in panes for name, pane in of_start.items() if self.tables[name].keys
        )

    def count_cells(self, level: int) -> int:
        """How many sums the level has that no identity splits."""
        panes = self._panes.get(level, {}).values()
        return sum(
            len(pane.labels) * self.tables[name].cells(level)
            for of_start in panes
            for name, pane in of_start.items()
            if not self.tables[name].keys
        )

    def starts(self, level: int) -> Iterable[int]:
        """Starts of the level's panes."""
        return self._panes.get(level, {}).keys()

    def starts_in_time(self, level: int) -> Iterator[int]:
        """Starts of those of the level's panes that hold what happened in them and came in time."""
        for start, tables in self._panes.get(level, {}).items():
            if any(pane.has_in_time and not self.tables[name].by_original for name, pane in tables.items()):
                yield start

    def between(self, level: int, start: int, end: int, tables: frozenset[str]) -> Iterator[tuple[str, Rows]]:
        """Table and rows of the panes with ``start <= pane < end``, of some tables."""
        panes = self._panes.get(level, {})
        for begin in begins_of(panes, level, start, end):
            for name, pane in panes[begin].items():
                if name in tables:
                    for rows in pane.rows():
                        yield name, rows

    def by_labels(self, table: str, parts: Sequence[Rows], *, late: bool) -> dict[Labels, Rows]:
        """The sums of some rows by the plain labels of their table, without the codes.

        Args:
            table: name of one of the tables.
            parts: rows, of which several may have one key.
            late: whether the late parts count.
        """
        if not late:
            parts = [_in_time(rows) for rows in parts]
        elif any((rows.keys[:, 0] & LATE).any() for rows in parts):
            parts = [
                Rows(np.column_stack([rows.keys[:, 0] & ~LATE, rows.keys[:, 1:]]), rows.sums)
                for rows in parts
            ]
            parts = [added(parts, self.tables[table].lows)]
        # Each part has its keys once; of several, one key may be in many.
        if len(parts) > 1:
            parts = [added(parts, self.tables[table].lows)]
        if not parts or not len(parts[0].keys):
            return {}
        keys, sums = parts[0].by_code()
        return {
            self.codes.label_set(code).labels: Rows(keys[begin:end, 1:], sums[begin:end])
            for code, begin, end in runs(keys[:, 0])
        }

    def forget(self, level: int, floor: int, of_table: Mapping[str, int]) -> None:
        """Drop the panes that begin before a time, or before that of their table."""
        self.changes += 1
        panes = self._panes.get(level, {})
        # A table may be let go later than its level: what begins before the last floor of all is looked at.
        newest = max((floor, *of_table.values()))
        for begin in [start for start in panes if start < newest]:
            for name in [name for name in panes[begin] if begin < max(floor, of_table.get(name, floor))]:
                pane = panes[begin].pop(name)
                self.size -= pane.size if self.tables[name].keys else 0
                self._dirty.discard((level, begin, name))
                self._removed += [
                    _name(level, begin, name, number) for numbers, _ in pane.lots for number in numbers
                ]
            if not panes[begin]:
                del panes[begin]
        if len(self.codes) > self._most_codes:
            self._forget_labels()

    def _forget_labels(self) -> None:
        """Give codes anew, if most of the label sets that have one are in no pane any more."""
        levels = self._panes.values()
        every = [pane for of_level in levels for of_start in of_level.values() for pane in of_start.values()]
        # Not before half of the codes are unused: recoding writes every row in memory anew.
        if 2 * len(set[int]().union(*(pane.labels for pane in every))) < len(self.codes):
            before, self.codes = self.codes, LabelCodes()

            def recoded(rows: Rows) -> Rows:
                codes, at = np.unique(rows.keys[:, 0], return_inverse=True)
                places = [before.label_set(code) for code in codes.tolist()]
                anew = [self.codes.of(place.labels, late=place.late) for place in places]
                return Rows(rows.keys[:, 1:], rows.sums).coded(np.array(anew, dtype=np.uint64)[at])

            for pane in every:
                pane.recode(recoded)
                live = [before.label_set(2 * half).labels for half in pane.labels]
                pane.labels = {self.codes.of(labels, late=False) >> 1 for labels in live}
            for window in self.windows:
                window.recode(recoded)
        self._most_codes = max(_LEAST_CODES, 2 * len(self.codes))

    def drain(self) -> Iterator[Entry]:
        """Entries changed since the last call; None for the dropped ones."""
        yield from ((name, None) for name in self._removed)
        for level, begin, name in sorted(self._dirty):
            table = self.tables[name]
            pane = self._panes[level][begin][name]
            before = pane.size
            new, replaced = pane.settle(table.lows, _growth(table, level), self.codes)
            self.size += pane.size - before if table.keys else 0
            yield from ((_name(level, begin, name, number), None) for number in replaced)
            for number, rows in new:
                yield _name(level, begin, name, number), msgspec.msgpack.encode(self._packed(table, rows))
        self._removed.clear()
        self._dirty.clear()
        self.changes += 1

    def _packed(self, table: Table, rows: Rows) -> _Packed:
        stretches = [(*self.codes.label_set(code), end - begin) for code, begin, end in runs(rows.keys[:, 0])]
        return stretches, *packed(rows.keys[:, 1:], rows.sums, table.columns)

    def restore(self, name: bytes, value: bytes) -> None:
        """Take back what ``drain`` gave; of a table that is no longer declared, nothing."""
        level, begin, table, number = msgspec.msgpack.decode(name, type=_Name)
        if table in self.tables:
            stretches, keys, sums = msgspec.msgpack.decode(value, type=_Packed)
            rows = unpacked(sum(count for _, _, count in stretches), keys, sums, self.tables[table].columns)
            codes = [self.codes.of(labels, late=late) for labels, late, _ in stretches]
            rows = rows.coded(
                np.repeat(np.array(codes, dtype=np.uint64), [stretch[2] for stretch in stretches])
            )
            pane = self._pane(level, begin, table)
            pane.restore(number, rows)
            self.changes += 1
            self._count(self.tables[table], pane, rows)

    def _pane(self, level: int, begin: int, name: str) -> _Pane:
        pane = self._panes.setdefault(level, {}).setdefault(begin, {})
        if name not in pane:
            pane[name] = _Pane()
        return pane[name]


def begins_of(panes: Collection[int], level: int, start: int, end: int) -> list[int]:
    """The starts of the panes of a window, rising: of a long one there may be few.

    Args:
        panes: the starts of all panes of the level, epoch ms.
        level: from one to the next, ms.
        start: of the window, ms.
        end: of the window, ms, exclusive.
    """
    if (end - start) // level > len(panes):
        return sorted(begin for begin in panes if start <= begin < end and (begin - start) % level == 0)
    return [begin for begin in range(start, end, level) if begin in panes]


def _growth(table: Table, level: int) -> int:
    """Growth differs by level, so that the largest lots are not all rewritten in the same commit."""
    return 2 + table.levels.index(level)


def _in_time(rows: Rows) -> Rows:
    """The rows of the parts in time."""
    late = (rows.keys[:, 0] & LATE).astype(np.bool_)
    return Rows(rows.keys[~late], rows.sums[~late]) if late.any() else rows


def _entries(rows: Rows, codes: LabelCodes) -> list[tuple[int, int]]:
    """Where the entries of some rows begin and end, which stand in the order of their codes."""
    # Bytes of a row when nothing of it packs: an entry is cut by its worst case.
    width = 8 * (rows.keys.shape[1] + rows.sums.shape[1])
    stretches = runs(rows.keys[:, 0])
    if len(rows.keys) * width + sum([codes.size(code) for code, _, _ in stretches]) <= LARGEST_PACK:
        return [(0, len(rows.keys))] if len(rows.keys) else []
    # Labels are said once, before their first row in an entry.
    sizes = np.full(len(rows.keys), width)
    for code, begin, _ in stretches:
        sizes[begin] += codes.size(code)
    return row_cuts(sizes, LARGEST_PACK)


def _name(level: int, begin: int, name: str, number: int) -> bytes:
    return msgspec.msgpack.encode((level, begin, name, number))


def names_needed_from(floors: dict[int, int], tables: Iterable[Table]) -> int | None:
    """Since when names are needed, ms: from the oldest pane that is still kept; None: nobody knows yet."""
    levels = {level for table in tables for level in table.named}
    if not levels <= floors.keys():
        return None
    return min((floors[level] for level in levels), default=None)
