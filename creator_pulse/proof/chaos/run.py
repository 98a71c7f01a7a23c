"""One plan on a stack of its own: rounds of faults under load, and what was found after each."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from creator_pulse.agents.local_stack import pointed_at
from creator_pulse.proof.chaos.field import Field
from creator_pulse.proof.chaos.forgery_list import FILE_NAME, ForgeryReader
from creator_pulse.proof.chaos.load import Load
from creator_pulse.proof.chaos.offsets import GroupOffsets
from creator_pulse.proof.chaos.peak_memory import peak_memory_mib
from creator_pulse.proof.chaos.recovery import Recovery
from creator_pulse.proof.chaos.report import Found, lost_and_double
from creator_pulse.proof.chaos.settle import Settle
from creator_pulse.proof.chaos.setup import chaos_settings, chaos_stack
from creator_pulse.proof.chaos.tail import Tail
from creator_pulse.proof.chaos.watch import Watch
from creator_pulse.proof.demo.deferred_ledger import DeferredLedger
from creator_pulse.proof.demo.workers import Workers
from creator_pulse.proof.ledger.verify import Difference
from creator_pulse.stream.errors import PulseError
from creator_pulse.stream.monitoring.prometheus import JOB
from creator_pulse.stream.transport.topics import declared, ensure

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from creator_pulse.proof.chaos.plans import Plan
    from creator_pulse.proof.chaos.settle import Start
    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.settings import Settings

_SHOWN = 40
_WARM_SECONDS = 3.0
"""Load before the first fault of a round."""


@dataclass(frozen=True)
class Options:
    """What the user asked for.

    Attributes:
        rounds: of the plan.
        rate: events a second.
        workers: how many.
        seed: of the events and the faults.
        seconds: of faults in a round.
    """

    rounds: int
    rate: float
    workers: int
    seed: int
    seconds: float


class Run:
    """A run of one plan.

    Args:
        plan: which.
        settings: of everything; addresses are replaced by those of the stack.
        options: what the user asked for.
        clock: of the edges.
        say: takes lines for people.
        progress: takes the line that is written again and again.
    """

    def __init__(
        self,
        plan: Plan,
        settings: Settings,
        options: Options,
        clock: Clock,
        say: Callable[[str], None],
        progress: Callable[[str], None],
    ) -> None:
        self._plan, self._options, self._clock = plan, options, clock
        self._settings = chaos_settings(settings, plan.settings)
        self._say, self._progress = say, progress
        self._recovery = Recovery()
        self._began = clock.monotonic()
        self.found = Found(plan.name)

    async def run(self) -> Found:
        """All rounds, or up to the first that does not end; what was found.

        A part or a producer that fails for good is a difference too.
        """
        self._began = self._clock.monotonic()
        try:
            async with AsyncExitStack() as parts:
                await self._live(parts)
        except PulseError as error:
            self._tell(str(error))
            self.found.differences.append(Difference("run", "did not end", {}, None, str(error)))
        self.found.recovery_seconds = self._recovery.seconds(self._clock.monotonic())
        self.found.seconds = self._clock.monotonic() - self._began
        return self.found

    async def _live(self, parts: AsyncExitStack) -> None:
        stack = await parts.enter_async_context(chaos_stack(self._settings, self._say))
        settings = pointed_at(self._settings, stack.addresses)
        await ensure(settings, declared(settings))
        logs = Path(settings.log_dir) if settings.log_dir else stack.folder / "logs"
        workers = Workers(
            settings, self._options.workers, logs, self._say, lambda: None, spares=self._plan.spares
        )
        stack.prometheus.set_targets(JOB, workers.targets)
        await parts.enter_async_context(workers)
        ledger = DeferredLedger(settings, {})
        tail = await parts.enter_async_context(Tail(settings, ledger, ForgeryReader(logs / FILE_NAME)))
        load = await parts.enter_async_context(Load(settings, logs, self._options.seed))
        offsets = GroupOffsets(settings)
        parts.push_async_callback(offsets.close)
        watch = Watch(settings, workers, ledger, offsets, self._recovery, self._clock, self._progress)
        settle = Settle(settings, workers, ledger, tail, watch, self._clock)
        field = Field(
            settings,
            stack,
            workers,
            load,
            Random(self._options.seed),
            self._clock,
            self._options.seconds,
            self._options.rate,
            watch.at_work,
            lambda what: self._mark(what, tail),
        )
        beside = (
            stack.watch(),
            workers.watch(),
            load.watch(),
            tail.follow(),
            watch.time_faults(),
            watch.look_often(),
        )
        await _first_to_end(self._rounds(field, settle, ledger, tail, watch), *beside)

    def _mark(self, what: str, tail: Tail) -> None:
        self._tell(what)
        self._recovery.fault(self._clock.monotonic(), tail.ends())

    async def _rounds(
        self, field: Field, settle: Settle, ledger: DeferredLedger, tail: Tail, watch: Watch
    ) -> None:
        found = self.found
        self._tell("waiting until every partition is shown")
        found.differences += await settle.counted()
        for number in range(1, self._options.rounds + 1):
            self._tell(f"round {number} of {self._options.rounds}")
            start = settle.start()
            await field.load.start(self._plan.load, field.rate)
            await asyncio.sleep(_WARM_SECONDS)
            await self._plan.round(field)
            found.differences += [*await self._after(settle, field, start), *watch.taken()]
            found.rounds = number
            found.events = tail.records
            found.unacknowledged = tail.records - field.load.acknowledged
            found.windows_final_twice = settle.finals_twice
            found.checks, found.replaced = watch.checks, field.workers.replaced
            found.memory_mib = max(
                found.memory_mib, *(peak_memory_mib(worker.pid) for worker in field.workers.endpoints)
            )
            if self._plan.steadfast and found.replaced:
                ended = Difference("workers", "ended by themselves", {}, "0", str(found.replaced))
                found.differences.append(ended)
            found.lost, found.double = lost_and_double(ledger.truth, watch.counted())
            self._rates(field.load)
            for one in found.differences[:_SHOWN]:
                self._say(f"  {one.where}: {one.series} {one.labels} is {one.found}, not {one.expected}")
            self._tell(f"{'exact' if found.exact else 'NOT EXACT'} after round {number}")
            if not found.exact:
                break

    async def _after(self, settle: Settle, field: Field, start: Start) -> list[Difference]:
        """The checks, in their order; later ones make no sense where an earlier one fails."""
        self._tell("the faults are over: waiting until every worker makes progress")
        wrong = await settle.all_work()
        self._tell("the load stops: waiting until all is counted")
        await field.load.stop()
        wrong += await settle.counted()
        if wrong:
            return wrong
        self._tell("all is counted: Prometheus, Redis, windows, the counter law")
        wrong += await settle.stored()
        law, blind = await settle.law(start)
        self.found.blind_seconds.append(round(blind, 1))
        return [*wrong, *law, *await settle.windows()]

    def _tell(self, what: str) -> None:
        seconds = self._clock.monotonic() - self._began
        self._say(f"{seconds:5.0f} s  {self._plan.name}: {what}")

    def _rates(self, load: Load) -> None:
        self.found.rate = min(one.rate for one in load.done)
        self.found.peak_rate = self.found.rate + load.peak_rate


async def _first_to_end(
    work: Coroutine[object, object, None], *beside: Coroutine[object, object, object]
) -> None:
    """Do the work while the others go on; the first of them that fails ends it."""
    tasks = [asyncio.ensure_future(one) for one in (work, *beside)]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
