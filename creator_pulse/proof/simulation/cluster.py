"""The workers of a run, and their supervisor."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from creator_pulse.proof.simulation.worker import Worker
from creator_pulse.stream.errors import PulseError

if TYPE_CHECKING:
    from creator_pulse.proof.simulation.context import RunContext

_MOST = 4
_SUPERVISE_SECONDS = 1.5
_FAREWELL_SECONDS = 15.0


class Cluster:
    """Starts workers, and replaces each one that dies.

    Args:
        run: the run whose log and consumer group the workers share.
        wanted: number of workers at first, 1 to 4.
    """

    def __init__(self, run: RunContext, wanted: int) -> None:
        self._run = run
        self._wanted = wanted
        self._started = 0
        self.workers: list[Worker] = []
        """Every worker ever started, including the dead ones."""

    @property
    def alive(self) -> list[Worker]:
        """The workers whose process exists, even if it is paused."""
        return [worker for worker in self.workers if not worker.dead]

    async def supervise(self) -> None:
        """Replace dead workers until cancelled."""
        while True:
            while sum(not worker.leaving for worker in self.alive) < self._wanted:
                self._started += 1
                worker = Worker(f"worker-{self._started}", self._run)
                self._run.story.tell(worker.name, "starts")
                self.workers.append(worker)
                worker.start()
            await asyncio.sleep(_SUPERVISE_SECONDS)

    def any(self) -> Worker | None:
        """A random live worker; None if there is none."""
        alive = self.alive
        return self._run.rng.choice(alive) if alive else None

    def kill(self) -> None:
        """Kill a random worker."""
        worker = self.any()
        if worker is not None:
            self._run.story.tell(worker.name, "is killed", "kills")
            worker.kill()

    def join(self) -> None:
        """Raise the number of workers by one, up to four."""
        self._wanted = min(self._wanted + 1, _MOST)

    async def leave(self) -> None:
        """Let a random worker leave the group in order, unless it is the only one."""
        worker = self.any()
        if worker is None or self._wanted == 1 or worker.leaving:
            return
        self._wanted -= 1
        self._run.story.tell(worker.name, "leaves")
        try:
            async with asyncio.timeout(_FAREWELL_SECONDS):
                await worker.stop()
        except (TimeoutError, PulseError) as error:
            self._run.story.tell(worker.name, f"leaves in disorder: {error!r}")
        worker.kill()

    async def end(self) -> None:
        """Cancel every task of every worker."""
        for worker in self.workers:
            await worker.process.end()
