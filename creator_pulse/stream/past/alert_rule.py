"""Rules as a backtest and a replay read them from their files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}


class AlertRule(NamedTuple):
    """One alerting rule.

    Attributes:
        alert: its name.
        expression: PromQL.
        wait: seconds that the expression must hold until the alert fires.
        linger: seconds that it goes on firing after the expression has ceased to hold.
        labels: added to those of the series.
    """

    alert: str
    expression: str
    wait: float
    linger: float
    labels: Mapping[str, str]


def seconds(text: str) -> float:
    """Length of a duration in Prometheus' grammar: ``1h30m`` is 5400."""
    return sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)(ms|[smhdwy])", text))


def alert_rules(files: Mapping[str, bytes]) -> tuple[AlertRule, ...]:
    """All alerting rules of rule files, in their order.

    Args:
        files: file name -> rules as YAML.
    """
    return tuple(_rule(rule) for rule in rules_of(files) if "alert" in rule)


def rules_of(files: Mapping[str, bytes]) -> Iterator[Mapping[str, Any]]:
    """All rules of rule files, as they stand there.

    Args:
        files: file name -> rules as YAML.
    """
    for content in files.values():
        for group in yaml.load(content, yaml.CSafeLoader)["groups"]:
            yield from group["rules"]


def _rule(rule: Mapping[str, Any]) -> AlertRule:
    wait, linger = (seconds(str(rule.get(field, "0s"))) for field in ("for", "keep_firing_for"))
    return AlertRule(rule["alert"], rule["expr"], wait, linger, rule.get("labels", {}))
