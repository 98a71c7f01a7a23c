"""A runbook page for each alert, from its guardrails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.conditions import Against, needs_history
from creator_pulse.stream.monitoring.alerts import BOARDS, declared, expression, number
from creator_pulse.stream.monitoring.families import baseline_of, series_of

if TYPE_CHECKING:
    from creator_pulse.stream.catalog.declare import Guardrail, Metric


def pages() -> dict[str, bytes]:
    """Markdown pages by file name under ``runbooks/``, one per alert name."""
    by_alert: dict[str, list[tuple[Metric, Guardrail]]] = {}
    for metric, guardrail in declared():
        by_alert.setdefault(guardrail.alert, []).append((metric, guardrail))
    return {f"{alert}.md": _page(alert, group).encode() for alert, group in by_alert.items()}


def _page(alert: str, group: list[tuple[Metric, Guardrail]]) -> str:
    metric, first = group[0]
    board = BOARDS.get(metric.tier, "pulse-overview")
    lines = [f"# {alert}", "", "## Meaning", "", first.summary, ""]
    lines += [f"{metric.title} ({metric.id}): {metric.formula}. {metric.note}".rstrip(), ""]
    for _, guardrail in group:
        lines += [f"{_severity(guardrail)} when this {_duration(guardrail)}:", *_query(expression(guardrail))]
    lines += _baseline(first)
    lines += ["## Impact", "", *[f"- {text}" for text in dict.fromkeys(g.impact for _, g in group)], ""]
    lines += ["## Diagnosis", "", f"Start on the board `/d/{board}`.", ""]
    lines += [f"{place}. {step}" for place, step in enumerate(first.diagnosis, 1)]
    lines += ["", "The number itself, by its labels:", *_query(series_of(first))]
    lines += ["## Mitigation", "", first.mitigation, ""]
    lines += ["## Verify", "", "The alert is gone once this stays empty:", *_query(expression(group[-1][1]))]
    return "\n".join(lines).rstrip() + "\n"


def _severity(guardrail: Guardrail) -> str:
    return {"page": "Page", "ticket": "Ticket", "none": "Heartbeat"}[guardrail.severity]


def _duration(guardrail: Guardrail) -> str:
    return f"holds for {guardrail.minutes} minutes" if guardrail.minutes else "holds"


def _query(expr: str) -> list[str]:
    return ["", "```promql", expr, "```", ""]


def _baseline(guardrail: Guardrail) -> list[str]:
    if not needs_history(guardrail.condition):
        return []
    text = (
        "What is usual is the median of the same hour of the last four weeks. "
        "Without history there is none, and the alert is silent"
    )
    if isinstance(guardrail.condition, Against) and guardrail.condition.floor is not None:
        text += f" unless the number is beyond {number(guardrail.condition.floor)}"
    return [f"{text}:", *_query(baseline_of(series_of(guardrail)))]
