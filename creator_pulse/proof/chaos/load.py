"""The load: starts and stops producer processes, and sums up acknowledged records."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Literal, Self

import msgspec

from creator_pulse.proof.chaos.producer_job import Done, ProducerJob
from creator_pulse.stream.errors import StackError
from creator_pulse.stream.local.process import Child, Program
from creator_pulse.stream.settings import Settings, child_environ

_BURSTING = 2
# A producer waits for the acknowledgements of its last chunk, even while Kafka restarts.
_GRACE_SECONDS = 90.0


class Load:
    """Concurrent producer processes, as an async context manager.

    Args:
        settings: address of Kafka, and partitions; the producers inherit all.
        folder: folder of their logs and reports.
        seed: base of the processes' seeds; each process has its own.

    Attributes:
        done: reports of the steady processes that have ended.
        acknowledged: number of records acknowledged to ended processes of all kinds.
        refused: number of forged batches and reference entries that the broker refused.
        peak_rate: events per second that the last burst reached, without the steady load.
    """

    def __init__(self, settings: Settings, folder: Path, seed: int) -> None:
        self._settings = settings
        self._folder = folder
        self._seed = seed
        self._running: list[tuple[Child, ProducerJob]] = []
        self._started = 0
        self.done: list[Done] = []
        self.acknowledged = self.refused = 0
        self.peak_rate = 0.0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for child, _job in self._running:
            child.kill()
            await child.ended()

    async def start(
        self,
        kind: Literal["steady", "poison", "burst", "hostile"],
        rate: float,
        seconds: float | None = None,
    ) -> None:
        """Start a producer, which begins to send within a second or two."""
        self._started += 1
        name = f"producer-{self._started}"
        job = ProducerJob(
            kind=kind,
            seed=self._seed * 1000 + self._started,
            rate=rate,
            seconds=seconds,
            report=str(self._folder / f"{name}.json"),
        )
        text = msgspec.json.encode(job).decode()
        program = Program(
            name=name,
            argv=(sys.executable, "-m", "creator_pulse.proof.chaos.sender", text),
            log=self._folder / f"{name}.log",
            grace=_GRACE_SECONDS,
            environ=child_environ(self._settings),
        )
        child = Child(program)
        await child.start()
        self._running.append((child, job))

    async def watch(self) -> None:
        """Wait until a producer fails.

        Raises:
            StackError: the text names it and ends with its log.
        """
        while True:
            for child, _ in self._running:
                if not child.running and await child.ended():
                    raise child.death()
            await asyncio.sleep(0.5)

    async def burst(self, rate: float, seconds: float) -> None:
        """Send additional load by two producers, because one alone waits half the time.

        Args:
            rate: additional events per second.
            seconds: how long to send.

        Raises:
            StackError: a producer failed.
        """
        # Those that run already are the steady load, which goes on.
        before = len(self._running)
        for _ in range(_BURSTING):
            await self.start("burst", rate / _BURSTING, seconds)
        both = [await self._collect(*pair) for pair in self._running[before:]]
        self.peak_rate = sum(done.rate for done in both)

    async def hostile(self, rate: float, seconds: float) -> None:
        """Send hostile records, batches and reference entries beside the steady load.

        Args:
            rate: hostile records per second.
            seconds: how long to send.

        Raises:
            StackError: the producer failed.
        """
        await self.start("hostile", rate, seconds)
        await self._collect(*self._running[-1])

    async def stop(self) -> None:
        """End all producers after their current chunk.

        Raises:
            StackError: a producer failed.
        """
        ending = list(self._running)
        await asyncio.gather(*(child.stop() for child, _ in ending))
        self.done += [await self._collect(*pair) for pair in ending]

    async def _collect(self, child: Child, job: ProducerJob) -> Done:
        if await child.ended():
            raise child.death()
        self._running.remove((child, job))
        try:
            text = await asyncio.to_thread(Path(job.report).read_bytes)
        except OSError as error:
            raise StackError(f"{child.program.name} left no report: {error}") from error
        done = msgspec.json.decode(text, type=Done)
        self.acknowledged += done.records
        self.refused += done.refused
        return done
