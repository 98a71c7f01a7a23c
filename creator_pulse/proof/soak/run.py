"""Runs the local stack at a steady rate and reads, every few seconds, everything that may grow."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import msgspec

from creator_pulse.agents.local_stack import local_stack
from creator_pulse.agents.stopping import stop_on_signals
from creator_pulse.proof.demo.deferred_ledger import DeferredLedger
from creator_pulse.proof.demo.observer import Observer
from creator_pulse.proof.demo.running import RunOptions, produce_until_over, start_stack, start_workers
from creator_pulse.proof.demo.workers import Workers
from creator_pulse.proof.ledger.produce import produce
from creator_pulse.proof.soak.reading import SoakReading, read
from creator_pulse.proof.soak.report import report
from creator_pulse.stream.clock import Clock, SystemClock
from creator_pulse.stream.generator.producer import Plan
from creator_pulse.stream.generator.world import DENSE

if TYPE_CHECKING:
    from collections.abc import Callable

    from creator_pulse.stream.settings import Settings

LOOK_SECONDS = 5.0
HORIZON_MS = 120_000
"""Dedup horizon and allowed lateness of a soak: both are full before the second half of 10 minutes."""


class Soak:
    """One soak run.

    Args:
        settings: settings of the workers; the addresses become those of the stack, the horizons a soak's.
        options: rate, length and number of workers.
        say: takes lines for people.
        progress: takes the progress line, which is overwritten on a terminal.
    """

    def __init__(
        self,
        settings: Settings,
        options: RunOptions,
        say: Callable[[str], None],
        progress: Callable[[str], None],
    ) -> None:
        self._settings = msgspec.structs.replace(
            # Both full within minutes: what grows after that grows for ever.
            settings,
            dedup_horizon_ms=HORIZON_MS,
            allowed_lateness_ms=HORIZON_MS,
        )
        self._options = options
        self._say = say
        self._progress = progress
        self._clock: Clock = SystemClock()
        self._readings: list[SoakReading] = []

    async def run(self) -> dict[str, object]:
        """Run until the time is up or Ctrl-C, and report.

        Raises:
            PulseError: a part did not start or died.
        """
        stop, options = stop_on_signals(), self._options
        async with AsyncExitStack() as parts:
            stack = local_stack(self._settings, self._say, None)
            settings = await start_stack(parts, stack, self._settings)
            ledger = DeferredLedger(settings, {})
            workers = Workers(settings, options.workers, stack.folder / "logs", self._say, lambda: None)
            await start_workers(parts, stack, workers)
            observer = Observer(settings, workers, ledger, self._clock)
            plan = Plan(options.seed, options.rate, world=DENSE)
            producing = produce(settings, plan, ledger, self._clock, stop=stop)
            reading = self._read_often(observer, workers, ledger, settings)
            watches = stack.watch(), workers.watch(), reading
            if await produce_until_over(stop, options.seconds, producing, *watches):
                self._say("\ninterrupted: stopping")
                return report(options, self._readings, None)
            self._say("\nthe producer has stopped: waiting until all is counted")
            observed = await observer.report()
            return report(options, self._readings, {**observed, "wrong": observer.wrong})

    async def _read_often(
        self, observer: Observer, workers: Workers, ledger: DeferredLedger, settings: Settings
    ) -> None:
        began = self._clock.monotonic()
        while True:
            await observer.look()
            snapshot, memory = observer.compared, ""
            if snapshot is not None:
                pids = [endpoint.pid for endpoint in workers.endpoints]
                reading = read(self._clock.monotonic() - began, pids, snapshot, ledger, settings)
                self._readings.append(reading)
                memory = f"  {reading.memory:,.0f} MiB in {len(pids)} workers"
            self._progress(observer.line() + memory)
            await asyncio.sleep(LOOK_SECONDS)
