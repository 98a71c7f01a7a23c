"""``/metrics`` on a port of its own, rendered in a thread of its own: the event loop is not stalled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server

from stream.errors import PulseError
from stream.exposition.collector import LaneCollector
from stream.exposition.helps import HELPS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stream.windows.lane import Sample


class MetricsServer:
    """Serves the samples until it is closed.

    Args:
        host: address to bind.
        port: 0 chooses a free one.
        samples: the series as of now.

    Raises:
        PulseError: the port is taken.
    """

    def __init__(self, host: str, port: int, samples: Callable[[], Iterable[Sample]]) -> None:
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        registry.register(LaneCollector(samples, HELPS))
        try:
            self._server, self._thread = start_http_server(port, host, registry)
        except OSError as error:
            raise PulseError(
                f"/metrics cannot listen on {host}:{port} ({error.strerror}): set another PULSE_METRICS_PORT"
            ) from error
        self.address = f"{host}:{self._server.server_port}"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
