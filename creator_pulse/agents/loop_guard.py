"""Ends the process if its event loop hangs, or if its shutdown takes too long.

The watchdog runs on the event loop, so it cannot notice that the loop itself is blocked. The guard is a
thread, and counts its own looks instead of reading a clock: if the process was paused, no looks were taken
meanwhile, and it gets its full time again.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable

LOOK_SECONDS = 1.0
FAREWELL_SECONDS = 60.0
"""Seconds that a worker has from the signal to stop until its process has ended."""


class LoopGuard:
    """Watches the event loop from another thread, while used as a context manager.

    Args:
        turns: a number that changes while the loop turns.
        limit: seconds without a change until the process ends.
        end: ends the process, with a line that says why.
    """

    def __init__(self, turns: Callable[[], int], limit: float, end: Callable[[str], None]) -> None:
        self._turns = turns
        self._limit = limit
        self._end = end
        self._before = turns()
        self._still = 0
        self._leaving: int | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="loop guard", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def leave(self) -> None:
        """Start the countdown of the shutdown: the process must end within ``FAREWELL_SECONDS``."""
        self._leaving = 0

    def look(self) -> None:
        """Look once."""
        turns = self._turns()
        # Looks without a turn in a row: one turn is enough to begin again.
        self._still = self._still + 1 if turns == self._before else 0
        self._before = turns
        if self._still * LOOK_SECONDS > self._limit:
            self._end(f"the event loop has stood still for {self._still * LOOK_SECONDS:.0f} s")
        if self._leaving is not None:
            self._leaving += 1
            if self._leaving * LOOK_SECONDS > FAREWELL_SECONDS:
                self._end(f"the farewell has taken longer than {FAREWELL_SECONDS:.0f} s")

    def _run(self) -> None:
        while not self._stopped.wait(LOOK_SECONDS):
            self.look()


def end_process(reason: str) -> None:
    """Exit with 1 at once, without a shutdown: the next owner reads again all that is not committed."""
    # Not the logger: its handlers may hang with the loop.
    sys.stderr.write(f"pulse: {reason}: exiting, so that another takes over\n")
    sys.stderr.flush()
    # Not `sys.exit`, which raises in this thread only and leaves the hung one alone.
    os._exit(1)
