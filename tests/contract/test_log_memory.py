"""The log in memory keeps the contract, and does what only it can: tear, compact, truncate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stream.errors import LaneError
from stream.transport.memory_log import MemoryLog
from tests.contract.log_contract import Bench, LogContract

if TYPE_CHECKING:
    from stream.transport.batch import OutRecord
    from stream.transport.log import LogProducer


class MemoryBench(Bench):
    """Two topics in memory."""

    def __init__(self) -> None:
        self.topic, self.other, self.name = "one", "two", "memory"
        self.memory = self.log = MemoryLog({"one": 2, "two": 2})

    async def leave_open(self, producer: LogProducer, records: list[OutRecord]) -> None:
        """A transaction in memory is written whole or not at all: an open one is a lost one."""
        self.memory.tear = lambda _: "lost"
        with pytest.raises(LaneError):
            await producer.commit(records)
        self.memory.tear = lambda _: ""


@pytest.fixture
def bench() -> MemoryBench:
    """An empty log."""
    return MemoryBench()


class TestMemoryLog(LogContract):
    """The contract."""


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
