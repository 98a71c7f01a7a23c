"""How often the optional fields that some metric needs are there: without them it is blind, not green."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from stream.catalog.declare import Measure
from stream.catalog.expressions import ONE

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "gift_sent": ("gift", ("platform", "net_usd_micros", "creator_usd_micros")),
        "impression": ("ad", ("ivt_class", "revenue_share_bps", "surface")),
        "impression_invalidated": ("ad", ("revenue_share_bps",)),
        "order_completed": ("purchase", ("is_sample", "commission_bps", "referral_fee_bps")),
        "order_cancelled": ("purchase", ("is_sample", "commission_bps")),
        "order_refunded": ("purchase", ("is_sample", "commission_bps")),
    }
)
"""Event type -> its topic, and the optional fields that measures of it read."""


def name_of(event: str, field: str) -> str:
    """The id of the measure that counts a field of an event type."""
    return f"has_{event}_{field}"


def _measure(topic: str, event: str, field: str) -> Measure:
    there = pl.col(field).is_not_null()
    # A booked streak is made from a record that was counted when it came.
    once = there & pl.col("timed_out").eq(0) if event == "gift_sent" else there
    return Measure(
        name_of(event, field),
        topic=topic,
        event=event,
        value=ONE,
        where=once,
        labels=("topic",),
        fixed={"field": field},
        counter="field_present_total",
        help="accepted records that carry an optional field which some metric needs",
    )


MEASURES = tuple(
    _measure(topic, event, field) for event, (topic, fields) in FIELDS.items() for field in fields
)
