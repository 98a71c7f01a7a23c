"""A real Prometheus on blocks of the past, without rules and targets, asked from the tests' own thread."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from creator_pulse.stream.local.ports import HOST, choose_ports
from tests.support.pulse_process import wait_for
from tests.support.remote_write import HEADERS, write_request

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_CONFIG = "global: {scrape_interval: 1h}\nstorage: {tsdb: {out_of_order_time_window: 60d}}\n"
_DEADLINE = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gave.

    Attributes:
        error: what Prometheus says of a query that it refuses; empty: it answered.
        series: as in the field ``result`` of its answer.
        warnings: what it has to say of the answer.
        seconds: until the answer was there.
        samples: that the query looked at.
    """

    error: str
    series: list[dict[str, Any]]
    warnings: tuple[str, ...]
    seconds: float
    samples: int


class PastServer:
    """Asks a Prometheus, and writes to it.

    Args:
        url: its address.

    Attributes:
        url: its address.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    def at(self, query: str, when: float) -> Answer:
        """An instant query."""
        return self._query("query", {"query": query, "time": str(when)})

    def over(self, query: str, start: float, end: float, step: float) -> Answer:
        """A range query."""
        return self._query(
            "query_range", {"query": query, "start": str(start), "end": str(end), "step": str(step)}
        )

    def label_values(self, label: str, match: str, start: float, end: float) -> list[str]:
        """The values of a label, of the series that a selector finds.

        Raises:
            urllib.error.HTTPError: the selector is refused.
        """
        asked = urlencode({"match[]": match, "start": str(start), "end": str(end)})
        with urllib.request.urlopen(f"{self.url}/api/v1/label/{label}/values?{asked}") as answer:  # noqa: S310
            values: list[str] = json.loads(answer.read())["data"]
        return values

    def write(self, series: Iterable[tuple[Mapping[str, str], Iterable[tuple[float, float]]]]) -> None:
        """Add samples, whatever their age.

        Raises:
            urllib.error.HTTPError: they are refused.
        """
        body = write_request(series)
        request = urllib.request.Request(f"{self.url}/api/v1/write", body, HEADERS)  # noqa: S310
        urllib.request.urlopen(request).close()  # noqa: S310 - the address is the test's own

    def _query(self, path: str, asked: Mapping[str, str]) -> Answer:
        form = urlencode({**asked, "stats": "all"}).encode()
        began = time.perf_counter()
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/{path}", form) as answer:  # noqa: S310
                content = json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return Answer(json.loads(error.read())["error"], [], (), time.perf_counter() - began, 0)
        data = content["data"]
        return Answer(
            "",
            data["result"] if data["resultType"] in {"matrix", "vector"} else [data],
            tuple(content.get("warnings") or ()),
            time.perf_counter() - began,
            data["stats"]["samples"]["totalQueryableSamples"],
        )


@contextmanager
def past_server(
    folder: Path, program: str = "prometheus", flags: tuple[str, ...] = ()
) -> Iterator[PastServer]:
    """Runs a Prometheus on the blocks in a folder.

    Args:
        folder: may be empty.
        program: of the Prometheus.
        flags: more options of its command line.
    """
    port = choose_ports({"prometheus": 0})["prometheus"]
    config = folder.parent / f"{folder.name}.yml"
    config.write_text(_CONFIG)
    command = [program, f"--config.file={config}", f"--storage.tsdb.path={folder}", "--log.level=error"]
    command += [f"--web.listen-address={HOST}:{port}", "--storage.tsdb.retention.time=20y"]
    # Blocks stay as they are: compaction would take the processor from the queries.
    command += ["--storage.tsdb.min-block-duration=2h", "--storage.tsdb.max-block-duration=2h"]
    command += ["--web.enable-remote-write-receiver", *flags]
    url = f"http://{HOST}:{port}"
    with (folder.parent / f"{folder.name}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            _await_ready(url, process)
            yield PastServer(url)
        finally:
            process.terminate()
            process.wait()


def _await_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    def is_ready() -> bool:
        assert process.poll() is None, "Prometheus has ended"
        with suppress(OSError):
            urllib.request.urlopen(f"{url}/-/ready").close()  # noqa: S310 - the address is the test's own
            return True
        return False

    wait_for(is_ready, _DEADLINE, "a Prometheus that is ready")
