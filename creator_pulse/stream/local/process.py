"""A child process: started, checked until it is ready, stopped; if it dies, the error shows its log."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import sys
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from creator_pulse.stream.errors import MissingPartError, StackError
from creator_pulse.stream.local import tether
from creator_pulse.stream.local.folders import cannot_write, make_private

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

logger = logging.getLogger(__name__)

Check = Callable[[], Awaitable[bool]]

TAIL_LINES = 15
TAIL_BYTES = 64 << 10
POLL = 0.1
"""Seconds between two checks of a starting program."""
FULL_DISK = 1 << 20
"""If fewer bytes are free, the disk is called full."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program to run.

    Attributes:
        name: its name for users.
        argv: the program and its arguments.
        log: file for its standard output and error; appended to.
        folder: its working directory; None: that of this process.
        grace: seconds from the request to stop until it is killed.
        environ: its environment; None: that of this process. Unlike ``argv``, it is not shown in lists of
            processes.
    """

    name: str
    argv: tuple[str, ...]
    log: Path
    folder: Path | None = None
    grace: float = 10.0
    environ: Mapping[str, str] | None = field(default=None, repr=False)


class Child:
    """One run of a program, in its own session, that is killed if this process dies.

    Its own session shields it from the terminal's Ctrl-C, because the stack stops its parts in order.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self._process: Process | None = None
        self._log_start = 0

    @property
    def pid(self) -> int:
        """Process id; 0 before the start."""
        return self._process.pid if self._process else 0

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start it; returns at once.

        Raises:
            StackError: its log cannot be written.
            MissingPartError: the program does not exist.
        """
        argv = self.program.argv
        if shutil.which(argv[0]) is None:
            raise MissingPartError(f"{self.program.name}: there is no program {argv[0]}")
        wrapped = (sys.executable, "-I", "-S", tether.__file__, str(os.getpid()), *argv)
        descriptor = _open_log(self.program)
        self._log_start = os.fstat(descriptor).st_size
        try:
            self._process = await asyncio.create_subprocess_exec(
                *wrapped,
                stdin=DEVNULL,
                stdout=descriptor,
                stderr=STDOUT,
                cwd=self.program.folder,
                env=self.program.environ,
                start_new_session=True,
            )
        finally:
            os.close(descriptor)

    async def ready(self, check: Check, deadline: float) -> None:
        """Wait until ``check`` succeeds.

        Args:
            check: asks the program itself; False means not yet.
            deadline: seconds to wait until that is an error.

        Raises:
            StackError: the program ended, or was not ready in time.
        """
        asking = asyncio.ensure_future(until(check))
        ended = asyncio.ensure_future(self.ended())
        try:
            await asyncio.wait({asking, ended}, timeout=deadline, return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                raise self.death()
            if not asking.done():
                raise StackError(
                    f"{self.program.name} did not answer within {deadline:.0f} s{self._last_words()}"
                )
            asking.result()
        finally:
            for task in (asking, ended):
                task.cancel()
            await asyncio.gather(asking, ended, return_exceptions=True)

    async def ended(self) -> int:
        """Wait for its end; returns the exit code, negative for a signal."""
        return await self._started().wait()

    async def finish(self, deadline: float) -> None:
        """Wait for a program that ends by itself.

        Raises:
            StackError: it failed, or took longer than ``deadline`` seconds (it is stopped then).
        """
        try:
            async with asyncio.timeout(deadline):
                code = await self.ended()
        except TimeoutError as error:
            raise StackError(
                f"{self.program.name} took longer than {deadline:.0f} s{self._last_words()}"
            ) from error
        finally:
            await self.stop()
        if code:
            raise self.death()

    async def watch(self) -> NoReturn:
        """Wait until it dies, and report that.

        Raises:
            StackError: always; the message has the end of the log.
        """
        await self.ended()
        raise self.death()

    def death(self) -> StackError:
        """The error that names the program, how it ended, and the end of the log."""
        return StackError(f"{self.program.name} {_how(self._started().returncode)}{self._last_words()}")

    async def stop(self) -> None:
        """Ask it to stop, and kill it after the grace period; does nothing if it has ended."""
        if not self.running:
            return
        self.signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(self.program.grace):
                await self.ended()
        except TimeoutError:
            logger.warning(
                "%s did not stop within %.0f s and is killed", self.program.name, self.program.grace
            )
        finally:
            self.kill()
        await self.ended()

    def kill(self) -> None:
        """Kill it at once; does nothing if it has ended."""
        self.signal(signal.SIGKILL)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it and its children; does nothing if it has ended."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    def _started(self) -> Process:
        if self._process is None:
            raise StackError(f"{self.program.name} has not been started")
        return self._process

    def _last_words(self) -> str:
        log = self.program.log
        lines = tail(log, self._log_start)
        full = f"; the disk of {log.parent} is full" if shutil.disk_usage(log.parent).free < FULL_DISK else ""
        if not lines:
            return f"{full}; its log {log} is empty"
        return f"{full}; the end of its log {log}:\n" + "\n".join(f"  {line}" for line in lines)


def tail(log: Path, start: int = 0) -> list[str]:
    """The last lines of a log, after byte ``start``, without blank ones; empty if there is no log."""
    try:
        with log.open("rb") as file:
            # From the begin of this run, or the last bytes of the file, whichever is later.
            file.seek(max(start, log.stat().st_size - TAIL_BYTES))
            text = file.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return []
    return [line for line in text.splitlines() if line.strip()][-TAIL_LINES:]


def find_program(names: tuple[str, ...], part: str, package: str) -> str:
    """Path of the first of these programs that is on the PATH.

    Raises:
        MissingPartError: there is none; the text says how to install one.
    """
    for name in names:
        path = shutil.which(name)
        if path:
            return path
    raise MissingPartError(
        f"{part} needs the program {names[0]}, which is not on the PATH; "
        f"install it: apt-get install {package}",
    )


def _open_log(program: Program) -> int:
    """Open the log and write its first line, so that a full disk is noticed before the program starts."""
    try:
        make_private(program.log.parent)
        descriptor = os.open(program.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, f"--- {program.name} starts\n".encode())
        except OSError:
            os.close(descriptor)
            raise
    except OSError as error:
        raise cannot_write(program.log, f"the log of {program.name}", error) from error
    return descriptor


async def until(check: Check) -> None:
    """Call ``check`` repeatedly until it succeeds; the caller sets the deadline."""
    while not await check():  # noqa: ASYNC110 - another program sets no event
        await asyncio.sleep(POLL)


def _how(code: int | None) -> str:
    if code is None:
        return "is running"
    if code >= 0:
        return f"ended by itself with exit code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"
