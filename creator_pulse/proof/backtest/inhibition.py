"""Which alerts are held back by others: inhibition as Alertmanager applies it, on a grid of time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import yaml

Labels = Mapping[str, str]
_MATCHER = re.compile(r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*"(.*)"\s*')


class Matcher(NamedTuple):
    """One condition on a label.

    Attributes:
        label: its name; a label that an alert lacks is empty.
        operator: ``=``, ``!=``, ``=~`` or ``!~``.
        value: a text, or a regular expression of the whole value.
    """

    label: str
    operator: str
    value: str

    def holds(self, labels: Labels) -> bool:
        """Whether an alert's labels fulfil it."""
        value = labels.get(self.label, "")
        same = bool(re.fullmatch(self.value, value)) if "~" in self.operator else value == self.value
        return same != self.operator.startswith("!")


class InhibitRule(NamedTuple):
    """One rule of inhibition.

    Attributes:
        source: matchers of the alert that holds back.
        target: matchers of the alert that is held back.
        equal: labels in which both must agree; one that both lack agrees.
    """

    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...]

    def inhibits(self, source: Labels, target: Labels) -> bool:
        """Whether the first alert holds the second back while it fires.

        An alert that is both source and target of a rule is held back by no other one that is both.
        """
        if not (_all(self.source, source) and _all(self.target, target)):
            return False
        if any(source.get(label, "") != target.get(label, "") for label in self.equal):
            return False
        return not (_all(self.source, target) and _all(self.target, source))


def _all(matchers: Sequence[Matcher], labels: Labels) -> bool:
    return all(matcher.holds(labels) for matcher in matchers)


def matcher(text: str) -> Matcher:
    """Parse ``label="value"`` and its three relatives.

    Raises:
        ValueError: it is written in another way.
    """
    parsed = _MATCHER.fullmatch(text)
    if parsed is None:
        raise ValueError(f"no matcher of Alertmanager: {text}")
    label, operator, value = parsed.groups()
    return Matcher(label, operator, value.replace(r"\"", '"').replace("\\\\", "\\"))


class AlertmanagerRules:
    """Routes and inhibition of an Alertmanager.

    Args:
        config: its configuration file.
    """

    def __init__(self, config: bytes) -> None:
        content: dict[str, Any] = yaml.safe_load(config)
        self.inhibit_rules = tuple(
            InhibitRule(
                tuple(map(matcher, rule["source_matchers"])),
                tuple(map(matcher, rule["target_matchers"])),
                tuple(rule.get("equal", ())),
            )
            for rule in content.get("inhibit_rules", ())
        )
        self._route: dict[str, Any] = content["route"]

    def held_back_by(self, target: Labels, others: Sequence[Labels]) -> list[int]:
        """Places in ``others`` of the alerts that hold an alert back while they fire."""
        rules = [rule for rule in self.inhibit_rules if _all(rule.target, target)]
        return [
            place for place, other in enumerate(others) if any(rule.inhibits(other, target) for rule in rules)
        ]

    def group(self, labels: Labels) -> tuple[str, ...]:
        """The group in which an alert is told: alerts of one group are one message.

        The first route whose matchers hold decides, at every depth, as nothing here continues.
        """
        route, by = self._route, self._route.get("group_by", [])
        path: list[str] = []
        while True:
            for place, child in enumerate(route.get("routes", ())):
                if _all(tuple(map(matcher, child.get("matchers", ()))), labels):
                    route, by = child, child.get("group_by", by)
                    # Two routes to one receiver are two groups.
                    path.append(str(place))
                    break
            else:
                break
        if "..." in by:
            by = sorted(labels)
        return (*path, *(labels.get(label, "") for label in by))
