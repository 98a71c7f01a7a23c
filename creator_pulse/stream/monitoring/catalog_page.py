"""The catalogue for machines (``pulse catalog --json``) and for readers (``docs/catalogue.md``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from creator_pulse.stream.catalog.registry import METRICS, topics_of
from creator_pulse.stream.catalog.series_budget import series_budget
from creator_pulse.stream.monitoring.alerts import SEVERITY, expression
from creator_pulse.stream.monitoring.families import FAMILIES, gauge, once
from creator_pulse.stream.monitoring.value_rules import metric_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.catalog.declaration.declare import Guardrail, Metric
    from creator_pulse.stream.settings import Settings

PAGE = "docs/catalogue.md"
"""Path of the page, from the root of the project."""
ACROSS = {
    "flow: produce, engage, monetize, pay, share": ("GR5",),
    "engagement": ("EN1", "EN2", "EN3", "EN4"),
    "growth": ("GR9", "GR10", "GR11"),
    "who joins, and who stays": ("GR1", "GR7", "GR3", "GR4", "SP2", "EC7", "BD5", "AV5"),
    "competitors": ("BM1", "BM2", "BM3"),
}
"""Question across tools and parties -> ids of metrics."""


def catalog_json(settings: Settings) -> list[dict[str, Any]]:
    """One object per metric, in the order of the catalogue.

    ``promql`` maps value name -> window -> the exact expression for the newest complete window, one
    sample per label set; a series that Prometheus records maps from its name to itself, without a
    window. ``rules`` say how each value is made of measures, and how much a record adds to these. ``topics``
    are the full names of the input topics it is made of, ``series`` the most series that its values can have.
    """
    budget = series_budget(settings)
    return [
        {
            "id": metric.id,
            "name": metric.values[0].name if metric.values else next(iter(metric.recorded), metric.id),
            "title": metric.title,
            "question": metric.question,
            "tier": metric.tier,
            "tool": metric.tool,
            "stakeholders": list(metric.stakeholders),
            "unit": metric.unit,
            "windows": list(metric.windows),
            "formula": metric.formula,
            "source": metric.source,
            "note": metric.note,
            "topics": sorted({settings.topic(name) for value in metric.values for name in topics_of(value)}),
            "promql": _promql(metric),
            "series": sum(budget.get(f"pulse_{name}", 0) for name in {value.name for value in metric.values}),
            "rules": metric_rules(metric),
            "guardrails": [_guardrail(guardrail) for guardrail in metric.guardrails],
        }
        for metric in METRICS
    ]


def _promql(metric: Metric) -> dict[str, dict[str, str]]:
    expressions = {
        name: {window: once(FAMILIES[name], gauge(name, window)) for window in FAMILIES[name].windows}
        for name in dict.fromkeys(value.name for value in metric.values)
    }
    return expressions | {name: {"": name} for name in metric.recorded}


def _guardrail(guardrail: Guardrail) -> dict[str, str]:
    return {
        "alert": guardrail.alert,
        "severity": SEVERITY[guardrail.severity],
        "expr": expression(guardrail),
        "for": f"{guardrail.minutes}m",
        "runbook": f"/runbooks/{guardrail.alert}",
    }


def catalogue_page() -> bytes:
    """The catalogue as a Markdown page."""
    lines = [
        "# Catalogue",
        "",
        "Generated from `creator_pulse/stream/catalog` by `pulse generate`.",
        "Each metric answers one question.",
        "Values are gauges `pulse_<value>` with the labels `window` and `state`;",
        "alerts link to their runbooks.",
        "",
        *_hierarchy(),
        "## Metrics",
        "",
        "| id | question | formula | unit | values | windows | for | alerts |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [_row(metric) for metric in METRICS]
    lines += ["", "## Notes", ""]
    lines += [f"- **{metric.id} {metric.title}**: {_note(metric)}" for metric in METRICS]
    return ("\n".join(lines) + "\n").encode()


def _hierarchy() -> list[str]:
    """The ids by tier and tool, by tier and party, and by questions across all."""
    tiers = dict.fromkeys(metric.tier for metric in METRICS)
    tools = dict.fromkeys(metric.tool for metric in METRICS)
    parties = dict.fromkeys(party for metric in METRICS for party in metric.stakeholders)
    lines = ["## Hierarchy", "", "By what is judged, and with what creators earn:", ""]
    lines += _table(
        "tier", {name: {m.id: m.tier for m in METRICS if m.tool == name} for name in tools}, tuple(tiers)
    )
    lines += ["", "By who asks:", ""]
    lines += _table(
        "tier",
        {name: {m.id: m.tier for m in METRICS if name in m.stakeholders} for name in parties},
        tuple(tiers),
    )
    lines += ["", "Across tools and parties:", ""]
    lines += [f"- {name}: {', '.join(ids)}" for name, ids in ACROSS.items()]
    return [*lines, ""]


def _table(corner: str, columns: Mapping[str, Mapping[str, str]], rows: tuple[str, ...]) -> list[str]:
    """A table of ids: each column says by id in which row it stands."""
    lines = [f"| {corner} | {' | '.join(columns)} |", "|---" * (1 + len(columns)) + "|"]
    for row in rows:
        cells = (
            ", ".join(name for name, of_row in of.items() if of_row == row) or "-" for of in columns.values()
        )
        lines.append(f"| {row} | {' | '.join(cells)} |")
    return lines


def _row(metric: Metric) -> str:
    names = dict.fromkeys(value.name for value in metric.values)
    alerts = dict.fromkeys(guardrail.alert for guardrail in metric.guardrails)
    cells = (
        metric.id,
        metric.question,
        metric.formula,
        metric.unit,
        ", ".join(f"`{name}`" for name in (*names, *metric.recorded)),
        ", ".join(metric.windows),
        ", ".join(metric.stakeholders),
        ", ".join(f"[{name}](../grafana/runbooks/{name}.md)" for name in alerts),
    )
    return "| " + " | ".join(cell or "-" for cell in cells) + " |"


def _note(metric: Metric) -> str:
    return f"{metric.tier}; source: {metric.source}. {metric.note}".rstrip()
