"""Who meets a rule becomes a case: across partitions, once per incident, the same on every reading."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from creator_pulse.stream.generator.model import Produced
from tests.support.lane_harness import MERGES, START, Harness
from tests.support.records import record

if TYPE_CHECKING:
    from collections.abc import Sequence

MINUTE = 60_000
RULE = "gift_coins_velocity_viewers"
WHALE, OTHER = "v-whale", "v-other"


def gift(minute: float, coins: int, viewer: str = WHALE, partition: int = 0, **fields: Any) -> Produced:
    """A gift of so many coins, by the minute after the start."""
    time = START + round(minute * MINUTE)
    value = record(
        "gift",
        "gift_sent",
        event_id=f"{minute}-{viewer}-{coins}-{partition}-{fields.get('event_id', '')}",
        event_time=time,
        ingest_time=fields.pop("ingest_time", time),
        viewer_id=viewer,
        unit_coins=coins,
        repeat_count=1,
        **{key: value for key, value in fields.items() if key != "event_id"},
    )
    return Produced("gift", b"k", value, time, partition)


def until(minute: float) -> list[Produced]:
    """Time records of both partitions, one each half minute."""
    return [
        Produced("gift", b"-", _time(START + half * MINUTE // 2), START + half * MINUTE // 2, partition)
        for half in range(round(2 * minute) + 1)
        for partition in (0, 1)
    ]


def _time(at_ms: int) -> bytes:
    return record(
        "gift", "gift_sent", event_id=f"time-{at_ms}", event_time=at_ms, ingest_time=at_ms, is_test=True
    )


async def read(gifts: Sequence[Produced], minutes: float, most: int = 1_000) -> Harness:
    """A log of some gifts and the time between them, read to its end in batches."""
    log = sorted([*gifts, *until(minutes)], key=lambda one: one.timestamp_ms)
    harness = Harness(log)
    await harness.open()
    await harness.run(most, tick=31.0)
    return harness


def wrong(harness: Harness) -> list[str]:
    """What differs from the ledger of the cases, and of the windows of the rule: other topics are silent."""
    differences = harness.differences()
    return [
        str(difference)
        for difference in differences
        if difference.where == "cases" or difference.series.startswith(RULE)
    ]


def told(harness: Harness) -> list[tuple[str, str, int, str]]:
    """Rule, who, minute of the window's end and reason of each case, in order."""
    return [
        (case["rule"], case["id"], (case["end"] - START) // MINUTE, case["reason"])
        for case in harness.cases()
    ]


async def test_a_viewer_is_seen_across_partitions() -> None:
    """30,000 coins in each of two partitions, within ten minutes: over 50,000 together, one case."""
    harness = await read([gift(1, 30_000), gift(2, 30_000, partition=1), gift(1, 30_000, OTHER)], 30)
    assert told(harness) == [(RULE, WHALE, 3, "")]
    assert wrong(harness) == []


async def test_a_case_says_what_when_how_much_and_which_rule() -> None:
    """Figure and bound, window, entity and version of the rule."""
    (case,) = (await read([gift(1, 30_000), gift(2, 30_000, partition=1)], 30)).cases()
    assert case["evidence"] == [["gifter_coins", "60000", "> 50000"]]
    assert (case["kind"], case["app"], case["window"], case["rule_version"]) == (
        "viewer_id",
        "tiktok",
        "10m",
        1,
    )
    assert case["end"] - case["start"] == 10 * MINUTE
    assert case["watermark"] >= case["end"]


async def test_an_incident_is_one_case_until_it_was_clear_for_a_window() -> None:
    """Over the bound in minutes 1 and 12: flagged until 11 and from 13, one incident. In 40: another."""
    harness = await read([gift(1, 60_000), gift(12, 60_000), gift(40, 60_000)], 70)
    assert told(harness) == [(RULE, WHALE, 2, ""), (RULE, WHALE, 41, "")]
    assert wrong(harness) == []


async def test_exactly_the_bound_is_no_case() -> None:
    """50,000 coins are not over 50,000."""
    assert told(await read([gift(1, 50_000)], 30)) == []


async def test_what_comes_late_makes_a_case_too() -> None:
    """40,000 in time and 20,000 so late that the window is closed: the case says that it was late."""
    late = gift(2, 20_000, event_id="late", ingest_time=START + 20 * MINUTE)
    late = late._replace(timestamp_ms=START + 20 * MINUTE)
    harness = await read([gift(1, 40_000), late], 40)
    assert [(rule, who, reason) for rule, who, _, reason in told(harness)] == [(RULE, WHALE, "late")]
    assert wrong(harness) == []


async def test_nobody_is_no_case() -> None:
    """Gifts without a viewer are of nobody in particular."""
    assert told(await read([gift(1, 60_000, viewer="")], 30)) == []


@pytest.mark.parametrize("most", [pytest.param(1, marks=pytest.mark.slow), 7])
async def test_batches_do_not_change_the_cases(most: int) -> None:
    """The same log gives the same cases, evidence included (replay law)."""
    gifts = [gift(1, 60_000), gift(3, 60_000, OTHER, 1), gift(40, 60_000)]
    whole, cut = await asyncio.gather(read(gifts, 70), read(gifts, 70, most))
    assert [keyed(case) for case in whole.cases()] == [keyed(case) for case in cut.cases()]


def keyed(case: dict[str, Any]) -> dict[str, Any]:
    """A case without when it was found, which depends on how fast the log was read."""
    return {name: value for name, value in case.items() if name != "watermark"}


async def test_cases_are_counted_without_names() -> None:
    """``pulse_cases_total`` by rule and app, 0 for the rules that nobody met; no label holds the viewer."""
    harness = await read([gift(1, 60_000), gift(1, 60_000, OTHER)], 30)
    samples = [sample for place in MERGES for sample in harness.runners[place].samples()]
    counted = {
        (dict(sample.labels)["rule"], dict(sample.labels)["app"]): sample.value
        for sample in samples
        if sample.family == "pulse_cases_total"
    }
    assert counted[RULE, "tiktok"] == 2
    assert counted[RULE, "douyin"] == 0
    assert counted["new_account_whales", "tiktok"] == 0
    assert not [sample for sample in samples if {WHALE, OTHER} & {value for _, value in sample.labels}]


async def test_a_recovered_lane_knows_its_incidents() -> None:
    """Opened anew in the middle of an incident: no second case, and the counter goes on."""
    log = sorted([gift(1, 60_000), gift(8, 60_000), *until(12)], key=lambda one: one.timestamp_ms)
    harness = Harness(log)
    await harness.open()
    await harness.run(1_000, tick=31.0)
    assert told(harness) == [(RULE, WHALE, 2, "")]
    await harness.open()
    harness.append([record for record in until(40) if record.timestamp_ms > START + 12 * MINUTE])
    await harness.run(1_000, tick=31.0)
    assert told(harness) == [(RULE, WHALE, 2, "")]
    assert wrong(harness) == []
