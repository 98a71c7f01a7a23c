"""A real Prometheus on samples of the past: what an expression gave at every minute of them."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from contextlib import asynccontextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import aiohttp
import numpy as np

from creator_pulse.stream.errors import StackError
from creator_pulse.stream.local.folders import make_folder
from creator_pulse.stream.local.ports import HOST, choose_ports
from creator_pulse.stream.local.process import find_program
from creator_pulse.stream.local.prometheus import PrometheusServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping

    from numpy.typing import NDArray

    from creator_pulse.proof.backtest.gauges import GaugeKey, Gauges

_DAY = 24 * 60
_CHUNK = 10_000
"""Evaluations in one query; Prometheus gives at most 11,000."""
_CONFIG = b"global: {scrape_interval: 1m}\n"
_ANSWER = aiohttp.ClientTimeout(total=300)


class HeldSeries(NamedTuple):
    """Where an expression has a value.

    Attributes:
        labels: of the series, without the name of its metric.
        holds: for each evaluation whether it has a value.
    """

    labels: Mapping[str, str]
    holds: NDArray[np.bool_]


class PastPrometheus:
    """Evaluates expressions on the grid of a minute.

    Args:
        url: of a Prometheus.
        session: connects to it.
        start: minute since the epoch of the first evaluation.
        evaluations: how many there are.
    """

    def __init__(self, url: str, session: aiohttp.ClientSession, start: int, evaluations: int) -> None:
        self._url, self._session = url, session
        self._start, self._evaluations = start, evaluations

    async def evaluate(self, expression: str) -> list[HeldSeries]:
        """All series of an expression, and the evaluations at which each has a value.

        Raises:
            StackError: Prometheus refuses the expression.
        """
        grids: dict[frozenset[tuple[str, str]], NDArray[np.bool_]] = {}
        for first in range(0, self._evaluations, _CHUNK):
            last = min(first + _CHUNK, self._evaluations) - 1
            for series in await self._query(expression, self._start + first, self._start + last):
                labels = frozenset(
                    (name, value) for name, value in series["metric"].items() if name != "__name__"
                )
                grid = grids.setdefault(labels, np.zeros(self._evaluations, np.bool_))
                times = np.array([time for time, _ in series["values"]], np.float64)
                grid[np.rint(times / 60).astype(np.int64) - self._start] = True
        return [
            HeldSeries(dict(labels), grid)
            for labels, grid in sorted(grids.items(), key=lambda pair: sorted(pair[0]))
        ]

    async def _query(self, expression: str, first: int, last: int) -> list[dict[str, Any]]:
        form = {"query": expression, "start": str(first * 60), "end": str(last * 60), "step": "60"}
        async with self._session.post(f"{self._url}/api/v1/query_range", data=form) as answer:
            content = await answer.json()
        if content.get("status") != "success":
            raise StackError(f"Prometheus refuses {expression}: {content.get('error')}")
        series: list[dict[str, Any]] = content["data"]["result"]
        return series


class _Server(PrometheusServer):
    """A Prometheus that scrapes nothing and forgets nothing."""

    async def prepare(self) -> tuple[str, ...]:
        """The command line."""
        make_folder(self.config.parent, "the configuration of Prometheus")
        self.config.write_bytes(_CONFIG)
        return (
            find_program(("prometheus",), self.title, "prometheus"),
            f"--config.file={self.config}",
            f"--storage.tsdb.path={self.folder}",
            f"--web.listen-address={HOST}:{self.port}",
            "--storage.tsdb.retention.time=20y",
            "--log.level=warn",
        )


@asynccontextmanager
async def past_prometheus(
    gauges: Gauges, start: int, evaluations: int, show: Callable[[str], None]
) -> AsyncIterator[PastPrometheus]:
    """Runs a Prometheus that holds these samples.

    Args:
        gauges: the samples.
        start: minute since the epoch of the first evaluation.
        evaluations: how many there are.
        show: takes lines of progress.

    Raises:
        StackError: promtool refuses the samples, or Prometheus does not start.
        MissingPartError: Prometheus or promtool is not installed.
    """
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="pulse-backtest-"))
    try:
        data = make_folder(folder / "data", "the samples of the backtest")
        await _write_blocks(gauges, folder, data, show)
        port = choose_ports({"prometheus": 0})["prometheus"]
        server = _Server(data, folder / "prometheus.log", port, folder / "config" / "prometheus.yml")
        try:
            await server.start()
            async with aiohttp.ClientSession(timeout=_ANSWER) as session:
                yield PastPrometheus(server.url, session, start, evaluations)
        finally:
            await server.stop()
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _write_blocks(gauges: Gauges, folder: Path, data: Path, show: Callable[[str], None]) -> None:
    """Samples as OpenMetrics, a file a day: promtool reads the whole file for each block of two hours."""
    promtool = find_program(("promtool",), "promtool", "prometheus")
    samples = sorted(_samples(gauges), key=lambda sample: sample[:2])
    text = folder / "samples.txt"
    for day, of_day in groupby(samples, key=lambda sample: sample[0] // _DAY):
        show(f"writing samples of day {day - samples[0][0] // _DAY + 1}")
        await asyncio.to_thread(text.write_text, open_metrics(of_day), encoding="utf-8")
        process = await asyncio.create_subprocess_exec(
            promtool,
            "tsdb",
            "create-blocks-from",
            "openmetrics",
            "--quiet",
            str(text),
            str(data),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        if process.returncode:
            raise StackError(
                f"promtool cannot make blocks of the samples: {said.decode(errors='replace').strip()}"
            )


def _samples(gauges: Gauges) -> Iterable[tuple[int, GaugeKey, float]]:
    for key, minutes, values in gauges.series():
        for minute, value in zip(minutes, values, strict=True):
            yield minute, key, value


def open_metrics(samples: Iterable[tuple[int, GaugeKey, float]]) -> str:
    """Samples in the text format of OpenMetrics, family by family.

    Args:
        samples: minute since the epoch, series, value.
    """
    ordered = sorted(samples, key=lambda sample: (sample[1], sample[0]))
    lines = []
    for family, of_family in groupby(ordered, key=lambda sample: sample[1].family):
        lines.append(f"# TYPE {family} gauge")
        for minute, key, value in of_family:
            labels = ",".join(f'{name}="{_escaped(text)}"' for name, text in key.labels)
            lines.append(f"{family}{{{labels}}} {value!r} {minute * 60}")
    return "\n".join([*lines, "# EOF", ""])


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
