"""What happened in a run, line by line: number, virtual time, who, what."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from creator_pulse.stream.clock import Clock


class Story:
    """Collects lines and counts.

    Args:
        clock: of the run.

    Attributes:
        lines: in the order in which things happened.
        counts: how often each kind of thing happened.
        violations: what broke a law, in words; empty in a right run.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = clock.monotonic()
        self.lines: list[str] = []
        self.counts: Counter[str] = Counter()
        self.violations: list[str] = []

    def tell(self, who: str, what: str, *kinds: str) -> None:
        """Add a line.

        Args:
            who: a worker, or a part of the world.
            what: in words.
            kinds: counted by these names.
        """
        seconds = self._clock.monotonic() - self._began
        self.lines.append(f"{len(self.lines) + 1:5d} {seconds:9.3f}s {who:<10} {what}")
        self.counts.update(kinds)

    def broken(self, law: str, what: str) -> None:
        """Add a line that a law was broken.

        Args:
            law: its name, as in the contract.
            what: which figure, what it is, and what it must be.
        """
        self.violations.append(f"{law} law: {what}")
        self.tell("!", self.violations[-1])
