"""Takes Alertmanager's notifications, and writes down what came when."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Message(NamedTuple):
    """An alert in a notification.

    Attributes:
        at: when it came, epoch seconds.
        receiver: the path to which it was posted: page, ticket or beat.
        status: firing or resolved.
        labels: of the alert.
        annotations: of the alert.
    """

    at: float
    receiver: str
    status: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]

    @property
    def alert(self) -> str:
        """Its name."""
        return self.labels["alertname"]

    @property
    def where(self) -> str:
        """Its app, topic or worker."""
        labels = self.labels
        return labels.get("app") or labels.get("topic") or labels.get("instance", "")


@contextmanager
def webhook() -> Iterator[tuple[str, list[Message]]]:
    """Takes notifications; gives its address, after which the receiver's name stands, and what has come."""
    messages: list[Message] = []

    class Handler(BaseHTTPRequestHandler):
        """Writes down each alert of a notification."""

        def do_POST(self) -> None:
            at = time.time()
            body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            messages.extend(
                Message(at, self.path.strip("/"), alert["status"], alert["labels"], alert["annotations"])
                for alert in body["alerts"]
            )
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", messages
    finally:
        server.shutdown()
        server.server_close()
