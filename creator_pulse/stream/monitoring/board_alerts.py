"""The board of alerts: what fired, for how long, and were they right?"""

from __future__ import annotations

from creator_pulse.stream.catalog.registry import METRICS
from creator_pulse.stream.monitoring.board_alert_panels import SEVERITIES, WATCHED, firing, states
from creator_pulse.stream.monitoring.board_forms import panels_of
from creator_pulse.stream.monitoring.board_links import RUNBOOK
from creator_pulse.stream.monitoring.board_panel import BoardColumn, Panel
from creator_pulse.stream.monitoring.board_parts import Board, BoardRow, variable
from creator_pulse.stream.monitoring.board_words import NO_ALERT

_SEVERITY = (variable("severity", "Severity", 'label_values(ALERTS{product="pulse"}, severity)'),)
_CHOSEN = f'{WATCHED},severity=~"$severity"'


def board() -> Board:
    """The alerts."""
    precise = [
        metric
        for metric in METRICS
        if "RuleCriesWolf" in {guardrail.alert for guardrail in metric.guardrails}
    ]
    return Board(
        uid="pulse-alerts",
        title="Creator Pulse: alerts",
        description="What fired, for how long, and was it right?",
        variables=_SEVERITY,
        rows=(
            BoardRow("Now", (firing(_CHOSEN, "Active alerts"),)),
            BoardRow("Over time", (states(_CHOSEN, "Alerts over time"),)),
            BoardRow(
                "How long, and was it right?",
                (_long(), *(panel for metric in precise for panel in panels_of(metric))),
            ),
        ),
        since="6h",
    )


def _long() -> Panel:
    """The time that each alert fired within the range shown, to the minute."""
    fired = f'max by (alertname, severity) (ALERTS{{{_CHOSEN},alertstate="firing"}})'
    return Panel(
        "Time spent firing",
        "How long each alert fired in the range shown, and which share of it that is.",
        "s",
        {},
        width=16,
        height=8,
        kind="table",
        empty=NO_ALERT,
        columns=(
            BoardColumn("Alert", label="alertname", link=RUNBOOK),
            BoardColumn("Severity", label="severity", states=SEVERITIES, width=90),
            BoardColumn("Fired for", f"60 * sum_over_time({fired}[$__range:1m])", unit="s"),
            BoardColumn(
                "Share of the range",
                f"60 * sum_over_time({fired}[$__range:1m]) / $__range_s",
                unit="percentunit",
                decimals=0,
                bar=1,
            ),
        ),
        sort="Fired for",
    )
