"""The seam to the log: the operations that lanes need of Kafka, and nothing more.

``kafka_log.py`` implements it on Kafka, ``memory_log.py`` in memory; one contract suite tests both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from creator_pulse.stream.transport.batch import Batch, OutRecord


class LogProducer(Protocol):
    """A producer that owns a transactional id."""

    async def commit(self, records: Sequence[OutRecord]) -> None:
        """Write all records in one transaction, or none.

        Raises:
            FencedError: another producer has taken the transactional id; nothing was written.
            RecordSizeError: a record is larger than any may be; nothing was written.
            LaneError: the outcome is not known; only a fresh recovery can tell.
        """
        ...

    async def close(self) -> None:
        """Close connections; the next owner aborts an open transaction."""
        ...


class Log(Protocol):
    """Partitions of records."""

    async def producer(self, transactional_id: str) -> LogProducer:
        """Take a transactional id: fences its former owner and aborts that one's open transaction.

        Raises:
            UnreachableError: the log does not answer.
        """
        ...

    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """The first offset that can be read, and the one after the last committed record."""
        ...

    async def undecided(self, topic: str, partition: int) -> bool:
        """Whether records stand behind the last committed one, in a transaction without an end there."""
        ...

    def read(self, topic: str, partition: int, start: int, end: int) -> AsyncIterator[Batch]:
        """Committed records from ``start`` until the position reaches ``end``.

        Control records and compacted ones count as read, so the iteration also ends if no record is left.
        """
        ...


class TimedLog(Log, Protocol):
    """A log that can also be asked by time."""

    async def first_since(self, topic: str, partition: int, time_ms: int) -> int:
        """The offset of the first record at or after a time (epoch ms); the end if there is none."""
        ...
