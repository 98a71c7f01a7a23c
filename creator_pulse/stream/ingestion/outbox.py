"""The output of a source lane: pane increments, late records, dead letters."""

from __future__ import annotations

from collections import defaultdict
from itertools import zip_longest
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.lanes.letters import Letters
from creator_pulse.stream.panes.pane_record import Lot, PaneRecord, Partial, encode, lot_size, route
from creator_pulse.stream.panes.rows import limbs_of, packed
from creator_pulse.stream.transport.batch import OutRecord
from creator_pulse.stream.transport.names import PANE_TOPIC
from creator_pulse.stream.transport.record_size import LARGEST_PACK, packs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from creator_pulse.stream.panes.cells import Labels
    from creator_pulse.stream.panes.tables import Table
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.transport.batch import Batch, Unreadable

    _Cell = tuple[Labels, int, int]
    _Row = tuple[Lot, list[int]]

HEALTH_BYTES = 32
"""Of one entry of a pane record's health, at most."""
# Bytes of the rows of one partial aggregate.
_HALF = LARGEST_PACK // 2
# Routes that are remembered: few, but where an identity chooses the lane.
_MOST_ROUTES = 100_000


class Outbox:
    """Collects until the checkpoint.

    Args:
        settings: names of topics, number of merge lanes.
        topic: input topic without prefix.
        partition: the input partition's number, from 0.
        tables: by measure; their labels choose the merge lane of a row.

    Example::

        outbox.add(measure, labels, start, ON_TIME, total)
        outbox.drain(watermark, reference, read)  # a pane record for each merge lane
    """

    def __init__(self, settings: Settings, topic: str, partition: int, tables: Mapping[str, Table]) -> None:
        self._settings = settings
        self._tables = {table.name: table for table in tables.values()}
        self._places = {
            name: (table.name, table.measures.index(name)) for name, table in tables.items() if not table.keys
        }
        self._topic = topic
        self._partition = partition
        # By table and cell a total for each of the table's measures.
        self._sums: dict[str, dict[_Cell, list[int]]] = defaultdict(dict)
        self._parts: dict[int, list[Partial]] = defaultdict(list)
        self._health: dict[tuple[int, int], int] = defaultdict(int)
        self._letters = Letters(settings.topic(topic), partition)
        self._records: list[OutRecord] = []
        self._routes: dict[Labels, int] = {}
        self._sent_watermark: int | None = None
        self._read = 0
        self.idle = False

    def add(self, measure: str, labels: Labels, start: int, kind: int, total: int) -> None:
        """Add to a sum that no identity splits; its kind is one of ``panes/lateness.py``."""
        table, place = self._places[measure]
        cell = labels, start, kind
        totals = self._sums[table].get(cell)
        if totals is None:
            totals = self._sums[table][cell] = [0] * len(self._tables[table].measures)
        totals[place] += total

    def add_rows(self, lane: int, partial: Partial) -> None:
        """Add a partial aggregate that a merge lane will add to a table."""
        self._parts[lane].append(partial)

    def add_health(self, start: int, outcome: int, records: int) -> None:
        """Add to the outcomes of a pane."""
        self._health[start, outcome] += records

    def resume(self, read: int) -> None:
        """Resume after so many source records that merge lanes have heard of."""
        self._read = read

    def late(self, batch: Batch, row: int, late_ms: int) -> None:
        """Pass a late record on, with by how much it missed the allowed lateness."""
        self._records.append(self._letters.late(batch, row, late_ms))

    def dead(self, batch: Batch, row: int, reason: str) -> None:
        """Pass an invalid record on, with the reason."""
        self._records.append(self._letters.dead(batch, row, reason))

    def unreadable(self, batch: Unreadable) -> None:
        """Pass a stored batch on that cannot be read."""
        self._records.append(self._letters.unreadable(batch))

    def drain(self, watermark: int | None, reference: int, read: int) -> tuple[OutRecord, ...]:
        """Everything collected, a pane record for each merge lane included.

        Every merge lane hears of the watermark, even if there is nothing to add: a window must not wait
        for a partition that has nothing for it.
        """
        self._add_cells()
        health = [(start, outcome, records) for (start, outcome), records in self._health.items()]
        key = f"{self._topic}-{self._partition}".encode()

        lots = list(packs(health, lambda _: HEALTH_BYTES))
        for number in range(self._settings.merge_partitions):
            contents = [
                (of_health or [], of_parts or [])
                for of_health, of_parts in zip_longest(lots, packs(self._parts[number], attrgetter("size")))
            ] or [([], [])]
            # `left` parts of the interval follow this record: 0 with the last.
            for left, (of_health, of_parts) in zip(range(len(contents) - 1, -1, -1), contents, strict=True):
                # The watermark moves with the last record only: no window may close before it has all.
                record = PaneRecord(
                    self._topic,
                    self._partition,
                    self._sent_watermark if left else watermark,
                    self.idle,
                    of_health,
                    reference,
                    self._read,
                    self._read if left else read,
                    of_parts,
                )
                self._records.append(OutRecord(PANE_TOPIC, key, encode(record), number))
        sent, self._sent_watermark, self._read = tuple(self._records), watermark, read
        self._records, self._sums, self._health = [], defaultdict(dict), defaultdict(int)
        self._parts = defaultdict(list)
        return sent

    def _add_cells(self) -> None:
        """Lay the sums that no identity splits side by side, by merge lane and table."""
        # In an order of their own: groups are summed in any, and a replay writes the same bytes.
        for name, of_table in sorted(self._sums.items()):
            table = self._tables[name]
            rows: dict[int, list[_Row]] = defaultdict(list)
            for (labels, start, kind), totals in sorted(of_table.items()):
                lane = self._lane(table.routed(labels))
                rows[lane].append((Lot(labels, start, kind, 1), totals))
            for lane, of_lane in rows.items():
                self._parts[lane] += [
                    _partial(table, some) for some in packs(of_lane, _size_of(table), _HALF)
                ]

    def _lane(self, values: tuple[str, ...]) -> int:
        lane = self._routes.get(values)
        if lane is None:
            if len(self._routes) > _MOST_ROUTES:
                self._routes.clear()
            lane = self._routes[values] = route(values, self._settings.merge_partitions)
        return lane


def _partial(table: Table, rows: Sequence[_Row]) -> Partial:
    """Totals of cells as columns."""
    sums = np.empty((len(rows), len(table.columns)), dtype=np.int64)
    # The last column counts the rows: one may be there with sums of 0.
    sums[:, -1] = 1
    for place, measure in enumerate(table.measures):
        columns = table.places(measure)
        totals = [of_row[place] for _, of_row in rows]
        if len(columns) == 1:
            sums[:, columns.start] = totals
        else:
            sums[:, columns.start : columns.stop] = [limbs_of(total, len(columns)) for total in totals]
    keys = np.empty((len(rows), 0), dtype=np.uint64)
    return Partial(table.name, [lot for lot, _ in rows], *packed(keys, sums, table.columns))


def _size_of(table: Table) -> Callable[[_Row], int]:
    """Bytes of a row of a table, at most."""
    width = 8 * len(table.columns)
    return lambda row: lot_size(row[0].labels) + width
