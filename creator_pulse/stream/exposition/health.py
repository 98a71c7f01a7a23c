"""Health of a worker by its vitals: live, ready, or one line that says why not. Pure, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from creator_pulse.stream.settings import Settings

_NAMED_LANES = 3


@dataclass(frozen=True, slots=True)
class LaneVitals:
    """One partition of the worker's assignment.

    For example partition 0 of gift, shown, with a lag of 12 records.

    Attributes:
        topic: source topic, full name.
        partition: its number.
        shown: whether the lane is open under this assignment, so that its series may be exposed.
        fenced: whether another owner was detected, and no later group heartbeat has succeeded yet.
        lag: records to read; None while the end of the partition is not known.
        still_seconds: since it last committed or had nothing to commit.
    """

    topic: str
    partition: int
    shown: bool
    fenced: bool
    lag: int | None
    still_seconds: float

    @property
    def name(self) -> str:
        """Topic and partition, ``creator.gift-0``."""
        return f"{self.topic}-{self.partition}"


@dataclass(frozen=True, slots=True)
class Vitals:
    """A worker at one moment; all times are seconds since an event.

    Attributes:
        loop_seconds: since the event loop last had a turn.
        look_seconds: since the watchdog finished a look.
        heartbeat_seconds: since the last successful group heartbeat was sent; None before the first one.
        moving_seconds: since the group began to rebalance without coming to rest; None at rest.
        joined: whether the group has ever given this worker an assignment.
        leaving: whether it was told to stop.
        group_fault: a fault of the group: strangers in it, or it refuses this worker; empty: none.
        lanes: of the assignment.
    """

    loop_seconds: float
    look_seconds: float
    heartbeat_seconds: float | None
    moving_seconds: float | None
    joined: bool
    leaving: bool
    group_fault: str
    lanes: tuple[LaneVitals, ...]


@dataclass(frozen=True, slots=True)
class HealthVerdict:
    """The answer to a health check.

    Attributes:
        ok: yes or no.
        reason: one line for people.
    """

    ok: bool
    reason: str


def live(vitals: Vitals, settings: Settings) -> HealthVerdict:
    """Whether no restart is needed: False if the event loop is blocked, or progress is long missing.

    The limits are the session time-out for the event loop, ``stall_after`` for a lane with records to read,
    and twice that for the group and for the watchdog itself.
    """
    stall, slow = settings.stall_after, 2 * settings.stall_after
    if vitals.loop_seconds > settings.session_timeout:
        return HealthVerdict(
            ok=False, reason=f"the event loop has stood still for {vitals.loop_seconds:.0f} s"
        )
    if vitals.look_seconds > slow:
        return HealthVerdict(ok=False, reason=f"the watchdog has not looked for {vitals.look_seconds:.0f} s")
    if vitals.moving_seconds is not None and vitals.moving_seconds > slow:
        return HealthVerdict(
            ok=False, reason=f"the group has not come to rest for {vitals.moving_seconds:.0f} s"
        )
    worst = max(vitals.lanes, key=lambda lane: lane.still_seconds, default=None)
    if worst is not None and worst.still_seconds > stall:
        to_read = "an unknown number of" if worst.lag is None else f"{worst.lag}"
        return HealthVerdict(
            ok=False,
            reason=(
                f"{worst.name} has committed nothing for {worst.still_seconds:.0f} s, "
                f"{to_read} records to read"
            ),
        )
    return HealthVerdict(ok=True, reason="live")


def ready(vitals: Vitals, settings: Settings) -> HealthVerdict:
    """Whether every lane of the assignment is open and exposed; True as well if the assignment is empty."""
    heartbeat, count = vitals.heartbeat_seconds, len(vitals.lanes)
    fenced = [lane.name for lane in vitals.lanes if lane.fenced]
    closed = [lane.name for lane in vitals.lanes if not lane.shown]
    alive = live(vitals, settings)
    if not alive.ok:
        return alive
    reason = ""
    if vitals.leaving:
        reason = "the worker is leaving"
    elif vitals.group_fault:
        reason = vitals.group_fault
    elif not vitals.joined or heartbeat is None:
        reason = "no assignment yet"
    elif heartbeat >= settings.session_timeout:
        reason = f"the last group heartbeat was {heartbeat:.0f} s ago: others may own its partitions"
    elif vitals.moving_seconds is not None:
        reason = f"the group has been rebalancing for {vitals.moving_seconds:.0f} s"
    elif fenced:
        reason = f"fenced: {_some(fenced)}"
    elif closed:
        reason = f"{len(closed)} of {count} lanes are recovering: {_some(closed)}"
    if reason:
        return HealthVerdict(ok=False, reason=reason)
    return HealthVerdict(
        ok=True, reason=f"ready, {count} lanes" if count else "ready, no partition is left for it"
    )


def _some(names: list[str]) -> str:
    rest = f" and {len(names) - _NAMED_LANES} more" if len(names) > _NAMED_LANES else ""
    return ", ".join(names[:_NAMED_LANES]) + rest
