"""Panes: small tumbling windows of sums.

Each sum is kept by the minute, by the hour and by the business day, as far as some window reads it there,
so that a window is a merge of few panes and memory is bounded by windows and keys, never by time running.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.aggregates.spans import DAY_MS, HOUR_MS, MINUTE_MS
from creator_pulse.stream.panes.business_days import BusinessDays
from creator_pulse.stream.panes.cells import Labels
from creator_pulse.stream.panes.lateness import LATE_DAYS, LATE_OLD, LATE_RECENT, ON_TIME
from creator_pulse.stream.panes.past_days import PastDays
from creator_pulse.stream.panes.row_panes import RowPanes, names_needed_from
from creator_pulse.stream.panes.rows import Rows, unpacked
from creator_pulse.stream.panes.versioned import VersionedCache

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from creator_pulse.stream.native.hash_key import HashKey
    from creator_pulse.stream.panes.pane_record import Lot, Partial
    from creator_pulse.stream.panes.tables import Table

Key = tuple[str, Labels]
"""Name of a table, and label values."""
LEVELS = (MINUTE_MS, HOUR_MS, DAY_MS)
_NAMES = {"minute": MINUTE_MS, "hour": HOUR_MS, "day": DAY_MS}
# Level -> what is as late as its panes take it.
_LATEST = {MINUTE_MS: LATE_RECENT, HOUR_MS: LATE_OLD, DAY_MS: LATE_DAYS}


_UTC_DAYS = BusinessDays({"": 0})


class PaneStore:
    """Sums by level, pane start, table, labels and keys: the part in time and the late part.

    Args:
        key: the installation's secret, under which ids are hashed.
        tables: declarations of the sums that are kept.
        days: where the panes of a day begin, by the first label of the sums in them.
        most_rows: of identities that are kept.
        most_names: texts of identities that are kept.

    Attributes:
        identities: the rows.
        past: the same by business days.
        since: by level the measures that are counted from later on than the log, and from when on, epoch ms.
        dropped: increments that came after their pane had gone.

    Example:
        >>> from creator_pulse.stream.native.hash_key import HashKey
        >>> store = PaneStore(HashKey(bytes(16)))
        >>> store.forget(HOUR_MS, floor=7_200_000)
        >>> store.floor(HOUR_MS, "gifts")
        7200000
    """

    def __init__(
        self,
        key: HashKey,
        tables: Iterable[Table] = (),
        days: BusinessDays = _UTC_DAYS,
        most_rows: int = 2**62,
        most_names: int = 2**62,
    ) -> None:
        self.identities = RowPanes(key, tables, most_rows, most_names)
        self.past = PastDays(self.identities, days)
        self.since: dict[int, dict[str, int]] = {level: {} for level in LEVELS}
        self._days = days
        self._began = VersionedCache()
        self._floor: dict[int, int] = {}
        self._floor_of: dict[tuple[int, str], int] = {}
        self.dropped = 0

    def add(self, partial: Partial) -> Iterator[tuple[int, int, Rows, list[Lot]]]:
        """Add increments; say for each level where they went.

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
        # Rows of a lot stand together: its code, repeated, becomes their first key.
        codes = [self.identities.codes.of(lot.labels, late=lot.kind != ON_TIME) for lot in partial.lots]
        rows = rows.coded(np.repeat(np.array(codes, dtype=np.uint64), counts))
        # Lot i has the rows ends[i] - counts[i] to ends[i].
        ends = np.cumsum(counts).tolist()
        for level in table.levels:
            chosen = self._chosen(table, level, partial.lots)
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

    def _chosen(self, table: Table, level: int, lots: Sequence[Lot]) -> dict[int, list[int]]:
        """Pane start -> the places of the lots that a level takes there."""
        chosen: dict[int, list[int]] = {}
        for place, lot in enumerate(lots):
            # Kinds rise with the age of the record: a minute takes none that only hours can still restate.
            if lot.kind > _LATEST[level]:
                continue
            # A pane of a day belongs to a business day, and so to an app: the first label, of what has none
            # any zone.
            days = self._days.begins(lot.start, lot.labels[0]) if level == DAY_MS else None
            for begin in days or (lot.start // level * level,):
                if begin < self._kept_from(level, table):
                    # A partition that was idle for longer than panes are kept came back.
                    self.dropped += lot.rows * (1 if table.keys else table.cells(level))
                else:
                    chosen.setdefault(begin, []).append(place)
        return chosen

    def counts(self) -> dict[str, int]:
        """How many cells there are, and rows of identities, by kind."""
        cells = {f"{name}_cells": self.identities.count_cells(level) for name, level in _NAMES.items()}
        return cells | {f"{name}_rows": self.identities.count(level) for name, level in _NAMES.items()}

    def starts(self, level: int, phase: int = 0) -> list[int]:
        """Starts of the level's panes, rising; of those of a day, the ones with a phase."""
        return sorted(start for start in self.identities.starts(level) if start % level == phase)

    def began(self, level: int, phase: int = 0) -> int | None:
        """Start of the oldest pane of a level and phase in which something happened that came in time."""

        def first() -> int | None:
            starts = (start for start in self.identities.starts_in_time(level) if start % level == phase)
            return min(starts, default=None)

        # Each window asks, as long as the log is younger than the window.
        return self._began.get((level, phase), self.identities.changes, first)

    def floor(self, level: int, name: str) -> int:
        """Start of the oldest pane of a measure or table that is still kept."""
        return max(self._floor.get(level, -(2**62)), self._floor_of.get((level, name), -(2**62)))

    def forget(self, level: int, floor: int, of_table: Mapping[str, int] = MappingProxyType({})) -> None:
        """Drop the panes of a level that begin before a time, or before that of their table."""
        self._floor[level] = max(floor, self._floor.get(level, floor))
        self._floor_of |= {(level, name): start for name, start in of_table.items()}
        keyed = {name: start for name, start in of_table.items() if self._keyed(name)}
        self.identities.forget(level, self._floor[level], keyed)
        needed = names_needed_from(self._floor, self.identities.tables.values())
        if needed is not None:
            self.identities.names.forget(needed)

    def _keyed(self, name: str) -> bool:
        table = self.identities.tables.get(name)
        return table is not None and bool(table.keys)

    def _kept_from(self, level: int, table: Table) -> int:
        """Start of the oldest pane that takes increments; without keys, that of the whole level."""
        return self.floor(level, table.name) if table.keys else self._floor.get(level, -(2**62))
