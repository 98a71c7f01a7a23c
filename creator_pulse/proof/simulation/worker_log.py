"""The log as seen by one worker: each request takes time, may fail, and may lose its answer."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from creator_pulse.proof.simulation.network import KAFKA
from creator_pulse.stream.errors import LaneError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from random import Random

    from creator_pulse.proof.simulation.expected_totals import ExpectedTotals
    from creator_pulse.proof.simulation.process import Process
    from creator_pulse.stream.transport.batch import Batch, OutRecord
    from creator_pulse.stream.transport.memory_log import MemoryLog, MemoryProducer

# Recovery reads a changelog in parts of 5, 60 or 4,000 records.
_READ_OFFSETS = (5, 60, 4_000)


class OutOfRange(Exception):  # noqa: N818 - as Kafka calls it
    """Raised if a fetch asks for an offset that the log does not have."""


class WorkerLog:
    """A ``Log`` over the in-memory log.

    Args:
        log: the log that all workers share.
        process: the process that sends the requests.
        rng: chooses how long fetches and transactions are.
        tear: chooses the fate of a commit by its transactional id.
        expected: is notified of opened lanes and committed transactions.
    """

    def __init__(
        self,
        log: MemoryLog,
        process: Process,
        rng: Random,
        tear: Callable[[str], str],
        expected: ExpectedTotals,
    ) -> None:
        self._log = log
        self._process = process
        self._rng = rng
        self._tear = tear
        self._expected = expected

    async def producer(self, transactional_id: str) -> WorkerProducer:
        """Take over a transactional id.

        Raises:
            UnreachableError: Kafka does not answer.
        """
        if not await self._process.request(KAFKA):
            raise UnreachableError(f"no producer {transactional_id}: Kafka does not answer")
        inner = await self._log.producer(transactional_id)
        await self._process.answer()

        def ended(records: Sequence[OutRecord]) -> None:
            self._expected.committed(self._process, records)

        tear = functools.partial(self._tear, transactional_id)
        return WorkerProducer(inner, self._process, self._rng, tear, ended)

    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """The first readable offset, and the one after the last committed record.

        Raises:
            UnreachableError: Kafka does not answer.
        """
        await self._ask(f"no bounds of {topic}-{partition}")
        bounds = await self._log.bounds(topic, partition)
        self._expected.lane_opened(self._process, topic, partition, bounds[0])
        await self._process.answer()
        return bounds

    async def undecided(self, topic: str, partition: int) -> bool:
        """Whether the partition ends with records of an open transaction.

        Raises:
            UnreachableError: Kafka does not answer.
        """
        await self._ask(f"no end of {topic}-{partition}")
        undecided = await self._log.undecided(topic, partition)
        await self._process.answer()
        return undecided

    async def read(self, topic: str, partition: int, start: int, end: int) -> AsyncIterator[Batch]:
        """Committed records from ``start`` until the position reaches ``end``, in fetches of any length.

        Raises:
            UnreachableError: Kafka does not answer.
            ChangelogError: ``start`` can no longer be read.
        """
        most = self._rng.choice(_READ_OFFSETS)
        while start < end:
            await self._ask(f"cannot read {topic}-{partition}")
            part = [batch async for batch in self._log.read(topic, partition, start, min(start + most, end))]
            await self._process.answer()
            for batch in part:
                yield batch
            # An unreadable batch is delivered whole, so it may end beyond the requested range.
            start = max(start + most, part[-1].end if part else 0)

    async def fetch(self, topic: str, partition: int, start: int, most: int) -> Batch | None:
        """The batch at a position; None if there is none yet, where Kafka would let the fetch wait.

        Raises:
            OutOfRange: the position has left the log.
            UnreachableError: Kafka does not answer.
        """
        first, end = await self._log.bounds(topic, partition)
        # Nothing to read is known without a request: a fetch would wait at the broker.
        if first <= start and end <= start:
            return None
        await self._ask(f"cannot fetch {topic}-{partition}")
        # Once more: retention may have deleted records while the request was on the way.
        first, _ = await self._log.bounds(topic, partition)
        batch = self._log.batch(topic, partition, start, most)
        await self._process.answer()
        if start < first:
            raise OutOfRange(f"{topic}-{partition} begins at {first}, asked for {start}")
        return batch

    async def _ask(self, else_: str) -> None:
        if not await self._process.request(KAFKA, reads=True):
            raise UnreachableError(f"{else_}: Kafka does not answer")


class WorkerProducer:
    """A ``LogProducer`` whose transactions take time and may end with an unknown outcome."""

    def __init__(
        self,
        inner: MemoryProducer,
        process: Process,
        rng: Random,
        tear: Callable[[], str],
        ended: Callable[[Sequence[OutRecord]], None],
    ) -> None:
        self._ended = ended
        self._inner = inner
        self._process = process
        self._rng = rng
        self._tear = tear

    async def commit(self, records: Sequence[OutRecord]) -> None:
        """Write all records in one transaction, or none.

        Raises:
            FencedError: another producer has taken over the transactional id.
            LaneError: the outcome is unknown.
        """
        torn = self._tear()
        # Sent in two parts, so that another worker may read or fence in between.
        middle = self._rng.randint(0, len(records))
        for part in (records[:middle], records[middle:]):
            if part:
                await self._request()
                self._inner.send(part)
        # Sent, and not ended: the next owner must find the transaction aborted.
        if torn == "lost":
            await self._process.answer()
            raise LaneError("the connection broke before the transaction ended")
        await self._request()
        self._inner.end()
        self._ended(records)
        await self._process.answer()
        # Ended, and not answered: the lane must find out from its changelog.
        if torn == "written":
            raise LaneError("the connection broke before the transaction was answered")

    async def close(self) -> None:
        """Close the producer of the in-memory log."""
        await self._inner.close()

    async def _request(self) -> None:
        if not await self._process.request(KAFKA):
            raise LaneError("Kafka does not answer: the transaction ended in an unknown way")
        await self._process.awake()
