"""All declarations together, checked against each other once."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from creator_pulse.stream.catalog.ad import measures as ad_measures
from creator_pulse.stream.catalog.ad import metrics as ad_metrics
from creator_pulse.stream.catalog.breakdowns import BREAKDOWNS
from creator_pulse.stream.catalog.commerce import measures as commerce_measures
from creator_pulse.stream.catalog.commerce import metrics as commerce_metrics
from creator_pulse.stream.catalog.competitors import metrics as competitors_metrics
from creator_pulse.stream.catalog.creators import measures as creators_measures
from creator_pulse.stream.catalog.creators import metrics as creators_metrics
from creator_pulse.stream.catalog.deal import measures as deal_measures
from creator_pulse.stream.catalog.deal import metrics as deal_metrics
from creator_pulse.stream.catalog.declaration.catalogue import Catalogue
from creator_pulse.stream.catalog.declaration.check import check
from creator_pulse.stream.catalog.engagement import measures as engagement_measures
from creator_pulse.stream.catalog.engagement import metrics as engagement_metrics
from creator_pulse.stream.catalog.fraud import measures as fraud_measures
from creator_pulse.stream.catalog.fraud import metrics as fraud_metrics
from creator_pulse.stream.catalog.fund import measures as fund_measures
from creator_pulse.stream.catalog.fund import metrics as fund_metrics
from creator_pulse.stream.catalog.gift import measures as gift_measures
from creator_pulse.stream.catalog.gift import metrics as gift_metrics
from creator_pulse.stream.catalog.growth import measures as growth_measures
from creator_pulse.stream.catalog.growth import metrics as growth_metrics
from creator_pulse.stream.catalog.pipeline import books, fields, silence, watchers, words, worker_metrics
from creator_pulse.stream.catalog.pipeline import measures as pipeline_measures
from creator_pulse.stream.catalog.pipeline import metrics as pipeline_metrics
from creator_pulse.stream.catalog.platform import metrics as platform_metrics
from creator_pulse.stream.catalog.signals import PIPELINE_SIGNALS, SIGNALS
from creator_pulse.stream.catalog.spending import metrics as spending_metrics
from creator_pulse.stream.catalog.viewers import measures as viewers_measures
from creator_pulse.stream.catalog.viewers import metrics as viewers_metrics
from creator_pulse.stream.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.catalog.declaration.declare import Measure, Metric, Value


def _by_id(*groups: tuple[Measure, ...]) -> Mapping[str, Measure]:
    measures: dict[str, Measure] = {}
    for measure in (measure for group in groups for measure in group):
        if measure.id in measures:
            raise CatalogError(f"measure {measure.id!r} is declared twice")
        measures[measure.id] = measure
    return MappingProxyType(measures)


MEASURES: Mapping[str, Measure] = _by_id(
    gift_measures.MEASURES,
    ad_measures.MEASURES,
    commerce_measures.MEASURES,
    viewers_measures.MEASURES,
    engagement_measures.MEASURES,
    fund_measures.MEASURES,
    deal_measures.MEASURES,
    creators_measures.MEASURES,
    growth_measures.MEASURES,
    fraud_measures.MEASURES,
    fields.MEASURES,
    words.MEASURES,
    pipeline_measures.MEASURES,
)
ORDER = """
N1 N2 N4 N5 N6 VX1 GI1 GI2 AD1 AD3 EC1 EC5 GI5 AD2 AD4 AD5 AD6 AV2 AV4 AV6 EC2 EC3 EC4 EC6 EC7 EC8 FR9
FR10 CR6 CR7 VX2 VX3 VX4 VX5 VX7 FR2 FR4 FR14 FR12 FR15 GI7 GI8 CF1 CF2 CF3 CF4 BD1 BD2 BD3 BD4 BD5 CR4
CR8 CR9 CR10 CR13 AV3
GR9 GR10 GR11 GR5 GR6 GR8 GR1 GR7 GR3 GR4 CR11 CR12 CR1 FR6 AV1 GI4 GI6 CR2 CR5 AV5 AV7 N3 GI3 VX6
VX8 GR2
SP1 SP2 SP3 SP4 SP5 SP6 SP7
BM1 BM2 BM3 FR1 FR3 FR5 FR7 FR11 CR3 VX9 FR8 FR13 PL1 PL2 PL3 PL4 PL5 PL6 PL7 PL8 PL9 PL14
PL15 PL16 PL17 PL18 PL10 PL11 OP1 PL13 OP2 OP3 OP4 OP5 OP6 PL12
EN1 EN2 EN3 EN4
"""
"""The order of metrics on pages and boards; metrics that are not listed come last."""
_PLACE = {metric: place for place, metric in enumerate(ORDER.split())}
METRICS: tuple[Metric, ...] = tuple(
    sorted(
        (
            *platform_metrics.METRICS,
            *gift_metrics.METRICS,
            *ad_metrics.METRICS,
            *commerce_metrics.METRICS,
            *viewers_metrics.METRICS,
            *engagement_metrics.METRICS,
            *fund_metrics.METRICS,
            *deal_metrics.METRICS,
            *creators_metrics.METRICS,
            *growth_metrics.METRICS,
            *spending_metrics.METRICS,
            *competitors_metrics.METRICS,
            *fraud_metrics.METRICS,
            *pipeline_metrics.METRICS,
            *worker_metrics.METRICS,
            *books.METRICS,
            *silence.METRICS,
            *watchers.METRICS,
        ),
        # sorted is stable: metrics that are not listed keep the order of their rooms.
        key=lambda metric: _PLACE.get(metric.id, len(_PLACE)),
    )
)
# On import, so that no worker, test or generator can run on contradicting declarations.
check(MEASURES, METRICS)

VALUES: tuple[Value, ...] = tuple(value for metric in METRICS for value in metric.values)


CATALOGUE = Catalogue(
    MEASURES,
    VALUES,
    last_days=(books.RECONCILED,),
    signals=(*SIGNALS, *PIPELINE_SIGNALS),
    breakdowns=BREAKDOWNS,
)
"""The product's own catalogue, which a worker computes unless it is told otherwise."""


def topics_of(value: Value) -> tuple[str, ...]:
    """The input topics that a value of the product's own catalogue is made of, sorted."""
    return CATALOGUE.topics_of(value)
