"""The report of a plan, and its JSON object."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from creator_pulse.proof.ledger.verify import Difference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from creator_pulse.proof.ledger.truth import Truth

    Counted = dict[tuple[str, int], int]

# Differences in the JSON object.
_REPORTED = 20


@dataclass
class PlanReport:
    """Sums over the rounds of a plan.

    Attributes:
        plan: name of the plan.
        rounds: number of completed rounds.
        events: number of records in the input topics.
        lost: records that no worker has counted.
        double: counts without a record.
        windows_final_twice: keys of ``pulse.window`` with more than one final result.
        recovery_seconds: recovery time of each fault.
        blind_seconds: for each round, the longest time without a stored sample.
        rate: events per second of the steady load, in the slowest round.
        peak_rate: events per second including the burst, if there was one.
        unacknowledged: records in the log that were not acknowledged to a producer.
        refused: forged batches and reference entries that the broker refused.
        checks: comparisons made while everything was moving.
        replaced: number of workers that were restarted.
        memory_mib: peak resident memory of any worker that was alive at the end of a round.
        seconds: length of the whole run.
        differences: every deviation from the ledger.
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
    refused: int = 0
    checks: int = 0
    replaced: int = 0
    memory_mib: float = 0.0
    seconds: float = 0.0
    differences: list[Difference] = field(default_factory=list)

    @property
    def exact(self) -> bool:
        """Whether something was counted, and nothing was lost, counted twice, final twice or different."""
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
            "refused": self.refused,
            "checks": self.checks,
            "replaced": self.replaced,
            "memory_mib": round(self.memory_mib),
            "seconds": round(self.seconds, 1),
            "differences": [difference._asdict() for difference in self.differences[:_REPORTED]],
        }


def lost_and_double(truth: Truth, counted: Counted) -> tuple[int, int]:
    """The number of records that were not counted, and of counts without a record.

    Args:
        truth: the ledger of the records in the log.
        counted: ``pulse_records_total`` over all outcomes, by (topic, partition).
    """
    stands = {place: sum(outcomes.values()) for place, outcomes in truth.outcomes.items()}
    # Negative: records that were not counted; positive: counts without a record.
    off = [counted.get(place, 0) - stands.get(place, 0) for place in stands.keys() | counted.keys()]
    return -sum(delta for delta in off if delta < 0), sum(delta for delta in off if delta > 0)


def too_much_memory(peak_mib: float, allowed_mib: int | None) -> Iterator[Difference]:
    """The difference of a worker whose memory exceeded its limit; None: there is no limit."""
    if allowed_mib is not None and peak_mib > allowed_mib:
        yield Difference("workers", "MiB resident", {}, f"at most {allowed_mib}", f"{peak_mib:.0f}")
