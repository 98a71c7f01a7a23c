"""The report of a backtest as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.agents.utc import to_minute
from creator_pulse.proof.backtest.figures import FIGURES, alert_rows, figure_text, figures, incident_rows
from creator_pulse.proof.backtest.judge import IN_VAIN, IncidentOutcome, JudgedMessage
from creator_pulse.stream.aggregates.spans import MINUTE_MS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from creator_pulse.proof.backtest.figures import SeedResult

_TOLD_LABELS = ("app", "region", "signal", "speed", "direction", "topic")


def lines(results: Sequence[SeedResult]) -> Iterator[str]:
    """Figures, a table of incidents, a table of alerts, then pages in vain and missed incidents."""
    for name, value in figures(results).items():
        yield f"{name:<16} {figure_text(value):>8}  {FIGURES[name]}"
    yield ""
    yield _incident("incident", "size", "must", "detected", "minutes", "worst", "reset", "pages")
    for row in incident_rows(results):
        yield _incident(
            row.name,
            row.size,
            row.severity,
            f"{row.detected}/{row.happened}",
            figure_text(row.minutes),
            figure_text(row.worst),
            figure_text(row.reset),
            f"{row.pages:.1f}",
        )
    yield ""
    yield _alert("alert", "", "right", "collateral", "clean", "between", "unusual", "beside")
    for alert in alert_rows(results):
        counts = (alert.right, alert.collateral, alert.clean, alert.between, alert.unusual, alert.beside)
        yield _alert(alert.alert, alert.severity, *map(str, counts))
    yield ""
    yield from faults(results)


def _incident(name: str, size: str, must: str, *columns: str) -> str:
    return f"{name:<26} {size:<30} {must:<7}" + "".join(f"{column:>8}" for column in columns)


def _alert(name: str, severity: str, *columns: str) -> str:
    return f"{name:<26} {severity:<7}" + "".join(f"{column:>11}" for column in columns)


def faults(results: Sequence[SeedResult]) -> Iterator[str]:
    """A line for each page that was in vain, and for each incident that was missed."""
    unjudged = dict.fromkeys(incident for result in results for incident in result.unjudged)
    if unjudged:
        yield f"not judged, as their alerts read other series: {', '.join(unjudged)}"
    for result in results:
        for opinion in result.opinions:
            if opinion.message.page and opinion.opinion in IN_VAIN:
                yield f"{_in_vain(opinion)} ({result.name})"
        for outcome in result.outcomes:
            if outcome.detected is None:
                yield f"{_missed(outcome)} ({result.name})"


def _in_vain(judged: JudgedMessage) -> str:
    labels = judged.message.labels[0]
    place = " ".join(f"{name}={labels[name]}" for name in _TOLD_LABELS if labels.get(name))
    about = f", {judged.incident.name} {judged.incident.size}" if judged.incident else ""
    minutes = judged.message.end - judged.message.start
    when = to_minute(judged.message.start * MINUTE_MS)
    return f"in vain, {judged.opinion}{about}: {when} for {minutes} min {labels.get('alertname')} {place}"


def _missed(outcome: IncidentOutcome) -> str:
    incident = outcome.incident
    place = " ".join(filter(None, (incident.app, incident.region))) or "everywhere"
    hard = "missed, hard" if incident.hard else "missed"
    minutes = incident.end - incident.start
    when = to_minute(incident.start * MINUTE_MS)
    return f"{hard}: {incident.name} {incident.size} {when} for {minutes} min, {place}"
