"""Partial aggregates as source lanes send them, from rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.windows.identity_rows import Rows, packed
from creator_pulse.stream.windows.pane_record import Lot, Partial

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from creator_pulse.stream.windows.cells import Labels


def partial_of(
    table: str, labels: Labels, start: int, kind: int, rows: Rows, columns: Sequence[str]
) -> Partial:
    """One lot.

    Args:
        table: name.
        labels: values of its plain labels.
        start: of the pane, ms.
        kind: see ``panes.py``.
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
