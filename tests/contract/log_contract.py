"""What every ``Log`` must do; ``test_log_memory.py`` and ``test_log_kafka.py`` run it on both."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, cast

import pytest

from creator_pulse.stream.errors import ChangelogError, FencedError
from creator_pulse.stream.transport.batch import OutRecord
from tests.support.stored_batches import CODECS, Shape

if TYPE_CHECKING:
    from creator_pulse.stream.transport.log import LogProducer, TimedLog


class Bench(ABC):
    """A log with two topics of two partitions each, empty and of this test alone.

    Attributes:
        log: under test.
        topic: one topic.
        other: another topic.
        name: prefix for transactional ids.
    """

    log: TimedLog
    topic: str
    other: str
    name: str

    @abstractmethod
    async def leave_open(self, producer: LogProducer, records: list[OutRecord]) -> None:
        """Write records in a transaction of the producer that is neither committed nor aborted."""

    @abstractmethod
    async def finish(self, producer: LogProducer) -> None:
        """Commit what ``leave_open`` left.

        Raises:
            FencedError: another producer has taken the transactional id.
        """

    @abstractmethod
    async def store(self, batch: bytes) -> None:
        """Append a record batch to the first partition of the topic, byte for byte as Kafka stores it."""

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

    async def test_order_holds_beyond_what_travels_at_once(self, bench: Bench) -> None:
        """Some megabytes in one commit, over two partitions in turn, one record larger than the others."""
        producer = await bench.producer()
        values = [str(number).zfill(200) for number in range(12_000)]
        values[5_000] = "x" * 900_000
        await producer.commit([bench.record("k", value, at % 2) for at, value in enumerate(values)])
        await producer.close()
        assert [value for _, value in await bench.rows()] == values[::2]
        assert [value for _, value in await bench.rows(partition=1)] == values[1::2]

    async def test_a_key_without_a_partition_has_one_of_its_own(self, bench: Bench) -> None:
        """All records of a key lie in one partition, in order."""
        producer = await bench.producer()
        for value in ("1", "2"):
            await producer.commit([OutRecord(bench.topic, b"%d" % key, value.encode()) for key in range(40)])
        await producer.close()
        places = [await bench.rows(partition=number) for number in range(2)]
        assert sum(map(len, places)) == 80
        for rows in places:
            keys = [key for key, value in rows if value == "1"]
            assert rows == [(key, "1") for key in keys] + [(key, "2") for key in keys]

    async def test_a_batch_tells_from_where_it_was_read(self, bench: Bench) -> None:
        """Its begin is the offset asked for, also where a marker or nothing lies between."""
        producer = await bench.producer()
        for number in range(2):
            await producer.commit([bench.record("a", str(number))])
        await producer.close()
        begins = [
            [batch.begin async for batch in bench.log.read(bench.topic, 0, start, 4)] for start in range(3)
        ]
        assert begins == [[0], [1], [2]]

    async def test_a_read_gives_nothing_at_or_after_its_end(self, bench: Bench) -> None:
        """What was written since the bounds were asked for is left for later."""
        producer = await bench.producer()
        await producer.commit([bench.record("a", str(number)) for number in range(4)])
        await producer.close()
        found = [offset async for batch in bench.log.read(bench.topic, 0, 1, 3) for offset in batch.offsets]
        assert found == [1, 2]

    async def test_a_tombstone_is_read_as_none(self, bench: Bench) -> None:
        """A key that was removed is told, with no value."""
        producer = await bench.producer()
        await producer.commit([bench.record("a", "1"), bench.record("a", None)])
        await producer.close()
        assert await bench.rows() == [("a", "1"), ("a", None)]

    async def test_an_empty_commit_writes_nothing(self, bench: Bench) -> None:
        """No records, no offsets."""
        producer = await bench.producer()
        await producer.commit([])
        await producer.close()
        assert await bench.log.bounds(bench.topic, 0) == (0, 0)


def stored(*deltas: int, codec: int = 0, size: int = 1, last_delta: int | None = None) -> bytes:
    """A batch with a record at each delta."""
    now = round(time.time() * 1000)
    rows = tuple((delta, now, b"k", b"v" * size, ()) for delta in deltas)
    return Shape(rows, codec=codec, last_delta=last_delta).build()


class StoredContract:
    """Batches as others store them; a subclass gives the fixture ``bench``."""

    async def found(self, bench: Bench, start: int = 0) -> list[object]:
        """All from an offset on: offsets of records; first, last, count and reason of what cannot be read."""
        _, end = await bench.log.bounds(bench.topic, 0)
        parts = [batch async for batch in bench.log.read(bench.topic, 0, start, end)]
        return [
            part.offsets.tolist()
            if (unreadable := part.unreadable) is None
            else (unreadable.first, unreadable.last, unreadable.count, unreadable.reason)
            for part in parts
        ]

    @pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
    async def test_a_batch_of_any_codec_is_read(self, bench: Bench, codec: int) -> None:
        """At its place behind another one."""
        await bench.store(stored(0, 1))
        await bench.store(stored(0, 1, 2, codec=codec))
        rows = [offset for part in await self.found(bench) for offset in cast("list[int]", part)]
        assert rows == [0, 1, 2, 3, 4]

    async def test_what_cannot_be_read_takes_its_place(self, bench: Bench) -> None:
        """Two offsets by its header, whatever its records say; what stands around it is read."""
        for batch in (stored(0, 1), stored(0, 1_000_000, last_delta=1), stored(0)):
            await bench.store(batch)
        assert await bench.log.bounds(bench.topic, 0) == (0, 5)
        assert await self.found(bench) == [[0, 1], (2, 3, 2, "unreadable"), [4]]

    async def test_what_is_too_large_takes_its_place(self, bench: Bench) -> None:
        """Of 70 MiB in few bytes nothing is read."""
        await bench.store(stored(0, codec=CODECS["zstd"], size=70 * 1024 * 1024))
        await bench.store(stored(0))
        assert await self.found(bench) == [(0, 0, 1, "too_large"), [1]]

    async def test_from_within_what_cannot_be_read_less_is_left(self, bench: Bench) -> None:
        """One offset of its two: no more than one record."""
        await bench.store(stored(0, 1_000_000, last_delta=1))
        await bench.store(stored(0))
        assert await self.found(bench, 1) == [(1, 1, 1, "unreadable"), [2]]

    async def test_nothing_else_is_read_to_its_end(self, bench: Bench) -> None:
        """A reader comes to the end although no record is left."""
        await bench.store(stored(0, 1_000_000, last_delta=1))
        assert await self.found(bench) == [(0, 1, 2, "unreadable")]


class TimeContract:
    """Asking by time; a subclass gives the fixture ``bench``."""

    async def test_a_time_leads_to_the_first_record_at_or_after_it(self, bench: Bench) -> None:
        """By the timestamps that a reader sees, who may find the end of a transaction before it."""
        producer = await bench.producer()
        for key in ("a", "b"):
            await producer.commit([bench.record(key, "1")])
        await producer.close()
        first, end = await bench.log.bounds(bench.topic, 0)
        stamps = {
            int(at): int(stamp)
            async for batch in bench.log.read(bench.topic, 0, first, end)
            for at, stamp in zip(batch.offsets, batch.timestamps, strict=True)
        }
        for stamp in (0, *stamps.values()):
            since = await bench.log.first_since(bench.topic, 0, stamp)
            read = [batch async for batch in bench.log.read(bench.topic, 0, since, end)]
            assert int(read[0].offsets[0]) == min(at for at, other in stamps.items() if other >= stamp)

    async def test_a_time_behind_the_last_record_leads_to_the_end(self, bench: Bench) -> None:
        """And so does any time in an empty partition."""
        producer = await bench.producer()
        await producer.commit([bench.record("a", "1")])
        await producer.close()
        _, end = await bench.log.bounds(bench.topic, 0)
        assert await bench.log.first_since(bench.topic, 0, 4_000_000_000_000) == end
        assert await bench.log.first_since(bench.topic, 1, 0) == 0


class TransactionContract:
    """Fences, open transactions and aborts; a subclass gives the fixture ``bench``."""

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

    async def test_a_transaction_without_an_end_is_undecided(self, bench: Bench) -> None:
        """Told of the partitions that it wrote, until a new owner has taken the id."""
        dead = await bench.producer()
        await bench.leave_open(dead, [bench.record("a", "open")])
        assert [await bench.log.undecided(bench.topic, number) for number in range(2)] == [True, False]
        new = await bench.producer()
        await dead.close()
        await new.close()
        assert not await bench.log.undecided(bench.topic, 0)

    async def test_an_open_transaction_hides_its_records_and_what_follows(self, bench: Bench) -> None:
        """The end is the last stable offset: a later commit of somebody else waits behind it."""
        dead, other = await bench.producer(), await bench.log.producer(f"{bench.name}-other")
        await other.commit([bench.record("a", "before")])
        await bench.leave_open(dead, [bench.record("a", "open")])
        await other.commit([bench.record("a", "after"), bench.record("b", "elsewhere", 1)])
        assert await bench.rows() == [("a", "before")]
        assert await bench.log.bounds(bench.topic, 0) == (0, 2)
        assert await bench.rows(partition=1) == [("b", "elsewhere")]
        await dead.close()
        await other.close()

    async def test_an_abort_shows_what_was_behind_it(self, bench: Bench) -> None:
        """The next owner of the id ends the wait; its records and two markers keep their offsets."""
        dead, other = await bench.producer(), await bench.log.producer(f"{bench.name}-other")
        await bench.leave_open(dead, [bench.record("a", "open")])
        await other.commit([bench.record("a", "after")])
        new = await bench.producer()
        assert await bench.rows() == [("a", "after")]
        assert await bench.log.bounds(bench.topic, 0) == (0, 4)
        for producer in (dead, other, new):
            await producer.close()

    async def test_a_fenced_owner_cannot_end_what_it_began(self, bench: Bench) -> None:
        """Its records were written before the fence; its commit after it commits nothing."""
        former = await bench.producer()
        await bench.leave_open(former, [bench.record("a", "open")])
        new = await bench.producer()
        with pytest.raises(FencedError):
            await bench.finish(former)
        await new.commit([bench.record("a", "new")])
        assert await bench.rows() == [("a", "new")]
        await former.close()
        await new.close()

    async def test_a_read_beyond_the_end_is_an_error(self, bench: Bench) -> None:
        """A changelog is read from an offset that it has, or not at all."""
        producer = await bench.producer()
        await producer.commit([bench.record("a", "1")])
        await producer.close()
        with pytest.raises(ChangelogError, match="offset 7"):
            _ = [batch async for batch in bench.log.read(bench.topic, 0, 7, 9)]
