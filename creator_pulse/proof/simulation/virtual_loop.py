"""An event loop in virtual time: no I/O, no threads, and the same order in every run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

Result = TypeVar("Result")


class _Jump:
    """In place of a selector: where the loop would wait for I/O, the clock jumps to the next timer.

    Args:
        start: seconds that the clock shows at first.
    """

    def __init__(self, start: float) -> None:
        self.now = start

    def select(self, timeout: float | None) -> list[object]:
        """Let the time pass; nothing ever comes from outside.

        Raises:
            AssertionError: there is no timer either.
        """
        if timeout is None:
            raise AssertionError("every task waits, and nothing will ever happen")
        self.now += timeout
        return []


class VirtualLoop(asyncio.BaseEventLoop):
    """asyncio's own loop, with a clock that never waits.

    All chance lies in how long each thing takes, never in the loop: the same delays give the same run.

    Args:
        start: seconds that the clock shows at first.
    """

    def __init__(self, start: float = 1_000.0) -> None:
        super().__init__()
        self._selector = _Jump(start)
        self._main: asyncio.Future[Any] | None = None
        self._defect: BaseException | None = None

    def __del__(self) -> None:
        """Nothing is held that had to be closed."""

    def time(self) -> float:
        """Seconds of the virtual clock."""
        return self._selector.now

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Keep the first error that nobody takes; ``complete`` raises it."""
        if self._defect is None:
            self._defect = context.get("exception") or AssertionError(context["message"])
            if self._main is not None:
                self._main.cancel()

    def complete(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run a coroutine to its end.

        Where a task of ``background`` fails, the coroutine is cancelled, and the error is raised.

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
            # What a cancelled task was reading must not be left to the garbage collector.
            self.run_until_complete(self.shutdown_asyncgens())

    def _write_to_self(self) -> None:
        """Nobody waits, so nobody has to be woken."""

    def _process_events(self, events: list[object]) -> None:
        """There are none."""


def background(work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
    """Start a task for which nobody waits: its error is the loop's."""
    task = asyncio.get_running_loop().create_task(work)
    task.add_done_callback(_report)
    return task


def _report(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and task.exception() is not None:
        task.get_loop().call_exception_handler({"message": "a task failed", "exception": task.exception()})


class VirtualClock:
    """The clock of a virtual loop.

    Args:
        loop: whose time it shows.
        start_ms: wall clock at the loop's time 0, epoch ms.
    """

    def __init__(self, loop: VirtualLoop, start_ms: int) -> None:
        self._loop = loop
        self._start_ms = start_ms

    def now_ms(self) -> int:
        """Wall clock, epoch milliseconds UTC."""
        return self._start_ms + round(self._loop.time() * 1000)

    def monotonic(self) -> float:
        """Seconds of the loop."""
        return self._loop.time()
