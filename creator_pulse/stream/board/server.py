"""The board's server: read-only, one page, and a narrow path to Prometheus."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
from aiohttp import web
from multidict import MultiDict

from creator_pulse.stream.api.hosts import HOSTS, is_loopback
from creator_pulse.stream.api.prometheus import Prometheus
from creator_pulse.stream.api.serving import serving, serving_nearby
from creator_pulse.stream.board import assets, batch, bounds, dashboards, markdown, questions
from creator_pulse.stream.board.guard import DOOR, admit, set_headers, shape_errors
from creator_pulse.stream.board.login import LOGIN, Door, within
from creator_pulse.stream.board.questions import Questions
from creator_pulse.stream.errors import SettingsError

if TYPE_CHECKING:
    from creator_pulse.stream.board.assets import Asset
    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.secret import Address
    from creator_pulse.stream.settings import Settings

HOME = "pulse-now"
STATIC = Path(__file__).parent / "static"
PRODUCT = "pulse"
"""Label ``product`` of our alerts."""
MOST_BYTES = 4 * 1024
"""Bytes of a request's body: a form with a token."""
LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")

Progress = Callable[[], Mapping[str, Any]]

PROMETHEUS: web.AppKey[Prometheus] = web.AppKey("prometheus", Prometheus)
DASHBOARDS: web.AppKey[Mapping[str, Mapping[str, Any]]] = web.AppKey("dashboards")
RUNBOOKS: web.AppKey[Mapping[str, bytes]] = web.AppKey("runbooks")
QUESTIONS: web.AppKey[Questions] = web.AppKey("questions", Questions)
PROGRESS: web.AppKey[Progress] = web.AppKey("progress")
PAGE: web.AppKey[str] = web.AppKey("page", str)
ASSETS: web.AppKey[Mapping[str, Asset]] = web.AppKey("assets")


def build_app(
    boards: Mapping[str, bytes],
    runbooks: Mapping[str, bytes],
    prometheus: Address,
    progress: Progress | None = None,
    door: Door | None = None,
    zone: str = "UTC",
) -> web.Application:
    """The board as an application; it connects to nothing until a page asks.

    Args:
        boards: classic dashboard JSON by file name.
        runbooks: Markdown by file name, ``<Alert>.md``.
        prometheus: address of the Prometheus that is asked, ``http://host:port``.
        progress: gives the header of the page; all keys are optional: ``events_per_second`` (number),
            ``lag_records`` (number), ``verdict`` (text), ``ok`` (whether the verdict is good) and
            ``note`` (text).
        door: asks for a token; None: whoever reaches the board may look at it.
        zone: IANA name of the installation's time zone, which a reader may choose instead of the own one.

    Raises:
        SettingsError: a file is not a dashboard.
    """
    # shape_errors is outermost, so that refusals of admit have the shape of errors too.
    app = web.Application(middlewares=[shape_errors, admit], client_max_size=MOST_BYTES)
    app[HOSTS], app[DOOR] = set(), door
    app[DASHBOARDS], app[RUNBOOKS], app[PROGRESS] = dashboards.read(boards), runbooks, progress or dict
    app[PAGE] = (STATIC / "board.html").read_text(encoding="utf-8").replace("{zone}", escape(zone))
    app[ASSETS] = assets.read(STATIC)
    app[QUESTIONS] = questions.of(app[DASHBOARDS].values())
    app.on_response_prepare.append(set_headers)
    app.cleanup_ctx.append(_connections(prometheus))
    for path, handler in {
        "/": _home,
        "/d/{uid}": _page,
        "/runbooks/{alert}": _runbook,
        "/api/dashboards": _list,
        "/api/dashboards/{uid}": _dashboard,
        "/api/label/{label}/values": _label_values,
        "/api/alerts": _alerts,
        "/api/progress": _progress,
        "/static/{path:.+}": _asset,
    }.items():
        app.router.add_get(path, handler, allow_head=False)
    app.router.add_post("/api/queries", _several)
    if door is not None:
        app.router.add_get(LOGIN, _login, allow_head=False)
        app.router.add_post(LOGIN, _try_login)
    return app


@asynccontextmanager
async def serving_board(
    settings: Settings,
    files: tuple[Mapping[str, bytes], Mapping[str, bytes]],
    clock: Clock,
    progress: Progress | None = None,
    *,
    nearby: bool = False,
) -> AsyncIterator[str]:
    """Serve the boards while the block runs; yields the address.

    Args:
        settings: address of Prometheus, own address, token.
        files: dashboards and runbooks, see ``build_app``.
        clock: by which a login expires.
        progress: gives the demo's progress, as for ``build_app``.
        nearby: whether to use a free port if the usual one is taken.

    Raises:
        SettingsError: other machines would reach it, and there is no token.
        StackError: the address cannot be bound to.
    """
    if not settings.board_token and not is_loopback(settings.board_host):
        raise SettingsError(
            f"PULSE_BOARD_HOST: {settings.board_host} lets other machines in, and the board shows figures: "
            "set PULSE_BOARD_TOKEN to a long random text, or PULSE_BOARD_HOST to 127.0.0.1"
        )
    door = Door(settings.board_token, clock) if settings.board_token else None
    place = settings.board_host, settings.board_port, "the board"

    def make() -> web.Application:
        return build_app(*files, settings.prometheus, progress, door, settings.timezone)

    async with serving_nearby(make, *place) if nearby else serving(make(), *place) as url:
        yield url


def _connections(address: Address) -> Callable[[web.Application], AsyncIterator[None]]:
    async def connect(app: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession() as session:
            app[PROMETHEUS] = Prometheus(address, session)
            yield

    return connect


async def _home(_request: web.Request) -> web.Response:
    raise web.HTTPFound(f"/d/{HOME}")


async def _page(request: web.Request) -> web.Response:
    # Only to answer 404 for a board that does not exist: the page itself is the same for all.
    _model(request)
    return web.Response(text=request.app[PAGE], content_type="text/html")


async def _asset(request: web.Request) -> web.Response:
    asset = request.app[ASSETS].get(request.match_info["path"])
    if asset is None:
        raise web.HTTPNotFound(text="there is no such script or style sheet")
    return asset.answer(request)


async def _list(request: web.Request) -> web.Response:
    return _json(dashboards.summaries(request.app[DASHBOARDS]))


async def _dashboard(request: web.Request) -> web.Response:
    response = _json(_model(request))
    # 100 kB of JSON, of which a tenth is left.
    response.enable_compression()
    return response


def _model(request: web.Request) -> Mapping[str, Any]:
    models = request.app[DASHBOARDS]
    uid = request.match_info["uid"]
    if uid not in models:
        raise web.HTTPNotFound(text=f"no board {uid!r}; there are: {', '.join(models) or 'none'}")
    return models[uid]


async def _several(request: web.Request) -> web.StreamResponse:
    """The queries of a whole board; one with a step is over a range."""

    async def ask(query: Mapping[str, str]) -> tuple[int, bytes]:
        is_range = "step" in query
        given: MultiDict[str] = MultiDict(query)
        params = bounds.over_range(given) if is_range else bounds.instant(given)
        # No other query reaches Prometheus through here.
        if not request.app[QUESTIONS].allow(params["query"]):
            raise web.HTTPForbidden(text="no board asks this; ask Prometheus itself")
        return await request.app[PROMETHEUS].get("query_range" if is_range else "query", params)

    return await batch.answer(request, await batch.read(request), ask)


async def _label_values(request: web.Request) -> web.Response:
    label = request.match_info["label"]
    if not LABEL.fullmatch(label):
        raise web.HTTPBadRequest(text="that is not the name of a label")
    params = bounds.label_values(request.query)
    if not request.app[QUESTIONS].allow_values(label, params.get("match[]", "")):
        raise web.HTTPForbidden(text="no board asks for these values; ask Prometheus itself")
    status, body = await request.app[PROMETHEUS].get(f"label/{label}/values", params)
    return web.Response(status=status, body=body, content_type="application/json")


async def _alerts(request: web.Request) -> web.Response:
    """Our own alerts, because a shared Prometheus has others too."""
    status, body = await request.app[PROMETHEUS].get("alerts", {})
    try:
        answer = msgspec.json.decode(body, type=_Alerts)
    except msgspec.MsgspecError:
        return web.Response(status=status, body=body, content_type="application/json")
    answer.data.alerts = [
        alert for alert in answer.data.alerts if alert.get("labels", {}).get("product") == PRODUCT
    ]
    return _json(answer)


class _AlertList(msgspec.Struct):
    alerts: list[dict[str, Any]]


class _Alerts(msgspec.Struct):
    status: str
    data: _AlertList


async def _login(request: web.Request) -> web.Response:
    return _login_page(within(request.query.get("to", "/")))


async def _try_login(request: web.Request) -> web.Response:
    """Let in a caller who sends the token: with a cookie, and a redirect to the page that was asked for."""
    door = request.app[DOOR]
    assert door is not None
    form = await request.post()
    target, given = within(str(form.get("to", "/"))), form.get("token")
    if not isinstance(given, str) or not door.is_token(given):
        return _login_page(
            target, "That is not the text of PULSE_BOARD_TOKEN.", web.HTTPUnauthorized.status_code
        )
    # 303: the browser follows with a GET, so that a reload does not send the token again.
    response = web.Response(status=web.HTTPSeeOther.status_code, headers={"Location": target})
    # TLS may end at a proxy, which says so by this header.
    door.give_cookie(response, is_tls=request.headers.get("X-Forwarded-Proto", request.scheme) == "https")
    return response


def _login_page(target: str, message: str = "", status: int = 200) -> web.Response:
    page = (STATIC / "login.html").read_text(encoding="utf-8")
    text = page.replace("{message}", escape(message)).replace("{to}", escape(target))
    return web.Response(status=status, text=text, content_type="text/html")


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
