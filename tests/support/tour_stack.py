"""What a reader of the tour stands before: the real board and the real API at the moment of an incident."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer

from creator_pulse.stream.api.case_index import CaseIndex
from creator_pulse.stream.api.live_views import LiveViewReader
from creator_pulse.stream.api.prometheus import Prometheus
from creator_pulse.stream.api.server import build_app as build_api
from creator_pulse.stream.api.serving import serving
from creator_pulse.stream.api.sources import Sources
from creator_pulse.stream.board.server import build_app as build_board
from creator_pulse.stream.clock import ManualClock
from creator_pulse.stream.monitoring.build import generated
from creator_pulse.stream.monitoring.site import Site
from creator_pulse.stream.secret import Address
from creator_pulse.stream.transport.memory_log import MemoryLog
from creator_pulse.stream.transport.names import CASE_TOPIC
from tests.support.api_bench import RedisInMemory
from tests.support.tour_past import SEEN_MS, SETTINGS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.tour_past import Shown


@asynccontextmanager
async def standing(prometheus: str, shown: Shown) -> AsyncIterator[str]:
    """Serve the API and the board at the moment of an incident; yields the address of the board.

    Args:
        prometheus: address of the one that holds the past.
        shown: what the API has then.
    """
    clock = ManualClock(SEEN_MS)
    redis = RedisInMemory()
    redis.views = {key.encode(): view for key, view in shown.views.items()}
    log = MemoryLog({CASE_TOPIC: 1, SETTINGS.topic("reference"): 1}, clock.now_ms)
    for case in shown.cases:
        log.write([msgspec.structs.replace(case, partition=0)], timestamp=SEEN_MS)
    async with aiohttp.ClientSession() as session:
        sources = Sources(
            SETTINGS,
            clock,
            LiveViewReader(redis, "redis://memory"),
            log,
            Prometheus(Address(prometheus), session),
            CaseIndex(log, 1, SETTINGS.topic("reference"), fresh_seconds=0),
        )
        async with (
            serving(build_api(sources), "127.0.0.1", 0, "the API") as api,
            TestServer(_at(prometheus, SEEN_MS, session)) as past,
        ):
            site = Site(api=api.rstrip("/"))
            app = build_board(
                generated("dashboards", site), generated("runbooks"), Address(str(past.make_url("")))
            )
            async with serving(app, "127.0.0.1", 0, "the board") as board:
                yield board


def _at(prometheus: str, moment_ms: int, session: aiohttp.ClientSession) -> web.Application:
    """The Prometheus, but for its alerts, which are those of the moment."""
    annotations = {
        rule["alert"]: rule["annotations"]
        for text in generated("alerts").values()
        for group in yaml.load(text, yaml.CSafeLoader)["groups"]
        for rule in group["rules"]
        if "alert" in rule
    }

    async def passed_on(request: web.Request) -> web.Response:
        async with session.get(f"{prometheus}{request.path}", params=request.query) as answer:
            body = await answer.read()
            return web.Response(status=answer.status, body=body, content_type="application/json")

    async def alerts(_request: web.Request) -> web.Response:
        active = await _asked(session, prometheus, "ALERTS", moment_ms)
        since = {
            _key(one["metric"]): float(one["value"][1])
            for one in await _asked(session, prometheus, "ALERTS_FOR_STATE", moment_ms)
        }
        listed = []
        for one in active:
            labels = {k: v for k, v in one["metric"].items() if k not in {"__name__", "alertstate"}}
            said = annotations[labels["alertname"]]
            began = datetime.fromtimestamp(since[_key(one["metric"])], UTC)
            listed.append(
                {
                    "labels": labels,
                    # Its other words are templates, which only an evaluation fills in.
                    "annotations": {"summary": said["summary"]},
                    "state": one["metric"]["alertstate"],
                    "activeAt": began.isoformat().replace("+00:00", "Z"),
                    "value": "1",
                }
            )
        return web.json_response({"status": "success", "data": {"alerts": listed}})

    app = web.Application()
    app.router.add_get("/api/v1/alerts", alerts)
    app.router.add_get("/api/v1/{path:.+}", passed_on)
    return app


async def _asked(
    session: aiohttp.ClientSession, prometheus: str, query: str, moment_ms: int
) -> list[dict[str, Any]]:
    params = {"query": query, "time": str(moment_ms / 1000)}
    async with session.get(f"{prometheus}/api/v1/query", params=params) as answer:
        content = await answer.json()
    result: list[dict[str, Any]] = content["data"]["result"]
    return result


def _key(metric: dict[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset(pair for pair in metric.items() if pair[0] not in {"__name__", "alertstate"})
