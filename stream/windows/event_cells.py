"""Rows to cells: one group-by for all measures of an event type."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

import polars as pl

from stream.catalog.declare import MINUTE_MS, Measure
from stream.catalog.labels import OTHER, UNKNOWN
from stream.windows.panes import LATE_OLD, LATE_RECENT, ON_TIME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from stream.events.fields import Event
    from stream.windows.cells import Cell, Labels

LATE_LOST, DROPPED = 3, 4
"""Kinds of rows that no cell has: late and too old to restate anything; not counted at all."""
EVENT_TIME, WATERMARK = "event_time", "watermark"
_CODE, _KIND, _EVENT_PANE, _WATERMARK_PANE = range(4)
_KEYS = ("__code", "__kind", "__event_pane", "__watermark_pane")


@dataclass(frozen=True, slots=True)
class _Take:
    """What one row of the group-by gives: measures that share labels and pane."""

    labels: Labels
    pane: int
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
    """

    def __init__(
        self, topic: str, measures: Sequence[Measure], regions: Mapping[str, tuple[str, ...]]
    ) -> None:
        self._topic = topic
        self._regions = regions
        self._aggregates = tuple(measure.counted.sum().alias(measure.id) for measure in measures)
        self._takes = _takes(measures)
        others = {name for measure in measures for name in measure.labels} - {"app", "region", "topic"}
        self._names = ("app", "region", *sorted(others))
        self._labels_of = attrgetter(*self._names)
        self.columns = frozenset(name for measure in measures for name in measure.counted.meta.root_names())
        """Names of the columns that the measures read."""

    def cells(self, frame: pl.DataFrame, events: Sequence[Event], kinds: Sequence[int]) -> Iterator[Cell]:
        """Sum the rows.

        Regions beyond the series budget count as ``other``; totals stay exact.

        Args:
            frame: ``columns``, ``event_time`` and ``watermark`` (ms) of each event.
            events: they carry the labels.
            kinds: of each row: that of a cell, ``LATE_LOST`` or ``DROPPED``.
        """
        raw = list(map(self._labels_of, events))
        codes = {labels: code for code, labels in enumerate(dict.fromkeys(raw))}
        keys = [
            pl.Series(_KEYS[_CODE], [codes[labels] for labels in raw], dtype=pl.Int64),
            pl.Series(_KEYS[_KIND], kinds, dtype=pl.Int64),
            (frame[EVENT_TIME] // MINUTE_MS).alias(_KEYS[_EVENT_PANE]),
            (frame[WATERMARK] // MINUTE_MS).alias(_KEYS[_WATERMARK_PANE]),
        ]
        summed = frame.hstack(keys).group_by(*_KEYS).agg(*self._aggregates)
        named = [self._named(labels) for labels in codes]
        for row in summed.iter_rows():
            of_row = named[row[_CODE]]
            for take in self._takes.get(row[_KIND], ()):
                labels = tuple(of_row[name] for name in take.labels)
                start = row[take.pane] * MINUTE_MS
                for name, place in take.measures:
                    yield name, labels, start, take.kind, row[place]

    def _named(self, raw: tuple[str | None, ...]) -> dict[str, str]:
        named = {name: text or UNKNOWN for name, text in zip(self._names, raw, strict=True)}
        if named["region"] not in self._regions.get(named["app"], ()):
            named["region"] = OTHER
        return named | {"topic": self._topic}


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
    grouped: dict[tuple[Labels, int], list[tuple[str, int]]] = defaultdict(list)
    for place, (measure, take) in enumerate(zip(measures, wanted, strict=True), len(_KEYS)):
        if take:
            pane = _EVENT_PANE if measure.time == "event" else _WATERMARK_PANE
            grouped[measure.labels, pane].append((measure.id, place))
    for (labels, pane), places in grouped.items():
        yield _Take(labels, pane, kind, tuple(places))
