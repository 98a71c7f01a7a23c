"""All declarations together, checked against each other once."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from stream.catalog import (
    measures_ad,
    measures_fields,
    measures_gift,
    measures_pipeline,
    measures_purchase,
    measures_watch,
    metrics_health,
    metrics_pipeline,
    metrics_tools,
)
from stream.catalog.check import check
from stream.errors import CatalogError
from stream.settings import INPUT_TOPICS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stream.catalog.declare import Measure, Metric, Value


def _by_id(*groups: tuple[Measure, ...]) -> Mapping[str, Measure]:
    found: dict[str, Measure] = {}
    for measure in (measure for group in groups for measure in group):
        if measure.id in found:
            raise CatalogError(f"measure {measure.id!r} is declared twice")
        found[measure.id] = measure
    return MappingProxyType(found)


MEASURES: Mapping[str, Measure] = _by_id(
    measures_gift.MEASURES,
    measures_ad.MEASURES,
    measures_purchase.MEASURES,
    measures_watch.MEASURES,
    measures_fields.MEASURES,
    measures_pipeline.MEASURES,
)
METRICS: tuple[Metric, ...] = (*metrics_health.METRICS, *metrics_tools.METRICS, *metrics_pipeline.METRICS)
check(MEASURES, METRICS)

VALUES: tuple[Value, ...] = tuple(value for metric in METRICS for value in metric.values)


def measures_of(topic: str) -> tuple[Measure, ...]:
    """The measures that a lane of an input topic computes.

    Args:
        topic: name without prefix.
    """
    return tuple(measure for measure in MEASURES.values() if measure.topic in {topic, "*"})


def topics_of(value: Value) -> tuple[str, ...]:
    """The input topics that a value is made of, sorted."""
    named = {MEASURES[name].topic for name in value.measures}
    return tuple(sorted(INPUT_TOPICS if "*" in named else named))


def used_in_windows() -> frozenset[str]:
    """Ids of the measures that some value needs; the others are counters only."""
    return frozenset(name for value in VALUES for name in value.measures)
