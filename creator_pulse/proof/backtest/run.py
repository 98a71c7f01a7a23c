"""One world from its sums to opinions: evidence, the generated rules in Prometheus, Alertmanager's law."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from creator_pulse.proof.backtest.figures import SeedResult
from creator_pulse.proof.backtest.inhibition import AlertmanagerRules
from creator_pulse.proof.backtest.judge import judged, outcomes
from creator_pulse.proof.backtest.messages import PAGE, FiredAlert, Message, messages
from creator_pulse.proof.backtest.past_prometheus import past_prometheus
from creator_pulse.stream.monitoring.build import generated
from creator_pulse.stream.past.alert_rule import AlertRule, alert_rules
from creator_pulse.stream.past.firing import firing, spans

if TYPE_CHECKING:
    from collections.abc import Callable

    from creator_pulse.proof.backtest.gauges import GaugeSamples
    from creator_pulse.proof.backtest.incident import Incident
    from creator_pulse.proof.backtest.labelled_world import LabelledWorld
    from creator_pulse.stream.past.prometheus import PastPrometheus

_INTERVAL = 60.0
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_SIGNAL = re.compile(r'signal=~?"([^"]*)"')


class Rules(NamedTuple):
    """What turns gauges into messages.

    Attributes:
        alerts: rules whose series the backtest has.
        others: names of alerts that it cannot judge, because their series are of other parts.
        alertmanager: routes and inhibition.
    """

    alerts: tuple[AlertRule, ...]
    others: tuple[str, ...]
    alertmanager: AlertmanagerRules


def rules_of(families: frozenset[str], signals: frozenset[str], candidates: bytes | None = None) -> Rules:
    """The rules of alerts that read nothing but some metrics, of some signals.

    Args:
        families: names of the metrics that there are.
        signals: names of the signals that are scored.
        candidates: a rule file; None: the rules as they are generated.
    """
    rules = alert_rules(generated("alerts") if candidates is None else {"candidates": candidates})
    judged_rules = tuple(
        rule
        for rule in rules
        if set() < _reads(rule.expression) <= families and _signals(rule.expression) <= signals
    )
    names = {rule.alert for rule in judged_rules}
    others = tuple(sorted({rule.alert for rule in rules} - names))
    return Rules(judged_rules, others, AlertmanagerRules(generated("alertmanager")["alertmanager.yml"]))


def _reads(expression: str) -> set[str]:
    """Names of the metrics that an expression reads: words that are no values and no labels."""
    bare = re.sub(
        r'"[^"]*"|\{[^}]*\}|\b(on|by|ignoring|without|group_left|group_right)\s*\([^)]*\)', " ", expression
    )
    return {
        word for word in _NAME.findall(bare) if word.startswith(("pulse_", "up")) or ":" in word.strip(":")
    }


def _signals(expression: str) -> set[str]:
    """Names of the signals that an expression asks for."""
    return {name for names in _SIGNAL.findall(expression) for name in names.split("|")}


async def messages_of(
    world: LabelledWorld, gauges: GaugeSamples, rules: Rules, show: Callable[[str], None]
) -> list[Message]:
    """What on-call would have been told; times are minutes since the epoch."""
    first, evaluations = world.judged + 1, world.end - world.judged
    fired: list[FiredAlert] = []
    async with past_prometheus(gauges, first, evaluations, show) as prometheus:
        for number, rule in enumerate(rules.alerts, 1):
            show(f"alerts: {number} of {len(rules.alerts)}, {rule.alert}")
            fired += await _fired(prometheus, rule)
    return [
        message._replace(start=message.start + first, end=message.end + first)
        for message in messages(fired, rules.alertmanager, evaluations)
    ]


async def _fired(prometheus: PastPrometheus, rule: AlertRule) -> list[FiredAlert]:
    return [
        FiredAlert(
            {**series.labels, **rule.labels, "alertname": rule.alert},
            firing(spans(series.holds), rule.wait, rule.linger, _INTERVAL),
        )
        for series in await prometheus.evaluate(rule.expression)
    ]


def result(name: str, world: LabelledWorld, sent: list[Message], rules: Rules) -> SeedResult:
    """Opinions of all that was sent in a world.

    An incident that no judged rule of its severity can tell is set apart.
    """
    opinions = judged(sent, world.incidents)
    pages = {rule.alert for rule in rules.alerts if rule.labels.get("severity") == PAGE}
    names = {rule.alert for rule in rules.alerts}

    def tellable(incident: Incident) -> bool:
        enough = pages if incident.severity == "page" else names
        return any(re.fullmatch(match.alert, alert) for match in incident.must for alert in enough)

    told_of = [incident for incident in world.incidents if tellable(incident)]
    others = [
        f"{incident.name} {incident.size}"
        for incident in world.incidents
        if incident.kind == "incident" and incident.severity != "none" and not tellable(incident)
    ]
    return SeedResult(
        name, world.weeks, opinions, outcomes(opinions, told_of), tuple(sorted(dict.fromkeys(others)))
    )
