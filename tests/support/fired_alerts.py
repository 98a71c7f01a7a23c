"""Every alert with every set of labels that it can fire with, and which of them ought to hold which back."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.declaration.labels import SURFACES, TOOLS
from creator_pulse.stream.monitoring.alerts import declared, rule
from creator_pulse.stream.settings import INPUT_TOPICS
from tests.support.written_causes import ALL_OF_AN_APP, EXPLAINED_BY, FEWER_RECORDS_OF

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

VALUES: Mapping[str, tuple[str, ...]] = {
    "app": ("tiktok", "douyin"),
    "region": ("US", "GB"),
    "surface": SURFACES,
    "tool": (*TOOLS, "all"),
    "topic": (*INPUT_TOPICS, "pane"),
    "field": ("host_age", "surface"),
    "reason": ("unreadable", "failed"),
    "rule": ("MinorGift", "HypeRefunds"),
    "state": ("due", "live"),
    "step": ("engaged", "paid"),
    "kind": ("ids", "firsts"),
    "job": ("pulse",),
    "instance": ("a:9464", "b:9464"),
    "integration": ("slack", "prometheus"),
    "part": ("prometheus", "alertmanager"),
}
"""Two of whatever tells alerts apart show a mix-up; tools, topics and surfaces are all there."""
TOOL_OF = {"gift": "gift", "ad": "ad", "purchase": "commerce", "reward": "reward", "deal": "deal"}
"""Topics that are of one tool; viewing, payouts, videos and wallets are of several."""
FACTS = frozenset(
    {
        "MinorGift",
        "MinorHostGift",
        "AgeUnknown",
        "SpendCapBreached",
        "SpendCapsNotEnforced",
        "PayoutsStuck",
        "PayoutDelayHigh",
    }
)
"""Each is one too many, or overdue by the clock: a topic that stands still makes none of them."""
_RANK = {"none": 0, "warning": 1, "critical": 2}


@dataclass(frozen=True)
class Fired:
    """An alert as Prometheus sends it."""

    pairs: frozenset[tuple[str, str]]

    @property
    def labels(self) -> dict[str, str]:
        """Its labels by name."""
        return dict(self.pairs)


def fired(alert: str, severity: str, **by: str) -> Fired:
    """One alert with the labels of its rule, and those given."""
    matching = [
        one for one in every() if {"alertname": alert, "severity": severity, **by}.items() <= one.pairs
    ]
    assert len(matching) == 1, (alert, severity, by, len(matching))
    return matching[0]


def every() -> Iterator[Fired]:
    """All alerts of the generated rules, once for each combination of the labels that tell them apart."""
    for metric, guardrail in declared():
        written = rule(metric, guardrail)["labels"]
        assert isinstance(written, dict)
        for values in product(*(VALUES[label] for label in guardrail.by)):
            by = dict(zip(guardrail.by, values, strict=True))
            if not _can_be(guardrail.alert, by):
                continue
            yield Fired(frozenset({"alertname": guardrail.alert, **written, **by}.items()))


def _can_be(alert: str, by: Mapping[str, str]) -> bool:
    """Whether an alert can have these labels: a topic has its own tool, and no tool is *all* of them."""
    if alert == "AppSilent":
        return by["tool"] == TOOL_OF.get(by["topic"], "all")
    return by.get("tool") != "all"


class Law:
    """Which of two alerts explains the other, by the causes that are written down by hand.

    Neither Alertmanager's matchers nor the causes that the catalogue declares are read here.
    """

    def __init__(self) -> None:
        words = {"page": "critical", "ticket": "warning", "none": "none"}
        forms = {(g.alert, words[g.severity]) for _, g in declared()}
        self._by = {g.alert: frozenset(g.by) for _, g in declared()}
        self._highest: dict[str, str] = {}
        for alert, severity in sorted(forms):
            before = self._highest.get(alert, "none")
            self._highest[alert] = max(before, severity, key=lambda one: _RANK[one])

    def holds(self, source: Fired, target: Fired) -> bool:
        """Whether the first alert explains the second, and so holds it back."""
        one, other = source.labels, target.labels
        if source == target or _RANK[one["severity"]] < _RANK[other["severity"]]:
            return False
        if not self._about_the_same(one, other):
            return False
        name, effect = one["alertname"], (other["alertname"], other["severity"])
        if name == effect[0]:
            return one["severity"] == "critical" and other["severity"] == "warning"
        if effect[0] == "RecordRateDrop" and one["severity"] == "critical" and _fewer(name, other["topic"]):
            return True
        if name in EXPLAINED_BY.get(effect[0], ()):
            return one["severity"] == self._highest[name]
        return (
            name in {"DataStale", "ConsumerLagHigh", "TopicSilent"}
            and one["severity"] == "critical"
            and _made_of(one, other)
        )

    def _about_the_same(self, one: Mapping[str, str], other: Mapping[str, str]) -> bool:
        """Labels that tell both apart agree; an alert of one tool is not about another."""
        both = self._by[one["alertname"]] & self._by[other["alertname"]]
        if any(one[label] != other[label] for label in both):
            return False
        if "tool" in self._by[other["alertname"]] and one["tool"] not in {"all", "pipeline"}:
            return one["tool"] == other["tool"]
        tools = {one["tool"], other["tool"]} - {"all", "pipeline"}
        return len(tools) < 2


def _fewer(page: str, topic: str) -> bool:
    """Whether a page about an app says why a topic has fewer records."""
    return topic in FEWER_RECORDS_OF.get(page, ()) or (page == "AppDown" and topic in ALL_OF_AN_APP)


def _made_of(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether the records of the topic are among those that the other alert is made of, and of its tool."""
    topic, topics = one["topic"], other.get("topics", "").split(",")
    if other["alertname"] in FACTS or "topics" not in other:
        return False
    if topic == "pane":
        return True
    return topic in topics and other["tool"] in {"all", TOOL_OF.get(topic, other["tool"])}
