"""From rows of one event type to sums by identity, or by slot: one group-by for each table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from creator_pulse.stream.aggregates import BUCKET
from creator_pulse.stream.aggregates.buckets import bucket_of
from creator_pulse.stream.aggregates.rules import AMOUNT
from creator_pulse.stream.aggregates.spans import HOUR_MS, MINUTE_MS
from creator_pulse.stream.catalog.declaration.labels import FOLDED, OTHER, UNKNOWN
from creator_pulse.stream.ingestion.combined import Combined, distinct
from creator_pulse.stream.ingestion.group_by import whole_numbers
from creator_pulse.stream.native.hash_key import NOBODY
from creator_pulse.stream.native.sums import nonzero, runs, summed
from creator_pulse.stream.panes.lateness import LATE_DAYS, LATE_RECENT
from creator_pulse.stream.panes.pane_record import Lot, Partial, lot_size, route
from creator_pulse.stream.panes.rows import LOW_BITS, carry, packed, row_cuts, together
from creator_pulse.stream.panes.tables import PANE_MINUTE, SLOT
from creator_pulse.stream.transport.record_size import LARGEST_PACK, packs, text_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from creator_pulse.stream.catalog.declaration.declare import Measure
    from creator_pulse.stream.events.layout import Layout
    from creator_pulse.stream.ingestion.group_by import Together
    from creator_pulse.stream.ingestion.sent_names import SentNames
    from creator_pulse.stream.panes.cells import Labels
    from creator_pulse.stream.panes.tables import Table

    # Labels, start of the pane in ms, and kind: a lot without its number of rows.
    _Place = tuple[Labels, int, int]

# Bytes of the rows of one part; its names have the other half.
_HALF = LARGEST_PACK // 2
_KINDS = LATE_DAYS + 1
_FITS = 2**62
_LIMB = pl.lit(1 << LOW_BITS, dtype=pl.Int64)


class IdentitySums:
    """The group-by of one table.

    Args:
        table: the sums of the group-by, with their columns and keys.
        measures: id -> declaration.
        layout: the columns of the topic's records.
        sent: which texts merge lanes have; shared by all tables of a lane.
        partitions: number of merge lanes.
    """

    def __init__(
        self, table: Table, measures: Mapping[str, Measure], layout: Layout, sent: SentNames, partitions: int
    ) -> None:
        self._table = table
        self._layout = layout
        self._sent = sent
        self._partitions = partitions
        # Days begin at any hour, so what only they read is summed by the hour here.
        self._step_ms = min(table.levels[0], HOUR_MS)
        self._by_slot = SLOT in table.keys
        by_minute = PANE_MINUTE in table.keys
        # What is so late that only hours can still be restated says nothing of a slot, or of a minute.
        self._latest = LATE_RECENT if self._by_slot or by_minute else LATE_DAYS
        # Merge lanes keep the texts of breakdowns apart from those of identities: they are told again.
        self._told_as = "{}*" if by_minute else "{}"
        self._size = next(
            (measures[name].bucket for name in table.measures if measures[name].bucket is not None), None
        )
        self._ids = tuple(name for name in table.keys if name not in {BUCKET, AMOUNT, SLOT, PANE_MINUTE})
        self.names = (*table.plain, *self._ids)
        """Columns of the labels."""
        self.expressions = tuple(measures[name].counted.alias(name) for name in table.measures)
        """The summed expressions, one for each measure, and the size if there is one."""
        if self._size is not None:
            self.expressions += (self._size.cast(pl.Int64).alias(f"{table.name}#"),)

    def partials(self, rows: Together, prepared: pl.DataFrame) -> Iterator[tuple[int, Partial]]:
        """Sum rows.

        Args:
            rows: of the event type.
            prepared: the values of ``expressions``, by row.

        Yields:
            the merge lane and a partial aggregate, in pieces that fit into a record.
        """
        places, values = self._values(prepared)
        # A row that adds 0 to each measure is no row: identities are many, zeros would fill the tables.
        there = nonzero(values) & (rows.kind <= self._latest)
        if self._size is not None:
            size = prepared[f"{self._table.name}#"]
            there &= size.is_not_null().to_numpy()
        at = np.flatnonzero(there)
        if not len(at):
            return
        # One column a hidden label, in the table's order.
        keys = np.empty((len(at), len(self._table.keys)), dtype=np.uint64)
        for place, name in enumerate(self._table.keys):
            if name == BUCKET:
                keys[:, place] = bucket_of(size.fill_null(0).to_numpy()[at])
            elif name == SLOT:
                keys[:, place] = rows.slot[at]
            elif name == PANE_MINUTE:
                keys[:, place] = rows.time[at]
            elif name == AMOUNT:
                keys[:, place] = np.maximum(size.fill_null(0).to_numpy()[at], 0)
            else:
                keys[:, place] = self._hashes(name)[rows.labels[name][0][at]]
        yield from self._summed(rows, at, keys, values[at], places)

    def _summed(
        self,
        rows: Together,
        at: npt.NDArray[np.intp],
        keys: npt.NDArray[np.uint64],
        values: npt.NDArray[np.int64],
        places: Sequence[int],
    ) -> Iterator[tuple[int, Partial]]:
        plain = Combined.of([(rows.labels[name][0][at], rows.labels[name][1]) for name in self._table.plain])
        of_pane = self._panes(rows, at)
        # From the first one on, so that there are few possible numbers.
        first_pane = int(of_pane.min())
        panes, pane = distinct(of_pane - first_pane, int(of_pane.max()) - first_pane + 1)
        panes += first_pane
        # A lot is a label set, a pane and a kind, as one mixed-radix number.
        lot = (plain.place * len(panes) + pane) * _KINDS + rows.kind[at]
        numbers, of_row = distinct(lot, len(plain.codes) * len(panes) * _KINDS)
        # The lot stands as a last key, so that one pass sums by lot and identity.
        whole = np.concatenate([keys, of_row[:, None].astype(np.uint64)], axis=1)
        first, summed_values = summed(np.ascontiguousarray(together(whole)), np.ascontiguousarray(values))
        sums = np.zeros((len(first), len(self._table.columns)), dtype=np.int64)
        sums[:, places] = summed_values
        carry(sums, self._table.lows)
        lots = self._lots(plain, numbers, panes)
        lanes = np.array([route(self._table.routed(labels), self._partitions) for labels, _, _ in lots])
        # The lot of each sum: that of the first row which has its key.
        of_sum = of_row[first]
        # By merge lane, then by lot: both become runs.
        order = np.lexsort((of_sum, lanes[of_sum]))
        # Lots are said once, before their first row in a piece.
        head = np.array([lot_size(labels) for labels, _, _ in lots])[of_sum[order]]
        # Bytes of a lot's head count at its first row only.
        head[1:][of_sum[order][1:] == of_sum[order][:-1]] = 0
        width = 8 * (keys.shape[1] + sums.shape[1])
        for lane, first_of_lane, end_of_lane in runs(lanes[of_sum[order]].view(np.uint64)):
            for begin, end in row_cuts(head[first_of_lane:end_of_lane] + width, _HALF):
                chosen = order[first_of_lane + begin : first_of_lane + end]
                stretches = runs(of_sum[chosen].view(np.uint64))
                of_keys, of_sums = packed(keys[first[chosen]], sums[chosen], self._table.columns)
                names, *rest = list(
                    packs(self._names(rows, at[first[chosen]], lots, stretches), _name_size, _HALF)
                ) or [[]]
                of_piece = [Lot(*lots[number], to - since) for number, since, to in stretches]
                yield lane, Partial(self._table.name, of_piece, of_keys, of_sums, _by_start(names))
                yield from ((lane, Partial(self._table.name, [], [], {}, _by_start(more))) for more in rest)

    def _panes(self, rows: Together, at: npt.NDArray[np.intp]) -> npt.NDArray[np.int64]:
        """Start of the pane of some rows, in units of the finest level; 0 if slots tell them apart."""
        if self._by_slot:
            return np.zeros(len(at), dtype=np.int64)
        time = rows.original if self._table.by_original else rows.time
        return time[at] // (self._step_ms // MINUTE_MS)

    def _lots(
        self, plain: Combined, numbers: npt.NDArray[np.int64], panes: npt.NDArray[np.int64]
    ) -> list[_Place]:
        """Labels, start of the pane and kind behind some mixed-radix numbers."""
        # A region without series of its own has come as null, as one that the record lacks.
        absent = [OTHER if name == FOLDED else UNKNOWN for name in self._table.plain]
        labels = [
            tuple([text or word for text, word in zip(texts, absent, strict=True)]) for texts in plain.texts()
        ]
        rest, kinds = np.divmod(numbers, _KINDS)
        of_labels, of_pane = np.divmod(rest, len(panes))
        starts = panes[of_pane] * self._step_ms
        return [
            (labels[place], start, kind)
            for place, start, kind in zip(of_labels.tolist(), starts.tolist(), kinds.tolist(), strict=True)
        ]

    def _values(self, prepared: pl.DataFrame) -> tuple[list[int], npt.NDArray[np.int64]]:
        """The places of some columns, and what rows add to them, shape (n, places).

        A measure whose rows cannot add up to 64 bits here needs one column, however many its sums have.
        """
        places: list[int] = []
        columns: list[npt.NDArray[np.int64]] = []
        for name in self._table.measures:
            own, narrow = self._table.places(name), whole_numbers(prepared[name])
            if narrow is not None and _largest(narrow) * len(prepared) < _FITS:
                places.append(own[0])
                columns.append(narrow)
            else:
                places += own
                columns += _limbs(prepared[name], len(own))
        return places, np.stack(columns, axis=1)

    def _names(
        self,
        rows: Together,
        at: npt.NDArray[np.intp],
        lots: Sequence[_Place],
        stretches: Sequence[tuple[int, int, int]],
    ) -> list[tuple[int, str]]:
        """Names that the merge lane does not have yet: start of the pane, and text.

        Args:
            rows: of the event type.
            at: a row of each sum.
            lots: every lot of the group-by, by number.
            stretches: number of the lot, and where its sums begin and end.
        """
        if not self._table.named:
            return []
        # By app and pane: the hour of a name and the lane that it goes to are those of its rows.
        together_by: dict[tuple[str, int], list[npt.NDArray[np.intp]]] = {}
        for number, begin, end in stretches:
            labels, start, _ = lots[number]
            together_by.setdefault((labels[0], start), []).append(at[begin:end])
        names = []
        for (app, start), parts in together_by.items():
            chosen = np.concatenate(parts)
            for name in self._ids:
                codes, texts = rows.labels[name]
                column = self._told_as.format(name)
                new = self._sent.fresh(column, app, codes[chosen], start // HOUR_MS, len(texts))
                names += [(start, texts[code]) for code in new]
        return names

    def _hashes(self, name: str) -> npt.NDArray[np.uint64]:
        """By code; the last one, -1, is that of no text."""
        hashes = self._layout.dictionaries[self._layout.texts[name]].identities()
        return np.append(hashes, np.uint64(NOBODY[0]))


def _largest(numbers: npt.NDArray[np.int64]) -> int:
    """The largest absolute value."""
    return max(int(numbers.max()), -int(numbers.min()))


def _limbs(numbers: pl.Series, count: int) -> list[npt.NDArray[np.int64]]:
    """A column as limbs, the low one first."""
    whole, parts = pl.col(numbers.name).fill_null(0), []
    for limb in range(count):
        # The last limb takes the rest, sign and all; the others are the 36 bits below it.
        part = whole if limb == count - 1 else whole % _LIMB
        parts.append(part.cast(pl.Int64).alias(str(limb)))
        whole = whole // _LIMB
    return [limb.to_numpy() for limb in numbers.to_frame().select(parts).iter_columns()]


def _name_size(name: tuple[int, str]) -> int:
    return text_size(name[1])


def _by_start(names: Sequence[tuple[int, str]]) -> list[tuple[int, list[str]]]:
    by_start: dict[int, list[str]] = {}
    for start, text in names:
        by_start.setdefault(start, []).append(text)
    return list(by_start.items())
