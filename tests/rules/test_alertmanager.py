"""The configuration of Alertmanager is valid, and every alert reaches its receiver."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
import yaml

from creator_pulse.stream.monitoring.alertmanager import alertmanager_config
from creator_pulse.stream.monitoring.alerts import declared, labels

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

Run = Callable[..., "subprocess.CompletedProcess[str]"]
RECEIVER = {"page": "page", "ticket": "ticket", "none": "watchdog"}
DECLARED = [(g.alert, g.severity, {"alertname": g.alert, **labels(m, g)}) for m, g in declared()]


def test_config_passes_amtool(tree: Path, run: Run) -> None:
    """The configuration is valid for the installed Alertmanager."""
    done = run("amtool", "check-config", str(tree / "alertmanager/alertmanager.yml"))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("alert", "severity", "found"), DECLARED)
def test_route_of_every_alert(tree: Path, run: Run, alert: str, severity: str, found: dict[str, str]) -> None:
    """A page reaches *page*, a ticket *ticket*, the watchdog its own receiver."""
    assert alert
    pairs = [f"{name}={value}" for name, value in found.items()]
    done = run(
        "amtool",
        "config",
        "routes",
        "test",
        f"--config.file={tree / 'alertmanager/alertmanager.yml'}",
        f"--verify.receivers={RECEIVER[severity]}",
        *pairs,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_pages_are_sent_at_once_and_tickets_twice_an_hour(tree: Path) -> None:
    """A page waits 2 s, or 20 s for what explains it, then 5 min; a team's tickets come each 30 min.

    Pages that are one are grouped by app alone, and what is learnt later is told a minute later.
    """
    route = yaml.safe_load((tree / "alertmanager/alertmanager.yml").read_text())["route"]
    times = [
        (child["receiver"], child["group_by"], child["group_wait"], child["group_interval"])
        for child in (*route["routes"], route)
    ]
    page = ("page", ["alertname", "app"], "2s", "5m")
    assert times == [
        page,
        ("page", ["app"], "20s", "1m"),
        ("page", ["app"], "20s", "1m"),
        (*page[:2], "20s", "5m"),
        page,
        ("watchdog", ["alertname"], "0s", "1m"),
        ("ticket", ["team"], "30s", "30m"),
    ]


def test_pages_of_a_day_wait_for_the_day(tree: Path) -> None:
    """What watches a day or longer wakes nobody: its page is sent in the hours of the day."""
    route = yaml.safe_load((tree / "alertmanager/alertmanager.yml").read_text())["route"]
    by_day = route["routes"][0]
    assert by_day["matchers"] == ['severity="critical"', 'hours="day"']
    assert by_day["active_time_intervals"] == ["day"]
    assert {found["alertname"] for _, _, found in DECLARED if found.get("hours") == "day"} == {
        "BooksApart",
        "CoinDisputesHigh",
        "CreatorsFallen",
        "DisputeMonthHigh",
        "DisputeRatioHigh",
        "PayoutsStuck",
        "RewardOverBudget",
        "RewardSurge",
    }


def test_no_ticket_waits_for_the_day() -> None:
    """Tickets have no hours: they are read in the morning anyway."""
    assert [alert for alert, severity, found in DECLARED if severity != "page" and "hours" in found] == []


def test_webhooks_are_an_argument() -> None:
    """The base address given stands in every receiver."""
    text = alertmanager_config(webhooks="http://hooks:1/").decode()
    assert [f"url: http://hooks:1/{name}" in text for name in ("page", "ticket", "watchdog")] == [True] * 3
