"""Ends the process when its event loop no longer turns, or its farewell has no end.

The watchdog runs on the event loop: it cannot tell that the loop itself is blocked. This one is a
thread, and counts its own looks instead of reading a clock: a process that was paused and comes back
has not been looked at meanwhile, and gets its time again.
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
"""How long a worker may take from the wish to stop until it is gone."""


class LoopGuard:
    """Looks at the event loop from outside, while used as a context manager.

    Args:
        turns: a number that changes while the loop turns.
        limit: seconds without a turn until the process ends.
        end: ends the process with one line.
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
        """From now on the process must be gone within ``FAREWELL_SECONDS``."""
        self._leaving = 0

    def look(self) -> None:
        """One look."""
        turns = self._turns()
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
    """Exit with 1 at once, without a farewell: what is not committed is read again by the next owner."""
    sys.stderr.write(f"pulse: {reason}: exiting, so that another takes over\n")
    sys.stderr.flush()
    os._exit(1)
