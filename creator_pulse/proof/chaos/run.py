"""One plan on a stack of its own: rounds of faults under load, and the checks after each."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from creator_pulse.proof.chaos.forgery_list import FILE_NAME, ForgeryReader
from creator_pulse.proof.chaos.load import Load
from creator_pulse.proof.chaos.monitor import Monitor
from creator_pulse.proof.chaos.offsets import GroupOffsets
from creator_pulse.proof.chaos.recovery import Recovery
from creator_pulse.proof.chaos.report import PlanReport, lost_and_double, too_much_memory
from creator_pulse.proof.chaos.settle import Settle
from creator_pulse.proof.chaos.setup import chaos_settings, chaos_stack
from creator_pulse.proof.chaos.system import SystemUnderTest
from creator_pulse.proof.chaos.tail import Tail
from creator_pulse.proof.demo.deferred_ledger import DeferredLedger
from creator_pulse.proof.demo.process_usage import peak_memory_mib
from creator_pulse.proof.demo.running import RunOptions, start_stack, start_workers
from creator_pulse.proof.demo.workers import Workers
from creator_pulse.proof.ledger.verify import Difference
from creator_pulse.stream.errors import PulseError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from creator_pulse.proof.chaos.plans import ChaosPlan
    from creator_pulse.proof.chaos.settle import Start
    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.settings import Settings

# Differences printed after a round.
_REPORTED = 40
# Load before the first fault of a round.
_WARM_SECONDS = 3.0


@dataclass(frozen=True, kw_only=True)
class ChaosOptions(RunOptions):
    """Options of a chaos run; ``seconds`` is how long the faults of one round go on.

    Attributes:
        rounds: number of rounds of the plan, 1 or more.
    """

    rounds: int
    seconds: float = 25.0


class ChaosRun:
    """A run of one plan.

    Args:
        plan: the faults, the load and the settings of the run.
        settings: settings of the workers; the addresses become those of the stack.
        options: rounds, rate, number of workers and seed.
        clock: times faults and rounds.
        say: takes lines for people.
        progress: takes the progress line, which is overwritten on a terminal.
    """

    def __init__(
        self,
        plan: ChaosPlan,
        settings: Settings,
        options: ChaosOptions,
        clock: Clock,
        say: Callable[[str], None],
        progress: Callable[[str], None],
    ) -> None:
        self._plan, self._options, self._clock = plan, options, clock
        self._settings = chaos_settings(settings, plan.settings)
        self._say, self._progress = say, progress
        self._recovery = Recovery()
        self._began = clock.monotonic()
        self.report = PlanReport(plan.name)

    async def run(self) -> PlanReport:
        """Run all rounds, or up to the first that is not exact, and report.

        If a server or a producer fails for good, that is a difference too.
        """
        self._began = self._clock.monotonic()
        try:
            async with AsyncExitStack() as parts:
                await self._live(parts)
        except PulseError as error:
            self._tell(str(error))
            self.report.differences.append(Difference("run", "did not end", {}, None, str(error)))
        self.report.recovery_seconds = self._recovery.seconds(self._clock.monotonic())
        self.report.seconds = self._clock.monotonic() - self._began
        return self.report

    async def _live(self, parts: AsyncExitStack) -> None:
        options, stack = self._options, chaos_stack(self._settings, self._say)
        settings = await start_stack(parts, stack, self._settings)
        logs = Path(settings.log_dir) if settings.log_dir else stack.folder / "logs"
        workers = Workers(settings, options.workers, logs, self._say, lambda: None, spares=self._plan.spares)
        await start_workers(parts, stack, workers)
        ledger = DeferredLedger(settings, {})
        tail = await parts.enter_async_context(Tail(settings, ledger, ForgeryReader(logs / FILE_NAME)))
        load = await parts.enter_async_context(Load(settings, logs, options.seed))
        # Group offsets are for lag only: recovery never reads them.
        offsets = GroupOffsets(settings)
        parts.push_async_callback(offsets.close)
        monitor = Monitor(settings, workers, ledger, offsets, self._recovery, self._clock, self._progress)
        settle = Settle(settings, workers, ledger, tail, monitor, self._clock)
        system = SystemUnderTest(
            settings,
            stack,
            workers,
            load,
            Random(options.seed),
            self._clock,
            options.seconds,
            options.rate,
            monitor.at_work,
            lambda fault: self._mark(fault, tail),
        )
        beside = (
            stack.watch(),
            workers.watch(),
            load.watch(),
            tail.follow(),
            monitor.time_faults(),
            monitor.look_often(),
        )
        await _first_to_end(self._rounds(system, settle, ledger, tail, monitor), *beside)

    def _mark(self, fault: str, tail: Tail) -> None:
        self._tell(fault)
        self._recovery.fault(self._clock.monotonic(), tail.ends())

    async def _rounds(
        self, system: SystemUnderTest, settle: Settle, ledger: DeferredLedger, tail: Tail, monitor: Monitor
    ) -> None:
        report = self.report
        self._tell("waiting until every partition is shown")
        report.differences += await settle.counted()
        for number in range(1, self._options.rounds + 1):
            self._tell(f"round {number} of {self._options.rounds}")
            start = settle.start()
            await system.load.start(self._plan.load, system.rate)
            await asyncio.sleep(_WARM_SECONDS)
            await self._plan.round(system)
            report.differences += [*await self._after(settle, system, start), *monitor.drain_differences()]
            report.rounds = number
            report.events = tail.records
            # Records that are in the log though their producer never heard so: they count like all others.
            report.unacknowledged = tail.records - system.load.acknowledged
            report.refused = system.load.refused
            report.windows_final_twice = settle.finals_twice
            report.checks, report.replaced = monitor.checks, system.workers.replaced
            peaks = (peak_memory_mib(worker.pid) for worker in system.workers.endpoints)
            report.memory_mib = max(report.memory_mib, *peaks)
            report.differences += too_much_memory(report.memory_mib, self._plan.most_memory_mib)
            if self._plan.steadfast and report.replaced:
                ended = Difference("workers", "ended by themselves", {}, "0", str(report.replaced))
                report.differences.append(ended)
            report.lost, report.double = lost_and_double(ledger.truth, monitor.counted())
            report.rate = min(done.rate for done in system.load.done)
            report.peak_rate = report.rate + system.load.peak_rate
            for where, series, labels, expected, actual in report.differences[:_REPORTED]:
                self._say(f"  {where}: {series} {labels} is {actual}, not {expected}")
            self._tell(f"{'exact' if report.exact else 'NOT EXACT'} after round {number}")
            # A later round would only repeat the same differences.
            if not report.exact:
                break

    async def _after(self, settle: Settle, system: SystemUnderTest, start: Start) -> list[Difference]:
        """Run the checks in order; if one fails, the later ones make no sense and are skipped."""
        self._tell("the faults are over: waiting until every worker makes progress")
        wrong = await settle.all_work()
        self._tell("the load stops: waiting until all is counted")
        await system.load.stop()
        wrong += await settle.counted()
        if wrong:
            return wrong
        self._tell("all is counted: Prometheus, Redis, windows, the counter law")
        wrong += await settle.stored()
        law, blind = await settle.law(start)
        self.report.blind_seconds.append(round(blind, 1))
        return [*wrong, *law, *await settle.windows()]

    def _tell(self, what: str) -> None:
        seconds = self._clock.monotonic() - self._began
        self._say(f"{seconds:5.0f} s  {self._plan.name}: {what}")


async def _first_to_end(
    work: Coroutine[object, object, None], *beside: Coroutine[object, object, object]
) -> None:
    """Run the work and the tasks beside it until the work ends or any task fails."""
    # Whichever ends first decides: a watcher ends only by its error, which result() raises.
    tasks = [asyncio.ensure_future(coroutine) for coroutine in (work, *beside)]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
