"""A web application on a port of its own, served by one thread beside the event loop that counts."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING

from creator_pulse.stream.exposition.gate import BACKLOG, Limits, gated

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web

LIMITS = Limits(connections=64, ask_seconds=5.0, answer_seconds=15.0)
"""Of ``/metrics``, and of health."""


class ThreadedServer:
    """Serves until it is closed.

    Args:
        name: of the thread, as debuggers show it.
        make: creates the application; called in the thread.
        host: address to bind to.
        port: 0: any free one.
        limits: number of connections, and their time-outs.

    Raises:
        OSError: the address cannot be bound to.
    """

    def __init__(
        self, name: str, make: Callable[[], web.Application], host: str, port: int, limits: Limits = LIMITS
    ) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family, backlog=BACKLOG)
        self.port: int = self._socket.getsockname()[1]
        self.address = f"{host}:{self.port}"
        self._make = make
        self._limits = limits
        self._stop = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop
        self._serving = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name=name, daemon=True)
        self._thread.start()
        self._serving.wait()

    def close(self) -> None:
        """Stop serving."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            async with gated(self._make(), self._limits, sock=self._socket):
                self._serving.set()
                await self._stop.wait()
        finally:
            self._serving.set()
