"""When alerts fire, and what of it is told."""

from __future__ import annotations

import numpy as np

from creator_pulse.proof.backtest.inhibition import AlertmanagerRules
from creator_pulse.proof.backtest.messages import FiredAlert, messages
from creator_pulse.stream.monitoring.alertmanager import alertmanager_config
from creator_pulse.stream.past.alert_rule import alert_rules, seconds
from creator_pulse.stream.past.firing import Span, firing, spans
from tests.support.fired_alerts import Law, every

CONFIG = b"""
route:
  receiver: ticket
  group_by: [alertname, app]
  routes:
    - receiver: page
      matchers: ['severity="critical"']
inhibit_rules:
  - source_matchers: ['alertname="Cause"']
    target_matchers: ['alertname=~"Effect|Cause"']
    equal: [app]
"""
RULES = AlertmanagerRules(CONFIG)


def alert(name: str, *alert_spans: tuple[int, int], **labels: str) -> FiredAlert:
    """A page that fires in these evaluations."""
    named = {"alertname": name, "severity": "critical", **labels}
    return FiredAlert(named, [Span(*span) for span in alert_spans])


def told(*alerts: FiredAlert) -> list[tuple[str, int, int]]:
    """Name of the first alert, begin and end of each message."""
    return [
        (message.labels[0]["alertname"], message.start, message.end)
        for message in messages(alerts, RULES, 100)
    ]


def test_two_routes_to_one_receiver_are_two_groups() -> None:
    """Pages about payments are grouped by app, those about payouts too: they are no one message."""
    routes = AlertmanagerRules(
        b"""
route:
  receiver: ticket
  routes:
    - {receiver: page, group_by: [app], matchers: ['alertname=~"Checkout|Topups"']}
    - {receiver: page, group_by: [app], matchers: ['alertname="Payouts"']}
"""
    )
    fired = [alert(name, (2, 9), app="a") for name in ("Checkout", "Topups", "Payouts")]
    sent = messages(fired, routes, 20)
    assert [[label["alertname"] for label in message.labels] for message in sent] == [
        ["Checkout", "Topups"],
        ["Payouts"],
    ]


def test_stretches_of_truth() -> None:
    """0 1 1 0 1 is true in [1, 3) and in [4, 5)."""
    assert spans(np.array([0, 1, 1, 0, 1], np.bool_)) == [Span(1, 3), Span(4, 5)]


def test_an_alert_fires_after_it_has_held() -> None:
    """``for: 2m`` at evaluations of a minute: true at 3, 4, 5, it fires at 5."""
    assert firing([Span(3, 6)], 120, 0, 60) == [Span(5, 6)]


def test_an_alert_that_did_not_hold_long_enough_never_fires() -> None:
    """``for: 2m``, true at 3 and 4 only."""
    assert firing([Span(3, 5)], 120, 0, 60) == []


def test_an_alert_lingers() -> None:
    """``keep_firing_for: 3m``: not true at 6, 7 and 8, it ends at the third minute after 6."""
    assert firing([Span(3, 6)], 0, 180, 60) == [Span(3, 9)]


def test_an_alert_that_lingers_goes_on() -> None:
    """True again before it has ended, even at its last moment: it is one."""
    assert firing([Span(3, 6), Span(9, 10)], 0, 180, 60) == [Span(3, 13)]


def test_an_alert_that_ended_begins_anew() -> None:
    """True again one evaluation later: they are two."""
    assert firing([Span(3, 6), Span(10, 11)], 0, 180, 60) == [Span(3, 9), Span(10, 14)]


def test_durations() -> None:
    """As Prometheus writes them."""
    assert [seconds(text) for text in ("0s", "10m", "1h30m", "1d")] == [0, 600, 5400, 86_400]


def test_rules_are_read() -> None:
    """A rule file as it is generated."""
    text = b"""
groups:
  - name: one
    rules:
      - record: some:recording
        expr: up
      - alert: Down
        expr: up == 0
        for: 1m
        keep_firing_for: 10m
        labels: {severity: critical}
"""
    (rule,) = alert_rules({"one.yml": text})
    assert (rule.alert, rule.expression, rule.wait, rule.linger) == ("Down", "up == 0", 60, 600)


def test_a_cause_holds_back_its_effect() -> None:
    """While the cause fires; the effect that outlives it is told then."""
    assert told(alert("Cause", (10, 20), app="a"), alert("Effect", (12, 25), app="a")) == [
        ("Cause", 10, 20),
        ("Effect", 20, 25),
    ]


def test_a_cause_holds_back_nothing_of_another_app() -> None:
    """The label that must be equal differs."""
    sent = told(alert("Cause", (10, 20), app="a"), alert("Effect", (12, 15), app="b"))
    assert ("Effect", 12, 15) in sent


def test_an_alert_does_not_hold_back_itself() -> None:
    """Causes are targets of their own rule, too: what is both is held back by no other that is both."""
    assert told(alert("Cause", (1, 2), app="a", x="1"), alert("Cause", (1, 2), app="a", x="2")) == [
        ("Cause", 1, 2)
    ]


def test_a_group_is_one_message() -> None:
    """Two regions of one alert and app are told together, from the first to the last."""
    sent = told(
        alert("Quiet", (10, 20), app="a", region="US"), alert("Quiet", (15, 30), app="a", region="GB")
    )
    assert sent == [("Quiet", 10, 30)]


def test_another_group_is_another_message() -> None:
    """Two apps are told apart."""
    assert len(told(alert("Quiet", (10, 20), app="a"), alert("Quiet", (10, 20), app="b"))) == 2


def test_inhibition_is_what_the_catalogue_declares() -> None:
    """Over every two alerts, our reading of Alertmanager's file says what the table of causes says."""
    law, rules, alerts = Law(), AlertmanagerRules(alertmanager_config()), list(every())
    labels = [alert.labels for alert in alerts]
    wrong = [
        (target.labels["alertname"], alerts[place].labels["alertname"])
        for target in alerts
        for place in set(rules.held_back_by(target.labels, labels))
        ^ {place for place, source in enumerate(alerts) if law.holds(source, target)}
    ]
    assert wrong == []
