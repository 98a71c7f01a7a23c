"""Partial aggregates as source lanes send them, from rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.panes.pane_record import Lot, PaneRecord, Partial
from creator_pulse.stream.panes.rows import Rows, limbs_of, packed, totals, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from creator_pulse.stream.panes.cells import Cell, Labels
    from creator_pulse.stream.panes.tables import Table


def partial_of(
    table: str, labels: Labels, start: int, kind: int, rows: Rows, columns: Sequence[str]
) -> Partial:
    """One lot.

    Args:
        table: name.
        labels: values of its plain labels.
        start: of the pane, ms.
        kind: see ``panes/lateness.py``.
        rows: keys without a code, and sums.
        columns: names of the sums.
    """
    return Partial(table, [Lot(labels, start, kind, len(rows.keys))], *packed(*rows, columns))


def lots_of(partial: Partial, rows: Rows) -> Iterator[tuple[Lot, Rows]]:
    """The rows of a partial aggregate lot by lot."""
    end = 0
    for lot in partial.lots:
        begin, end = end, end + lot.rows
        yield lot, Rows(rows.keys[begin:end], rows.sums[begin:end])


def summed(tables: Mapping[str, Table], *cells: Cell) -> list[Partial]:
    """Sums of label sets, each as a partial aggregate of its own; its table's other measures are 0.

    Args:
        tables: by measure.
        cells: measure, labels, start of the pane (ms), kind, sum.
    """
    found = []
    for measure, labels, start, kind, total in cells:
        table = tables[measure]
        sums = np.zeros((1, len(table.columns)), dtype=np.int64)
        places = table.places(measure)
        sums[0, places] = limbs_of(total, len(places))
        sums[0, -1] = 1
        keys = np.empty((1, 0), dtype=np.uint64)
        found.append(partial_of(table.name, labels, start, kind, Rows(keys, sums), table.columns))
    return found


def cells_of(record: PaneRecord, tables: Mapping[str, Table]) -> Iterator[Cell]:
    """The sums of label sets in a pane record, of every measure of their tables.

    Args:
        record: as it was decoded.
        tables: by measure.
    """
    by_name = {table.name: table for table in tables.values() if not table.keys}
    for partial in record.parts:
        table = by_name.get(partial.table)
        if table is not None:
            rows = unpacked(partial.rows, partial.keys, partial.sums, table.columns)
            for measure, numbers in totals(table, rows.sums).items():
                for lot, total in zip(partial.lots, numbers, strict=True):
                    yield measure, lot.labels, lot.start, lot.kind, total
