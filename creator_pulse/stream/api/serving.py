"""Serving an application at an address while a block runs."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from yarl import URL

from creator_pulse.stream.api.hosts import EVERYWHERE, HOSTS
from creator_pulse.stream.errors import StackError
from creator_pulse.stream.exposition.gate import Limits, gated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aiohttp import web

LIMITS = Limits(connections=128, ask_seconds=5.0, idle_seconds=30.0, answer_seconds=45.0)
"""Of the API, and of the board."""


@asynccontextmanager
async def serving(app: web.Application, host: str, port: int, what: str) -> AsyncIterator[str]:
    """Serve an application while the block runs; yields its address.

    Args:
        app: with ``HOSTS``, to which the host is added.
        host: address to bind to; also the only name, besides localhost, under which it answers.
        port: TCP port; 0: any free one.
        what: its name in errors.

    Raises:
        StackError: the address cannot be bound to.
    """
    app[HOSTS].add(host)
    async with AsyncExitStack() as served:
        try:
            server = await served.enter_async_context(gated(app, LIMITS, host=host or None, port=port))
        except OSError as error:
            raise StackError(f"{what} cannot listen on {host}:{port}: {error}") from error
        public_host = "127.0.0.1" if host in EVERYWHERE else host
        bound = server.sockets[0].getsockname()[1]
        yield str(URL.build(scheme="http", host=public_host, port=bound, path="/"))


@asynccontextmanager
async def serving_nearby(
    make: Callable[[], web.Application], host: str, port: int, what: str
) -> AsyncIterator[str]:
    """Serve on the usual port, or on a free one if that is taken; yields the address.

    Args:
        make: creates the application for each attempt.
        host: address to bind to.
        port: the one that is tried first.
        what: its name in errors.

    Raises:
        StackError: the address cannot be bound to at any port.
    """
    async with AsyncExitStack() as served:
        try:
            url = await served.enter_async_context(serving(make(), host, port, what))
        except StackError:
            url = await served.enter_async_context(serving(make(), host, 0, what))
        yield url
