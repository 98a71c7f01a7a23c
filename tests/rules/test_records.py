"""Recording rules are named, sound and all of one kind."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import promql_parser
import pytest
import yaml

from creator_pulse.stream.catalog.declaration.declare import Sum, Value
from creator_pulse.stream.catalog.platform.metrics import N1
from creator_pulse.stream.errors import CatalogError
from creator_pulse.stream.monitoring.families import Family, parts

if TYPE_CHECKING:
    from pathlib import Path
    from subprocess import CompletedProcess

Run = Callable[..., "CompletedProcess[str]"]
_READ = re.compile(r"[a-z_]+:[a-z0-9_]+:[a-z0-9_]+")


@pytest.fixture(scope="module")
def records(tree: Path) -> dict[str, str]:
    """Name -> expression of every recording rule."""
    files = [yaml.safe_load(path.read_text()) for path in sorted((tree / "rules").glob("*.yml"))]
    return {
        rule["record"]: rule["expr"] for file in files for group in file["groups"] for rule in group["rules"]
    }


def test_names_say_level_metric_operation(records: dict[str, str]) -> None:
    """Each name is ``level:metric:operations``."""
    assert not [name for name in records if not re.fullmatch(r"[a-z_]+:pulse_[a-z0-9_]+:[a-z0-9_]+", name)]


def test_level_is_the_labels_left(records: dict[str, str]) -> None:
    """A rule that begins with an aggregation keeps exactly the labels its level says."""
    wrong = []
    for name, expr in records.items():
        match = re.match(r"(?:sum|max|min) by \(([a-z_, ]*)\)", expr)
        if match and match.group(1).replace(", ", "_") != name.split(":")[0]:
            wrong.append(name)
    assert wrong == []


def test_every_recording_that_is_read_is_recorded(tree: Path, records: dict[str, str]) -> None:
    """No rule, alert, board or runbook reads a recording that nothing records."""
    texts = [
        p.read_text() for f in ("rules", "alerts", "dashboards", "runbooks") for p in (tree / f).iterdir()
    ]
    read = {name for text in texts for name in _READ.findall(text)}
    assert read - set(records) == set()


def test_expressions_parse(records: dict[str, str]) -> None:
    """Each expression parses in the 3.x grammar too."""
    assert all(promql_parser.parse(expr) for expr in records.values())


def test_a_missing_region_makes_a_sum_absent_not_low(tree: Path, run: Run, tmp_path: Path) -> None:
    """750 + 250 is 1,000; a minute after one region is gone the sum is absent, never 750."""
    name = 'pulse_ad_value_usd{app="tiktok",region="%s",partition="%d",window="15m",state="provisional"}'
    expr = "app:pulse_ad_value_usd:15m"
    sample = [{"labels": f'{expr}{{app="tiktok"}}', "value": 1000}]
    case = {
        "rule_files": [str(tree / "rules/sums.yml")],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": name % ("US", 0), "values": "750x20"},
                    {"series": name % ("GB", 1), "values": "250x4 stale"},
                ],
                "promql_expr_test": [
                    {"expr": expr, "eval_time": "4m", "exp_samples": sample},
                    {"expr": expr, "eval_time": "6m", "exp_samples": []},
                ],
            }
        ],
    }
    (tmp_path / "test.yml").write_text(yaml.safe_dump(case))
    done = run("promtool", "test", "rules", str(tmp_path / "test.yml"))
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_ratio_without_its_sums_is_refused() -> None:
    """A ratio whose numerator no value equals cannot be added up over regions, and says so."""
    odd = Value("odd_ratio", Sum({"gifts": 1}), "short", ("5m",), "odd")
    with pytest.raises(CatalogError, match="no ratio over apps"):
        parts(Family("odd_ratio", N1, (odd,)))


def test_only_own_labels_are_looked_back_over(records: dict[str, str]) -> None:
    """No rule adds up or looks back over series of a lane as a scrape labels them.

    The worker's own histogram ends with the worker; no partition takes it along.
    """
    own = re.compile(r"max by \([a-z_, ]+\) \((?:last|max)_over_time\((?:pulse_|\{)")
    look = re.compile(r"(?:rate|increase|[a-z]+_over_time)\((?:pulse_(?!export_delay_seconds_bucket)|\{)")
    added = re.compile(r"sum(?: by \([a-z_, ]*\))? \((?:pulse_|\{)")
    wrong = {name for name, expr in records.items() if look.search(own.sub("", expr)) or added.search(expr)}
    assert wrong == set()
