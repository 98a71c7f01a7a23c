"""``/live`` and ``/ready`` on a port of their own, answered by threads, even if the event loop is blocked."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from creator_pulse.stream.errors import PulseError
from creator_pulse.stream.exposition.bearer import has_token
from creator_pulse.stream.exposition.threaded_server import ThreadedServer
from creator_pulse.stream.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from creator_pulse.stream.exposition.health import HealthVerdict, Vitals

NOBODYS = Secret()
# Concurrent answers; the next one waits.
_THREADS = 4

Answer = tuple["HealthVerdict", "Vitals"]


class HealthServer:
    """Serves answers until it is closed: 200 or 503, with one JSON object.

    Without the token it says only whether all is well; the reason and the vitals are for callers who send it.

    Args:
        host: address to bind to.
        port: 0: any free one.
        answers: path -> called per request, from another thread: the verdict, and its vitals.
        token: sent by callers as ``Authorization: Bearer``; if there is none, nobody gets details.

    Raises:
        PulseError: the port is taken.
    """

    def __init__(
        self, host: str, port: int, answers: Mapping[str, Callable[[], Answer]], token: Secret = NOBODYS
    ) -> None:
        self._answers = answers
        self._token = token
        self._pool = ThreadPoolExecutor(_THREADS, "health answer")
        try:
            self._server = ThreadedServer("health", self._application, host, port)
        except OSError as error:
            raise PulseError(
                f"/live and /ready cannot listen on {host}:{port} ({os.strerror(error.errno or 0)}):"
                " set another PULSE_HEALTH_PORT"
            ) from error
        self.address = self._server.address

    def close(self) -> None:
        """Stop serving."""
        self._server.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _application(self) -> web.Application:
        app = web.Application()
        for path, answer in self._answers.items():
            app.router.add_get(path, partial(self._respond, answer))
        return app

    async def _respond(self, answer: Callable[[], Answer], request: web.Request) -> web.Response:
        verdict, vitals = await asyncio.get_running_loop().run_in_executor(self._pool, answer)
        body: dict[str, object] = {"ok": verdict.ok}
        if has_token(request, self._token):
            body |= {"reason": verdict.reason, "vitals": vitals}
        response = web.Response(
            status=200 if verdict.ok else web.HTTPServiceUnavailable.status_code,
            body=msgspec.json.encode(body) + b"\n",
            content_type="application/json",
            headers={"Cache-Control": "no-store"},
        )
        response.force_close()
        return response
