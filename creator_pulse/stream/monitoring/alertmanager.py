"""Alertmanager's configuration: routes by severity, and what holds what back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from creator_pulse.stream.catalog.declaration.causes import (
    ALL_TOOLS,
    FALL_OF_TOPIC,
    FEWER_RECORDS,
    STANDSTILL,
    TOOL_OF_TOPIC,
    Hold,
    alerts_of_two_forms,
    facts,
    holds,
    pages_in_one,
)
from creator_pulse.stream.catalog.declaration.teams import TEAMS
from creator_pulse.stream.catalog.registry import METRICS
from creator_pulse.stream.errors import SettingsError
from creator_pulse.stream.monitoring.alerts import SEVERITY
from creator_pulse.stream.monitoring.messages import posts_to, receiver
from creator_pulse.stream.monitoring.site import USUAL, Site
from creator_pulse.stream.monitoring.yaml_text import to_yaml
from creator_pulse.stream.settings import INPUT_TOPICS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from creator_pulse.stream.catalog.declaration.declare import Metric, Severity

RECEIVERS = {"critical": "page", "warning": "ticket", "none": "watchdog"}
"""Value of the ``severity`` label -> receiver."""
DAY = "day"
"""Name of the hours in which a page that can wait for the morning is sent."""
OURS = 'product="pulse"'
"""An Alertmanager may be shared: alerts of other products neither hold back nor are held back."""
INSTALLATION = "cluster"
"""The label by which a Prometheus tells its alerts from those of another installation, if it has one."""
PANE = "pane"
"""The topic between the two stages: everything is made of it."""


def alertmanager_config(
    site: Site = USUAL, *, webhooks: str = "", metrics: Sequence[Metric] = METRICS
) -> bytes:
    """The configuration as YAML, in the grammar of Alertmanager 0.25 and later.

    Args:
        site: whose receivers and hours it has. Alerts without a receiver are sent to nobody, and are on the
            board and in Alertmanager.
        webhooks: base address, for tests; each receiver posts to ``<base>/<receiver>`` instead.
        metrics: whose alerts it routes.

    Raises:
        SettingsError: there is no such team.
    """
    receivers = dict(site.receivers)
    for name in receivers:
        team = name.rpartition(".")[0]
        if team and team not in TEAMS:
            raise SettingsError(
                f"PULSE_RECEIVERS: {name} is of no team; teams are {', '.join(sorted(TEAMS))}"
            )
    return to_yaml(
        {
            "route": _route(tuple(receivers), metrics),
            "time_intervals": _hours(site),
            "inhibit_rules": [
                *_by_topic(metrics),
                *_page_over_ticket(metrics),
                *_by_cause(metrics),
                *_of_topic(),
            ],
            "receivers": [
                _receiver(name, webhooks, site) for name in dict.fromkeys((*RECEIVERS.values(), *receivers))
            ],
        }
    )


def _receiver(name: str, webhooks: str, site: Site) -> dict[str, Any]:
    if webhooks:
        return posts_to(name, f"{webhooks.rstrip('/')}/{name}", resolved=name != RECEIVERS["none"])
    if name == RECEIVERS["none"]:
        return posts_to(name, site.dead_man, resolved=False) if site.dead_man else {"name": name}
    where = dict(site.receivers).get(name)
    return receiver(name, where) if where else {"name": name}


def _of_teams(word: str, receivers: Sequence[str]) -> dict[str, Any]:
    """Routes of the teams that have a receiver of their own for pages, or for tickets."""
    teams = [name.removesuffix(f".{word}") for name in receivers if name.endswith(f".{word}")]
    routes = [{"receiver": f"{team}.{word}", "matchers": [f'team="{team}"']} for team in teams]
    return {"routes": routes} if routes else {}


def _route(receivers: Sequence[str], metrics: Sequence[Metric]) -> dict[str, Any]:
    """Pages by alert and app, at once or after what explains them; tickets by team, twice an hour.

    The watchdog beats once a minute.
    A page that watches a day or longer waits for the day: Alertmanager sends it when the hours begin.
    """
    page: dict[str, Any] = {
        "receiver": RECEIVERS["critical"],
        "matchers": ['severity="critical"'],
        "group_by": ["alertname", "app"],
        "group_wait": "2s",
        "group_interval": "5m",
        "repeat_interval": "4h",
        **_of_teams("page", receivers),
    }
    by_day = page | {
        "matchers": ['severity="critical"', f'hours="{DAY}"'],
        "active_time_intervals": [DAY],
    }
    # A repeat interval equal to the group interval would halve the beat, so it is a little shorter.
    # What another page may explain gives that one the time to come first: then it is held back, and not sent.
    explained = sorted({hold.effect for hold in holds(metrics) if hold.effect_severity == "page"})
    after = page | {"matchers": ['severity="critical"', _named(explained)], "group_wait": "20s"}
    # A cause that comes within the wait takes its effect's place before anything is sent; one that comes
    # later is told a minute later at most, by the same page.
    in_one = [
        after
        | {
            "matchers": ['severity="critical"', _named(alerts)],
            "group_by": ["app"],
            "group_interval": "1m",
        }
        for alerts in pages_in_one(metrics).values()
    ]
    watchdog = {
        "receiver": RECEIVERS["none"],
        "matchers": ['severity="none"'],
        "group_by": ["alertname"],
        "group_wait": "0s",
        "group_interval": "1m",
        "repeat_interval": "50s",
    }
    ticket = {"receiver": RECEIVERS["warning"], **_of_teams("ticket", receivers)}
    return {
        "receiver": RECEIVERS["warning"],
        "group_by": ["team"],
        "group_wait": "30s",
        "group_interval": "30m",
        "repeat_interval": "24h",
        "routes": [by_day, *in_one, after, page, watchdog, *([ticket] if "routes" in ticket else [])],
    }


def _hours(site: Site) -> list[dict[str, Any]]:
    """The hours of the day in which somebody is at work, on each day of the week."""
    begins, _, ends = site.hours.partition("-")
    times = [{"start_time": begins, "end_time": ends}]
    return [{"name": DAY, "time_intervals": [{"times": times, "location": site.timezone}]}]


def _by_topic(metrics: Sequence[Metric]) -> list[dict[str, Any]]:
    """A topic that stands still holds back the alerts that read it, alone or among others, for its tool.

    One missing part makes a sum wrong, so any one of an alert's topics is enough. An alert about one tool
    names the topics of all tools if its label tells them apart: only its own tool's topic holds it back.
    """
    rules = []
    for topic in (*INPUT_TOPICS, PANE):
        target = ['topics=~".+"' if topic == PANE else f'topics=~"(.*,)?{topic}(,.*)?"']
        if topic in TOOL_OF_TOPIC:
            target.append(f'tool=~"{TOOL_OF_TOPIC[topic]}|{ALL_TOOLS}"')
        source = [_named(STANDSTILL), _severity("page"), f'topic="{topic}"']
        rules.append(_rule(source, [*target, f'alertname!~"{"|".join(facts(metrics))}"'], ()))
    return rules


def _page_over_ticket(metrics: Sequence[Metric]) -> list[dict[str, Any]]:
    """The page of an alert holds back its ticket of the same labels."""
    return [
        _rule([_named(alerts), _severity("page")], [_severity("ticket")], ("alertname", *by))
        for by, alerts in alerts_of_two_forms(metrics).items()
    ]


def _by_cause(metrics: Sequence[Metric]) -> list[dict[str, Any]]:
    """The alert that names the cause holds back the one that shows its effect."""
    causes: dict[Hold, list[str]] = {}
    for hold in holds(metrics):
        causes.setdefault(replace(hold, cause=""), []).append(hold.cause)
    return [
        _rule(
            [_named(names), _severity(hold.severity)],
            [
                _named((hold.effect,)),
                _severity(hold.effect_severity),
                *([f'tool="{hold.tool}"'] if hold.tool else []),
            ],
            hold.equal,
        )
        for hold, names in causes.items()
    ]


def _of_topic() -> list[dict[str, Any]]:
    """The page about the acts in a topic's records holds back the page that fewer records come."""
    return [
        _rule(
            [_named(alerts), _severity("page")],
            [_named((FEWER_RECORDS,)), _severity("page"), f'topic="{topic}"'],
            (),
        )
        for topic, alerts in FALL_OF_TOPIC.items()
    ]


def _named(alerts: Sequence[str]) -> str:
    return f'alertname="{alerts[0]}"' if len(alerts) == 1 else f'alertname=~"{"|".join(alerts)}"'


def _severity(word: Severity) -> str:
    return f'severity="{SEVERITY[word]}"'


def _rule(source: Sequence[str], target: Sequence[str], equal: Sequence[str]) -> dict[str, Any]:
    """One inhibition rule among our own alerts.

    To Alertmanager a label that both alerts lack is equal. So the source must have each such label.
    """
    present = [f'{label}=~".+"' for label in equal if label != "alertname"]
    return {
        "source_matchers": [OURS, *source, *present],
        "target_matchers": [OURS, *target],
        "equal": [*equal, INSTALLATION],
    }
