"""What a source lane sends on: pane increments, late records, dead letters."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from stream.catalog.registry import MEASURES
from stream.transport.batch import Batch, OutRecord
from stream.transport.names import DEAD_TOPIC, LATE_TOPIC, PANE_TOPIC
from stream.windows.pane_record import PaneRecord, encode, packed, route

if TYPE_CHECKING:
    from stream.settings import Settings
    from stream.windows.cells import Labels

LARGEST_VALUE = 512 * 1024
"""Bytes of a dead letter; the rest is cut, and its length stands in the headers."""


class Outbox:
    """Collects until the checkpoint.

    Args:
        settings: names of topics, number of merge lanes.
        topic: input topic without prefix.
        partition: its partition.
    """

    def __init__(self, settings: Settings, topic: str, partition: int) -> None:
        self._settings = settings
        self._topic = topic
        self._partition = partition
        self._cells: dict[tuple[str, Labels, int, int], int] = defaultdict(int)
        self._health: dict[tuple[int, int], int] = defaultdict(int)
        self._records: list[OutRecord] = []
        self._routes: dict[tuple[str, Labels], int] = {}
        self.idle = False

    def add(self, measure: str, labels: Labels, start: int, kind: int, total: int) -> None:
        """Add to a cell; its kind is one of ``panes.py``."""
        self._cells[measure, labels, start, kind] += total

    def add_health(self, start: int, outcome: int, records: int) -> None:
        """Add to the outcomes of a pane."""
        self._health[start, outcome] += records

    def late(self, batch: Batch, row: int, late_ms: int) -> None:
        """Pass a late record on, with by how much it missed the allowed lateness."""
        self._pass(LATE_TOPIC, batch, row, (("reason", b"late"), ("late_ms", str(late_ms).encode())))

    def dead(self, batch: Batch, row: int, reason: str) -> None:
        """Pass an invalid record on, with the reason."""
        self._pass(DEAD_TOPIC, batch, row, (("reason", reason.encode()),))

    def drain(self, watermark: int | None, reference: int) -> tuple[OutRecord, ...]:
        """Everything collected, a pane record for each merge lane included.

        Every merge lane hears of the watermark, even where it has no cells: a window must not wait
        for a partition that has nothing for it.
        """
        panes = [
            PaneRecord(self._topic, self._partition, watermark, self.idle, [], [], reference)
            for _ in range(self._settings.merge_partitions)
        ]
        for (measure, labels, start, kind), total in self._cells.items():
            pane = panes[self._route(measure, labels)]
            pane.cells.append((measure, labels, start, kind, packed(total)))
        health = [(start, outcome, records) for (start, outcome), records in self._health.items()]
        for pane in panes:
            pane.health = health
        key = f"{self._topic}-{self._partition}".encode()
        sent = (
            *self._records,
            *(OutRecord(PANE_TOPIC, key, encode(pane), number) for number, pane in enumerate(panes)),
        )
        self._records, self._cells, self._health = [], defaultdict(int), defaultdict(int)
        return sent

    def _route(self, measure: str, labels: Labels) -> int:
        known = self._routes.get((measure, labels))
        if known is None:
            declared = MEASURES[measure]
            named = dict(zip(declared.labels, labels, strict=True))
            values = tuple(named[name] for name in declared.route)
            known = self._routes[measure, labels] = route(values, self._settings.merge_partitions)
        return known

    def _pass(self, topic: str, batch: Batch, row: int, more: tuple[tuple[str, bytes], ...]) -> None:
        value = batch.values[row]
        headers = (
            ("topic", self._settings.topic(self._topic).encode()),
            ("partition", str(self._partition).encode()),
            ("offset", str(batch.offsets[row]).encode()),
            ("length", str(0 if value is None else len(value)).encode()),
            *more,
        )
        cut = None if value is None else value[:LARGEST_VALUE]
        self._records.append(OutRecord(topic, batch.keys[row], cut, headers=headers))
