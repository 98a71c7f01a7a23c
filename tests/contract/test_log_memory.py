"""The log in memory keeps the contract, and does what only it can: tear, compact, truncate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from creator_pulse.stream.errors import ChangelogError, FencedError, LaneError
from creator_pulse.stream.transport.batch import OutRecord
from creator_pulse.stream.transport.memory_log import MemoryLog, MemoryProducer
from tests.contract.log_contract import Bench, LogContract, StoredContract, TimeContract, TransactionContract
from tests.contract.size_contract import SizeContract

if TYPE_CHECKING:
    from creator_pulse.stream.transport.log import LogProducer


class MemoryBench(Bench):
    """Two topics in memory."""

    def __init__(self) -> None:
        self.topic, self.other, self.name = "one", "two", "memory"
        self.memory = self.log = MemoryLog({"one": 2, "two": 2})

    async def leave_open(self, producer: LogProducer, records: list[OutRecord]) -> None:
        """Written, and not ended."""
        assert isinstance(producer, MemoryProducer)
        producer.send(records)

    async def store(self, batch: bytes) -> None:
        """As a producer would have sent it."""
        self.memory.store(self.topic, 0, batch)

    async def finish(self, producer: LogProducer) -> None:
        """End it."""
        assert isinstance(producer, MemoryProducer)
        producer.end()


@pytest.fixture
def bench() -> MemoryBench:
    """An empty log."""
    return MemoryBench()


class TestMemoryLog(LogContract):
    """The contract of records."""


class TestMemoryStored(StoredContract):
    """The contract of batches as others store them."""


class TestMemoryTimes(TimeContract):
    """The contract of asking by time."""


class TestMemoryTransactions(TransactionContract):
    """The contract of transactions."""


class TestMemorySizes(SizeContract):
    """The contract of sizes."""


@pytest.mark.parametrize(("how", "found"), [("lost", []), ("written", [("a", "1")])])
async def test_a_torn_reply_is_all_or_nothing(
    bench: MemoryBench, how: str, found: list[tuple[str, str]]
) -> None:
    """Either way the producer cannot tell."""
    producer = await bench.producer()
    bench.memory.tear = lambda _: how
    with pytest.raises(LaneError, match=how):
        await producer.commit([bench.record("a", "1")])
    assert await bench.rows() == found


async def test_compaction_keeps_the_newest_of_each_key(bench: MemoryBench) -> None:
    """Offsets stay, superseded records and tombstones go."""
    producer = await bench.producer()
    rows = [("a", "1"), ("b", "1"), ("a", "2"), ("b", None)]
    await producer.commit([bench.record(key, value) for key, value in rows])
    bench.memory.compact(bench.topic, 0)
    assert await bench.rows() == [("a", "2")]
    assert await bench.log.bounds(bench.topic, 0) == (0, 5)


async def test_retention_moves_the_first_offset(bench: MemoryBench) -> None:
    """Records below it are gone; it never passes the end."""
    producer = await bench.producer()
    await producer.commit([bench.record("a", str(number)) for number in range(4)])
    bench.memory.truncate(bench.topic, 0, 3)
    assert await bench.log.bounds(bench.topic, 0) == (3, 5)
    assert await bench.rows() == [("a", "3")]
    bench.memory.truncate(bench.topic, 0, 99)
    assert await bench.log.bounds(bench.topic, 0) == (5, 5)


async def test_a_lost_reply_leaves_the_transaction_open(bench: MemoryBench) -> None:
    """As with Kafka: who reads the partition waits until the next owner has aborted it."""
    producer = await bench.producer()
    bench.memory.tear = lambda _: "lost"
    with pytest.raises(LaneError, match="lost"):
        await producer.commit([bench.record("a", "1")])
    bench.memory.write([bench.record("b", "2")])
    assert await bench.rows() == []
    await bench.producer()
    assert await bench.rows() == [("b", "2")]


async def test_a_transaction_that_nobody_ends_is_aborted(bench: MemoryBench) -> None:
    """After its time-out, which fences its producer too."""
    producer = await bench.producer()
    await bench.leave_open(producer, [bench.record("a", "1")])
    assert bench.memory.expire(before_ms=0) == []
    assert bench.memory.expire(before_ms=1) == ["memory-lane"]
    assert await bench.log.bounds(bench.topic, 0) == (0, 2)
    assert await bench.rows() == []
    with pytest.raises(FencedError):
        await producer.commit([bench.record("a", "2")])


async def test_compaction_leaves_what_is_not_clean_yet(bench: MemoryBench) -> None:
    """Above the given offset, and above the last stable one, every record stays."""
    producer = await bench.producer()
    await producer.commit([bench.record("a", str(number)) for number in range(4)])
    await bench.leave_open(producer, [bench.record("a", "open")])
    bench.memory.compact(bench.topic, 0, below=2)
    assert await bench.rows() == [("a", "1"), ("a", "2"), ("a", "3")]
    bench.memory.compact(bench.topic, 0)
    await bench.finish(producer)
    assert await bench.rows() == [("a", "3"), ("a", "open")]


async def test_young_tombstones_outlive_a_compaction() -> None:
    """Who is reading on must hear that the key is gone; an old one goes."""
    now = [10]
    log = MemoryLog({"one": 1}, lambda: now[0])
    log.write([OutRecord("one", b"a", b"1", 0), OutRecord("one", b"a", None, 0)])
    log.compact("one", 0, tombstones_until_ms=9)
    batch = log.batch("one", 0, 0, 9)
    assert batch is not None
    assert list(batch.values) == [None]
    log.compact("one", 0, tombstones_until_ms=10)
    assert log.batch("one", 0, 0, 9) is None


async def test_what_retention_took_cannot_be_read(bench: MemoryBench) -> None:
    """An offset below the first one is an error, as with Kafka."""
    bench.memory.write([bench.record("a", str(number)) for number in range(4)])
    bench.memory.truncate(bench.topic, 0, 3)
    with pytest.raises(ChangelogError, match="offset 2"):
        _ = [batch async for batch in bench.log.read(bench.topic, 0, 2, 4)]
