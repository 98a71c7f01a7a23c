"""What may happen in a world, before it is known when: a kind of incident at one size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from creator_pulse.proof.backtest.change import Change

if TYPE_CHECKING:
    from creator_pulse.proof.backtest.incident import Kind, Match, Severity

Scope = Literal["app", "region", "platform"]
Changes = Callable[[int], tuple[Change, ...]]
"""Duration in minutes -> the changes of sums."""


def always(*changes: Change) -> Changes:
    """The same changes however long it lasts."""
    return lambda _minutes: changes


nothing = always()
"""No change of any sum."""


@dataclass(frozen=True, kw_only=True)
class IncidentPlan:
    """A kind of incident, or of something unusual, at one size.

    Attributes:
        name: with ``size`` a row of the report.
        size: how much.
        minutes: how long it lasts.
        changes: of the sums of each place.
        scope: one app, the largest region of one app, or the whole platform.
        kind: wrong or unusual.
        severity: of the message that must come at least.
        hard: whether it must be found in every case.
        must: alerts of which one must fire.
        may: alerts that may fire as well.
        never: alerts that must not fire.
        announced: tool and factor of an entry in the calendar, if it is announced.
        stalls: whether event time stands still while it lasts.
        tickets: how many tickets something unusual may cost.
        aside: whether other things may happen in the same app meanwhile, because it lasts for days.
    """

    name: str
    size: str = ""
    minutes: int
    changes: Changes = nothing
    scope: Scope = "app"
    kind: Kind = "incident"
    severity: Severity = "page"
    hard: bool = False
    must: tuple[Match, ...] = ()
    may: tuple[Match, ...] = ()
    never: tuple[Match, ...] = ()
    announced: tuple[tuple[str, float], ...] = ()
    stalls: bool = False
    tickets: int = 0
    aside: bool = False
