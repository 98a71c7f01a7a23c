"""All declarations together, checked against each other once."""

from __future__ import annotations

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
from creator_pulse.stream.catalog.catalogue import Catalogue
from creator_pulse.stream.catalog.check import check
from creator_pulse.stream.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.catalog.declare import Measure, Metric, Value


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


CATALOGUE = Catalogue(MEASURES, VALUES, last_days=(metrics_books.RECONCILED,))
"""The product's own: what a worker computes unless it is told otherwise."""


def topics_of(value: Value) -> tuple[str, ...]:
    """The input topics that a value of the product's own catalogue is made of, sorted."""
    return CATALOGUE.topics_of(value)
