"""The promtool tests notice a broken alert: most single faults planted in a rule turn them red."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support.needed_rules import Rule, dump, groups_of, write_needed
from tests.support.promtool import said_of
from tests.support.rule_documents import document_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

KILL_SHARE = 0.9
_COMPLAINT = re.compile(r"alertname: ?(\w+), time")
_NUMBER = re.compile(r"(?<=[<>=] )\d+(\.\d+)?")


def _scaled(line: str, factor: float) -> str:
    """The line with its bounds multiplied; a bound of 0 becomes ten times the factor."""
    return _NUMBER.sub(lambda match: str(float(match[0]) * factor or 10 * factor), line)


def _mutants(rule: Rule) -> Iterator[tuple[str, Rule]]:
    first, *rest = rule["expr"].split("\n")
    flip = {"<": ">", ">": "<", "==": "!="}
    operator = next(op for op in ("==", "<", ">") if f" {op} " in first)
    yield (
        "comparator flipped",
        rule | {"expr": rule["expr"].replace(f" {operator} ", f" {flip[operator]} ", 1)},
    )
    for factor in (2, 0.5):
        moved = _scaled(first, factor)
        yield f"bound x {factor}", rule | {"expr": "\n".join([moved, *rest])}
    if "for" in rule:
        yield "no duration", {key: value for key, value in rule.items() if key != "for"}
    for line in rest:
        kept = [other for other in rest if other != line]
        yield f"without {line.split()[0]}", rule | {"expr": "\n".join([first, *kept])}
    yield "severity", rule | {"labels": rule["labels"] | {"severity": "info"}}


def _test_of(alert: str, severities: Mapping[str, str]) -> Rule:
    """An alert's test, asked of each of its forms by a name of its own, without texts.

    Args:
        alert: name.
        severities: name of a form -> the severity of which it is.
    """
    document: Rule = document_of(alert)
    for case in document["tests"]:
        checks = case["alert_rule_test"]
        case["alert_rule_test"] = [
            check
            | {
                "alertname": name,
                "exp_alerts": [
                    {"exp_labels": expected["exp_labels"]}
                    for expected in check["exp_alerts"]
                    if expected["exp_labels"]["severity"] == severity
                ],
            }
            for name, severity in severities.items()
            for check in checks
        ]
    return document | {"group_eval_order": [*document["group_eval_order"], "mutated"]}


class Planted:
    """All faults of one alert in one test file: each is the form that it spoils, under a name of its own.

    None of the faults is in a text, and a text is filled in by queries at each evaluation: they are left out.

    Attributes:
        names: name that a form has with a fault -> which fault it is.
        sound: names of the forms in which no fault is planted.
        path: of the test.
    """

    def __init__(self, root: Path, tree: Path, rules: list[Rule]) -> None:
        self.names: dict[str, str] = {}
        self.sound: set[str] = set()
        copies: list[Rule] = []
        severities: dict[str, str] = {}
        for rule in rules:
            severity = rule["labels"]["severity"]
            for fault, form in (("none", rule), *_mutants(rule)):
                name = f"Form{len(copies)}"
                copies.append(form | {"alert": name, "annotations": {}})
                severities[name] = severity
                if form is rule:
                    self.sound.add(name)
                else:
                    self.names[name] = f"{rule['alert']} {severity}: {fault}"
        write_needed(root, groups_of(tree, "rules"), [{"name": "mutated", "rules": copies}])
        self.path = root / "tests/test.yml"
        dump(self.path, _test_of(rules[0]["alert"], severities))


@pytest.mark.slow
def test_most_planted_faults_are_seen(tree: Path, tmp_path: Path) -> None:
    """At least nine of ten faults planted in alert rules make that alert's promtool test fail."""
    by_alert: dict[str, list[Rule]] = {}
    for groups in groups_of(tree, "alerts").values():
        for rule in (rule for group in groups for rule in group["rules"]):
            by_alert.setdefault(rule["alert"], []).append(rule)
    planted = [Planted(tmp_path / alert, tree, rules) for alert, rules in by_alert.items()]
    said = said_of([plant.path for plant in planted])
    seen = [(plant, set(_COMPLAINT.findall(said[plant.path]))) for plant in planted]
    assert [plant.path for plant, names in seen if names & plant.sound] == []
    alive = [fault for plant, names in seen for name, fault in plant.names.items() if name not in names]
    number = sum(len(plant.names) for plant in planted)
    assert number > 100
    assert 1 - len(alive) / number >= KILL_SHARE, alive
