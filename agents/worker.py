"""One worker process: reads its share of the partitions until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from typing import TYPE_CHECKING

import uvloop

from agents.app import PulseApp, build
from agents.beat import Beat
from stream.clock import SystemClock
from stream.errors import PulseError, UnreachableError
from stream.exposition.server import MetricsServer
from stream.tables.views import Views
from stream.transport.kafka_log import KafkaLog
from stream.transport.reference_log import Followed
from stream.transport.topics import declared, ensure

if TYPE_CHECKING:
    from pathlib import Path

    from stream.settings import Settings

logger = logging.getLogger(__name__)


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
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    views = Views(settings.redis)
    app = build(settings, KafkaLog(settings), SystemClock())
    async with Followed(settings, app.references) as followed:
        beat = Beat(app, views)
        server = MetricsServer(settings.metrics_host, settings.metrics_port, beat.samples)
        if ready is not None:
            _announce(ready, server.address)
        logger.info("worker %s serves http://%s/metrics", os.getpid(), server.address)
        try:
            await _work(app, beat, followed, stop)
        finally:
            server.close()
            await views.close()


async def _work(app: PulseApp, beat: Beat, followed: Followed, stop: asyncio.Event) -> None:
    app.finalize()
    await app.start()
    waits = {
        "stop": asyncio.create_task(stop.wait()),
        "failed": asyncio.create_task(app.failed.wait()),
        "crashed": asyncio.create_task(_crashed(app)),
        "beat": asyncio.create_task(beat.run()),
        "reference": asyncio.create_task(followed.run()),
    }
    try:
        done, _ = await asyncio.wait(waits.values(), return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        if app.failure is not None:
            raise app.failure
        if app.crashed:
            raise _as_error(app.crash_reason)
    finally:
        for task in waits.values():
            task.cancel()
        await asyncio.gather(*waits.values(), return_exceptions=True)
        if not app.crashed and app.failure is None:
            with contextlib.suppress(UnreachableError):
                await app.lanes.close()
        await app.stop()


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
