"""Alertmanager's configuration: routes by severity, and what holds what back."""

from __future__ import annotations

from typing import Any

from creator_pulse.stream.monitoring.alerts import declared
from creator_pulse.stream.monitoring.yaml_text import to_yaml
from creator_pulse.stream.settings import INPUT_TOPICS

RECEIVERS = {"critical": "page", "warning": "ticket", "none": "watchdog"}
"""Value of the ``severity`` label -> receiver."""
DEFAULT_WEBHOOKS = "http://127.0.0.1:9095"
PIPELINE_PAGES = ("DataStale", "ConsumerLagHigh", "InvalidShareHigh")
"""Pages that make a topic's numbers untrustworthy; no ticket and no other alert holds a page back."""
PANE = "pane"
"""The topic between the two stages: everything is made of it."""


def alertmanager_config(*, webhooks: str = DEFAULT_WEBHOOKS) -> bytes:
    """The configuration as YAML, in the grammar of Alertmanager 0.25 and later.

    Args:
        webhooks: base address; each receiver posts to ``<base>/<receiver>``.
    """
    return to_yaml(
        {
            "route": _route(),
            "inhibit_rules": [*_by_topic(), _page_over_ticket(), *_by_cause()],
            "receivers": [_receiver(name, webhooks) for name in RECEIVERS.values()],
        }
    )


def _receiver(name: str, webhooks: str) -> dict[str, Any]:
    hook = {"url": f"{webhooks.rstrip('/')}/{name}", "send_resolved": name != "watchdog"}
    return {"name": name, "webhook_configs": [hook]}


def _route() -> dict[str, Any]:
    """One message per alert and app; the watchdog beats once a minute.

    A repeat interval equal to the group interval would halve the beat, so it is a little shorter.
    """
    routes: list[dict[str, Any]] = [
        {"receiver": receiver, "matchers": [f'severity="{severity}"']}
        for severity, receiver in RECEIVERS.items()
    ]
    routes[-1] |= {
        "group_by": ["alertname"],
        "group_wait": "0s",
        "group_interval": "1m",
        "repeat_interval": "50s",
    }
    return {
        "receiver": "ticket",
        "group_by": ["alertname", "app"],
        "group_wait": "10s",
        "group_interval": "1m",
        "repeat_interval": "4h",
        "routes": routes,
    }


def _by_topic() -> list[dict[str, Any]]:
    """A pipeline page of a topic holds back what is made of that topic."""
    found = []
    for topic in (*INPUT_TOPICS, PANE):
        made_of_it = 'topics=~".+"' if topic == PANE else f'topics=~"(.*,)?{topic}(,.*)?"'
        found.append(
            {
                "source_matchers": [
                    f'alertname=~"{"|".join(PIPELINE_PAGES)}"',
                    'severity="critical"',
                    f'topic="{topic}"',
                ],
                "target_matchers": [made_of_it],
            }
        )
    return found


def _page_over_ticket() -> dict[str, Any]:
    """The page of an alert holds back its ticket."""
    return {
        "source_matchers": ['product="pulse"', 'severity="critical"'],
        "target_matchers": ['product="pulse"', 'severity="warning"'],
        "equal": ["alertname", "app", "surface", "topic"],
    }


def _by_cause() -> list[dict[str, Any]]:
    """The alert that names the cause holds back the one that shows its effect."""
    return [
        {
            "source_matchers": [f'alertname=~"{"|".join(guardrail.yields_to)}"', 'severity="critical"'],
            "target_matchers": [f'alertname="{guardrail.alert}"'],
            "equal": ["app", "surface", "topic"],
        }
        for _, guardrail in declared()
        if guardrail.yields_to
    ]
