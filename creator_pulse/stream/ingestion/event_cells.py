"""Rows to cells: a few group-bys for all measures of an event type, over everything since the last one."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from creator_pulse.stream.aggregates.spans import HOUR_MS, MINUTE_MS
from creator_pulse.stream.catalog.declaration.declare import COHORT_MS, Measure
from creator_pulse.stream.catalog.declaration.labels import FOLDED
from creator_pulse.stream.catalog.declaration.signals import SLOT_MS
from creator_pulse.stream.events.fields import ORIGINAL_TIME
from creator_pulse.stream.ingestion.combined import distinct, folded
from creator_pulse.stream.ingestion.counted_rows import ReadColumns
from creator_pulse.stream.ingestion.group_by import GroupBy, Together
from creator_pulse.stream.ingestion.identity_sums import IdentitySums
from creator_pulse.stream.panes.lateness import LATE_DAYS, LATE_OLD

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    import numpy.typing as npt

    from creator_pulse.stream.events.layout import Layout
    from creator_pulse.stream.ingestion.counted_rows import CountedRows
    from creator_pulse.stream.ingestion.sent_names import SentNames
    from creator_pulse.stream.panes.cells import Cell
    from creator_pulse.stream.panes.pane_record import Partial
    from creator_pulse.stream.panes.tables import Table

    MinutesOf = Callable[[npt.NDArray[np.int64]], npt.NDArray[np.int64]]

_FEW_TEXTS = 256
"""Texts of a column that become categories: most columns that conditions look at have fewer."""


class EventCells:
    """The sums of one event type.

    Args:
        topic: name of the input topic, without the prefix of the settings.
        measures: of the event type, with rows ``accepted`` or ``late``.
        regions: per app those that have series of their own.
        layout: the columns of the topic's records.
        tables: of what some window reads, by measure.
        sent: which texts merge lanes have.
        partitions: number of merge lanes.
        slots: the table of the event type's signals; None: it has none.
        breakdown: the table of the same by more labels; None: it has none.
        minutes_of: gives the minutes since the epoch under whose panes times count, ms, shape (n,).

    Example::

        cells.add(rows)  # of each batch
        cells.drain()  # with each checkpoint: sums over everything added
    """

    def __init__(
        self,
        topic: str,
        measures: Sequence[Measure],
        regions: Mapping[str, tuple[str, ...]],
        layout: Layout,
        tables: Mapping[str, Table],
        sent: SentNames,
        partitions: int,
        slots: Table | None = None,
        breakdown: Table | None = None,
        *,
        minutes_of: MinutesOf,
    ) -> None:
        self._layout = layout
        self._minutes_of = minutes_of
        self._regions = frozenset(region for of_app in regions.values() for region in of_app)
        hidden = {
            measure.id: measure for measure in measures if measure.id in tables and tables[measure.id].keys
        }
        signalled = {measure.id: measure for measure in measures if slots and measure.id in slots.measures}
        # What only a signal reads is in no cell.
        plain = [
            measure
            for measure in measures
            if measure.id not in hidden
            and (measure.id not in signalled or measure.counter or measure.id in tables)
        ]
        self._plain = _by_time(topic, plain, regions)
        # Several measures share a table; each table is summed once.
        self._tables = tuple(
            IdentitySums(table, hidden, layout, sent, partitions)
            for table in dict.fromkeys(tables[name] for name in hidden)
        )
        self._slots = slots is not None
        self._tables += tuple(
            IdentitySums(table, signalled, layout, sent, partitions)
            for table in (slots, breakdown)
            if table is not None
        )
        # Two tables may sum the same expression: it is computed once.
        self._expressions = tuple(
            {
                expression.meta.output_name(): expression
                for table in self._tables
                for expression in table.expressions
            }.values()
        )
        names = [each.names for each in self._plain] + [each.names for each in self._tables]
        self._names = tuple(dict.fromkeys(chain.from_iterable(names)))
        every = (*plain, *hidden.values(), *signalled.values())
        self._original = any(measure.time == "original" for measure in every)
        read = _columns_read(every)
        self._texts = tuple(sorted(read & set(layout.texts)))
        self._numbers = tuple(sorted(read - set(layout.texts)))
        self.columns = ReadColumns(tuple(dict.fromkeys((*self._names, *self._texts))), self._numbers)
        """What rows must bring."""
        self._categories = pl.Categorical(pl.Categories.random())
        self._pending: list[CountedRows] = []
        self.rows = 0

    def add(self, rows: CountedRows) -> None:
        """Take rows; they are summed by the next ``drain``."""
        if len(rows):
            self._pending.append(rows)
            self.rows += len(rows)

    def drain(self) -> tuple[list[Cell], list[tuple[int, Partial]]]:
        """Sum the rows added since the last call.

        Regions beyond the series budget count as ``other``; totals stay exact.

        Returns:
            cells, and partial aggregates with the merge lane of each.
        """
        pending, self._pending, self.rows = self._pending, [], 0
        if not pending:
            return [], []
        codes = {
            name: np.concatenate([rows_of_batch.codes[name] for rows_of_batch in pending])
            for name in self.columns.texts
        }
        frame = pl.DataFrame(
            [
                *(self._number(name, pending) for name in self._numbers),
                *(self._text(name, codes[name]) for name in self._texts),
            ]
        )
        times = np.concatenate([rows_of_batch.event_time for rows_of_batch in pending])
        kind = np.concatenate([rows_of_batch.kind for rows_of_batch in pending])
        # What is so late is in no pane of a minute, so its minute must not split the rows.
        by_hour = np.isin(kind, (LATE_OLD, LATE_DAYS))
        rows = Together(
            frame,
            {name: self._labels(name, codes[name]) for name in self._names},
            self._minutes(times, by_hour),
            self._minutes(self._originals(frame, times), by_hour),
            self._minutes_of(np.concatenate([rows_of_batch.watermark for rows_of_batch in pending])),
            kind,
            times // SLOT_MS if self._slots else times,
        )
        cells = [cell for group_by in self._plain for cell in group_by.cells(rows)]
        if not self._tables:
            return cells, []
        values = frame.select(self._expressions)
        return cells, [sent for table in self._tables for sent in table.partials(rows, values)]

    def _minutes(self, times: npt.NDArray[np.int64], by_hour: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """The minutes of times; where they are by the hour, its first one."""
        return np.where(by_hour, times // HOUR_MS * (HOUR_MS // MINUTE_MS), self._minutes_of(times))

    def _originals(self, frame: pl.DataFrame, times: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The times of the records that are taken back, ms; if unknown or too long ago, the event's own."""
        if not self._original:
            return times
        originals = frame[ORIGINAL_TIME].fill_null(0).to_numpy()
        # Null is 0, and too long ago: so it falls back to the event's own time as well.
        return np.where((originals <= times) & (times - originals <= COHORT_MS), originals, times)

    def _labels(self, name: str, codes: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.int32], Sequence[str]]:
        texts = self._known(name)
        return folded(codes, texts, self._regions) if name == FOLDED else (codes, texts)

    def _known(self, name: str) -> list[str]:
        texts: list[str] = self._layout.dictionaries[self._layout.texts[name]].texts
        return texts

    def _number(self, name: str, pending: Sequence[CountedRows]) -> pl.Series:
        column = pl.Series(name, np.concatenate([rows_of_batch.numbers[name] for rows_of_batch in pending]))
        if name in self._layout.flags:
            column = column.cast(pl.Boolean)
        there = [rows_of_batch.there[name] for rows_of_batch in pending if name in rows_of_batch.there]
        if there and not all(of_batch.all() for of_batch in there):
            return column.set(~pl.Series(np.concatenate(there)), None)
        return column

    def _text(self, name: str, codes: npt.NDArray[np.int32]) -> pl.Series:
        dictionary = self._known(name)
        # Each text becomes a Python object once, not once a row.
        there, place = distinct(codes.astype(np.int64) + 1, len(dictionary) + 1)
        texts = [dictionary[code - 1] if code else None for code in there.tolist()]
        # As categories a comparison with a text is one of integers. Categories stay as long as the lane does,
        # so a column of free text has none.
        dtype = self._categories if len(dictionary) <= _FEW_TEXTS else pl.String()
        return pl.Series(name, texts, dtype=dtype).gather(place)


def _columns_read(measures: Collection[Measure]) -> set[str]:
    """The columns that measures look at, with the original time if one counts by it."""
    read = {name for measure in measures for name in measure.columns}
    return read | {ORIGINAL_TIME} if any(measure.time == "original" for measure in measures) else read


def _by_time(
    topic: str, measures: Collection[Measure], regions: Mapping[str, tuple[str, ...]]
) -> tuple[GroupBy, ...]:
    """A group-by for the measures by the time of the event, and one for those by the original time."""
    return tuple(
        GroupBy(topic, chosen, regions, original=original)
        for original in (False, True)
        if (chosen := [measure for measure in measures if (measure.time == "original") is original])
    )
