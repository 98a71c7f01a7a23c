"""Rows to cells: a few group-bys for all measures of an event type, over everything since the last one."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from stream.catalog.declare import MINUTE_MS, Measure
from stream.windows.group_by import GroupBy, Together

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from stream.events.layout import Layout
    from stream.windows.cells import Cell
    from stream.windows.counted_rows import CountedRows


class EventCells:
    """The sums of one event type.

    Args:
        topic: name without prefix.
        measures: of the event type, with rows ``accepted`` or ``late``.
        regions: per app those that have series of their own.
        layout: the columns of the topic's records.
    """

    def __init__(
        self,
        topic: str,
        measures: Sequence[Measure],
        regions: Mapping[str, tuple[str, ...]],
        layout: Layout,
    ) -> None:
        self._layout = layout
        self._passes = tuple(GroupBy(topic, group, regions) for group in _apart(measures))
        read = {name for measure in measures for name in measure.columns}
        self._names = tuple(dict.fromkeys(name for one in self._passes for name in one.names))
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

    def drain(self) -> Iterator[Cell]:
        """Sum what was added since the last call.

        Regions beyond the series budget count as ``other``; totals stay exact.
        """
        pending, self._pending, self.rows = self._pending, [], 0
        if not pending:
            return
        codes = {name: np.concatenate([one.codes[name] for one in pending]) for name in self.codes}
        frame = pl.DataFrame(
            [
                *(self._number(name, pending) for name in self._numbers),
                *(self._text(name, codes[name]) for name in self._texts),
            ]
        )
        rows = Together(
            frame,
            {name: (codes[name], self._known(name)) for name in self._names},
            np.concatenate([one.event_time for one in pending]) // MINUTE_MS,
            np.concatenate([one.watermark for one in pending]) // MINUTE_MS,
            np.concatenate([one.kind for one in pending]),
        )
        for one in self._passes:
            yield from one.cells(rows)

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
        known = pl.Series(name, [*self._known(name), None], dtype=pl.String)
        return known.gather(np.where(codes < 0, len(known) - 1, codes))


def _apart(measures: Sequence[Measure]) -> Iterator[list[Measure]]:
    """The measures that one group-by serves: all of the plain ones, and of the hidden ones those that agree.

    An identity or a size has so many values that it must not split the groups of the others.
    """
    groups: dict[object, list[Measure]] = defaultdict(list)
    for measure in measures:
        hidden = measure.hidden
        groups[(hidden, measure.id if measure.bucket is not None else "")].append(measure)
    yield from groups.values()
