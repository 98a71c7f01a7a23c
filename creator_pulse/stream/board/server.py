"""The board's server: read-only, one page, and a narrow way to Prometheus."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from html import escape
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
from aiohttp import web

from creator_pulse.stream.api.hosts import HOSTS
from creator_pulse.stream.api.prometheus import Prometheus
from creator_pulse.stream.board import bounds, dashboards, markdown
from creator_pulse.stream.board.guard import refuse_foreign_hosts, set_headers, shape_errors

if TYPE_CHECKING:
    from creator_pulse.stream.secret import Address

HOME = "pulse-overview"
STATIC = Path(__file__).parent / "static"
LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")

Progress = Callable[[], Mapping[str, Any]]

PROMETHEUS: web.AppKey[Prometheus] = web.AppKey("prometheus", Prometheus)
DASHBOARDS: web.AppKey[Mapping[str, Mapping[str, Any]]] = web.AppKey("dashboards")
RUNBOOKS: web.AppKey[Mapping[str, bytes]] = web.AppKey("runbooks")
PROGRESS: web.AppKey[Progress] = web.AppKey("progress")
PLOTLY: web.AppKey[Path] = web.AppKey("plotly", Path)


def build_app(
    boards: Mapping[str, bytes],
    runbooks: Mapping[str, bytes],
    prometheus: Address,
    progress: Progress | None = None,
) -> web.Application:
    """The board as an application; nothing is contacted until a page asks.

    Args:
        boards: classic dashboard JSON by file name.
        runbooks: Markdown by file name, ``<Alert>.md``.
        prometheus: its address, ``http://host:port``.
        progress: called for the header of the page; all keys are optional:
            ``events_per_second`` (number), ``lag_records`` (number), ``verdict`` (text) and
            ``ok`` (whether the verdict is a good one).

    Raises:
        SettingsError: a file is not a dashboard.
    """
    app = web.Application(middlewares=[shape_errors, refuse_foreign_hosts])
    app[HOSTS] = set()
    app[DASHBOARDS], app[RUNBOOKS], app[PROGRESS] = dashboards.read(boards), runbooks, progress or dict
    app.on_response_prepare.append(set_headers)
    app.cleanup_ctx.append(_plotly)
    app.cleanup_ctx.append(_connections(prometheus))
    for path, handler in {
        "/": _home,
        "/d/{uid}": _page,
        "/runbooks/{alert}": _runbook,
        "/api/dashboards": _list,
        "/api/dashboards/{uid}": _dashboard,
        "/api/query": _instant,
        "/api/query_range": _range,
        "/api/label/{label}/values": _label_values,
        "/api/alerts": _alerts,
        "/api/progress": _progress,
        "/static/plotly.min.js": _plotly_script,
    }.items():
        app.router.add_get(path, handler, allow_head=False)
    app.router.add_static("/static/", STATIC)
    return app


def _connections(address: Address) -> Callable[[web.Application], AsyncIterator[None]]:
    async def connect(app: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession() as session:
            app[PROMETHEUS] = Prometheus(address, session)
            yield

    return connect


async def _plotly(app: web.Application) -> AsyncIterator[None]:
    with as_file(files("plotly") / "package_data" / "plotly.min.js") as path:
        app[PLOTLY] = path
        yield


async def _home(_request: web.Request) -> web.Response:
    raise web.HTTPFound(f"/d/{HOME}")


async def _page(request: web.Request) -> web.FileResponse:
    _model(request)
    return web.FileResponse(STATIC / "board.html")


async def _plotly_script(request: web.Request) -> web.FileResponse:
    return web.FileResponse(request.app[PLOTLY])


async def _list(request: web.Request) -> web.Response:
    return _json(dashboards.summaries(request.app[DASHBOARDS]))


async def _dashboard(request: web.Request) -> web.Response:
    return _json(_model(request))


def _model(request: web.Request) -> Mapping[str, Any]:
    found = request.app[DASHBOARDS]
    uid = request.match_info["uid"]
    if uid not in found:
        raise web.HTTPNotFound(text=f"no board {uid!r}; there are: {', '.join(found) or 'none'}")
    return found[uid]


async def _instant(request: web.Request) -> web.Response:
    return await _ask(request, "query", bounds.instant(request.query))


async def _range(request: web.Request) -> web.Response:
    return await _ask(request, "query_range", bounds.over_range(request.query))


async def _label_values(request: web.Request) -> web.Response:
    label = request.match_info["label"]
    if not LABEL.fullmatch(label):
        raise web.HTTPBadRequest(text="that is not the name of a label")
    return await _ask(request, f"label/{label}/values", bounds.label_values(request.query))


async def _alerts(request: web.Request) -> web.Response:
    return await _ask(request, "alerts", {})


async def _ask(request: web.Request, path: str, params: Mapping[str, str]) -> web.Response:
    status, body = await request.app[PROMETHEUS].get(path, params)
    return web.Response(status=status, body=body, content_type="application/json")


async def _progress(request: web.Request) -> web.Response:
    return _json(request.app[PROGRESS]())


async def _runbook(request: web.Request) -> web.Response:
    alert = request.match_info["alert"]
    text = request.app[RUNBOOKS].get(f"{alert}.md")
    if text is None:
        raise web.HTTPNotFound(text=f"there is no runbook for {alert[:100]!r}")
    page = (STATIC / "runbook.html").read_text(encoding="utf-8")
    body = markdown.to_html(text.decode())
    return web.Response(
        text=page.replace("{alert}", escape(alert)).replace("{body}", body), content_type="text/html"
    )


def _json(value: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")
