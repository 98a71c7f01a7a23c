"""Crashes at every seam: whatever dies, the figures in the end are the ledger's."""

from __future__ import annotations

import functools
from random import Random
from typing import TYPE_CHECKING

import msgspec
import pytest

from creator_pulse.stream.catalog.declaration.declare import WINDOWS
from creator_pulse.stream.errors import ChangelogError, FencedError, LaneError
from creator_pulse.stream.lanes.lane import FORMAT, Marker
from creator_pulse.stream.transport.batch import OutRecord
from tests.support.hash_key import HASH_KEY
from tests.support.lane_harness import MERGES, SOURCES, Harness, Place, traffic

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from creator_pulse.stream.generator.model import Produced
    from creator_pulse.stream.lanes.lane import Sample
    from creator_pulse.stream.tables.runner import LaneRunner

GIFT: Place = ("gift", 0)
PANE: Place = ("pane", 0)


@functools.cache
def records() -> tuple[Produced, ...]:
    """Four minutes in which windows close, streaks time out and ids leave the horizon."""
    return tuple(traffic(3, 10, 2_600))


def marker(offset: int, layout: int = FORMAT) -> bytes:
    """A source lane's marker as stored."""
    return msgspec.msgpack.encode(Marker(layout, offset, 0, key=HASH_KEY.mark))


async def plant(harness: Harness, place: Place, *entries: tuple[bytes, bytes | None]) -> None:
    """Commit entries to a lane's changelog."""
    producer = await harness.log.producer("planted")
    await producer.commit([OutRecord(harness.changelog(place), *entry, place[1]) for entry in entries])


async def survives(runner: LaneRunner, *, killed: bool) -> bool:
    """Whether the lane lives on: killed before its commit it does not, nor after a torn one."""
    if killed:
        return False
    try:
        await runner.commit()
    except LaneError:
        return False
    return True


async def crashing(harness: Harness, rng: Random, crash: float, most: int = 100) -> int:
    """Run to the end; each lane dies before a commit with this probability, and after a torn one.

    Returns:
        how many lanes were opened again.
    """
    await harness.open()
    crashes, moved = 0, True
    while moved:
        moved = False
        for place in (*SOURCES, *MERGES):
            moved |= await harness.deliver(place, most)
            if not await survives(harness.runners[place], killed=rng.random() < crash):
                crashes += 1
                moved = True
                await harness.open(place)
        harness.clock.advance(11)
    harness.log.tear = lambda _: ""
    await harness.settle()
    return crashes


@pytest.mark.slow
@pytest.mark.parametrize("how", ["lost", "written"])
async def test_a_torn_commit_counts_once(how: str) -> None:
    """A reply lost on the way, whether its transaction was written or not, leaves no trace."""
    harness, rng = Harness(records()), Random(1)
    harness.log.tear = lambda _: how if rng.random() < 0.1 else ""
    assert await crashing(harness, rng, 0.0) > 3
    assert harness.differences() == []


@pytest.mark.slow
async def test_a_commit_that_no_partition_was_told_of_counts_once() -> None:
    """Kafka forgets to tell how some transactions ended, and lanes die: all is counted once."""
    harness, rng, untold = Harness(records()), Random(4), set[str]()

    def forgetting(name: str) -> str:
        """One in five is not told of, but never the next one too, which tells of both."""
        if name not in untold and rng.random() < 0.2:
            untold.add(name)
            return "unmarked"
        untold.discard(name)
        return ""

    harness.log.tear = forgetting
    assert await crashing(harness, rng, 0.2) > 3
    assert harness.differences() == []


@pytest.mark.slow
async def test_a_killed_lane_goes_on_from_its_changelog() -> None:
    """One lane in ten dies with uncommitted records, at each round anew."""
    harness = Harness(records())
    assert await crashing(harness, Random(2), 0.1) > 3
    assert harness.differences() == []


@pytest.mark.slow
async def test_a_compacted_changelog_restores_the_same() -> None:
    """With superseded entries and tombstones removed before each recovery nothing changes."""
    harness, rng = Harness(records()), Random(3)

    def compacting(_: str) -> str:
        for place in (*SOURCES, *MERGES):
            harness.log.compact(harness.changelog(place), place[1])
        return "written" if rng.random() < 0.1 else ""

    harness.log.tear = compacting
    assert await crashing(harness, rng, 0.05) > 3
    assert harness.differences() == []


def lasting(samples: Iterable[Sample]) -> set[Sample]:
    """Series that a new owner shows alike.

    How many provisionals it knows is its own; and the old owner made the running business days anew every
    five minutes of event time, so that the new one's may be newer.
    """
    return {
        sample
        for sample in samples
        if sample.family not in {"pulse_table_entries", "pulse_table_fill_ratio"}
        and not (("state", "provisional") in sample.labels and WINDOWS[dict(sample.labels)["window"]].runs)
    }


@pytest.mark.parametrize("place", [GIFT, PANE])
@pytest.mark.slow
async def test_a_restored_lane_shows_what_was_committed(place: Place) -> None:
    """A new owner's first series are the old owner's last, but for what ``lasting`` leaves out."""
    harness = Harness(records())
    await harness.open()
    await harness.run(400)
    harness.clock.advance(harness.settings.provisional_interval)
    await harness.runners[place].commit()
    before = harness.runners[place].committed
    await harness.open(place)
    after = harness.runners[place].committed
    assert before is not None
    assert after is not None
    assert lasting(before.samples) == lasting(after.samples)
    assert after.next_offset == before.next_offset


@pytest.mark.slow
async def test_a_zombie_writes_nothing() -> None:
    """The former owner, woken with records that the new one counted too, is fenced."""
    harness = Harness(records())
    await harness.open()
    zombie = harness.runners[GIFT]
    await harness.deliver(GIFT, 100)
    await harness.open(GIFT)
    with pytest.raises(FencedError):
        await zombie.commit()
    assert not zombie.is_open
    await harness.run(500)
    assert harness.differences() == []


async def test_a_zombie_shows_only_what_it_committed() -> None:
    """Records applied but not committed are in no series."""
    harness = Harness(records())
    await harness.open()
    await harness.deliver(GIFT, 100)
    assert harness.total("pulse_records_total") == 0


async def test_records_that_retention_removed_are_counted_as_lost() -> None:
    """50 records below the first offset were never counted: 50 lost, the rest as if they never were."""
    gone, harness = 50, Harness()
    mine = [record for record in records() if (record.topic, record.partition) == GIFT]
    for record in mine:
        harness.write(record)
    await harness.open(GIFT)
    await harness.deliver(GIFT, 100)
    await harness.runners[GIFT].commit()
    harness.log.truncate(harness.topic(GIFT), 0, 100 + gone)
    await harness.open(*SOURCES)
    assert harness.total("pulse_lost_records_total") == gone
    await harness.drain([GIFT], 100)
    for record in (*mine[:100], *mine[100 + gone :]):
        harness.ledger.add(record.topic, record.partition, record.value, record.timestamp_ms, record.key)
    assert harness.wrong_totals() == []
    assert harness.total("pulse_lost_records_total") == gone


async def test_lost_records_stay_lost_once() -> None:
    """Opened again after the loss was committed, the lane does not count it again."""
    harness = Harness(records())
    await harness.open(GIFT)
    await harness.deliver(GIFT, 10)
    await harness.runners[GIFT].commit()
    harness.log.truncate(harness.topic(GIFT), 0, 30)
    for _ in range(2):
        await harness.open(GIFT)
        await harness.runners[GIFT].commit()
    assert harness.total("pulse_lost_records_total") == 20


async def test_an_empty_changelog_starts_at_the_first_offset() -> None:
    """What retention removed before a lane first ran is not lost: it was never its own."""
    harness = Harness(records())
    harness.log.truncate(harness.topic(GIFT), 0, 7)
    await harness.open(GIFT)
    assert harness.runners[GIFT].position == 7
    assert harness.total("pulse_lost_records_total") == 0


async def test_a_changelog_of_control_offsets_only_is_empty() -> None:
    """A tombstone that compaction removed leaves offsets and no record."""
    harness = Harness(records())
    await plant(harness, GIFT, (b"x", None))
    harness.log.compact(harness.changelog(GIFT), 0)
    assert await harness.log.bounds(harness.changelog(GIFT), 0) == (0, 2)
    await harness.open(GIFT)
    assert harness.runners[GIFT].position == 0


async def test_a_changelog_of_one_record_is_read() -> None:
    """A marker alone says where to go on."""
    harness = Harness(records())
    await plant(harness, GIFT, (b"m", marker(5)))
    await harness.open(GIFT)
    assert harness.runners[GIFT].position == 5


@pytest.mark.parametrize("place", [GIFT, PANE])
async def test_another_format_is_refused(place: Place) -> None:
    """A changelog of layout 99 is no state of this version."""
    harness = Harness(records())
    await plant(harness, place, (b"m", marker(5, 99)))
    with pytest.raises(ChangelogError, match="format 99"):
        await harness.open(place)


@pytest.mark.parametrize(
    ("place", "entries"),
    [
        (GIFT, ((b"m", b"\xc1"),)),
        (GIFT, ((b"t" + b"gifts|tiktok|US", b"many"),)),
        (GIFT, ((b"t" + b"\xff", b"1"),)),
        (GIFT, ((b"s" + b"group", b"\xc1"),)),
        (GIFT, ((b"d" + bytes(8), b"123"),)),
        (GIFT, ((b"d" + bytes(8), b""),)),
        (GIFT, ((b"?", b"1"),)),
        (PANE, ((b"m", b"\xc1"),)),
        (PANE, ((b"m", marker(5)),)),
        (PANE, ((b"p" + b"\xc1", b"1"),)),
        (PANE, ((b"r" + b"key", b"\xc1"),)),
        (PANE, ((b"?", b"1"),)),
    ],
)
async def test_corrupt_state_is_refused(place: Place, entries: Sequence[tuple[bytes, bytes]]) -> None:
    """Bytes that are no entry stop the lane with a ``ChangelogError``; it must not count on half a state."""
    harness = Harness(records())
    await plant(harness, place, *entries)
    with pytest.raises(ChangelogError):
        await harness.open(place)
