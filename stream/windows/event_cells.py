"""Rows to cells: one group-by for all measures of an event type, over everything since the last one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from stream.catalog.declare import MINUTE_MS, Measure
from stream.catalog.labels import OTHER, UNKNOWN
from stream.windows.combined import Combined, distinct
from stream.windows.panes import LATE_OLD, LATE_RECENT, ON_TIME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from stream.events.layout import Layout
    from stream.windows.cells import Cell, Labels
    from stream.windows.counted_rows import CountedRows

LATE_LOST, DROPPED = 3, 4
"""Kinds of rows that no cell has: late and too old to restate anything; not counted at all."""
_KINDS = 5
_GROUP = "__group"


@dataclass(frozen=True, slots=True)
class _Take:
    """What one row of the group-by gives: measures that share labels and pane."""

    labels: Labels
    by_event_time: bool
    kind: int
    measures: tuple[tuple[str, int], ...]


class EventCells:
    """The group-by of one event type.

    Its keys are finer than the labels of a single measure (time *and* watermark, all labels), so
    that one pass serves all of them: what it yields more than once is added up by whoever takes it.

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
        self._topic = topic
        self._regions = regions
        self._layout = layout
        self._aggregates = tuple(measure.counted.sum().alias(measure.id) for measure in measures)
        self._takes = _takes(measures)
        others = {name for measure in measures for name in measure.labels} - {"app", "region", "topic"}
        self._names = ("app", "region", *sorted(others))
        read = {name for measure in measures for name in measure.counted.meta.root_names()}
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
        labels = Combined.of([(codes[name], self._known(name)) for name in self._names])
        time = np.concatenate([one.event_time for one in pending]) // MINUTE_MS
        mark = np.concatenate([one.watermark for one in pending]) // MINUTE_MS
        kind = np.concatenate([one.kind for one in pending])
        groups, group = _grouped_by(labels, time, mark, kind)
        frame = pl.DataFrame(
            [
                pl.Series(_GROUP, group),
                *(self._number(name, pending) for name in self._numbers),
                *(self._text(name, codes[name]) for name in self._texts),
            ]
        )
        named = [self._named(raw) for raw in labels.texts()]
        for row in frame.group_by(_GROUP).agg(*self._aggregates).iter_rows():
            of_row, time_pane, mark_pane, of_kind = groups[row[0]]
            for take in self._takes.get(of_kind, ()):
                values = tuple([named[of_row][name] for name in take.labels])
                start = (time_pane if take.by_event_time else mark_pane) * MINUTE_MS
                for name, place in take.measures:
                    yield name, values, start, take.kind, row[place]

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

    def _named(self, raw: tuple[str | None, ...]) -> dict[str, str]:
        named = {name: text or UNKNOWN for name, text in zip(self._names, raw, strict=True)}
        if named["region"] not in self._regions.get(named["app"], ()):
            named["region"] = OTHER
        named["topic"] = self._topic
        return named


def _grouped_by(
    labels: Combined, time: npt.NDArray[np.int64], mark: npt.NDArray[np.int64], kind: npt.NDArray[np.int64]
) -> tuple[list[tuple[int, int, int, int]], npt.NDArray[np.intp]]:
    """Of each group the place of its labels, both panes and the kind; and the group of each row."""
    time_first, mark_first = int(time.min()), int(mark.min())
    times, marks = int(time.max()) - time_first + 1, int(mark.max()) - mark_first + 1
    panes, pane = distinct((time - time_first) * marks + (mark - mark_first), times * marks)
    key = (labels.place * len(panes) + pane) * _KINDS + kind
    keys, group = distinct(key, len(labels.codes) * len(panes) * _KINDS)
    groups = []
    for one in keys.tolist():
        rest, of_kind = divmod(one, _KINDS)
        of_labels, of_pane = divmod(rest, len(panes))
        time_pane, mark_pane = divmod(int(panes[of_pane]), marks)
        groups.append((of_labels, time_pane + time_first, mark_pane + mark_first, of_kind))
    return groups, group


def _takes(measures: Sequence[Measure]) -> dict[int, tuple[_Take, ...]]:
    """By kind of row.

    A late record restates the windows of its own time, and counts as late on top of that.
    """
    accepted = [measure.rows == "accepted" for measure in measures]
    late = tuple(_grouped(measures, [not one for one in accepted], ON_TIME))
    part = [one and measure.time == "event" for one, measure in zip(accepted, measures, strict=True)]
    return {
        ON_TIME: tuple(_grouped(measures, accepted, ON_TIME)),
        LATE_RECENT: (*late, *_grouped(measures, part, LATE_RECENT)),
        LATE_OLD: (*late, *_grouped(measures, part, LATE_OLD)),
        LATE_LOST: late,
    }


def _grouped(measures: Sequence[Measure], wanted: Sequence[bool], kind: int) -> Iterator[_Take]:
    grouped: dict[tuple[Labels, bool], list[tuple[str, int]]] = defaultdict(list)
    for place, (measure, take) in enumerate(zip(measures, wanted, strict=True), 1):
        if take:
            grouped[measure.labels, measure.time == "event"].append((measure.id, place))
    for (labels, by_event_time), places in grouped.items():
        yield _Take(labels, by_event_time, kind, tuple(places))
