"""What holds an alert back: another alert that explains it, about the same thing.

A pair holds only if every label that both alerts carry agrees. So the alert of an app never holds back
that of another; the alert of a whole (an app, all tools, a topic) holds back the alerts of a
part that it explains, and a part (a tool, a surface) the total that it is declared to explain: each other
part has its own alert.
"""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from types import MappingProxyType
from typing import TYPE_CHECKING

from creator_pulse.stream.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from creator_pulse.stream.catalog.declaration.declare import Guardrail, Metric, Severity

STANDSTILL = ("DataStale", "ConsumerLagHigh", "TopicSilent")
"""Alerts whose page says that a topic's numbers are of an earlier time, or none, whatever they show.

Not InvalidShareHigh: it pages from 2 % of the records on, and 2 % explain no outage.
"""
ALL_TOOLS = "all"
PIPELINE = "pipeline"
"""The word in place of a tool of what all tools' records go through."""
TOOL_OF_TOPIC: Mapping[str, str] = MappingProxyType(
    {"gift": "gift", "ad": "ad", "purchase": "commerce", "reward": "reward", "deal": "deal"}
)
"""Input topic -> the tool that its records are of; the other topics are of several tools."""
FALL_OF_TOPIC: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "gift": ("AppDown", "GiftValueDrop"),
        "ad": ("AppDown", "AdRevenueDrop"),
        "purchase": ("AppDown", "CheckoutOutage"),
        "watch": ("AppDown", "ActiveViewersDrop"),
        "engagement": ("AppDown", "ActiveViewersDrop"),
        "wallet": ("AppDown", "ActiveViewersDrop"),
        "content": ("AppDown", "ActiveViewersDrop"),
        "payout": ("PayoutsDown",),
    }
)
"""Input topic -> the pages about an app that say what fewer of its records mean."""
FEWER_RECORDS = "RecordRateDrop"
"""The alert, by topic, that they hold back: it tells of the topics of which nothing else does."""
PARTS = frozenset({"surface", "job", "instance"})
"""Labels that a cause may carry and its effect not.

One surface above its cap explains the whole app, and one worker that is down the topics that stand still: its
partitions were of each of them.
"""
# An alert may be held back by one that wakes at least as many people.
_RANK = {"none": 0, "ticket": 1, "page": 2}


@dataclass(frozen=True, slots=True)
class Hold:
    """While the cause fires, the effect is held back.

    For example TopupsFailing, a page, holds back GiftValueDrop while both are of one app.

    Attributes:
        cause: name of an alert.
        severity: of the cause, the highest that it has.
        effect: name of an alert.
        effect_severity: which form of the effect.
        equal: labels that both carry, and that must agree.
        tool: the tool that the effect must be of, where a label tells it and the cause is of one tool; empty:
            of any.
    """

    cause: str
    severity: Severity
    effect: str
    effect_severity: Severity
    equal: tuple[str, ...]
    tool: str


def tool_of(metric: Metric, guardrail: Guardrail) -> str:
    """The tool that an alert is about; empty where its label ``tool`` tells the alerts apart."""
    return "" if "tool" in guardrail.by else guardrail.tool or metric.tool


def holds(metrics: Sequence[Metric]) -> tuple[Hold, ...]:
    """Every declared cause with its effect.

    Raises:
        CatalogError: a cause is not declared, is of a lower severity, of another tool or of a part that the
            effect does not name, or two alerts hold each other back.
    """
    declared = [(metric, guardrail) for metric in metrics for guardrail in metric.guardrails]
    forms: dict[str, list[tuple[Metric, Guardrail]]] = {}
    for metric, guardrail in declared:
        forms.setdefault(guardrail.alert, []).append((metric, guardrail))
    pairs = []
    for metric, effect in declared:
        for name in effect.yields_to:
            if name not in forms:
                raise CatalogError(f"{effect.alert}: its cause {name!r} is no alert")
            # If an alert has two forms, the page is the one that surely says enough.
            cause = max(forms[name], key=lambda form: _RANK[form[1].severity])
            pairs.append(_hold(cause, (metric, effect)))
    for name in {FEWER_RECORDS, *(name for names in FALL_OF_TOPIC.values() for name in names)} - set(forms):
        raise CatalogError(f"{FEWER_RECORDS}: its cause {name!r} is no alert")
    try:
        # Two alerts that hold each other back would both be silent.
        TopologicalSorter({effect.alert: effect.yields_to for _, effect in declared}).prepare()
    except CycleError as error:
        raise CatalogError(f"{' holds back '.join(error.args[1])}") from error
    return tuple(pairs)


def pages_in_one(metrics: Sequence[Metric]) -> Mapping[str, tuple[str, ...]]:
    """Alert that names a cause -> it and the alerts whose page is one with its own.

    An effect that is sure before its cause has paged already when the cause is, and nobody can take that
    back. In one message with it, the cause only changes what that message says.

    Raises:
        CatalogError: it is no page, its cause is none that it yields to, or is itself one with another, or
            the two are not told by the same labels.
    """
    pages = {
        guardrail.alert: guardrail
        for metric in metrics
        for guardrail in metric.guardrails
        if guardrail.severity == "page"
    }
    sets: dict[str, list[str]] = {}
    for metric in metrics:
        for guardrail in metric.guardrails:
            cause = guardrail.page_with
            if not cause:
                continue
            where = f"{guardrail.alert}: its page is one with that of {cause}"
            if guardrail.severity != "page" or cause not in guardrail.yields_to:
                raise CatalogError(f"{where}, and it is no page that yields to it")
            if pages[cause].page_with or set(pages[cause].by) != set(guardrail.by):
                raise CatalogError(f"{where}, which is one with another, or has other labels")
            sets.setdefault(cause, [cause]).append(guardrail.alert)
    return {cause: tuple(alerts) for cause, alerts in sets.items()}


def steps_above(metrics: Sequence[Metric]) -> Mapping[str, int]:
    """Page of evidence that holds others back -> the number of such pages, one below the other.

    For example 2 of AppDown, which holds back ActiveViewersDrop, which holds back AdRevenueDrop. A region is
    none of these: it is silent after its whole app by itself.
    """
    effects: dict[str, list[str]] = {}
    for metric in metrics:
        for guardrail in metric.guardrails:
            if (
                guardrail.severity == "page"
                and guardrail.condition.scan is not None
                and "region" not in guardrail.by
            ):
                effects.setdefault(guardrail.alert, [])
                for cause in guardrail.yields_to:
                    effects.setdefault(cause, []).append(guardrail.alert)
    order = TopologicalSorter(effects).static_order()
    steps: dict[str, int] = {}
    for alert in order:
        steps[alert] = max((steps[effect] + 1 for effect in effects[alert]), default=0)
    pages = {
        guardrail.alert
        for metric in metrics
        for guardrail in metric.guardrails
        if guardrail.condition.scan is not None
    }
    return {alert: count for alert, count in steps.items() if count and alert in pages}


def alerts_of_two_forms(metrics: Sequence[Metric]) -> Mapping[tuple[str, ...], tuple[str, ...]]:
    """Labels that tell an alert's series apart -> the alerts by them that both page and have a ticket."""
    alerts: dict[tuple[str, ...], list[str]] = {}
    severities: dict[tuple[str, tuple[str, ...]], set[str]] = {}
    for metric in metrics:
        for guardrail in metric.guardrails:
            severities.setdefault((guardrail.alert, guardrail.by), set()).add(guardrail.severity)
    for (alert, by), forms in severities.items():
        if forms >= {"page", "ticket"}:
            alerts.setdefault(by, []).append(alert)
    return {by: tuple(names) for by, names in alerts.items()}


def facts(metrics: Iterable[Metric]) -> tuple[str, ...]:
    """Names of the business alerts that stand whatever the pipeline does."""
    return tuple(
        dict.fromkeys(
            guardrail.alert for metric in metrics for guardrail in metric.guardrails if guardrail.fact
        )
    )


def _hold(cause: tuple[Metric, Guardrail], effect: tuple[Metric, Guardrail]) -> Hold:
    (_, source), (_, target) = cause, effect
    where = f"{target.alert}: its cause {source.alert}"
    if _RANK[source.severity] < _RANK[target.severity]:
        raise CatalogError(f"{where} is a {source.severity}, and holds back no {target.severity}")
    apart = set(source.by) - set(target.by) - PARTS
    if apart:
        raise CatalogError(f"{where} is of one {sorted(apart)}, and the effect of all")
    tool, effects = tool_of(*cause), tool_of(*effect)
    if tool not in {"", ALL_TOOLS, effects} and effects not in {"", ALL_TOOLS}:
        raise CatalogError(f"{where} is about the tool {tool}, and the effect about {effects}")
    return Hold(
        source.alert,
        source.severity,
        target.alert,
        target.severity,
        tuple(label for label in source.by if label in target.by),
        tool if not effects and tool not in {ALL_TOOLS, PIPELINE} else "",
    )
