"""Rows of one event type to the sums of its identities: one group-by for each table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from creator_pulse.stream.catalog.aggregates import BUCKET
from creator_pulse.stream.catalog.declare import HOUR_MS, MINUTE_MS
from creator_pulse.stream.catalog.labels import UNKNOWN
from creator_pulse.stream.catalog.rule_conditions import AMOUNT
from creator_pulse.stream.native.hash_key import NOBODY
from creator_pulse.stream.native.sums import summed
from creator_pulse.stream.transport.record_size import LARGEST_PACK, packs, rows_of, text_size
from creator_pulse.stream.windows.buckets import bucket_of
from creator_pulse.stream.windows.combined import Combined, distinct
from creator_pulse.stream.windows.group_by import largest_of
from creator_pulse.stream.windows.identity_rows import LOW_BITS, Rows, carry, packed, together
from creator_pulse.stream.windows.pane_record import Part
from creator_pulse.stream.windows.panes import LATE_DAYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from creator_pulse.stream.catalog.declare import Measure
    from creator_pulse.stream.events.layout import Layout
    from creator_pulse.stream.windows.group_by import Together
    from creator_pulse.stream.windows.identity_names import Told
    from creator_pulse.stream.windows.tables import Table

_HALF = LARGEST_PACK // 2
"""Bytes of the rows of one part; its names have the other half."""
_KINDS = LATE_DAYS + 1
_FITS = 2**62
_LIMB = pl.lit(1 << LOW_BITS, dtype=pl.Int64)


class IdentitySums:
    """The group-by of one table.

    Args:
        table: what is summed.
        measures: all of them by id.
        layout: the columns of the topic's records.
        told: which texts were told of; shared by all tables of a lane.
    """

    def __init__(self, table: Table, measures: Mapping[str, Measure], layout: Layout, told: Told) -> None:
        self._table = table
        self._layout = layout
        self._told = told
        # Days begin at any hour, so what only they read is summed by the hour here.
        self._minutes = min(table.levels[0], HOUR_MS) // MINUTE_MS
        self._size = next(
            (measures[one].bucket for one in table.measures if measures[one].bucket is not None), None
        )
        self._ids = tuple(name for name in table.keys if name not in {BUCKET, AMOUNT})
        self.names = (*table.plain, *self._ids)
        """Columns of the labels."""
        self.expressions = tuple(measures[name].counted.alias(name) for name in table.measures)
        """What is summed, one for each measure; and the size, where there is one."""
        if self._size is not None:
            self.expressions += (self._size.cast(pl.Int64).alias(f"{table.name}#"),)

    def parts(self, rows: Together, made: pl.DataFrame) -> Iterator[Part]:
        """Sum rows.

        Args:
            rows: of the event type.
            made: the expressions of all tables, by row.
        """
        places, values = self._values(made)
        there = values.any(axis=1) & (rows.kind < _KINDS)
        if self._size is not None:
            size = made[f"{self._table.name}#"]
            there &= size.is_not_null().to_numpy()
        at = np.flatnonzero(there)
        if not len(at):
            return
        keys = np.empty((len(at), len(self._table.keys)), dtype=np.uint64)
        for place, name in enumerate(self._table.keys):
            if name == BUCKET:
                keys[:, place] = bucket_of(size.fill_null(0).to_numpy()[at])
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
    ) -> Iterator[Part]:
        plain = Combined.of([(rows.labels[name][0][at], rows.labels[name][1]) for name in self._table.plain])
        time = rows.original if self._table.by_original else rows.time
        panes, pane = np.unique(time[at] // self._minutes, return_inverse=True)
        lot = (plain.place * len(panes) + pane) * _KINDS + rows.kind[at]
        lots, of_lot = distinct(lot, len(plain.codes) * len(panes) * _KINDS)
        whole = np.concatenate([keys, of_lot[:, None].astype(np.uint64)], axis=1)
        first, found = summed(np.ascontiguousarray(together(whole)), np.ascontiguousarray(values))
        sums = np.zeros((len(first), len(self._table.columns)), dtype=np.int64)
        sums[:, places] = found
        carry(sums, self._table.lows)
        order = np.argsort(of_lot[first], kind="stable")
        ends = np.cumsum(np.bincount(of_lot[first], minlength=len(lots))).tolist()
        labels = list(plain.texts())
        most = rows_of(keys.shape[1] + sums.shape[1], _HALF)
        for place, (end, number) in enumerate(zip(ends, lots.tolist(), strict=True)):
            rest, kind = divmod(number, _KINDS)
            of_labels, of_pane = divmod(rest, len(panes))
            texts = tuple(text or UNKNOWN for text in labels[of_labels])
            start = int(panes[of_pane]) * self._minutes * MINUTE_MS
            where = (self._table.name, texts, start, kind)
            for begin in range(ends[place - 1] if place else 0, end, most):
                chosen = order[begin : min(end, begin + most)]
                names, *rest = list(
                    packs(self._names(rows, at[first[chosen]], texts[0], start), text_size, _HALF)
                ) or [[]]
                of_keys, of_sums = packed(Rows(keys[first[chosen]], sums[chosen]), self._table.columns)
                yield Part(*where, len(chosen), of_keys, of_sums, names)
                yield from (Part(*where, 0, [], {}, more) for more in rest)

    def _values(self, made: pl.DataFrame) -> tuple[list[int], npt.NDArray[np.int64]]:
        """The places of some columns, and what rows add to them, shape (n, places).

        A measure whose rows cannot add up to 64 bits here needs one column, however many its sums have.
        """
        places: list[int] = []
        columns: list[pl.Expr] = []
        for name in self._table.measures:
            own, whole = self._table.places(name), pl.col(name).fill_null(0)
            limbs = 1 if largest_of(made[name]) * len(made) < _FITS else len(own)
            places += own[:limbs]
            for limb in range(limbs):
                part = whole if limb == limbs - 1 else whole % _LIMB
                columns.append(part.cast(pl.Int64).alias(f"{name}{limb}"))
                whole = whole // _LIMB
        return places, made.select(columns).to_numpy()

    def _names(self, rows: Together, at: npt.NDArray[np.intp], app: str, start: int) -> list[str]:
        if not self._table.named:
            return []
        found = []
        for name in self._ids:
            codes, texts = rows.labels[name]
            new = self._told.fresh(name, app, codes[at], start // HOUR_MS, len(texts))
            found += [texts[code] for code in new]
        return found

    def _hashes(self, name: str) -> npt.NDArray[np.uint64]:
        """By code; the last one, -1, is that of no text."""
        known = self._layout.dictionaries[self._layout.texts[name]].identities()
        return np.append(known, np.uint64(NOBODY[0]))
