"""One worker process: reads its share of the partitions until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import uvloop

from agents.app import PulseApp, build
from agents.beat import Beat
from agents.stopping import stop_on_signals
from agents.watchdog import Watchdog
from stream.clock import SystemClock
from stream.errors import PulseError
from stream.exposition.server import MetricsServer
from stream.tables.views import Views
from stream.transport.kafka_log import KafkaLog
from stream.transport.reference_log import Followed
from stream.transport.topics import declared, ensure
from stream.windows.lane import Sample

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable
    from pathlib import Path

    from stream.settings import Settings

logger = logging.getLogger(__name__)

_VERSION = version("creator-pulse")
_FAREWELL_SECONDS = 15.0


def run(settings: Settings, ready: Path | None = None) -> None:
    """Run a worker until SIGINT or SIGTERM.

    Args:
        settings: what an operator set.
        ready: a file to write ``pid host:port`` of ``/metrics`` into, once it is served.

    Raises:
        PulseError: what went wrong, for the user.
    """
    uvloop.run(_run(settings, ready))


async def _run(settings: Settings, ready: Path | None) -> None:
    await ensure(settings, declared(settings))
    stop = stop_on_signals()
    views = Views(settings.redis)
    app = build(settings, KafkaLog(settings), SystemClock())
    async with Followed(settings, app.references) as followed:
        watchdog = Watchdog(app)

        def samples() -> list[Sample]:
            """The lanes' series, their lag, and the worker's own."""
            lanes = app.lanes.samples()
            own = [
                Sample("pulse_redis_up", (), float(views.up)),
                Sample("pulse_worker_info", (("version", _VERSION),), 1),
            ]
            return [*lanes, *(watchdog.samples() if lanes else ()), *own]

        server = MetricsServer(settings.metrics_host, settings.metrics_port, samples)
        if ready is not None:
            await asyncio.to_thread(_announce, ready, server.address)
        logger.info("worker %s serves http://%s/metrics", os.getpid(), server.address)
        try:
            await _work(app, Beat(app, views), watchdog, followed, stop)
        finally:
            server.close()
            await views.close()


async def _work(
    app: PulseApp, beat: Beat, watchdog: Watchdog, followed: Followed, stop: asyncio.Event
) -> None:
    app.finalize()
    await app.start()
    beating = asyncio.create_task(beat.run())
    waits = [
        beating,
        *map(
            asyncio.create_task,
            (stop.wait(), app.failed.wait(), _crashed(app), watchdog.run(), followed.run()),
        ),
    ]
    try:
        done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        await _raise_failure(app, done)
        beat.stop()
        await _bounded(beating)
        await _bounded(app.lanes.close())
    finally:
        for task in waits:
            task.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
        await _bounded(app.stop())


async def _raise_failure(app: PulseApp, done: Iterable[asyncio.Task[Any]]) -> None:
    """Raise what ended the worker, if it was not a signal.

    Raises:
        PulseError: in words for the user.
    """
    for task in done:
        error = task.exception()
        if error is not None:
            raise _as_error(error) from error
    if app.failure is not None:
        raise _as_error(app.failure) from app.failure
    if app.crashed:
        raise _as_error(app.crash_reason)


async def _bounded(work: Awaitable[Any]) -> None:
    """Wait for a farewell, but not for ever: without a broker some of them never end."""
    try:
        await asyncio.wait_for(work, _FAREWELL_SECONDS)
    except (TimeoutError, PulseError) as error:
        logger.warning("left in disorder, the next owner recovers: %r", error)


async def _crashed(app: PulseApp) -> None:
    await app._crashed.wait()  # noqa: SLF001 - mode tells of a crash in no other way


def _as_error(reason: BaseException | None) -> Exception:
    if isinstance(reason, PulseError):
        return reason
    return PulseError(f"the worker crashed: {reason!r}")


def _announce(path: Path, address: str) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text(f"{os.getpid()} {address}\n", encoding="ascii")
    temporary.replace(path)
