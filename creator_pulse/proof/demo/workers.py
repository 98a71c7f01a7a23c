"""Worker processes on this machine: started, replaced if they die, and added or removed on demand."""

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
# Failed starts in a row before a worker is given up; many, because Kafka may be away for a while.
_ATTEMPTS = 20


class Workers:
    """Keeps a number of workers running, each on its own port, as an async context manager.

    Args:
        settings: settings of the workers; ``metrics_port`` is the first worker's preferred port; 0: any.
        count: number of permanent workers.
        folder: folder of their logs.
        say: takes lines for people.
        changed: called after a worker was replaced.
        spares: number of additional workers, which run only between ``join`` and ``leave``.

    Attributes:
        permanent: names of the workers that are replaced if they die.
        spares: names of the spare workers.
        children: the newest process of each worker that was started, by name.
        replaced: number of replacements.
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
        # Ports in a row from the preferred one; 0 stays 0, any free port.
        self._ports = choose_ports({name: first and first + at for at, name in enumerate(names)})
        self.permanent, self.spares = tuple(names[:count]), tuple(names[count:])
        self.children: dict[str, Child] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self.replaced = 0

    @property
    def targets(self) -> list[str]:
        """``host:port`` of every worker's metrics page, even if it does not answer."""
        return [self.target(name) for name in self._ports]

    @property
    def running(self) -> tuple[str, ...]:
        """Names of the workers whose process is alive."""
        return tuple(name for name, child in self.children.items() if child.running)

    @property
    def endpoints(self) -> tuple[WorkerEndpoint, ...]:
        """Process id and metrics address of each running worker."""
        return tuple(
            WorkerEndpoint(
                pid=self.children[name].pid, metrics=f"http://127.0.0.1:{self._ports[name]}/metrics"
            )
            for name in self.running
        )

    async def __aenter__(self) -> Self:
        make_folder(self._folder, "the workers' logs")
        started = await asyncio.gather(
            *(self._start(name) for name in self.permanent), return_exceptions=True
        )
        for result in started:
            if isinstance(result, BaseException):
                await self._stop()
                raise result
        # Spares are not kept: they come and go as they are told.
        self._keepers = [asyncio.create_task(self._keep(name)) for name in self.permanent]
        return self

    async def __aexit__(self, *_: object) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        await self._stop()

    async def watch(self) -> None:
        """Wait until a worker cannot be replaced.

        Raises:
            StackError: the text names it and ends with its log.
        """
        await asyncio.gather(*self._keepers)

    def target(self, name: str) -> str:
        """``host:port`` of a worker's metrics page."""
        return f"127.0.0.1:{self._ports[name]}"

    async def join(self, name: str) -> None:
        """Start a spare without waiting for it; do nothing if it runs already.

        Raises:
            StackError: its log cannot be written.
        """
        if name not in self.running:
            await self._launch(name)

    async def leave(self, name: str) -> None:
        """Stop a spare and wait until it has ended; do nothing if it does not run."""
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
        """Restart a worker until it answers.

        Raises:
            StackError: it failed too often in a row; the text ends with its log.
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
            child.signal(signal.SIGCONT)  # because a paused process would not handle SIGTERM
        await asyncio.gather(*(child.stop() for child in self.children.values()))
