"""Health of a real worker: ready only once its lanes are open, and gone when its event loop is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from creator_pulse.proof.ledger.samples import parse
from creator_pulse.stream.settings import INPUT_TOPICS, Settings, load, to_environ
from tests.support.pulse_process import pulse, wait_for
from tests.support.stack_fixture import own_stack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.stack

TOKEN = "f2c9d1"  # noqa: S105 - of these tests alone
BLOCKED = """
from creator_pulse.agents.loop_guard import LoopGuard, end_process
import threading
with LoopGuard(lambda: 0, 1.0, end_process):
    threading.Event().wait()
"""


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    """Of workers on a broker of their own; Redis is not needed."""
    with own_stack("kafka") as stack:
        yield load(
            {},
            kafka=stack.kafka,
            redis="redis://127.0.0.1:1/0",
            metrics_port=0,
            health_port=0,
            health_token=TOKEN,
        )


class Worker:
    """A worker process with its two addresses."""

    def __init__(self, settings: Settings, ready: Path) -> None:
        argv = [sys.executable, "-m", "creator_pulse", "worker", "--ready", str(ready)]
        self.process = subprocess.Popen(
            argv, env={**os.environ, **to_environ(settings)}, stderr=subprocess.DEVNULL
        )
        wait_for(ready.exists, 60, "the worker")
        _, self.metrics, self.health = ready.read_text(encoding="ascii").split()

    def asked(self, path: str) -> tuple[int, dict[str, Any]]:
        """Status and body."""
        try:
            headers = {"Authorization": f"Bearer {TOKEN}"}
            with urlopen(Request(f"http://{self.health}{path}", headers=headers), timeout=5) as answer:
                return answer.status, json.loads(answer.read())
        except HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def shown(self) -> set[tuple[str, str]]:
        """The lanes of the page of ``/metrics``."""
        with urlopen(f"http://{self.metrics}/metrics", timeout=5) as page:
            return {
                (sample.labels["topic"], sample.labels["partition"])
                for sample in parse(page.read().decode())
                if sample.name == "pulse_committed_offset"
            }


@contextmanager
def working(settings: Settings, ready: Path) -> Iterator[Worker]:
    """A worker while the block lasts."""
    worker = Worker(settings, ready)
    try:
        yield worker
    finally:
        worker.process.terminate()
        assert worker.process.wait(60) == 0


def test_a_worker_is_ready_only_once_all_its_lanes_are_shown(settings: Settings, tmp_path: Path) -> None:
    """503 with a reason before; and when it says 200, the page has every lane. It is live all the while."""
    every = {
        *((topic, str(number)) for topic in INPUT_TOPICS for number in range(settings.partitions_of(topic))),
        *(("pane", str(number)) for number in range(settings.merge_partitions)),
        ("reference", "0"),
    }
    before, live = [], set()
    with working(settings, tmp_path / "ready") as worker:

        def is_ready() -> bool:
            live.add(worker.asked("/live")[0])
            status, body = worker.asked("/ready")
            if status != 200:
                before.append(body["reason"])
            return status == 200

        wait_for(is_ready, 60, "readiness")
        assert worker.shown() == every
        _, body = worker.asked("/ready")
    assert before[0] == "no assignment yet"
    assert live == {200}
    assert {(lane["shown"], lane["lag"]) for lane in body["vitals"]["lanes"]} <= {(True, 0), (True, None)}
    assert len(body["vitals"]["lanes"]) == len(every)
    assert 0 <= body["vitals"]["heartbeat_seconds"] < settings.session_timeout


def test_a_second_worker_shares_the_lanes_and_both_are_ready(settings: Settings, tmp_path: Path) -> None:
    """After the rebalance each says 200, and together they show each lane once."""
    with (
        working(settings, tmp_path / "one") as first,
        working(settings, tmp_path / "two") as two,
    ):

        def both() -> bool:
            ready = all(worker.asked("/ready")[0] == 200 for worker in (first, two))
            return ready and bool(first.shown()) and bool(two.shown())

        wait_for(both, 90, "two ready workers")
        assert first.shown() & two.shown() == set()
        sources = sum(settings.partitions_of(topic) for topic in INPUT_TOPICS)
        assert len(first.shown() | two.shown()) == sources + settings.merge_partitions + 1


def test_a_taken_health_port_is_one_line(settings: Settings, tmp_path: Path) -> None:
    """A worker whose port is taken says so, names the setting and exits 1."""
    with working(settings, tmp_path / "ready") as worker:
        port = worker.health.rpartition(":")[2]
        run = pulse("worker", environ={**to_environ(settings), "PULSE_HEALTH_PORT": port})
    assert run.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in run.stderr
    assert "PULSE_HEALTH_PORT" in run.stderr


def test_a_process_whose_loop_is_blocked_ends_with_one_line() -> None:
    """The guard's thread ends it with 1, although its main thread never does anything again."""
    run = subprocess.run(
        [sys.executable, "-c", BLOCKED], capture_output=True, text=True, timeout=30, check=False
    )
    assert run.returncode == 1
    assert run.stderr == (
        "pulse: the event loop has stood still for 2 s: exiting, so that another takes over\n"
    )
