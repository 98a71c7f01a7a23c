"""Recording rules: sums and ratios over regions, ages, and baselines."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, TypedDict

from creator_pulse.stream.aggregates.spans import MINUTE_MS
from creator_pulse.stream.catalog.declaration.causes import tool_of
from creator_pulse.stream.catalog.declaration.declare import WINDOWS
from creator_pulse.stream.catalog.declaration.lane_series import LANE_COUNTERS, lane_counter
from creator_pulse.stream.catalog.declaration.recorded import baseline_of, recorded
from creator_pulse.stream.catalog.overrides import OVERRIDES, OVERRIDES_EXPR
from creator_pulse.stream.catalog.registry import METRICS
from creator_pulse.stream.monitoring.families import (
    FAMILIES,
    Family,
    bounded,
    gauge,
    once,
    parts,
    series_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from creator_pulse.stream.catalog.declaration.declare import Guardrail

WEEKS = (1, 2, 3)
"""Whose median is usual, as one of them may be odd. Of what grows by 5 % a week it is 9 % low."""
COUNTED_EVERY = "5s"
"""How often counters of lanes are recorded without their owner: as they are scraped, for rates on boards."""
OFTEN = "15s"
"""How often series made of them are recorded, and the sums that an alert without a duration compares."""
WINDOWS_EVERY = "30s"
"""How often all other sums are made: windows step once a minute, and each look back half an hour costs."""
_AGES_EVERY = "30s"
"""How often ages are: they hold an alert back after a quarter of an hour."""
_BASELINES_EVERY = "2m"
"""How often baselines are, which move with the hour: a look back of five minutes still finds them."""
OFFSET = "{offset}"
"""What stands for a duration in the template of a median."""
CALENDAR = "app_tool:pulse_calendar_factor:max"
"""How many times the usual volume an app's tool expects now, by the calendar that the references hold."""
RESTATED = "global:pulse_restatements:increase1d"
"""Restatements of the last day. Each point of a mark in time would look at a day of samples for it."""
STARTED = 'process_start_time_seconds{job="pulse"}'
"""When workers started."""
RELOADED = 'prometheus_config_last_reload_success_timestamp_seconds{job="prometheus"}'
"""When Prometheus read its rules last."""


class Record(TypedDict):
    """One recording rule."""

    record: str
    expr: str


class LabelledRecord(Record):
    """One recording rule that adds labels."""

    labels: dict[str, str]


class Group(TypedDict, total=False):
    """One group of rules, evaluated in order."""

    name: str
    interval: str
    rules: Sequence[Record]


def groups() -> dict[str, list[Group]]:
    """Recording rules by file name under ``rules/``."""
    return {
        "sums.yml": [
            {"name": "pulse-sums-at-once", "interval": OFTEN, "rules": list(_sums(at_once=True))},
            {"name": "pulse-sums", "interval": WINDOWS_EVERY, "rules": list(_sums(at_once=False))},
            {"name": "pulse-ratios", "interval": WINDOWS_EVERY, "rules": list(_ratios())},
            {"name": "pulse-ages", "interval": _AGES_EVERY, "rules": list(_ages())},
        ],
        "pipeline.yml": [
            {"name": "pulse-counters", "interval": COUNTED_EVERY, "rules": list(_counters())},
            {"name": "pulse-pipeline", "interval": OFTEN, "rules": list(_pipeline())},
        ],
        "baselines.yml": [
            {"name": "pulse-baselines", "interval": _BASELINES_EVERY, "rules": list(_baselines())}
        ],
    }


_NAME = re.compile(r"[a-z_]+:pulse_[a-z0-9_]+:[a-z0-9_]+")
Level = tuple[tuple[str, ...], str, str]
"""Labels that stay, family, window."""


def _compared(guardrails: Iterable[Guardrail]) -> set[Level]:
    """The levels that guardrails compare with a bound, or with the least number of cases."""
    levels = set()
    for guardrail in guardrails:
        if guardrail.window:
            levels.add((guardrail.by, guardrail.series, guardrail.window))
            if guardrail.guard:
                levels.add((guardrail.by, guardrail.guard[0], guardrail.window))
    return levels


def _at_once() -> set[Level]:
    """The levels that an alert without a duration compares."""
    return _compared(
        guardrail for metric in METRICS for guardrail in metric.guardrails if not guardrail.minutes
    )


def _read() -> frozenset[Level]:
    """The levels that something reads: guardrails, recorded series, and the parts of the ratios among them.

    A recording costs an evaluation every 15 or 30 s whether or not anybody looks at it.
    """
    levels = _compared(guardrail for metric in METRICS for guardrail in metric.guardrails)
    named = {name for metric in METRICS for expr in metric.recorded.values() for name in _NAME.findall(expr)}
    for family in FAMILIES.values():
        every = ((by, family.name, window) for by in family.levels for window in family.windows)
        levels |= {level for level in every if recorded(*level) in named}
    for by, name, window in tuple(levels):
        if FAMILIES[name].ratio is not None:
            levels |= {(by, part.name, window) for part in parts(FAMILIES[name])}
    return frozenset(levels)


def _levels(*, ratios: bool) -> Iterator[tuple[Family, tuple[str, ...], str]]:
    """The levels that are read of the families over apps, in the order of the catalogue."""
    read = _read()
    for family in FAMILIES.values():
        if "app" in family.labels and (family.ratio is not None) == ratios:
            for window in family.windows:
                for by in family.levels:
                    if (by, family.name, window) in read:
                        yield family, by, window


def _sums(*, at_once: bool) -> Iterator[Record]:
    hurried = _at_once()
    for family, by, window in _levels(ratios=False):
        if ((by, family.name, window) in hurried) == at_once:
            yield {"record": recorded(by, family.name, window), "expr": _sum(family, by, window)}


def _sum(family: Family, by: tuple[str, ...], window: str) -> str:
    """A sum that is absent, not low, while a region is missing."""
    selector = gauge(family.name, window)
    now = once(family, selector)
    level = ", ".join(by)
    # Half an hour: a region whose worker moved is back by then, and one that is gone is noticed.
    lately = once(family, f"last_over_time({selector}[30m])")
    return (
        f"sum by ({level}) ({now})\nunless\n  count by ({level}) ({now})\n  < count by ({level}) ({lately})"
    )


def _ratios() -> Iterator[Record]:
    for family, by, window in _levels(ratios=True):
        assert family.ratio is not None
        num, den = parts(family)
        # Of the recorded sums, never a mean of ratios.
        top, bottom = recorded(by, num.name, window), recorded(by, den.name, window)
        yield {
            "record": recorded(by, family.name, window),
            "expr": bounded(family.ratio, f"{family.ratio.factor} * {top} / ({bottom} > 0)"),
        }


def _ages() -> Iterator[Record]:
    for guardrail in watched():
        if not (guardrail.topics and guardrail.window):
            continue
        matchers = f'value="{guardrail.series}",window="{guardrail.window}",state="provisional"'
        yield {
            "record": age_of(guardrail),
            "expr": f"time() - min by (app) ({reached_by(guardrail.window)}{{{matchers}}})",
        }


def reached_by(window: str) -> str:
    """The series that says up to when a window's values are: its end, or how far it has come if it runs."""
    ended = "watermark" if WINDOWS[window].runs else "window_end"
    return f"pulse_value_{ended}_timestamp_seconds"


def age_of(guardrail: Guardrail) -> str:
    """The series that says how long ago the guardrail's window ended, or was counted up to, per app."""
    return recorded(("app",), guardrail.series, f"age_{guardrail.window}")


def _counters() -> Iterator[Record]:
    for counter, labels in LANE_COUNTERS.items():
        yield {"record": lane_counter(counter), "expr": f"max by ({', '.join(labels)}) ({counter})"}


def _pipeline() -> Iterator[Record]:
    yield {"record": OVERRIDES, "expr": OVERRIDES_EXPR}
    read = _read()
    for metric in METRICS:
        for name, expr in metric.recorded.items():
            yield {"record": name, "expr": expr}
    for family in FAMILIES.values():
        if "app" not in family.labels:
            for window in family.windows:
                if (family.labels, family.name, window) in read:
                    yield {
                        "record": recorded(family.labels, family.name, window),
                        "expr": once(family, gauge(family.name, window)),
                    }


def watched() -> tuple[Guardrail, ...]:
    """All guardrails that compare something, one per series."""
    guardrails: dict[str, Guardrail] = {}
    for metric in METRICS:
        for guardrail in metric.guardrails:
            guardrails.setdefault(f"{series_of(guardrail)}{bool(guardrail.topics)}", guardrail)
    return tuple(guardrails.values())


def with_baseline() -> dict[str, bool]:
    """Recorded series that need a baseline -> whether it follows the calendar (volumes only)."""
    baselines: dict[str, bool] = {}
    for metric in METRICS:
        for guardrail in metric.guardrails:
            if guardrail.condition.moves:
                baselines[series_of(guardrail)] = bool(guardrail.window) and FAMILIES[guardrail.series].grows
            if guardrail.guard and guardrail.guard_baseline:
                baselines[recorded(guardrail.by, guardrail.guard[0], guardrail.window)] = True
    return baselines


def _baselines() -> Iterator[Record]:
    yield {"record": CALENDAR, "expr": "max by (app, tool) (pulse_calendar_factor)"}
    yield {"record": RESTATED, "expr": f"sum(increase({lane_counter('pulse_restatements_total')}[1d]))"}
    tools = _tools()
    for series, grows in with_baseline().items():
        usual = f"avg_over_time({series}[1h] offset {OFFSET})"
        if not grows:
            yield {"record": baseline_of(series), "expr": median(usual, minus_minutes=30)}
            continue
        operation = series.split(":")[2]
        by_calendar = partial(_by_calendar, tools.get(series, ""))
        past = median(by_calendar(usual, "/", _past(operation), OFFSET), minus_minutes=30)
        yield {"record": baseline_of(series), "expr": by_calendar(past, "*", _now(operation))}


def _tools() -> Mapping[str, str]:
    """Recorded series that is watched, or counts samples -> its tool; empty where its labels tell it."""
    tools: dict[str, str] = {}
    for metric in METRICS:
        for guardrail in metric.guardrails:
            tool = tool_of(metric, guardrail)
            tools.setdefault(series_of(guardrail), tool)
            if guardrail.guard and guardrail.window:
                tools.setdefault(recorded(guardrail.by, guardrail.guard[0], guardrail.window), tool)
    return tools


def _by_calendar(tool: str, expr: str, op: str, span: str, offset: str = "") -> str:
    """A volume multiplied or divided by the calendar's factor for its span: as on a usual day.

    The day's sum of a sales day's morning holds a usual day's evening, so the factor is a mean over the span.

    Args:
        tool: whose calendar; ``all`` for a volume of all tools; empty: that of the label ``tool``.
        expr: the volume, by app.
        op: ``*`` to multiply, ``/`` to divide.
        span: window of the volume, for example ``5m``.
        offset: how long ago; empty: now.
    """
    chosen, on = (f'{{tool="{tool}"}}', "app") if tool else ("", "app, tool")
    factor = f"avg_over_time({CALENDAR}{chosen}[{span}]{f' offset {offset}' if offset else ''})"
    return f"{expr} {op} on ({on}) group_left () {factor}\nor {expr}"


def _past(window: str) -> str:
    """The series that a mean over an hour of a window's results reads."""
    return _duration(max(window, "1h", key=lambda label: WINDOWS[label].size_ms))


def _now(window: str) -> str:
    """The series that a window's result reads; long enough to hold a recorded factor."""
    return _duration(max(window, "5m", key=lambda label: WINDOWS[label].size_ms))


def _duration(window: str) -> str:
    """A window as PromQL has durations: some labels, as ``day``, are none."""
    return f"{WINDOWS[window].size_ms // MINUTE_MS}m"


def median(template: str, minus_minutes: int = 0) -> str:
    """The median over the last weeks of an expression with an ``{offset}``.

    Args:
        template: PromQL in which ``{offset}`` stands for a duration.
        minus_minutes: how much nearer each offset is, to centre a window on the same time of the week.
    """
    # In minutes, 10,080 a week: PromQL's offsets take no fractions of a week.
    offsets = {week: f"{week * 7 * 24 * 60 - minus_minutes}m" for week in WEEKS}
    terms = [
        # A label tells the weeks apart, else `or` would keep the first of equal series only.
        f'label_replace({template.replace(OFFSET, offset)}, "w", "{week}", "", "")'
        for week, offset in offsets.items()
    ]
    return "quantile without (w) (0.5,\n  " + "\n  or ".join(terms) + "\n)"
