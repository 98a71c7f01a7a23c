"""The laws of the contract, section 4, where no narrower test holds them: docs/exactness.md lists all."""

from __future__ import annotations

import functools
import json
import logging
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from creator_pulse.stream.errors import LaneError
from creator_pulse.stream.transport.names import DEAD_TOPIC, LATE_TOPIC
from tests.support.lane_harness import MERGES, SOURCES, Harness, traffic

if TYPE_CHECKING:
    from creator_pulse.stream.generator.model import Produced
    from tests.support.lane_harness import Place

IDENTITIES = (
    "creator_id",
    "viewer_id",
    "room_id",
    "video_id",
    "order_id",
    "device_hash",
    "group_id",
    "event_id",
)


@functools.cache
def records() -> tuple[Produced, ...]:
    """Two minutes of all topics, with late, invalid and duplicate records."""
    return tuple(traffic(23, 5, 600))


async def read(records: tuple[Produced, ...], most: int) -> Harness:
    """A log read to its end in batches."""
    harness = Harness(records)
    await harness.open()
    await harness.run(most)
    return harness


@pytest.mark.slow
async def test_totals_are_the_ledgers_at_every_commit() -> None:
    """After each commit of any lane: what is shown is the ledger of the records below the markers."""
    harness = Harness()
    for record in records():
        harness.write(record)
    await harness.open(*SOURCES)
    waiting: dict[Place, list[Produced]] = {place: [] for place in SOURCES}
    for record in records():
        waiting[record.topic, record.partition].append(record)
    commits = 0
    while any(waiting.values()):
        for place, mine in waiting.items():
            if await harness.deliver(place, 23):
                await harness.runners[place].commit()
                commits += 1
                for record in mine[:23]:
                    harness.ledger.add(
                        record.topic, record.partition, record.value, record.timestamp_ms, record.key
                    )
                del mine[:23]
                assert harness.wrong_totals() == []
    assert commits > 25


@pytest.mark.slow
async def test_batches_do_not_change_what_is_passed_on() -> None:
    """Dead letters and late records of each partition: the same bytes in the same order (replay law)."""
    whole, cut = await read(records(), 8_000), await read(records(), 7)
    for topic in (DEAD_TOPIC, LATE_TOPIC):
        assert sorted(map(str, whole.records(topic))) == sorted(map(str, cut.records(topic)))
    assert whole.records(DEAD_TOPIC)


@pytest.mark.slow
async def test_no_series_holds_an_identity() -> None:
    """No label value of any series is one of the viewers, creators, rooms and orders that were counted."""
    harness = await read(records(), 100)
    shown = {
        value
        for runner in harness.runners.values()
        for sample in runner.samples()
        for _, value in sample.labels
    }
    assert "US" in shown
    assert shown & identities() == set()


@pytest.mark.slow
async def test_no_log_line_holds_an_identity(caplog: pytest.LogCaptureFixture) -> None:
    """A run with deaths, losses, a damaged changelog and a fence, at info level and above."""
    caplog.set_level(logging.INFO)
    harness, rng = Harness(records()), Random(1)
    await harness.open()
    harness.log.tear = lambda _: rng.choice(("", "lost"))
    for place in SOURCES * 3:
        await harness.deliver(place, 20)
        try:
            await harness.runners[place].commit()
        except LaneError as error:
            logging.getLogger("test").info("%s", error)
            await harness.open(place)
    harness.log.tear = lambda _: ""
    await harness.drain(SOURCES, 50)
    harness.log.truncate(harness.changelog(("gift", 0)), 0, 1)
    harness.log.truncate(harness.topic(("ad", 0)), 0, 1 << 40)
    await harness.open(*SOURCES)
    assert len(caplog.messages) > 3
    text = "\n".join(caplog.messages)
    assert [identity for identity in identities() if identity in text] == []


@pytest.mark.slow
async def test_no_data_zero_and_a_number_are_told_apart() -> None:
    """Nothing read: no window gauge at all. Only time records read: 0. Gifts read: more (silence law)."""
    silent = Harness()
    await silent.open()
    assert gifts(silent) == set()
    only_time = tuple(record for record in records() if event_of(record).get("is_test"))
    assert only_time
    assert gifts(await read(only_time, 100)) == {0.0}
    assert max(gifts(await read(records(), 100))) > 0


def gifts(harness: Harness) -> set[float]:
    """The values of the gift window gauges."""
    return {
        sample.value
        for place in MERGES
        for sample in harness.runners[place].samples()
        if sample.family == "pulse_gift_count"
    }


def event_of(one: Produced) -> dict[str, Any]:
    """A record's fields; none where it is no JSON object."""
    try:
        event = json.loads(one.value or b"")
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def identities() -> set[str]:
    """Every identity in the records, but for the ``-`` of none."""
    ids = {event_of(record).get(name) for record in records() for name in IDENTITIES}
    return {value for value in ids if isinstance(value, str) and len(value) > 2}
