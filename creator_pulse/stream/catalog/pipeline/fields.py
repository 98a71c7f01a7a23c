"""How often the optional fields that some metric needs are there: without them it is blind, not green."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from creator_pulse.stream.catalog.declaration.declare import Measure
from creator_pulse.stream.catalog.declaration.expressions import EVERY, ONE

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "gift_sent": (
            "gift",
            (
                "platform",
                "net_usd_micros",
                "creator_usd_micros",
                "match_id",
                "age_source",
                "viewer_age_band",
                "creator_age_band",
                "cap_gift_coins",
            ),
        ),
        "impression": (
            "ad",
            (
                "ivt_class",
                "revenue_share_bps",
                "surface",
                "measurable",
                "in_target",
                "organic_videos_since_last_ad",
            ),
        ),
        "impression_invalidated": ("ad", ("revenue_share_bps",)),
        "order_completed": ("purchase", ("is_sample", "commission_bps", "referral_fee_bps")),
        "order_cancelled": ("purchase", ("is_sample", "commission_bps", "referral_fee_bps")),
        "order_refunded": ("purchase", ("is_sample", "commission_bps", "referral_fee_bps")),
        "deal_approved": ("deal", ("approved_by",)),
        "deal_posted": ("deal", ("disclosure_label",)),
        "deal_paid": ("deal", ("views",)),
        "payout_paid": ("payout", ("paid_time",)),
        "topup_completed": ("wallet", ("viewer_age_band", "age_source")),
        "dispute_opened": ("purchase", ("payment_method",)),
        "heartbeat": ("watch", ("ms_since_last_ad",)),
        "tool_enrolled": ("content", ("first_earned_time",)),
    }
)
"""Event type -> its topic, and the optional fields that measures of it read."""

BLIND_WITHOUT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "gift_sent": (
            "age_source",
            "viewer_age_band",
            "creator_age_band",
            "cap_gift_coins",
            "net_usd_micros",
            "creator_usd_micros",
        ),
        "impression": ("ivt_class", "surface", "measurable", "organic_videos_since_last_ad"),
        "dispute_opened": ("payment_method",),
        "heartbeat": ("ms_since_last_ad",),
        "tool_enrolled": ("first_earned_time",),
    }
)
"""Event type -> the fields whose absence says nothing; for the others the contract gives it a meaning."""


def name_of(event: str, field: str) -> str:
    """The id of the measure that counts a field of an event type."""
    return f"has_{event}_{field}"


def total_of(event: str) -> str:
    """The id of the measure that counts the records of an event type."""
    return f"records_of_{event}"


def _once(event: str) -> pl.Expr:
    """A booked streak is made from a record that was counted when it came."""
    return pl.col("timed_out").eq(0) if event == "gift_sent" else EVERY


def _measure(topic: str, event: str, field: str) -> Measure:
    return Measure(
        name_of(event, field),
        topic=topic,
        event=event,
        value=ONE,
        where=pl.col(field).is_not_null() & _once(event),
        labels=("topic",),
        fixed={"field": field},
        counter="field_present_total",
        help="accepted records that carry an optional field which some metric needs",
    )


MEASURES = (
    *(_measure(topic, event, field) for event, (topic, fields) in FIELDS.items() for field in fields),
    *(
        Measure(
            total_of(event),
            topic=FIELDS[event][0],
            event=event,
            value=ONE,
            where=_once(event),
            labels=("topic",),
            help=f"accepted {event} records",
        )
        for event in BLIND_WITHOUT
    ),
)
