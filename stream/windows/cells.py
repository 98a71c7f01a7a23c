"""Rows to cells: one group-by for all measures that share an event type and labels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from stream.catalog.declare import MINUTE_MS, Measure
from stream.catalog.labels import OTHER
from stream.settings import Settings

Labels = tuple[str, ...]
Cell = tuple[str, Labels, int, int]
"""Measure id, label values, start of its pane (epoch ms), sum."""

EVENT_TIME, WATERMARK = "event_time", "watermark"


@dataclass(frozen=True, slots=True)
class Group:
    """Measures that one group-by computes."""

    labels: Labels
    time: str
    measures: tuple[Measure, ...]
    aggregates: tuple[pl.Expr, ...]


class Plan:
    """The group-bys of one topic.

    Args:
        measures: all of the topic, those of every topic included.
        settings: which regions have series of their own.
    """

    def __init__(self, measures: tuple[Measure, ...], settings: Settings) -> None:
        self._region = _region_label(settings.regions)
        accepted = [measure for measure in measures if measure.rows == "accepted"]
        late = [measure for measure in measures if measure.rows == "late"]
        self.accepted = _by_event(accepted)
        # A late record restates the windows of its own time, and counts as late on top of that.
        self.late_part = _by_event([measure for measure in accepted if measure.time == "event"])
        self.late = _by_event(late)
        self.every = _by_event([measure for measure in measures if measure.rows == "every"])
        self._columns: dict[str, frozenset[str]] = {
            event: frozenset(_columns(measure for measure in measures if measure.event == event))
            for event in {measure.event for measure in measures}
        }

    def columns(self, event: str) -> frozenset[str]:
        """Names of the columns that the measures of an event type read."""
        return self._columns.get(event, frozenset())

    def cells(self, frame: pl.DataFrame, groups: tuple[Group, ...]) -> Iterator[Cell]:
        """Sum the rows.

        Args:
            frame: rows of one event type with its columns, ``event_time`` and ``watermark`` (ms).
            groups: ``accepted[event]``, ``late_part[event]``, ``late[event]`` or ``every["*"]``.
        """
        if not len(frame):
            return
        if "region" in frame.columns:
            frame = frame.with_columns(self._region)
        if "surface" in frame.columns:
            frame = frame.with_columns(pl.col("surface").fill_null("unknown"))
        for group in groups:
            pane = (pl.col(group.time) // MINUTE_MS * MINUTE_MS).alias("__pane")
            summed = frame.group_by(*group.labels, pane).agg(*group.aggregates)
            size = len(group.labels)
            for row in summed.iter_rows():
                labels, start = row[:size], row[size]
                if None in labels:  # a valid record has no reason
                    continue
                for measure, total in zip(group.measures, row[size + 1 :], strict=True):
                    yield measure.id, labels, start, total


def _by_event(measures: list[Measure]) -> Mapping[str, tuple[Group, ...]]:
    grouped: dict[str, dict[tuple[Labels, str], list[Measure]]] = defaultdict(lambda: defaultdict(list))
    for measure in measures:
        time = EVENT_TIME if measure.time == "event" else WATERMARK
        grouped[measure.event][measure.labels, time].append(measure)
    made = {
        event: tuple(
            Group(labels, time, tuple(of_group), tuple(_aggregate(measure) for measure in of_group))
            for (labels, time), of_group in by_labels.items()
        )
        for event, by_labels in grouped.items()
    }
    return defaultdict(tuple, made)


def _aggregate(measure: Measure) -> pl.Expr:
    value = measure.value if measure.where is None else pl.when(measure.where).then(measure.value).otherwise(0)
    return value.sum().alias(measure.id)


def _columns(measures: Iterator[Measure]) -> Iterator[str]:
    for measure in measures:
        yield from measure.labels
        yield from measure.value.meta.root_names()
        if measure.where is not None:
            yield from measure.where.meta.root_names()


def _region_label(regions: Mapping[str, tuple[str, ...]]) -> pl.Expr:
    """Regions beyond the series budget count as ``other``; totals stay exact."""
    known = pl.lit(value=False)
    for app, listed in regions.items():
        known = known | (pl.col("app").eq(app) & pl.col("region").is_in(list(listed)))
    return pl.when(known).then(pl.col("region")).otherwise(pl.lit(OTHER)).alias("region")
