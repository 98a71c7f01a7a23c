"""A gift lane that has counted and committed, and what may befall its changelog and its source."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from creator_pulse.stream.transport.batch import OutRecord
from creator_pulse.stream.transport.names import PANE_TOPIC
from tests.support.lane_harness import Harness, Place, traffic

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from creator_pulse.stream.generator.model import Produced
    from creator_pulse.stream.lanes.lane import Sample

    Damage = Callable[[Harness], Awaitable[None]]

GIFT: Place = ("gift", 0)
PANE: Place = ("pane", 0)


@functools.cache
def records() -> tuple[Produced, ...]:
    """Four minutes in which streaks time out and ids leave the horizon."""
    return tuple(traffic(3, 10, 2_600))


async def counted(upto: int = 150, most: int = 50) -> Harness:
    """A bench whose gift lane has committed its first records, batch by batch."""
    harness = Harness(records())
    await harness.open(GIFT)
    while harness.runners[GIFT].position < upto:
        assert await harness.deliver(GIFT, most)
        await harness.runners[GIFT].commit()
    return harness


async def finished() -> Harness:
    """A bench that has run to the end."""
    harness = Harness(records())
    await harness.open()
    await harness.run(400)
    return harness


async def plant(harness: Harness, place: Place, *entries: tuple[bytes, bytes | None]) -> None:
    """Commit entries to a lane's changelog."""
    producer = await harness.log.producer("planted")
    await producer.commit([OutRecord(harness.changelog(place), *entry, place[1]) for entry in entries])


async def end_of(harness: Harness, topic: str, partition: int = 0) -> int:
    """The end offset of a partition."""
    return (await harness.log.bounds(topic, partition))[1]


def shown(harness: Harness, place: Place) -> set[Sample]:
    """What a lane shows, but for how much it keeps: ids are forgotten in the packs of each commit."""
    committed = harness.runners[place].committed
    assert committed is not None
    kept = {"pulse_table_entries", "pulse_table_fill_ratio"}
    return {sample for sample in committed.samples if sample.family not in kept}


async def differences_after(harness: Harness, damage: Damage) -> list[str]:
    """What of a gift lane is not as before, opened twice after the damage."""
    before, position = shown(harness, GIFT), harness.runners[GIFT].position
    panes = harness.records(PANE_TOPIC)
    await damage(harness)
    found = []
    for _ in range(2):
        await harness.open(GIFT)
        found += [str(sample) for sample in sorted(shown(harness, GIFT) ^ before, key=str)]
        found += [] if harness.runners[GIFT].position == position else ["another position"]
    return found + ([] if harness.records(PANE_TOPIC) == panes else ["panes sent twice"])


async def cut(harness: Harness, start: int = 5) -> None:
    """Delete the first records of the gift changelog, as retention does."""
    harness.log.truncate(harness.changelog(GIFT), 0, start)


async def made_anew(harness: Harness, count: int) -> None:
    """Delete the gift topic and create it with other records."""
    topic = harness.topic(GIFT)
    del harness.log._partitions[topic, 0]
    values = [f'{{"other": {number}}}'.encode() for number in range(count)]
    harness.log.write([OutRecord(topic, b"k", value, 0) for value in values])


def shorten(harness: Harness, end: int) -> None:
    """Take the end of the gift topic away, as a broker does that became leader without it."""
    partition = harness.log._partitions[harness.topic(GIFT), 0]
    partition.records = {at: row for at, row in partition.records.items() if at < end}
    partition.end = end


def resets(harness: Harness) -> float:
    """How often the gift lane found another log."""
    return _own(harness, "pulse_source_resets_total")


def began_ms(harness: Harness) -> float:
    """When the gift lane says that it began on its log."""
    return 1000 * _own(harness, "pulse_counting_began_timestamp_seconds")


def _own(harness: Harness, family: str) -> float:
    [value] = [sample.value for sample in harness.runners[GIFT].samples() if sample.family == family]
    return value
