"""The base class of the local stack's parts: prepare, start, answer, stop."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, NoReturn

import aiohttp

from creator_pulse.stream.errors import StackError
from creator_pulse.stream.local.folders import make_folder
from creator_pulse.stream.local.process import Child, Program

if TYPE_CHECKING:
    from pathlib import Path

ROOM = 64 << 20
"""Free bytes that a part's data folder must have."""
ANSWER_WITHIN = aiohttp.ClientTimeout(total=5)


class StackPart(ABC):
    """One program of the stack; it can be started again after it was stopped or killed.

    Args:
        folder: holds its data; created if it is missing.
        log: file for its output.
        port: TCP port on 127.0.0.1 where it listens.
    """

    title: ClassVar[str]
    """Its name for users."""
    deadline: ClassVar[float] = 60.0
    """Seconds until it must answer."""
    grace: ClassVar[float] = 10.0
    """Seconds that it may take to stop."""

    def __init__(self, folder: Path, log: Path, port: int) -> None:
        self.folder = folder
        self.log = log
        self.port = port
        self._child: Child | None = None
        self._answering = asyncio.Event()
        self._meant_to_run = False

    @property
    def pid(self) -> int:
        """Process id; 0 before the first start."""
        return self._child.pid if self._child else 0

    @property
    def running(self) -> bool:
        """Whether its process is alive."""
        return self._child is not None and self._child.running

    async def start(self) -> None:
        """Start it, and return once it answers.

        Raises:
            StackError: it died, did not answer in time, or its folder cannot be written.
        """
        make_folder(self.folder, f"the data of {self.title}", room=ROOM)
        argv = await self.prepare()
        program = Program(name=self.title, argv=argv, log=self.log, folder=self.folder, grace=self.grace)
        self._child = Child(program)
        await self._child.start()
        await self._child.ready(self.answers, self.deadline)
        self._meant_to_run = True
        self._answering.set()

    async def stop(self) -> None:
        """Stop it; does nothing if it is not running."""
        self._expect_end()
        if self._child:
            await self._child.stop()

    async def kill(self) -> None:
        """Kill it, as a crash would, and return once its process has ended."""
        self._expect_end()
        if self._child:
            self._child.kill()
            await self._child.ended()

    async def watch(self) -> NoReturn:
        """Wait until it dies unexpectedly; if it was stopped or killed here, it may be started again.

        Raises:
            StackError: always; the text names the part and ends with its log.
        """
        if self._child is None:
            raise StackError(f"{self.title} has not been started")
        while True:
            await self._answering.wait()
            child = self._child
            await child.ended()
            if self._meant_to_run and child is self._child:
                raise child.death()

    def _expect_end(self) -> None:
        self._meant_to_run = False
        self._answering.clear()

    @abstractmethod
    async def prepare(self) -> tuple[str, ...]:
        """Write its files into its folder; returns the program and its arguments."""

    @abstractmethod
    async def answers(self) -> bool:
        """Whether it is ready; called repeatedly until it is."""


async def http_ready(url: str) -> bool:
    """Whether a GET of this address is answered with 200."""
    try:
        async with aiohttp.ClientSession(timeout=ANSWER_WITHIN) as session, session.get(url) as response:
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False
