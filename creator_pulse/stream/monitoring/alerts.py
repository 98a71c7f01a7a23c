"""Alerting rules, from the guardrails of the catalogue."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.declaration.causes import alerts_of_two_forms, steps_above, tool_of
from creator_pulse.stream.catalog.declaration.recorded import baseline_of, recorded
from creator_pulse.stream.catalog.declaration.teams import team_of
from creator_pulse.stream.catalog.declaration.windows import WINDOWS
from creator_pulse.stream.catalog.overrides import bound_of, overridable
from creator_pulse.stream.catalog.registry import METRICS
from creator_pulse.stream.monitoring.families import series_of
from creator_pulse.stream.monitoring.records import OFTEN, WINDOWS_EVERY, age_of
from creator_pulse.stream.monitoring.site import USUAL, Site

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from creator_pulse.stream.catalog.declaration.declare import Guardrail, Metric

SEVERITY = {"page": "critical", "ticket": "warning", "none": "none"}
"""Word of the declaration -> value of the ``severity`` label."""
STALE_SECONDS = 900
"""A window that ended longer ago says nothing about now; DataStale has paged by then."""
KEEP_MINUTES = {"page": 10, "ticket": 30, "none": 0}
"""How long an alert goes on after its condition has ended: if it comes and goes it is one message."""
STEP_MINUTES = 5
"""How much longer a page of evidence goes on that holds back others: its effects end a bit later."""
SCRAPED, SELDOM = "5s", "1m"
_INTERVALS = (SCRAPED, OFTEN, WINDOWS_EVERY, SELDOM)
"""How often a group of alerts is evaluated: as its most hurried one, which may not wait for a recording."""
WHERE = "pulse-where"
"""The board of contributors."""
_DAY_MS = WINDOWS["24h"].size_ms
# How a description writes the number that is compared: `{{ printf "%.2f" $value }}`, or with a pipe.
_OF_VALUE = re.compile(r"\{\{ (?:(?P<before>printf \S+) \$value|\$value \| (?P<after>\w+)) \}\}")
# The variables of boards that an alert's labels choose.
_CHOSEN = ("app", "region", "topic")

Rule = dict[str, object]


def expression(guardrail: Guardrail) -> str:
    """The alert's PromQL: the comparison, then what must or must not hold besides, one a line.

    Then the same with the bound of an override, where there is one: ``or`` binds weaker than ``and`` and
    ``unless``, so neither part needs parentheses.
    """
    series = series_of(guardrail)
    besides = _besides(guardrail)
    lines = [guardrail.condition.expression(series), *besides]
    if guardrail.alert in overridable():
        on, bound = bound_of(guardrail)
        overridden = guardrail.condition.against(series, f"on ({on}) group_left () {bound}")
        lines += [f"unless on ({on}) {bound}", f"or {overridden}", *besides]
    return "\n".join(lines)


def judged(guardrail: Guardrail) -> str:
    """PromQL of the compared series where it is judged: where it is not held back, as of too few records."""
    return "\n".join([series_of(guardrail), *_besides(guardrail)])


def _besides(guardrail: Guardrail) -> list[str]:
    lines = []
    on = f"on ({', '.join(guardrail.by)})"
    if guardrail.guard:
        name, least = guardrail.guard
        sample = recorded(guardrail.by, name, guardrail.window) if guardrail.window else name
        lines.append(f"and {on} {baseline_of(sample) if guardrail.guard_baseline else sample} >= {least}")
    # A pipeline alert has no window whose age could be asked.
    if guardrail.topics and guardrail.window:
        lines.append(f"unless on (app) {age_of(guardrail)} > {STALE_SECONDS}")
    return lines


def labels(metric: Metric, guardrail: Guardrail) -> dict[str, str]:
    """The labels that route and inhibit the alert."""
    labels = {
        "severity": SEVERITY[guardrail.severity],
        "product": "pulse",
        "tier": metric.tier.replace(" ", "-"),
        "team": team_of(metric),
        "stakeholder": metric.stakeholders[0],
    }
    if guardrail.severity == "page" and guardrail.hours == "day":
        labels["hours"] = guardrail.hours
    tool = tool_of(metric, guardrail)
    if tool:
        labels["tool"] = tool
    return labels | ({"topics": ",".join(guardrail.topics)} if guardrail.topics else {})


def texts(metric: Metric, guardrail: Guardrail, site: Site = USUAL) -> dict[str, str]:
    """What on-call reads."""
    return {
        "summary": guardrail.summary,
        "description": guardrail.description + _usual_now(guardrail),
        "runbook_url": f"{site.runbooks}/{guardrail.alert}",
        "dashboard_url": f"{site.board}/d/{board_of(metric)}?{_place(guardrail)}",
        **_where(guardrail, site),
        **({"lost_usd": guardrail.lost} if guardrail.lost else {}),
    }


def _usual_now(guardrail: Guardrail) -> str:
    """A sentence with the baseline that a moving bound is made of; nothing while there is no history.

    It is written as the description writes the value itself.
    """
    if not guardrail.condition.moves:
        return ""
    written = _OF_VALUE.search(guardrail.description)
    assert written is not None, guardrail.alert
    own = ",".join(f"{label}='%s'" for label in guardrail.by)
    labels = " ".join(f"$labels.{label}" for label in guardrail.by)
    selector = f"{guardrail.condition.usual(series_of(guardrail))}{{{own}}}"
    form = written["before"] or written["after"]
    return (
        f'{{{{ with printf "{selector}" {labels} | query }}}} '
        f"Usual is {{{{ . | first | value | {form} }}}} now.{{{{ end }}}}"
    )


def _where(guardrail: Guardrail, site: Site) -> dict[str, str]:
    """The board of who explains the change, if something does."""
    condition = guardrail.condition
    if condition.scan is None or not condition.has_contributors:
        return {}
    chosen = "".join(f"&var-signal={name}" for name in condition.scan.signals)
    return {"where_url": f"{site.board}/d/{WHERE}?{_place(guardrail)}{chosen}"}


def _place(guardrail: Guardrail) -> str:
    """Where a board opens: the last hours, or the last day, and the app or topic of the alert."""
    long = guardrail.window and WINDOWS[guardrail.window].size_ms >= _DAY_MS
    chosen = [f"var-{name}={{{{ $labels.{name} }}}}" for name in _CHOSEN if name in guardrail.by]
    return "&".join((f"from=now-{'24h' if long else '6h'}", "to=now", *chosen))


def board_of(metric: Metric) -> str:
    """The uid of the board that shows a metric: the tool's, that of growth, or the first party's."""
    if metric.tier == "pipeline":
        return "pulse-pipeline"
    if metric.tool != "all":
        return f"pulse-tool-{metric.tool}"
    return "pulse-growth" if metric.id.startswith("GR") else f"pulse-party-{metric.stakeholders[0]}"


def rule(metric: Metric, guardrail: Guardrail, site: Site = USUAL) -> Rule:
    """One alerting rule."""
    rule: Rule = {"alert": guardrail.alert, "expr": expression(guardrail)}
    if guardrail.minutes:
        rule["for"] = f"{guardrail.minutes}m"
    if keep_minutes(guardrail):
        rule["keep_firing_for"] = f"{keep_minutes(guardrail)}m"
    return rule | {"labels": labels(metric, guardrail), "annotations": texts(metric, guardrail, site)}


def keep_minutes(guardrail: Guardrail) -> int:
    """How long it is kept firing once its condition has ended, in minutes; 0 if it goes on by itself.

    The ticket of a page is kept no longer than the page, because the page holds it back meanwhile.
    """
    if guardrail.goes_on:
        return 0
    paged = guardrail.alert in alerts_of_two_forms(METRICS).get(guardrail.by, ())
    minutes = KEEP_MINUTES["page" if paged else guardrail.severity]
    return minutes + STEP_MINUTES * _steps().get(guardrail.alert, 0)


@cache
def _steps() -> Mapping[str, int]:
    return steps_above(METRICS)


def declared() -> list[tuple[Metric, Guardrail]]:
    """Every guardrail with its metric, in the order of the catalogue."""
    return [(metric, guardrail) for metric in METRICS for guardrail in metric.guardrails]


def group_name(metric: Metric, guardrail: Guardrail) -> str:
    """The group of an alert: that of its metric, or the one of those that read a day of samples."""
    return f"pulse-{metric.id}{'-day' if guardrail.condition.looks_back_a_day else ''}"


def groups(site: Site = USUAL) -> dict[str, list[dict[str, object]]]:
    """Groups of alerting rules by file name under ``alerts/``: business, then pipeline.

    Args:
        site: the installation that their links lead into.
    """
    files: dict[str, list[dict[str, object]]] = {"business.yml": [], "pipeline.yml": []}
    for metric in METRICS:
        by_group: dict[str, list[Guardrail]] = {}
        for guardrail in metric.guardrails:
            by_group.setdefault(group_name(metric, guardrail), []).append(guardrail)
        file = files["pipeline.yml" if metric.tier == "pipeline" else "business.yml"]
        for name, guardrails in by_group.items():
            rules = [rule(metric, guardrail, site) for guardrail in guardrails]
            file.append({"name": name, "interval": interval(guardrails), "rules": rules})
    return files


def interval(guardrails: Sequence[Guardrail]) -> str:
    """How often a group of alerts is evaluated."""
    return min((_interval(guardrail) for guardrail in guardrails), key=_INTERVALS.index)


def _interval(guardrail: Guardrail) -> str:
    """How often an alert is evaluated: no more often than the series that it compares are recorded."""
    if guardrail.condition.looks_back_a_day:
        return SELDOM
    if guardrail.window:
        if WINDOWS[guardrail.window].size_ms >= _DAY_MS:
            return SELDOM
        return WINDOWS_EVERY if guardrail.minutes else OFTEN
    is_page_by_evidence = guardrail.severity == "page" and guardrail.condition.scan is not None
    # What beats so that its silence is noticed is evaluated as often as pages.
    return SCRAPED if is_page_by_evidence or guardrail.severity == "none" else OFTEN
