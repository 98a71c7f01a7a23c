"""What a plan's run found, and the one JSON object that says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from creator_pulse.proof.ledger.truth import Truth
    from creator_pulse.proof.ledger.verify import Difference

    Counted = dict[tuple[str, int], int]

_SHOWN = 20


@dataclass
class Found:
    """Sums over the rounds of a plan.

    Attributes:
        plan: its name.
        rounds: rounds that were ended.
        events: records that stand in the input topics.
        lost: of them, records that no worker has counted.
        double: counts for which there is no record.
        windows_final_twice: keys of ``pulse.window`` with more than one final.
        recovery_seconds: one per fault.
        blind_seconds: one per round.
        rate: events a second that the steady load reached while it ran, in the slowest round.
        peak_rate: with the burst on top, where there was one.
        unacknowledged: records in the log that no producer knows to be written.
        checks: comparisons that were made while everything was moving.
        replaced: workers that were started again.
        memory_mib: the most that any worker which was alive at the end of a round ever had resident.
        seconds: of the whole run.
        differences: everything that was not as it must be.
    """

    plan: str
    rounds: int = 0
    events: int = 0
    lost: int = 0
    double: int = 0
    windows_final_twice: int = 0
    recovery_seconds: list[float] = field(default_factory=list)
    blind_seconds: list[float] = field(default_factory=list)
    rate: float = 0.0
    peak_rate: float = 0.0
    unacknowledged: int = 0
    checks: int = 0
    replaced: int = 0
    memory_mib: float = 0.0
    seconds: float = 0.0
    differences: list[Difference] = field(default_factory=list)

    @property
    def exact(self) -> bool:
        """Whether something was counted, and nothing lost, doubled, stated twice, stuck or different."""
        return self.events > 0 and not (
            self.lost or self.double or self.windows_final_twice or self.differences
        )

    def line(self) -> dict[str, object]:
        """The JSON object."""
        return {
            "plan": self.plan,
            "rounds": self.rounds,
            "events": self.events,
            "lost": self.lost,
            "double": self.double,
            "exact": self.exact,
            "windows_final_twice": self.windows_final_twice,
            "recovery_seconds": self.recovery_seconds,
            "blind_seconds": self.blind_seconds,
            "rate": round(self.rate),
            "peak_rate": round(self.peak_rate),
            "unacknowledged": self.unacknowledged,
            "checks": self.checks,
            "replaced": self.replaced,
            "memory_mib": round(self.memory_mib),
            "seconds": round(self.seconds, 1),
            "differences": [one._asdict() for one in self.differences[:_SHOWN]],
        }


def lost_and_double(truth: Truth, counted: Counted) -> tuple[int, int]:
    """Records that were not counted, and counts without a record.

    Args:
        truth: the ledger of what stands in the log.
        counted: (topic, partition) -> ``pulse_records_total``, all outcomes.
    """
    stands = {place: sum(outcomes.values()) for place, outcomes in truth.outcomes.items()}
    off = [counted.get(place, 0) - stands.get(place, 0) for place in stands.keys() | counted.keys()]
    return -sum(one for one in off if one < 0), sum(one for one in off if one > 0)
