"""Keeps the board to its own origin: the Host guard, the headers, one shape of errors."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from creator_pulse.stream.api.hosts import HOSTS, is_own_host
from creator_pulse.stream.board.login import LOGIN, Door
from creator_pulse.stream.errors import PulseError, UnreachableError

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

DOOR: web.AppKey[Door | None] = web.AppKey("door")
OPEN = frozenset({LOGIN, "/static/board.css", "/static/theme.js"})
"""Paths that are answered without a token, because they reveal nothing."""


# Scripts and style sheets come from files only: nothing here makes markup from data.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


async def set_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Send the security headers with every answer, errors and files included."""
    response.headers.update(HEADERS)


@web.middleware
async def admit(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Admit requests with the token if there is one; otherwise those that name the server's own address.

    Without a token, a foreign name may have been rebound to this address: 421. A caller without the token is
    redirected to the login, except for background requests of a page: 401.
    """
    door = request.app[DOOR]
    if door is None:
        if not is_own_host(request.headers.get("Host", ""), request.app[HOSTS]):
            raise web.HTTPMisdirectedRequest(text="the board answers only under the address it is bound to")
    elif request.path not in OPEN and not door.lets_in(request):
        if request.path.startswith(("/api/", "/static/")):
            raise web.HTTPUnauthorized(
                text="log in again: reload the page, or send Authorization: Bearer with PULSE_BOARD_TOKEN"
            )
        raise web.HTTPFound(f"{LOGIN}?{urlencode({'to': request.path_qs})}")
    return await handler(request)


@web.middleware
async def shape_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn errors into Prometheus's error JSON below ``/api/``, and into plain text elsewhere."""
    try:
        return await handler(request)
    except web.HTTPError as error:
        return _error(request, error.status, error.text or error.reason)
    except UnreachableError as error:
        return _error(request, web.HTTPBadGateway.status_code, str(error))
    except PulseError as error:
        return _error(request, web.HTTPInternalServerError.status_code, str(error))


def _error(request: web.Request, status: int, text: str) -> web.Response:
    if not request.path.startswith("/api/"):
        return web.Response(status=status, text=text)
    kind = "unavailable" if status == web.HTTPBadGateway.status_code else "bad_data"
    body = msgspec.json.encode({"status": "error", "errorType": kind, "error": text})
    return web.Response(status=status, body=body, content_type="application/json")
