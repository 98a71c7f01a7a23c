"""Gifts held against who watches: the two topics meet by app and room, whatever their partitions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creator_pulse.proof.ledger.expected import windows_of
from creator_pulse.proof.ledger.truth import Truth
from creator_pulse.stream.aggregates import Flagged
from creator_pulse.stream.aggregates.people import People
from creator_pulse.stream.aggregates.rules import AbovePeers
from creator_pulse.stream.aggregates.rules.rule import Tried
from creator_pulse.stream.catalog.registry import CATALOGUE, MEASURES, VALUES
from creator_pulse.stream.generator.model import Produced
from creator_pulse.stream.panes.tables import tables_of
from creator_pulse.stream.windows.formula import Formula, ValueSums
from creator_pulse.stream.windows.sums import Sums
from tests.support.lane_harness import SMALL, START, Harness
from tests.support.records import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from creator_pulse.stream.settings import Settings

pytestmark = pytest.mark.slow
MINUTE = 60_000
EQUAL, ODD = "structuring_pairs", "gift_audience_outlier_rooms"
LEAST, BOUND = 5, 3


def gift(number: int, coins: int, room: str = "r", **own: Any) -> Produced:
    """A gift of so many coins in the first minutes; every other one in another partition."""
    time = START + MINUTE + number * 1_000
    value = record(
        "gift",
        "gift_sent",
        **{"event_id": f"gift-{room}-{number}", "event_time": time, "ingest_time": time, "room_id": room}
        | {"viewer_id": "v", "unit_coins": coins, "repeat_count": 1}
        | own,
    )
    return Produced("gift", b"k", value, time, number % 2)


def reading(second: int, viewers: int, messages: int = 0, room: str = "r") -> Produced:
    """What a room says of itself."""
    time = START + MINUTE + second * 1_000
    said = {"concurrent": viewers, "chat_messages": messages, "room_id": room, "ingest_time": time}
    value = record("content", "room_stat", event_id=f"read-{room}-{second}", event_time=time, **said)
    return Produced("content", b"k", value, time, 1)


def until(minutes: int) -> list[Produced]:
    """Time records of all partitions of both topics."""
    return [
        Produced(
            topic, b"-", record(topic, kind, **_time(START + minute * MINUTE)), START + minute * MINUTE, place
        )
        for minute in range(minutes)
        for topic, kind in (("gift", "gift_sent"), ("content", "room_stat"))
        for place in (0, 1)
    ]


def _time(at_ms: int) -> dict[str, Any]:
    return {"event_id": f"time-{at_ms}", "event_time": at_ms, "ingest_time": at_ms, "is_test": True}


async def read(records: Sequence[Produced], settings: Settings = SMALL) -> Harness:
    """A log of some records and the time after them, read to its end."""
    harness = Harness(sorted([*records, *until(20)], key=lambda one: one.timestamp_ms), settings)
    await harness.open()
    await harness.run(1_000, tick=31.0)
    assert [
        difference
        for difference in harness.differences()
        if difference.where == "cases" or EQUAL in difference.series or ODD in difference.series
    ] == []
    return harness


async def cases(rule: str, *records: Produced, settings: Settings = SMALL) -> list[dict[str, Any]]:
    """The cases of one rule."""
    return [case for case in (await read(records, settings)).cases() if case["rule"] == rule]


def equal(number: int = 21, coins: int = 10) -> list[Produced]:
    """So many gifts of the same coins, in both partitions."""
    return [gift(one, coins) for one in range(number)]


async def test_many_equal_gifts_into_an_empty_silent_room_are_a_case() -> None:
    """21 gifts of 10 coins with four watching: who, where, and what was found."""
    (case,) = await cases(EQUAL, *equal(), reading(5, 4))
    assert (case["kind"], case["id"], case["window"]) == ("room_id,viewer_id", "r,v", "1h")
    assert case["evidence"] == [
        ["most of one size in pair_equal_gifts", "21", "> 20"],
        ["viewers_by_room+readings_by_room", "4", "< 5"],
        ["messages_by_room", "0", "< 1"],
    ]


async def test_the_audience_is_the_mean_of_the_readings() -> None:
    """Nine and none are 4.5 on average."""
    assert len(await cases(EQUAL, *equal(), reading(5, 9), reading(10, 0))) == 1


@pytest.mark.parametrize(
    "records",
    [
        pytest.param([*equal(20), reading(5, 4)], id="twenty gifts are not over twenty"),
        pytest.param([*equal(20), gift(20, 11), reading(5, 4)], id="one of them is of other coins"),
        pytest.param(
            [*equal(20), gift(20, 10, viewer_id="w"), reading(5, 4)], id="one is from somebody else"
        ),
        pytest.param([*equal(), reading(5, 5)], id="five are watching"),
        pytest.param([*equal(), reading(5, 4, 1)], id="somebody wrote"),
        pytest.param(equal(), id="nobody knows the audience"),
        pytest.param([*equal(), reading(5, 4, room="s")], id="another room is empty"),
        pytest.param([gift(number, 10, "") for number in range(21)] + [reading(5, 4)], id="gifts in no room"),
    ],
)
async def test_what_is_no_structuring(records: list[Produced]) -> None:
    """Each condition must be met, by what is known."""
    assert await cases(EQUAL, *records) == []


async def test_equal_is_to_the_coin() -> None:
    """99 and 100 coins are within 4 % of each other, and not equal."""
    gifts = [gift(number, 99 + number % 2) for number in range(40)]
    assert await cases(EQUAL, *gifts, reading(5, 4)) == []


async def test_far_more_coins_than_viewers_are_a_case() -> None:
    """10,010 coins from ten viewers on average are over 1,000 each, where rooms are few."""
    (case,) = await cases(ODD, gift(0, 10_000), gift(1, 10), reading(5, 5), reading(10, 15))
    assert (case["kind"], case["id"], case["window"]) == ("room_id", "r", "10m")
    assert case["evidence"] == [["room_coins / mean of viewers_by_room", "1001", "> 1000, p99.9 of its size"]]


@pytest.mark.parametrize(
    "records",
    [
        pytest.param([gift(0, 10_000), reading(5, 10)], id="exactly the bound"),
        pytest.param([gift(0, 10_000_000)], id="nobody knows the audience"),
        pytest.param([gift(0, 1_000), reading(5, 0)], id="an empty room counts as one viewer"),
    ],
)
async def test_what_is_no_odd_room(records: list[Produced]) -> None:
    """Not over the bound, or not known."""
    assert await cases(ODD, *records) == []


async def test_how_many_coins_are_odd_is_a_setting() -> None:
    """10 coins from each of 1,000 viewers: over a bound of 9, not over the usual one; the ledger agrees."""
    bound = msgspec.structs.replace(SMALL, room_odd_coins=9)
    records = [gift(0, 10_000), reading(5, 1_000)]
    (case,) = await cases(ODD, *records, settings=bound)
    assert case["evidence"] == [["room_coins / mean of viewers_by_room", "10", "> 9, p99.9 of its size"]]
    assert await cases(ODD, *records) == []


async def test_how_many_rooms_are_peers_is_a_setting() -> None:
    """Of two rooms of a size, as many as decide, the one with fewer coins is above none, whatever it has."""
    few = msgspec.structs.replace(SMALL, room_least_peers=2)
    records = [gift(0, 50_000), gift(1, 20_000, "s"), reading(5, 10), reading(5, 10, room="s")]
    assert [case["id"] for case in await cases(ODD, *records, settings=few)] == ["r"]
    assert sorted(case["id"] for case in await cases(ODD, *records)) == ["r", "s"]


def above(condition: AbovePeers, rooms: Sequence[tuple[int, int, int]]) -> set[int]:
    """Which rooms, with coins, viewers and readings, are above their peers."""
    keys = np.arange(1, len(rooms) + 1, dtype=np.uint64).reshape(-1, 1)
    sums = dict(zip(condition.measures, np.array(rooms, dtype=np.int64).reshape(-1, 3).T, strict=True))
    rows = np.arange(len(rooms))
    (value,) = (value for value in VALUES if value.name == ODD)
    window = ValueSums(Formula(value, MEASURES, tables_of(CATALOGUE)), Sums({}), None)
    tried = Tried(window, ("room_id",), People(keys, sums), rows, rows, None)
    return set(condition.tested(tried).rows.tolist())


def odd_rule(least: int = LEAST) -> AbovePeers:
    """The rule of FR13, for fewer peers."""
    (formula,) = (value.formula for value in VALUES if value.name == ODD)
    assert isinstance(formula, Flagged)
    (condition,) = formula.when
    assert isinstance(condition, AbovePeers)
    return replace(condition, least=least, bound=BOUND)


def test_of_a_thousand_rooms_one_is_above() -> None:
    """1 to 1,000 coins each with one viewer: place 998 of the sorted ones has 999, and only 1,000 is more."""
    assert above(odd_rule(1_000), [(number, 1, 1) for number in range(1, 1_001)]) == {999}


def test_rooms_are_compared_with_those_of_their_size() -> None:
    """Five of nine viewers, five of ten: the largest of each by viewer, not the larger ones of both."""
    small = [(9 * number, 9, 1) for number in range(1, 6)]
    large = [(10 * number, 10, 1) for number in range(100, 105)]
    assert above(odd_rule(), small + large) == {4, 9}


some = st.integers(0, 12)
rooms_of = st.lists(
    st.tuples(some | st.integers(0, 10**13), some | st.integers(0, 300), st.integers(0, 3)), max_size=40
)


@settings(deadline=None)
@given(rooms_of)
def test_who_is_above_is_the_ledgers(rooms: list[tuple[int, int, int]]) -> None:
    """Few and many peers, unknown audiences, empty rooms: the same rooms as by the ledger's SQL."""
    condition, truth = odd_rule(), Truth()
    for place, room in enumerate(rooms):
        for name, total in zip(condition.measures, room, strict=True):
            truth.windows[name, ("tiktok", str(place)), START // MINUTE * MINUTE] = [total]
    bounds = msgspec.structs.replace(SMALL, room_least_peers=condition.least, room_odd_coins=condition.bound)
    expected: set[str] = set()
    with windows_of(truth, bounds, {(ODD, "10m")}) as windows:
        for group in windows.groups():
            expected |= group.finals.get("", set())
    assert {str(place) for place in above(condition, rooms)} == expected
