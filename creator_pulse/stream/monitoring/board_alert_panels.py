"""Panels over alerts and guardrails: what fires, since when, and how near the others are to their bounds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.overrides import OVERRIDES
from creator_pulse.stream.monitoring.board_links import RUNBOOK, cases, where_of_row
from creator_pulse.stream.monitoring.board_panel import ALERT_STATES, BoardColumn, Panel
from creator_pulse.stream.monitoring.board_words import (
    NO_ALERT,
    NO_HISTORY,
    NO_OVERRIDE,
    NOTHING_FIRES,
    TOOLS,
)
from creator_pulse.stream.monitoring.guardrail_records import BOUND, NEAR, VALUE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from creator_pulse.stream.catalog.declaration.declare import Metric

WATCHED = 'product="pulse",alertname!="Watchdog"'
"""Every alert but the one that always fires."""
_PLACES = (
    BoardColumn("Tool", label="tool", states={tool: (name, "text") for tool, name in TOOLS.items()}),
    BoardColumn("App", label="app", link=where_of_row("app")),
)
_PARTS = {
    "region": "Region",
    "surface": "Surface",
    "topic": "Topic",
    "state": "Deal in state",
    "step": "Step",
    "rule": "Rule",
    "field": "Field",
    "reason": "Reason",
    "kind": "Of",
    "part": "Part",
    "integration": "Receiver",
    "job": "Job",
    "instance": "Process",
}
"""Labels of which a guardrail has several values in an app, and what they are called."""
_BY = ("alertname", "severity", *(column.label for column in _PLACES), *_PARTS)
"""Labels that tell the lines of a table apart."""
SEVERITIES = {"critical": ("critical", "red"), "warning": ("warning", "orange")}
_NEAR_STEPS = ((0.75, "yellow"), (1, "red"))
_GUARDED = {
    "-2": ("over, held back", "text"),
    "-1": ("silent: no history", "text"),
    "0": ("watching", "green"),
    **ALERT_STATES,
}
"""What the number in the column of states means."""


def alertnames(metrics: Iterable[Metric]) -> str:
    """A regular expression of the alerts of some metrics."""
    return "|".join(sorted({guardrail.alert for metric in metrics for guardrail in metric.guardrails}))


def states(chosen: str, title: str, width: int = 24) -> Panel:
    """Pending and firing alerts over time, by name.

    Args:
        chosen: matchers, such as ``alertname=~"A|B"``.
        title: title of the panel.
        width: 1 to 24, in columns of the board.
    """
    alerts = f'max by (alertname) (ALERTS{{product="pulse",{chosen},alertstate="%s"}})'
    return Panel(
        title,
        "Empty is good. Pending: the bound is crossed, but not for long enough yet.",
        "short",
        {"{{alertname}}": f"2 * {alerts % 'firing'} or {alerts % 'pending'}"},
        width=width,
        kind="statetimeline",
        empty=NO_ALERT,
        states=ALERT_STATES,
    )


def firing(chosen: str, title: str, width: int = 24, *, by_topic: bool = True) -> Panel:
    """What fires or is pending now, since when, and where to read what to do.

    Args:
        chosen: matchers, such as ``alertname=~"A|B"``.
        title: title of the panel.
        width: 1 to 24, in columns of the board.
        by_topic: whether each topic of the pipeline has its line; else all have one together.
    """
    by = "alertname, severity, tool, app" + (", topic" if by_topic else "")
    alerts = f'max by ({by}) (ALERTS{{product="pulse",{chosen},alertstate="%s"}})'
    since = f'min by ({by}) (ALERTS_FOR_STATE{{product="pulse",{chosen}}})'
    return Panel(
        title,
        "One line an alert and place; its name leads to the runbook, its app to who explains it. "
        "Since: when its bound was crossed.",
        "short",
        {},
        width=width,
        # Eight alerts are seen without scrolling; the board draws no more height than there are lines.
        height=8,
        kind="table",
        empty=NOTHING_FIRES,
        columns=(
            BoardColumn("Alert", label="alertname", link=RUNBOOK),
            BoardColumn(
                "State", f"2 * {alerts % 'firing'} or {alerts % 'pending'}", states=ALERT_STATES, width=80
            ),
            BoardColumn("Severity", label="severity", states=SEVERITIES, width=80),
            *_PLACES,
            *((BoardColumn("Topic", label="topic"),) if by_topic else ()),
            BoardColumn("Since", f"1000 * {since}", unit="dateTimeFromNow", empty=""),
        ),
        sort="State",
        links={"Cases": cases()},
    )


def guardrails(chosen: str, title: str, description: str, *, most: int = 0, height: int = 12) -> Panel:
    """Guardrails as a table: value, bound, how near, state, since when.

    One may be over its bound and held back: there is too little to judge by, or its page fires in its place.

    Args:
        chosen: matchers of the recorded guardrails, such as ``tool="gift"``.
        title: title of the panel.
        description: how to read it.
        most: how many lines, the nearest first; 0: all.
        height: in rows of the grid.
    """
    on = f"on ({', '.join(_BY)})"
    near, value, bound = (
        f"max by ({', '.join(_BY)}, unit) ({name}{{{chosen}}})" for name in (NEAR, VALUE, BOUND)
    )
    alerts = f'max by ({", ".join(_BY)}) (ALERTS{{{WATCHED},alertstate="%s"}})'
    since = f"min by ({', '.join(_BY)}) (ALERTS_FOR_STATE{{{WATCHED}}})"
    # The labels of a line, which choose its alert: alerts have no unit.
    line = f"0 * {value}"
    state = (
        f"{line} + {on} group_left () (2 * {alerts % 'firing'} or {alerts % 'pending'})\n"
        f"or {line} - 2 * ({near} >bool 1)\nor {line} - 1"
    )
    nearest = f"\nand topk({most}, {near})" if most else ""
    columns = (
        BoardColumn("Guardrail", label="alertname", link=RUNBOOK),
        BoardColumn("Severity", label="severity", states=SEVERITIES, width=80),
        *_PLACES,
        *(BoardColumn(title, label=label) for label, title in _PARTS.items()),
        BoardColumn("Value", value, empty=""),
        BoardColumn("Bound", bound, empty=NO_HISTORY),
        BoardColumn("Unit", label="unit", width=90),
        BoardColumn(
            "Used of the way",
            near,
            unit="percentunit",
            decimals=0,
            bar=1,
            steps=_NEAR_STEPS,
            empty=NO_HISTORY,
        ),
        BoardColumn("State", state, states=_GUARDED, width=110),
        BoardColumn("Since", f"{line} + {on} group_left () 1000 * {since}", unit="dateTimeFromNow", empty=""),
    )
    return Panel(
        title,
        description,
        "short",
        {},
        width=24,
        height=height,
        kind="table",
        empty=NO_HISTORY,
        columns=tuple(
            replace(column, expr=f"({column.expr}){nearest}" if nearest else column.expr)
            if column.expr
            else column
            for column in columns
        ),
        sort="Used of the way",
    )


def overrides(title: str, height: int = 8) -> Panel:
    """The bounds that somebody set for a while: to what, until when, who and why.

    Args:
        title: title of the panel.
        height: in rows of the grid.
    """
    by = "alert, app, region, reason, who"
    until = f'max by ({by}) (pulse_override_until_timestamp_seconds{{app=~"$app"}})'
    bound = f"{OVERRIDES} * on (alert, app, region) group_right () (0 * {until} + 1)"
    return Panel(
        title,
        "In place of the declared bound, in its unit; `pulse override` sets and ends them.",
        "short",
        {},
        width=24,
        height=height,
        kind="table",
        empty=NO_OVERRIDE,
        columns=(
            BoardColumn("Alert", label="alert", link="/runbooks/${__data.fields.alert}"),
            BoardColumn("App", label="app"),
            BoardColumn("Region", label="region"),
            BoardColumn("Bound", bound),
            BoardColumn("Until", f"1000 * {until}", unit="dateTimeAsIso"),
            BoardColumn("Who", label="who"),
            BoardColumn("Why", label="reason"),
        ),
        sort="Until",
    )
