"""A worker in its own process, started as by a supervisor and observed from outside."""

from __future__ import annotations

import re
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import aiohttp

from creator_pulse.proof.demo.process_usage import cpu_seconds, peak_memory_mib
from creator_pulse.proof.ledger.samples import ScrapedSample, parse
from creator_pulse.stream.errors import StackError, words
from creator_pulse.stream.local.process import Child, Program
from creator_pulse.stream.settings import child_environ

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from creator_pulse.stream.settings import Settings

_READY_SECONDS = 60.0
_OWNS = re.compile(r"^(\S+ \S+) INFO creator_pulse\.agents\.app own (\d+) lanes$", re.MULTILINE)
_TIMEOUT = aiohttp.ClientTimeout(total=60)


@dataclass
class WorkerProcess:
    """A running worker.

    Attributes:
        child: its process.
        log: its log file.
        ready: the file to which it writes its address.
        started_at: start of the process, seconds since the epoch.
    """

    child: Child
    log: Path
    ready: Path
    started_at: float = field(default=0.0)

    @property
    def address(self) -> str:
        """``host:port`` of ``/metrics``."""
        return self.ready.read_text(encoding="ascii").split()[1]

    def cpu_seconds(self) -> float:
        """CPU time so far, seconds.

        Raises:
            StackError: it has ended.
        """
        return cpu_seconds(self.child.pid)

    def peak_mb(self) -> float:
        """Peak resident memory so far, 10^6 bytes.

        Raises:
            StackError: it has ended.
        """
        peak_mib = peak_memory_mib(self.child.pid)
        if not peak_mib:
            raise self.child.death()
        # From MiB to MB, the unit of the report.
        return peak_mib * (1 << 20) / 1e6

    def owned_at(self) -> float | None:
        """When it had its lanes open and began to read, seconds since the epoch; None if it has not yet."""
        for line in _OWNS.finditer(self.log.read_text(encoding="utf-8", errors="replace")):
            if int(line[2]):
                return datetime.strptime(line[1], "%Y-%m-%d %H:%M:%S,%f").astimezone().timestamp()
        return None

    async def until_owned(self) -> None:
        """Wait until it has its lanes open.

        Raises:
            StackError: it died, or owned no lane in time.
        """

        async def owned() -> bool:
            return self.owned_at() is not None

        await self.child.ready(owned, _READY_SECONDS)

    async def samples(self) -> list[ScrapedSample]:
        """All samples of the metrics page.

        Raises:
            StackError: it does not answer.
        """
        return list(parse(await self.page()))

    async def page(self) -> str:
        """The text of the metrics page.

        Raises:
            StackError: it does not answer.
        """
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT) as session,
                session.get(f"http://{self.address}/metrics") as answer,
            ):
                return await answer.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise StackError(f"the worker does not answer: {words(error)}") from error


def gift_worker(minutes: int = 1) -> tuple[str, ...]:
    """The arguments after ``python -m`` of a worker that counts the benchmark's gifts.

    Args:
        minutes: size of the window.
    """
    return ("creator_pulse.proof.bench.worker", "{ready}", str(minutes))


PRODUCT_WORKER = ("creator_pulse", "worker", "--metrics-port", "0", "--ready", "{ready}")
"""The arguments after ``python -m`` of ``pulse worker``."""


@asynccontextmanager
async def worker_process(
    settings: Settings, folder: Path, words: tuple[str, ...], name: str = "worker"
) -> AsyncIterator[WorkerProcess]:
    """Run a worker while the block lasts.

    Args:
        settings: settings of the worker; its port is replaced by a free one.
        folder: where the log is written.
        words: module and arguments; ``{ready}`` is replaced by the path of the ready file.
        name: name of the log file.

    Raises:
        StackError: it did not start.
    """
    log, ready = _emptied(folder, f"{name}.log"), _emptied(folder, f"{name}.ready")
    own = child_environ(settings) | {"PULSE_METRICS_PORT": "0", "PULSE_HEALTH_PORT": "0"}
    argv = (sys.executable, "-m", *(word.format(ready=ready) for word in words))
    child = Child(Program(name=name, argv=argv, log=log, environ=own))
    await child.start()
    try:
        started = datetime.now().astimezone().timestamp()

        async def there() -> bool:
            return ready.exists()

        await child.ready(there, _READY_SECONDS)
        yield WorkerProcess(child, log, ready, started)
    finally:
        await child.stop()


def _emptied(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.unlink(missing_ok=True)
    return path
