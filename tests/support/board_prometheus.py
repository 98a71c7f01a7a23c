"""A Prometheus of a few lines: it answers the questions it knows from functions of time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Series = tuple[dict[str, str], Callable[[float], float | None]]


@dataclass
class FakePrometheus:
    """Answers as Prometheus's HTTP API does.

    Attributes:
        series: query text -> label sets with a function from epoch seconds to a value or none.
        labels: label name -> its values.
        alerts: what ``/api/v1/alerts`` gives.
        otherwise: the series of every other query.
        answer: makes the series of a query that ``series`` does not have; None: ``otherwise``.
        asked: (path, parameters) of every question so far.
    """

    series: Mapping[str, list[Series]] = field(default_factory=dict)
    labels: Mapping[str, list[str]] = field(default_factory=dict)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    otherwise: list[Series] = field(default_factory=list)
    answer: Callable[[str], list[Series]] | None = None
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def app(self) -> web.Application:
        """The server; run it with an aiohttp test server."""
        app = web.Application()
        app.router.add_get("/api/v1/query", self._query)
        app.router.add_get("/api/v1/query_range", self._query)
        app.router.add_get("/api/v1/label/{name}/values", self._label_values)
        app.router.add_get("/api/v1/alerts", self._alerts)
        return app

    async def _query(self, request: web.Request) -> web.Response:
        params = dict(request.query)
        self.asked.append((request.path, params))
        query = params["query"]
        if query.startswith("broken"):
            error = {"status": "error", "errorType": "bad_data", "error": "unclosed left parenthesis"}
            return web.json_response(error, status=400)
        known = self.series.get(query)
        if known is None:
            known = self.otherwise if self.answer is None else self.answer(query)
        if request.path.endswith("query"):
            now = float(params["time"])
            points = [(labels, _points(value, [now])) for labels, value in known]
            result = [{"metric": labels, "value": at[0]} for labels, at in points if at]
            return _success({"resultType": "vector", "result": result})
        start, end, step = (float(params[name]) for name in ("start", "end", "step"))
        times = [start + step * index for index in range(int((end - start) / step) + 1)]
        result = [{"metric": labels, "values": _points(value, times)} for labels, value in known]
        return _success({"resultType": "matrix", "result": [series for series in result if series["values"]]})

    async def _label_values(self, request: web.Request) -> web.Response:
        self.asked.append((request.path, dict(request.query)))
        return _success(self.labels.get(request.match_info["name"], []))

    async def _alerts(self, _request: web.Request) -> web.Response:
        return _success({"alerts": self.alerts})


def _points(value: Callable[[float], float | None], times: list[float]) -> list[list[Any]]:
    found = ((time, value(time)) for time in times)
    return [[time, str(number)] for time, number in found if number is not None]


def _success(data: Any) -> web.Response:
    return web.json_response({"status": "success", "data": data})
