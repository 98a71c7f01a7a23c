"""The declarations held against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stream.catalog.declare import WINDOWS, Measure, Metric, Value
from stream.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def check(measures: Mapping[str, Measure], metrics: tuple[Metric, ...]) -> None:
    """Find the first contradiction.

    Raises:
        CatalogError: what contradicts what, by name.
    """
    _check_scales(measures.values())
    for metric in metrics:
        for value in metric.values:
            _check_value(f"{metric.id} {value.name}", value, measures)


def _check_scales(measures: Iterable[Measure]) -> None:
    scales: dict[tuple[str, tuple[tuple[str, str], ...]], int] = {}
    for measure in measures:
        if measure.counter is not None:
            series = (measure.counter, tuple(measure.fixed.items()))
            if scales.setdefault(series, measure.scale) != measure.scale:
                raise CatalogError(f"{measure.id}: measures that feed the same series must share a scale")


def _check_value(where: str, value: Value, measures: Mapping[str, Measure]) -> None:
    for name in value.measures:
        if name not in measures:
            raise CatalogError(f"{where}: no measure {name!r} is declared")
        missing = set(value.labels) - set(measures[name].labels) - set(measures[name].fixed)
        if missing:
            raise CatalogError(f"{where}: measure {name} has no label {sorted(missing)}")
    if len({measures[name].route for name in value.measures}) > 1:
        raise CatalogError(f"{where}: its measures meet in different merge lanes")
    for label in value.windows:
        if label not in WINDOWS:
            raise CatalogError(f"{where}: no window {label!r}")
