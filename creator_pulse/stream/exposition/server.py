"""``/metrics`` on a port of its own, written in a thread of its own, so that the event loop goes on."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, ProcessCollector, make_wsgi_app, start_http_server
from prometheus_client.exposition import gzip_accepted
from prometheus_client.openmetrics.exposition import DOTS, VALUES

from creator_pulse.stream.errors import PulseError
from creator_pulse.stream.exposition.collector import LaneCollector
from creator_pulse.stream.exposition.delay_series import DelayCollector
from creator_pulse.stream.exposition.helps import HELPS
from creator_pulse.stream.exposition.page import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from creator_pulse.stream.tables.delays import Spread
    from creator_pulse.stream.windows.lane import Sample

_FAST = 1
"""The library's level, 9, takes ten times the CPU of 1 and saves a fifth of the bytes."""

_RENAMING = (DOTS, VALUES)
"""The ways to escape that change names as plain as ours."""


class MetricsServer:
    """Serves the samples until it is closed.

    Args:
        host: address to bind.
        port: 0 chooses a free one.
        samples: the series as of now.
        spreads: delays from ingest to page as of now.

    Raises:
        PulseError: the port is taken.
    """

    def __init__(
        self,
        host: str,
        port: int,
        samples: Callable[[], Iterable[Sample]],
        spreads: Callable[[], Iterable[Spread]] = tuple,
    ) -> None:
        registry, rest = CollectorRegistry(), CollectorRegistry()
        registry.register(LaneCollector(samples, HELPS))
        for one in (ProcessCollector(registry=None), DelayCollector(spreads)):
            registry.register(one)
            rest.register(one)
        try:
            self._server, self._thread = start_http_server(port, host, registry)
        except OSError as error:
            raise PulseError(
                f"/metrics cannot listen on {host}:{port} ({error.strerror}): set another PULSE_METRICS_PORT"
            ) from error
        self._server.set_app(_application(Page(samples, HELPS, rest), make_wsgi_app(registry)))
        self.address = f"{host}:{self._server.server_port}"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _application(page: Page, library: WSGIApplication) -> WSGIApplication:
    """The page as Prometheus asks for it; whatever else is asked for, the library answers."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"]
        accept = environ.get("HTTP_ACCEPT", "")
        if asked != ("GET", "/metrics", "") or any(escaping in accept for escaping in _RENAMING):
            return library(environ, start_response)
        content_type, body = page.write(accept)
        headers = [("Content-Type", content_type)]
        if gzip_accepted(environ.get("HTTP_ACCEPT_ENCODING", "")):
            headers.append(("Content-Encoding", "gzip"))
            body = gzip.compress(body, _FAST, mtime=0)
        start_response("200 OK", headers)
        return [body]

    return answer
