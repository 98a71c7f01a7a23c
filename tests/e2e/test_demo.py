"""The main job, end to end, on the real stack."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.pulse_process import Running, running, wait_for

pytestmark = pytest.mark.stack
LANES = 5 * 4 + 5
"""Five topics of four partitions, five of one."""
SHARES = {LANES // 2, LANES - LANES // 2}


def _last_line(run: Running) -> dict[str, object]:
    answer: dict[str, object] = json.loads(run.said.strip().splitlines()[-1])
    return answer


def _children(pid: int) -> list[str]:
    listed = subprocess.run(["ps", "-eo", "pid,ppid"], capture_output=True, text=True, check=True).stdout
    return [row.split()[0] for row in listed.splitlines()[1:] if int(row.split()[1]) == pid]


def test_every_number_equals_the_ledger_though_a_worker_is_killed() -> None:
    """With one worker killed by signal 9 in the middle, all totals equal the ledger and the exit is 0."""
    with running("demo", "--history", "0", "--for", "45s", "--rate", "2500", "--json", "-") as run:
        workers = run.endpoints()["workers"]
        wait_for(lambda: run.total("pulse_records_total") > 20_000, 60, "20,000 counted records")
        os.kill(workers[0]["pid"], signal.SIGKILL)
        assert run.process.wait(180) == 0, run.said
        report = _last_line(run)
    outcomes = ("counted", "progress", "duplicate", "late", "invalid", "test")
    assert report["ledger_equal"] is True
    assert report["differences"] == []
    assert report["workers_replaced"] == 1
    assert report["lag"] == 0
    assert report["read"] == report["produced"] == sum(int(str(report[name])) for name in outcomes)


def test_a_paused_worker_that_comes_back_changes_nothing() -> None:
    """Stopped past the session time-out and woken again, a worker writes nothing old, and takes part."""
    with running("demo", "--history", "0", "--for", "50s", "--rate", "1500", "--json", "-") as run:
        first, second = run.endpoints()["workers"]
        wait_for(lambda: run.total("pulse_records_total") > 5_000, 60, "5,000 counted records")
        os.kill(first["pid"], signal.SIGSTOP)
        try:
            wait_for(lambda: run.owned(second) == LANES, 60, "the other worker's taking over")
        finally:
            os.kill(first["pid"], signal.SIGCONT)
        wait_for(lambda: {run.owned(first), run.owned(second)} == SHARES, 60, "an even share again")
        assert run.process.wait(180) == 0, run.said
        report = _last_line(run)
    assert report["ledger_equal"] is True
    assert report["workers_replaced"] == 0
    assert report["read"] == report["produced"]


def test_a_second_run_on_kept_data_goes_on_where_the_first_ended(tmp_path: Path) -> None:
    """Totals of a kept data folder are carried on, and still equal the ledger of all its records."""
    reads = []
    for _ in range(2):
        with running("demo", "--for", "12s", "--rate", "500", "--json", "-", "--data", str(tmp_path)) as run:
            assert run.process.wait(150) == 0, run.said
            report = _last_line(run)
            assert report["ledger_equal"] is True
            reads.append(int(str(report["read"])))
    assert reads[1] > reads[0] > 5_000


def test_ctrl_c_stops_everything_in_order() -> None:
    """After Ctrl-C the exit code is 0 and no part of the stack is left."""
    with running("demo", "--no-producer") as run:
        run.endpoints()
        parts = _children(run.process.pid)
        assert run.interrupt() == 0, run.said
        assert "Traceback" not in run.said
    assert len(parts) >= 6
    assert [pid for pid in parts if Path(f"/proc/{pid}").exists()] == []
