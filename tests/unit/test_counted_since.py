"""Not yet is not zero: what is counted from later on than the log has no sample of a window that lacks it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest

from creator_pulse.proof.simulation.parts import Parts
from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
from creator_pulse.stream.catalog.registry import MEASURES, VALUES
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.lanes.lane import MARKER, Marker
from creator_pulse.stream.topology import Topology
from creator_pulse.stream.transport.names import PANE_TOPIC
from creator_pulse.stream.windows.merge_lane import MergeLane
from creator_pulse.stream.windows.merge_state import MergeState
from creator_pulse.stream.windows.window_operator import Everything
from tests.support.few_events import HOUR_MS, MIDNIGHT, SETTINGS, event, time_records
from tests.support.hash_key import HASH_KEY
from tests.support.lane_harness import MERGES, Harness

if TYPE_CHECKING:
    from collections.abc import Iterable

    from creator_pulse.stream.generator.model import Produced
    from creator_pulse.stream.lanes.lane import Sample

MINUTE_MS = 60_000
SINCE = 5 * HOUR_MS + 5 * MINUTE_MS
"""05:05: from then on something is counted."""


def catalogue(*names: str) -> Catalogue:
    """Some values of the product, with their measures."""
    values = tuple(value for value in VALUES if value.name in names)
    assert {value.name for value in values} == set(names)
    return Catalogue(MEASURES, values)


def measures(name: str) -> tuple[str, ...]:
    """What a value reads."""
    return next(value.measures for value in VALUES if value.name == name)


def later(*names: str) -> type[MergeLane]:
    """A merge lane that counts some measures from ``SINCE`` on."""

    class Later(MergeLane):
        def start_at(self, offset: int, lost: int) -> None:
            super().start_at(offset, lost)
            self.count_since(dict.fromkeys(names, MIDNIGHT + SINCE))

    return Later


def read(parts: Parts, records: Iterable[Produced], until_ms: int) -> Harness:
    """All lanes, once records and time up to so long after midnight are read."""
    harness = Harness([*records, *time_records(until_ms)], SETTINGS, parts)

    async def run() -> None:
        await harness.open()
        await harness.run(10)

    asyncio.run(run())
    return harness


def windows(samples: Iterable[Sample], name: str) -> set[str]:
    """The windows in which a value has a sample."""
    return {dict(sample.labels)["window"] for sample in samples if sample.family == f"pulse_{name}"}


def shown(harness: Harness, name: str) -> set[str]:
    """The windows in which the lanes show a value."""
    committed = [harness.runners[place].committed for place in MERGES]
    return {window for snapshot in committed if snapshot for window in windows(snapshot.samples, name)}


GIFTS = tuple(event("gift_sent", hour * HOUR_MS + MINUTE_MS) for hour in range(1, 7))


@pytest.mark.parametrize(("hour", "expected"), [(7, {"1h"}), (8, {"1h", "24h"})])
def test_a_day_waits_for_the_first_full_hour_of_its_measures(hour: int, expected: set[str]) -> None:
    """Gifts come from 01:01 on and are counted from 05:05 on: 24 h has a sample once 06:00 to 07:00 is in."""
    name = "gift_kept_usd"
    parts = Parts(merge_lane=later(*measures(name)), catalogue=catalogue(name))
    assert shown(read(parts, GIFTS, hour * HOUR_MS - MINUTE_MS), name) == expected


@pytest.mark.parametrize(("hour", "expected"), [(29, set()), (31, {"24h"})])
def test_parts_of_different_length_do_not_compare(hour: int, expected: set[str]) -> None:
    """Refunds of 24 h over gifts since 05:05 are no share: there is none until 05:05 of the next day."""
    name = "gift_refund_ratio"
    parts = Parts(merge_lane=later("gift_usd"), catalogue=catalogue(name))
    gifts = [event("gift_sent", at * HOUR_MS + MINUTE_MS) for at in range(1, 31)]
    assert shown(read(parts, gifts, hour * HOUR_MS + MINUTE_MS), name) == expected


def test_what_a_newer_version_declares_is_not_yet_for_a_day() -> None:
    """Ads were not counted until a newer version came at 07:01: then 24 h of them are not 0, but not yet."""
    before, now = catalogue("gift_kept_usd"), catalogue("gift_kept_usd", "ad_value_usd")
    harness = read(Parts(catalogue=before), GIFTS, 7 * HOUR_MS + MINUTE_MS)
    job = Parts(catalogue=now).job(tuple(TOPICS))
    samples: list[Sample] = []

    async def restored() -> None:
        for place in MERGES:
            lane = Topology(SETTINGS, HASH_KEY, job=job).merge_lane(place[1])
            entries = await live(harness, place)
            lane.restore([entry for entry in entries.items() if entry[0] != b"o"])
            samples.extend(lane.look(Everything()))

    asyncio.run(restored())
    assert "24h" in windows(samples, "gift_kept_usd")
    assert "24h" not in windows(samples, "ad_value_usd")


def test_a_state_that_tells_no_levels_apart_holds_for_all() -> None:
    """An older version says of gifts that they are counted from 05:05 on: 24 h has no sample at 06:59."""
    name = "gift_kept_usd"
    parts = Parts(merge_lane=later(*measures(name)), catalogue=catalogue(name))
    harness = read(parts, GIFTS, 7 * HOUR_MS - MINUTE_MS)
    job = Parts(catalogue=catalogue(name)).job(tuple(TOPICS))
    samples: list[Sample] = []

    async def restored() -> None:
        for place in MERGES:
            lane = Topology(SETTINGS, HASH_KEY, job=job).merge_lane(place[1])
            entries = await live(harness, place)
            entries[MARKER] = without_levels(entries[MARKER])
            lane.restore([entry for entry in entries.items() if entry[0] != b"o"])
            samples.extend(lane.look(Everything()))

    asyncio.run(restored())
    assert windows(samples, name) == {"1h"}


def without_levels(packed: bytes) -> bytes:
    """A marker as a version wrote it that knew one time for all levels."""
    marker = msgspec.msgpack.decode(packed, type=Marker)
    state = msgspec.msgpack.decode(marker.state, type=MergeState)
    older = msgspec.structs.replace(state, since=state.since_of[HOUR_MS], since_of={})
    return msgspec.msgpack.encode(msgspec.structs.replace(marker, state=msgspec.msgpack.encode(older)))


async def live(harness: Harness, place: tuple[str, int]) -> dict[bytes, bytes]:
    """The live entries of a lane's changelog, the marker last."""
    topic = SETTINGS.changelog(PANE_TOPIC)
    entries: dict[bytes, bytes] = {}
    async for batch in harness.log.read(topic, place[1], *await harness.log.bounds(topic, place[1])):
        for key, value in zip(batch.keys, batch.values, strict=True):
            entries.pop(key or b"", None)
            if value is not None:
                entries[key or b""] = value
    return entries
