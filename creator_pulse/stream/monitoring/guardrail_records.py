"""Recording rules of the guardrails themselves: value, bound, how near, and what each party's alerts say.

How near is a number between what is usual (0) and the bound (1), whatever the guardrail counts in; above 1
the bound is crossed. Without it a board could only show which alerts fire, not which will.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.declaration.causes import tool_of
from creator_pulse.stream.catalog.declaration.conditions.condition import number
from creator_pulse.stream.catalog.declaration.forms import quantity
from creator_pulse.stream.catalog.declaration.harm import hurting
from creator_pulse.stream.catalog.declaration.recorded import baseline_of
from creator_pulse.stream.catalog.overrides import bound_of, overridable
from creator_pulse.stream.catalog.registry import METRICS
from creator_pulse.stream.monitoring.alerts import SEVERITY, declared
from creator_pulse.stream.monitoring.board_words import PARTIES
from creator_pulse.stream.monitoring.families import FAMILIES, series_of
from creator_pulse.stream.monitoring.scales import ALWAYS

if TYPE_CHECKING:
    from creator_pulse.stream.catalog.declaration.conditions.condition import Edges
    from creator_pulse.stream.catalog.declaration.declare import Guardrail, Metric
    from creator_pulse.stream.monitoring.records import Group, LabelledRecord, Record

VALUE = "alertname:pulse_guardrail_value:last"
BOUND = "alertname:pulse_guardrail_bound:last"
NEAR = "alertname:pulse_guardrail_used:ratio"
"""How much of the way from usual to the bound is used up: 1 is at the bound."""
RANK = "alertname:pulse_alert_rank:max"
PARTY = "alertname:pulse_party_rank:max"
"""The gravest alert of each party, in ``alertname``; 0 and without a name while none is active."""
RANKS = {
    "0": ("well", "green"),
    "1": ("watch", "yellow"),
    "2": ("watch", "yellow"),
    "3": ("ailing", "orange"),
    "4": ("not well", "red"),
}
"""Rank of an alert -> what it says of those it concerns: pending is to be watched, critical firing is ill."""
_MOST = 10
# Slower than the sums that they compare: a board is looked at, it does not page.
_INTERVAL = "30s"


def groups() -> dict[str, list[Group]]:
    """Recording rules by file name under ``rules/``."""
    near = [rule for metric, guardrail in declared() for rule in _of(metric, guardrail)]
    return {
        "guardrails.yml": [
            {"name": "pulse-guardrails", "interval": _INTERVAL, "rules": near},
            {"name": "pulse-parties", "interval": "15s", "rules": [_rank(), *map(_party, PARTIES)]},
        ]
    }


@cache
def alerts_of(party: str) -> tuple[str, ...]:
    """The alerts that hurt a party."""
    return tuple(alert for alert, parties in hurting(METRICS).items() if party in parties)


def unit_of(metric: Metric, guardrail: Guardrail) -> str:
    """The unit of a guardrail's value, in a word for a column: a share is in per cent."""
    if _is_share(guardrail):
        return "%"
    if _is_of_days(guardrail):
        return "days"
    series, usual = guardrail.series, metric.unit.split(";")[0]
    if series in _WORDS:
        return _WORDS[series]
    if not guardrail.window:
        return next((word for end, word in _ENDS.items() if end in series), usual)
    value = FAMILIES[series].values[0]
    return {"currencyUSD": "USD", "s": "s", "d": "days"}.get(
        value.unit, "coins" if quantity(value) == "coins" else usual
    )


_DAY = 86_400
_WORDS = {
    "ad_return_on_spend_ratio": "USD per USD",
    "gift_ring_devices": "creator-device pairs",
    "gift_ring_payments": "creator-card pairs",
    "minor_claims_per_1000_gifters": "claims per 1,000 gifters",
    "app_topic_tool:pulse_activity:increase5m": "records in 5 minutes",
    "global:pulse_exported_series:sum": "series",
    "global:pulse_rule_failures:increase5m": "evaluations",
    "global:pulse_rule_iterations_missed:increase15m": "evaluations",
    "integration:pulse_notifications_failed:increase5m": "messages",
    "job:pulse_group_strangers:max": "members",
    "part:pulse_alerting_watched:sum": "1 = watched",
    "part:pulse_config_loaded:min": "1 = loaded",
    "rule:pulse_case_precision:ratio7d": "%",
    "topic:pulse_dead_letters:increase10m": "records",
    "topic:pulse_records_sent:sum5m": "records in 5 minutes",
    "topic:pulse_source_resets:increase15m": "logs",
}
"""Series -> its unit, where the metric's first one is of another of its series."""
_ENDS = {"pulse_score": "evidence", "_seconds:": "s", "_usd:": "USD", ":rate": "per s"}


def _is_of_days(guardrail: Guardrail) -> bool:
    """Whether its bound is a time of a day or longer: nobody reads 259,200 s as three days."""
    if guardrail.condition.moves or "_seconds" not in guardrail.series:
        return False
    return min(float(bound) for _, bound in guardrail.condition.fixed()) >= _DAY


def _is_share(guardrail: Guardrail) -> bool:
    if guardrail.series in _WORDS:
        return _WORDS[guardrail.series] == "%"
    if guardrail.window:
        return FAMILIES[guardrail.series].values[0].unit == "percentunit"
    return "_ratio:" in guardrail.series or "_gap:" in guardrail.series


def _of(metric: Metric, guardrail: Guardrail) -> list[LabelledRecord]:
    """Value, bound and how near of one guardrail; the Watchdog has none."""
    series = series_of(guardrail)
    if series == ALWAYS:
        return []
    labels = {"alertname": guardrail.alert, "severity": SEVERITY[guardrail.severity], "product": "pulse"}
    tool = tool_of(metric, guardrail)
    if tool:
        labels["tool"] = tool
    labels |= {"tier": metric.tier.replace(" ", "-"), "unit": unit_of(metric, guardrail)}
    parties = [party for party in PARTIES if guardrail.alert in alerts_of(party)]
    if parties:
        labels["parties"] = ",".join(parties)
    bound = nearest(guardrail)
    percent = "100 * " if _is_share(guardrail) else ""
    days = f" / {_DAY}" if _is_of_days(guardrail) else ""
    texts = {
        VALUE: f"{percent}{series}{days}",
        BOUND: f"{percent}({bound}){days}",
        NEAR: used(guardrail),
    }
    return [{"record": name, "expr": expr, "labels": labels} for name, expr in texts.items()]


def nearest(guardrail: Guardrail) -> str:
    """PromQL of the bound that is in force: of an override that holds, else the declared one."""
    declared = _declared_bound(guardrail)
    if guardrail.alert not in overridable():
        return declared
    return f"({_overridden(guardrail)}) or ({declared})"


def _overridden(guardrail: Guardrail) -> str:
    """PromQL of the bound that somebody set; nothing while nobody has."""
    on, bound = bound_of(guardrail)
    return guardrail.condition.edge_at(series_of(guardrail), f"on ({on}) group_left () {bound}")


def _declared_bound(guardrail: Guardrail) -> str:
    """Of two, the one on the side of which the value stands."""
    series = series_of(guardrail)
    condition = guardrail.condition
    edges = _edges(guardrail)
    # A number has no labels to be shown by; those of the value it is compared with are its own.
    sides = [edge if condition.moves else f"0 * {series} + {edge}" for _, edge in edges]
    if len(sides) == 1:
        return sides[0]
    low, high = sides
    middle = baseline_of(series) if condition.moves else f"({edges[0][1]} + {edges[1][1]}) / 2"
    return f"({high} and {series} >= {middle}) or {low}"


def _edges(guardrail: Guardrail) -> Edges:
    """The bounds; only what moves has a baseline to ask for."""
    series, condition = series_of(guardrail), guardrail.condition
    return condition.edges(series, baseline_of(series) if condition.moves else "")


def used(guardrail: Guardrail) -> str:
    """PromQL of the share of the way to the bound that is used up, 0 to 10."""
    series, condition = series_of(guardrail), guardrail.condition
    edges = _edges(guardrail)
    if condition.moves:
        usual = baseline_of(series)
        way = f"(({nearest(guardrail)}) - {usual})"
        # Where nothing is usual the bound is there too: it is crossed, or not.
        sides = "!=" if len(edges) > 1 else edges[0][0]
        crossed = f"{_MOST} * ({series} {sides}bool {usual})"
        return f"clamp(({series} - {usual}) / ({way} != 0), 0, {_MOST}) or {crossed}"
    if len(edges) > 1:
        low, high = (float(edge) for _, edge in edges)
        return f"clamp(abs({series} - {number((low + high) / 2)}) / {number((high - low) / 2)}, 0, {_MOST})"
    ((op, text),) = edges
    declared = _way(op, series, text, float(text))
    if guardrail.alert not in overridable():
        return declared
    return f"({_way(op, series, f'({_overridden(guardrail)})', float(text))}) or ({declared})"


def _way(op: str, series: str, text: str, declared: float) -> str:
    """PromQL of the way to a fixed bound.

    Args:
        op: comparison of the guardrail: ``<``, ``>`` or ``==``.
        series: PromQL of the compared series.
        text: PromQL of the bound, a number or by the labels of the series.
        declared: the declared bound, which says what kind of a way it is.
    """
    if op == "==" or declared == 0 or (op == "<" and declared >= 1):
        # Nothing lies between: an event that must not be, a worker that must be there.
        return f"{series} {op}bool {text}"
    if op == ">":
        return f"clamp({series} / {text}, 0, {_MOST})"
    # Of a share that must stay high, what is missing grows: 0.99 with a bound of 0.9 has used a tenth.
    return f"clamp((1 - {series}) / (1 - {text}), 0, {_MOST})"


def _rank() -> Record:
    """Each alert's rank: critical before warning, firing before pending."""
    template = 'max by (alertname) (ALERTS{{product="pulse",severity="{}",alertstate="{}"}})'
    states = [(4, "critical", "firing"), (3, "warning", "firing"), (2, "critical", "pending")]
    terms = [f"{rank} * {template.format(severity, state)}" for rank, severity, state in states]
    return {"record": RANK, "expr": "\nor ".join([*terms, template.format("warning", "pending")])}


def _party(party: str) -> LabelledRecord:
    """A party is well while no alert for it is active, and rules are evaluated at all."""
    active = f'{RANK}{{alertname=~"{"|".join(alerts_of(party))}"}}'
    well = 'sum(0 * ALERTS{alertname="Watchdog",product="pulse"})'
    expr = f"topk(1, {active})\nor (\n  {well}\n  unless on () {active}\n)"
    return {"record": PARTY, "expr": expr, "labels": {"party": party}}
