"""The declarations held against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stream.catalog.aggregates import BUCKET, Flagged, OverEach, Quantile, Reach
from stream.catalog.declare import WINDOWS, Measure, Metric, Value
from stream.catalog.rule_conditions import Below
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
    made = value.formula.made
    shown = tuple(name for name in value.labels if name not in made)
    if value.labels != (*shown, *made):
        raise CatalogError(f"{where}: its last labels must be {made}, which its formula makes")
    for name in value.measures:
        if name not in measures:
            raise CatalogError(f"{where}: no measure {name!r} is declared")
        missing = set(shown) - set(measures[name].labels) - set(measures[name].fixed)
        if missing:
            raise CatalogError(f"{where}: measure {name} has no label {sorted(missing)}")
    if len({measures[name].route for name in value.measures}) > 1:
        raise CatalogError(f"{where}: its measures meet in different merge lanes")
    for name in value.measures:
        _check_hidden(where, value, measures[name])
    for label in value.windows:
        if label not in WINDOWS:
            raise CatalogError(f"{where}: no window {label!r}")


def _check_hidden(where: str, value: Value, measure: Measure) -> None:
    apart = set(measure.route) - set(value.labels) - set(value.fixed)
    if apart:
        raise CatalogError(
            f"{where}: {measure.id} is summed in a lane for each {sorted(apart)}, and nowhere over all"
        )
    formula = value.formula
    if isinstance(formula, Quantile) and (BUCKET not in measure.labels or measure.bucket is None):
        raise CatalogError(f"{where}: a quantile needs sums with the label {BUCKET!r}, {measure.id} has none")
    missing = {name for by in _identities(value, measure.id) for name in by} - set(measure.labels)
    if missing:
        raise CatalogError(f"{where}: measure {measure.id} has no label {sorted(missing)}")


def _identities(value: Value, measure: str) -> Iterable[tuple[str, ...]]:
    """The identity labels that a measure of a formula must have."""
    formula = value.formula
    if isinstance(formula, Flagged):
        for one in formula.when:
            if measure in one.measures:
                yield one.by if isinstance(one, Below) else formula.by
    if isinstance(formula, OverEach) and measure in formula.each.measures:
        yield formula.each.by
    if isinstance(formula, Reach) and formula.among is not None and measure in formula.among.measures:
        yield formula.among.by
