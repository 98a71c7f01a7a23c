"""What rules take for usual, against weeks computed by hand."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from pathlib import Path

SERIES = 'app:pulse_viewing_seconds:1h{app="tiktok"}'
FACTOR = 'pulse_calendar_factor{app="tiktok",tool="all",instance="worker-%d:9464"}'
BASE = "app:pulse_viewing_seconds:baseline_1h"
WEEK = 2016
Folders = tuple["Path", "Path"]
pytestmark = pytest.mark.slow


def _gives(folders: Folders, values: str, at: str, expr: str, value: float | None, factors: str = "") -> bool:
    """Whether the expression has this value (None: no sample) at this time; workers show the factors."""
    tree, tmp_path = folders
    rules = yaml.safe_load((tree / "rules/baselines.yml").read_text())
    group = rules["groups"][0]
    ours = (":pulse_viewing_seconds:", ":pulse_calendar_factor:")
    group["rules"] = [rule for rule in group["rules"] if any(name in rule["record"] for name in ours)]
    series = [{"series": SERIES, "values": values}]
    series += [{"series": FACTOR % number, "values": factors} for number in (1, 2) if factors]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump(rules))
    samples = [] if value is None else [{"labels": '{app="tiktok"}', "value": value}]
    test: dict[str, Any] = {
        "rule_files": ["rules.yml"],
        "evaluation_interval": "1h",
        "tests": [
            {
                "interval": "5m",
                "input_series": series,
                "promql_expr_test": [
                    {"expr": f"sum by (app) ({expr})", "eval_time": at, "exp_samples": samples}
                ],
            }
        ],
    }
    (tmp_path / "test.yml").write_text(yaml.safe_dump(test))
    command = ["promtool", "test", "rules", "test.yml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    return done.returncode == 0


def _weeks(*levels: float) -> str:
    return " ".join(f"{level}x{WEEK - 1}" for level in levels)


def test_usual_is_the_median_of_three_weeks(tree: Path, tmp_path: Path) -> None:
    """The last three weeks held 500, 120 and 110 at this hour: 120, whatever the odd one was."""
    assert _gives((tree, tmp_path), _weeks(100, 110, 120, 500, 130), "696h", BASE, 120)


def test_of_two_weeks_usual_lies_between(tree: Path, tmp_path: Path) -> None:
    """The last two weeks, and there is no third, held 110 and 100: 105."""
    assert _gives((tree, tmp_path), _weeks(100, 110, 120), "360h", BASE, 105)


def test_one_week_of_history_is_a_baseline(tree: Path, tmp_path: Path) -> None:
    """After eight days the only week there is stands for all three."""
    assert _gives((tree, tmp_path), _weeks(100, 110), "192h", BASE, 100)


def test_no_history_is_no_baseline(tree: Path, tmp_path: Path) -> None:
    """In the first week there is nothing to compare with."""
    assert _gives((tree, tmp_path), _weeks(100), "120h", BASE, None)


DAY = 288


def _days(*levels: float) -> str:
    return " ".join(f"{level}x{DAY - 1}" for level in levels)


def test_a_day_in_the_calendar_is_expected_to_be_larger(tree: Path, tmp_path: Path) -> None:
    """A week of 100, then a day for which 3 times as much is expected: 300, after an hour of it."""
    values, factors = _days(*[100] * 7, 300), _days(*[1] * 7, 3)
    assert _gives((tree, tmp_path), values, "169h", BASE, 300, factors)


def test_a_day_of_the_calendar_is_usual_a_week_later(tree: Path, tmp_path: Path) -> None:
    """The only such day that there is was one of 3 times as much: 300 / 3."""
    values, factors = _days(100, 300, *[100] * 8), _days(1, 3, *[1] * 8)
    assert _gives((tree, tmp_path), values, "206h", BASE, 100, factors)


def test_without_a_calendar_nothing_is_changed(tree: Path, tmp_path: Path) -> None:
    """No worker shows a factor: the week's 100."""
    assert _gives((tree, tmp_path), _days(*[100] * 7, 300), "169h", BASE, 100)
