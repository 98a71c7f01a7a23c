"""The first hour of each identity, kept for ever; news about it becomes rows like any others.

A first is a smallest hour, and a smallest hour does not depend on the order in which rows come. So that it
can be added up, restated and forgotten as all sums are, it becomes a row of 1 in its hour's pane, and where
an earlier record moves it, a row of -1 in the pane where it had been.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from creator_pulse.stream.aggregates.spans import HOUR_MS
from creator_pulse.stream.native.sums import runs
from creator_pulse.stream.panes.hours_by_key import HoursByKey
from creator_pulse.stream.panes.lateness import LATE_DAYS
from creator_pulse.stream.panes.pane_record import Lot, Partial
from creator_pulse.stream.panes.row_panes import RowPanes
from creator_pulse.stream.panes.rows import Keys, Rows, added, packed, unpacked
from creator_pulse.stream.panes.tables import HIGH, MIDDLE, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from creator_pulse.stream.catalog.declaration.declare import Measure
    from creator_pulse.stream.lanes.lane import Entry
    from creator_pulse.stream.native.hash_key import HashKey
    from creator_pulse.stream.panes.cells import Labels

FOREVER = 1
"""The level of what never goes: its one pane begins at 0."""
# In time, and how late: a window that no late record may enter must not hear of its firsts either.
_KINDS = LATE_DAYS + 1
Hours = npt.NDArray[np.int64]


class Firsts:
    """The firsts of one merge lane.

    Args:
        tables: measure id -> the table that holds its sums.
        measures: id -> declaration, of the whole catalogue.
        key: the installation's secret, under which ids are hashed.
        most: identities that are followed; a first of somebody new beyond it is none.

    Attributes:
        overflowed: firsts of somebody new that found no room.

    Example::

        for partial in firsts.partials(record.parts):
            ...  # each partial aggregate, followed by the firsts that it changes
    """

    def __init__(
        self,
        tables: Mapping[str, Table],
        measures: Mapping[str, Measure],
        key: HashKey,
        most: int = 2**62,
    ) -> None:
        self.most = most
        self.overflowed = 0
        self._firsts = [
            _First(measures[name], table, tables)
            for name, table in tables.items()
            if name in measures and measures[name].first is not None
        ]
        self._panes = RowPanes(key, (first.hours for first in self._firsts))

    def __len__(self) -> int:
        return sum(map(len, self._firsts))

    def partials(self, partials: Iterable[Partial]) -> Iterator[Partial]:
        """Some partial aggregates, each followed by the firsts that it changes."""
        for partial in partials:
            yield partial
            for first in self._firsts:
                room = self.most - len(self)
                lost, moves = first.moves(partial, self._panes, room)
                self.overflowed += lost
                yield from moves

    def drain(self) -> Iterator[Entry]:
        """Entries changed since the last call; None for the dropped ones."""
        return self._panes.drain()

    def restore(self, name: bytes, value: bytes) -> None:
        """Take back what ``drain`` gave."""
        self._panes.restore(name, value)

    def resume(self) -> None:
        """Go on from a restored state."""
        for first in self._firsts:
            name = first.hours.name
            parts = [rows for _, rows in self._panes.between(FOREVER, 0, 1, frozenset((name,)))]
            for labels, rows in self._panes.by_labels(name, parts, late=False).items():
                first.marks(labels).add(rows)


class _First:
    """One measure's firsts, by plain labels.

    Args:
        measure: the declaration whose rows the firsts become.
        table: where it is summed.
        tables: measure id -> the table that holds its sums.
    """

    def __init__(self, measure: Measure, table: Table, tables: Mapping[str, Table]) -> None:
        assert measure.first is not None
        self._measure = measure
        self._table = table
        # By name, with the columns that say something: 0 of the first itself, 1 of what forbids it.
        self._sources: dict[str, tuple[Table, list[tuple[int, list[int]]]]] = {}
        # The columns of a source come by limb: any of them above 0 says that the row has the event.
        for side, names in enumerate((measure.first.of, measure.first.unless)):
            wanted = {measure_id + end for measure_id in names for end in ("", MIDDLE, HIGH)}
            for source in dict.fromkeys(tables[name] for name in names):
                places = [place for place, column in enumerate(source.columns) if column in wanted]
                self._sources.setdefault(source.name, (source, []))[1].append((side, places))
        # Column side * _KINDS + kind: the hour of the first row of that kind; side 1 is what forbids the
        # first.
        columns = tuple(f"{side}{kind}" for side in range(2) for kind in range(_KINDS))
        name = f"{measure.id}|{','.join(measure.labels)}"
        self.hours = Table(
            name, "", table.plain, table.keys, (FOREVER,), columns, columns, (), table.route, frozenset()
        )
        """Hours since the epoch by side and kind, 0 where there is none: sums, moved by differences."""
        self._marks: dict[Labels, HoursByKey] = {}

    def __len__(self) -> int:
        return sum(map(len, self._marks.values()))

    def marks(self, labels: Labels) -> HoursByKey:
        """The hours of the identities with some plain labels."""
        return self._marks.setdefault(labels, HoursByKey(len(self.hours.columns)))

    def moves(self, partial: Partial, panes: RowPanes, room: int) -> tuple[int, list[Partial]]:
        """The firsts that a partial aggregate changes; new ones are kept.

        Args:
            partial: increments of one table.
            panes: where the hours are kept.
            room: how many may be new.

        Returns:
            how many found no room, and rows of firsts.
        """
        if partial.table not in self._sources or not partial.lots:
            return 0, []
        lost = 0
        moves: list[Partial] = []
        source, sides = self._sources[partial.table]
        rows = unpacked(partial.rows, partial.keys, partial.sums, source.columns)
        for side, columns in sides:
            there = np.any(rows.sums[:, columns] > 0, axis=1)
            for lot, own in partial.spans():
                keys = rows.keys[own, 0][there[own]]
                marks = self.marks(lot.labels)
                before = marks.of(keys)
                # A lot is of one kind and one pane, so all its rows compete for one column with one hour.
                column, hour = side * _KINDS + lot.kind, lot.start // HOUR_MS
                later = (before[:, column] == 0) | (before[:, column] > hour)
                if not later.any():
                    continue
                keys, before = keys[later], before[later]
                # Without any hour yet: whoever is new needs room, and the first ones of the log get it.
                new = np.flatnonzero(~before.any(axis=1))
                if len(new) > room:
                    lost += len(new) - max(0, room)
                    beyond = new[max(0, room) :]
                    keys, before = np.delete(keys, beyond), np.delete(before, beyond, axis=0)
                room -= len(new)
                if len(keys):
                    # The change is kept as a difference, so that the panes add it up like any other sum.
                    after = before.copy()
                    after[:, column] = hour
                    change = Rows(keys[:, None], after - before)
                    marks.add(change)
                    codes = np.full(len(keys), panes.codes.of(lot.labels, late=False), dtype=np.uint64)
                    panes.add(FOREVER, 0, self.hours.name, change.coded(codes))
                    moves += self._moved(lot.labels, keys, _shown(before), _shown(after))
        return lost, moves

    def _moved(self, labels: Labels, keys: Keys, before: Hours, after: Hours) -> Iterator[Partial]:
        """Rows of 1 where a first is now, of -1 where it was; a kind holds what those before it lack."""
        parts = [*_changes(before, -1), *_changes(after, 1)]
        # One identity may be in both: moved within the hour it adds up to 0, and is no row.
        whole = added(parts, ())
        places, rows = whole.keys[:, 0], whole.keys[:, 1]
        order = np.lexsort((rows, places))
        lots = [
            Lot(labels, place // _KINDS * HOUR_MS, place % _KINDS, end - begin)
            for place, begin, end in runs(places[order])
        ]
        if lots:
            own = keys[rows[order]][:, None]
            yield Partial(self._table.name, lots, *packed(own, whole.sums[order], (self._measure.id,)))


def _changes(hours: Hours, sign: int) -> Iterator[Rows]:
    """Rows of a first by hour and kind, as one number, and by identity, as its place.

    Args:
        hours: of the first as it is seen up to each kind, shape (n, kinds); 0 where there is none.
        sign: 1 where it is, -1 where it was.
    """
    rows, kinds = np.nonzero(hours)
    places = hours[rows, kinds] * _KINDS + kinds
    # A window of kind k adds the rows of kinds 0 to k, so a row of kind k holds what kind k sees beyond what
    # kind k - 1 saw: telescoping, their sum is what kind k sees.
    within = kinds < _KINDS - 1
    for place, row, part in ((places, rows, sign), (places[within] + 1, rows[within], -sign)):
        yield Rows(np.column_stack([place, row]).astype(np.uint64), np.full((len(row), 1), part))


def _shown(marks: Hours) -> Hours:
    """The hour of each first as somebody sees it who hears of rows up to each kind; 0 where there is none.

    Args:
        marks: shape (n, 2 * kinds).
    """
    # 0 means none here, which would win each minimum: so it counts as the end of time meanwhile.
    never = np.iinfo(np.int64).max
    hours = np.where(marks == 0, never, marks)
    own, other = (np.minimum.accumulate(half, axis=1) for half in np.split(hours, 2, axis=1))
    first: Hours = np.where(own < other, own, 0)
    return first
