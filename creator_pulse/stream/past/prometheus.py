"""A Prometheus of the past: what an expression gave at every minute of it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import aiohttp
import msgspec
import numpy as np

from creator_pulse.stream.errors import StackError
from creator_pulse.stream.local.ports import choose_ports
from creator_pulse.stream.local.prometheus import PrometheusServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_CHUNK = 10_000
"""Evaluations in one query; Prometheus gives at most 11,000."""
ANSWER = aiohttp.ClientTimeout(total=300)
"""How long a query may take."""
_CONFIG = b"global: {scrape_interval: 1m}\n"


class PastSeries(NamedTuple):
    """The values of a series.

    Attributes:
        labels: of the series.
        points: minute since the epoch and value.
    """

    labels: Mapping[str, str]
    points: Sequence[tuple[int, float]]


Answer = tuple[Mapping[str, str], list[tuple[int, float]]]
"""Labels of a series, and its values by epoch ms."""


class HeldSeries(NamedTuple):
    """Where an expression has a value.

    Attributes:
        labels: of the series, without the metric's name.
        holds: for each evaluation whether it has a value.
    """

    labels: Mapping[str, str]
    holds: NDArray[np.bool_]


class PastPrometheus:
    """Evaluates expressions on the grid of a minute.

    Args:
        url: of a Prometheus, without a slash at its end.
        session: HTTP client that connects to it.
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
            for series in await self._minutes(expression, self._start + first, self._start + last):
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

    async def values(self, expression: str) -> list[PastSeries]:
        """All series of an expression with their values.

        Raises:
            StackError: Prometheus refuses the expression.
        """
        points_of: dict[frozenset[tuple[str, str]], list[tuple[int, float]]] = {}
        for first in range(0, self._evaluations, _CHUNK):
            last = min(first + _CHUNK, self._evaluations) - 1
            for series in await self._minutes(expression, self._start + first, self._start + last):
                labels = frozenset(series["metric"].items())
                points = points_of.setdefault(labels, [])
                points += [(round(time / 60), float(value)) for time, value in series["values"]]
        return [PastSeries(dict(labels), points) for labels, points in points_of.items()]

    async def over(self, expression: str, first_ms: int, last_ms: int, step_ms: int) -> list[Answer]:
        """The series of an expression, with their values by epoch ms, in steps of milliseconds.

        Args:
            expression: PromQL that gives an instant vector.
            first_ms: first evaluation, epoch ms.
            last_ms: none is later, epoch ms.
            step_ms: from one evaluation to the next, ms.

        Raises:
            StackError: Prometheus refuses the expression.
        """
        answer = await self._query(expression, first_ms / 1000, last_ms / 1000, step_ms / 1000)
        return [
            (
                series["metric"],
                [(round(float(time) * 1000), float(value)) for time, value in series["values"]],
            )
            for series in answer
        ]

    async def families(self) -> frozenset[str]:
        """Names of all series that there are.

        Raises:
            StackError: Prometheus does not say.
        """
        async with self._session.get(f"{self._url}/api/v1/label/__name__/values") as answer:
            content = await answer.json()
        if content.get("status") != "success":
            raise StackError(f"Prometheus does not name its series: {content.get('error')}")
        return frozenset(content["data"])

    async def _minutes(self, expression: str, first: int, last: int) -> list[dict[str, Any]]:
        return await self._query(expression, first * 60, last * 60, 60)

    async def _query(self, expression: str, first: float, last: float, step: float) -> list[dict[str, Any]]:
        form = {"query": expression, "start": str(first), "end": str(last), "step": str(step)}
        async with self._session.post(f"{self._url}/api/v1/query_range", data=form) as answer:
            content = msgspec.json.decode(await answer.read())
        if content.get("status") != "success":
            raise StackError(f"Prometheus refuses {expression}: {content.get('error')}")
        series: list[dict[str, Any]] = content["data"]["result"]
        return series


class ThrowAwayServer(PrometheusServer):
    """A Prometheus that scrapes nothing and forgets nothing."""

    flags: tuple[str, ...] = ("--storage.tsdb.retention.time=20y",)

    async def prepare(self) -> tuple[str, ...]:
        """The command line."""
        command = await super().prepare()
        self.config.write_bytes(_CONFIG)
        return command


@asynccontextmanager
async def serving(
    folder: Path, data: Path, start: int, evaluations: int, flags: tuple[str, ...] = ()
) -> AsyncIterator[PastPrometheus]:
    """Runs a Prometheus on a database, and stops it.

    Args:
        folder: for its log and configuration.
        data: folder of the database.
        start: minute since the epoch of the first evaluation.
        evaluations: how many there are.
        flags: more options of the command line.

    Raises:
        StackError: it does not start.
        MissingPartError: it is not installed.
    """
    port = choose_ports({"prometheus": 0})["prometheus"]
    server = ThrowAwayServer(data, folder / "prometheus.log", port, folder / "config" / "prometheus.yml")
    server.flags += flags
    try:
        await server.start()
        async with aiohttp.ClientSession(timeout=ANSWER) as session:
            yield PastPrometheus(server.url, session, start, evaluations)
    finally:
        await server.stop()
