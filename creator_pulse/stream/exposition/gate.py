"""Limits of a server's connections: their number, and the time for requests and answers."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any, cast

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aiohttp.typedefs import Handler

logger = logging.getLogger(f"{__name__}.web")

REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
)
BACKLOG = 1_024
"""Connections that the system queues until they are accepted; beyond it, callers wait for a second."""
MOST_LINE_BYTES = 8_190
"""Bytes of a request's first line, and of each header."""


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether it is an error of this server: malformed requests of strangers must not fill the log."""
    return record.exc_info is None or not isinstance(record.exc_info[1], HttpProcessingError)


logger.addFilter(_is_ours)


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a server's connections.

    For example, ``Limits(connections=64, ask_seconds=5.0)``.

    Attributes:
        connections: maximal number at a time. One more replaces the connection that has been idle for
            longest; if none is idle, it is answered with 503 and closed.
        ask_seconds: from the connection to a complete request, without its body.
        idle_seconds: from an answer to the next request on the same connection.
        answer_seconds: to read the body and make the answer, and once more until the answer is received.
    """

    connections: int
    ask_seconds: float = 5.0
    idle_seconds: float = 15.0
    answer_seconds: float = 30.0


class Connection(asyncio.Protocol):
    """One connection: passes everything to the web server's own protocol, and closes it when its time is up.

    Args:
        gate: admits connections, and knows all open ones.
        inner: the web server's protocol.
    """

    def __init__(self, gate: Gate, inner: asyncio.Protocol) -> None:
        self._gate = gate
        self._inner = inner
        self._timer: asyncio.TimerHandle | None = None
        self._idle_since: float | None = None
        self._answered_at: float | None = None
        self._is_refused = False
        self._transport: asyncio.Transport

    @property
    def idle_since(self) -> float | None:
        """When it began to wait for a request; None while it is answered, or the answer not yet received."""
        return None if self._transport.get_write_buffer_size() else self._idle_since

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Admit the connection, or refuse it if there is no room."""
        self._transport = cast("asyncio.Transport", transport)
        self._is_refused = not self._gate.let_in(self, self._transport)
        if self._is_refused:
            self._transport.write(REFUSAL)
            self._transport.close()
            self._wait(self._gate.limits.ask_seconds)
            return
        self._idle_since = self._gate.now()
        self._wait(self._gate.limits.ask_seconds)
        self._inner.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_waiting()
        if not self._is_refused:
            self._gate.let_go(self._transport)
            self._inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Pass on."""
        if not self._is_refused:
            self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """Pass on."""
        return None if self._is_refused else self._inner.eof_received()

    def pause_writing(self) -> None:
        """Pass on."""
        if not self._is_refused:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Pass on."""
        if not self._is_refused:
            self._inner.resume_writing()

    def asked(self) -> None:
        """Note that a request has arrived: from now on the time to answer it runs."""
        self._idle_since = self._answered_at = None
        self._wait(self._gate.limits.answer_seconds)

    def answered(self) -> None:
        """Note that the answer is ready to be sent."""
        self._idle_since = self._answered_at = self._gate.now()
        self._wait(self._gate.limits.idle_seconds)

    def end(self) -> None:
        """Close the connection, even if bytes are still to be sent."""
        # Not close: that would wait for the peer to take what is still to be written.
        self._transport.abort()

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._timer = self._gate.loop.call_later(seconds, self._time_is_up)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _time_is_up(self) -> None:
        """Close the connection; an answer that is still being received gets ``answer_seconds`` once more."""
        left = 0.0
        if self._answered_at is not None and self._transport.get_write_buffer_size():
            # An answer that is still being taken has its own limit, from when it was given.
            left = self._answered_at + self._gate.limits.answer_seconds - self._gate.now()
        if left > 0:
            self._wait(left)
        else:
            self.end()


class Gate:
    """Creates the connections of one server.

    Args:
        make: the web server's protocol for one connection.
        limits: number of connections, and their time-outs.
    """

    def __init__(self, make: Callable[[], asyncio.Protocol], limits: Limits) -> None:
        self._make = make
        self.limits = limits
        self.loop = asyncio.get_running_loop()
        self._open: dict[asyncio.BaseTransport, Connection] = {}

    def __call__(self) -> Connection:
        """A protocol for a new connection."""
        return Connection(self, self._make())

    def now(self) -> float:
        """The event loop's time, s."""
        return self.loop.time()

    def let_in(self, connection: Connection, transport: asyncio.BaseTransport) -> bool:
        """Whether there is room, or room could be made."""
        if len(self._open) >= self.limits.connections:
            idle = [
                (other.idle_since, at) for at, other in self._open.items() if other.idle_since is not None
            ]
            if not idle:
                return False
            # The one that has been idle for longest makes room; without an idle one the new one is refused.
            _, longest = min(idle, key=itemgetter(0))
            self._open.pop(longest).end()
        self._open[transport] = connection
        return True

    def let_go(self, transport: asyncio.BaseTransport) -> None:
        """Note that a connection has ended."""
        self._open.pop(transport, None)

    @web.middleware
    async def watch(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Tell the connection when a request has arrived, and when its answer is ready."""
        # A connection that was let go meanwhile has no entry, and needs no timer.
        connection = None if request.transport is None else self._open.get(request.transport)
        if connection is None:
            return await handler(request)
        connection.asked()
        try:
            return await handler(request)
        finally:
            connection.answered()


@asynccontextmanager
async def gated(app: web.Application, limits: Limits, **where: Any) -> AsyncIterator[asyncio.Server]:
    """Serve an application within limits while the block runs.

    Args:
        app: it is changed: a middleware watches its connections.
        limits: number of connections, and their time-outs.
        where: ``host`` and ``port``, or ``sock``, as ``create_server`` takes them.

    Raises:
        OSError: the address cannot be bound to.
    """
    # The gate needs the runner's server, which is made after the application is frozen: hence the list.
    gates: list[Gate] = []

    @web.middleware
    async def watch(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await gates[0].watch(request, handler)

    app.middlewares.insert(0, watch)
    runner = web.AppRunner(
        app,
        access_log=None,
        logger=logger,
        shutdown_timeout=1.0,
        keepalive_timeout=limits.idle_seconds,
        max_line_size=MOST_LINE_BYTES,
        max_field_size=MOST_LINE_BYTES,
        # A body is read as it is: nothing that grows when it is unpacked gets in.
        auto_decompress=False,
        # Who has gone needs no answer any more.
        handler_cancellation=True,
    )
    await runner.setup()
    try:
        assert runner.server is not None
        gates.append(Gate(cast("Callable[[], asyncio.Protocol]", runner.server), limits))
        server = await asyncio.get_running_loop().create_server(gates[0], backlog=BACKLOG, **where)
        try:
            yield server
        finally:
            server.close()
    finally:
        await runner.cleanup()
