"""A simulated process: it can be paused, resumed or killed while the requests it sent go on without it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from creator_pulse.proof.simulation.virtual_loop import background

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from random import Random

    from creator_pulse.proof.simulation.network import Network

_WAKE_SECONDS = 0.3


class Process:
    """The tasks of a process, and whether they run.

    A task only ever waits for a message or a timer, and passes through ``awake`` after either. So it
    stands still while the process is paused, as after SIGSTOP.

    Args:
        rng: chooses the order in which tasks wake.
        network: carries requests to the servers.
    """

    def __init__(self, rng: Random, network: Network) -> None:
        self._rng = rng
        self._network = network
        self._running = asyncio.Event()
        self._running.set()
        self._pausing = False
        self._tasks: dict[asyncio.Task[None], None] = {}
        """In the order of their start, because the order of a set would differ from run to run."""

    @property
    def paused(self) -> bool:
        """Whether the process is paused."""
        return not self._running.is_set()

    def pause(self, *, mid_request: bool = False) -> None:
        """Pause the process.

        Args:
            mid_request: if set, pause not at once but when the next request is on the way.
        """
        self._pausing = mid_request
        if not mid_request:
            self._running.clear()

    def resume(self) -> None:
        """Resume the process; its tasks wake in random order."""
        self._pausing = False
        self._running.set()

    def spawn(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Start a task of the process."""
        task = background(work)
        self._tasks[task] = None
        task.add_done_callback(self._tasks.pop)
        return task

    async def end(self) -> None:
        """Cancel all tasks of the process."""
        me = asyncio.current_task()
        tasks = [task for task in self._tasks if task is not me]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def awake(self) -> None:
        """Return as soon as the process runs."""
        while self.paused:
            await self._running.wait()
            await asyncio.sleep(self._rng.uniform(0, _WAKE_SECONDS))

    async def sleep(self, seconds: float) -> None:
        """Wait in virtual time."""
        await asyncio.sleep(seconds)
        await self.awake()

    async def request(self, server: str, *, reads: bool = False) -> bool:
        """Send a request to a server.

        Args:
            server: ``kafka`` or ``redis``.
            reads: whether the request changes nothing; a pending mid-request pause ignores such requests.

        Returns:
            whether the request reached the server.
        """
        if self._pausing and not reads:
            self.pause()
        await self._network.travel()
        reached = await self._network.reached(server)
        if not reached:
            await self.awake()
        return reached

    async def answer(self) -> None:
        """Wait for the answer to a request."""
        await self._network.travel()
        await self.awake()
