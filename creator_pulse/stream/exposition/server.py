"""``/metrics`` on a port of its own, written by a thread of its own, so that the event loop goes on."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import TYPE_CHECKING

from aiohttp import web
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import choose_encoder, gzip_accepted
from prometheus_client.openmetrics.exposition import ALLOWUTF8

from creator_pulse.stream.errors import PulseError
from creator_pulse.stream.exposition.delay_series import DelayCollector
from creator_pulse.stream.exposition.helps import HELPS
from creator_pulse.stream.exposition.page import Page
from creator_pulse.stream.exposition.shared_page import SharedPage
from creator_pulse.stream.exposition.threaded_server import ThreadedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from creator_pulse.stream.lanes.lane import Sample
    from creator_pulse.stream.tables.delays import Spread

_PLAIN, _OPENMETRICS = "text/plain", "application/openmetrics-text"


class MetricsServer:
    """Serves the samples until it is closed.

    Args:
        host: address to bind to.
        port: 0: any free one.
        samples: the series as of now.
        spreads: delays from ingest to page as of now.
        state: a page is shared with a second caller only while this is unchanged, see ``SharedPage``.
        helps: family name -> help text, besides those of lanes.

    Raises:
        PulseError: the port is taken.
    """

    def __init__(
        self,
        host: str,
        port: int,
        samples: Callable[[], Iterable[Sample]],
        spreads: Callable[[], Iterable[Spread]] = tuple,
        state: Callable[[], object] = lambda: None,
        helps: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        rest = CollectorRegistry()
        for collector in (ProcessCollector(registry=None), DelayCollector(spreads)):
            rest.register(collector)
        self._page = Page(samples, {**helps, **HELPS}, rest)
        self._state = state
        try:
            self._server = ThreadedServer("metrics", self._application, host, port)
        except OSError as error:
            raise PulseError(
                f"/metrics cannot listen on {host}:{port} ({os.strerror(error.errno or 0)}):"
                " set another PULSE_METRICS_PORT"
            ) from error
        self.address = self._server.address

    def close(self) -> None:
        """Stop serving."""
        self._server.close()

    def _application(self) -> web.Application:
        # The only thread beside the one that serves: a page is written while connections come and go.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1, "metrics page"))
        shared = SharedPage(self._write, self._state)

        async def answer(request: web.Request) -> web.Response:
            if request.query_string:
                raise web.HTTPBadRequest(text="the page is given whole, without parameters\n")
            content_type = _content_type(request.headers.get("Accept", ""))
            packed = gzip_accepted(request.headers.get("Accept-Encoding", ""))
            body = await shared.get(content_type.partition(";")[0], packed=packed)
            response = web.Response(body=body, headers={"Content-Type": content_type})
            if packed:
                response.headers["Content-Encoding"] = "gzip"
            # A scraper that is idle between two scrapes takes nobody's place.
            response.force_close()
            return response

        app = web.Application()
        app.router.add_get("/metrics", answer)
        return app

    def _write(self, media: str) -> bytes:
        """Write the page as of now."""
        return self._page.write(f"{media};version=1.0.0" if media == _OPENMETRICS else "")[1]


def _content_type(accept: str) -> str:
    """The type of the answer. Both escapings that it may state leave names like ours unchanged."""
    try:
        wanted = choose_encoder(accept)[1]
    except (ValueError, TypeError):
        # A version that is none.
        wanted = ""
    escaping = ALLOWUTF8 if f"escaping={ALLOWUTF8}" in wanted else "underscores"
    if wanted.startswith(_OPENMETRICS):
        version, escaped = "1.0.0", f"; escaping={escaping}" if "escaping=" in wanted else ""
        return f"{_OPENMETRICS}; version={version}; charset=utf-8{escaped}"
    if "escaping=" in wanted:
        return f"{_PLAIN}; version=1.0.0; charset=utf-8; escaping={escaping}"
    return f"{_PLAIN}; version=0.0.4; charset=utf-8"
