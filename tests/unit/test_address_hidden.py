"""An address with a password: the password is sent, and no error tells it."""

from __future__ import annotations

import asyncio
import base64
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from creator_pulse.proof.chaos.history import last_scrapes
from creator_pulse.proof.ledger.truth import Truth
from creator_pulse.proof.ledger.verify import verify_prometheus
from creator_pulse.stream.api.prometheus import Prometheus
from creator_pulse.stream.errors import UnreachableError
from creator_pulse.stream.secret import Address
from creator_pulse.stream.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

LOGIN = "user:geheim"
ENCODED = base64.b64encode(LOGIN.encode()).decode()


async def api(address: str) -> object:
    """The board's and the API's way."""
    async with aiohttp.ClientSession() as session:
        return await Prometheus(Address(address), session).get("query", {})


async def verify(address: str) -> object:
    """The way of `pulse verify` and of a demo."""
    return await verify_prometheus(Truth(), Settings(), Address(address))


WAYS = [api, verify, last_scrapes]


@asynccontextmanager
async def babbling() -> AsyncIterator[str]:
    """A server that speaks no HTTP; ``host:port``."""

    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"babble\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    async with server:
        yield "{}:{}".format(*server.sockets[0].getsockname())


@pytest.mark.parametrize("ask", WAYS)
async def test_a_server_that_speaks_no_http_is_told_without_the_login(
    ask: Callable[[str], Awaitable[object]],
) -> None:
    """The library's error holds the request with its headers: only its text may be told."""
    async with babbling() as place:
        with pytest.raises(UnreachableError) as caught:
            await ask(f"http://{LOGIN}@{place}")
    told = str(caught.value)
    assert place in told
    assert "\n" not in told
    assert "geheim" not in told
    assert ENCODED not in told


@pytest.mark.parametrize("ask", WAYS)
async def test_a_server_that_refuses_is_told_without_the_login(
    ask: Callable[[str], Awaitable[object]],
) -> None:
    """It has got user and password, and answers with 401."""
    seen = []

    async def refuse(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization"))
        return web.Response(status=401, text="no")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", refuse)
    async with TestServer(app) as server:
        with pytest.raises(UnreachableError) as caught:
            await ask(str(server.make_url("")).replace("http://", f"http://{LOGIN}@"))
    assert seen == [f"Basic {ENCODED}"]
    assert "geheim" not in str(caught.value)
