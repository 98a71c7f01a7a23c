"""What strangers at a port can do: connect, ask slowly, read slowly, ask often. Nobody else waits for it."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, suppress
from typing import TYPE_CHECKING, Any, cast

import pytest
from aiohttp import web

from creator_pulse.stream.exposition.gate import Limits, gated
from creator_pulse.stream.exposition.server import MetricsServer
from creator_pulse.stream.exposition.shared_page import SharedPage
from creator_pulse.stream.exposition.threaded_server import LIMITS
from creator_pulse.stream.lanes.lane import Sample

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ASKED = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
SOON = 5.0
"""Seconds in which everything here is long over."""
LARGE = 32 << 20
"""Bytes of an answer that no socket's buffers hold."""


class Server:
    """An application with a quick answer, a large one, and one that waits until it may go on."""

    def __init__(self) -> None:
        self.port = 0
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()
        self.callers: list[Caller] = []
        self.app = web.Application()
        self.app.router.add_get("/", self._quick)
        self.app.router.add_get("/large", self._large)
        self.app.router.add_get("/wait", self._wait)

    async def _quick(self, _request: web.Request) -> web.Response:
        return web.Response(text="here")

    async def _large(self, _request: web.Request) -> web.Response:
        return web.Response(body=bytes(LARGE))

    async def _wait(self, _request: web.Request) -> web.Response:
        self.begun.set()
        await self.go_on.wait()
        return web.Response(text="waited")


class Caller:
    """A connection of one's own."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self._writer.write(data)

    async def status(self) -> bytes:
        """The first line of the next answer; nothing where the connection was closed."""
        async with asyncio.timeout(SOON):
            try:
                head = await self._reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                return b""
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        await self._reader.readexactly(length)
        return head.partition(b"\r\n")[0]

    async def is_closed(self) -> bool:
        """Whether the other side closes it, whatever it sends before."""
        async with asyncio.timeout(SOON):
            with suppress(ConnectionError):
                while await self._reader.read(1 << 20):
                    pass
        return True

    async def close(self) -> None:
        """Close it."""
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()


@asynccontextmanager
async def serving(limits: Limits) -> AsyncIterator[Server]:
    """A server within limits."""
    made = Server()
    async with gated(made.app, limits, host="127.0.0.1", port=0) as server:
        made.port = server.sockets[0].getsockname()[1]
        yield made
        made.go_on.set()
        await asyncio.gather(*(caller.close() for caller in made.callers))


async def call(server: Server, sent: bytes = b"") -> Caller:
    """A connection, on which something was sent."""
    caller = Caller(*await asyncio.open_connection("127.0.0.1", server.port, limit=1 << 16))
    server.callers.append(caller)
    caller.send(sent)
    return caller


async def test_many_idle_connections_keep_nobody_out() -> None:
    """Forty for eight places: the idle give way, and who asks is answered."""
    async with serving(Limits(connections=8)) as server:
        idle = [await call(server) for _ in range(40)]
        asking = await call(server, ASKED)
        assert await asking.status() == b"HTTP/1.1 200 OK"
        # With the one that asked eight are left.
        ended = [await connection.is_closed() for connection in idle[:32]]
    assert all(ended)


async def test_the_longest_idle_gives_way_first() -> None:
    """Not the one that was answered a moment ago."""
    async with serving(Limits(connections=2)) as server:
        first, second = [await call(server, ASKED) for _ in range(2)]
        assert (await first.status(), await second.status()) == (b"HTTP/1.1 200 OK",) * 2
        first.send(ASKED)
        assert await first.status() == b"HTTP/1.1 200 OK"
        third = await call(server, ASKED)
        assert await third.status() == b"HTTP/1.1 200 OK"
        first.send(ASKED)
        assert (await first.status(), await second.is_closed()) == (b"HTTP/1.1 200 OK", True)


async def test_where_all_are_being_answered_the_next_is_told_to_come_again() -> None:
    """503, and the answer under way is not disturbed."""
    async with serving(Limits(connections=1)) as server:
        waiting = await call(server, ASKED.replace(b"/", b"/wait", 1))
        await server.begun.wait()
        refused = await call(server, ASKED)
        assert await refused.status() == b"HTTP/1.1 503 Service Unavailable"
        assert await refused.is_closed()
        server.go_on.set()
        assert await waiting.status() == b"HTTP/1.1 200 OK"


@pytest.mark.parametrize(
    ("sent", "ask", "idle"),
    [
        (b"", 0.05, 60),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow:", 0.05, 60),
        (ASKED, 60, 0.05),
        (ASKED + b"GET /", 60, 0.05),
    ],
)
async def test_who_does_not_ask_in_time_is_let_go(sent: bytes, ask: float, idle: float) -> None:
    """Nothing at all, half a request; nothing more after an answer, or half of the next one."""
    async with serving(Limits(connections=8, ask_seconds=ask, idle_seconds=idle)) as server:
        assert await (await call(server, sent)).is_closed()


async def test_an_answer_that_takes_too_long_is_given_up() -> None:
    """The connection ends though its handler waits."""
    async with serving(Limits(connections=8, answer_seconds=0.05)) as server:
        assert await (await call(server, ASKED.replace(b"/", b"/wait", 1))).is_closed()


async def test_who_does_not_take_the_answer_is_let_go() -> None:
    """32 MiB are sent to somebody who reads nothing: they come to an end before they are all there."""
    async with serving(Limits(connections=8, idle_seconds=0.05, answer_seconds=0.2)) as server:
        with closing(socket.create_connection(("127.0.0.1", server.port))) as slow:
            slow.sendall(ASKED.replace(b"/", b"/large", 1))
            # The others are served meanwhile.
            async with asyncio.timeout(SOON):
                while not await asyncio.to_thread(_ended, slow):
                    assert await (await call(server, ASKED)).status() == b"HTTP/1.1 200 OK"
            taken = await asyncio.to_thread(_rest, slow)
    assert taken < LARGE


def _ended(slow: socket.socket) -> bool:
    """Whether the other side has reset the connection: to write to it fails."""
    try:
        slow.sendall(b"x")
    except OSError:
        return True
    return False


def _rest(slow: socket.socket) -> int:
    """Bytes that were on their way."""
    taken = 0
    slow.settimeout(SOON)
    with suppress(ConnectionError):
        while chunk := slow.recv(1 << 20):
            taken += len(chunk)
    return taken


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /" + b"x" * 9_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 9_000 + b"\r\n\r\n",
        b"\x16\x03\x01 no HTTP\r\n\r\n",
    ],
    ids=["line", "header", "another protocol"],
)
async def test_what_is_too_long_or_no_request_is_refused(
    sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """400, the connection ends, and nothing of it stands in the log."""
    async with serving(Limits(connections=8)) as server:
        caller = await call(server, sent)
        assert await caller.status() == b"HTTP/1.0 400 Bad Request"
        assert await caller.is_closed()
    assert [entry for entry in caplog.records if entry.levelno > logging.DEBUG] == []


async def test_an_error_of_a_handler_stands_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """500, and its traceback."""
    async with serving(Limits(connections=8)) as server:
        server.go_on = cast("Any", None)
        caller = await call(server, ASKED.replace(b"/", b"/wait", 1))
        assert await caller.status() == b"HTTP/1.1 500 Internal Server Error"
        server.go_on = asyncio.Event()
    assert [entry.exc_info is not None for entry in caplog.records if entry.levelno == logging.ERROR] == [
        True
    ]


class Writer:
    """Writes pages with a number, and notes how many are written at a time."""

    def __init__(self) -> None:
        self.count = self.now = self.most = 0
        self._lock = threading.Lock()
        self.state = 0

    def write(self, form: str) -> bytes:
        """A page."""
        with self._lock:
            self.count += 1
            self.now += 1
            self.most = max(self.most, self.now)
        page = f"{form} {self.count}".encode()
        with self._lock:
            self.now -= 1
        return page


async def test_one_page_is_written_and_handed_to_all() -> None:
    """Ten callers at once get the same page, and only one was written."""
    writer = Writer()
    page = SharedPage(writer.write)
    pages = await asyncio.gather(*(page.get("a", packed=False) for _ in range(10)))
    assert (set(pages), writer.count) == ({b"a 1"}, 1)


async def test_pages_are_written_one_at_a_time() -> None:
    """Whatever the formats."""
    writer = Writer()
    page = SharedPage(writer.write)
    await asyncio.gather(*(page.get(form, packed=True) for form in "abab"))
    assert (writer.count, writer.most) == (2, 1)


async def test_the_last_page_is_not_handed_on_once_partitions_have_moved() -> None:
    """Another worker may show more of them by now."""
    writer = Writer()
    page = SharedPage(writer.write, lambda: writer.state)
    before = await page.get("a", packed=False)
    writer.state += 1
    assert (before, await page.get("a", packed=False)) == (b"a 1", b"a 2")


async def test_callers_wait_in_line() -> None:
    """Forty are answered a second: eleven need at least a quarter of one, and who leaves takes no turn."""
    page, loop = SharedPage(Writer().write), asyncio.get_running_loop()
    began = loop.time()
    left = [asyncio.create_task(page.get("a", packed=False)) for _ in range(100)]
    await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
    for connection in left:
        connection.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    await asyncio.gather(*(page.get("a", packed=False) for _ in range(11)))
    assert 0.25 <= loop.time() - began < SOON


def test_callers_in_a_loop_and_idle_ones_leave_prometheus_its_scrape() -> None:
    """200 idle connections and 32 callers: every answer is whole, few pages were written, few threads run."""
    written = []

    def samples() -> list[Sample]:
        written.append(threading.active_count())
        return [Sample("pulse_redis_up", (), 1)]

    before = threading.active_count()
    with closing(MetricsServer("127.0.0.1", 0, samples)) as server, ThreadPoolExecutor(32) as callers:
        host, port = server.address.split(":")
        idle = [socket.create_connection((host, int(port))) for _ in range(200)]
        statuses = list(callers.map(lambda _: _scraped(host, int(port)), range(32)))
        for connection in idle:
            connection.close()
    assert [body for body in statuses if b"pulse_redis_up 1.0\n" not in body] == []
    assert len(written) <= 5
    # Beside the callers' own: one serves, one writes.
    assert max(written) - before <= 32 + 2


def _scraped(host: str, port: int) -> bytes:
    """A whole answer."""
    with socket.create_connection((host, port), timeout=SOON) as caller:
        caller.sendall(ASKED.replace(b"/", b"/metrics", 1))
        body = b""
        while chunk := caller.recv(1 << 16):
            body += chunk
        return body


def test_the_limits_of_a_worker_are_those_of_the_page() -> None:
    """docs/operate.md says how many connections, and for how long."""
    assert (LIMITS.connections, LIMITS.ask_seconds, LIMITS.answer_seconds) == (64, 5.0, 15.0)
