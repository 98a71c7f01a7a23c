"""A day for which the calendar expects more pages nobody; the same day without an entry does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from creator_pulse.stream.monitoring.points import LABELS
from creator_pulse.stream.monitoring.records import CALENDAR, with_baseline
from tests.support.needed_rules import groups_of, write_needed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.rules.conftest import Run

EVERY_TOOL = ("gift", "ad", "reward", "deal", "commerce", "all")
USUAL = 10_000
"""Of every volume: more than the largest sample guard asks for."""
DAY = 24
AT = "190h"
"""The 23rd hour of the eighth day: every alert that waits for less has made up its mind."""
FILES = ("rules/baselines.yml", "alerts/business.yml")


def volumes(factor: int) -> list[dict[str, str]]:
    """All volumes that have a baseline: a week as usual, then a day of so many times as much."""
    found = []
    for name in (name for name, grows in with_baseline().items() if grows):
        shown = ",".join(f'{label}="{LABELS[label]}"' for label in name.split(":")[0].split("_"))
        values = f"{USUAL}x{7 * DAY - 1} {USUAL * factor}x{DAY}"
        found.append({"series": f"{name}{{{shown}}}", "values": values})
    return found


def calendar(factor: int, tools: tuple[str, ...]) -> list[dict[str, str]]:
    """What workers show of the calendar of some tools; of the others that nothing is announced."""
    values = {True: f"1x{7 * DAY - 1} {factor}x{DAY}", False: f"1x{8 * DAY}"}
    name = 'pulse_calendar_factor{app="tiktok",tool="%s",instance="worker-1:9464"}'
    return [{"series": name % tool, "values": values[tool in tools]} for tool in EVERY_TOOL]


def _write(root: Path, tree: Path, severity: str) -> list[str]:
    """Write the alerts of a severity, and the baselines that they read.

    Returns:
        all groups, baselines before the alerts that read them: between two evaluations lies an hour here.
    """
    baselines = groups_of(tree, "rules")["baselines.yml"]
    alerts = [
        group | {"rules": [rule for rule in group["rules"] if rule["labels"]["severity"] == severity]}
        for group in groups_of(tree, "alerts")["business.yml"]
    ]
    write_needed(root, {"baselines.yml": baselines}, [group for group in alerts if group["rules"]])
    return [group["name"] for group in (*baselines, *alerts) if group["rules"]]


def firing(
    folders: tuple[Path, Path],
    run: Run,
    factors: tuple[int, int],
    alerts: list[str],
    tools: tuple[str, ...] = EVERY_TOOL,
    severity: str = "critical",
) -> str:
    """What promtool says against these alerts, and no others.

    Args:
        folders: the generated files, and one for the test.
        run: runs a tool.
        factors: how many times the usual comes on the day, and how many times is expected.
        alerts: that fire.
        tools: of which so many times is expected; of the others the usual.
        severity: of the alerts.
    """
    tree, root = folders
    factor, expected = factors
    test: dict[str, Any] = {
        "rule_files": [str(root / name) for name in FILES],
        "group_eval_order": _write(root, tree, severity),
        "evaluation_interval": "1h",
        "tests": [
            {
                "interval": "1h",
                "input_series": [*volumes(factor), *calendar(expected, tools)],
                "promql_expr_test": [
                    {
                        "expr": f'count by (alertname) (ALERTS{{alertstate="firing",severity="{severity}"}})',
                        "eval_time": AT,
                        "exp_samples": [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in alerts],
                    }
                ],
            }
        ],
    }
    file = root / "calendar.yml"
    file.write_text(yaml.safe_dump(test))
    done = run("promtool", "test", "rules", str(file))
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("factor", [1, 3])
def test_a_day_as_the_calendar_expects_it_pages_nobody(
    tree: Path, tmp_path: Path, run: Run, factor: int
) -> None:
    """Every volume at once: as usual, and three times as much with an entry that says so."""
    assert firing((tree, tmp_path), run, (factor, factor), []) == ""


@pytest.mark.slow
def test_an_unexpected_surge_pages(tree: Path, tmp_path: Path, run: Run) -> None:
    """Three times as much on a day that is in no calendar: rewards are over twice the usual."""
    assert firing((tree, tmp_path), run, (3, 1), ["RewardSurge"]) == ""


@pytest.mark.slow
def test_a_sales_day_that_brings_nothing_is_a_ticket(tree: Path, tmp_path: Path, run: Run) -> None:
    """Three times as much is expected, and the usual comes: a third, less than any bound of a drop."""
    drops = [
        "ActiveSellersDrop",
        "AdvertisersLeaving",
        "RewardDrop",
        "ToolEarningsDrop",
    ]
    assert firing((tree, tmp_path), run, (1, 3), drops, severity="warning") == ""


@pytest.mark.slow
def test_a_sales_day_of_the_shop_expects_no_more_of_others(tree: Path, tmp_path: Path, run: Run) -> None:
    """Three times the orders are announced, and the usual of everything comes: only sellers are too few."""
    assert firing((tree, tmp_path), run, (1, 3), ["ActiveSellersDrop"], ("commerce",), "warning") == ""


def test_the_factor_is_recorded_once(tree: Path) -> None:
    """Workers show the same entries: the largest, not their sum."""
    groups = yaml.safe_load((tree / "rules/baselines.yml").read_text())["groups"]
    (expression,) = [
        rule["expr"] for group in groups for rule in group["rules"] if rule["record"] == CALENDAR
    ]
    assert expression == "max by (app, tool) (pulse_calendar_factor)"
