"""The state of one breakdown: sums of an event type's measures by the values of its labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from creator_pulse.stream.aggregates.spans import MINUTE_MS
from creator_pulse.stream.catalog.declaration.labels import FOLDED
from creator_pulse.stream.contributors.places import MOST_ROWS, WHOLE, BreakdownRow, Places
from creator_pulse.stream.contributors.sums import HOUR, HOURS, MOST_MINUTES, RowSums
from creator_pulse.stream.contributors.usual import DAY, growth, usual

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from creator_pulse.stream.catalog.declaration.breakdowns import Breakdown

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Keys = NDArray[np.uint64]

_PLACES, _MINUTE, _HOUR, _POSITION, _WAITING = b"p", b"m", b"h", b"o", b"w"
_NUMBER_BYTES = 8


class _Sums(msgspec.Struct, array_like=True):
    """Sums that are not 0: places in the flat array by row and measure, and numbers."""

    places: list[int]
    totals: list[int]


class _WrittenRows(msgspec.Struct, array_like=True):
    """The rows, and the names by which they are told from those of another declaration."""

    cuts: list[tuple[str, ...]]
    measures: list[str]
    rows: list[BreakdownRow]


class _BreakdownPosition(msgspec.Struct, array_like=True):
    closed: int | None
    first: int | None


class BrokenDown:
    """The sums of one event type in one app.

    Args:
        breakdown: its labels, and pairs of labels.
        measures: ids, in the order of the columns.

    Attributes:
        places: which row is of what.
        sums: by row.
    """

    def __init__(self, breakdown: Breakdown, measures: Sequence[str]) -> None:
        self.measures = tuple(measures)
        self.places = Places(breakdown.cuts)
        self.sums = RowSums(len(measures))
        labels = (FOLDED, *breakdown.labels)
        self._labels = [tuple(labels.index(label) for label in cut) for cut in breakdown.cuts]
        self._ranked = self.measures.index(breakdown.ranked_by)
        self._restoring: dict[bytes, bytes] = {}
        self._written = _BreakdownPosition(None, None)
        # Of an hour, until something of its past changes: what is usual in it.
        self._usual: dict[int, Floats] = {}
        self._growth: Floats | None = None

    def add(self, keys: Keys, minutes: Ints, totals: Ints) -> None:
        """Add increments.

        Args:
            keys: shape (n, labels), n from 1: hashes of the region and of the labels.
            minutes: shape (n,): minute of each row, since the epoch.
            totals: shape (n, measures): increments of each row.
        """
        rows = self._rows(keys, int(minutes.min()))
        height, width = len(self.places), len(rows)
        for minute in np.unique(minutes).tolist():
            at = np.flatnonzero(minutes == minute)
            block = np.empty((height, self.sums.columns), np.int64)
            # The rows of the first cut, then those of the next: so the increments repeat once for each cut.
            of_cuts = np.ascontiguousarray(rows[:, at]).ravel()
            for column in range(self.sums.columns):
                counted = np.ascontiguousarray(totals[at, column])
                # One dimension: the only form of it that numpy is quick with.
                total = np.zeros(height, np.int64)
                np.add.at(total, of_cuts, np.tile(counted, width))
                # No cut has this row, because each increment belongs to the whole exactly once.
                total[WHOLE] = counted.sum()
                block[:, column] = total
            self.sums.add(minute, block)

    def _rows(self, keys: Keys, minute: int) -> NDArray[np.intp]:
        """The rows of increments, shape (cuts, n); as of the first minute in which new ones are counted."""
        # The dictionary of rows is asked once for each distinct value, and not once for each increment.
        distinct = [np.unique(keys[:, label], return_inverse=True) for label in range(keys.shape[1])]
        rows = np.empty((len(self._labels), len(keys)), np.intp)
        for cut, labels in enumerate(self._labels):
            values, places = distinct[labels[0]]
            tuples = [(value,) for value in values.tolist()]
            if len(labels) > 1:
                more, further = distinct[labels[1]]
                # A pair as one number: place of the first value times the number of second ones, plus that.
                pairs, places = np.unique(places * len(more) + further, return_inverse=True)
                seconds = more.tolist()
                tuples = [(*tuples[pair // len(more)], seconds[pair % len(more)]) for pair in pairs.tolist()]
            times = np.bincount(places).tolist()
            of_value = [
                self.places.row_of(cut, hashes, minute, often)
                for hashes, often in zip(tuples, times, strict=True)
            ]
            rows[cut] = np.array(of_value)[places]
        return rows

    def close(self, until_ms: int) -> bool:
        """Close the minutes that end at or before a time; say whether an hour has begun."""
        begun = self.sums.close(until_ms // MINUTE_MS)
        if begun:
            self._let_in()
            self._usual.clear()
            self._growth = None
        return begun

    def _let_in(self) -> None:
        """Give rows to what came oftener in the last hour than a row in the last day."""
        assert self.sums.closed is not None
        hour = self.sums.closed // HOUR
        if not any(self.places.waiting):
            return
        day = sum(self.sums.of_hour(hour - back, len(self.places)) for back in range(1, DAY + 1))
        of_row = np.asarray(day)[:, self._ranked]
        for cut in range(len(self.places.cuts)):
            smallest = sorted(self.places.of_cut(cut), key=lambda row: (int(of_row[row]), row))
            for (hashes, often), row in zip(self.places.candidates(cut), smallest, strict=False):
                if often <= of_row[row]:
                    break
                self.sums.move(row, self.places.other(cut))
                self.places.replace(row, hashes, self.sums.closed)

    def usual(self, hour: int) -> Floats:
        """What an hour usually brings, a minute, by row and measure; NaN where nothing is known."""
        before = self._usual.get(hour)
        if before is None or len(before) != len(self.places):
            if self._growth is None:
                self._growth = growth(self.sums)
            before = self._usual[hour] = usual(self.sums, self.places, hour, self._growth)
        return before

    def drain(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Changelog entries that changed since the last call; None for the dropped ones."""
        if self.places.changed:
            self.places.changed = False
            yield _PLACES, _pack(_WrittenRows(list(self.places.cuts), list(self.measures), self.places.rows))
        if self.places.has_waited:
            self.places.has_waited = False
            yield _WAITING, _pack([list(of_cut.items()) for of_cut in self.places.waiting])
        for kind, arrays, dirty in (
            (_MINUTE, self.sums.minutes, self.sums.dirty_minutes),
            (_HOUR, self.sums.hours, self.sums.dirty_hours),
        ):
            for number in sorted(dirty):
                array = arrays.get(number)
                key = kind + number.to_bytes(_NUMBER_BYTES, "big", signed=True)
                yield key, None if array is None else _packed(array)
            dirty.clear()
        position = _BreakdownPosition(self.sums.closed, self.sums.first)
        if position != self._written:
            self._written = position
            yield _POSITION, _pack(position)

    def restore(self, key: bytes, value: bytes) -> None:
        """Take back an entry; ``resume`` puts them together."""
        self._restoring[key] = value

    def resume(self) -> None:
        """Go on from restored entries; those of another declaration are dropped, and it begins anew."""
        restoring, self._restoring = self._restoring, {}
        if _PLACES not in restoring:
            return
        written = msgspec.msgpack.decode(restoring[_PLACES], type=_WrittenRows)
        if (tuple(written.cuts), tuple(written.measures)) != (self.places.cuts, self.measures):
            # What was written by other columns must not be read by these when it is read again.
            for kind, dirty in ((_MINUTE, self.sums.dirty_minutes), (_HOUR, self.sums.dirty_hours)):
                dirty.update(_number(key) for key in restoring if key[:1] == kind)
            return
        waiting = msgspec.msgpack.decode(
            restoring.get(_WAITING, _pack([[]] * len(written.cuts))),
            type=list[list[tuple[tuple[int, ...], int]]],
        )
        self.places.restore(written.rows, [dict(of_cut) for of_cut in waiting])
        position = self._written = msgspec.msgpack.decode(restoring[_POSITION], type=_BreakdownPosition)
        self.sums.closed, self.sums.first = position.closed, position.first
        for key, value in restoring.items():
            arrays = {_MINUTE: self.sums.minutes, _HOUR: self.sums.hours}.get(key[:1])
            if arrays is not None:
                arrays[_number(key)] = _unpacked(value, len(written.rows), self.sums.columns)


_pack = msgspec.msgpack.Encoder().encode


def _number(key: bytes) -> int:
    return int.from_bytes(key[1:], "big", signed=True)


def _packed(array: Ints) -> bytes:
    flat = array.ravel()
    places = np.flatnonzero(flat)
    return _pack(_Sums(np.diff(places, prepend=0).tolist(), flat[places].tolist()))


def _unpacked(value: bytes, rows: int, columns: int) -> Ints:
    sums = msgspec.msgpack.decode(value, type=_Sums)
    flat = np.zeros(rows * columns, np.int64)
    flat[np.cumsum(np.array(sums.places, np.int64))] = sums.totals
    return flat.reshape(rows, columns)


def largest_bytes(breakdown: Breakdown, measures: int) -> int:
    """Bytes that the sums of a breakdown have at most, in one app."""
    rows = 1 + sum(1 + MOST_ROWS[len(cut) - 1] for cut in breakdown.cuts)
    return rows * measures * 8 * (HOURS + MOST_MINUTES)
