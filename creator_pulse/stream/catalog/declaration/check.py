"""The declarations held against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.aggregates import BUCKET
from creator_pulse.stream.aggregates.rules import AMOUNT
from creator_pulse.stream.aggregates.spans import HOUR_MS
from creator_pulse.stream.catalog.declaration.causes import holds
from creator_pulse.stream.catalog.declaration.declare import WINDOWS, Measure, Metric, Value
from creator_pulse.stream.catalog.declaration.harm import hurting
from creator_pulse.stream.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from creator_pulse.stream.catalog.declaration.declare import Window

SIZES = frozenset({AMOUNT, BUCKET})
"""Labels whose value ``Measure.bucket`` gives."""


def check(measures: Mapping[str, Measure], metrics: tuple[Metric, ...]) -> None:
    """Find the first contradiction.

    Raises:
        CatalogError: what contradicts what, by name.
    """
    _check_scales(measures.values())
    for measure in measures.values():
        _check_first(measure, measures)
        if (measure.bucket is None) != SIZES.isdisjoint(measure.labels):
            raise CatalogError(f"{measure.id}: a label {' or '.join(sorted(SIZES))} and a bucket go together")
    for metric in metrics:
        for value in metric.values:
            _check_value(f"{metric.id} {value.name}", value, measures)
    holds(metrics)
    hurting(metrics)


def _check_first(measure: Measure, measures: Mapping[str, Measure]) -> None:
    for name in () if measure.first is None else measure.first.measures:
        if name not in measures:
            raise CatalogError(f"{measure.id}: no measure {name!r} is declared")
        if measures[name].labels != measure.labels or len(measure.hidden) != 1:
            raise CatalogError(f"{measure.id}: a first is of one identity, by the labels of {name}")


def _check_scales(measures: Iterable[Measure]) -> None:
    scales: dict[tuple[str, tuple[tuple[str, str], ...]], int] = {}
    for measure in measures:
        if measure.counter is not None:
            series = (measure.counter, tuple(measure.fixed.items()))
            if scales.setdefault(series, measure.scale) != measure.scale:
                raise CatalogError(f"{measure.id}: measures that feed the same series must share a scale")


def _check_value(where: str, value: Value, measures: Mapping[str, Measure]) -> None:
    added = value.formula.own_labels
    plain = tuple(name for name in value.labels if name not in added)
    if value.labels != (*plain, *added):
        raise CatalogError(f"{where}: its last labels must be {added}, which its formula makes")
    for name in value.measures:
        if name not in measures:
            raise CatalogError(f"{where}: no measure {name!r} is declared")
        missing = set(plain) - set(measures[name].labels) - set(measures[name].fixed)
        if missing:
            raise CatalogError(f"{where}: measure {name} has no label {sorted(missing)}")
    if len({measures[name].route for name in value.measures}) > 1:
        raise CatalogError(f"{where}: its measures meet in different merge lanes")
    for name in value.measures:
        _check_hidden(where, value, measures[name])
    for label in value.windows:
        if label not in WINDOWS:
            raise CatalogError(f"{where}: no window {label!r}")
        _check_minutes(f"{where} {label}", WINDOWS[label], value, measures)
        if WINDOWS[label].runs:
            _check_days(f"{where} {label}", value, measures)


def _check_minutes(where: str, window: Window, value: Value, measures: Mapping[str, Measure]) -> None:
    if window.step_ms < HOUR_MS and any(measures[name].first for name in value.measures):
        raise CatalogError(f"{where}: a first is known to the hour")


def _check_days(where: str, value: Value, measures: Mapping[str, Measure]) -> None:
    """The first label of a sum says where its days begin, and a result is of one app's days."""
    if "app" not in value.labels:
        raise CatalogError(f"{where}: business days are of an app, so it is one of the labels")
    for name in value.measures:
        if measures[name].labels[0] != "app":
            raise CatalogError(
                f"{where}: the first label of {name} is not the app, whose days it is summed by"
            )


def _check_hidden(where: str, value: Value, measure: Measure) -> None:
    apart = set(measure.route) - set(value.labels) - set(value.fixed)
    if apart:
        raise CatalogError(
            f"{where}: {measure.id} is summed in a lane for each {sorted(apart)}, and nowhere over all"
        )
    missing = set(value.formula.hidden_of(measure.id)) - set(measure.labels)
    if missing:
        raise CatalogError(f"{where}: measure {measure.id} has no label {sorted(missing)}")
