"""Runs the local stack at a steady rate and reads, every few seconds, all that may grow."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from creator_pulse.agents.local_stack import local_stack, pointed_at
from creator_pulse.agents.stopping import stop_on_signals
from creator_pulse.proof.demo.deferred_ledger import DeferredLedger
from creator_pulse.proof.demo.observer import Observer
from creator_pulse.proof.demo.workers import Workers
from creator_pulse.proof.ledger.produce import produce
from creator_pulse.proof.soak.reading import Reading, read
from creator_pulse.proof.soak.report import report
from creator_pulse.stream.clock import Clock, SystemClock
from creator_pulse.stream.generator.producer import Plan
from creator_pulse.stream.monitoring.prometheus import JOB
from creator_pulse.stream.transport.topics import declared, ensure

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from creator_pulse.stream.settings import Settings

LOOK_SECONDS = 5.0
HORIZON_MS = 120_000
"""Dedup horizon and allowed lateness of a soak: both are full before the second half of 10 minutes."""


@dataclass(frozen=True)
class Options:
    """What the user asked for.

    Attributes:
        minutes: how long events are produced.
        rate: records a second.
        workers: how many.
    """

    minutes: float
    rate: float
    workers: int


class Soak:
    """One run.

    Args:
        settings: of everything; addresses are replaced by those of the stack, horizons by a soak's.
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
        self._settings = msgspec.structs.replace(
            settings, dedup_horizon_ms=HORIZON_MS, allowed_lateness_ms=HORIZON_MS
        )
        self._options = options
        self._say = say
        self._progress = progress
        self._clock: Clock = SystemClock()
        self._readings: list[Reading] = []
        self._interrupted = False

    async def run(self) -> dict[str, object]:
        """Run until the time is up or Ctrl-C; the report.

        Raises:
            PulseError: a part did not start or died.
        """
        stop = stop_on_signals()
        async with AsyncExitStack() as parts:
            stack = await parts.enter_async_context(local_stack(self._settings, self._say, None))
            settings = pointed_at(self._settings, stack.addresses)
            await ensure(settings, declared(settings))
            ledger = DeferredLedger(settings, {})
            workers = Workers(settings, self._options.workers, stack.folder / "logs", self._say, lambda: None)
            await parts.enter_async_context(workers)
            stack.prometheus.set_targets(JOB, workers.targets)
            observer = Observer(settings, workers, ledger, self._clock)
            await self._live(
                stop,
                produce(settings, Plan(seed=1, rate=self._options.rate), ledger, self._clock, stop=stop),
                stack.watch(),
                workers.watch(),
                self._look_often(observer, workers, ledger, settings),
            )
            if self._interrupted:
                self._say("\ninterrupted: stopping")
                return report(self._options, self._readings, None)
            self._say("\nthe producer has stopped: waiting until all is counted")
            observed = await observer.report()
            return report(self._options, self._readings, {**observed, "wrong": observer.wrong})

    async def _live(
        self,
        stop: asyncio.Event,
        producing: Coroutine[object, object, object],
        *watches: Coroutine[object, object, None],
    ) -> None:
        producer = asyncio.create_task(producing)
        tasks = [*map(asyncio.create_task, watches), asyncio.create_task(self._until_over(stop))]
        try:
            done, _ = await asyncio.wait({*tasks, producer}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            stop.set()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await producer

    async def _until_over(self, stop: asyncio.Event) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), self._options.minutes * 60)
            self._interrupted = True

    async def _look_often(
        self, observer: Observer, workers: Workers, ledger: DeferredLedger, settings: Settings
    ) -> None:
        began = self._clock.monotonic()
        while True:
            await observer.look()
            seen, memory = observer.compared, ""
            if seen is not None:
                pids = [one.pid for one in workers.endpoints]
                reading = read(self._clock.monotonic() - began, pids, seen, ledger, settings)
                self._readings.append(reading)
                memory = f"  {reading.memory:,.0f} MiB in {len(pids)} workers"
            self._progress(observer.line() + memory)
            await asyncio.sleep(LOOK_SECONDS)
