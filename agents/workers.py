"""Worker processes of the demo: started, watched, replaced when one dies."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Self

import msgspec

from stream.errors import StackError
from stream.local.endpoints import WorkerEndpoint
from stream.local.folders import make_folder
from stream.local.part import http_ready
from stream.local.ports import choose_ports
from stream.local.process import Child, Program
from stream.settings import Settings, to_environ

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_READY_SECONDS = 60.0
_RESTART_SECONDS = 1.0


class Workers:
    """Keeps so many workers running, each on a port of its own, as an async context manager.

    Args:
        settings: of the workers; ``metrics_port`` is where the first one would like to listen.
        count: how many.
        folder: of their logs.
        say: takes progress lines.
        changed: called when the set of workers is another one.
    """

    def __init__(
        self,
        settings: Settings,
        count: int,
        folder: Path,
        say: Callable[[str], None],
        changed: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._say = say
        self._changed = changed
        usual = {f"worker-{number}": settings.metrics_port + number - 1 for number in range(1, count + 1)}
        self._ports = choose_ports(usual)
        self._children: dict[str, Child] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self.replaced = 0

    @property
    def targets(self) -> list[str]:
        """``host:port`` of every worker's metrics, whether it answers or not."""
        return [f"127.0.0.1:{port}" for port in self._ports.values()]

    @property
    def endpoints(self) -> tuple[WorkerEndpoint, ...]:
        """The running workers."""
        return tuple(
            WorkerEndpoint(pid=child.pid, metrics=f"http://127.0.0.1:{self._ports[name]}/metrics")
            for name, child in self._children.items()
            if child.running
        )

    async def __aenter__(self) -> Self:
        make_folder(self._folder, "the workers' logs")
        started = await asyncio.gather(*(self._start(name) for name in self._ports), return_exceptions=True)
        for result in started:
            if isinstance(result, BaseException):
                await self._stop()
                raise result
        self._keepers = [asyncio.create_task(self._keep(name)) for name in self._ports]
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

    async def _start(self, name: str) -> None:
        port = self._ports[name]
        own = to_environ(msgspec.structs.replace(self._settings, metrics_port=port))
        argv = (
            "env",
            *(f"{key}={text}" for key, text in own.items()),
            sys.executable,
            "-m",
            "agents",
            "worker",
        )
        child = Child(Program(name=name, argv=argv, log=self._folder / f"{name}.log"))
        self._children[name] = child
        await child.start()
        await child.ready(lambda: http_ready(f"http://127.0.0.1:{port}/metrics"), _READY_SECONDS)

    async def _keep(self, name: str) -> None:
        while True:
            with suppress(StackError):
                await self._children[name].watch()
            self.replaced += 1
            self._say(f"{name} died: starting it again")
            await self._children[name].stop()
            await asyncio.sleep(_RESTART_SECONDS)
            await self._start(name)
            self._changed()

    async def _stop(self) -> None:
        running = [child.stop() for child in self._children.values()]
        await asyncio.gather(*running)
