"""``pulse demo``: stack, workers, producers and board together, compared with the ledger all the time."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from creator_pulse.agents.local_stack import jar_source, local_stack
from creator_pulse.agents.stopping import stop_on_signals
from creator_pulse.proof.demo.deferred_ledger import DeferredLedger, LogPlace
from creator_pulse.proof.demo.fault_watch import FaultWatch
from creator_pulse.proof.demo.hand_over import hand_over, lay_blocks
from creator_pulse.proof.demo.observer import Observer
from creator_pulse.proof.demo.running import (
    RunOptions,
    produce_until_over,
    start_stack,
    start_workers,
    with_topics,
)
from creator_pulse.proof.demo.workers import Workers
from creator_pulse.proof.ledger.produce import produce
from creator_pulse.proof.past.cached import drop_stale, folder_of
from creator_pulse.proof.past.history import HistoryPlan, PastStages, PastState, PreparedHistory, ready
from creator_pulse.stream.api.server import serving_api
from creator_pulse.stream.board.server import serving_board
from creator_pulse.stream.clock import Clock, SystemClock
from creator_pulse.stream.generator.producer import Plan
from creator_pulse.stream.generator.world import PLATFORM, World
from creator_pulse.stream.local.endpoints import Endpoints, write_endpoints
from creator_pulse.stream.local.kafka import ensure_kafka
from creator_pulse.stream.monitoring.build import generated
from creator_pulse.stream.monitoring.site import Site
from creator_pulse.stream.settings import INPUT_TOPICS, Settings
from creator_pulse.stream.transport.kafka_log import KafkaLog

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from creator_pulse.stream.generator.scenarios.injection import Injection
    from creator_pulse.stream.local.stack import Stack

_LOOK_SECONDS = 2.0
# Share of fraud records: an incident of each scheme in about three quarters of an hour. They are too few to
# page, and with four times as many creators would earn most of their money from fraud.
_OFFENDERS = 0.00005


@dataclass(frozen=True, kw_only=True)
class DemoOptions(RunOptions):
    """Options of a demo.

    Attributes:
        data: folder whose data is kept; None: a temporary one.
        endpoints: file for the addresses of all parts; None: it is not written.
        world: how much of everything there is.
        faults: what goes wrong.
        history: days behind the first live record; 0: none.
    """

    data: Path | None
    endpoints: Path | None
    world: World = PLATFORM
    faults: tuple[Injection, ...] = ()
    history: float = 0.0


class Demo:
    """One run.

    Args:
        settings: settings of everything; the addresses become those of the stack.
        options: rate, length, number of workers, and files.
        say: takes lines for people.
        progress: takes the progress line, which is overwritten on a terminal.
    """

    def __init__(
        self,
        settings: Settings,
        options: DemoOptions,
        say: Callable[[str], None],
        progress: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._options = options
        self._say = say
        self._progress = progress
        self._clock: Clock = SystemClock()
        self._ledger: DeferredLedger | None = None
        self._workers: Workers | None = None
        self._past: PreparedHistory | None = None

    async def run(self) -> dict[str, object]:
        """Run until the time is up or Ctrl-C, and report; ``ledger_equal`` is the verdict.

        Raises:
            PulseError: a part did not start or died.
        """
        self._stop = stop_on_signals()
        async with AsyncExitStack() as parts:
            stack = await self._started(parts)
            if stack is None:
                return {"stopped": "while the history was made", "ledger_equal": None}
            settings = self._settings
            if self._options.rate:
                self._ledger = await self._kept_records()
            since, producing = self._clock.monotonic(), asyncio.create_task(self._produce())
            parts.push_async_callback(self._end, producing)
            self._workers = workers = Workers(
                settings, self._options.workers, stack.folder / "logs", self._say, self._announce
            )
            await start_workers(parts, stack, workers)
            note = self._options.world.note if self._options.rate else ""
            if self._past is not None:
                note += f"; before {_moment(self._past.until_ms)}: money by events, viewing drawn as sums"
                note += f"; {self._past.checked.text}"
            observer = Observer(settings, workers, self._ledger, self._clock, note)
            self._api = await parts.enter_async_context(serving_api(settings, self._clock, nearby=True))
            self._board = await parts.enter_async_context(self._serve(observer))
            self._tell()
            faults = FaultWatch(
                self._options.faults, workers, lambda: observer.firing, self._clock, self._say
            )
            watches = (
                stack.watch(),
                workers.watch(),
                self._look_often(observer, faults),
                _follow_on(faults, since),
            )
            await produce_until_over(self._stop, self._options.seconds, producing, *watches)
            if self._ledger is not None:
                self._say("\nthe producer has stopped: waiting until all is counted")
            report = await observer.report()
            if self._past is not None:
                checked = self._past.checked
                report |= {
                    "history_records": checked.records,
                    "history_differences": checked.differing,
                    "ledger_equal": report["ledger_equal"] and not checked.differing,
                }
            return report | ({"faults": faults.report()} if self._options.faults else {})

    async def _kept_records(self) -> DeferredLedger:
        """A ledger that has taken in the records which a kept data folder already holds."""
        log, settings = KafkaLog(self._settings), self._settings
        bounds: dict[LogPlace, tuple[int, int]] = {
            (name, number): await log.bounds(settings.topic(name), number)
            for name in INPUT_TOPICS
            for number in range(settings.partitions_of(name))
        }
        # With a folder of an earlier run the log holds records, which workers have counted too.
        stored = sum(end - first for first, end in bounds.values())
        if stored:
            self._say(f"reading {stored:,} kept records into the ledger")
        ledger = DeferredLedger(settings, {place: first for place, (first, _) in bounds.items()})
        for (name, number), (first, end) in bounds.items():
            async for batch in log.read(settings.topic(name), number, first, end):
                for record in zip(batch.values, batch.timestamps, batch.keys, strict=True):
                    ledger.add(name, number, *record)
        return ledger

    async def _produce(self) -> None:
        if self._ledger is None:
            await self._stop.wait()
            return
        plan = Plan(
            seed=self._options.seed,
            rate=self._options.rate,
            world=self._options.world,
            offenders=_OFFENDERS,
            faults=self._options.faults,
        )
        if self._past is not None:
            # From the end of the history on without a gap: what was due while the stack started comes first.
            since_ms = self._clock.now_ms() - self._past.until_ms
            faults = tuple(fault._replace(after_ms=fault.after_ms + since_ms) for fault in plan.faults)
            behind_ms = self._past.until_ms - self._past.began_ms
            plan = replace(
                plan, start_ms=self._past.until_ms, catches_up=True, faults=faults, behind_ms=behind_ms
            )
        await produce(self._settings, plan, self._ledger, self._clock, stop=self._stop)

    async def _end(self, producing: asyncio.Task[None]) -> None:
        """Let the producer finish, if workers did not start and nobody else waits for it."""
        self._stop.set()
        await asyncio.gather(producing, return_exceptions=True)

    async def _started(self, parts: AsyncExitStack) -> Stack | None:
        """The servers, with their past if one is asked for; None if somebody stops the demo meanwhile.

        They start while the last part of the past is made, but Prometheus, which needs its blocks. What Kafka
        needs is fetched from the begin: if it cannot be had, nobody waits minutes to hear of it.
        """
        if not self._options.history:
            stack = local_stack(self._settings, self._say, self._options.data)
            self._settings = await start_stack(parts, stack, self._settings)
            return stack
        data = Path(parts.enter_context(TemporaryDirectory(prefix="pulse-stack-")))
        stages = PastStages(asyncio.Event(), asyncio.get_running_loop().create_future())
        laid = asyncio.Event()
        stack = local_stack(self._settings, self._say, data, waits={"prometheus": laid.wait})
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(ensure_kafka(jar_source(self._settings), self._say))
                making = group.create_task(self._made_past(stages))
                await stages.windows.wait()
                starting = group.create_task(start_stack(parts, stack, self._settings))
                handing = group.create_task(self._handed_over(stack, stages.state))
                self._past = await making
                if self._past is None:
                    starting.cancel()
                    handing.cancel()
                else:
                    await asyncio.to_thread(lay_blocks, self._past, data / "prometheus")
                    laid.set()
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        if self._past is None:
            return None
        self._settings = starting.result()
        return stack

    async def _handed_over(self, stack: Stack, state: Awaitable[PastState]) -> None:
        """Write the state that workers go on from, once it and Kafka are there."""
        past = await state
        await stack.ready("kafka")
        settings = await with_topics(stack, self._settings)
        await hand_over(KafkaLog(settings), settings, past, self._clock.now_ms())

    async def _made_past(self, stages: PastStages) -> PreparedHistory | None:
        """The history of the cache, up to now; None if somebody stops the demo meanwhile.

        Args:
            stages: are told how far it is, and that windows are made when nothing is made any more.
        """
        options = self._options
        cache = jar_source(self._settings).cache_folder / "history"
        plan = HistoryPlan(self._settings, options.world, options.rate, options.seed, options.history)
        drop_stale(cache, self._clock.now_ms())
        folder = folder_of(plan, cache)
        try:
            return await ready(
                plan, folder, self._clock.now_ms, self._say, self._progress, self._stop, stages
            )
        finally:
            stages.windows.set()

    async def _look_often(self, observer: Observer, faults: FaultWatch) -> None:
        while True:
            await observer.look()
            faults.look()
            self._progress(observer.line())
            await asyncio.sleep(_LOOK_SECONDS)

    def _announce(self) -> None:
        if self._options.endpoints is None or self._workers is None:
            return
        settings = self._settings
        write_endpoints(
            self._options.endpoints,
            Endpoints(
                kafka=settings.kafka,
                redis=str(settings.redis),
                prometheus=str(settings.prometheus),
                alertmanager=str(settings.alertmanager),
                board=self._board,
                api=self._api,
                workers=self._workers.endpoints,
            ),
        )

    def _serve(self, observer: Observer) -> AbstractAsyncContextManager[str]:
        """Serve the board on its usual port, or on a free one if that is taken; yields its address."""
        settings = self._settings
        files = generated("dashboards", Site(api=self._api.rstrip("/"))), generated("runbooks")
        return serving_board(settings, files, self._clock, observer.header, nearby=True)

    def _tell(self) -> None:
        settings = self._settings
        self._say(f"board         {self._board}")
        self._say(f"api           {self._api}")
        self._say(f"prometheus    {settings.prometheus}")
        self._say(f"alertmanager  {settings.alertmanager}")
        self._say(f"kafka         {settings.kafka}")
        self._announce()


def _moment(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%H:%M UTC")


async def _follow_on(faults: FaultWatch, since: float) -> None:
    """Follow the faults, and go on when they are over: a run ends with the first of its watches."""
    await faults.follow(since)
    await asyncio.Event().wait()
