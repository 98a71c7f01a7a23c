"""``/live`` and ``/ready`` on a port of their own, answered in threads: a blocked event loop is told."""

from __future__ import annotations

import logging
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import msgspec

from creator_pulse.stream.errors import PulseError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from creator_pulse.stream.exposition.health import Verdict, Vitals

logger = logging.getLogger(__name__)

_PATIENCE_SECONDS = 5.0
"""How long a client may take to ask."""

Answer = tuple["Verdict", "Vitals"]


class HealthServer:
    """Serves answers until it is closed: 200 or 503, with one JSON object.

    Args:
        host: address to bind.
        port: 0 chooses a free one.
        answers: path -> asked at each request, from another thread: the verdict, and what it is made from.

    Raises:
        PulseError: the port is taken.
    """

    def __init__(self, host: str, port: int, answers: Mapping[str, Callable[[], Answer]]) -> None:
        try:
            self._server = ThreadingHTTPServer((host, port), _handler(answers))
        except OSError as error:
            raise PulseError(
                f"/live and /ready cannot listen on {host}:{port} ({error.strerror}):"
                " set another PULSE_HEALTH_PORT"
            ) from error
        self.address = f"{host}:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="health", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(answers: Mapping[str, Callable[[], Answer]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _PATIENCE_SECONDS

        def do_GET(self) -> None:
            """Answer one question."""
            answer = answers.get(self.path.partition("?")[0])
            if answer is None:
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            verdict, vitals = answer()
            body = msgspec.json.encode({"ok": verdict.ok, "reason": verdict.reason, "vitals": vitals}) + b"\n"
            self.send_response(HTTPStatus.OK if verdict.ok else HTTPStatus.SERVICE_UNAVAILABLE)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
            """To the log, not to standard error."""
            logger.debug(format, *args)

    return Handler
