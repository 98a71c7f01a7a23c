"""A partition that moves to another pod keeps its series: a real Prometheus with the PodMonitor's rules."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
import yaml

from tests.support.pulse_process import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.stack
MONITOR = Path(__file__).resolve().parents[2] / "deploy/kubernetes/podmonitor.yaml"
SNAKE = {"sourceLabels": "source_labels", "regex": "regex", "targetLabel": "target_label"}
RECORDS = 'pulse_records_total{topic="gift",outcome="counted",partition="0"}'


class Pods(BaseHTTPRequestHandler):
    """Two pods by path; one of them has the partition."""

    owner: ClassVar[str] = "/pulse-0"
    records: ClassVar[int] = 10

    def do_GET(self) -> None:
        """The pod's page."""
        lines = ['pulse_worker_info{version="1"} 1']
        lines += [f"{RECORDS} {self.records}"] if self.path == self.owner else []
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write("".join(f"{line}\n" for line in lines).encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@pytest.fixture
def pods() -> Iterator[str]:
    """Their address, ``host:port``."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pods)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def prometheus(pods: str, tmp_path: Path) -> Iterator[str]:
    """A Prometheus that scrapes both pods each second, and labels what it finds with them."""
    endpoint = yaml.safe_load(MONITOR.read_text())["spec"]["podMetricsEndpoints"][0]
    jobs = [
        {
            "job_name": f"monitoring/{pod}",
            "metrics_path": f"/{pod}",
            "static_configs": [{"targets": [pods], "labels": {"pod": pod, "container": "worker"}}],
            "relabel_configs": [{"target_label": "job", "replacement": "monitoring/pulse-worker"}],
            "metric_relabel_configs": [
                {SNAKE[key]: value for key, value in relabeling.items()}
                for relabeling in endpoint["metricRelabelings"]
            ],
        }
        for pod in ("pulse-0", "pulse-1")
    ]
    config = tmp_path / "prometheus.yml"
    config.write_text(yaml.safe_dump({"global": {"scrape_interval": "1s"}, "scrape_configs": jobs}))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    command = (
        "prometheus",
        f"--config.file={config}",
        f"--storage.tsdb.path={tmp_path / 'data'}",
        f"--web.listen-address={address}",
    )
    with (tmp_path / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        yield f"http://{address}"
        process.terminate()


def _query(prometheus: str, expr: str) -> list[dict[str, Any]]:
    url = f"{prometheus}/api/v1/query?{urllib.parse.urlencode({'query': expr})}"
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - loopback
            found: list[dict[str, Any]] = json.loads(answer.read())["data"]["result"]
            return found
    except OSError:
        return []


def test_a_moved_partition_is_the_same_series(prometheus: str) -> None:
    """10 records at one pod, then 25 at the other: one series without a pod, which grew."""
    wait_for(lambda: len(_query(prometheus, "pulse_worker_info")) == 2, 30, "both pods")
    wait_for(lambda: bool(_query(prometheus, f"{RECORDS} == 10")), 30, "the first owner")
    Pods.owner, Pods.records = "/pulse-1", 25
    wait_for(lambda: bool(_query(prometheus, f"{RECORDS} == 25")), 30, "the second owner")
    (series,) = _query(prometheus, "max_over_time(pulse_records_total[5m])")
    labels = {"topic": "gift", "outcome": "counted", "partition": "0", "job": "monitoring/pulse-worker"}
    assert series["metric"] == labels
    (grown,) = _query(prometheus, "increase(pulse_records_total[5m]) > 0")
    assert grown["metric"] == labels
    assert {series["metric"]["pod"] for series in _query(prometheus, "pulse_worker_info")} == {
        "pulse-0",
        "pulse-1",
    }
