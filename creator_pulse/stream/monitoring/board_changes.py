"""The table of what changed in the last hour: alerts that began or ended, workers, rules, the calendar."""

from __future__ import annotations

from creator_pulse.stream.monitoring.board_alert_panels import WATCHED
from creator_pulse.stream.monitoring.board_links import KEEP
from creator_pulse.stream.monitoring.board_panel import BoardColumn, Panel, States
from creator_pulse.stream.monitoring.board_words import NO_CHANGE
from creator_pulse.stream.monitoring.records import CALENDAR, RELOADED, STARTED

_HOUR = 3600
_FIRING = f'max by (alertname, app) (ALERTS{{{WATCHED},alertstate="firing"}})'
_SINCE = f"min by (alertname, app) (ALERTS_FOR_STATE{{{WATCHED}}})"
_STATES: States = {
    "0": ("is over", "green"),
    "1": ("fires", "red"),
    "2": ("started", "text"),
    "3": ("read anew", "text"),
    "4": ("other volumes expected", "text"),
}
"""The meaning of the number in the column of states."""


def changed() -> Panel:
    """What changed in the last hour, and since when it is as it is."""
    fired = f"max_over_time(({_FIRING})[1h:1m])"
    ended = f"max_over_time((timestamp({_FIRING}))[1h:1m])"
    # A worker may have two exporters; the start of a process is its own time.
    started = f"max by (instance) ({STARTED} > time() - {_HOUR})"
    reloaded = f"max({RELOADED} > time() - {_HOUR})"
    calendar = f"max by (app, tool) ({CALENDAR} != {CALENDAR} offset 1h)"
    states = (
        _what(f"({_FIRING}) or 0 * ({fired})", "$1", "alertname"),
        _what(f"0 * {started} + 2", "worker $1", "instance"),
        _what(f"0 * {reloaded} + 3", "rules"),
        _what(f"0 * {calendar} + 4", "calendar, $1", "tool"),
    )
    times = (
        _what(f"({_SINCE} and {_FIRING}) or ({ended})", "$1", "alertname"),
        _what(started, "worker $1", "instance"),
        _what(reloaded, "rules"),
    )
    return Panel(
        "What changed in the last hour",
        "Alerts that began to fire or are over, workers that started, rules that were read anew, days of the "
        "calendar that began or ended. A name leads to the board of alerts.",
        "short",
        {},
        width=24,
        height=6,
        kind="table",
        empty=NO_CHANGE,
        columns=(
            BoardColumn("What", label="what", link=f"/d/pulse-alerts?{KEEP}"),
            BoardColumn("App", label="app"),
            BoardColumn("Change", "\nor ".join(states), states=_STATES),
            BoardColumn("Since", f"1000 * ({' or '.join(times)})", unit="dateTimeFromNow", empty=""),
        ),
        sort="Since",
    )


def _what(expr: str, text: str, label: str = "") -> str:
    """Series named for people, with nothing else that tells them apart but the app."""
    pattern = "(.+)" if label else ""
    return f'max by (what, app) (label_replace({expr}, "what", "{text}", "{label}", "{pattern}"))'
