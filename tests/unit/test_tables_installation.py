"""The hash key of an installation: made once, the same for all, never made anew in silence."""

from __future__ import annotations

import asyncio
from itertools import count

import msgspec
import pytest

from creator_pulse.stream.errors import ChangelogError, LaneError
from creator_pulse.stream.native.hash_key import HashKey
from creator_pulse.stream.settings import INPUT_TOPICS, Settings
from creator_pulse.stream.tables.installation import Installation
from creator_pulse.stream.transport.batch import OutRecord
from creator_pulse.stream.transport.memory_log import MemoryLog
from creator_pulse.stream.transport.names import PANE_TOPIC
from creator_pulse.stream.transport.topics import declared
from tests.support.changelog_bench import GIFT, PANE, counted, finished

SETTINGS = Settings(partitions=2, quiet_partitions=1, merge_partitions=2)
_NUMBERS = count(1)


def log() -> MemoryLog:
    """A log in which nothing was written."""
    return MemoryLog({topic.name: topic.partitions for topic in declared(SETTINGS)})


def installation(of: MemoryLog) -> Installation:
    """As a worker has it; each secret that is made is another."""
    return Installation(
        of, SETTINGS, INPUT_TOPICS, pause=0.0, make=lambda: next(_NUMBERS).to_bytes(16, "big")
    )


async def mark(of: MemoryLog) -> int:
    """What tells the key from others that a worker gets."""
    return (await installation(of).key()).mark


async def write(to: MemoryLog, topic: str, key: bytes, value: bytes | None, partition: int = 0) -> None:
    """Commit a record."""
    producer = await to.producer("somebody")
    await producer.commit([OutRecord(topic, key, value, partition)])


async def test_the_first_worker_makes_a_key_and_the_next_has_the_same() -> None:
    """Also a third, after the log was compacted."""
    kept = log()
    first = await mark(kept)
    assert await mark(kept) == first
    kept.compact(SETTINGS.installation, 0)
    assert await mark(kept) == first


async def test_two_installations_have_two_keys() -> None:
    """Each makes its own."""
    assert await mark(log()) != await mark(log())


async def test_workers_that_start_at_once_have_one_key() -> None:
    """Eight of them ask while nobody has written one."""
    kept = log()
    assert len(set(await asyncio.gather(*(mark(kept) for _ in range(8))))) == 1


class OvertakenLog(MemoryLog):
    """A log in which another worker makes the key and counts, once this one looks at the changelogs."""

    overtaken = False

    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """The offsets, after what the other worker does."""
        if topic == SETTINGS.changelog("creator.gift") and not self.overtaken:
            self.overtaken = True
            await installation(self).key()
            await write(self, topic, b"m", b"x", partition)
        return await super().bounds(topic, partition)


async def test_a_worker_that_is_overtaken_while_it_looks_has_the_key_of_the_other() -> None:
    """Entries that another worker wrote under its key are no sign of a lost one."""
    shared = OvertakenLog({topic.name: topic.partitions for topic in declared(SETTINGS)})
    assert await mark(shared) == await mark(shared)
    assert shared.overtaken


async def test_whose_answer_is_lost_reads_what_was_written() -> None:
    """The key was written, and nobody heard of it: no second one is made."""
    kept, torn = log(), iter(["written"])
    kept.tear = lambda _: next(torn, "")
    first = await mark(kept)
    assert await mark(kept) == first
    assert await kept.bounds(SETTINGS.installation, 0) == (0, 2)  # one record and its end


async def test_a_key_that_is_never_written_ends_in_one_line() -> None:
    """Each try breaks before its end: the worker says what it could not do."""
    kept = log()
    kept.tear = lambda _: "lost"
    with pytest.raises(LaneError, match="pulse-installation-0"):
        await mark(kept)


@pytest.mark.parametrize(
    ("topic", "partition"), [("creator.gift", 1), ("creator.wallet", 0), (PANE_TOPIC, 1)]
)
async def test_no_key_is_made_beside_changelogs(topic: str, partition: int) -> None:
    """The topic of the key is gone, some changelog is not: one line that names both, and no new key."""
    kept = log()
    await write(kept, SETTINGS.changelog(topic), b"m", b"x", partition)
    with pytest.raises(
        ChangelogError, match=rf"pulse-installation has no .*pulse-{topic}-changelog-{partition}"
    ):
        await mark(kept)
    assert await kept.bounds(SETTINGS.installation, 0) == (0, 0)


@pytest.mark.parametrize(
    "stored",
    [
        b"\xc1",
        msgspec.msgpack.encode({"format": 1}),
        msgspec.msgpack.encode({"format": 2, "hash_key": bytes(16)}),
        msgspec.msgpack.encode({"format": 1, "hash_key": bytes(15)}),
    ],
)
async def test_a_key_that_cannot_be_read_is_not_replaced(stored: bytes) -> None:
    """No MessagePack, no key in it, another version, another length."""
    kept = log()
    await write(kept, SETTINGS.installation, b"hash-key", stored)
    with pytest.raises(ChangelogError, match="hash key in pulse-installation cannot be read"):
        await mark(kept)


async def test_the_secret_is_in_no_error() -> None:
    """Not even where its entry is of another version."""
    kept, secret = log(), b"0123456789abcdef"
    stored = msgspec.msgpack.encode({"format": 2, "hash_key": secret})
    await write(kept, SETTINGS.installation, b"hash-key", stored)
    with pytest.raises(ChangelogError) as error:
        await mark(kept)
    assert secret.decode() not in str(error.value)


async def test_a_merge_lane_of_another_key_stops() -> None:
    """Its panes hold identities under the other one, and its results were stated."""
    bench = await finished()
    runner = bench.world.runner(bench.place(PANE), bench.log, bench.clock, HashKey(bytes(16)))
    with pytest.raises(ChangelogError, match="another hash key"):
        await runner.open()


async def test_a_source_lane_of_another_key_is_built_again() -> None:
    """Its ids mean nothing under the new one: all of it is read once more, and totals stay."""
    bench = await counted()
    before = {sample for sample in bench.runners[GIFT].samples() if sample.family == "pulse_records_total"}
    runner = bench.world.runner(bench.place(GIFT), bench.log, bench.clock, HashKey(bytes(16)))
    await runner.open()
    assert {sample for sample in runner.samples() if sample.family == "pulse_records_total"} == before
