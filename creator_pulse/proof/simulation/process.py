"""A simulated process: it can be stopped and continued, or die; what it waits for goes on without it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from creator_pulse.proof.simulation.virtual_loop import background

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from random import Random

    from creator_pulse.proof.simulation.weather import Weather

_WAKE_SECONDS = 0.3


class Process:
    """Its tasks, and whether they run.

    Code of a process only ever waits for a message or a timer. Whoever does either passes through
    ``awake`` afterwards, and so stands still while the process does, as after SIGSTOP.

    Args:
        rng: of the run.
        weather: between it and the servers.
    """

    def __init__(self, rng: Random, weather: Weather) -> None:
        self._rng = rng
        self._weather = weather
        self._running = asyncio.Event()
        self._running.set()
        self._pausing = False
        self._tasks: dict[asyncio.Task[None], None] = {}
        """In the order of their start: that of a set would differ from run to run."""

    @property
    def paused(self) -> bool:
        """Whether it stands still."""
        return not self._running.is_set()

    def pause(self, *, asking: bool = False) -> None:
        """Stop it.

        Args:
            asking: not where it is, but with its next request on the way.
        """
        self._pausing = asking
        if not asking:
            self._running.clear()

    def resume(self) -> None:
        """Let it go on; its tasks wake in any order."""
        self._pausing = False
        self._running.set()

    def spawn(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Start a task of the process."""
        task = background(work)
        self._tasks[task] = None
        task.add_done_callback(self._tasks.pop)
        return task

    async def end(self) -> None:
        """Let no task of it run on."""
        me = asyncio.current_task()
        tasks = [task for task in self._tasks if task is not me]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def awake(self) -> None:
        """Return while the process runs."""
        while self.paused:
            await self._running.wait()
            await asyncio.sleep(self._rng.uniform(0, _WAKE_SECONDS))

    async def sleep(self, seconds: float) -> None:
        """Wait in virtual time."""
        await asyncio.sleep(seconds)
        await self.awake()

    async def request(self, server: str, *, reads: bool = False) -> bool:
        """Let a request travel to a server.

        Args:
            server: its name.
            reads: it changes nothing there; a pause that waits for a request waits for another one.

        Returns:
            whether it came there.
        """
        if self._pausing and not reads:
            self.pause()
        await self._weather.travel()
        reached = await self._weather.reached(server)
        if not reached:
            await self.awake()
        return reached

    async def answer(self) -> None:
        """Let the answer travel back."""
        await self._weather.travel()
        await self.awake()
