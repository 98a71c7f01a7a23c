"""The configuration of Alertmanager is valid, and every alert reaches its receiver."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

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


def test_webhooks_are_an_argument() -> None:
    """The base address given stands in every receiver."""
    text = alertmanager_config(webhooks="http://hooks:1/").decode()
    assert [f"url: http://hooks:1/{name}" in text for name in ("page", "ticket", "watchdog")] == [True] * 3
