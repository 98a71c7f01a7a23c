"""The promtool tests notice a broken alert: most single faults planted in a rule turn them red."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from creator_pulse.stream.monitoring.rule_tests import files
from tests.support.needed_rules import Rule, dump, groups_of, write_needed
from tests.support.promtool import said_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KILL_SHARE = 0.9
SOUND = "Sound"
"""What the alert is called where no fault is planted in it."""
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


def _test_of(rules: list[Rule], names: list[str]) -> Rule:
    """An alert's test, asked of the alert under each of these names."""
    document: Rule = json.loads(json.dumps(files()[f"{rules[0]['alert']}.yml"]))
    for case in document["tests"]:
        checks = case["alert_rule_test"]
        case["alert_rule_test"] = [check | {"alertname": name} for name in names for check in checks]
    return document | {"group_eval_order": [*document["group_eval_order"], "mutated"]}


class Planted:
    """All faults of one alert in one test file: each is the alert in all its forms under a name of its own.

    Attributes:
        names: name that the alert has with a fault -> which fault it is.
        path: of the test.
    """

    def __init__(self, root: Path, tree: Path, rules: list[Rule]) -> None:
        self.names = {SOUND: "none"}
        copies = [rule | {"alert": SOUND} for rule in rules]
        for place, rule in enumerate(rules):
            for fault, mutant in _mutants(rule):
                name = f"Fault{len(self.names)}"
                self.names[name] = f"{rule['alert']} {rule['labels']['severity']}: {fault}"
                forms = [*rules[:place], mutant, *rules[place + 1 :]]
                copies += [form | {"alert": name} for form in forms]
        write_needed(root, groups_of(tree, "rules"), [{"name": "mutated", "rules": copies}])
        self.path = root / "tests/test.yml"
        dump(self.path, _test_of(rules, list(self.names)))

    def unseen(self, said: str) -> set[str]:
        """The names of which promtool complains nowhere."""
        return set(self.names) - set(_COMPLAINT.findall(said))


@pytest.mark.slow
def test_most_planted_faults_are_seen(tree: Path, tmp_path: Path) -> None:
    """At least nine of ten faults planted in alert rules make that alert's promtool test fail."""
    by_alert: dict[str, list[Rule]] = {}
    for groups in groups_of(tree, "alerts").values():
        for rule in (rule for group in groups for rule in group["rules"]):
            by_alert.setdefault(rule["alert"], []).append(rule)
    planted = [Planted(tmp_path / alert, tree, rules) for alert, rules in by_alert.items()]
    said = said_of([plant.path for plant in planted])
    unseen = [(plant, plant.unseen(said[plant.path])) for plant in planted]
    assert [plant.path for plant, names in unseen if SOUND not in names] == []
    alive = [plant.names[name] for plant, names in unseen for name in names - {SOUND}]
    number = sum(len(plant.names) - 1 for plant in planted)
    assert number > 100
    assert 1 - len(alive) / number >= KILL_SHARE, alive
