"""The board of the guardrails: how near is each to its bound, and which cannot judge yet?"""

from __future__ import annotations

from creator_pulse.stream.monitoring.board_alert_panels import WATCHED, guardrails, overrides
from creator_pulse.stream.monitoring.board_panel import Panel
from creator_pulse.stream.monitoring.board_parts import Board, BoardRow, variable
from creator_pulse.stream.monitoring.board_words import NO_HISTORY, NOTHING_FIRES
from creator_pulse.stream.monitoring.guardrail_records import NEAR, RANK, VALUE

_APP = (variable("app", "App", "label_values(pulse_gift_usd_total, app)"),)
_HOW = (
    "Used of the way: 0 % is usual (or nothing), 100 % is the bound; above, the alert fires once that holds "
    "for long enough. Shares are in per cent; the value and its bound are in the unit beside them."
)


def board() -> Board:
    """The guardrails."""
    chosen = 'tier!="pipeline",app=~"$app|"'
    return Board(
        uid="pulse-guardrails",
        title="Creator Pulse: guardrails",
        description="How near is each guardrail to its bound, and which cannot judge yet?",
        variables=_APP,
        rows=(
            BoardRow("How many are crossed, and how many can judge?", _counts()),
            BoardRow(
                "Nearest to their bounds",
                (guardrails(f'{WATCHED},app=~"$app|"', "Nearest 25", _HOW, most=25, height=20),),
            ),
            BoardRow("Which bounds are overridden?", (overrides("Active overrides"),)),
            BoardRow(
                "Everything",
                (guardrails(chosen, "All business guardrails", _HOW, height=30),),
                closed=True,
            ),
        ),
    )


def _counts() -> tuple[Panel, ...]:
    texts = {
        "Firing": (
            f"count({RANK} >= 3) or vector(0)",
            "Alerts whose bound has been crossed for long enough.",
        ),
        "Pending": (f"count({RANK} < 3) or vector(0)", "Crossed, but not for long enough yet."),
        "Past 75% of the way": (
            f"count({NEAR} > 0.75 < 1) or 0 * count({NEAR})",
            "Not crossed yet; a reader looks at these before they fire.",
        ),
        "With a verdict": (f"count({NEAR})", "Guardrails that have a value and a bound."),
        "Without a verdict": (
            f"count({VALUE}) - count({NEAR})",
            "Without a bound: what is usual needs a week of history. They are silent, not green.",
        ),
    }
    steps = {"Firing": ((1, "red"),), "Pending": ((1, "yellow"),), "Without a verdict": ((1, "text"),)}
    return tuple(
        Panel(
            title,
            description,
            "short",
            {"guardrails": expr},
            width=4,
            height=4,
            kind="stat",
            decimals=0,
            empty=NOTHING_FIRES if title in {"Firing", "Pending"} else NO_HISTORY,
            steps=steps.get(title, ()),
        )
        for title, (expr, description) in texts.items()
    )
