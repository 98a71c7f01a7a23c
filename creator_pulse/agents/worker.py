"""One worker process: reads its share of the partitions until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import closing
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import uvloop

from creator_pulse.agents.app import PulseApp, build
from creator_pulse.agents.commit_loop import CommitLoop
from creator_pulse.agents.garbage import settle
from creator_pulse.agents.group_watch import GroupWatch
from creator_pulse.agents.health import WorkerHealth
from creator_pulse.agents.loop_guard import LoopGuard, end_process
from creator_pulse.agents.stopping import stop_on_signals
from creator_pulse.agents.watchdog import Watchdog
from creator_pulse.stream.clock import SystemClock
from creator_pulse.stream.errors import PulseError, words
from creator_pulse.stream.exposition.health_server import HealthServer
from creator_pulse.stream.exposition.server import MetricsServer
from creator_pulse.stream.lanes.lane import Sample
from creator_pulse.stream.reference_series import HELPS, reference_samples
from creator_pulse.stream.tables.installation import Installation
from creator_pulse.stream.tables.views import Views
from creator_pulse.stream.topology import PRODUCT, Job
from creator_pulse.stream.transport.fault import denial, denied
from creator_pulse.stream.transport.group_members import GroupMembers
from creator_pulse.stream.transport.kafka_log import KafkaLog
from creator_pulse.stream.transport.redis_client import redis_client, redis_trouble
from creator_pulse.stream.transport.reference_log import Followed
from creator_pulse.stream.transport.topic_clocks import clock_warning
from creator_pulse.stream.transport.topics import declared, ensure, permitted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable
    from pathlib import Path

    from creator_pulse.stream.settings import Settings

logger = logging.getLogger(__name__)

_VERSION = version("creator-pulse")
_FAREWELL_SECONDS = 15.0
# Time-out of Redis: live views are written between commits, which wait for them.
_REDIS_SECONDS = 2.0


def run(settings: Settings, ready: Path | None = None, counted: Job = PRODUCT) -> None:
    """Run a worker until SIGINT or SIGTERM.

    Args:
        settings: as set by the operator.
        ready: a file that gets ``pid host:port host:port`` once ``/metrics`` and health are served.
        counted: the job: its topics and its catalogue.

    Raises:
        PulseError: the reason why it ended, in words for the user.
    """
    uvloop.run(_run(settings, ready, counted))


async def _run(settings: Settings, ready: Path | None, counted: Job) -> None:
    views = Views(redis_client(settings, _REDIS_SECONDS), partial(redis_trouble, settings))
    await _prepare_topics(settings, counted)
    stop = stop_on_signals()
    clock = SystemClock()
    log = KafkaLog(settings)
    key = await Installation(log, settings, counted.topics).key()
    app = build(settings, log, key, clock, counted)
    settle()
    watchdog = Watchdog(app)
    group = GroupWatch(app, GroupMembers(settings))
    health = WorkerHealth(app, watchdog)

    def samples() -> list[Sample]:
        """The lanes' series, their lag, and the worker's own."""
        lanes = app.lanes.samples()
        about_references = reference_samples(app.references, settings, clock.now_ms())
        own = _own_samples(app, views, health, group)
        lag = watchdog.samples() if lanes else ()
        return [*lanes, *lag, *own, *watchdog.uncounted(), *about_references]

    page = MetricsServer(
        settings.metrics_host,
        settings.metrics_port,
        samples,
        app.delays.spreads,
        app.lanes.shown,
        {**counted.helps, **HELPS},
    )
    with (
        closing(page) as metrics,
        closing(
            HealthServer(settings.health_host, settings.health_port, health.answers, settings.health_token)
        ) as probes,
        LoopGuard(lambda: health.turns, 2 * settings.stall_after, end_process) as guard,
    ):

        def leave() -> None:
            """From now on the worker is not ready, and gone in a stated time."""
            health.leave()
            guard.leave()

        if ready is not None:
            await asyncio.to_thread(_announce, ready, f"{metrics.address} {probes.address}")
        logger.info("worker %s serves http://%s/metrics", os.getpid(), metrics.address)
        logger.info("worker %s serves http://%s/live and /ready", os.getpid(), probes.address)
        async with Followed(settings, app.references) as followed:
            try:
                await _work(
                    app,
                    CommitLoop(app, views),
                    (watchdog.run(), followed.run(), health.run(), group.run()),
                    stop,
                    leave,
                )
            finally:
                await views.close()


async def _prepare_topics(settings: Settings, counted: Job) -> None:
    """Create missing topics, check our rights on every topic, and warn if their clocks are odd."""
    topics = declared(settings, counted.topics)
    await ensure(settings, topics, grown=True)
    await permitted(settings, topics)
    clocks = await clock_warning(settings, topics)
    if clocks:
        logger.warning("%s", clocks)


def _own_samples(app: PulseApp, views: Views, health: WorkerHealth, group: GroupWatch) -> tuple[Sample, ...]:
    """Series about the worker, not about its lanes."""
    return (
        Sample("pulse_redis_up", (), float(views.up)),
        Sample("pulse_worker_info", (("version", _VERSION),), 1),
        Sample("pulse_loop_stall_seconds", (), health.stall_seconds),
        Sample("pulse_rebalance_seconds", (), app.lanes.hidden_seconds),
        Sample("pulse_group_strangers", (), len(group.strangers)),
    )


async def _work(
    app: PulseApp,
    commits: CommitLoop,
    beside: tuple[Coroutine[Any, Any, None], ...],
    stop: asyncio.Event,
    leave: Callable[[], None],
) -> None:
    app.finalize()
    # The watchdog looks from the beginning: a start may hang too.
    working = asyncio.create_task(_start(app, commits))
    waits = [
        working,
        *map(asyncio.create_task, (*beside, stop.wait(), app.failed.wait(), _crashed(app))),
    ]
    try:
        done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        leave()
        await _raise_failure(app, done)
        commits.stop()
        await _bounded(working)
        await _bounded(app.lanes.close())
    finally:
        for task in waits:
            task.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
        await _bounded(app.stop())


async def _start(app: PulseApp, commits: CommitLoop) -> None:
    await app.start()
    await commits.run()


async def _raise_failure(app: PulseApp, done: Iterable[asyncio.Task[Any]]) -> None:
    """Raise the error that ended the worker, unless it was ended by a signal.

    Raises:
        PulseError: in words for the user.
    """
    for task in done:
        error = task.exception()
        if error is not None:
            raise _as_error(app, error) from error
    if app.failure is not None:
        raise _as_error(app, app.failure) from app.failure
    if app.crashed:
        raise _as_error(app, app.crash_reason)


async def _bounded(work: Awaitable[Any]) -> None:
    """Wait for a step of the shutdown, but not forever: without a broker some steps never end."""
    try:
        await asyncio.wait_for(work, _FAREWELL_SECONDS)
    except (TimeoutError, PulseError) as error:
        logger.warning("left in disorder, the next owner recovers: %r", error)


async def _crashed(app: PulseApp) -> None:
    await app._crashed.wait()  # noqa: SLF001 - mode tells of a crash in no other way


def _as_error(app: PulseApp, reason: BaseException | None) -> Exception:
    if isinstance(reason, PulseError):
        return reason
    if reason is not None and (on := denied(reason)):
        return PulseError(denial(app.pulse, on, words(reason)))
    return PulseError(f"the worker crashed: {reason!r}")


def _announce(path: Path, address: str) -> None:
    # Written aside and renamed, so that whoever waits for the file never reads a part of it.
    temporary = path.with_suffix(".tmp")
    temporary.write_text(f"{os.getpid()} {address}\n", encoding="ascii")
    temporary.replace(path)
