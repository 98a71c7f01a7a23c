"""Bad input and faults: one clear line each, a non-zero exit or a stated retry."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING

import pytest

from creator_pulse.stream.settings import load, to_environ
from creator_pulse.stream.transport.topics import Topic, ensure
from tests.support.pulse_process import pulse, wait_for
from tests.support.stack_fixture import own_stack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def kafka() -> Iterator[str]:
    """A broker on which nothing else counts."""
    with own_stack("kafka") as stack:
        yield stack.kafka


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def test_an_unreachable_broker_is_one_line() -> None:
    """A worker without Kafka says where it looked and which setting to change, and exits 1."""
    run = pulse("worker", environ={"PULSE_KAFKA": "127.0.0.1:1"})
    assert run.returncode == 1
    assert len(_lines(run.stderr)) == 1
    assert run.stderr.startswith("pulse: no Kafka at 127.0.0.1:1")
    assert "PULSE_KAFKA" in run.stderr


def test_a_wrong_setting_is_named_with_what_was_expected() -> None:
    """A setting that is not a number is named, with the type it should have."""
    run = pulse("settings", environ={"PULSE_PARTITIONS": "many"})
    assert run.returncode == 1
    assert _lines(run.stderr) == ["pulse: PULSE_PARTITIONS: 'many': expected int, got str"]


def test_an_unknown_setting_is_named_with_the_closest_one() -> None:
    """A misspelt variable is not passed over in silence."""
    run = pulse("settings", environ={"PULSE_PARTITION": "4"})
    assert run.returncode == 1
    assert "PULSE_PARTITION" in run.stderr
    assert "PULSE_PARTITIONS" in run.stderr


def test_another_number_of_partitions_is_refused(kafka: str) -> None:
    """A topic with other partitions than the settings say stops the worker before it counts."""
    settings = load({}, kafka=kafka, prefix="crooked")
    asyncio.run(ensure(settings, [Topic("crooked.gift", 3)]))
    run = pulse("worker", environ=to_environ(settings))
    assert run.returncode == 1
    assert "topic crooked.gift has 3 partitions, the settings say 4" in run.stderr
    assert len(_lines(run.stderr)) == 1


def test_a_taken_metrics_port_is_one_line(kafka: str) -> None:
    """A worker whose port is taken says so and names the setting."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = load({}, kafka=kafka, metrics_port=port)
        run = pulse("worker", environ=to_environ(settings))
    assert run.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in run.stderr
    assert "PULSE_METRICS_PORT" in run.stderr


def test_a_missing_jar_is_one_line(tmp_path: Path) -> None:
    """A folder of jars that lacks one is refused by the jar's name."""
    run = pulse("up", "--only", "kafka", environ={"PULSE_JAR_DIR": str(tmp_path)})
    assert run.returncode == 1
    assert ".jar" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_full_disk_under_the_logs_is_one_line() -> None:
    """A log folder that cannot be written stops the stack before anything starts."""
    run = pulse("up", "--only", "redis", environ={"PULSE_LOG_DIR": "/dev/full/logs"})
    assert run.returncode == 1
    assert "/dev/full" in run.stderr
    assert "Traceback" not in run.stderr


def test_an_unknown_part_is_named() -> None:
    """``--only`` with a part that does not exist says which parts there are."""
    run = pulse("up", "--only", "kafka,zookeeper")
    assert run.returncode == 1
    assert "zookeeper" in run.stderr
    assert "prometheus" in run.stderr


def test_without_redis_counting_goes_on_and_is_told(kafka: str, tmp_path: Path) -> None:
    """A worker that cannot reach Redis says so once, shows it as a gauge, and stays."""
    ready, said = tmp_path / "ready", tmp_path / "said"
    settings = load({}, kafka=kafka, redis="redis://127.0.0.1:1/0", metrics_port=0)
    argv = [sys.executable, "-m", "creator_pulse", "worker", "--ready", str(ready)]
    with said.open("wb") as target:
        process = subprocess.Popen(argv, env={**os.environ, **to_environ(settings)}, stderr=target)
    try:
        wait_for(ready.exists, 30, "the worker")
        wait_for(lambda: "Redis does not answer" in said.read_text(encoding="utf-8"), 30, "the warning")
        address = ready.read_text(encoding="ascii").split()[1]
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=5) as page:
            assert "pulse_redis_up 0.0" in page.read().decode()
        assert process.poll() is None
    finally:
        process.terminate()
        assert process.wait(60) == 0
    assert said.read_text(encoding="utf-8").count("Redis does not answer") == 1
