"""A token endpoint for client credentials, and unsigned tokens as a broker without a key takes them."""

from __future__ import annotations

import base64
import json
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from aiohttp import web
from aiohttp.test_utils import TestServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def unsigned(subject: str, seconds: float = 600.0) -> str:
    """A JWT without a signature.

    Args:
        subject: who.
        seconds: until it expires; negative: since it has.
    """
    now = time.time()
    claims = {"sub": subject, "iat": now - 60 + min(0.0, seconds), "exp": now + seconds}
    return f"{_part({'alg': 'none'})}.{_part(claims)}."


def _part(content: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


@asynccontextmanager
async def token_server(
    client: str, secret: str, subject: str, *, expires_in: float = 600.0
) -> AsyncIterator[tuple[str, list[dict[str, str]]]]:
    """An endpoint; its address, and the forms that were sent to it.

    Args:
        client: the one client that gets tokens.
        secret: its secret.
        subject: in whose name the tokens are.
        expires_in: seconds that it says a token lives.
    """
    forms: list[dict[str, str]] = []

    async def give(request: web.Request) -> web.Response:
        forms.append({key: str(value) for key, value in (await request.post()).items()})
        login = base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()
        if tuple(map(unquote_plus, login.split(":"))) != (client, secret):
            return web.json_response({"error": "invalid_client"}, status=401)
        return web.json_response(
            {"access_token": unsigned(subject), "token_type": "Bearer", "expires_in": expires_in}
        )

    app = web.Application()
    app.router.add_post("/token", give)
    async with TestServer(app) as server:
        yield str(server.make_url("/token")), forms
