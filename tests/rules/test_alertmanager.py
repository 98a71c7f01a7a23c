"""Every alert reaches its receiver, and only what must holds a page back: a real Alertmanager says so."""

from __future__ import annotations

import json
import socket
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from creator_pulse.stream.monitoring.alertmanager import alertmanager_config
from creator_pulse.stream.monitoring.alerts import declared, labels

if TYPE_CHECKING:
    from pathlib import Path

Run = Callable[..., "subprocess.CompletedProcess[str]"]
RECEIVER = {"page": "page", "ticket": "ticket", "none": "watchdog"}
READS = 30
DECLARED = [(g.alert, g.severity, {"alertname": g.alert, **labels(m, g)}) for m, g in declared()]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def api(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running Alertmanager with our configuration: the address of its alerts."""
    port = _free_port()
    command = [
        "prometheus-alertmanager",
        f"--config.file={tree / 'alertmanager/alertmanager.yml'}",
        f"--storage.path={tmp_path_factory.mktemp('alertmanager')}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        started = next((line for line in process.stderr if "Listening on" in line or "err=" in line), "")
        assert "Listening on" in started
        yield f"http://127.0.0.1:{port}/api/v2/alerts"
        process.terminate()


def _call(url: str, body: object | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
        return json.loads(answer.read() or "null")


def _state(api: str, case: str, source: dict[str, str], target: dict[str, str]) -> str:
    """The target's state while the source fires; both are resolved afterwards.

    Inhibition follows an alert's arrival by a moment, so the state is read several times.
    """
    alerts = [{"labels": found | {"case": case}} for found in (source, target)]
    _call(api, alerts)
    state = ""
    for _ in range(READS):
        found = {json.dumps(a["labels"], sort_keys=True): a["status"]["state"] for a in _call(api)}
        state = found[json.dumps(alerts[1]["labels"], sort_keys=True)]
        if state == "suppressed":
            break
    _call(api, [alert | {"endsAt": "2001-01-01T00:00:00Z"} for alert in alerts])
    return state


def _labels(alert: str, severity: str, **more: str) -> dict[str, str]:
    return {**next(found for name, level, found in DECLARED if (name, level) == (alert, severity)), **more}


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


@pytest.mark.stack
@pytest.mark.parametrize(
    ("case", "source", "target", "state"),
    [
        (
            "stale gifts hold back the gift page",
            _labels("DataStale", "page", topic="gift"),
            _labels("GiftValueDrop", "page", app="tiktok"),
            "suppressed",
        ),
        (
            "stale ads do not hold back the gift page",
            _labels("DataStale", "page", topic="ad"),
            _labels("GiftValueDrop", "page", app="tiktok"),
            "active",
        ),
        (
            "a ticket never holds back a page",
            _labels("DataStale", "ticket", topic="gift"),
            _labels("GiftValueDrop", "page", app="tiktok"),
            "active",
        ),
        (
            "duplicates never hold back a page",
            _labels("DuplicateShareHigh", "ticket", topic="gift"),
            _labels("GiftValueDrop", "page", app="tiktok"),
            "active",
        ),
        (
            "a quiet topic never holds back a page",
            _labels("RecordRateDrop", "page", topic="gift"),
            _labels("GiftValueDrop", "page", app="tiktok"),
            "active",
        ),
        (
            "one of several topics is enough",
            _labels("InvalidShareHigh", "page", topic="watch"),
            _labels("CreatorEarningsDrop", "page", app="tiktok"),
            "suppressed",
        ),
        (
            "the topic between the stages holds back all",
            _labels("DataStale", "page", topic="pane"),
            _labels("CheckoutOutage", "page", app="tiktok"),
            "suppressed",
        ),
        (
            "a pipeline page does not hold back another",
            _labels("DataStale", "page", topic="gift"),
            _labels("InvalidShareHigh", "page", topic="gift"),
            "active",
        ),
        (
            "the page holds back its own ticket",
            _labels("DataStale", "page", topic="gift"),
            _labels("DataStale", "ticket", topic="gift"),
            "suppressed",
        ),
        (
            "but not that of another topic",
            _labels("DataStale", "page", topic="gift"),
            _labels("DataStale", "ticket", topic="ad"),
            "active",
        ),
        (
            "the tool that fell holds back the sum of all tools",
            _labels("GiftValueDrop", "page", app="tiktok"),
            _labels("CreatorEarningsDrop", "page", app="tiktok"),
            "suppressed",
        ),
        (
            "but not that of the other app",
            _labels("GiftValueDrop", "page", app="tiktok"),
            _labels("CreatorEarningsDrop", "page", app="douyin"),
            "active",
        ),
    ],
)
def test_inhibition(api: str, case: str, source: dict[str, str], target: dict[str, str], state: str) -> None:
    """While the source fires, the target is in the state the case's name says."""
    assert _state(api, case, source, target) == state
