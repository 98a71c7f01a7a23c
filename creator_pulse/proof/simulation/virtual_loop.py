"""An event loop in virtual time: no I/O, no threads, and the same order of tasks in every run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

Result = TypeVar("Result")


class _Jump:
    """Replaces a selector: instead of waiting for I/O, it moves the clock to the next timer.

    Args:
        start: initial time of the loop, seconds.
    """

    def __init__(self, start: float) -> None:
        self.now = start

    def select(self, timeout: float | None) -> list[object]:
        """Advance the clock by ``timeout`` seconds; no event ever comes from outside.

        Raises:
            AssertionError: every task waits, and there is no timer.
        """
        if timeout is None:
            raise AssertionError("every task waits, and nothing will ever happen")
        self.now += timeout
        return []


class VirtualLoop(asyncio.BaseEventLoop):
    """asyncio's own event loop with a virtual clock.

    Randomness lies only in the delays, never in the loop, so the same delays give the same run.
    For example, ``VirtualLoop().complete(asyncio.sleep(3600))`` returns at once.

    Args:
        start: initial time of the loop, seconds.
    """

    def __init__(self, start: float = 1_000.0) -> None:
        super().__init__()
        self._selector = _Jump(start)
        self._main: asyncio.Future[Any] | None = None
        self._defect: BaseException | None = None

    def __del__(self) -> None:
        """Do nothing: the loop holds no resource that has to be closed."""

    def time(self) -> float:
        """Virtual time, seconds."""
        return self._selector.now

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Keep the first error that no task handles; ``complete`` raises it."""
        if self._defect is None:
            self._defect = context.get("exception") or AssertionError(context["message"])
            if self._main is not None:
                self._main.cancel()

    def complete(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run a coroutine to its end.

        If a task of ``background`` fails, the coroutine is cancelled and the error is raised.

        Raises:
            AssertionError: every task waits, and nothing will ever happen.
        """
        task = self.create_task(work)
        self._main = task
        try:
            return self.run_until_complete(task)
        except asyncio.CancelledError:
            if self._defect is None:
                raise
            raise self._defect from None
        finally:
            # The generators of cancelled tasks must not be left to the garbage collector.
            self.run_until_complete(self.shutdown_asyncgens())

    def _write_to_self(self) -> None:
        """Do nothing: the loop never sleeps, so it never has to be woken."""

    def _process_events(self, events: list[object]) -> None:
        """Do nothing: there are no I/O events."""


def background(work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
    """Start a task that is not awaited; if it fails, its error ends the loop's ``complete``."""
    task = asyncio.get_running_loop().create_task(work)
    task.add_done_callback(_report)
    return task


def _report(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and task.exception() is not None:
        task.get_loop().call_exception_handler({"message": "a task failed", "exception": task.exception()})


class VirtualClock:
    """The clock of a virtual loop.

    Args:
        loop: the loop that provides the time.
        start_ms: wall clock at the loop's time 0, epoch ms.
    """

    def __init__(self, loop: VirtualLoop, start_ms: int) -> None:
        self._loop = loop
        self._start_ms = start_ms

    def now_ms(self) -> int:
        """Wall clock, epoch milliseconds UTC."""
        return self._start_ms + round(self._loop.time() * 1000)

    def monotonic(self) -> float:
        """The loop's time, seconds."""
        return self._loop.time()
