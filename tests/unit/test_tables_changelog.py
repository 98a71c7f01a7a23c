"""Changelogs as they are found: whatever their shape, a lane stands where it stood, or says why it cannot."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING

import msgspec
import pytest

from creator_pulse.stream.errors import ChangelogError, UnreachableError
from creator_pulse.stream.lanes.lane import FORMAT, MARKER, Marker
from creator_pulse.stream.tables.log_identity import LOG_IDENTITY
from creator_pulse.stream.tables.runner import LaneRunner
from creator_pulse.stream.transport.batch import OutRecord
from creator_pulse.stream.transport.names import WINDOW_TOPIC
from tests.support.changelog_bench import (
    GIFT,
    PANE,
    counted,
    cut,
    differences_after,
    end_of,
    finished,
    made_anew,
    plant,
    shown,
)
from tests.support.hash_key import HASH_KEY
from tests.support.stored_batches import broken

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from creator_pulse.stream.transport.batch import Batch
    from tests.support.changelog_bench import Damage
    from tests.support.lane_harness import Harness


def remarked(**fields: object) -> Damage:
    """Damage: the marker with other fields."""

    async def replace(harness: Harness) -> None:
        marker = Marker(FORMAT, harness.runners[GIFT].position, 0, key=HASH_KEY.mark)
        await plant(
            harness, GIFT, (MARKER, msgspec.msgpack.encode(msgspec.structs.replace(marker, **fields)))
        )

    return replace


def planted(key: bytes, value: bytes) -> Damage:
    """Damage: one entry more."""
    return lambda harness: plant(harness, GIFT, (key, value))


async def stored_broken(harness: Harness) -> None:
    """Damage: a stored batch that cannot be read."""
    harness.log.store(harness.changelog(GIFT), GIFT[1], broken())


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(cut, id="entries deleted"),
        pytest.param(remarked(format=FORMAT + 1), id="newer format"),
        pytest.param(remarked(format=FORMAT - 1), id="older format"),
        pytest.param(planted(b"?", b"1"), id="unknown entry"),
        pytest.param(planted(b"t" + b"gifts|tiktok|US", b"many"), id="corrupt total"),
        pytest.param(planted(b"d" + bytes(8), b"123"), id="corrupt ids"),
        pytest.param(planted(b"s" + b"group", b"\xc1"), id="corrupt streak"),
        pytest.param(stored_broken, id="a batch that cannot be read"),
    ],
)
async def test_a_damaged_state_is_built_again_from_a_whole_source(damage: Damage) -> None:
    """The same series at the same offset, once and after one more restart, and no pane sent twice."""
    assert await differences_after(await counted(), damage) == []


async def test_what_cannot_be_read_is_written_again_once() -> None:
    """The batch stays in the changelog; the next opening needs the source no more."""
    harness = await counted()
    await stored_broken(harness)
    await harness.open(GIFT)
    before = shown(harness, GIFT)
    harness.log.truncate(harness.topic(GIFT), 0, 1)
    await harness.open(GIFT)
    assert shown(harness, GIFT) == before


@pytest.mark.slow
async def test_a_state_built_again_goes_on_to_the_ledgers_figures() -> None:
    """Duplicates, open streaks and totals of before the damage are known after it."""
    harness = await counted()
    await cut(harness)
    await harness.open()
    await harness.run(400)
    assert harness.differences() == []


async def test_a_state_built_again_leaves_no_entry_of_the_old_one() -> None:
    """An entry that no lane wrote is a tombstone afterwards: a third open reads a sound changelog."""
    harness = await counted()
    await plant(harness, GIFT, (b"?", b"1"))
    await harness.open(GIFT)
    assert harness.records(harness.changelog(GIFT))[-1][0] == LOG_IDENTITY
    assert (b"?", None) in harness.records(harness.changelog(GIFT))


async def test_a_state_built_again_is_whole_from_then_on() -> None:
    """Once written again it needs the source no more, though the changelog still begins above 0."""
    harness = await counted()
    await cut(harness)
    await harness.open(GIFT)
    before = shown(harness, GIFT)
    harness.log.truncate(harness.topic(GIFT), 0, 1)
    await harness.open(GIFT)
    assert shown(harness, GIFT) == before


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        pytest.param(planted(MARKER, b"\xc1"), "marker cannot be read", id="corrupt marker"),
        pytest.param(planted(LOG_IDENTITY, b"\xc1"), "identity cannot be read", id="corrupt identity"),
        pytest.param(functools.partial(cut, start=1 << 40), "how far was counted", id="all deleted"),
    ],
)
async def test_without_a_marker_nothing_is_guessed(damage: Damage, why: str) -> None:
    """How far panes were sent is not known then: one line says so and what to do."""
    harness = await counted()
    await damage(harness)
    with pytest.raises(ChangelogError, match=f"(?s){why}.*begin afresh"):
        await harness.open(GIFT)


async def test_a_source_that_lost_its_start_rebuilds_nothing() -> None:
    """Entries deleted, and the source's first record too: the totals cannot be had again."""
    harness = await counted()
    await cut(harness)
    harness.log.truncate(harness.topic(GIFT), 0, 1)
    with pytest.raises(ChangelogError, match="no longer holds every record"):
        await harness.open(GIFT)


async def test_a_source_made_anew_rebuilds_nothing() -> None:
    """Entries deleted, and another log of the same length under the same name."""
    harness = await counted()
    await cut(harness)
    await made_anew(harness, await end_of(harness, harness.topic(GIFT)))
    with pytest.raises(ChangelogError, match="another log"):
        await harness.open(GIFT)


@pytest.mark.parametrize("first", [3, 1 << 40])
@pytest.mark.slow
async def test_deleted_entries_of_a_merge_lane_stop_it(first: int) -> None:
    """Its results were stated: stating them again would make a second final. Nothing is written."""
    harness = await finished()
    said = harness.records(WINDOW_TOPIC)
    harness.log.truncate(harness.changelog(PANE), PANE[1], first)
    with pytest.raises(ChangelogError, match="begin afresh"):
        await harness.open(PANE)
    assert harness.records(WINDOW_TOPIC) == said


async def test_entries_without_a_marker_stop_a_merge_lane() -> None:
    """Panes alone do not say how far they go: counting them from the start would double them."""
    harness = await finished()
    await plant(harness, PANE, (MARKER, None))
    with pytest.raises(ChangelogError, match="no marker"):
        await harness.open(PANE)


async def test_aborted_transactions_at_the_end_are_passed_over() -> None:
    """Five transactions without a commit leave offsets and no records behind the marker."""
    harness = await counted()
    before = shown(harness, GIFT)
    for _ in range(5):
        producer = await harness.log.producer("dead")
        producer.send([OutRecord(harness.changelog(GIFT), MARKER, b"never", 0)])
    await harness.log.producer("dead")
    await harness.open(GIFT)
    assert shown(harness, GIFT) == before


async def test_a_compacted_changelog_is_whole() -> None:
    """Compaction removes records and leaves the first offset: nothing is taken for missing."""
    harness = await counted()
    entries = len(harness.records(harness.changelog(GIFT)))

    async def compact(it: Harness) -> None:
        it.log.compact(it.changelog(GIFT), 0)

    assert await differences_after(harness, compact) == []
    # More than a third of them is gone.
    assert len(harness.records(harness.changelog(GIFT))) < entries * 2 / 3


class SilentLog:
    """A log whose partition never gives what its bounds promise.

    Args:
        harness: whose log answers everything else.
        mute: ``bounds`` or ``read``.
    """

    def __init__(self, harness: Harness, mute: str) -> None:
        self._log = harness.log
        self._mute = mute
        self.producer = harness.log.producer
        self.undecided = harness.log.undecided

    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """The bounds, or nothing."""
        if self._mute == "bounds":
            await never()
        return await self._log.bounds(topic, partition)

    async def read(self, topic: str, partition: int, start: int, end: int) -> AsyncIterator[Batch]:
        """Half of the records, then nothing more."""
        async for batch in self._log.read(topic, partition, start, (start + end) // 2):
            yield batch
        await never()


async def never() -> None:
    """Wait for what does not come."""
    await asyncio.Event().wait()


@pytest.mark.parametrize("mute", ["bounds", "read"])
async def test_a_log_that_gives_nothing_is_not_waited_for(mute: str) -> None:
    """After the patience of the runner (here 50 ms) opening ends, and the lane is closed."""
    harness = await counted()
    whole_one = harness.runner(GIFT)
    runner = LaneRunner(whole_one.id, whole_one._make, SilentLog(harness, mute), harness.clock, patience=0.05)
    with pytest.raises(UnreachableError, match=r"changelog-0 did not give .* for 0.05 s"):
        await runner.open()
    assert not runner.is_open
