"""The promtool tests notice a broken alert: most single faults planted in a rule turn them red."""

from __future__ import annotations

import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.support.needed_rules import Rule, dump, groups_of, write_needed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KILL_SHARE = 0.9
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


def _prepare(root: Path, tree: Path, rules: list[Rule]) -> None:
    """Write an alert's test, and the recordings that it reads, with or without a fault."""
    write_needed(root, groups_of(tree, "rules"), [_group(rules)])
    test = yaml.safe_load((tree / "tests" / f"{rules[0]['alert']}.yml").read_text())
    dump(root / "tests/test.yml", test | {"group_eval_order": [*test["group_eval_order"], "mutated"]})


def _group(rules: list[Rule]) -> Rule:
    return {"name": "mutated", "rules": rules}


def _survives(root: Path, rules: list[Rule]) -> bool:
    dump(root / "alerts/business.yml", {"groups": [_group(rules)]})
    done = subprocess.run(
        ["promtool", "test", "rules", "test.yml"], cwd=root / "tests", capture_output=True, check=False
    )
    return done.returncode == 0


def _alive(root: Path, tree: Path, rules: list[Rule]) -> tuple[list[str], int]:
    """The faults of an alert that its test does not see, and how many were planted."""
    _prepare(root, tree, rules)
    assert _survives(root, rules), f"{rules[0]['alert']}: red without a fault"
    alive, planted = [], 0
    for place, rule in enumerate(rules):
        for name, mutant in _mutants(rule):
            planted += 1
            if _survives(root, [*rules[:place], mutant, *rules[place + 1 :]]):
                alive.append(f"{rule['alert']} {rule['labels']['severity']}: {name}")
    return alive, planted


@pytest.mark.slow
def test_most_planted_faults_are_seen(tree: Path, tmp_path: Path) -> None:
    """At least nine of ten faults planted in alert rules make that alert's promtool test fail."""
    by_alert: dict[str, list[Rule]] = {}
    for found in groups_of(tree, "alerts").values():
        for rule in (rule for group in found for rule in group["rules"]):
            by_alert.setdefault(rule["alert"], []).append(rule)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        tried = pool.map(lambda rules: _alive(tmp_path / rules[0]["alert"], tree, rules), by_alert.values())
        outcomes = list(tried)
    alive = [one for lasting, _ in outcomes for one in lasting]
    planted = sum(number for _, number in outcomes)
    assert planted > 100
    assert 1 - len(alive) / planted >= KILL_SHARE, alive
