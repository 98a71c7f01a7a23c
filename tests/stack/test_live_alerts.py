"""Pages live: a worker's gauges go wrong, a real Prometheus judges, a real Alertmanager posts.

One course of events for all tests: nothing is wrong; every page that needs no past is due at once, each in an
app of its own; the worker, Alertmanager and Prometheus are away for a moment; all is well again; Prometheus
is killed. Up to the recovery every interval is the one that is generated. From there on what lasts for
minutes is cut to seconds (``HURRIED``): the ten to twenty that a page fires on, the five until a group's
next message.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, NamedTuple

import pytest

from creator_pulse.stream.monitoring.alerts import declared, labels
from creator_pulse.stream.monitoring.points import DECOY, LABELS, Point
from creator_pulse.stream.monitoring.probes import series, starts
from creator_pulse.stream.monitoring.scales import scale_of
from tests.support.live_alerting import Gauge, live_alerting
from tests.support.pulse_process import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from creator_pulse.stream.catalog.declaration.declare import Guardrail
    from tests.support.webhook import Message

pytestmark = [pytest.mark.stack, pytest.mark.slow]

DUE = {
    guardrail.alert: (metric, guardrail)
    for metric, guardrail in declared()
    if guardrail.severity == "page"
    and not guardrail.minutes
    and "app" in guardrail.by
    and not guardrail.guard
    and not starts(guardrail, Point(1.0))
}
"""The pages that neither wait nor look back: by evidence, and single events that must not be."""
SETTLE = 15.0
"""Seconds of three scrapes and three evaluations."""
SCRAPED, RECORDED, JUDGED, SENT = 5.0, 15.0, 15.0, 20.0
"""Seconds: the interval of scrapes, of windows' recordings, of their alerts, and the wait of a group."""
SLACK = 10.0
"""For a machine that does other things."""
PREDICTED = SCRAPED + RECORDED + JUDGED + SENT + SLACK
"""The most that a page may take: 65 s."""
TICKETED = 50.0
"""Seconds after which a ticket, whose group waits for 30, would have come too."""
MINUTES = 20
"""How long the evidence has lasted when it is shown."""
LOST = 1_250
"""USD a minute that it costs."""


class Course(NamedTuple):
    """What happened; times are epoch seconds.

    Attributes:
        before: messages while nothing was wrong.
        began: when the faults were shown.
        pages: messages to the pager until the restarts.
        restarted: when the first of the three went away.
        recovered: when all was shown to be well.
        killed: when Prometheus was killed.
        messages: all there were.
    """

    before: Sequence[Message]
    began: float
    pages: Sequence[Message]
    restarted: float
    recovered: float
    killed: float
    messages: Sequence[Message]

    def between(self, since: float, until: float, *receivers: str) -> list[Message]:
        """The messages of a span to some receivers."""
        return [
            message
            for message in self.messages
            if since <= message.at < until and message.receiver in receivers
        ]


def gauges(guardrail: Guardrail) -> Iterator[Gauge]:
    """What workers show when a page is due, in an app that bears its name."""
    bounds = guardrail.condition.bounds(None)
    value = scale_of(guardrail).beyond(*bounds[0])
    for each in series(guardrail, Point(value)):
        selector = each["series"].replace(f'"{LABELS["app"]}"', f'"{guardrail.alert}"')
        match = re.match(r"(-?[\d.e]+)\+([\d.]+)x", each["values"])
        assert match is not None, each
        number, grows = map(float, match.groups())
        # Scores that must not count in a test of one alert may well be those of another.
        if not (selector.startswith("pulse_score{") and number == DECOY * value):
            yield Gauge(selector, number, is_time=grows > 0)


def healthy() -> list[Gauge]:
    """What a worker shows while nothing is wrong: itself, and no evidence of what an app lives from."""
    # In the order in which probes write labels, so that equal series are equal texts.
    score = 'pulse_score{{signal="{}",region="all",partition="0",app="{}",speed="fast",direction="fall"}}'
    lived_from = ("gifts", "viewing", "orders", "impressions")
    return [
        Gauge('pulse_worker_info{version="0"}', 1.0),
        *(Gauge(score.format(signal, app), 0.0) for app in DUE for signal in lived_from),
    ]


def wait(seconds: float) -> None:
    """Let time pass in which nothing but the beat of the watchdog is expected."""
    until = time.time() + seconds
    wait_for(lambda: time.time() >= until, max(seconds, 0) + 5, "the time")


@pytest.fixture(scope="module")
def course() -> Iterator[Course]:
    """The course of events."""
    wrong = [gauge for _, guardrail in DUE.values() for gauge in gauges(guardrail)]
    shown = {gauge.selector for gauge in wrong}
    well = [gauge for gauge in healthy() if gauge.selector not in shown]
    due = {(alert, alert) for alert in DUE}
    with live_alerting() as alerting:
        alerting.page.gauges = well
        wait_for(alerting.is_connected, 60, "the first scrape")
        wait(SETTLE)
        before = alerting.of("page", "ticket")
        alerting.page.gauges, began = [*well, *wrong], time.time()
        wait_for(lambda: len(alerting.of("page")) >= len(due), 2 * PREDICTED, "the pages")
        wait(began + TICKETED - time.time())
        pages = alerting.of("page")

        restarted = time.time()
        alerting.page.away = True
        wait(2 * SCRAPED + 1)
        alerting.page.away = False
        alerting.restart("alertmanager")
        alerting.restart("prometheus")
        # What fires in the first seconds of Prometheus, before it knows Alertmanager, is sent a minute later.
        wait_for(lambda: alerting.active() >= due, 60 + PREDICTED, "Alertmanager's knowledge of what fires")
        wait(SENT + SCRAPED)

        alerting.hurry()
        wait_for(lambda: alerting.active() >= due, 60, "what fires after the hurried start")
        recovered = time.time()
        alerting.page.gauges = [
            *well,
            *(gauge._replace(number=gauge.number * gauge.is_time) for gauge in wrong),
        ]

        def resolved() -> set[str]:
            return {message.alert for message in alerting.of("page") if message.status == "resolved"}

        wait_for(lambda: resolved() >= set(DUE), 90, "what is resolved")
        alerting.kill("prometheus")
        killed = time.time()
        wait_for(lambda: time.time() - alerting.of("beat")[-1].at > SETTLE, 90, "the silence of the watchdog")
        yield Course(before, began, pages, restarted, recovered, killed, tuple(alerting.messages))


def test_nothing_is_sent_while_nothing_is_wrong(course: Course) -> None:
    """A worker that shows no fault is neither a page nor a ticket."""
    assert course.before == []


@pytest.mark.parametrize("alert", DUE)
def test_a_page_comes_within_its_predicted_time(course: Course, alert: str) -> None:
    """Once, from the shown fault on within a scrape, its evaluations and the wait of its group."""
    (page,) = [message for message in course.pages if message.alert == alert]
    assert page.status == "firing"
    assert 0 < page.at - course.began <= PREDICTED


@pytest.mark.parametrize("alert", DUE)
def test_a_page_says_who_is_hurt_and_where_to_look(course: Course, alert: str) -> None:
    """Its labels are the declared ones and its app, which the text and the link to the board name too."""
    metric, guardrail = DUE[alert]
    page = next(message for message in course.pages if message.alert == alert)
    own = {"alertname": alert, "app": alert} | ({"region": "US"} if "region" in guardrail.by else {})
    assert dict(page.labels) == own | labels(metric, guardrail)
    assert page.annotations["summary"] == guardrail.summary
    assert alert in page.annotations["description"]
    assert page.annotations["runbook_url"].endswith(f"/{alert}")
    assert f"var-app={alert}" in page.annotations["dashboard_url"]


BY_EVIDENCE = [alert for alert, (_, guardrail) in DUE.items() if guardrail.condition.scan is not None]


@pytest.mark.parametrize("alert", BY_EVIDENCE)
def test_a_page_by_evidence_says_since_when_and_how_much(course: Course, alert: str) -> None:
    """Twenty minutes at 1,250 USD a minute are 25,000 USD, and a minute's more until it is sent."""
    page = next(message for message in course.pages if message.alert == alert)
    assert re.search(
        rf"lasted for {MINUTES}m \d+s, and costs {LOST} USD a minute", page.annotations["description"]
    )
    assert LOST * MINUTES <= int(page.annotations["lost_usd"]) <= LOST * (MINUTES + 1)


def test_nothing_else_is_sent(course: Course) -> None:
    """One page for each fault, and no ticket beside them."""
    sent = [message.alert for message in course.between(course.began, course.restarted, "page", "ticket")]
    assert sorted(sent) == sorted(DUE)


def test_restarts_send_nothing(course: Course) -> None:
    """Worker, Alertmanager and Prometheus away for a moment: what fires goes on, and nobody is told again."""
    assert course.between(course.restarted, course.recovered, "page", "ticket") == []


@pytest.mark.parametrize("alert", DUE)
def test_what_is_over_is_resolved_once(course: Course, alert: str) -> None:
    """After the recovery one message says so, and keeps what it has cost."""
    over = [
        message for message in course.messages if message.alert == alert and message.at >= course.recovered
    ]
    assert [(message.receiver, message.status) for message in over] == [("page", "resolved")]
    if alert in BY_EVIDENCE:
        assert int(over[0].annotations["lost_usd"]) >= LOST * MINUTES


def test_a_killed_prometheus_stops_the_beat(course: Course) -> None:
    """The watchdog beats until Prometheus is killed, and half a minute later no more: the dead man trips."""
    beats = [message.at for message in course.messages if message.receiver == "beat"]
    assert course.killed - beats[0] > 0
    assert any(course.killed - SETTLE < at <= course.killed for at in beats)
    assert max(beats) < course.killed + 30
