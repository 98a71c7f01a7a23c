"""``pulse demo``: stack, workers, producers and board together, held against the ledger all the while."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from creator_pulse.agents.local_stack import local_stack, pointed_at
from creator_pulse.agents.stopping import stop_on_signals
from creator_pulse.proof.demo.deferred_ledger import DeferredLedger, Place
from creator_pulse.proof.demo.observer import Observer
from creator_pulse.proof.demo.workers import Workers
from creator_pulse.proof.ledger.produce import produce
from creator_pulse.stream.api.server import serving_api
from creator_pulse.stream.board.server import serving_board
from creator_pulse.stream.clock import Clock, SystemClock
from creator_pulse.stream.generator.producer import Plan
from creator_pulse.stream.local.endpoints import Endpoints, write_endpoints
from creator_pulse.stream.monitoring.build import generated
from creator_pulse.stream.monitoring.prometheus import JOB
from creator_pulse.stream.settings import INPUT_TOPICS, Settings
from creator_pulse.stream.transport.kafka_log import KafkaLog
from creator_pulse.stream.transport.topics import declared, ensure

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

_LOOK_SECONDS = 2.0
_OFFENDERS = 0.0002
"""Share of the records: an incident of each scheme in about ten minutes, and never enough to page."""


@dataclass(frozen=True)
class Options:
    """What the user asked for.

    Attributes:
        seconds: until the verdict; None: until Ctrl-C.
        rate: records a second; 0: no producer, events come from elsewhere.
        seed: of the generator.
        workers: how many.
        data: folder to keep; None: an empty one that is removed.
        endpoints: file for the addresses; None: nowhere.
    """

    seconds: float | None
    rate: float
    seed: int
    workers: int
    data: Path | None
    endpoints: Path | None


class Demo:
    """One run.

    Args:
        settings: of everything; addresses are replaced by those of the stack.
        options: what the user asked for.
        say: takes lines for people.
        progress: takes the one line that is written again and again.
    """

    def __init__(
        self,
        settings: Settings,
        options: Options,
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

    async def run(self) -> dict[str, object]:
        """Run until the time is up or Ctrl-C; the report, ``ledger_equal`` among it.

        Raises:
            PulseError: a part did not start or died.
        """
        self._stop = stop_on_signals()
        async with AsyncExitStack() as parts:
            stack = await parts.enter_async_context(
                local_stack(self._settings, self._say, self._options.data)
            )
            settings = self._settings = pointed_at(self._settings, stack.addresses)
            await ensure(settings, declared(settings))
            if self._options.rate:
                self._ledger = await self._history()
            workers = Workers(
                settings, self._options.workers, stack.folder / "logs", self._say, self._announce
            )
            self._workers = await parts.enter_async_context(workers)
            stack.prometheus.set_targets(JOB, workers.targets)
            observer = Observer(settings, workers, self._ledger, self._clock)
            self._board = await parts.enter_async_context(self._serve(observer))
            self._api = await parts.enter_async_context(serving_api(settings, self._clock, nearby=True))
            self._tell()
            await self._live(stack.watch(), workers.watch(), self._look_often(observer))
            if self._ledger is not None:
                self._say("\nthe producer has stopped: waiting until all is counted")
            return await observer.report()

    async def _history(self) -> DeferredLedger:
        """A ledger that has seen what a kept data folder already holds."""
        log, settings = KafkaLog(self._settings), self._settings
        bounds: dict[Place, tuple[int, int]] = {
            (name, number): await log.bounds(settings.topic(name), number)
            for name in INPUT_TOPICS
            for number in range(settings.partitions_of(name))
        }
        kept = sum(end - first for first, end in bounds.values())
        if kept:
            self._say(f"reading {kept:,} kept records into the ledger")
        ledger = DeferredLedger(settings, {place: first for place, (first, _) in bounds.items()})
        for (name, number), (first, end) in bounds.items():
            async for batch in log.read(settings.topic(name), number, first, end):
                for record in zip(batch.values, batch.timestamps, batch.keys, strict=True):
                    ledger.add(name, number, *record)
        return ledger

    async def _live(self, *watches: Coroutine[object, object, None]) -> None:
        """Produce and look until time is up, Ctrl-C, or a part dies."""
        tasks = [asyncio.create_task(watch) for watch in watches]
        tasks.append(asyncio.create_task(self._until_over()))
        producer = asyncio.create_task(self._produce())
        try:
            done, _ = await asyncio.wait({*tasks, producer}, return_when=asyncio.FIRST_COMPLETED)
            if producer in done:
                await producer
            for task in done:
                task.result()
        finally:
            self._stop.set()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await producer

    async def _until_over(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), self._options.seconds)

    async def _produce(self) -> None:
        if self._ledger is None:
            await self._stop.wait()
            return
        plan = Plan(seed=self._options.seed, rate=self._options.rate, offenders=_OFFENDERS)
        await produce(self._settings, plan, self._ledger, self._clock, stop=self._stop)

    async def _look_often(self, observer: Observer) -> None:
        while True:
            await observer.look()
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
        """The board on its usual port, or on a free one where that is taken: the address is told."""
        settings = self._settings
        files = generated("dashboards"), generated("runbooks")
        return serving_board(settings, files, self._clock, observer.header, nearby=True)

    def _tell(self) -> None:
        settings = self._settings
        self._say(f"board         {self._board}")
        self._say(f"api           {self._api}")
        self._say(f"prometheus    {settings.prometheus}")
        self._say(f"alertmanager  {settings.alertmanager}")
        self._say(f"kafka         {settings.kafka}")
        self._announce()
