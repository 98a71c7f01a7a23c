"""``pulse report``: what happened in a shift, from sources that answer or do not."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from click.testing import CliRunner

from creator_pulse.agents.cli import main
from creator_pulse.agents.override import OverridePlace, Overrider, Reason
from creator_pulse.agents.override_past import OverrideLog
from creator_pulse.agents.shift import BLIND, Shift, ShiftSources, shift, stretches
from creator_pulse.agents.shift_command import lines
from creator_pulse.stream.clock import ManualClock
from creator_pulse.stream.errors import UnreachableError
from creator_pulse.stream.monitoring.alerts import declared
from creator_pulse.stream.secret import Address, Secret
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.transport.memory_log import MemoryLog
from tests.support.board_prometheus import FakePrometheus

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.board_prometheus import Series

END = 1_800_000_000
HOURS = 8
BEGAN = END - HOURS * 3_600
FIRST, LAST = BEGAN + 3_600, BEGAN + 3_600 + 1_200
"""Gifts fell for twenty minutes, an hour after the shift began."""
PAGE = {"alertname": "GiftValueDrop", "severity": "critical", "app": "tiktok", "tool": "gift"}
STALE = {"alertname": "DataStale", "severity": "critical", "topic": "gift"}
SURGE = {"alertname": "RecordRateSurge", "severity": "warning", "topic": "watch"}
TOKEN = "of-the-api"  # noqa: S105 - of the fake


def between(first: float, last: float, number: float = 1.0) -> Callable[[float], float | None]:
    """A number in a span, and nothing outside of it."""
    return lambda time: number if first <= time <= last else None


def answers(query: str) -> list[Series]:
    """A shift with a fall of gifts, a stale topic, a surge that goes on, and ten minutes without a scrape."""
    if query.startswith("ALERTS"):
        return [
            (PAGE, between(FIRST, LAST)),
            (STALE, between(FIRST, FIRST + 300)),
            (SURGE, between(END - 600, END)),
        ]
    if "pulse_score_lost_usd" in query and 'signal=~"gifts|gift_value"' in query:
        # 20 minutes at 50 USD a minute are 1,000 USD.
        return [({}, lambda _time: 50.0)] if 'app=~"tiktok"' in query and 'region=~"all"' in query else []
    if "pulse_expected" in query and 'signal=~"records"' in query:
        return [({}, lambda _time: 100.0)]
    if "pulse_seen" in query and 'signal=~"records"' in query:
        return [({}, lambda _time: 250.0)]
    if "pulse_worker_info" in query:
        return [({}, lambda time: None if BEGAN + 60 <= time < BEGAN + 660 else 2.0)]
    return [({}, lambda _time: 12.0)] if "restatements" in query else []


def other_sources(seen: list[dict[str, str]]) -> tuple[web.Application, web.Application]:
    """An Alertmanager with a silence that holds and one that does not, and an API with two pages of cases."""

    async def silences(_request: web.Request) -> web.Response:
        matcher = {"name": "alertname", "value": "AdLoadHigh", "isEqual": True, "isRegex": False}
        one = {"matchers": [matcher], "comment": "test", "createdBy": "ann", "endsAt": "2027-01-16T00:00:00Z"}
        states = ("active", "expired")
        return web.json_response([one | {"status": {"state": state}} for state in states])

    async def cases(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        seen.append(dict(request.query))
        first: list[tuple[str, bool | None]] = [("FR1", True), ("FR1", None)]
        page = first if "cursor" not in request.query else [("FR7", False)]
        items = [
            {"case": {"rule": rule}, "verdict": None if said is None else {"confirmed": said}}
            for rule, said in page
        ]
        following = "more" if "cursor" not in request.query else None
        return web.json_response({"items": items, "next": following, "held_since": 0})

    manager, api = web.Application(), web.Application()
    manager.router.add_get("/api/v2/silences", silences)
    api.router.add_get("/v1/cases", cases)
    return manager, api


SETTINGS = Settings()
FAILING = OverridePlace("CheckoutFailing", "tiktok")
HOUR_MS = 3_600_000


class AwayLog(MemoryLog):
    """A Kafka that does not answer."""

    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """None."""
        raise UnreachableError(f"no Kafka at http://127.0.0.1:9 with {topic} {partition}")


async def overridden(away: str = "") -> OverrideLog:
    """A bound of 200 from the first hour on, for six; ended by another person in the third."""
    reference = SETTINGS.topic("reference")
    if away == "kafka":
        return OverrideLog(SETTINGS, AwayLog({reference: 1}))
    log, clock = MemoryLog({reference: 1}), ManualClock(1_000 * FIRST)
    overrider = Overrider(SETTINGS, log, clock, lambda _: None)
    await overrider.set_to(FAILING, 200, 6 * HOUR_MS, Reason("provider fails 10 %", "ann"))
    clock.advance(2 * 3_600)
    await overrider.end(FAILING, Reason("provider is well", "bea"))
    return OverrideLog(SETTINGS, log)


async def told(away: str = "", seen: list[dict[str, str]] | None = None) -> Shift:
    """The report of the shift, with one source away."""
    manager, api = other_sources([] if seen is None else seen)
    apps = {"prometheus": FakePrometheus(answer=answers).app(), "alertmanager": manager, "api": api}
    async with AsyncExitStack() as stack:
        places: dict[str, Address] = {}
        for name, app in apps.items():
            server = await stack.enter_async_context(TestServer(app))
            places[name] = Address("http://127.0.0.1:9" if name == away else str(server.make_url("")))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        addresses = places["prometheus"], places["alertmanager"], places["api"]
        sources = ShiftSources(*addresses, Secret(TOKEN), await overridden(away), session)
        return await shift(sources, BEGAN, END)


async def test_an_alert_has_its_span() -> None:
    """Twenty minutes, and it is over; another began ten minutes ago and goes on."""
    report = await told()
    assert report.alerts is not None
    assert [(alert.alert, alert.seconds, alert.is_over) for alert in report.alerts] == [
        ("DataStale", 300, True),
        ("GiftValueDrop", 1_200, True),
        ("RecordRateSurge", 600, False),
    ]


async def test_an_alert_says_what_it_cost() -> None:
    """20 minutes at 50 USD a minute; an alert without evidence about a signal says nothing of money."""
    report = await told()
    assert {alert.alert: alert.lost_usd for alert in report.alerts or ()} == {
        "DataStale": None,
        "GiftValueDrop": 1_000.0,
        "RecordRateSurge": None,
    }
    assert report.lost_usd == 1_000


async def test_restatements_are_counted() -> None:
    """As Prometheus says of the length of the shift."""
    assert (await told()).restated == 12


async def test_blind_times_are_named() -> None:
    """A stale topic for five minutes, and ten minutes in which no worker was scraped."""
    report = await told()
    assert [
        (stretch.why, stretch.began, stretch.ended - stretch.began) for stretch in report.blind or ()
    ] == [
        ("nothing was scraped", BEGAN + 60, 585),
        ("DataStale gift", FIRST, 300),
    ]


async def test_cases_of_all_pages_are_counted() -> None:
    """Three opened by two rules, one confirmed and one rejected; asked for in the shift's milliseconds."""
    seen: list[dict[str, str]] = []
    cases = (await told(seen=seen)).cases
    assert cases is not None
    assert (cases.opened, cases.confirmed, cases.rejected) == ({"FR1": 2, "FR7": 1}, 1, 1)
    assert seen[0] == {"from": str(1_000 * BEGAN), "to": str(1_000 * END), "limit": "1000"}


async def test_only_silences_that_hold_are_told() -> None:
    """One is active, one has expired."""
    silences = (await told()).silences
    assert [(silence.matchers, silence.by) for silence in silences or ()] == [
        (["alertname=AdLoadHigh"], "ann")
    ]


async def test_a_bound_that_was_set_is_told_with_its_end() -> None:
    """Set at the first hour for six by one person, ended two hours later by another, each with a reason."""
    overrides = (await told()).overrides
    assert overrides is not None
    (override,) = overrides
    assert (override.alert, override.app, override.region, override.bound) == (
        "CheckoutFailing",
        "tiktok",
        "all",
        200,
    )
    assert (override.began, override.expires, override.who, override.why) == (
        FIRST,
        FIRST + 6 * 3_600,
        "ann",
        "provider fails 10 %",
    )
    assert (override.ended, override.ended_by, override.ended_why) == (
        FIRST + 2 * 3_600,
        "bea",
        "provider is well",
    )


@pytest.mark.parametrize(
    ("since", "until", "number"),
    [
        (-60, 0, 0),
        (-60, 1, 1),
        (7_199, 9_000, 1),
        (7_200, 9_000, 0),
    ],
    ids=["before", "set within", "ended within", "after"],
)
async def test_only_bounds_that_held_in_the_shift_are_told(since: int, until: int, number: int) -> None:
    """It held from 0 s, when it was set, to 7,200 s, when it was ended, hours before its expiry."""
    assert len(await (await overridden()).held(FIRST + since, FIRST + until)) == number


async def test_a_bound_that_is_set_anew_ends_the_one_before() -> None:
    """The first ends where the second begins, by whoever set that; the second expires by itself."""
    log, clock = MemoryLog({SETTINGS.topic("reference"): 1}), ManualClock(1_000 * FIRST)
    overrider = Overrider(SETTINGS, log, clock, lambda _: None)
    await overrider.set_to(FAILING, 200, HOUR_MS, Reason("provider fails", "ann"))
    clock.advance(600)
    await overrider.set_to(FAILING, 300, HOUR_MS, Reason("it fails more", "bea"))
    overrides = await OverrideLog(SETTINGS, log).held(BEGAN, END)
    assert [(override.bound, override.ended, override.ended_by) for override in overrides] == [
        (200, FIRST + 600, "bea"),
        (300, None, ""),
    ]
    assert overrides[1].held_until == FIRST + 600 + 3_600


@pytest.mark.parametrize(
    ("away", "missing"),
    [
        ("prometheus", ("alerts", "lost_usd", "restated", "blind")),
        ("alertmanager", ("silences",)),
        ("api", ("cases",)),
        ("kafka", ("overrides",)),
    ],
)
async def test_a_source_that_is_away_is_named(away: str, missing: tuple[str, ...]) -> None:
    """Its parts are missing, the others are there, and one line says so."""
    report = await told(away)
    parts = ("alerts", "lost_usd", "restated", "blind", "cases", "silences", "overrides")
    assert tuple(part for part in parts if getattr(report, part) is None) == missing
    assert len(report.away) == 1
    assert "http://127.0.0.1:9" in report.away[0]
    assert any(line.startswith("Missing: ") for line in lines(report))


async def test_the_text_says_it_in_lines() -> None:
    """Each alert a line with kind, span, place and cost; then what else happened."""
    text = list(lines(await told()))
    page = next(line for line in text if "GiftValueDrop" in line)
    assert "page" in page
    assert page.endswith("(20 min)  GiftValueDrop tiktok gift  lost 1,000 USD")
    assert "Alerts: 3 fired, 1 still do; lost about 1,000 USD" in text
    assert "Restated: 12 window results" in text
    assert "Cases: 3 opened, 2 of them decided (1 confirmed, 1 rejected)" in text
    bound = text.index("Bounds that somebody set: 1")
    assert text[bound + 1].startswith("  CheckoutFailing tiktok: 200 ")
    assert text[bound + 1].endswith(" by ann: provider fails 10 %")
    assert text[bound + 2].endswith(" by bea: provider is well")


def test_nothing_to_report_from_is_an_error() -> None:
    """With every source away the command fails in one line."""
    places = [f"--{name}=http://127.0.0.1:9" for name in ("prometheus", "alertmanager", "api")]
    done = CliRunner().invoke(main, ["report", *places])
    assert done.exit_code == 1
    assert done.output.startswith("pulse: nothing to report from: Prometheus at http://127.0.0.1:9")


def test_blind_alerts_exist() -> None:
    """The alerts that make others unreliable are declared ones."""
    assert {guardrail.alert for _, guardrail in declared()} >= BLIND


def test_a_gap_of_two_steps_is_one_stretch() -> None:
    """One missed evaluation ends no alert, two do."""
    assert stretches([0, 15, 45, 90], 15) == [(0, 45), (90, 90)]
