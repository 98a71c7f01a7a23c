"""Scraped series that put a guardrail's series at a chosen number: the input of promtool tests.

Each probe gives the series that the workers would expose, never the result of a recording rule, so a test
runs through the recording rules too. Only baselines are given as such; their own rules have a test.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.declaration.recorded import baseline_of, recorded
from creator_pulse.stream.catalog.overrides import WHOLE
from creator_pulse.stream.monitoring.families import (
    FAMILIES,
    Family,
    gauge,
    parts,
    series_of,
)
from creator_pulse.stream.monitoring.points import (
    DECOY,
    GONE,
    HOUR,
    LABELS,
    MINUTES,
    QUIET,
    WARM,
    Point,
    Series,
    line,
    steady,
)
from creator_pulse.stream.monitoring.recorded_probes import RECORDED
from creator_pulse.stream.monitoring.records import reached_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from creator_pulse.stream.catalog.declaration.declare import Guardrail


# What the larger of two regions has of a total.
_SHARE = 0.75
# Minutes until a series is there at all, or exact.
_FIRST = {
    "topic:pulse_consumer_lag_seconds:ratio": WARM,
    "topic:pulse_records:rate5m": WARM,
    "topic:pulse_records_sent:sum5m": QUIET + 5,
    "app_topic_tool:pulse_activity:increase5m": QUIET + 5,
    "topic_app_region:pulse_activity:rate5m": WARM,
    "topic:pulse_export_delay_seconds:p99_5m": 1,
    # Above 0 from the first step on.
    "global:pulse_rule_failures:increase5m": 1,
    "integration:pulse_notifications_failed:increase5m": 1,
}
# The same by what a series ends with.
_FIRST_OF = {
    "increase5m": WARM - 1,
    "increase10m": WARM + 5,
    "increase15m": 21,
    "max15m": 21,
    "increase1h": HOUR,
}


def before(guardrail: Guardrail) -> int:
    """How many minutes before the start the series is surely absent, whatever the version of Prometheus.

    The windows of Prometheus 3 are without their first instant: the five minutes after the last record are
    empty a step earlier than those of Prometheus 2, which still hold the record itself.
    """
    return 2 if _FIRST.get(guardrail.series) == QUIET + 5 else 1


def starts(guardrail: Guardrail, point: Point) -> int:
    """The minute of the first evaluation that sees the point."""
    name = guardrail.series
    if name == "topic:pulse_freshness_seconds:max":
        # Ages grow by 60 s a minute from below 0: the point is reached after value / 60 minutes.
        return int(point.value // 60) + 1
    return _FIRST.get(name, _FIRST_OF.get(name.rpartition(":")[2], 0))


def series(guardrail: Guardrail, point: Point) -> list[Series]:
    """The input of one promtool test, an hour and more of one-minute samples."""
    return [*_series(guardrail, point), *_overrides(guardrail, point)]


def _overrides(guardrail: Guardrail, point: Point) -> Iterator[Series]:
    """The override, as two workers show it, and others that must not count."""
    if point.override is None:
        return
    region = LABELS["region"] if "region" in guardrail.by else WHOLE
    own = {"alert": guardrail.alert, "app": LABELS["app"], "region": region}
    others = ({"alert": "Another"}, {"app": "douyin"}, {"region": "GB"})
    for labels in ({"instance": "a:9464"}, {"instance": "b:9464"}, *others):
        # Another one's bound is on the other side of the value.
        value = point.override if "instance" in labels else -DECOY * (abs(point.override) + 1)
        text = ",".join(f'{name}="{word}"' for name, word in (own | labels).items())
        yield line(f"pulse_override_bound{{{text}}}", steady(value))


def _series(guardrail: Guardrail, point: Point) -> list[Series]:
    exposed = guardrail.condition.exposed(point.value, LABELS)
    if exposed:
        return [line(series.selector, f"{series.begin!r}+{series.minute!r}x{MINUTES}") for series in exposed]
    if guardrail.window:
        return [*_values(guardrail, point), *_bases(guardrail, point)]
    return [*RECORDED[guardrail.series](point), *_bases(guardrail, point)]


def _bases(guardrail: Guardrail, point: Point) -> Iterator[Series]:
    where = _labels(guardrail.by)
    wait = starts(guardrail, point)
    if point.base is not None:
        beside = guardrail.condition.probe(series_of(guardrail), point.base)
        yield from (line(name + where, steady(value, wait)) for name, value in beside.items())
    if guardrail.guard and guardrail.guard_baseline:
        expected = baseline_of(recorded(guardrail.by, guardrail.guard[0], guardrail.window))
        yield line(expected + where, steady(point.sample, wait))


def _values(guardrail: Guardrail, point: Point) -> Iterator[Series]:
    calm = _totals(guardrail, point if point.calm is None else replace(point, value=point.calm))
    for name, total in _totals(guardrail, point).items():
        family = FAMILIES[name]
        if point.calm is None:
            yield from _gauges(family, guardrail.window, total, point.missing)
        else:
            # The region that is left is then beyond the bound by itself.
            turning = f"{calm[name] * _SHARE!r}+0x{GONE - 1} {total!r}+0x{MINUTES}"
            yield from _gauges(family, guardrail.window, calm[name], point.missing, turning)
    if guardrail.topics:
        value = f'value="{guardrail.series}",window="{guardrail.window}"'
        end = f'{value},state="provisional",app="tiktok",region="US"'
        yield line(f"{reached_by(guardrail.window)}{{{end}}}", f"{-point.age}+60x{MINUTES}")


def _totals(guardrail: Guardrail, point: Point) -> dict[str, float]:
    """Family -> the total over all gauges."""
    family = FAMILIES[guardrail.series]
    totals: dict[str, float] = {}
    if guardrail.guard and not guardrail.guard_baseline:
        totals[guardrail.guard[0]] = point.sample
    if family.ratio is None:
        return totals | {family.name: point.value}
    # A ratio is put at its value through its parts; one of them may be fixed by the sample guard.
    num, den = (part.name for part in parts(family))
    if num in totals:
        return totals | {den: totals[num] * family.ratio.factor / point.value}
    # Any denominator will do that no guard fixes; a large one keeps rounding out of the ratio.
    bottom = totals.get(den, 1_000_000)
    return totals | {den: bottom, num: point.value * bottom / family.ratio.factor}


def _gauges(family: Family, window: str, total: float, missing: int, turning: str = "") -> Iterator[Series]:
    free = {label: LABELS[label] for label in family.labels if label != "region"}
    # Two regions on two partitions, so that a rule that forgets to sum over either gives another number.
    places = (("US", _SHARE, "0"), ("GB", 1 - _SHARE, "1"))
    whole = ((None, 1.0, "0"),)
    for region, share, partition in places if "region" in family.labels else whole:
        labels = free | ({"region": region} if region else {}) | {"partition": partition}
        matchers = [f'{name}="{value}"' for name, value in labels.items()]
        points = f"{total * share!r}+0x{missing}" if region == "GB" else turning or steady(total * share)
        yield line(gauge(family.name, window, *matchers), points)
        # Decoys: a rule that does not choose state and window would read these too.
        yield line(gauge(family.name, window, *matchers, state="final"), steady(total * share * DECOY))
        yield line(gauge(family.name, "other", *matchers), steady(total * share * DECOY))


def _labels(by: tuple[str, ...]) -> str:
    return "{" + ",".join(f'{label}="{LABELS[label]}"' for label in by) + "}"
