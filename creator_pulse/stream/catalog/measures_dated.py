"""What is taken back, at the time of what it takes back.

A flow mixes cohorts: what is refunded today was mostly sold before. These sums lie in the day of the sale, of
the gift or of the impression, so that a ratio of them is of one and the same cohort. They grow for as long as
something can be taken back, so a closed window of theirs is restated then.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from creator_pulse.stream.catalog import measures_ad, measures_gift, measures_identities, measures_purchase
from creator_pulse.stream.catalog.declare import COHORT_MS
from creator_pulse.stream.catalog.expressions import ONE, REAL_ORDER

TAKEN_BACK = (
    "gift_reversed_usd",
    "ad_reversed_usd",
    "commission_refunded_usd",
    "commission_cancelled_usd",
    "refunded_usd",
    "cancelled_usd",
)
"""Measures that have one of these."""
RETURNS = ("order_cancelled_by_creator", "order_refunded_by_creator")
"""Likewise of creators, but without the buyer's hold."""

_KNOWN = {
    one.id: one
    for one in (
        *measures_gift.MEASURES,
        *measures_ad.MEASURES,
        *measures_purchase.MEASURES,
        *measures_identities.MEASURES,
    )
}
_DELAY = pl.col("event_time") - pl.col("original_event_time")
_SOON = _DELAY.is_between(0, COHORT_MS)


def dated(name: str) -> str:
    """The id of a measure at the time of what is taken back."""
    return f"{name}_dated"


MEASURES = (
    *(
        replace(
            known,
            id=dated(known.id),
            where=_SOON if known.where is None else known.where & _SOON,
            fixed={},
            counter=None,
            time="original",
            help=f"{known.help}; within 14 days, at the time of what was taken back",
        )
        for known in (_KNOWN[name] for name in TAKEN_BACK)
    ),
    *(
        replace(
            known,
            id=dated(known.id),
            value=ONE,
            where=REAL_ORDER & _SOON & _DELAY.gt(measures_identities.HOLD_MS),
            time="original",
            help=f"{known.event} records from one hour to 14 days after the order, at the time of the order",
        )
        for known in (_KNOWN[name] for name in RETURNS)
    ),
)
