"""What explains a change over HTTP: the timelines in Redis, judged for the span that is asked for."""

from __future__ import annotations

import msgspec
import pytest

from creator_pulse.agents.explain_table import lines
from creator_pulse.stream.api.answers import Explained
from creator_pulse.stream.contributors.timeline import Cut, Timeline, TimelinePart
from tests.support.api_bench import MINUTE, NOW, Bench, Client, got

PATH = "/v1/explain"
END = NOW // MINUTE


def timeline(signal: str, app: str, seen: dict[str, int], since_ms: int | None = None) -> Timeline:
    """Three steps of ten minutes, of which the last brought so many by region; usual are ten of each."""
    hours = ((None,) * 2,)

    def part(values: tuple[str, ...], usual: int, last: int) -> TimelinePart:
        return TimelinePart(values, ((usual, usual, last),), hours)

    return Timeline(
        signal=signal,
        app=app,
        edges=(END - 30, END - 20, END - 10, END),
        scale=1,
        since_ms=since_ms,
        whole=part((), 10 * len(seen), sum(seen.values())),
        cuts=(Cut(("region",), tuple(part((region,), 10, last) for region, last in seen.items())),),
    )


@pytest.fixture
def bench() -> Bench:
    """Gifts of tiktok have lost US since ten minutes; those of douyin are as usual."""
    made = Bench()
    for each in (
        timeline("gifts", "tiktok", {"US": 0, "GB": 10}, NOW - 10 * MINUTE),
        timeline("gifts", "douyin", {"CN": 10}),
        timeline("orders", "tiktok", {"US": 10, "GB": 10}),
    ):
        key = f"name=contributors|app={each.app}|signal={each.signal}"
        made.redis.views[key.encode()] = msgspec.json.encode(each)
    return made


async def test_a_change_is_explained_since_it_began(api: Client) -> None:
    """Ten of twenty are gone, all of them of US."""
    (item,) = (await got(api, f"{PATH}?signal=gifts&app=tiktok"))["items"]
    assert (item["since"], item["until"]) == (NOW - 10 * MINUTE, NOW)
    assert (item["usual"], item["seen"], item["change"]) == (2.0, 1.0, -1.0)
    first = item["contributors"][0]
    assert (first["labels"], first["share"], first["stands_out"]) == ({"region": "US"}, 1.0, True)


async def test_apps_together_come_first(api: Client) -> None:
    """Of 30 of both apps ten are gone, all of tiktok, which has two thirds of the volume."""
    items = (await got(api, f"{PATH}?signal=gifts&from={NOW - 10 * MINUTE}&to={NOW}"))["items"]
    assert [item["app"] for item in items] == ["", "douyin", "tiktok"]
    assert items[0]["contributors"][0]["labels"] == {"app": "tiktok"}
    assert items[0]["contributors"][0]["share"] == 1.0


async def test_an_alert_stands_for_its_signal(api: Client) -> None:
    """TopupsFailing has no timeline here, GiftValueDrop is about gifts."""
    assert (await got(api, f"{PATH}?alert=TopupsFailing"))["items"] == []
    items = (await got(api, f"{PATH}?alert=GiftValueDrop&app=tiktok"))["items"]
    assert {item["signal"] for item in items} == {"gifts"}


async def test_without_a_signal_it_is_what_is_not_as_usual(api: Client) -> None:
    """Orders, and the gifts of douyin, are as usual."""
    items = (await got(api, PATH))["items"]
    assert [(item["signal"], item["app"]) for item in items] == [("gifts", "tiktok")]


async def test_a_time_before_the_timeline_has_no_explanation(api: Client) -> None:
    """Seven hours ago."""
    assert (await got(api, f"{PATH}?signal=gifts&at={NOW - 420 * MINUTE}"))["items"] == []


async def test_at_stands_alone(api: Client) -> None:
    """Two ways to say a time at once are refused."""
    problem = await got(api, f"{PATH}?signal=gifts&at={NOW}&to={NOW}", 400)
    assert problem["where"] == "query.at"


async def test_an_unknown_signal_is_refused(api: Client) -> None:
    """With the names that there are."""
    problem = await got(api, f"{PATH}?signal=giftz", 400)
    assert "gifts" in problem["fix"]


async def test_the_command_prints_the_same_as_a_table(api: Client) -> None:
    """What stands out has a star."""
    answer = await got(api, f"{PATH}?signal=gifts&app=tiktok")
    printed = list(lines(msgspec.convert(answer, Explained)))
    assert printed[0].startswith("tiktok, 10 minutes: gifts: 1 a minute, usually 2 a minute.")
    assert printed[2].split() == ["*", "region", "US", "100%", "0", "1"]


def test_nothing_unusual_is_said_calmly() -> None:
    """No items, but a worker that has published."""
    assert next(lines(Explained(items=[], published=True))).startswith("nothing to explain")
