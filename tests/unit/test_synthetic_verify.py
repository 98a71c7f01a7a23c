"""Verification: equal figures raise no difference, and each kind of error raises one."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from creator_pulse.proof.ledger.expected import CHUNK, windows_of
from creator_pulse.proof.ledger.samples import ScrapedSample, parse
from creator_pulse.proof.ledger.truth import Truth
from creator_pulse.proof.ledger.verify import (
    Difference,
    compare,
    expected_totals,
    verify_prometheus,
    verify_workers,
    wait_equal,
)
from creator_pulse.proof.ledger.verify_windows import verify_windows
from creator_pulse.stream.clock import ManualClock
from creator_pulse.stream.errors import UnreachableError
from creator_pulse.stream.secret import Address
from creator_pulse.stream.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T0 = 1_760_000_040_000
MINUTE = 60_000
US = ("tiktok", "US")
SETTINGS = Settings()


@pytest.fixture
def truth() -> Truth:
    """Three gifts and 10^15 + 1 units (1.000000000000001 USD) of ad revenue in US."""
    truth = Truth()
    truth.totals["gifts", US] = 3
    truth.totals["ad_revenue_usd", US] = 10**15 + 1
    return truth


def shown(truth: Truth) -> list[ScrapedSample]:
    """Samples as a worker with all lanes would show them, each split over two partitions."""
    return [
        ScrapedSample(
            name,
            {**dict(labels), "partition": str(partition), "topic": dict(labels).get("topic", "gift")},
            part,
        )
        for name, figures in expected_totals(truth, SETTINGS).items()
        for labels, value in figures.items()
        for partition, part in enumerate((float(value), 0.0))
    ]


def changed(samples: list[ScrapedSample], name: str, by: float) -> Iterator[ScrapedSample]:
    """The samples with the first US series of a family changed."""
    left = 1
    for sample in samples:
        hit = left and sample.name == name and sample.labels["region"] == "US"
        left -= bool(hit)
        yield sample._replace(value=sample.value + by) if hit else sample


def test_equal_totals_have_no_difference(truth: Truth) -> None:
    """Partitions are summed, topic and partition dropped, floats within 1e-9."""
    assert compare("workers", truth, SETTINGS, shown(truth)) == []


def test_an_integer_must_be_exact(truth: Truth) -> None:
    """Four gifts where three were sent are a difference, with both figures."""
    differences = compare("workers", truth, SETTINGS, changed(shown(truth), "pulse_gifts_total", 1))
    assert differences == [
        Difference("workers", "pulse_gifts_total", {"app": "tiktok", "region": "US"}, "3", "4")
    ]


def test_a_sum_may_differ_by_a_rounding(truth: Truth) -> None:
    """1.000000000000001 USD may be shown 1e-10 off, not 1e-8."""
    name = "pulse_ad_revenue_usd_total"
    assert compare("workers", truth, SETTINGS, changed(shown(truth), name, 1e-10)) == []
    assert len(compare("workers", truth, SETTINGS, changed(shown(truth), name, 1e-8))) == 1


def test_a_missing_series_is_a_difference_even_at_zero(truth: Truth) -> None:
    """Every configured combination is shown at 0, so the absence of one is found."""
    samples = [sample for sample in shown(truth) if sample.name != "pulse_orders_total"]
    differences = compare("workers", truth, SETTINGS, samples)
    assert {difference.series for difference in differences} == {"pulse_orders_total"}
    assert {(difference.expected, difference.actual) for difference in differences} == {("0", None)}


def test_an_invalid_record_between_lanes_is_a_difference(truth: Truth) -> None:
    """The ledger keeps inputs alone: the pane topic's series stand at 0, and may not rise."""
    labels = {"topic": "pane", "partition": "0", "reason": "unreadable"}
    for count, differences in ((0.0, 0), (1.0, 1)):
        sample = ScrapedSample("pulse_invalid_records_total", labels, count)
        assert len(compare("workers", truth, SETTINGS, [*shown(truth), sample])) == differences


def test_measures_of_one_family_are_added_with_their_scales() -> None:
    """A refund of 2 x 10^12 and a cancellation of 3 x 10^12 are 5 USD of refunds."""
    truth = Truth()
    truth.totals["refunded_usd", US] = 2 * 10**12
    truth.totals["cancelled_usd", US] = 3 * 10**12
    key = frozenset({("app", "tiktok"), ("region", "US")})
    assert expected_totals(truth, SETTINGS)["pulse_refund_usd_total"][key] == Fraction(5)


def test_an_exposition_is_read() -> None:
    """Labels with escapes, exponents and time stamps; comments are passed over."""
    text = '# HELP a b\na_total{x="1\\"2\\\\",y="z"} 1.5e3 1700000000\nb 2\n'
    assert list(parse(text)) == [
        ScrapedSample("a_total", {"x": '1"2\\', "y": "z"}, 1500.0),
        ScrapedSample("b", {}, 2.0),
    ]


def test_a_line_that_is_no_sample_is_an_error() -> None:
    """An HTML page is not taken for an empty exposition."""
    with pytest.raises(ValueError, match="not a sample"):
        list(parse("<html></html>"))


async def test_workers_pages_are_added_up(truth: Truth) -> None:
    """Two workers, each with half of the series: no difference."""
    samples = shown(truth)

    def line(sample: ScrapedSample) -> str:
        labels = ",".join(f'{key}="{text}"' for key, text in sample.labels.items())
        return f"{sample.name}{{{labels}}} {sample.value!r}\n"

    def page(number: int) -> str:
        return "".join(line(sample) for sample in samples[number::2])

    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=page(int(request.match_info["number"])))

    app = web.Application()
    app.router.add_get("/{number}", answer)
    async with TestServer(app) as server:
        urls = [str(server.make_url(f"/{number}")) for number in (0, 1)]
        assert await verify_workers(truth, SETTINGS, urls) == []
        with pytest.raises(UnreachableError, match="404"):
            await verify_workers(truth, SETTINGS, [str(server.make_url("/no/page"))])


async def test_a_server_is_asked_for_every_family(truth: Truth) -> None:
    """Each family's last samples of five minutes, as Prometheus answers them: no difference."""
    samples = shown(truth)

    async def answer(request: web.Request) -> web.Response:
        family = request.query["query"].removeprefix("last_over_time(").removesuffix("[5m])")
        rows = [
            {"metric": dict(sample.labels) | {"job": "pulse"}, "value": [0, repr(sample.value)]}
            for sample in samples
            if sample.name == family
        ]
        return web.json_response({"status": "success", "data": {"resultType": "vector", "result": rows}})

    app = web.Application()
    app.router.add_get("/api/v1/query", answer)
    async with TestServer(app) as server:
        assert await verify_prometheus(truth, SETTINGS, Address(str(server.make_url("/")))) == []


async def test_waiting_ends_as_soon_as_all_is_equal() -> None:
    """Different twice, then equal: three checks."""
    answers = [[Difference("w", "s", {}, "1", "2")], [Difference("w", "s", {}, "1", "2")], []]

    async def check() -> list[Difference]:
        return answers.pop(0)

    assert await wait_equal(check, ManualClock(), seconds=10, every=0) == []
    assert not answers


async def test_waiting_ends_at_the_deadline() -> None:
    """Still different when time is up: the last differences."""
    clock, wrong = ManualClock(), [Difference("w", "s", {}, "1", "2")]

    async def check() -> list[Difference]:
        clock.advance(6)
        return wrong

    assert await wait_equal(check, clock, seconds=10, every=0) == wrong


async def test_a_slow_check_has_not_the_last_word() -> None:
    """A look taken at the start that takes longer than the wait: another one decides, taken at its end."""
    clock, wrong = ManualClock(), [Difference("w", "s", {}, "1", "2")]
    end = clock.monotonic() + 10

    async def check() -> list[Difference]:
        began = clock.monotonic()
        clock.advance(60)
        return wrong if began < end else []

    assert await wait_equal(check, clock, seconds=10, every=0) == []


@pytest.fixture
def gifts() -> Truth:
    """US gifts in two minutes, 2 and 3 in time, 1 of the first late; the watermark beyond all windows."""
    truth = Truth()
    truth.windows["gifts", US, T0] = [2, 1, None, None]
    truth.windows["gifts", US, T0 + MINUTE] = [3, None, None, None]
    truth.watermarks["gift", 0] = T0 + 3 * MINUTE + 600_000
    return truth


def result(
    start: int, value: int, state: str = "final", revision: int = 1, **other: Any
) -> tuple[str, dict[str, Any]]:
    """A one-minute gift count of US."""
    labels = {"app": "tiktok", "region": "US"}
    record = {"name": "gift_count", "window": "1m", "start": start, "labels": labels, "state": state}
    record |= {"revision": revision, "value": str(value), "scale": 1, "parts": [["gifts", str(value)]]}
    return f"gift_count|1m|{start}|tiktok,US", {**record, **other}


def differences(truth: Truth, records: Iterable[tuple[str, dict[str, Any]]]) -> list[str]:
    """What differs in the one-minute windows; longer ones that ended early are final too."""
    differences = verify_windows(truth, SETTINGS, records)
    return [
        difference.series.split(": ")[1]
        for difference in differences
        if difference.series.startswith("gift_count 1m")
    ]


RIGHT = (
    result(T0, 2),
    result(T0, 3, "restated", 2),
    result(T0 + MINUTE, 3),
)


def test_right_windows_have_no_difference(gifts: Truth) -> None:
    """Finals 2 and 3, the first restated to 2 + 1; provisional results are not looked at."""
    assert differences(gifts, [result(T0, 1, "provisional", 0), *RIGHT]) == []


@pytest.mark.parametrize(
    ("records", "what"),
    [
        ((result(T0, 3), *RIGHT[1:]), "final"),
        ((*RIGHT[:1], result(T0, 4, "restated", 2), RIGHT[2]), "last restatement"),
        ((RIGHT[0], RIGHT[2]), "last restatement"),
        (RIGHT[:2], "times final"),
        ((*RIGHT, RIGHT[2]), "times final"),
        ((*RIGHT, result(T0 + 9 * MINUTE, 0)), "a result where no record fell"),
    ],
)
def test_a_wrong_window_is_found(gifts: Truth, records: tuple[Any, ...], what: str) -> None:
    """A late gift in a final, a wrong or missing restatement, a missing, doubled or invented final."""
    assert differences(gifts, records) == [what]


def test_comparisons_do_not_see_one_another(gifts: Truth) -> None:
    """One that begins and ends while another is under way, as in threads, leaves this one's lines alone."""
    other = Truth()
    other.windows["gifts", US, T0] = [9]
    only = {("gift_count", "1m")}
    with windows_of(gifts, SETTINGS, only) as outer:
        with windows_of(other, SETTINGS, only) as inner:
            assert [in_time for *_, in_time, _ in inner.sums()] == [9]
        assert sorted(in_time or 0 for *_, in_time, _ in outer.sums()) == [2, 3]


@pytest.mark.parametrize(("until", "starts"), [(1, [T0]), (2, [T0, T0 + MINUTE]), (0, [])])
def test_windows_that_end_later_are_not_worked_out(gifts: Truth, until: int, starts: list[int]) -> None:
    """Of two minutes each is there from its end on."""
    with windows_of(gifts, SETTINGS, {("gift_count", "1m")}, until=T0 + until * MINUTE) as windows:
        assert sorted(place[2] for _, place, *_ in windows.sums()) == starts


@pytest.mark.slow
def test_lines_are_handed_over_in_parts() -> None:
    """One line more than a part: none is lost, and none comes twice."""
    truth = Truth()
    for number in range(CHUNK + 1):
        truth.windows["gifts", ("tiktok", f"region-{number}"), T0] = [1, None, None, None]
    with windows_of(truth, SETTINGS, {("gift_count", "1m")}) as windows:
        assert sum(in_time or 0 for *_, in_time, _ in windows.sums()) == CHUNK + 1


def test_a_window_of_late_records_alone_is_stated(gifts: Truth) -> None:
    """A minute whose only gift came late, and of which nothing was said: its restatement is missing."""
    gifts.windows["gifts", US, T0 + 2 * MINUTE] = [None, 1, None, None]
    assert differences(gifts, RIGHT) == ["last restatement"]


def test_an_open_window_need_not_be_final(gifts: Truth) -> None:
    """With a second partition at the first window's end no final is due yet."""
    gifts.watermarks["gift", 1] = T0 + MINUTE
    assert differences(gifts, []) == []


def test_values_of_one_name_close_by_their_own_topics() -> None:
    """Field coverage of gifts may still be open where that of watch time, of the same name, is closed."""
    truth = Truth()
    for name in ("records_of_gift_sent", "has_gift_sent_age_source"):
        truth.windows[name, ("gift",), T0] = [1, None, None, None]
    truth.windows["records_of_heartbeat", ("watch",), T0] = [1, None, None, None]
    closed = T0 + 60 * MINUTE
    truth.watermarks |= {("gift", 0): T0, ("watch", 0): closed, ("content", 0): closed}
    missing = {difference.labels["topic"] for difference in verify_windows(truth, SETTINGS, [])}
    assert missing == {"watch"}


def test_a_final_of_an_idle_partition_may_be_restated(gifts: Truth) -> None:
    """A final of 1 is no error where reason ``idle`` restates it to what came in time and late."""
    records = [result(T0, 1), result(T0, 3, "restated", 2, reason="idle"), RIGHT[2]]
    assert differences(gifts, records) == []


@pytest.mark.parametrize(
    ("revenue", "value", "wrong"), [("12", "6E-12", 0), ("13", "6.5E-12", 1), ("12", "6E-15", 1)]
)
def test_a_ratio_and_its_parts_are_compared(revenue: str, value: str, wrong: int) -> None:
    """2 impressions for 12 units of 10^-15 USD: a thousand cost 6 x 10^-12, and both sums must be told."""
    truth = Truth()
    truth.windows["ad_impressions", US, T0] = [2, None, None, None]
    truth.windows["ad_revenue_usd", US, T0] = [12, None, None, None]
    parts = [["ad_revenue_usd", revenue], ["ad_impressions", "2"]]
    record = result(T0, 0)[1] | {"name": "ad_ecpm_usd", "window": "15m", "parts": parts, "value": value}
    assert len(verify_windows(truth, SETTINGS, [("key", record)])) == wrong


def test_a_sum_in_another_unit_is_found(gifts: Truth) -> None:
    """The right parts, but a thousandth of the number: the unit in which it is shown is wrong."""
    assert differences(gifts, [result(T0, 2, scale=1000), *RIGHT[1:]]) == ["final"]
