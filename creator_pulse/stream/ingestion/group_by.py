"""One group-by over the rows of an event type, for the measures that agree in what splits it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from creator_pulse.stream.aggregates.spans import MINUTE_MS
from creator_pulse.stream.catalog.declaration.labels import FOLDED, MERGE_KEY, OTHER, UNKNOWN, ZONED
from creator_pulse.stream.ingestion.combined import Combined, distinct
from creator_pulse.stream.native.sums import summed_by_group
from creator_pulse.stream.panes.lateness import DROPPED, LATE_DAYS, LATE_LOST, LATE_OLD, LATE_RECENT, ON_TIME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from creator_pulse.stream.catalog.declaration.declare import Measure
    from creator_pulse.stream.panes.cells import Cell, Labels

_KINDS = DROPPED + 1
_GROUP = "__group"
_FITS, _FITS_WIDE = 2**63, 2**127
_HALF_BITS = 64
_HALF = pl.lit(2**_HALF_BITS, dtype=pl.Int128)
# The label that the engine itself gives: it is no column of a record.
_TOPIC = "topic"


@dataclass(frozen=True, slots=True)
class Together:
    """Rows of one event type, shape (n,) each.

    Attributes:
        frame: what measures read.
        labels: name -> codes (-1 where null), and the texts by code.
        time: minutes of the event times.
        original: minutes of the records that are taken back, if these are known and not too long ago.
        mark: minutes of the watermarks.
        slot: slots of the event times, if some signal counts the event type.
        kind: of a cell, or one that no cell has.
    """

    frame: pl.DataFrame
    labels: Mapping[str, tuple[npt.NDArray[np.int32], Sequence[str]]]
    time: npt.NDArray[np.int64]
    original: npt.NDArray[np.int64]
    mark: npt.NDArray[np.int64]
    kind: npt.NDArray[np.int64]
    slot: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Take:
    """What one row of the group-by gives: measures that share labels and pane."""

    labels: Labels
    by_event_time: bool
    kind: int
    measures: tuple[tuple[str, int], ...]


class GroupBy:
    """Its keys are finer than the labels of a single measure (time *and* watermark, all labels).

    So one pass serves all measures; the caller adds up cells that it yields more than once.

    Args:
        topic: name of the input topic, without the prefix of the settings.
        measures: without hidden labels: an identity has so many values that it must not split these groups.
        regions: per app those that have series of their own.
        original: whether they count at the time of the record that is taken back.
    """

    def __init__(
        self,
        topic: str,
        measures: Sequence[Measure],
        regions: Mapping[str, tuple[str, ...]],
        *,
        original: bool = False,
    ) -> None:
        self._topic = topic
        self._original = original
        self._regions = regions
        # Two measures may count the same, one what came in time and one what came late: it is made once.
        of_text: dict[bytes, pl.Expr] = {}
        same = [measure.counted.meta.serialize() for measure in measures]
        for measure, text in zip(measures, same, strict=True):
            of_text.setdefault(text, measure.counted.alias(measure.id))
        self._counted = tuple(of_text.values())
        columns = {text: place for place, text in enumerate(of_text, 1)}
        self._takes = _takes(measures, [columns[text] for text in same])
        labels = {name for measure in measures for name in measure.labels} - {_TOPIC, *MERGE_KEY}
        self.names = (*MERGE_KEY, *sorted(labels))
        """Columns of the labels."""

    def cells(self, rows: Together) -> Iterator[Cell]:
        """Sum rows; regions beyond the series budget count as ``other``."""
        labels = Combined.of([rows.labels[name] for name in self.names])
        time = rows.original if self._original else rows.time
        groups, group = _grouped_by(labels, time, rows.mark, rows.kind)
        texts = self._texts(labels)
        values = {
            take.labels: list(zip(*(texts[name] for name in take.labels), strict=True))
            for takes in self._takes.values()
            for take in takes
        }
        for row in _summed(rows.frame.select(self._counted), group):
            # A group is finer than a cell: the same cell may come from several groups, and is added up
            # downstream.
            of_row, time_pane, mark_pane, of_kind = groups[row[0]]
            for take in self._takes.get(of_kind, ()):
                start = (time_pane if take.by_event_time else mark_pane) * MINUTE_MS
                label_values = values[take.labels][of_row]
                for name, place in take.measures:
                    yield name, label_values, start, take.kind, row[place]

    def _texts(self, labels: Combined) -> dict[str, list[str]]:
        """Label name -> the value of each combination."""
        by_label: dict[str, list[str]] = {
            name: [text or UNKNOWN for text in texts]
            for name, texts in zip(self.names, labels.by_column(), strict=True)
        }
        regions_of = {app: frozenset(regions) for app, regions in self._regions.items()}
        nowhere: frozenset[str] = frozenset()
        by_label[FOLDED] = [
            value if value in regions_of.get(zoned, nowhere) else OTHER
            for zoned, value in zip(by_label[ZONED], by_label[FOLDED], strict=True)
        ]
        by_label[_TOPIC] = [self._topic] * len(labels.codes)
        return by_label


def largest_of(numbers: pl.Series) -> int:
    """The largest absolute value of a column of integers; 0 where there is none."""
    bounds = numbers.min(), numbers.max()
    return max(abs(bound) if isinstance(bound, int) else 0 for bound in bounds)


def whole_numbers(numbers: pl.Series) -> npt.NDArray[np.int64] | None:
    """A column as 64-bit integers, null as 0; None if any number does not fit."""
    if numbers.null_count():
        numbers = numbers.fill_null(0)
    narrow = numbers if numbers.dtype == pl.Int64 else numbers.cast(pl.Int64, strict=False)
    return None if narrow.null_count() else narrow.to_numpy()


def _summed(values: pl.DataFrame, group: npt.NDArray[np.intp]) -> Iterator[tuple[int, ...]]:
    """Group, and the sum of each column; exact also where it does not fit 64 bits.

    Args:
        values: what rows add to each measure.
        group: of each row, of which each is there from 0 to the last.
    """
    columns = [whole_numbers(column) for column in values.iter_columns()]
    narrow = [place for place, column in enumerate(columns) if column is not None]
    groups = int(group.max()) + 1
    sums, largest = summed_by_group(group, groups, [column for column in columns if column is not None])
    totals: dict[int, list[int]] = {
        place: sums[:, at].tolist() for at, place in enumerate(narrow) if largest[at] * len(values) < _FITS
    }
    wide = [place for place in range(values.width) if place not in totals]
    if wide:
        of_wide = _wide(values[:, wide], group)
        totals |= {place: [of_wide[number][at] for number in range(groups)] for at, place in enumerate(wide)}
    return zip(range(groups), *(totals[place] for place in range(values.width)), strict=True)


def _wide(values: pl.DataFrame, group: npt.NDArray[np.intp]) -> dict[int, tuple[int, ...]]:
    """By group the sums of columns that may not fit 64 bits."""
    split: list[str] = []
    for column in values.iter_columns():
        if column.dtype != pl.Int128:
            values = values.with_columns(column.cast(pl.Int128))
        elif largest_of(column) * len(column) >= _FITS_WIDE:
            # Beyond 127 bits the lower 64 and what is above are summed apart, and put together as integers.
            split.append(column.name)
            whole = pl.col(column.name)
            values = values.with_columns(whole % _HALF, (whole // _HALF).alias(f"{column.name}^"))
    grouped = values.with_columns(pl.Series(_GROUP, group)).group_by(_GROUP).agg(pl.all().sum())
    upper = {name: grouped.columns.index(f"{name}^") for name in split}
    places = [upper.get(name, 0) for name in grouped.columns[: grouped.width - len(split)]]
    rows = (
        tuple(
            number + (row[place] << _HALF_BITS if place else 0)
            for number, place in zip(row, places, strict=False)
        )
        for row in grouped.iter_rows()
    )
    return {row[0]: row[1:] for row in rows}


def _grouped_by(
    labels: Combined, time: npt.NDArray[np.int64], mark: npt.NDArray[np.int64], kind: npt.NDArray[np.int64]
) -> tuple[list[tuple[int, int, int, int]], npt.NDArray[np.intp]]:
    """For each group the place of the labels, both panes and the kind; and the group of each row."""
    # Minutes since the first one, so that the mixed-radix number of a pair stays small.
    time_first, mark_first = int(time.min()), int(mark.min())
    times, marks = int(time.max()) - time_first + 1, int(mark.max()) - mark_first + 1
    # Only pairs of event minute and watermark minute that occur get a number.
    panes, pane = distinct((time - time_first) * marks + (mark - mark_first), times * marks)
    # Digits from the highest: label set, pair of panes, kind.
    key = (labels.place * len(panes) + pane) * _KINDS + kind
    keys, group = distinct(key, len(labels.codes) * len(panes) * _KINDS)
    rest, of_kind = np.divmod(keys, _KINDS)
    of_labels, of_pane = np.divmod(rest, len(panes))
    time_pane, mark_pane = np.divmod(panes[of_pane], marks)
    parts = (of_labels, time_pane + time_first, mark_pane + mark_first, of_kind)
    return list(zip(*(part.tolist() for part in parts), strict=True)), group


def _takes(measures: Sequence[Measure], columns: Sequence[int]) -> dict[int, tuple[_Take, ...]]:
    """By kind of row.

    A late record restates the windows at its event time, and counts as late besides.

    Args:
        measures: of the group-by.
        columns: of each, its place in a row of sums; the group stands at 0.
    """
    accepted = [measure.rows == "accepted" for measure in measures]
    late = tuple(_grouped(measures, columns, [not is_accepted for is_accepted in accepted], ON_TIME))
    part = [
        is_accepted and measure.time != "watermark"
        for is_accepted, measure in zip(accepted, measures, strict=True)
    ]
    return {
        ON_TIME: tuple(_grouped(measures, columns, accepted, ON_TIME)),
        **{
            kind: (*late, *_grouped(measures, columns, part, kind))
            for kind in (LATE_RECENT, LATE_OLD, LATE_DAYS)
        },
        LATE_LOST: late,
    }


def _grouped(
    measures: Sequence[Measure], columns: Sequence[int], wanted: Sequence[bool], kind: int
) -> Iterator[_Take]:
    grouped: dict[tuple[Labels, bool], list[tuple[str, int]]] = defaultdict(list)
    for measure, column, take in zip(measures, columns, wanted, strict=True):
        if take:
            grouped[measure.labels, measure.time != "watermark"].append((measure.id, column))
    for (labels, by_event_time), places in grouped.items():
        yield _Take(labels, by_event_time, kind, tuple(places))
