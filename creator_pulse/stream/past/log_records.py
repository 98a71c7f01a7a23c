"""Records of the past as the topics of a log still hold them."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Self

import numpy as np

from creator_pulse.stream.topology import sources_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.tables.partition_lanes import Place
    from creator_pulse.stream.transport.batch import Batch
    from creator_pulse.stream.transport.log import TimedLog


class LogRecords:
    """The retained records of all input topics, an async context manager.

    Args:
        log: Kafka or in memory; it has the topics.
        settings: their prefix and number of partitions.
        topics: their names without prefix.
        since_ms: records before the first one at or after this time are passed over, epoch ms; 0: none.
    """

    def __init__(self, log: TimedLog, settings: Settings, topics: Sequence[str], since_ms: int = 0) -> None:
        self._log = log
        self._since_ms = since_ms
        self._readers = {place: _PartitionAhead(log, place) for place in sources_of(settings, topics)}

    async def __aenter__(self) -> Self:
        for reader in self._readers.values():
            await reader.open(self._since_ms)
        return self

    async def __aexit__(self, *_: object) -> None:
        for reader in self._readers.values():
            await reader.close()

    async def span(self) -> tuple[int, int] | None:
        """When the first and the last record were written, epoch ms; None if there is no record."""
        ends = [times for reader in self._readers.values() if (times := await reader.span()) is not None]
        return (min(first for first, _ in ends), max(last for _, last in ends)) if ends else None

    async def until(self, end_ms: int) -> Mapping[Place, Sequence[Batch]]:
        """The records that were not handed out yet and were written before a time."""
        batches = {place: await reader.until(end_ms) for place, reader in self._readers.items()}
        return {place: read for place, read in batches.items() if read}

    @property
    def starts(self) -> Mapping[Place, int]:
        """The first offset of each partition that is handed out."""
        return {place: reader.start for place, reader in self._readers.items()}


class _PartitionAhead:
    """One partition, read ahead by at most a batch."""

    def __init__(self, log: TimedLog, place: Place) -> None:
        self._log, self._place = log, place
        self.start = 0
        self._end = 0
        self._batches: AsyncGenerator[Batch, None] | None = None
        self._waiting: Batch | None = None

    async def open(self, since_ms: int) -> None:
        """Ask what there is: records that come later are not read."""
        self.start, self._end = await self._log.bounds(*self._place)
        if since_ms:
            self.start = max(self.start, await self._log.first_since(*self._place, since_ms))
        self._batches = self._read()
        await self._advance()

    async def close(self) -> None:
        """Let go of the log."""
        if self._batches is not None:
            await self._batches.aclose()

    async def span(self) -> tuple[int, int] | None:
        if self._waiting is None:
            return None
        first = _oldest(self._waiting)
        newest = first
        # The last offset may be a control record: some before it are asked for.
        async with aclosing(self._read(max(self.start, self._end - 100))) as batches:
            async for batch in batches:
                newest = max(newest, batch.newest)
        return first, newest

    async def until(self, end_ms: int) -> list[Batch]:
        """The records before the first one that was written at or after a time."""
        batches: list[Batch] = []
        while (batch := self._waiting) is not None:
            rows = _rows_before(batch, end_ms)
            if rows < max(len(batch), 1):
                if rows:
                    batches.append(batch.rows(0, rows))
                    self._waiting = batch.rows(rows, len(batch))
                break
            batches.append(batch)
            await self._advance()
        return batches

    async def _advance(self) -> None:
        assert self._batches is not None
        self._waiting = await anext(self._batches, None)

    async def _read(self, start: int | None = None) -> AsyncGenerator[Batch, None]:
        async for batch in self._log.read(*self._place, self.start if start is None else start, self._end):
            yield batch


def _oldest(batch: Batch) -> int:
    return int(batch.timestamps[0]) if batch.unreadable is None else batch.unreadable.timestamp


def _rows_before(batch: Batch, end_ms: int) -> int:
    """How many rows stand before the first one of a time or later; one that cannot be read is one row."""
    if batch.unreadable is not None:
        return int(batch.unreadable.timestamp < end_ms)
    late = np.flatnonzero(batch.timestamps >= end_ms)
    return int(late[0]) if len(late) else len(batch)
