"""Current values of a metric, each with its trust."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from creator_pulse.stream.api.answers import Current, Trust
from creator_pulse.stream.api.asked import MOST_LABEL, chosen
from creator_pulse.stream.api.problem import absent, wrong
from creator_pulse.stream.catalog.declaration.declare import WINDOWS
from creator_pulse.stream.catalog.declaration.labels import DOMAINS, OTHER
from creator_pulse.stream.catalog.registry import METRICS
from creator_pulse.stream.errors import UnreachableError
from creator_pulse.stream.monitoring.families import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.api.live_views import View
    from creator_pulse.stream.api.prometheus import Prometheus
    from creator_pulse.stream.catalog.declaration.declare import Metric
    from creator_pulse.stream.monitoring.families import Family
    from creator_pulse.stream.settings import Settings

STATES = ("provisional", "final")
_SEE_CATALOG = "GET /v1/catalog lists metrics and the names of their values"


def named(name: str) -> tuple[Metric, tuple[Family, ...], tuple[str, ...]]:
    """The metric that an id, or the name of a value or recorded series, stands for.

    Returns:
        the metric, the families of values, the names of recorded series.

    Raises:
        AskedWrongError: 404: there is no such name.
    """
    for metric in METRICS:
        values = tuple(dict.fromkeys(value.name for value in metric.values))
        if name == metric.id:
            return metric, tuple(FAMILIES[value_name] for value_name in values), tuple(metric.recorded)
        if name in values:
            return metric, (FAMILIES[name],), ()
        if name in metric.recorded:
            return metric, (), (name,)
    raise absent("path.name", f"no metric or value is called {name[:80]!r}", _SEE_CATALOG)


def family(name: str) -> Family:
    """The family of a value with windows.

    Raises:
        AskedWrongError: 404: there is none.
    """
    if name not in FAMILIES:
        raise absent("path.name", f"no value with windows is called {name[:80]!r}", _SEE_CATALOG)
    return FAMILIES[name]


def filters(query: Mapping[str, str], families: tuple[Family, ...], settings: Settings) -> dict[str, str]:
    """The requested labels, window and state.

    Raises:
        AskedWrongError: 400: no such window, state, or value of a label.
    """
    windows = tuple(label for label in WINDOWS if any(label in family.windows for family in families))
    chosen(query, "window", windows)
    chosen(query, "state", STATES)
    for name in label_names(families):
        label_value(query, name, settings)
    names = {"window", "state", *label_names(families)}
    return {name: text for name, text in query.items() if name in names}


def label_value(query: Mapping[str, str], name: str, settings: Settings) -> None:
    """Refuse a label's value that no record can have.

    Raises:
        AskedWrongError: 400.
    """
    text = query.get(name)
    if name == "app":
        chosen(query, name, tuple(settings.regions))
    elif name == "region":
        # Regions of all apps, each once: whether a chosen app has the region, the views tell.
        every = dict.fromkeys(region for regions in settings.regions.values() for region in regions)
        chosen(query, name, (*every, OTHER))
    elif name in DOMAINS:
        chosen(query, name, DOMAINS[name])
    elif text is not None and not 0 < len(text) <= MOST_LABEL:
        raise wrong(
            f"query.{name}", f"{name} has {len(text)} characters", f"give 1 to {MOST_LABEL} characters"
        )


def label_names(families: tuple[Family, ...]) -> tuple[str, ...]:
    """Names of the labels that distinguish the values of families."""
    return tuple(dict.fromkeys(label for family in families for label in family.labels))


def current(family: Family, views: list[View], wanted: Mapping[str, str], now_ms: int) -> list[Current]:
    """The values of a family that match, the shortest window first.

    Args:
        family: the values of one name, over all windows and labels.
        views: its live views in Redis.
        wanted: labels, window and state that must match.
        now_ms: the time at which ages are computed, epoch ms.
    """
    rows = [
        Current(
            metric=family.metric.id,
            name=family.name,
            unit=family.values[0].unit,
            window=view.labels["window"],
            labels=own(family, view),
            value=view.published.value,
            trust=trust_of(view, now_ms),
        )
        for view in views
        if matches(view, wanted)
    ]
    # Shortest window first, as they are declared; then by state and labels, so that pages are stable.
    order = list(WINDOWS)
    return sorted(
        rows, key=lambda row: (order.index(row.window), row.trust.state, sorted(row.labels.items()))
    )


async def recorded(metric: Metric, name: str, prometheus: Prometheus, now_ms: int) -> list[Current]:
    """The samples of a series that Prometheus records.

    Args:
        metric: the metric that declares the series.
        name: of the series, for example ``app:pulse_gift_take_ratio:1h``.
        prometheus: the server that records the series.
        now_ms: the time at which ages are computed, epoch ms.

    Raises:
        UnreachableError: Prometheus does not answer, or not with samples.
    """
    status, body = await prometheus.get("query", {"query": name, "time": f"{now_ms / 1000:.3f}"})
    try:
        samples = msgspec.json.decode(body, type=_Answer).data.result
    except msgspec.MsgspecError as error:
        raise UnreachableError(f"Prometheus answered {status} without samples: {error}") from error
    return [
        Current(
            metric=metric.id,
            name=name,
            unit=metric.unit,
            window="",
            labels={label: text for label, text in sample.metric.items() if label != "__name__"},
            value=_finite(sample.value[1]),
            trust=Trust(state="recorded", start=None, end=round(sample.value[0] * 1000)),
        )
        for sample in samples
    ]


class _Sample(msgspec.Struct):
    metric: dict[str, str]
    value: tuple[float, str]


class _Data(msgspec.Struct):
    result: list[_Sample]


class _Answer(msgspec.Struct):
    data: _Data


def _finite(text: str) -> float | None:
    number = float(text)
    # JSON has no NaN and no infinity, which Prometheus may answer with.
    return number if math.isfinite(number) else None


def matches(view: View, wanted: Mapping[str, str]) -> bool:
    """Whether a view belongs to a window, and has the wanted labels."""
    return view.labels.get("window") in WINDOWS and all(
        view.labels.get(name) == text for name, text in wanted.items()
    )


def own(family: Family, view: View) -> dict[str, str]:
    """The labels of a view that distinguish the values of one family."""
    return {name: view.labels[name] for name in family.labels if name in view.labels}


def trust_of(view: View, now_ms: int) -> Trust:
    """How trustworthy a view is at a time (epoch ms)."""
    published, window = view.published, WINDOWS[view.labels["window"]]
    return Trust(
        state=view.labels.get("state", STATES[0]),
        start=window.start(published.end),
        end=published.end,
        watermark=published.watermark,
        watermark_age_seconds=round((now_ms - published.watermark) / 1000, 3),
        completeness=published.completeness_ratio,
        late_share=published.late_ratio,
        duplicate_share=published.duplicate_ratio,
        invalid_share=published.invalid_ratio,
    )
