"""The index of cases: each record is read once, memory ends, what is broken is passed over."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from creator_pulse.stream.api.case_index import LARGEST, CaseIndex
from creator_pulse.stream.errors import UnreachableError
from creator_pulse.stream.transport.batch import OutRecord
from creator_pulse.stream.transport.memory_log import MemoryLog
from creator_pulse.stream.transport.names import CASE_TOPIC

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from creator_pulse.stream.transport.batch import Batch

REFERENCE = "creator.reference"
RULE = "gift_coins_velocity_viewers"
DAY = 1_767_225_600_000
"""The first of January 2026: entries are of the years 2000 to 2100."""
ALL = (0, 2**62, None, None)


class Log(MemoryLog):
    """Counts the records that are read."""

    def __init__(self) -> None:
        super().__init__({CASE_TOPIC: 2, REFERENCE: 1})
        self.count = 0
        self.is_away = False
        self.asked = asyncio.Event()

    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """As the log tells them, while it is there."""
        self.asked.set()
        if self.is_away:
            raise UnreachableError("no Kafka")
        return await super().bounds(topic, partition)

    async def read(self, topic: str, partition: int, start: int, end: int) -> AsyncIterator[Batch]:
        """As the log does it."""
        async for batch in super().read(topic, partition, start, end):
            self.count += len(batch)
            yield batch

    def case(self, name: str, written: int, partition: int = 0, **fields: Any) -> str:
        """A case; its id."""
        case_id = f"{RULE}|tiktok|{name}|1"
        self.put(
            CASE_TOPIC, case_id.encode(), json.dumps({"rule": RULE, **fields}).encode(), written, partition
        )
        return case_id

    def verdict(self, case_id: str, when: int, *, confirmed: bool) -> None:
        """A verdict on it."""
        entry = {
            "kind": "verdict",
            "id": case_id,
            "valid_from": DAY + when,
            "rule": RULE,
            "confirmed": confirmed,
        }
        self.put(REFERENCE, f"verdict:{case_id}:{when}".encode(), json.dumps(entry).encode(), when)

    def put(self, topic: str, key: bytes, value: bytes, written: int, partition: int = 0) -> None:
        """Any record."""
        self.write([OutRecord(topic, key, value, partition)], timestamp=written)


@pytest.fixture
def log() -> Log:
    """Nothing in it yet."""
    return Log()


def index_of(log: Log, most_bytes: int = 1 << 20, fresh_seconds: float = 0) -> CaseIndex:
    """An index over it."""
    return CaseIndex(log, 2, REFERENCE, most_bytes, fresh_seconds)


def ids(index: CaseIndex, *span: Any) -> list[str]:
    """Who the cases are about."""
    return [entry.id.split("|")[2] for entry, _ in index.between(*(span or ALL))]


async def test_each_record_is_read_once(log: Log) -> None:
    """However often somebody asks; what is new is read when it is there."""
    index = index_of(log)
    for number in range(10):
        log.case(f"v{number}", number, number % 2)
    for _ in range(5):
        await index.catch_up()
    before = log.count
    log.case("new", 11)
    await index.catch_up()
    assert (before, log.count, ids(index)) == (10, 11, [*(f"v{number}" for number in range(10)), "new"])


async def test_those_who_ask_at_a_time_share_a_reading(log: Log) -> None:
    """And one who gives up does not end it for the others."""
    index = index_of(log)
    log.case("v", 1)
    asking = [asyncio.create_task(index.catch_up()) for _ in range(5)]
    # Those who ask have all begun before the reading that the first of them started.
    await log.asked.wait()
    asking[0].cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    assert (log.count, ids(index)) == (1, ["v"])


async def test_what_was_read_a_moment_ago_will_do(log: Log) -> None:
    """Within a second nothing is asked of Kafka."""
    index = index_of(log, fresh_seconds=60)
    await index.catch_up()
    log.case("v", 1)
    log.is_away = True
    await index.catch_up()
    assert ids(index) == []


async def test_cases_come_in_the_order_of_time_over_all_partitions(log: Log) -> None:
    """Also those of a partition that is read later."""
    index = index_of(log)
    for name, written, partition in (("c", 30, 0), ("a", 10, 1), ("d", 40, 1), ("b", 20, 1)):
        log.case(name, written, partition)
    await index.catch_up()
    # b was written behind d in its partition, so it counts as written with it.
    assert ids(index) == ["a", "c", "d", "b"]


@pytest.mark.parametrize(
    ("span", "found"),
    [
        ((20, 40, None, None), ["b", "c"]),
        ((0, 21, None, None), ["a", "b"]),
        ((0, 100, (20, 0, 1), None), ["c", "d"]),
        ((0, 100, None, frozenset({"other"})), []),
        ((0, 100, (2**62, 2**62, 2**62), None), []),
        ((50, 10, None, None), []),
    ],
)
async def test_a_span_a_place_and_a_rule_choose(log: Log, span: Any, found: list[str]) -> None:
    """From is inclusive, to is not; a place stands for what follows it."""
    index = index_of(log)
    for number, name in enumerate("abcd", 1):
        log.case(name, number * 10)
    await index.catch_up()
    assert ids(index, *span) == found


async def test_the_newest_verdict_stands(log: Log) -> None:
    """By its own time, not by its place in the topic; of other cases nothing is kept."""
    index = index_of(log)
    case_id = log.case("v", 1)
    log.verdict(case_id, 20, confirmed=True)
    log.verdict(case_id, 10, confirmed=False)
    log.verdict("no such case", 30, confirmed=True)
    await index.catch_up()
    ((_, verdict),) = index.between(*ALL)
    assert verdict is not None
    assert (verdict.confirmed, len(index._verdicts)) == (True, 1)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (b"x", b"\xff"),
        (b"x", b"[]"),
        (b"x", b'{"rule": 5}'),
        (b"\xff", b"{}"),
        (b"x", b"[" * 60_000),
        (b"x", b'{"rule": "' + b"y" * LARGEST + b'"}'),
    ],
)
async def test_what_is_no_case_is_passed_over(log: Log, key: bytes, value: bytes) -> None:
    """The ones beside it are there."""
    index = index_of(log)
    log.case("before", 1)
    log.put(CASE_TOPIC, key, value, 2)
    log.put(REFERENCE, b"verdict:" + key, value, 2)
    log.case("after", 3)
    await index.catch_up()
    assert ids(index) == ["before", "after"]


async def test_memory_ends_and_the_oldest_go(log: Log) -> None:
    """Of 1,000 cases of 500 bytes what 100 KB hold; from when on all are held is said."""
    index = index_of(log, most_bytes=100_000)
    for number in range(1_000):
        case_id = log.case(f"v{number}", number, evidence="x" * 460)
        log.verdict(case_id, number, confirmed=True)
    await index.catch_up()
    listed = ids(index)
    assert index._bytes <= 100_000
    assert 50 <= len(listed) <= 200
    assert listed == [f"v{number}" for number in range(index.since, 1_000)]
    assert len(index._by_id) == len(listed)
    assert index.get(f"{RULE}|tiktok|v0|1") is None


async def test_what_retention_removes_goes(log: Log) -> None:
    """The topic has it no more; nor has the index."""
    index = index_of(log)
    for number in range(4):
        log.case(f"v{number}", number)
    await index.catch_up()
    log.truncate(CASE_TOPIC, 0, 3)
    await index.catch_up()
    assert (ids(index), len(index._by_id)) == (["v3"], 1)


async def test_a_topic_that_was_made_anew_is_read_anew(log: Log) -> None:
    """It ends before what was read: nothing of the former one stays."""
    index = index_of(log)
    for number in range(4):
        log.case(f"old{number}", number)
    await index.catch_up()
    log._partitions.clear()
    log.case("new", 1)
    await index.catch_up()
    assert ids(index) == ["new"]


async def test_a_kafka_that_is_away_is_said_to_who_asks(log: Log) -> None:
    """And read on from where it was when it is back."""
    index = index_of(log)
    log.is_away = True
    with pytest.raises(UnreachableError):
        await index.catch_up()
    log.is_away = False
    log.case("v", 1)
    await index.catch_up()
    assert ids(index) == ["v"]
