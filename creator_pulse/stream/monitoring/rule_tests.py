"""promtool unit tests of every alert, from its declaration.

Each alert fires just beyond its bound, exactly when its duration is over, with all labels and
annotations; it is silent just within the bound, below its sample guard, without history, with a
stale window, and while a region is missing.
"""

from __future__ import annotations

import operator
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from creator_pulse.stream.catalog.conditions import (
    Against,
    Apart,
    Deviation,
    Limit,
    Outside,
    Range,
    needs_history,
)
from creator_pulse.stream.monitoring.alerts import STALE_SECONDS, declared, group_name, labels, texts
from creator_pulse.stream.monitoring.families import FAMILIES
from creator_pulse.stream.monitoring.points import LABELS, MINUTES, SIGMA, Point, Series, line, steady
from creator_pulse.stream.monitoring.probes import series, starts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from creator_pulse.stream.catalog.declare import Guardrail, Metric

BASE, BASE_SHARE = 1_000.0, 0.5
BEYOND, WITHIN = 0.05, 0.02
"""How far a firing number lies beyond its bound, and a silent one within it."""
RULE_FILES = [
    "../rules/sums.yml",
    "../rules/pipeline.yml",
    "../alerts/business.yml",
    "../alerts/pipeline.yml",
]
RECORDINGS = ["pulse-sums", "pulse-ratios", "pulse-ages", "pulse-pipeline"]
"""Evaluated before the alerts that read them; on a server an alert may be one evaluation later."""
_DAY = 1_440
_STEPS = 24
"""Evaluations until the longest alerts fire: a day by the minute would take as long to test."""
_COMPARE = {"<": operator.lt, ">": operator.gt, "==": operator.eq}
_TEMPLATE = re.compile(r"\{\{ (.+?) \}\}")

Case = dict[str, Any]
"""A part of a test as promtool reads it."""


def files() -> dict[str, Case]:
    """Test documents of promtool by file name under ``tests/``, one per alert."""
    by_alert: dict[str, list[tuple[Metric, Guardrail]]] = {}
    for metric, guardrail in declared():
        by_alert.setdefault(guardrail.alert, []).append((metric, guardrail))
    return {f"{alert}.yml": _document(group) for alert, group in by_alert.items()}


def _document(group: list[tuple[Metric, Guardrail]]) -> Case:
    tests = [case for _, guardrail in group for case in _cases(group, guardrail)]
    if group[0][1].alert == "WorkerDown":
        tests.append(_no_worker(*group[0]))
    if group[0][1].alert == "InvalidShareHigh":
        tests.append(_all_broken(group))
    return {
        "rule_files": RULE_FILES,
        "group_eval_order": [*RECORDINGS, *dict.fromkeys(group_name(metric) for metric, _ in group)],
        "evaluation_interval": f"{max(1, max(g.minutes for _, g in group) // _STEPS)}m",
        "tests": tests,
    }


def _cases(group: list[tuple[Metric, Guardrail]], guardrail: Guardrail) -> Iterator[Case]:
    name = f"{guardrail.alert} {guardrail.severity}"
    sample = float(guardrail.guard[1]) if guardrail.guard else 0.0
    base = _base(guardrail)
    firing, silent = beyond(guardrail), within(guardrail)
    for value in firing:
        yield _case(f"{name} fires at {value:g}", group, guardrail, Point(value, base, sample))
    for value in silent:
        yield _case(f"{name} is silent at {value:g}", group, guardrail, Point(value, base, sample))
    point = Point(firing[0], base, sample)
    if guardrail.guard and guardrail.guard[0] != guardrail.series:
        yield _case(f"{name} is silent below its sample", group, guardrail, replace(point, sample=sample - 1))
    if base is not None and getattr(guardrail.condition, "floor", None) is None:
        yield _case(f"{name} is silent without history", group, guardrail, replace(point, base=None))
    if guardrail.topics and guardrail.window:
        stale = replace(point, age=STALE_SECONDS + 60)
        yield _case(f"{name} is silent on a stale window", group, guardrail, stale)
        # A look back of half an hour says nothing between evaluations an hour apart.
        regional = "region" in FAMILIES[guardrail.series].labels
        if regional and (not guardrail.guard or guardrail.guard_baseline) and guardrail.minutes < _DAY:
            gone = replace(point, missing=2)
            yield _case(f"{name} is silent while a region is missing", group, guardrail, gone)


def _base(guardrail: Guardrail) -> float | None:
    """What is usual in the tests: far from 0, but near what is added to it."""
    if not needs_history(guardrail.condition):
        return None
    least = guardrail.condition.least if isinstance(guardrail.condition, Against) else None
    if least is not None and isinstance(guardrail.condition, Against):
        return least / guardrail.condition.factor
    return BASE_SHARE if isinstance(guardrail.condition, Apart) else BASE


def bounds(guardrail: Guardrail, base: float = BASE) -> list[tuple[str, float]]:
    """Comparisons that fire the guardrail, as (operator, bound)."""
    condition = guardrail.condition
    if isinstance(condition, Limit):
        return [(condition.op, condition.bound)]
    if isinstance(condition, Range):
        return [("<", condition.low), (">", condition.high)]
    if isinstance(condition, Against):
        return [(condition.op, condition.factor * base)]
    if isinstance(condition, Outside):
        return [("<", condition.low * base), (">", condition.high * base)]
    if isinstance(condition, Deviation):
        return [(">", base + condition.times * SIGMA)]
    sides = (("<", condition.below, -1), (">", condition.above, 1))
    return [(op, base + sign * by) for op, by, sign in sides if by is not None]


def beyond(guardrail: Guardrail) -> list[float]:
    """Numbers just beyond each bound (a bound of 0: 5; equality: the bound itself)."""
    return [_shift(guardrail, op, bound, BEYOND) for op, bound in bounds(guardrail, _base(guardrail) or BASE)]


def within(guardrail: Guardrail) -> list[float]:
    """Numbers just within each bound."""
    if guardrail.series == "vector(1)":
        return []
    return [
        _shift(guardrail, op, bound, -WITHIN) for op, bound in bounds(guardrail, _base(guardrail) or BASE)
    ]


def _shift(guardrail: Guardrail, op: str, bound: float, by: float) -> float:
    """Moved beyond (by > 0) or within; the values that are 0 or 1 by nature go to 0 or 1."""
    if bound < 0:
        by = -by
    if op == "==":
        return float(bound) if by > 0 else bound + 0.001
    if guardrail.series == "vector(1)":
        return 1.0
    if (op, bound) == ("<", 1):
        return 0.0 if by > 0 else 1.0
    if bound == 0:
        return 5.0 if by > 0 else 0.0
    if isinstance(guardrail.condition, Apart):
        away = (bound - BASE_SHARE) * (1 + by)
        return round(BASE_SHARE + away, 9)
    return round(bound * (1 + by if op == ">" else 1 - by), 9)


def holds(guardrail: Guardrail, point: Point) -> bool:
    """Whether the guardrail's words say that it should be active at a point."""
    if point.base is None and needs_history(guardrail.condition):
        return False
    if guardrail.topics and guardrail.window and (point.age > STALE_SECONDS or point.missing < MINUTES):
        return False
    if guardrail.guard and point.sample < guardrail.guard[1]:
        return False
    return any(_COMPARE[op](point.value, bound) for op, bound in bounds(guardrail, point.base or 0.0))


def _case(name: str, group: list[tuple[Metric, Guardrail]], guardrail: Guardrail, point: Point) -> Case:
    first = starts(guardrail, point)
    times = sorted({first + other.minutes + shift for _, other in group for shift in (-1, 0, 5)})
    if point.missing < MINUTES:
        times = [first + guardrail.minutes + 8]
    looked = [minute for minute in times if 0 <= minute <= _last(guardrail, first)]
    return {
        "name": name,
        "interval": "1m",
        "input_series": [_until(max(looked), one) for one in series(guardrail, point)],
        "alert_rule_test": [
            {
                "eval_time": f"{minute}m",
                "alertname": guardrail.alert,
                "exp_alerts": [
                    expected(metric, other, point.value)
                    for metric, other in group
                    if holds(other, point) and first + other.minutes <= minute <= _last(other, first)
                ],
            }
            for minute in looked
        ],
    }


def _until(minute: int, series: Series) -> Series:
    """The series without what comes after the last minute that a test looks at."""
    return series | {"values": series["values"].replace(f"x{MINUTES}", f"x{minute + 1}")}


def _last(guardrail: Guardrail, first: int) -> int:
    """The last minute that a test looks at: what is of 15 minutes ends after them."""
    return first + (10 if guardrail.series.endswith((":increase15m", ":max15m")) else MINUTES)


def expected(metric: Metric, guardrail: Guardrail, value: float) -> Case:
    """The alert as Alertmanager gets it."""
    shown = {label: LABELS[label] for label in guardrail.by}
    filled = {key: render(text, shown, value) for key, text in texts(metric, guardrail).items()}
    return {"exp_labels": shown | labels(metric, guardrail), "exp_annotations": filled}


def render(text: str, shown: dict[str, str], value: float) -> str:
    """Fill in an annotation as Prometheus does, for the few functions that ours use."""

    def fill(match: re.Match[str]) -> str:
        inner = match.group(1)
        if inner.startswith("$labels."):
            return shown.get(inner.removeprefix("$labels."), "")
        if inner.startswith("printf"):
            return inner.split('"')[1] % value
        return f"{value * 100:.4g}%" if inner.endswith("humanizePercentage") else f"{value:g}"

    return _TEMPLATE.sub(fill, text)


def _no_worker(metric: Metric, guardrail: Guardrail) -> Case:
    """No worker is scraped at all: the page has no instance."""
    gone = expected(metric, guardrail, 0.0)
    shown: dict[str, str] = {}
    gone["exp_labels"] = shown | labels(metric, guardrail)
    gone["exp_annotations"] = {
        key: render(text, shown, 0.0) for key, text in texts(metric, guardrail).items()
    }
    return {
        "name": "WorkerDown page fires when no worker is scraped",
        "interval": "1m",
        "input_series": [],
        "alert_rule_test": [
            {"eval_time": "0m", "alertname": guardrail.alert, "exp_alerts": []},
            {"eval_time": "1m", "alertname": guardrail.alert, "exp_alerts": [gone]},
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
                "exp_alerts": [expected(metric, guardrail, 1.0) for metric, guardrail in group],
            },
        ],
    }
