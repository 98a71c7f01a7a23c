"""The API's server: read-only except for verdicts, and on this machine only by default."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from creator_pulse.stream.api import openapi
from creator_pulse.stream.api.concurrency import ConcurrencyLimit
from creator_pulse.stream.api.handlers import ROUTES
from creator_pulse.stream.api.hosts import HOSTS, is_loopback, is_own_host
from creator_pulse.stream.api.problem import AskedWrongError, Problem, answer
from creator_pulse.stream.api.serving import serving, serving_nearby
from creator_pulse.stream.api.sources import SOURCES, TRUSTED, Sources, connected
from creator_pulse.stream.errors import PulseError, SettingsError, UnreachableError
from creator_pulse.stream.exposition.bearer import has_token

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp.typedefs import Handler

    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.settings import Settings

MOST_BYTES = 64 * 1024
"""Bytes of a request's body."""
AT_A_TIME = 16
"""Concurrent requests."""
WAITING = 48
"""Requests that wait for a slot; one more is refused."""
LIMIT_KEY: web.AppKey[ConcurrencyLimit] = web.AppKey("turns", ConcurrencyLimit)
PATIENCE_SECONDS = 30.0
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
OPEN = frozenset({"/", "/openapi.json", *(route.path for route in ROUTES if route.is_open)})
"""Paths that are answered without a token, because they reveal nothing of the business."""


def build_app(sources: Sources) -> web.Application:
    """The API as an application."""
    app = web.Application(middlewares=[_shape_errors, _admit, _limit], client_max_size=MOST_BYTES)
    app[SOURCES], app[HOSTS] = sources, set()
    app[LIMIT_KEY] = ConcurrencyLimit("the API", AT_A_TIME, WAITING)
    app.on_response_prepare.append(_set_headers)
    for route in ROUTES:
        app.router.add_route(route.method, route.path, route.handler)
    app.router.add_get("/openapi.json", _document, allow_head=False)
    app.router.add_get("/", _page, allow_head=False)
    return app


@asynccontextmanager
async def serving_api(settings: Settings, clock: Clock, *, nearby: bool = False) -> AsyncIterator[str]:
    """Serve the API of the settings' stack while the block runs; yields its address.

    Args:
        settings: addresses of the parts, own address, token.
        clock: by which ages are computed.
        nearby: whether to use a free port if the usual one is taken.

    Raises:
        SettingsError: other machines would reach it, and there is no token.
        StackError: the address cannot be bound to.
    """
    if not settings.api_token and not is_loopback(settings.api_host):
        raise SettingsError(
            f"api_host {settings.api_host} lets other machines in, and the API holds identities: "
            "set PULSE_API_TOKEN to a long random text, or PULSE_API_HOST to 127.0.0.1"
        )
    place = settings.api_host, settings.api_port
    async with connected(settings, clock) as sources:
        if nearby:
            async with serving_nearby(lambda: build_app(sources), *place, "the API") as url:
                yield url
        else:
            async with serving(build_app(sources), *place, "the API") as url:
                yield url


@web.middleware
async def _shape_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn errors into problem details, time-outs included."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await handler(request)
    except AskedWrongError as error:
        return answer(error.problem, request.path)
    except web.HTTPError as error:
        response = answer(_of_http(error), request.path)
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except UnreachableError as error:
        return answer(_not_available(str(error), "look at GET /v1/health, and ask again"), request.path)
    except TimeoutError:
        detail = f"no answer from the stack within {PATIENCE_SECONDS:g} s"
        return answer(
            _not_available(detail, "ask for a shorter span, or look at GET /v1/health"), request.path
        )
    except PulseError as error:
        return answer(
            Problem(
                title="Failed", status=500, detail=str(error), where="stack", fix="see the log of pulse api"
            ),
            request.path,
        )


def _of_http(error: web.HTTPError) -> Problem:
    fix = "GET /openapi.json lists the routes"
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        fix = f"send at most {MOST_BYTES} bytes"
    return Problem(
        title=error.reason, status=error.status, detail=error.text or error.reason, where="path", fix=fix
    )


def _not_available(detail: str, fix: str) -> Problem:
    return Problem(title="Part not available", status=503, detail=detail, where="stack", fix=fix)


@web.middleware
async def _admit(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Require the token if there is one; otherwise the server's own name, which no name can be rebound to.

    Raises:
        AskedWrongError: 401 or 421.
    """
    token = request.app[SOURCES].settings.api_token
    if not token:
        if not is_own_host(request.headers.get("Host", ""), request.app[HOSTS]):
            raise AskedWrongError(
                Problem(
                    title="Misdirected request",
                    status=421,
                    detail="the API answers only under the address it is bound to",
                    where="header.Host",
                    fix="call it by that address, or set PULSE_API_TOKEN",
                )
            )
        request[TRUSTED] = True
        return await handler(request)
    request[TRUSTED] = has_token(request, token)
    if not request[TRUSTED] and request.path not in OPEN:
        given = request.headers.get("Authorization", "").partition(" ")[2]
        raise AskedWrongError(
            Problem(
                title="Unauthorized",
                status=401,
                detail="the token is missing" if not given else "the token is not the right one",
                where="header.Authorization",
                fix="send Authorization: Bearer with the text of PULSE_API_TOKEN",
            )
        )
    return await handler(request)


@web.middleware
async def _limit(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Limit the number of concurrent requests.

    Raises:
        AskedWrongError: 503: too many are waiting already.
    """
    async with request.app[LIMIT_KEY].slot():
        return await handler(request)


async def _set_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)


async def _document(_request: web.Request) -> web.Response:
    return web.Response(body=msgspec.json.encode(openapi.document(ROUTES)), content_type="application/json")


async def _page(_request: web.Request) -> web.Response:
    return web.Response(text=openapi.html(ROUTES), content_type="text/html")
