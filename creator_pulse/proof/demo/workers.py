"""Worker processes on this machine: started, watched, replaced when one dies, joined and left on demand."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING, Self

import msgspec

from creator_pulse.stream.errors import StackError
from creator_pulse.stream.local.endpoints import WorkerEndpoint
from creator_pulse.stream.local.folders import make_folder
from creator_pulse.stream.local.part import http_ready
from creator_pulse.stream.local.ports import choose_ports
from creator_pulse.stream.local.process import Child, Program
from creator_pulse.stream.settings import Settings, child_environ

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_READY_SECONDS = 60.0
_RESTART_SECONDS = 1.0
_ATTEMPTS = 20
"""Starts in a row that may fail until a worker is given up: Kafka may be away for a while."""


class Workers:
    """Keeps so many workers running, each on a port of its own, as an async context manager.

    Args:
        settings: of the workers; ``metrics_port`` is where the first one would like to listen; 0: anywhere.
        count: how many are kept running.
        folder: of their logs.
        say: takes progress lines.
        changed: called when the set of workers is another one.
        spares: how many more have a name and a port, and run only between ``join`` and ``leave``.

    Attributes:
        kept: names of the workers that are replaced when they die.
        spares: names of the others.
        children: the newest process of each worker that was started, by name.
        replaced: how often one was.
    """

    def __init__(
        self,
        settings: Settings,
        count: int,
        folder: Path,
        say: Callable[[str], None],
        changed: Callable[[], None],
        *,
        spares: int = 0,
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._say = say
        self._changed = changed
        names = [f"worker-{number}" for number in range(1, count + spares + 1)]
        first = settings.metrics_port
        self._ports = choose_ports({name: first and first + at for at, name in enumerate(names)})
        self.kept, self.spares = tuple(names[:count]), tuple(names[count:])
        self.children: dict[str, Child] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self.replaced = 0

    @property
    def targets(self) -> list[str]:
        """``host:port`` of every worker's metrics, whether it answers or not."""
        return [self.target(name) for name in self._ports]

    @property
    def running(self) -> tuple[str, ...]:
        """Names of the workers whose process is alive."""
        return tuple(name for name, child in self.children.items() if child.running)

    @property
    def endpoints(self) -> tuple[WorkerEndpoint, ...]:
        """The running workers."""
        return tuple(
            WorkerEndpoint(
                pid=self.children[name].pid, metrics=f"http://127.0.0.1:{self._ports[name]}/metrics"
            )
            for name in self.running
        )

    async def __aenter__(self) -> Self:
        make_folder(self._folder, "the workers' logs")
        started = await asyncio.gather(*(self._start(name) for name in self.kept), return_exceptions=True)
        for result in started:
            if isinstance(result, BaseException):
                await self._stop()
                raise result
        self._keepers = [asyncio.create_task(self._keep(name)) for name in self.kept]
        return self

    async def __aexit__(self, *_: object) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        await self._stop()

    async def watch(self) -> None:
        """Wait until a worker cannot be replaced any more.

        Raises:
            StackError: the text names it and ends with its log.
        """
        await asyncio.gather(*self._keepers)

    def target(self, name: str) -> str:
        """``host:port`` of a worker's metrics."""
        return f"127.0.0.1:{self._ports[name]}"

    async def join(self, name: str) -> None:
        """Start a spare and return at once; nothing when it runs.

        Raises:
            StackError: its log cannot be written.
        """
        if name not in self.running:
            await self._launch(name)

    async def leave(self, name: str) -> None:
        """Ask a spare to stop, and wait until it has; nothing when it does not run."""
        if name in self.running:
            await self.children[name].stop()

    async def _launch(self, name: str) -> Child:
        port = self._ports[name]
        own = child_environ(msgspec.structs.replace(self._settings, metrics_port=port))
        argv = (sys.executable, "-m", "creator_pulse", "worker")
        child = Child(Program(name=name, argv=argv, log=self._folder / f"{name}.log", environ=own))
        self.children[name] = child
        await child.start()
        return child

    async def _start(self, name: str) -> None:
        child = await self._launch(name)
        await child.ready(lambda: http_ready(f"http://{self.target(name)}/metrics"), _READY_SECONDS)

    async def _keep(self, name: str) -> None:
        while True:
            await self.children[name].ended()
            self.replaced += 1
            self._say(f"{name} died: starting it again")
            await self._replace(name)
            self._changed()

    async def _replace(self, name: str) -> None:
        """Start a worker again and again until it answers.

        Raises:
            StackError: it has failed too often in a row; the text ends with its log.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            await self.children[name].stop()
            await asyncio.sleep(_RESTART_SECONDS)
            try:
                await self._start(name)
            except StackError:
                if attempt == _ATTEMPTS:
                    raise
            else:
                return

    async def _stop(self) -> None:
        for child in self.children.values():
            child.signal(signal.SIGCONT)  # a paused one could not hear that it is to stop
        await asyncio.gather(*(child.stop() for child in self.children.values()))
