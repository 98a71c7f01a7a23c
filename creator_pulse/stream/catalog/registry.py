"""All declarations together, checked against each other once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog import (
    measures_ad,
    measures_content,
    measures_dated,
    measures_deal,
    measures_fields,
    measures_firsts,
    measures_gift,
    measures_identities,
    measures_payout,
    measures_pipeline,
    measures_purchase,
    measures_reward,
    measures_sizes,
    measures_small,
    measures_wallet,
    measures_watch,
    metrics_ad,
    metrics_books,
    metrics_commerce,
    metrics_creators,
    metrics_first,
    metrics_flagged,
    metrics_flow,
    metrics_fund,
    metrics_gift,
    metrics_growth,
    metrics_harm,
    metrics_health,
    metrics_kept,
    metrics_pipeline,
    metrics_reach,
    metrics_rooms,
    metrics_spread,
    metrics_tools,
    metrics_viewers,
)
from creator_pulse.stream.catalog.aggregates_past import past_of
from creator_pulse.stream.catalog.check import check
from creator_pulse.stream.catalog.declare import DAY_MS, WINDOWS
from creator_pulse.stream.errors import CatalogError
from creator_pulse.stream.settings import INPUT_TOPICS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.catalog.declare import Measure, Metric, Value, Window


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
    measures_reward.MEASURES,
    measures_deal.MEASURES,
    measures_payout.MEASURES,
    measures_content.MEASURES,
    measures_wallet.MEASURES,
    measures_sizes.MEASURES,
    measures_small.MEASURES,
    measures_identities.MEASURES,
    measures_dated.MEASURES,
    measures_firsts.MEASURES,
    measures_fields.MEASURES,
    measures_pipeline.MEASURES,
)
METRICS: tuple[Metric, ...] = (
    *metrics_health.METRICS,
    *metrics_tools.METRICS,
    *metrics_gift.METRICS,
    *metrics_ad.METRICS,
    *metrics_commerce.METRICS,
    *metrics_creators.METRICS,
    *metrics_viewers.METRICS,
    *metrics_harm.METRICS,
    *metrics_fund.METRICS,
    *metrics_growth.METRICS,
    *metrics_first.METRICS,
    *metrics_kept.METRICS,
    *metrics_flow.METRICS,
    *metrics_spread.METRICS,
    *metrics_reach.METRICS,
    *metrics_flagged.METRICS,
    *metrics_rooms.METRICS,
    *metrics_pipeline.METRICS,
    *metrics_books.METRICS,
)
check(MEASURES, METRICS)

VALUES: tuple[Value, ...] = tuple(value for metric in METRICS for value in metric.values)


@dataclass(frozen=True, eq=False)
class Catalogue:
    """What lanes compute; what follows from it is worked out once for all lanes of a process.

    Attributes:
        measures: by id.
        values: made of them.
        windows: by label, those that the values name.
    """

    measures: Mapping[str, Measure]
    values: tuple[Value, ...]
    windows: Mapping[str, Window] = field(default_factory=lambda: WINDOWS)

    def measures_of(self, topic: str) -> tuple[Measure, ...]:
        """The measures that a lane of an input topic computes.

        Args:
            topic: name without prefix.
        """
        return tuple(measure for measure in self.measures.values() if measure.topic in {topic, "*"})

    def topics_of(self, value: Value) -> tuple[str, ...]:
        """The input topics that a value is made of, sorted."""
        named = {self.measures[one].topic for name in value.measures for one in self._sources(name)}
        return tuple(sorted(INPUT_TOPICS if "*" in named else named))

    @cached_property
    def levels(self) -> Mapping[str, frozenset[int]]:
        """Measure id -> the steps of the windows that read it, ms; likewise ``#`` and a topic: its health."""
        found: dict[str, set[int]] = {}
        for value in self.values:
            steps = {self.windows[label].step_ms for label in value.windows}
            read = {one for name in value.measures for one in (name, *self._sources(name))}
            for name in (*read, *(f"#{topic}" for topic in self.topics_of(value))):
                found.setdefault(name, set()).update(steps)
            for name in past_of(value.formula)[0]:
                found[name].add(DAY_MS)
        return {name: frozenset(steps) for name, steps in found.items()}

    def _sources(self, name: str) -> tuple[str, ...]:
        """The measures that source lanes sum for a measure."""
        first = self.measures[name].first
        return (name,) if first is None else first.measures

    def used_in_windows(self) -> frozenset[str]:
        """Ids of the measures that some value needs; the others are counters only."""
        return frozenset(name for value in self.values for name in value.measures)


CATALOGUE = Catalogue(MEASURES, VALUES)
"""The product's own: what a worker computes unless it is told otherwise."""


def topics_of(value: Value) -> tuple[str, ...]:
    """The input topics that a value of the product's own catalogue is made of, sorted."""
    return CATALOGUE.topics_of(value)
