"""Scraped series that put a guardrail's series at a chosen number: the input of promtool tests.

Each probe says what the workers would expose, never what a recording rule makes of it, so a test
runs through the recording rules too. Only baselines are given as such; their own rules have a test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stream.catalog.declare import Guardrail, Limit
from stream.monitoring.families import FAMILIES, Family, baseline_of, gauge, parts, recorded, series_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MINUTES = 120
LABELS = {"app": "tiktok", "surface": "feed", "topic": "gift", "job": "pulse", "instance": "worker-1:9464"}
"""The label values of each test."""
WARM = 6
"""Minutes until a five-minute rate is exact."""
DECOY = 7
"""Factor of the series that must not count: final windows, other windows."""

Series = dict[str, str]


@dataclass(frozen=True, slots=True)
class Point:
    """Where a test puts things.

    Attributes:
        value: of the guardrail's series.
        base: its baseline; None: no history.
        sample: count for the sample guard.
        age: seconds since the window ended.
        missing: minute from which a region is no longer exposed.
    """

    value: float
    base: float | None = None
    sample: float = 0
    age: int = 0
    missing: int = MINUTES


def starts(guardrail: Guardrail, point: Point) -> int:
    """The minute of the first evaluation that sees the point."""
    if guardrail.series == "topic:pulse_freshness_seconds:max":
        return int(point.value // 60) + 1
    if guardrail.series in {"topic:pulse_consumer_lag_seconds:ratio", "topic:pulse_records:rate5m"}:
        return WARM
    return 21 if guardrail.series.endswith(":increase15m") else 0


def series(guardrail: Guardrail, point: Point) -> list[Series]:
    """The input of one promtool test, an hour and more of one-minute samples."""
    if guardrail.window:
        return [*_values(guardrail, point), *_bases(guardrail, point)]
    return [*_PIPELINE[guardrail.series](point), *_bases(guardrail, point)]


def line(selector: str, values: str) -> Series:
    """One input series."""
    return {"series": selector, "values": values}


def steady(value: float, wait: int = 0) -> str:
    """The same number each minute, after ``wait`` minutes without one."""
    return f"{f'_x{wait} ' if wait else ''}{value!r}+0x{MINUTES}"


def _bases(guardrail: Guardrail, point: Point) -> Iterator[Series]:
    where = _labels(guardrail.by)
    wait = starts(guardrail, point)
    if point.base is not None and not isinstance(guardrail.condition, Limit):
        yield line(baseline_of(series_of(guardrail)) + where, steady(point.base, wait))
    if guardrail.guard and guardrail.guard_baseline:
        expected = baseline_of(recorded(guardrail.by, guardrail.guard[0], guardrail.window))
        yield line(expected + where, steady(point.sample, wait))


def _values(guardrail: Guardrail, point: Point) -> Iterator[Series]:
    for name, total in _totals(guardrail, point).items():
        yield from _gauges(FAMILIES[name], guardrail.window, total, point.missing)
    if guardrail.topics:
        value = f'value="{guardrail.series}",window="{guardrail.window}"'
        end = f'{value},state="provisional",app="tiktok",region="US"'
        yield line(f"pulse_value_window_end_timestamp_seconds{{{end}}}", f"{-point.age}+60x{MINUTES}")


def _totals(guardrail: Guardrail, point: Point) -> dict[str, float]:
    """Family -> what its gauges add up to."""
    family = FAMILIES[guardrail.series]
    found: dict[str, float] = {}
    if guardrail.guard and not guardrail.guard_baseline:
        found[guardrail.guard[0]] = point.sample
    if family.ratio is None:
        return found | {family.name: point.value}
    num, den = (part.name for part in parts(family))
    if num in found:
        return found | {den: found[num] * family.ratio.factor / point.value}
    bottom = found.get(den, 1_000_000)
    return found | {den: bottom, num: point.value * bottom / family.ratio.factor}


def _gauges(family: Family, window: str, total: float, missing: int) -> Iterator[Series]:
    free = {label: LABELS[label] for label in family.labels if label not in {"region", "tool"}}
    fixed = family.values[0].fixed
    places = (("US", 0.75, "0"), ("GB", 0.25, "1")) if "region" in family.labels else ((None, 1.0, "0"),)
    for region, share, partition in places:
        found = free | dict(fixed) | ({"region": region} if region else {}) | {"partition": partition}
        matchers = [f'{name}="{value}"' for name, value in found.items()]
        shown = f"{total * share!r}+0x{missing}" if region == "GB" else steady(total * share)
        yield line(gauge(family.name, window, *matchers), shown)
        yield line(gauge(family.name, window, *matchers, state="final"), steady(total * share * DECOY))
        yield line(gauge(family.name, "other", *matchers), steady(total * share * DECOY))


def _labels(by: tuple[str, ...]) -> str:
    return "{" + ",".join(f'{label}="{LABELS[label]}"' for label in by) + "}"


def _freshness(point: Point) -> list[Series]:
    """The oldest partition decides; an idle one does not."""
    name = 'pulse_watermark_timestamp_seconds{topic="gift",partition="%d"}'
    return [
        line(name % 0, f"{-point.value!r}+60x{MINUTES}"),
        line(name % 1, f"-5+60x{MINUTES}"),
        line(name % 2, f"1+0x{MINUTES}"),
        line('pulse_partition_idle{topic="gift",partition="0"}', steady(0)),
        line('pulse_partition_idle{topic="gift",partition="2"}', steady(1)),
    ]


def _lag(point: Point) -> list[Series]:
    """One record a second, so that lag in records equals lag in seconds."""
    name = 'pulse_consumer_lag_records{topic="gift",partition="%d"}'
    return [
        line(name % 0, steady(point.value * 0.75, WARM)),
        line(name % 1, steady(point.value * 0.25, WARM)),
        line('pulse_records_total{topic="gift",outcome="counted",partition="0"}', f"0+60x{MINUTES}"),
    ]


def _rate(point: Point) -> list[Series]:
    name = 'pulse_records_total{topic="gift",partition="0",outcome="%s"}'
    return [
        line(name % "counted", f"0+{point.value * 60!r}x{MINUTES}"),
        line(name % "test", f"0+{60_000}x{MINUTES}"),
    ]


def _rise(name: str) -> Callable[[Point], list[Series]]:
    """A total that rises once, beside one that stands still."""

    def made(point: Point) -> list[Series]:
        selector = name + '{topic="gift",partition="%d"}'
        return [line(selector % 0, f"0x20 {point.value!r}x{MINUTES}"), line(selector % 1, steady(3))]

    return made


def _worker(point: Point) -> list[Series]:
    return [
        line('up{job="pulse",instance="worker-1:9464"}', steady(point.value)),
        line('up{job="pulse",instance="worker-2:9464"}', steady(1)),
        line('up{job="prometheus",instance="localhost:9090"}', steady(0)),
    ]


def _redis(point: Point) -> list[Series]:
    return [
        line('pulse_redis_up{job="pulse",instance="worker-1:9464"}', steady(point.value)),
        line('pulse_redis_up{job="pulse",instance="worker-2:9464"}', steady(1)),
    ]


def _nothing(_: Point) -> list[Series]:
    return []


_PIPELINE: dict[str, Callable[[Point], list[Series]]] = {
    "topic:pulse_freshness_seconds:max": _freshness,
    "topic:pulse_consumer_lag_seconds:ratio": _lag,
    "topic:pulse_records:rate5m": _rate,
    "topic:pulse_lost_records:increase15m": _rise("pulse_lost_records_total"),
    "topic:pulse_source_resets:increase15m": _rise("pulse_source_resets_total"),
    "job_instance:pulse_worker_up:min": _worker,
    "job_instance:pulse_redis_up:min": _redis,
    "vector(1)": _nothing,
}
"""Recorded series of the pipeline -> what workers expose."""
