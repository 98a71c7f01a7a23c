"""The random steps of a run, each with its weight: the seed chooses which comes and when."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from creator_pulse.proof.simulation.outages import Outages
from creator_pulse.proof.simulation.upkeep import Upkeep
from creator_pulse.proof.simulation.virtual_loop import background

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from creator_pulse.proof.simulation.cluster import Cluster
    from creator_pulse.proof.simulation.context import RunContext
    from creator_pulse.proof.simulation.traffic import Traffic
    from creator_pulse.proof.simulation.worker import Worker
    from creator_pulse.stream.generator.model import Produced

_PAUSES = (0.5, 5.0, 12.0, 25.0)
# Probability that a process stops while a request of it is on the way.
_MID_REQUEST = 0.5


class Faults:
    """Takes random steps: writes records, or injects a fault.

    Args:
        run: the run to disturb.
        cluster: the workers to kill, pause, start and stop.
        traffic: the records to append.
        scrape: reads the metrics page of a worker.
    """

    def __init__(
        self, run: RunContext, cluster: Cluster, traffic: Traffic, scrape: Callable[[Worker], None]
    ) -> None:
        self._run = run
        self._cluster = cluster
        self._traffic = traffic
        self._scrape = scrape
        self._later: list[asyncio.Task[None]] = []
        upkeep, outages = Upkeep(run), Outages(run, self._after)
        # Weights: half of the steps append records, else there would be nothing to go wrong.
        acts: dict[Callable[[], Awaitable[None] | None], int] = {
            self._append: 40,
            cluster.kill: 5,
            self._pause: 9,
            cluster.join: 3,
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
        """Take one random step, then let a random time pass (mean 1 s)."""
        (act,) = self._run.rng.choices(self._acts, self._weights)
        done = act()
        if done is not None:
            await done
        await asyncio.sleep(self._run.rng.expovariate(1.0))

    async def end(self) -> None:
        """Wait until every fault is over: servers are up, paused workers run, no record is held back."""
        # From here on everything must come to rest: no new faults, and the pending ones end.
        self._run.network.faulty = False
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
        for record in records:
            self._run.world.write(record)
            self._run.expected.append(record)
        self._run.story.tell("producer", f"writes {len(records)} records")

    def _pause(self) -> None:
        worker = self._cluster.any()
        if worker is None or worker.process.paused:
            return
        seconds = self._run.rng.choice(_PAUSES)
        # Longer than the session: its partitions have moved by the time it goes on.
        zombie = seconds > self._run.world.settings.session_timeout
        self._run.story.tell(worker.name, f"stands still for {seconds} s", "pauses", *["zombies"] * zombie)
        worker.process.pause(mid_request=self._run.rng.random() < _MID_REQUEST)
        self._after(seconds, lambda: self._wake(worker))

    def _wake(self, worker: Worker) -> None:
        if not worker.dead:
            self._run.story.tell(worker.name, "goes on")
            worker.process.resume()
            # A scrape that waited for the stopped process is answered before any other task of it runs.
            self._scrape(worker)

    def _leave(self) -> None:
        self._begin(self._cluster.leave())
