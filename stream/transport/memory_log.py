"""The log in memory: transactions, fencing, ``read_committed``, compaction and retention."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zlib import crc32

from stream.errors import FencedError, LaneError
from stream.transport.batch import Batch, OutRecord

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence


@dataclass(slots=True)
class _Partition:
    """Offsets rise by one; a control record takes one too, and compaction leaves gaps."""

    records: dict[int, tuple[bytes | None, bytes | None, int]] = field(default_factory=dict)
    start: int = 0
    end: int = 0


class MemoryProducer:
    """A producer of a ``MemoryLog``; see ``LogProducer``."""

    def __init__(self, log: MemoryLog, transactional_id: str, epoch: int) -> None:
        self._log = log
        self._id = transactional_id
        self._epoch = epoch

    async def commit(self, records: Sequence[OutRecord]) -> None:
        """Write all records in one transaction, or none.

        Raises:
            FencedError: another producer has taken the transactional id.
            LaneError: the log was told to tear this one's reply.
        """
        if self._log.epochs[self._id] != self._epoch:
            raise FencedError(f"another owner has taken {self._id}")
        for record in records:
            if record.key is None and record.value is None:
                raise AssertionError("Kafka takes no record without key and value")
        torn = self._log.tear(self._id)
        if torn != "lost":
            self._log.write(records, control=True)
        if torn:
            raise LaneError(f"the reply to {self._id} was torn ({torn})")

    async def close(self) -> None:
        """Nothing is held."""


class MemoryLog:
    """Partitions in memory; see ``Log``.

    Args:
        partitions: topic -> number of partitions.
        now_ms: the time that new records get.
    """

    def __init__(self, partitions: dict[str, int], now_ms: Callable[[], int] = lambda: 0) -> None:
        self._count = partitions
        self._now_ms = now_ms
        self._partitions: dict[tuple[str, int], _Partition] = defaultdict(_Partition)
        self.epochs: dict[str, int] = defaultdict(int)
        self.tear: Callable[[str], str] = lambda _: ""
        """Says of a transactional id's commit: ``""`` answered, ``lost`` not written and not
        answered, ``written`` written and not answered."""

    async def producer(self, transactional_id: str) -> MemoryProducer:
        """Take a transactional id."""
        self.epochs[transactional_id] += 1
        return MemoryProducer(self, transactional_id, self.epochs[transactional_id])

    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """The first offset that can be read, and the one after the last committed record."""
        found = self._partitions[topic, partition]
        return found.start, found.end

    async def read(self, topic: str, partition: int, start: int, end: int) -> AsyncIterator[Batch]:
        """Committed records from ``start`` until the position reaches ``end``."""
        batch = self.batch(topic, partition, start, end - start)
        if batch is not None:
            yield batch

    def batch(self, topic: str, partition: int, start: int, most: int) -> Batch | None:
        """Up to so many offsets from ``start``; None where no record is left among them."""
        found = self._partitions[topic, partition]
        offsets = [at for at in range(start, min(start + most, found.end)) if at in found.records]
        if not offsets:
            return None
        rows = [found.records[at] for at in offsets]
        return Batch(
            offsets, [row[2] for row in rows], [row[0] for row in rows], [row[1] for row in rows], start
        )

    def write(
        self, records: Sequence[OutRecord], *, control: bool = False, timestamp: int | None = None
    ) -> None:
        """Append records; with ``control`` each partition written also gets a commit marker."""
        touched = set()
        for record in records:
            number = record.partition
            if number is None:
                number = crc32(record.key or b"") % self._count[record.topic]
            partition = self._partitions[record.topic, number]
            at = self._now_ms() if timestamp is None else timestamp
            partition.records[partition.end] = (record.key, record.value, at)
            partition.end += 1
            touched.add((record.topic, number))
        if control:
            for place in sorted(touched):
                self._partitions[place].end += 1

    def compact(self, topic: str, partition: int) -> None:
        """Keep the newest record of each key, and no tombstones."""
        found = self._partitions[topic, partition]
        newest = {row[0]: at for at, row in found.records.items()}
        found.records = {
            at: row for at, row in found.records.items() if newest[row[0]] == at and row[1] is not None
        }

    def truncate(self, topic: str, partition: int, start: int) -> None:
        """Let retention pass: records below ``start`` are gone."""
        found = self._partitions[topic, partition]
        found.start = max(found.start, min(start, found.end))
        found.records = {at: row for at, row in found.records.items() if at >= found.start}
