"""Rows to cells: a few group-bys for all measures of an event type, over everything since the last one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from creator_pulse.stream.catalog.declaration.declare import COHORT_MS, HOUR_MS, MINUTE_MS, Measure
from creator_pulse.stream.catalog.declaration.labels import FOLDED
from creator_pulse.stream.events.fields import ORIGINAL_TIME
from creator_pulse.stream.windows.combined import distinct, folded
from creator_pulse.stream.windows.group_by import GroupBy, Together
from creator_pulse.stream.windows.identity_sums import IdentitySums
from creator_pulse.stream.windows.panes import LATE_DAYS, LATE_OLD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from creator_pulse.stream.events.layout import Layout
    from creator_pulse.stream.windows.cells import Cell
    from creator_pulse.stream.windows.counted_rows import CountedRows
    from creator_pulse.stream.windows.identity_names import Told
    from creator_pulse.stream.windows.pane_record import Partial
    from creator_pulse.stream.windows.tables import Table


class EventCells:
    """The sums of one event type.

    Args:
        topic: name without prefix.
        measures: of the event type, with rows ``accepted`` or ``late``.
        regions: per app those that have series of their own.
        layout: the columns of the topic's records.
        tables: of what some window reads, by measure.
        told: which texts were told of.
        partitions: number of merge lanes.
    """

    def __init__(
        self,
        topic: str,
        measures: Sequence[Measure],
        regions: Mapping[str, tuple[str, ...]],
        layout: Layout,
        tables: Mapping[str, Table],
        told: Told,
        partitions: int,
    ) -> None:
        self._layout = layout
        self._regions = frozenset(region for of_app in regions.values() for region in of_app)
        hidden = {one.id: one for one in measures if one.id in tables and tables[one.id].keys}
        plain = [one for one in measures if one.id not in hidden]
        self._plain = tuple(
            GroupBy(topic, chosen, regions, original=original)
            for original in (False, True)
            if (chosen := [one for one in plain if (one.time == "original") is original])
        )
        self._tables = tuple(
            IdentitySums(table, hidden, layout, told, partitions)
            for table in dict.fromkeys(tables[name] for name in hidden)
        )
        read = {name for one in (*plain, *hidden.values()) for name in one.columns}
        self._original = any(one.time == "original" for one in (*plain, *hidden.values()))
        if self._original:
            read.add(ORIGINAL_TIME)
        names = (*(one.names for one in self._plain), *(one.names for one in self._tables))
        self._names = tuple(dict.fromkeys(name for of_one in names for name in of_one))
        self._texts = tuple(sorted(read & set(layout.texts)))
        self._numbers = tuple(sorted(read - set(layout.texts)))
        self._pending: list[CountedRows] = []
        self.rows = 0

    @property
    def codes(self) -> tuple[str, ...]:
        """Columns of texts that rows must bring: labels, and what measures ask."""
        return tuple(dict.fromkeys((*self._names, *self._texts)))

    @property
    def numbers(self) -> tuple[str, ...]:
        """Columns of integers and booleans that measures read, made and dated ones included."""
        return self._numbers

    def add(self, rows: CountedRows) -> None:
        """Take rows; they are summed by the next ``drain``."""
        if len(rows):
            self._pending.append(rows)
            self.rows += len(rows)

    def drain(self) -> tuple[list[Cell], list[tuple[int, Partial]]]:
        """Sum what was added since the last call.

        Regions beyond the series budget count as ``other``; totals stay exact.

        Returns:
            cells, and of each merge lane what its tables add.
        """
        pending, self._pending, self.rows = self._pending, [], 0
        if not pending:
            return [], []
        codes = {name: np.concatenate([one.codes[name] for one in pending]) for name in self.codes}
        frame = pl.DataFrame(
            [
                *(self._number(name, pending) for name in self._numbers),
                *(self._text(name, codes[name]) for name in self._texts),
            ]
        )
        times = np.concatenate([one.event_time for one in pending])
        kind = np.concatenate([one.kind for one in pending])
        # What is so late is in no pane of a minute, so its minute must not split the rows.
        by_hour = np.isin(kind, (LATE_OLD, LATE_DAYS))
        rows = Together(
            frame,
            {name: self._labels(name, codes[name]) for name in self._names},
            _minutes(times, by_hour),
            _minutes(self._originals(frame, times), by_hour),
            np.concatenate([one.watermark for one in pending]) // MINUTE_MS,
            kind,
        )
        cells = [cell for one in self._plain for cell in one.cells(rows)]
        if not self._tables:
            return cells, []
        made = frame.select(expression for one in self._tables for expression in one.expressions)
        return cells, [sent for one in self._tables for sent in one.partials(rows, made)]

    def _originals(self, frame: pl.DataFrame, times: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The times of what is taken back, ms; where they are not known or too long ago, the event's own."""
        if not self._original:
            return times
        said = frame[ORIGINAL_TIME].fill_null(0).to_numpy()
        return np.where((said <= times) & (times - said <= COHORT_MS), said, times)

    def _labels(self, name: str, codes: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.int32], Sequence[str]]:
        known = self._known(name)
        return folded(codes, known, self._regions) if name == FOLDED else (codes, known)

    def _known(self, name: str) -> list[str]:
        found: list[str] = self._layout.dictionaries[self._layout.texts[name]].texts
        return found

    def _number(self, name: str, pending: Sequence[CountedRows]) -> pl.Series:
        column = pl.Series(name, np.concatenate([one.numbers[name] for one in pending]))
        if name in self._layout.flags:
            column = column.cast(pl.Boolean)
        there = [one.there[name] for one in pending if name in one.there]
        if there and not all(one.all() for one in there):
            return column.set(~pl.Series(np.concatenate(there)), None)
        return column

    def _text(self, name: str, codes: npt.NDArray[np.int32]) -> pl.Series:
        known = self._known(name)
        there, place = distinct(codes.astype(np.int64) + 1, len(known) + 1)
        texts = [known[code - 1] if code else None for code in there.tolist()]
        return pl.Series(name, texts, dtype=pl.String).gather(place)


def _minutes(times: npt.NDArray[np.int64], by_hour: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """The minutes of times; where they are by the hour, its first one."""
    return np.where(by_hour, times // HOUR_MS * (HOUR_MS // MINUTE_MS), times // MINUTE_MS)
