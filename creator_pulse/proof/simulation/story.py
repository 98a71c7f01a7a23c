"""The event log of a run, one line per event: number, virtual time, actor, text."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from creator_pulse.stream.clock import Clock


class Story:
    """Collects lines, counts and broken laws.

    Args:
        clock: virtual time of the run.

    Attributes:
        lines: in order of time.
        counts: number of events by kind.
        violations: one text per broken law; empty if every law held.
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
            who: the acting worker, server or producer.
            what: the event, in words.
            kinds: names under which the event is counted; none: it is not counted.
        """
        seconds = self._clock.monotonic() - self._began
        self.lines.append(f"{len(self.lines) + 1:5d} {seconds:9.3f}s {who:<10} {what}")
        self.counts.update(kinds)

    def broken(self, law: str, what: str) -> None:
        """Add a violation.

        Args:
            law: name of the broken law, as in the contract.
            what: the figure, its value, and the expected value.
        """
        self.violations.append(f"{law} law: {what}")
        self.tell("!", self.violations[-1])
