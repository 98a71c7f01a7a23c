"""Current values and leaderboards over HTTP: what is published, with its trust."""

from __future__ import annotations

import math

import pytest

from tests.support.api_bench import HOUR, MINUTE, NOW, Bench, Client, all_pages, got


async def test_a_value_has_unit_window_and_labels(bench: Bench, api: Client) -> None:
    """By its name: the number, and what it is of; nothing of its lane."""
    bench.publish("gift_value_usd", 12.5)
    (item,) = (await got(api, "/v1/metrics/gift_value_usd"))["items"]
    assert {name: item[name] for name in ("metric", "name", "unit", "window", "labels", "value")} == {
        "metric": "GI1",
        "name": "gift_value_usd",
        "unit": "currencyUSD",
        "window": "1h",
        "labels": {"app": "tiktok", "region": "US"},
        "value": 12.5,
    }


async def test_a_value_has_its_trust_beside_it(bench: Bench, api: Client) -> None:
    """State, window, watermark and its age, completeness and the three shares."""
    bench.publish("gift_value_usd", 1.0)
    (item,) = (await got(api, "/v1/metrics/gift_value_usd"))["items"]
    assert item["trust"] == {
        "state": "provisional",
        "start": NOW - MINUTE - HOUR,
        "end": NOW - MINUTE,
        "watermark": NOW - 5_000,
        "watermark_age_seconds": 5.0,
        "completeness": 0.75,
        "late_share": 0.01,
        "duplicate_share": 0.02,
        "invalid_share": 0.03,
    }


async def test_the_age_of_a_watermark_grows_with_the_clock(bench: Bench, api: Client) -> None:
    """A view that stands still gets older."""
    bench.publish("gift_value_usd", 1.0)
    bench.clock.advance(60)
    (item,) = (await got(api, "/v1/metrics/gift_value_usd"))["items"]
    assert item["trust"]["watermark_age_seconds"] == 65.0


async def test_an_id_gives_all_values_of_the_metric(bench: Bench, api: Client) -> None:
    """Once each, although Redis gives a field twice while it grows; not those of others."""
    for name in ("gift_value_usd", "gift_count", "ad_value_usd"):
        bench.publish(name, 1.0)
    items = (await got(api, "/v1/metrics/GI1"))["items"]
    assert sorted(item["name"] for item in items) == ["gift_count", "gift_value_usd"]


@pytest.mark.parametrize(
    ("asked", "values"),
    [
        ("window=5m", [2.0]),
        ("region=DE", [3.0]),
        ("state=final", [4.0]),
        ("app=douyin", []),
        ("window=1h&state=provisional", [3.0, 1.0]),
    ],
)
async def test_filters_by_label_window_and_state(
    bench: Bench, api: Client, asked: str, values: list[float]
) -> None:
    """What does not match is left out; what is left comes by window, state and labels."""
    bench.publish("gift_value_usd", 1.0)
    bench.publish("gift_value_usd", 2.0, window="5m")
    bench.publish("gift_value_usd", 3.0, region="DE")
    bench.publish("gift_value_usd", 4.0, state="final")
    items = (await got(api, f"/v1/metrics/gift_value_usd?{asked}"))["items"]
    assert [item["value"] for item in items] == values


async def test_a_name_that_begins_another_is_told_apart(bench: Bench, api: Client) -> None:
    """``gift_value_usd`` is not ``gift_value_usd_more``."""
    bench.publish("gift_value_usd", 1.0)
    bench.publish("gift_value_usd_more", 2.0)
    assert len((await got(api, "/v1/metrics/gift_value_usd"))["items"]) == 1


async def test_no_data_is_told_from_an_emptied_redis(bench: Bench, api: Client) -> None:
    """Without items, ``published`` says whether workers have published at all."""
    assert (await got(api, "/v1/metrics/GI2"))["published"] is True
    bench.redis.keys.clear()
    assert await got(api, "/v1/metrics/GI2") == {"items": [], "next": None, "published": False}


async def test_a_dead_redis_is_a_problem(bench: Bench, api: Client) -> None:
    """503, and it is named: broken is not the same as no data."""
    bench.redis.is_away = True
    problem = await got(api, "/v1/metrics/GI1", 503)
    assert "redis://memory does not answer" in problem["detail"]
    assert problem["fix"]


async def test_an_unknown_metric_is_named(api: Client) -> None:
    """404, and where the names are listed."""
    problem = await got(api, "/v1/metrics/GI99", 404)
    assert problem == {
        "title": "Not found",
        "status": 404,
        "detail": "no metric or value is called 'GI99'",
        "where": "path.name",
        "fix": "GET /v1/catalog lists metrics and the names of their values",
        "instance": "/v1/metrics/GI99",
        "type": "about:blank",
    }


async def test_a_window_that_a_value_has_not_is_refused(api: Client) -> None:
    """400, with those it has."""
    problem = await got(api, "/v1/metrics/gift_value_capped_usd?window=24h", 400)
    assert (problem["where"], "5m, 1h" in problem["fix"]) == ("query.window", True)


async def test_a_label_that_a_value_has_not_is_refused(api: Client) -> None:
    """A misspelt filter is no missing filter."""
    problem = await got(api, "/v1/metrics/gift_value_usd?regoin=US", 400)
    assert problem["where"] == "query.regoin"
    assert "app, cursor, limit, region, state, window" in problem["fix"]


async def test_pages_hold_what_was_asked(bench: Bench, api: Client) -> None:
    """Five values by two: 2, 2, 1, none twice."""
    for number in range(5):
        bench.publish("gift_value_usd", float(number), region=f"R{number}")
    pages = await all_pages(api, "/v1/metrics/gift_value_usd?limit=2")
    assert [[item["value"] for item in page] for page in pages] == [[0, 1], [2, 3], [4]]


async def test_a_page_has_100_items_unless_asked(bench: Bench, api: Client) -> None:
    """Of 101, one is left for the second page."""
    for number in range(101):
        bench.publish("gift_value_usd", 1.0, region=f"R{number}")
    pages = await all_pages(api, "/v1/metrics/gift_value_usd")
    assert [len(page) for page in pages] == [100, 1]


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "ten", "1.0", "9" * 400, "٣"])
async def test_a_limit_has_bounds(api: Client, limit: str) -> None:
    """1 to 1000, in plain digits."""
    problem = await got(api, f"/v1/metrics/GI1?limit={limit}", 400)
    assert (problem["where"], problem["fix"]) == ("query.limit", "give a whole number from 1 to 1000")


@pytest.mark.parametrize("cursor", ["!", "bnVsbA", "LTE", "OTk", "é", "W10"])
async def test_a_cursor_of_nobody_is_refused(api: Client, cursor: str) -> None:
    """Not base64, null, -1, 99, not ASCII, a list."""
    assert (await got(api, f"/v1/metrics/GI1?cursor={cursor}", 400))["where"] == "query.cursor"


async def test_a_recorded_series_comes_from_prometheus(bench: Bench, api: Client) -> None:
    """Freshness has no window: labels, value, and the time of the sample."""
    bench.prometheus.otherwise = [({"__name__": "x", "topic": "gift"}, lambda _: 7.5)]
    items = (await got(api, "/v1/metrics/PL1"))["items"]
    assert {(item["labels"]["topic"], item["value"], item["trust"]["state"]) for item in items} == {
        ("gift", 7.5, "recorded")
    }
    assert {item["trust"]["end"] for item in items} == {NOW}


async def test_a_sample_that_is_no_number_is_null(bench: Bench, api: Client) -> None:
    """NaN is not JSON."""
    bench.prometheus.otherwise = [({}, lambda _: math.nan)]
    items = (await got(api, "/v1/metrics/PL1"))["items"]
    assert {item["value"] for item in items} == {None}
