"""promtool unit tests of every alert, from its declaration.

Each alert fires just beyond its bound, exactly when its duration is over, with all labels and
annotations; it is silent just within the bound, below its sample guard, without history, with a
stale window, and while a region is missing.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from creator_pulse.stream.catalog.declaration.conditions.unusual import (
    AGE_IN_TEST,
    CONTRIBUTORS_IN_TEST,
    IN_TEST,
)
from creator_pulse.stream.catalog.overrides import overridable
from creator_pulse.stream.monitoring.alerts import (
    STALE_SECONDS,
    declared,
    group_name,
    labels,
    texts,
)
from creator_pulse.stream.monitoring.families import FAMILIES
from creator_pulse.stream.monitoring.points import GONE, LABELS, MINUTES, Point, Series, line, steady
from creator_pulse.stream.monitoring.probes import before, series, starts
from creator_pulse.stream.monitoring.scales import ALWAYS, scale_of
from creator_pulse.stream.monitoring.site import USUAL, Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from creator_pulse.stream.catalog.declaration.declare import Guardrail, Metric

RULE_FILES = [
    "../rules/sums.yml",
    "../rules/pipeline.yml",
    "../alerts/business.yml",
    "../alerts/pipeline.yml",
]
RECORDINGS = [
    "pulse-sums-at-once",
    "pulse-sums",
    "pulse-ratios",
    "pulse-ages",
    "pulse-counters",
    "pulse-pipeline",
]
"""Evaluated before the alerts that read them; on a server an alert may be one evaluation later."""
_DAY = 1_440
_LOOK_BACK = 20
"""Minutes for which a region that is gone is surely missed: sums look back half an hour."""
# By how many times a bound is set to another one, until that changes what the alert does.
_TRIED = (0.5, 1.5, 2.5)
# Evaluations until the longest alerts fire: a day by the minute would take as long to test.
_STEPS = 24
_TEMPLATE = re.compile(r"\{\{ (.+?) \}\}")
# What a description asks Prometheus for, and how it is written: `with printf "..." $labels.app | query`.
_ASKED = re.compile(
    r'\{\{ with printf "[^"]*?(pulse_\w+)[^"]*?(?:\) / (\d+))?" [^|]*\| query \}\}'
    r"([^{]*)\{\{ \. \| first \| value \| (.+?) \}\}([^{]*)\{\{ end \}\}"
)
# The sentence with the baseline; nothing of it is written where there is none.
_USUAL = re.compile(
    r'\{\{ with printf "[^"]*:baseline_[^"]*" [^|]*\| query \}\}(.*?)'
    r"\{\{ \. \| first \| value \| (.+?) \}\}(.*?)\{\{ end \}\}"
)
# Lines of a description, one for each series that it asks for.
_LISTED = re.compile(r'\{\{ range printf "[^"]*" [^|]*\| query \}\}(\n.*?)\{\{ end \}\}')

Case = dict[str, Any]
"""A part of a test as promtool reads it."""


def files(site: Site = USUAL) -> dict[str, Case]:
    """Test documents of promtool by file name under ``tests/``, one per alert.

    Args:
        site: the installation that the alerts' links lead into.
    """
    by_alert: dict[str, list[tuple[Metric, Guardrail]]] = {}
    for metric, guardrail in declared():
        by_alert.setdefault(guardrail.alert, []).append((metric, guardrail))
    documents = {f"{alert}.yml": _document(group) for alert, group in by_alert.items()}
    for document in documents.values() if site != USUAL else ():
        for case in document["tests"]:
            for alert in (alert for check in case["alert_rule_test"] for alert in check["exp_alerts"]):
                texts = alert["exp_annotations"]
                texts["runbook_url"] = texts["runbook_url"].replace(USUAL.runbooks, site.runbooks)
                for board in {"dashboard_url", "where_url"} & texts.keys():
                    texts[board] = texts[board].replace(USUAL.board, site.board)
    return documents


def _document(group: list[tuple[Metric, Guardrail]]) -> Case:
    tests = [case for _, guardrail in group for case in _cases(group, guardrail)]
    if group[0][1].alert == "WorkerDown":
        tests.append(_no_worker(*group[0]))
    if group[0][1].alert == "InvalidShareHigh":
        tests.append(_all_broken(group))
    return {
        "rule_files": RULE_FILES,
        "group_eval_order": [*RECORDINGS, *dict.fromkeys(group_name(*each) for each in group)],
        "evaluation_interval": f"{max(1, max(g.minutes for _, g in group) // _STEPS)}m",
        "tests": tests,
    }


def _cases(group: list[tuple[Metric, Guardrail]], guardrail: Guardrail) -> Iterator[Case]:
    name = f"{guardrail.alert} {guardrail.severity}"
    sample = float(guardrail.guard[1]) if guardrail.guard else 0.0
    scale, condition = scale_of(guardrail), guardrail.condition
    base = condition.usual_in_test(scale)
    bounds = condition.bounds(base)
    firing = [scale.beyond(op, bound) for op, bound in bounds]
    silent = [] if guardrail.series == ALWAYS else [scale.within(op, bound) for op, bound in bounds]
    for value in firing:
        yield _case(f"{name} fires at {value:g}", group, guardrail, Point(value, base, sample))
    for value in silent:
        yield _case(f"{name} is silent at {value:g}", group, guardrail, Point(value, base, sample))
    point = Point(firing[0], base, sample)
    if guardrail.guard and guardrail.guard[0] != guardrail.series:
        yield _case(f"{name} is silent below its sample", group, guardrail, replace(point, sample=sample - 1))
    if guardrail.alert in overridable():
        yield from _overridden(name, group, guardrail, point, silent[0])
    if condition.moves:
        does = "fires" if condition.met(point.value, None) else "is silent"
        yield _case(f"{name} {does} without history", group, guardrail, replace(point, base=None))
    if guardrail.topics and guardrail.window:
        stale = replace(point, age=STALE_SECONDS + 60)
        yield _case(f"{name} is silent on a stale window", group, guardrail, stale)
        # A look back of half an hour says nothing between evaluations an hour apart.
        regional = "region" in FAMILIES[guardrail.series].labels
        if regional and (not guardrail.guard or guardrail.guard_baseline) and guardrail.minutes < _DAY:
            absent = replace(point, missing=2)
            if guardrail.minutes < absent.missing:
                # What fires at once would be kept firing: so all is well until the region is gone.
                absent = replace(absent, calm=silent[0])
            yield _case(f"{name} is silent while a region is missing", group, guardrail, absent)


def _overridden(
    name: str, group: list[tuple[Metric, Guardrail]], guardrail: Guardrail, point: Point, silent: float
) -> Iterator[Case]:
    """A bound is set so that a firing value is silent, and another so that a silent value fires."""
    condition = guardrail.condition
    bound = condition.parameter
    assert bound is not None
    for value in (point.value, silent):
        fires = value == silent
        for by in _TRIED:
            other = replace(point, value=value, override=bound * by if bound else 2.0 * (by - 1) or 0.0)
            if holds(guardrail, other) == fires:
                does = "fires" if fires else "is silent"
                yield _case(f"{name} {does} as overridden", group, guardrail, other)
                break


def holds(guardrail: Guardrail, point: Point) -> bool:
    """Whether the guardrail's words say that it should be active at a point."""
    if guardrail.topics and guardrail.window and (point.age > STALE_SECONDS or point.missing < MINUTES):
        return False
    if guardrail.guard and point.sample < guardrail.guard[1]:
        return False
    if point.override is None or guardrail.alert not in overridable():
        return guardrail.condition.met(point.value, point.base)
    return guardrail.condition.set_to(point.override).met(point.value, point.base)


def _case(name: str, group: list[tuple[Metric, Guardrail]], guardrail: Guardrail, point: Point) -> Case:
    first = starts(guardrail, point)
    shifts = (-before(guardrail), 0, 5)
    times = sorted({first + other.minutes + shift for _, other in group for shift in shifts})
    if point.missing < MINUTES:
        # An evaluation at once, and the last one that surely misses the region.
        times = [first + guardrail.minutes + GONE, *([] if point.calm is None else [first + _LOOK_BACK])]
    looked = [minute for minute in times if 0 <= minute <= _last(guardrail, first)]
    return {
        "name": name,
        "interval": "1m",
        "input_series": [_until(max(looked), line) for line in series(guardrail, point)],
        "alert_rule_test": [
            {
                "eval_time": f"{minute}m",
                "alertname": guardrail.alert,
                "exp_alerts": [
                    expected(metric, other, point.value, point.base)
                    for metric, other in group
                    if other.condition.sees(guardrail.condition)
                    and holds(other, point)
                    and first + other.minutes <= minute <= _last(other, first)
                ],
            }
            for minute in looked
        ],
    }


def _until(minute: int, series: Series) -> Series:
    """The series without what comes after the last minute that a test looks at."""
    return series | {"values": series["values"].replace(f"x{MINUTES}", f"x{minute + 1}")}


def _last(guardrail: Guardrail, first: int) -> int:
    """The last minute that a test looks at: a window of 15 minutes ends after it."""
    return first + (10 if guardrail.series.endswith((":increase15m", ":max15m")) else MINUTES)


def expected(metric: Metric, guardrail: Guardrail, value: float, usual: float | None = None) -> Case:
    """The alert as Alertmanager gets it."""
    own = {label: LABELS[label] for label in guardrail.by}
    filled = {key: render(text, own, value, usual) for key, text in texts(metric, guardrail).items()}
    return {"exp_labels": own | labels(metric, guardrail), "exp_annotations": filled}


def render(text: str, own: dict[str, str], value: float, usual: float | None = None) -> str:
    """Fill in an annotation as Prometheus does, for the few functions that ours use.

    Args:
        text: the template.
        own: labels of the alert in the test, name -> value.
        value: of the alert's expression, for ``$value``.
        usual: the baseline of the value; None if there is none.
    """

    def fill(match: re.Match[str]) -> str:
        inner = match.group(1)
        if inner.startswith("$labels."):
            return own.get(inner.removeprefix("$labels."), "")
        return _written(inner, value)

    def fill_usual(match: re.Match[str]) -> str:
        before, form, after = match.groups()
        return "" if usual is None else f"{before}{_written(form, usual)}{after}"

    return _TEMPLATE.sub(fill, _ASKED.sub(_asked, _LISTED.sub(_listed, _USUAL.sub(fill_usual, text))))


def _written(form: str, value: float) -> str:
    """A number as one of the formats writes it."""
    # The format between the quotes, as in {{ printf "%.2f" $value }}.
    if form.startswith("printf"):
        return form.split('"')[1] % value
    return f"{value * 100:.4g}%" if form.endswith("humanizePercentage") else f"{value:g}"


def _listed(match: re.Match[str]) -> str:
    """A line for each value that explains the change in a test."""
    line = match.group(1)
    return "".join(
        line.replace("{{ .Labels.what }}", what).replace(
            "{{ .Value | humanizePercentage }}", f"{share * 100:.4g}%"
        )
        for what, share in CONTRIBUTORS_IN_TEST.items()
    )


def _asked(match: re.Match[str]) -> str:
    """The text that a description reads from the numbers that a test puts beside a score."""
    family, size, before, written, after = match.groups()
    if written == "humanizeDuration":
        return f"{before}{AGE_IN_TEST // 60}m 0s{after}"
    number = IN_TEST[family] / int(size or 1)
    if "pulse_score_since" in match.group():
        # So much a minute, times its minutes.
        number *= AGE_IN_TEST / 60
    text = f"{number * 100:.4g}%" if written == "humanizePercentage" else written.split('"')[1] % number
    return f"{before}{text}{after}"


def _no_worker(metric: Metric, guardrail: Guardrail) -> Case:
    """No worker is scraped at all: the page has no instance."""
    absent = expected(metric, guardrail, 0.0)
    absent["exp_labels"] = labels(metric, guardrail)
    absent["exp_annotations"] = {key: render(text, {}, 0.0) for key, text in texts(metric, guardrail).items()}
    return {
        "name": "WorkerDown page fires when no worker is scraped",
        "interval": "1m",
        "input_series": [],
        "alert_rule_test": [
            {"eval_time": "0m", "alertname": guardrail.alert, "exp_alerts": []},
            {"eval_time": "1m", "alertname": guardrail.alert, "exp_alerts": [absent]},
        ],
    }


def _all_broken(group: list[tuple[Metric, Guardrail]]) -> Case:
    """Every record of a topic is broken, and no time record comes: no watermark, no window."""
    name = 'pulse_%s_total{topic="gift",%s,partition="0"}'
    broken = f"0+1000x{MINUTES}"
    return {
        "name": "InvalidShareHigh fires where every record is broken",
        "interval": "1m",
        "input_series": [
            line(name % ("records", 'outcome="counted"'), steady(0)),
            line(name % ("records", 'outcome="invalid"'), broken),
            line(name % ("invalid_records", 'reason="not_json"'), broken),
            line('pulse_watermark_timestamp_seconds{topic="gift",partition="0"}', steady(0)),
        ],
        "alert_rule_test": [
            {"eval_time": "0m", "alertname": "InvalidShareHigh", "exp_alerts": []},
            {
                "eval_time": "12m",
                "alertname": "InvalidShareHigh",
                "exp_alerts": [
                    expected(metric, guardrail, 1.0)
                    for metric, guardrail in group
                    if guardrail.severity == "page"
                ],
            },
        ],
    }
