"""When restatements are issued: the clock decides when, never whether or what."""

from __future__ import annotations

import pytest

from creator_pulse.stream.aggregates.spans import HOUR_MS, MINUTE_MS
from creator_pulse.stream.catalog.registry import CATALOGUE
from creator_pulse.stream.panes.lateness import LATE_RECENT, ON_TIME
from creator_pulse.stream.panes.pane_record import PaneRecord, encode, route
from creator_pulse.stream.panes.tables import tables_of
from creator_pulse.stream.transport.batch import OutRecord
from creator_pulse.stream.transport.names import PANE_TOPIC
from creator_pulse.stream.windows.restating import COMMITS
from tests.support.lane_harness import PARTITIONS, SMALL, Harness
from tests.support.partials import summed

US = ("tiktok", "US")
PLACE = ("pane", route(US, SMALL.merge_partitions))
DAY = 20_000 * 24 * HOUR_MS
"""A midnight."""
MINUTES = 100


class Merge:
    """One merge lane, told by hand of gifts in the first minute of a day."""

    def __init__(self) -> None:
        self.harness = Harness()

    async def open(self) -> Merge:
        """Open the lane."""
        await self.harness.open(PLACE)
        return self

    async def tell(
        self,
        minutes: float,
        *cells: tuple[int, int],
        partition: int | None = None,
        idle: bool = False,
        pane: int = 0,
    ) -> None:
        """Hand on cells (kind, gifts) of a minute, a watermark of both gift partitions or of one; commit."""
        told = range(PARTITIONS) if partition is None else (partition,)
        for number in told:
            start = DAY + pane * MINUTE_MS
            mine = [("gifts", US, start, kind, total) for kind, total in cells] if number == told[0] else []
            parts = summed(tables_of(CATALOGUE), *mine)
            record = PaneRecord("gift", number, DAY + round(minutes * MINUTE_MS), idle, [], parts=parts)
            self.harness.log.write([OutRecord(PANE_TOPIC, None, encode(record), PLACE[1])])
        await self.harness.deliver(PLACE, 100)
        await self.harness.runners[PLACE].commit()

    async def wait(self) -> None:
        """Let the restate interval pass: the first beat starts it, the second states."""
        for _ in range(2):
            await self.harness.runners[PLACE].commit()
            self.harness.clock.advance(SMALL.restate_interval + 1)
        await self.harness.runners[PLACE].commit()

    def said(self, window: str = "1m", start: int = 0) -> list[tuple[str, str, str]]:
        """State, value and reason of the results of the first minute, or of a window from another minute."""
        begin = f"gift_count|{window}|{DAY + start * MINUTE_MS}|"
        return [
            (one["state"], one["value"], one["reason"])
            for key, one in self.harness.windows()
            if key.startswith(begin) and one["state"] != "provisional"
        ]


async def test_a_late_record_restates_after_the_interval() -> None:
    """3 in time, 2 late after the window closed: final 3, and 5 once the interval has passed."""
    merge = await Merge().open()
    await merge.tell(2.1, (ON_TIME, 3))
    await merge.tell(3, (LATE_RECENT, 2))
    assert merge.said() == [("final", "3", "")]
    await merge.wait()
    assert merge.said() == [("final", "3", ""), ("restated", "5", "late")]


async def test_hours_that_pass_within_the_interval_lose_no_restatement() -> None:
    """In a catch-up the watermark runs four hours on before the interval has passed: 5 all the same."""
    merge = await Merge().open()
    await merge.tell(2.1, (ON_TIME, 3))
    await merge.tell(3, (LATE_RECENT, 2))
    await merge.tell(240)
    await merge.wait()
    assert merge.said()[-1] == ("restated", "5", "late")
    assert [state for state, _, _ in merge.said()].count("final") == 1


async def test_what_an_idle_partition_held_back_is_told_as_idle() -> None:
    """4 in time from a partition that was idle when the window closed."""
    merge = await Merge().open()
    await merge.tell(0, partition=1, idle=True)
    await merge.tell(2.1, (ON_TIME, 3), partition=0)
    await merge.tell(2.2, (ON_TIME, 4), partition=1)
    await merge.wait()
    assert merge.said() == [("final", "3", ""), ("restated", "7", "idle")]


async def test_idle_is_told_even_where_something_came_late_too() -> None:
    """``late`` would not explain a final that lacks in-time records: a restatement for both says ``idle``."""
    merge = await Merge().open()
    await merge.tell(0, partition=1, idle=True)
    await merge.tell(2.1, (ON_TIME, 3), partition=0)
    await merge.tell(2.2, (ON_TIME, 4), partition=1)
    await merge.tell(2.3, (LATE_RECENT, 2), partition=0)
    await merge.wait()
    assert merge.said()[0] == ("final", "3", "")
    assert merge.said()[-1][1] == "9"
    assert "idle" in {reason for _, _, reason in merge.said()}


async def test_a_late_minute_does_not_hide_an_idle_one_of_the_same_window() -> None:
    """Five minutes with 4 held back in one minute and 2 late in the next: 9, for ``idle``."""
    merge = await Merge().open()
    await merge.tell(0, partition=1, idle=True)
    await merge.tell(3.1, (ON_TIME, 3), partition=0)
    await merge.tell(3.2, (ON_TIME, 4), partition=1)
    await merge.tell(3.3, (LATE_RECENT, 2), partition=0, pane=1)
    await merge.wait()
    assert merge.said("5m", -3) == [("final", "3", ""), ("restated", "9", "idle")]


async def late_minutes(watermark: float = 110) -> Merge:
    """3 in time and 2 late in each of 100 minutes; the first of the commits that restate them is made.

    They change 100 windows of 1m, 104 of 5m and 109 of 1h: two commits take them.

    Args:
        watermark: with the first of these commits, in minutes.
    """
    merge = await Merge().open()
    for minute in range(MINUTES):
        await merge.tell(0, (ON_TIME, 3), pane=minute)
    await merge.tell(110)
    for minute in range(MINUTES):
        await merge.tell(110, (LATE_RECENT, 2), pane=minute)
    merge.harness.clock.advance(SMALL.restate_interval + 1)
    await merge.tell(watermark)
    return merge


def revisions(merge: Merge) -> int:
    """How many restatements of anything were written."""
    return sum(one["state"] == "restated" for _, one in merge.harness.windows())


def restated(merge: Merge) -> list[int]:
    """The late minutes whose own windows were restated to 5."""
    return [number for number in range(MINUTES) if ("restated", "5", "late") in merge.said("1m", number)]


@pytest.mark.slow
async def test_restatements_come_over_several_commits() -> None:
    """Some of them with the first commit, more with the next ones, and all of them once."""
    merge = await late_minutes()
    first = revisions(merge)
    for _ in range(COMMITS):
        await merge.harness.runners[PLACE].commit()
    assert 0 < first < revisions(merge)
    assert restated(merge) == list(range(MINUTES))
    assert all(len(merge.said("1m", number)) == 2 for number in range(MINUTES))


@pytest.mark.slow
async def test_hours_that_pass_between_two_parts_lose_no_restatement() -> None:
    """The watermark runs ten hours on with the first part: what the second one needs is kept until then."""
    merge = await late_minutes(600)
    for _ in range(COMMITS):
        await merge.harness.runners[PLACE].commit()
    fives = {tuple(merge.said("5m", number)) for number in range(MINUTES - 4)}
    assert fives == {(("final", "15", ""), ("restated", "25", "late"))}


@pytest.mark.slow
async def test_a_crash_between_two_parts_loses_no_restatement() -> None:
    """A new owner states the rest, and may state the first part once more with the same value."""
    merge = await late_minutes()
    await merge.harness.open(PLACE)
    await merge.wait()
    for _ in range(COMMITS):
        await merge.harness.runners[PLACE].commit()
    assert restated(merge) == list(range(MINUTES))
    assert {value for number in range(MINUTES) for _, value, _ in merge.said("1m", number)} == {"3", "5"}
