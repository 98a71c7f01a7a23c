"""Rule files with only what some alerts read: promtool evaluates every rule that it loads, for each test."""

from __future__ import annotations

import functools
import json
import re
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Rule = dict[str, Any]
"""A rule, or a group of rules, as YAML has it."""
_NAME = re.compile(r"[a-z_]+:[a-z0-9_]+:[a-z0-9_]+")


@functools.cache
def groups_of(tree: Path, folder: str) -> dict[str, list[Rule]]:
    """The groups of each rule file of a folder by its name.

    Args:
        tree: the generated files.
        folder: ``rules`` or ``alerts``.
    """
    return {
        path.name: yaml.safe_load(path.read_text())["groups"]
        for path in sorted((tree / folder).glob("*.yml"))
    }


def write_needed(root: Path, recordings: Mapping[str, Sequence[Rule]], alerts: Sequence[Rule]) -> None:
    """Write ``rules`` and ``alerts`` under a root: these alerts, and the recordings that they read.

    Args:
        root: where promtool's test stands in ``tests``.
        recordings: all groups by file name.
        alerts: groups; all of them are written to one of the two files.
    """
    needed = _needed(recordings, "\n".join(rule["expr"] for group in alerts for rule in group["rules"]))
    for name, found in recordings.items():
        kept = [group | {"rules": [r for r in group["rules"] if r["record"] in needed]} for group in found]
        dump(root / "rules" / name, {"groups": kept})
    dump(root / "alerts/business.yml", {"groups": list(alerts)})
    dump(root / "alerts/pipeline.yml", {"groups": []})


def write_test(root: Path, tree: Path, alert: str, document: Rule) -> Path:
    """Write a test of an alert, and beside it the alert in all its forms with the recordings that it reads.

    Args:
        root: a folder for all of it.
        tree: the generated files.
        alert: name.
        document: the test, as promtool reads it.
    """
    own = [
        group | {"rules": [rule for rule in group["rules"] if rule["alert"] == alert]}
        for groups in groups_of(tree, "alerts").values()
        for group in groups
    ]
    write_needed(root, groups_of(tree, "rules"), [group for group in own if group["rules"]])
    path = root / "tests" / f"{alert}.yml"
    dump(path, document)
    return path


def dump(path: Path, document: Rule) -> None:
    """Write a document as JSON, which is YAML too; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))


def _needed(groups: Mapping[str, Sequence[Rule]], expr: str) -> set[str]:
    """Names of all recordings that an expression reads, directly or not."""
    exprs = {
        rule["record"]: rule["expr"]
        for found in groups.values()
        for group in found
        for rule in group["rules"]
    }
    needed: set[str] = set()
    new = set(_NAME.findall(expr))
    while new:
        needed |= new
        new = {name for known in new for name in _NAME.findall(exprs.get(known, ""))} - needed
    return needed
