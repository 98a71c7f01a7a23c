"""A world with labels: its sums, its incidents, and its calendar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from creator_pulse.proof.backtest.incident import Announcement, Incident, Stall
    from creator_pulse.proof.backtest.sums import MinuteSums


@dataclass(frozen=True, kw_only=True)
class LabelledWorld:
    """Sums by minute, and the truth about them.

    Attributes:
        start: minute since the epoch of the first sum of each series.
        judged: minute since the epoch from which alerts are judged; before it is history that teaches.
        sums: of every series.
        incidents: all labels, clean stretches of time among them.
        calendar: the announced days.
        stalls: when event time stood still.
    """

    start: int
    judged: int
    sums: MinuteSums
    incidents: tuple[Incident, ...]
    calendar: tuple[Announcement, ...] = ()
    stalls: tuple[Stall, ...] = ()

    @property
    def end(self) -> int:
        """Minute since the epoch after the last one."""
        return self.start + self.sums.minutes

    @property
    def weeks(self) -> float:
        """Weeks that are judged."""
        return (self.end - self.judged) / (7 * 24 * 60)
