"""Faults on the real stack, briefly: the command itself, its verdict, and what Ctrl-C leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.pulse_process import pulse, wait_for

pytestmark = pytest.mark.stack


def test_a_short_round_of_everything_is_exact(tmp_path: Path) -> None:
    """Ten seconds of mixed faults at 1,500 events/s: nothing lost, nothing double, exit 0."""
    target = tmp_path / "report.json"
    words = ("--plan", "mix", "--rounds", "1", "--rate", "1500", "--for", "10s", "--json", str(target))
    done = pulse("chaos", *words, seconds=300)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["exact"] is True
    assert (report["lost"], report["double"], report["windows_final_twice"]) == (0, 0, 0)
    assert report["events"] > 10_000
    assert report["unacknowledged"] == 0
    assert report["recovery_seconds"]
    assert len(report["blind_seconds"]) == report["rounds"] == 1
    assert json.loads(target.read_text(encoding="utf-8")) == report


def test_hostile_traffic_leaves_the_honest_numbers_exact(tmp_path: Path) -> None:
    """Twenty seconds of hostile traffic beside 1,500 events/s: exact, and no worker ended."""
    target = tmp_path / "report.json"
    words = ("--plan", "hostile", "--rounds", "1", "--rate", "1500", "--for", "20s", "--json", str(target))
    done = pulse("chaos", *words, seconds=300)
    assert done.returncode == 0, done.stderr
    report = json.loads(target.read_text(encoding="utf-8"))
    assert (report["exact"], report["replaced"], report["lost"], report["double"]) == (True, 0, 0, 0)


def test_ctrl_c_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    """Interrupted under load: no verdict, exit 130, and no process is left."""
    logs = tmp_path / "logs"
    argv = [sys.executable, "-m", "creator_pulse", "chaos", "--plan", "kill9", "--rate", "500"]
    environ = {**os.environ, "PULSE_LOG_DIR": str(logs)}
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environ)
    try:
        wait_for((logs / "producer-1.log").exists, 120, "the load")
        listed = subprocess.run(["ps", "-eo", "pid,ppid"], capture_output=True, text=True, check=True).stdout
        rows = [row.split() for row in listed.splitlines()[1:]]
        parts = [pid for pid, parent in rows if int(parent) == process.pid]
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=90)
    finally:
        process.kill()
    assert (process.returncode, said) == (130, b"")
    assert len(parts) >= 6
    assert [pid for pid in parts if Path(f"/proc/{pid}").exists()] == []
