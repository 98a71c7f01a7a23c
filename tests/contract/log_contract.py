"""What every ``Log`` must do; ``test_log_memory.py`` and ``test_log_kafka.py`` run it on both."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import pytest

from stream.errors import FencedError
from stream.transport.batch import OutRecord

if TYPE_CHECKING:
    from stream.transport.log import Log, LogProducer


class Bench(ABC):
    """A log with two topics of two partitions each, empty and of this test alone.

    Attributes:
        log: under test.
        topic: one topic.
        other: another topic.
        name: prefix for transactional ids.
    """

    log: Log
    topic: str
    other: str
    name: str

    @abstractmethod
    async def leave_open(self, producer: LogProducer, records: list[OutRecord]) -> None:
        """Write records in a transaction of the producer that is neither committed nor aborted."""

    async def producer(self) -> LogProducer:
        """A new owner of the test's transactional id."""
        return await self.log.producer(f"{self.name}-lane")

    def record(self, key: str, value: str | None, partition: int = 0, topic: str = "") -> OutRecord:
        """A record for a stated partition."""
        return OutRecord(
            topic or self.topic, key.encode(), None if value is None else value.encode(), partition
        )

    async def rows(self, topic: str = "", partition: int = 0) -> list[tuple[str, str | None]]:
        """Key and value of all that can be read of a partition."""
        topic = topic or self.topic
        first, end = await self.log.bounds(topic, partition)
        return [
            ((key or b"").decode(), None if value is None else value.decode())
            async for batch in self.log.read(topic, partition, first, end)
            for key, value in zip(batch.keys, batch.values, strict=True)
        ]


class LogContract:
    """The tests; a subclass gives the fixture ``bench``."""

    async def test_an_empty_partition_has_equal_bounds(self, bench: Bench) -> None:
        """Nothing written: both bounds 0, and nothing is read."""
        assert await bench.log.bounds(bench.topic, 0) == (0, 0)
        assert await bench.rows() == []

    async def test_a_transaction_spans_topics_and_partitions(self, bench: Bench) -> None:
        """One commit writes all of it, each record where it belongs."""
        producer = await bench.producer()
        await producer.commit(
            [bench.record("a", "1"), bench.record("b", "2", 1), bench.record("c", "3", topic=bench.other)]
        )
        await producer.close()
        assert await bench.rows() == [("a", "1")]
        assert await bench.rows(partition=1) == [("b", "2")]
        assert await bench.rows(bench.other) == [("c", "3")]

    async def test_the_end_lies_behind_the_commit_marker(self, bench: Bench) -> None:
        """Two records and their marker take three offsets."""
        producer = await bench.producer()
        await producer.commit([bench.record("a", "1"), bench.record("b", "2")])
        await producer.close()
        assert await bench.log.bounds(bench.topic, 0) == (0, 3)

    async def test_a_read_ends_although_the_last_offset_is_a_marker(self, bench: Bench) -> None:
        """From any start, also from the marker itself, where no record is left."""
        producer = await bench.producer()
        for number in range(2):
            await producer.commit([bench.record("a", str(number))])
        await producer.close()
        first, end = await bench.log.bounds(bench.topic, 0)
        found = [
            [offset async for batch in bench.log.read(bench.topic, 0, start, end) for offset in batch.offsets]
            for start in range(first, end + 1)
        ]
        assert found == [[0, 2], [2], [2], [], []]

    async def test_order_is_that_of_writing(self, bench: Bench) -> None:
        """Within a partition, over records and transactions; offsets rise."""
        producer = await bench.producer()
        for start in (0, 100):
            await producer.commit([bench.record("k", str(start + number)) for number in range(100)])
        await producer.close()
        assert [value for _, value in await bench.rows()] == [str(number) for number in range(200)]

    async def test_a_tombstone_is_read_as_none(self, bench: Bench) -> None:
        """A key that was removed is told, with no value."""
        producer = await bench.producer()
        await producer.commit([bench.record("a", "1"), bench.record("a", None)])
        await producer.close()
        assert await bench.rows() == [("a", "1"), ("a", None)]

    async def test_a_new_owner_fences_the_former_one(self, bench: Bench) -> None:
        """Whoever held the id writes nothing any more, and learns why."""
        former = await bench.producer()
        await former.commit([bench.record("a", "1")])
        new = await bench.producer()
        with pytest.raises(FencedError):
            await former.commit([bench.record("a", "2"), bench.record("b", "2", 1)])
        await new.commit([bench.record("a", "3")])
        await former.close()
        await new.close()
        assert await bench.rows() == [("a", "1"), ("a", "3")]
        assert await bench.rows(partition=1) == []

    async def test_other_ids_are_not_fenced(self, bench: Bench) -> None:
        """Each lane has an id of its own."""
        producer = await bench.producer()
        other = await bench.log.producer(f"{bench.name}-other")
        await producer.commit([bench.record("a", "1")])
        await other.commit([bench.record("b", "2")])
        await producer.close()
        await other.close()
        assert await bench.rows() == [("a", "1"), ("b", "2")]

    async def test_a_new_owner_aborts_what_was_left_open(self, bench: Bench) -> None:
        """Records of a transaction without an end are never read, and hold nobody up."""
        dead = await bench.producer()
        await dead.commit([bench.record("a", "1")])
        await bench.leave_open(dead, [bench.record("a", "open"), bench.record("b", "open", 1)])
        new = await bench.producer()
        await new.commit([bench.record("a", "2")])
        await dead.close()
        await new.close()
        assert await bench.rows() == [("a", "1"), ("a", "2")]
        assert await bench.rows(partition=1) == []

    async def test_an_empty_commit_writes_nothing(self, bench: Bench) -> None:
        """No records, no offsets."""
        producer = await bench.producer()
        await producer.commit([])
        await producer.close()
        assert await bench.log.bounds(bench.topic, 0) == (0, 0)
