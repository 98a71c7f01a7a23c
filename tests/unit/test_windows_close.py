"""Every window is final exactly once: for any partitions, keys and idle ones, and wherever a lane dies."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from creator_pulse.stream.aggregates.spans import HOUR_MS, MINUTE_MS
from creator_pulse.stream.catalog.registry import CATALOGUE
from creator_pulse.stream.errors import LaneError
from creator_pulse.stream.panes.lateness import LATE_RECENT, ON_TIME
from creator_pulse.stream.panes.pane_record import PaneRecord, encode, route
from creator_pulse.stream.panes.tables import tables_of
from creator_pulse.stream.settings import INPUT_TOPICS, Settings
from creator_pulse.stream.transport.batch import OutRecord
from creator_pulse.stream.transport.names import PANE_TOPIC
from tests.support.lane_harness import MERGES, Harness
from tests.support.partials import summed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from creator_pulse.stream.panes.cells import Cell

DAY = 20_000 * 24 * HOUR_MS
"""A midnight."""
MINUTES = 6
FAR = 60
"""Minutes after which every window of the first ones has closed."""
LANES = len(MERGES)
SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 6))]


class Closing:
    """Merge lanes that hear of some gift partitions by hand, and die now and then.

    Args:
        partitions: of the gift topic.
        keys: label sets; each partition counts ``1 + its number`` gifts of each in each minute.
        seed: of the deaths; None: nothing dies.
    """

    def __init__(self, partitions: int, keys: int, seed: int | None = None) -> None:
        self.partitions = partitions
        self.labels = [("tiktok", f"R{number}") for number in range(keys)]
        self.harness = Harness(
            settings=Settings(
                partitions=partitions,
                merge_partitions=LANES,
                allowed_lateness_ms=MINUTE_MS,
                provisional_interval=600.0,
            )
        )
        self.deaths = 0
        self._rng = Random(seed)
        self._dies = seed is not None

    async def tell(
        self,
        partition: int,
        minute: int,
        *,
        kind: int = ON_TIME,
        until: float | None = None,
        idle: bool = False,
    ) -> None:
        """Hand on a partition's gifts of a minute, and its watermark (a minute after it by default)."""
        mark = DAY + round((minute + 1 if until is None else until) * MINUTE_MS)
        cells: dict[int, list[Cell]] = {lane: [] for lane in range(LANES)}
        if not idle:
            for label in self.labels:
                cell = ("gifts", label, DAY + minute * MINUTE_MS, kind, 1 + partition)
                cells[route(label, LANES)].append(cell)
        for lane, mine in cells.items():
            parts = summed(tables_of(CATALOGUE), *mine)
            pane = PaneRecord("gift", partition, None if idle else mark, idle, [], parts=parts)
            self.harness.log.write([OutRecord(PANE_TOPIC, None, encode(pane), lane)])
        await self.beat()

    async def reach(self, partition: int, minute: float) -> None:
        """Move a partition's watermark without any gifts."""
        for lane in range(LANES):
            pane = PaneRecord("gift", partition, DAY + round(minute * MINUTE_MS), False, [])
            self.harness.log.write([OutRecord(PANE_TOPIC, None, encode(pane), lane)])
        await self.beat()

    async def others(self, minute: float) -> None:
        """Let the ad topic come to a minute; every other topic but gift is idle without a record."""
        mark = DAY + round(minute * MINUTE_MS)
        for topic in INPUT_TOPICS:
            for number in range(self.harness.settings.partitions_of(topic) if topic != "gift" else 0):
                busy = topic == "ad"
                pane = PaneRecord(topic, number, mark if busy else None, not busy, [])
                self.harness.log.write(
                    [OutRecord(PANE_TOPIC, None, encode(pane), lane) for lane in range(LANES)]
                )
        await self.beat()

    async def silent(self, partition: int, minute: float) -> None:
        """Let a partition, whose watermark is at a minute, say that nothing more comes."""
        pane = PaneRecord("gift", partition, DAY + round(minute * MINUTE_MS), True, [])
        self.harness.log.write([OutRecord(PANE_TOPIC, None, encode(pane), lane) for lane in range(LANES)])
        await self.beat()

    async def beat(self) -> None:
        """Deliver and commit until nothing is left, whatever dies meanwhile."""
        for place in MERGES:
            while await self.harness.deliver(place, 3):
                await self._commit(place)

    async def rest(self) -> None:
        """Nothing dies any more; what late records changed is restated."""
        self._dies = False
        await self.harness.open(*MERGES)
        await self.beat()
        await self.harness.settle()

    def said(self, state: str) -> list[dict[str, Any]]:
        """The results of one state."""
        return [record for _, record in self.harness.windows() if record["state"] == state]

    def finals(self) -> Counter[str]:
        """How often each window was final."""
        return Counter(key for key, record in self.harness.windows() if record["state"] == "final")

    def minutes(self) -> dict[tuple[str, int], int]:
        """Region and minute -> gifts of the final one-minute windows."""
        return {
            (result["labels"]["region"], (result["start"] - DAY) // MINUTE_MS): int(result["value"])
            for result in self.said("final")
            if (result["name"], result["window"]) == ("gift_count", "1m")
        }

    async def _commit(self, place: tuple[str, int]) -> None:
        """Commit, or die: before it, or with its reply lost on the way, written or not."""
        how = self._rng.choice(("", "", "killed", "lost", "written")) if self._dies else ""
        self.harness.log.tear = lambda _: how if how in {"lost", "written"} else ""
        try:
            if how != "killed":
                await self.harness.runners[place].commit()
        except LaneError:
            how = "killed"
        self.harness.log.tear = lambda _: ""
        if how == "killed":
            self.deaths += 1
            await self.harness.open(place)


async def run(partitions: int, keys: int, idle: Iterable[int], seed: int | None) -> Closing:
    """Six minutes of gifts from the partitions that are not idle, closed at the end."""
    closing, quiet = Closing(partitions, keys, seed), set(idle)
    await closing.harness.open(*MERGES)
    for number in sorted(quiet):
        await closing.tell(number, 0, idle=True)
    busy = [number for number in range(partitions) if number not in quiet]
    for minute in range(MINUTES):
        for number in busy:
            await closing.tell(number, minute)
    for number in busy:
        await closing.reach(number, FAR)
    await closing.rest()
    return closing


@pytest.mark.parametrize("dying", [False, True], ids=["alive", "dying"])
@pytest.mark.parametrize("keys", [1, pytest.param(7, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("partitions", "idle"),
    [
        (1, ()),
        (3, ()),
        (3, (1,)),
        pytest.param(8, (), marks=pytest.mark.slow),
        pytest.param(8, (0, 3, 4), marks=pytest.mark.slow),
        (8, (1, 2, 3, 4, 5, 6, 7)),
    ],
)
@pytest.mark.slow
async def test_each_window_is_final_once(
    partitions: int, idle: tuple[int, ...], keys: int, *, dying: bool
) -> None:
    """One final for every key and minute, of the sum over the busy partitions of 1 + their number."""
    closing = await run(partitions, keys, idle, partitions if dying else None)
    assert (closing.deaths > 5) is dying
    total = sum(1 + number for number in range(partitions) if number not in idle)
    assert closing.minutes() == {
        (region, minute): total for _, region in closing.labels for minute in range(MINUTES)
    }
    assert set(closing.finals().values()) == {1}
    assert closing.said("restated") == []


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.slow
async def test_a_partition_that_wakes_restates_and_makes_no_second_final(seed: int) -> None:
    """Partition 2 of 3 was idle when the minutes closed at 1 + 2; its 3 gifts come in time by its log."""
    closing = Closing(3, 2, seed)
    await closing.harness.open(*MERGES)
    await closing.tell(2, 0, idle=True)
    for minute in range(MINUTES):
        for number in (0, 1):
            await closing.tell(number, minute)
    for number in (0, 1):
        await closing.reach(number, 30)
    for minute in range(MINUTES):
        await closing.tell(2, minute)
    await closing.rest()
    assert set(closing.minutes().values()) == {3}
    assert set(closing.finals().values()) == {1}
    assert {result["reason"] for result in closing.said("restated")} == {"idle"}
    assert last_minutes(closing) == {6}


@pytest.mark.parametrize("seed", SEEDS)
async def test_windows_of_a_topic_that_fell_silent_go_on(seed: int) -> None:
    """Gifts end with minute 5, ads go on to 30: the last minutes close once gift says that nothing comes."""
    closing = Closing(1, 1, seed)
    await closing.harness.open(*MERGES)
    await closing.others(0)
    for minute in range(MINUTES):
        await closing.tell(0, minute)
    await closing.others(30)
    # Minute 4 ends at 5, and closes a minute of allowed lateness after it: gift itself is at 6.
    assert max(minute for _, minute in closing.minutes()) == MINUTES - 2
    await closing.silent(0, MINUTES)
    assert set(closing.minutes()) == {("R0", minute) for minute in range(MINUTES)}
    await closing.rest()
    assert newest_minute(closing) == 30


@pytest.mark.parametrize("seed", SEEDS)
async def test_what_comes_for_a_silent_topic_after_all_restates(seed: int) -> None:
    """Minute 5 had closed with 1 gift, as gift was silent and ads were at 30; one more makes it 2: idle."""
    closing = Closing(1, 1, seed)
    await closing.harness.open(*MERGES)
    await closing.others(0)
    for minute in range(MINUTES):
        await closing.tell(0, minute)
    await closing.others(30)
    await closing.silent(0, MINUTES)
    await closing.tell(0, MINUTES - 1, until=MINUTES)
    await closing.rest()
    assert set(closing.finals().values()) == {1}
    again = {
        (result["window"], result["reason"])
        for result in closing.said("restated")
        if result["name"] == "gift_count"
    }
    assert ("1m", "idle") in again
    assert last_minutes(closing) == {1, 2}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
async def test_restatements_are_an_audit_trail(seed: int) -> None:
    """By key: a final with revision 0, then revisions one by one, each with another value and a reason."""
    closing = Closing(3, 2, seed)
    await closing.harness.open(*MERGES)
    for minute in range(MINUTES):
        for number in range(3):
            await closing.tell(number, minute)
    for round_ in range(3):
        await closing.reach(0, 20 + round_)
        await closing.tell(1, 2, kind=LATE_RECENT, until=20 + round_)
        await closing.reach(2, 20 + round_)
        closing.harness.clock.advance(closing.harness.settings.restate_interval + 1)
        await closing.beat()
        await closing.tell(0, 3, kind=LATE_RECENT, until=20 + round_)
    await closing.rest()
    trails: dict[str, list[dict[str, Any]]] = {}
    for key, record in closing.harness.windows():
        # What was told has neither coins nor values: only the numbers of gifts differ.
        if record["state"] != "provisional" and "gifts" in dict(record["parts"]):
            trails.setdefault(key, []).append(record)
    assert any(len(trail) > 2 for trail in trails.values())
    for trail in trails.values():
        assert [result["state"] for result in trail] == ["final", *["restated"] * (len(trail) - 1)]
        assert [result["revision"] for result in trail] == list(range(len(trail)))
        assert [result["reason"] for result in trail] == ["", *["late"] * (len(trail) - 1)]
        assert all(former["value"] != later["value"] for former, later in pairwise(trail))


def newest_minute(closing: Closing) -> int:
    """End of the newest one-minute window of gifts that is shown, in minutes."""
    return max(
        round(sample.value * 1000 - DAY) // MINUTE_MS
        for place in MERGES
        for sample in closing.harness.runners[place].samples()
        if sample.family == "pulse_value_window_end_timestamp_seconds"
        and {("value", "gift_count"), ("window", "1m")} <= set(sample.labels)
    )


def last_minutes(closing: Closing) -> set[int]:
    """The last stated gifts of the one-minute windows."""
    last = {key: record for key, record in closing.harness.windows() if record["state"] != "provisional"}
    return {
        int(value["value"])
        for value in last.values()
        if (value["name"], value["window"]) == ("gift_count", "1m")
    }
