"""Marks in time on every board: alerts, changes, special days, blind times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from creator_pulse.stream.catalog.declaration.lane_series import lane_counter
from creator_pulse.stream.monitoring.alerts import declared
from creator_pulse.stream.monitoring.records import CALENDAR, RELOADED, RESTATED

_RATE: Final = "[$__rate_interval]"
_MANY: Final = 4
"""Times the day's mean from which on restatements are a wave: there are always some, as records come late."""
_DAY: Final = "23h"
"""Before: the mean of a day is that of a day from then on."""
_LAST_STEP: Final = "3h"
"""A range ends up to a step before now: by then the first worker may not have been there yet."""
_WORKERS: Final = 'last_over_time(up{{job="pulse"}}[1d]{})'
_LATER: Final = _WORKERS.format(f" @ end() offset -{_LAST_STEP}")
_INSTALLED: Final = f"(count({_WORKERS.format('')}) or absent({_LATER}))"
"""Whether workers were there, or still are not: before the first there was nothing to be blind with."""
_FIVE_MINUTES: Final = 288
"""Spans of five minutes in a day."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One kind of mark.

    Attributes:
        title: of the switch that shows and hides it.
        expr: PromQL; wherever it has a value, something is marked.
        color: Grafana's name; of one kind the same on every board.
        text: of one mark, with ``{{label}}`` for its labels.
    """

    title: str
    expr: str
    color: str
    text: str


def marks(chosen: str, *, by_app: bool) -> tuple[Mark, ...]:
    """All kinds of marks of a board.

    Args:
        chosen: matchers of the alerts that the board is about, such as ``tool="gift"``; empty: all.
        by_app: whether a reader chooses apps on it.
    """
    restated = f"sum(increase({lane_counter('pulse_restatements_total')}[5m]))"
    usual = f"{_MANY} * {RESTATED} / {_FIVE_MINUTES}"
    worker = 'pulse_worker_info{job="pulse"}'
    reloaded = f"changes({RELOADED}[1m]) > 0 or changes({RELOADED}{_RATE}) > 0"
    return (
        Mark("Critical alerts", _firing("critical", chosen), "red", "{{alertname}}"),
        Mark("Warnings", _firing("warning", chosen), "orange", "{{alertname}}"),
        Mark(
            "Not seen",
            f"max by (topic) (topic:pulse_freshness_seconds:max) > {_stale():g} "
            f"or absent(topic:pulse_freshness_seconds:max) and on () {_INSTALLED}",
            "gray",
            "nothing counted yet, or too late: {{topic}}",
        ),
        Mark(
            "Calendar",
            f"max by (app, tool) ({CALENDAR}{_of_app(by_app=by_app)}) != 1",
            "green",
            "calendar: {{app}} {{tool}}",
        ),
        Mark(
            "Restatements",
            # A part of a day has no mean yet that anything could be a multiple of.
            f"{restated} > {usual} > 0 and last_over_time({RESTATED}[1h] offset {_DAY})",
            "yellow",
            "finals were restated, far more than usual",
        ),
        Mark(
            "Deployments",
            f'max by (instance) (changes(process_start_time_seconds{{job="pulse"}}{_RATE})) > 0 '
            f"or max by (instance, version) ({worker} unless {worker} offset $__rate_interval)",
            "blue",
            "worker started: {{instance}} {{version}}",
        ),
        Mark("Rules", f"max({reloaded})", "purple", "Prometheus read its rules anew"),
    )


def _firing(severity: str, chosen: str) -> str:
    matchers = ",".join(filter(None, (f'severity="{severity}"', chosen)))
    return f'max by (alertname) (ALERTS{{product="pulse",alertstate="firing",{matchers}}})'


def _of_app(*, by_app: bool) -> str:
    return '{app=~"$app"}' if by_app else ""


def _stale() -> float:
    """Seconds behind the clock from which on a page says that data is stale; a ticket says so earlier."""
    return max(
        float(bound)
        for _, guardrail in declared()
        if guardrail.alert == "DataStale"
        for _, bound in guardrail.condition.fixed()
    )
