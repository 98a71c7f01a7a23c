"""The seam to the log: what lanes need of Kafka, and nothing more.

``kafka_log.py`` is the real one, ``memory_log.py`` the one in memory; one contract suite runs on both.
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
        """Let go of connections; an open transaction is left to the next owner to abort."""
        ...


class Log(Protocol):
    """Partitions of records."""

    async def producer(self, transactional_id: str) -> LogProducer:
        """Take a transactional id: fences its former owner and aborts what that left open.

        Raises:
            UnreachableError: the log does not answer.
        """
        ...

    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """The first offset that can be read, and the one after the last committed record."""
        ...

    async def undecided(self, topic: str, partition: int) -> bool:
        """Whether records stand behind the last committed one, in a transaction that has no end there."""
        ...

    def read(self, topic: str, partition: int, start: int, end: int) -> AsyncIterator[Batch]:
        """Committed records from ``start`` until the position reaches ``end``.

        Control records and compacted ones count as read: it ends also where no record is left.
        """
        ...


class TimedLog(Log, Protocol):
    """A log that is also asked by time: the real one and the one in memory."""

    async def first_since(self, topic: str, partition: int, time_ms: int) -> int:
        """From where to read to begin with the first record at or after a time, else the end."""
        ...
