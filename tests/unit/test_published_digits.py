"""The digits that leave the product are those of docs/contract.md: exact sums, rounded quotients, doubles."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from creator_pulse.proof.simulation.parts import Parts
from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
from creator_pulse.stream.catalog.registry import MEASURES, VALUES
from creator_pulse.stream.exposition.page import Page
from creator_pulse.stream.lanes.lane import Sample
from tests.support.api_bench import MINUTE, NOW, Bench, got
from tests.support.few_events import DAY_MS, HOUR_MS, MIDNIGHT, SETTINGS, event, shown, time_records
from tests.support.lane_harness import MERGES, Harness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from creator_pulse.stream.generator.model import Produced

DOLLAR = 10**6
# At the built-in rate of the contract, 1,270,000 micro-USD for a pound.
POUND = {"currency": "GBP"}
ABOVE_A_MIDDLE = 20769187434139312819964994530574336000001
"""(2^53 + 1) x 2^61 x 10^6 + 1: a millionth of it lies barely above the middle of two doubles."""


def order(hour: int, place: int, micros: int, **fields: Any) -> Produced:
    """One of several orders of an hour."""
    at_ms = hour * HOUR_MS + place
    return event("order_completed", at_ms, value_micros=micros, order_id=f"o{at_ms}", **fields)


def seen(hour: int, place: int, micros: int, **fields: Any) -> Produced:
    """A valid impression of an hour, at a price for a thousand of them."""
    at_ms = hour * HOUR_MS + place
    price: dict[str, Any] = {"price_micros_cpm": micros, "imp_id": f"i{at_ms}", **fields}
    return event("impression", at_ms, billable=True, ivt_class="none", **price)


def clicked(hour: int, place: int) -> Produced:
    """A click on such an impression."""
    at_ms = hour * HOUR_MS + place
    return event("click", at_ms, imp_id=f"i{at_ms}", ivt_class="none")


def four_orders(hour: int, micros: int) -> list[Produced]:
    """Orders of an hour that are worth so much together."""
    return [order(hour, place, micros // 4 if place else micros - 3 * (micros // 4)) for place in range(4)]


THIRDS = [*(seen(4, place, DOLLAR) for place in range(3)), clicked(4, 0), clicked(4, 1)]
RECORDS = (
    order(1, 0, 1_000_001, commission_bps=1_234, **POUND),
    seen(2, 0, 1),
    *THIRDS,
    *four_orders(5, 49_382_715_604_937),
    *four_orders(6, 49_382_715_604_939),
    *(order(7, place, 100 * DOLLAR) for place in range(2)),
    seen(8, 0, 1),
    seen(8, 1, 0),
    event("heartbeat", 9 * HOUR_MS, viewer_id="a", organic_ms=700_000, ad_ms=0, surface="feed"),
    seen(9, 0, DOLLAR, viewer_id="a", surface="feed"),
    *time_records(DAY_MS),
)
"""Each hour is a case of its own."""
NAMES = (
    "order_value_usd",
    "commission_value_usd",
    "ad_value_usd",
    "ad_click_ratio",
    "order_mean_usd",
    "ad_ecpm_usd",
    "viewer_ad_load_p50_per_hour",
)


@pytest.fixture(scope="module")
def windows() -> list[dict[str, Any]]:
    """What ``pulse.window`` says of all cases."""
    return shown(NAMES, RECORDS, most=50)


def stated(
    windows: Sequence[dict[str, Any]], name: str, end: int, window: str = "1h"
) -> tuple[str | None, int]:
    """Text and scale of a final; its end is in ms after midnight."""
    (final,) = (
        one
        for one in windows
        if (one["name"], one["window"], one["end"], one["state"]) == (name, window, MIDNIGHT + end, "final")
        and one["labels"]["app"] == "tiktok"
        and one["labels"].get("region", "US") == "US"
        and one["labels"].get("surface", "feed") == "feed"
    )
    return final["value"], final["scale"]


def test_money_is_an_exact_integer(windows: list[dict[str, Any]]) -> None:
    """1.000001 GBP at 1.27, unrounded: 1,000,001 x 1,270,000 of a millionth of a millionth of a dollar."""
    assert stated(windows, "order_value_usd", 2 * HOUR_MS) == ("1270001270000", 10**12)


def test_a_part_of_money_is_exact(windows: list[dict[str, Any]]) -> None:
    """12.34 % of it, in basis points, are cut nowhere: x 1,234, and the scale is 10^4 larger."""
    assert stated(windows, "commission_value_usd", 2 * HOUR_MS) == (str(1_270_001_270_000 * 1_234), 10**16)


def test_one_impression_of_the_least_price_is_counted(windows: list[dict[str, Any]]) -> None:
    """A millionth of a dollar for a thousand of them: 10^-9 USD, which are 10^6 parts of 10^15."""
    assert stated(windows, "ad_value_usd", 3 * HOUR_MS) == ("1000000", 10**15)


def test_a_quotient_has_fifteen_digits(windows: list[dict[str, Any]]) -> None:
    """Two clicks of three impressions: the last 6 becomes a 7."""
    assert stated(windows, "ad_click_ratio", 5 * HOUR_MS) == ("0.666666666666667", 1)


@pytest.mark.parametrize(
    ("end", "text"),
    [
        pytest.param(6 * HOUR_MS, "12345678.9012342", id="...34.25 micros: down to the even 2"),
        pytest.param(7 * HOUR_MS, "12345678.9012348", id="...34.75 micros: up to the even 8"),
    ],
)
def test_a_tie_goes_to_the_even_digit(windows: list[dict[str, Any]], end: int, text: str) -> None:
    """The mean of four orders has sixteen digits, the last of which is a 5."""
    assert stated(windows, "order_mean_usd", end) == (text, 1)


def test_a_whole_quotient_has_no_point(windows: list[dict[str, Any]]) -> None:
    """Two orders of 100 USD: 100 on average."""
    assert stated(windows, "order_mean_usd", 8 * HOUR_MS) == ("100", 1)


def test_below_a_millionth_there_is_an_exponent(windows: list[dict[str, Any]]) -> None:
    """Impressions at a millionth of a dollar and at 0: half of it."""
    assert stated(windows, "ad_ecpm_usd", 8 * HOUR_MS + 15 * MINUTE, "15m") == ("5E-7", 1)


def test_a_figure_of_somebody_is_cut_after_nine_digits(windows: list[dict[str, Any]]) -> None:
    """An ad in 700 s is 5.142857142857... an hour."""
    end = 9 * HOUR_MS + 15 * MINUTE
    assert stated(windows, "viewer_ad_load_p50_per_hour", end, "15m") == ("5.142857142", 1)


@pytest.fixture(scope="module")
def page() -> dict[str, str]:
    """Family -> the number of its sample that is not 0, as it stands at ``/metrics`` of all lanes."""
    values = tuple(value for value in VALUES if value.name in {"order_value_usd", "ad_click_ratio"})
    orders = [order(4, 0, DOLLAR // 10), order(4, 1, DOLLAR // 5)]
    records = [*THIRDS, *orders, *time_records(5 * HOUR_MS)]
    harness = Harness(records, SETTINGS, Parts(catalogue=Catalogue(MEASURES, values)))

    async def read() -> None:
        await harness.open()
        await harness.run(50, tick=SETTINGS.restate_interval + 1)

    asyncio.run(read())
    merged = (harness.runners[place].committed for place in MERGES)
    samples = [
        *(Sample(sample.name, tuple(sample.labels.items()), sample.value) for sample in harness.samples()),
        *(sample for snapshot in merged if snapshot is not None for sample in snapshot.samples),
    ]
    _, body = Page(lambda: samples, {}, CollectorRegistry()).write("")
    lines = (line.rpartition(" ") for line in body.decode().splitlines() if not line.startswith("#"))
    return {head.partition("{")[0]: number for head, _, number in lines if number != "0.0"}


@pytest.mark.parametrize("family", ["pulse_gmv_usd_total", "pulse_order_value_usd"])
def test_a_number_on_the_page_is_the_double_next_to_the_sum(page: dict[str, str], family: str) -> None:
    """0.1 + 0.2 USD are summed as integers and divided once."""
    assert page[family] == "0.3"


def test_a_quotient_on_the_page_is_a_double(page: dict[str, str]) -> None:
    """Two thirds, with the sixteen digits that mean the double next to it."""
    assert page["pulse_ad_click_ratio"] == "0.6666666666666666"


async def test_a_live_value_of_the_api_is_that_of_the_page() -> None:
    """All sixteen digits of two thirds; nothing is rounded on the way through Redis."""
    bench = Bench()
    bench.publish("order_mean_usd", 2 / 3)
    async with bench.client() as api:
        (item,) = (await got(api, "/v1/metrics/order_mean_usd"))["items"]
    assert msgspec.json.encode(item["value"]) == b"0.6666666666666666"


state = partial(Bench.state, end=NOW - 30 * MINUTE)


async def history_of(exact: str, scale: int) -> tuple[object, object]:
    """``value`` and ``exact`` of a result of ``pulse.window``."""
    bench = Bench()
    state(bench, value=exact, scale=scale)
    async with bench.client() as api:
        (item,) = (await got(api, "/v1/metrics/gift_value_usd/history"))["items"]
    return item["value"], item["exact"]


async def test_history_divides_once() -> None:
    """Just above the middle of two doubles it is the upper one, however many digits there are before it."""
    upper = float((2**53 + 2) * 2**61)
    assert await history_of(str(ABOVE_A_MIDDLE), 10**6) == (upper, str(ABOVE_A_MIDDLE))


async def test_history_reads_an_exponent() -> None:
    """A quotient below a millionth."""
    assert await history_of("5E-7", 1) == (0.0000005, "5E-7")
