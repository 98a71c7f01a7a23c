"""Panes: small tumbling windows of sums, and rolling sums over them.

Each cell is kept at two levels, by the minute and by the hour, so that a day is a merge of 24
panes and memory is bounded by windows and keys, never by time running.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from stream.catalog.declare import HOUR_MS, MINUTE_MS, WINDOWS, Window
from stream.windows.cells import Labels
from stream.windows.pane_record import packed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Key = tuple[str, Labels]
"""Measure id and label values."""
ON_TIME, LATE_RECENT, LATE_OLD = range(3)
"""In time; late but young enough to restate every window; young enough for hourly ones only."""
LEVELS = (MINUTE_MS, HOUR_MS)
_NAME = msgspec.msgpack.Decoder(tuple[int, int, str, Labels])
_CELL = msgspec.msgpack.Decoder(list[int | str])


class PaneStore:
    """Sums by level, pane start and key: the part in time and the late part.

    Args:
        windows: that are merged from them.
    """

    def __init__(self, windows: Iterable[Window] = WINDOWS.values()) -> None:
        reaches = [(window.step_ms, window.size_ms + window.restate_ms) for window in windows]
        self._keep = {
            level: max((reach for step, reach in reaches if step == level), default=0) for level in LEVELS
        }
        """How far behind the closed windows a pane can still be needed, ms."""
        self._panes: dict[int, dict[int, dict[Key, list[int]]]] = {level: {} for level in LEVELS}
        self._dirty: set[tuple[int, int, Key]] = set()
        self._gone: set[tuple[int, int, Key]] = set()
        self._floor: dict[int, int] = {}
        self.dropped = 0

    def add(self, key: Key, start: int, kind: int, total: int) -> Iterator[tuple[int, int, bool]]:
        """Add an increment; say for each level where it went, and whether the cell is new.

        Args:
            key: measure and labels.
            start: of the minute, epoch ms.
            kind: ``ON_TIME``, ``LATE_RECENT`` or ``LATE_OLD``.
            total: the increment.
        """
        for level in LEVELS if kind != LATE_OLD else LEVELS[1:]:
            begin = start // level * level
            if begin < self._floor.get(level, begin):
                # A partition that was idle for longer than panes are kept came back.
                self.dropped += 1
                continue
            pane = self._panes[level].setdefault(begin, {})
            fresh = key not in pane
            cell = pane.setdefault(key, [0, 0])
            cell[kind != ON_TIME] += total
            self._dirty.add((level, begin, key))
            yield level, begin, fresh

    def count(self, level: int) -> int:
        """How many cells the level has."""
        return sum(map(len, self._panes[level].values()))

    def starts(self, level: int) -> list[int]:
        """Starts of the level's panes, rising."""
        return sorted(self._panes[level])

    def between(self, level: int, start: int, end: int) -> Iterator[tuple[Key, list[int]]]:
        """The cells of the panes with ``start <= pane < end``."""
        panes = self._panes[level]
        for begin in range(start, end, level):
            if begin in panes:
                yield from panes[begin].items()

    def floor(self, level: int) -> int:
        """Start of the oldest pane that is still kept."""
        return self._floor.get(level, -(2**62))

    def forget(self, level: int, frontier: int) -> None:
        """Drop the panes that no window closed at ``frontier`` or later needs."""
        floor = frontier - self._keep[level]
        self._floor[level] = max(floor, self._floor.get(level, floor))
        for begin in [start for start in self._panes[level] if start < floor]:
            for key in self._panes[level].pop(begin):
                self._gone.add((level, begin, key))

    def drain(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Entries changed since the last call; None for the dropped ones."""
        for level, begin, key in sorted(self._gone):
            yield msgspec.msgpack.encode((level, begin, *key)), None
        for level, begin, key in sorted(self._dirty - self._gone):
            cell = self._panes[level][begin][key]
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
        self._panes[level].setdefault(begin, {})[measure, labels] = cell


class RollingSums:
    """Sums over one window, moved on pane by pane: a hop costs the same whatever its size.

    Args:
        window: its size and step.
        panes: where the cells are.
        measures: ids of the measures that are summed.
    """

    def __init__(self, window: Window, panes: PaneStore, measures: frozenset[str]) -> None:
        self._window = window
        self._panes = panes
        self._measures = measures
        self.end: int | None = None
        self.sums: dict[Key, list[int]] = {}
        """Key -> [sum in time, late sum, number of panes]."""

    def move(self, end: int) -> None:
        """Move to the window that ends at ``end``; never back."""
        size, step = self._window.size_ms, self._window.step_ms
        if self.end is None or end - self.end >= size:
            self.sums = {}
            self._merge(end - size, end, 1)
        else:
            self._merge(self.end, end, 1)
            self._merge(self.end - size, end - size, -1)
        self.end = end
        assert end % step == 0

    def add(self, key: Key, start: int, *, late: bool, total: int, fresh: bool) -> None:
        """Mirror an increment of a pane.

        Args:
            key: measure and labels.
            start: of the pane at the window's level.
            late: whether it belongs to the late part.
            total: the increment.
            fresh: whether the pane had no such cell before.
        """
        if self.end is None or key[0] not in self._measures:
            return
        if not self.end - self._window.size_ms <= start < self.end:
            return
        cell = self.sums.setdefault(key, [0, 0, 0])
        cell[late] += total
        cell[2] += fresh

    def _merge(self, start: int, end: int, sign: int) -> None:
        for key, cell in self._panes.between(self._window.step_ms, start, end):
            if key[0] in self._measures:
                total = self.sums.setdefault(key, [0, 0, 0])
                total[0] += sign * cell[0]
                total[1] += sign * cell[1]
                total[2] += sign
                if not total[2]:
                    del self.sums[key]
