"""Time as an argument: the system's clock, and one that tests advance."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """The time, as the outer layers read it; the pure middle never does."""

    def now_ms(self) -> int:
        """Wall clock, epoch milliseconds UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards, and go on while the process is stopped."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Wall clock, epoch milliseconds UTC."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        return time.monotonic()


class ManualClock:
    """A clock that stands still until it is advanced.

    For example, after ``clock.advance(1.5)`` it is 1,500 ms later.
    """

    def __init__(self, now_ms: int = 1_700_000_000_000) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        """Epoch milliseconds as last set."""
        return self._now_ms

    def monotonic(self) -> float:
        """Seconds as last set."""
        return self._now_ms / 1000

    def advance(self, seconds: float) -> None:
        """Advance both clocks.

        Args:
            seconds: >= 0.
        """
        self._now_ms += round(seconds * 1000)
