"""What may happen in a run, each with its weight: the seed chooses what and when."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from creator_pulse.proof.simulation.outages import Outages
from creator_pulse.proof.simulation.upkeep import Upkeep
from creator_pulse.proof.simulation.virtual_loop import background

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from creator_pulse.proof.simulation.crew import Crew
    from creator_pulse.proof.simulation.run import Run
    from creator_pulse.proof.simulation.traffic import Traffic
    from creator_pulse.proof.simulation.worker import Worker
    from creator_pulse.stream.generator.model import Produced

_PAUSES = (0.5, 5.0, 12.0, 25.0)
_ASKING = 0.5
"""The chance that a process stops with a request on its way."""


class Mishaps:
    """Takes one step after the other.

    Args:
        run: what it happens to.
        crew: the workers.
        traffic: what is appended.
        scrape: reads a worker's page.
    """

    def __init__(self, run: Run, crew: Crew, traffic: Traffic, scrape: Callable[[Worker], None]) -> None:
        self._run = run
        self._crew = crew
        self._traffic = traffic
        self._scrape = scrape
        self._later: list[asyncio.Task[None]] = []
        upkeep, outages = Upkeep(run), Outages(run, self._after)
        acts: dict[Callable[[], Awaitable[None] | None], int] = {
            self._append: 40,
            crew.kill: 5,
            self._pause: 9,
            crew.join: 3,
            self._leave: 3,
            run.group.rebalance: 5,
            upkeep.compact: 8,
            upkeep.forget_read: 3,
            upkeep.forget_unread: 1,
            outages.kafka_goes: 2,
            outages.redis_goes: 2,
            outages.evict_from_redis: 2,
        }
        self._acts, self._weights = list(acts), list(acts.values())

    async def step(self) -> None:
        """Let one thing happen, then some time pass."""
        (act,) = self._run.rng.choices(self._acts, self._weights)
        done = act()
        if done is not None:
            await done
        await asyncio.sleep(self._run.rng.expovariate(1.0))

    async def end(self) -> None:
        """Wait until all is over: servers are back, paused workers go on, no record is held back."""
        self._run.weather.stormy = False
        await asyncio.gather(*self._later)
        self._write(self._traffic.rest())

    def _after(self, seconds: float, then: Callable[[], None]) -> None:
        async def work() -> None:
            await asyncio.sleep(seconds)
            then()

        self._begin(work())

    def _begin(self, work: Coroutine[object, object, None]) -> None:
        self._later.append(background(work))

    def _append(self) -> None:
        self._write(self._traffic.take(self._run.rng.choice((1, 20, 80, 200))))

    def _write(self, records: list[Produced]) -> None:
        for one in records:
            self._run.world.write(one)
            self._run.truths.append(one)
        self._run.story.tell("producer", f"writes {len(records)} records")

    def _pause(self) -> None:
        worker = self._crew.any()
        if worker is None or worker.process.paused:
            return
        seconds = self._run.rng.choice(_PAUSES)
        zombie = seconds > self._run.world.settings.session_timeout
        self._run.story.tell(worker.name, f"stands still for {seconds} s", "pauses", *["zombies"] * zombie)
        worker.process.pause(asking=self._run.rng.random() < _ASKING)
        self._after(seconds, lambda: self._wake(worker))

    def _wake(self, worker: Worker) -> None:
        if not worker.dead:
            self._run.story.tell(worker.name, "goes on")
            worker.process.resume()
            # A scrape that waited for the stopped process is answered before anything else of it runs.
            self._scrape(worker)

    def _leave(self) -> None:
        self._begin(self._crew.leave())
