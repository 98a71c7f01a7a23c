"""How large records are: counts by size, for quantiles over records.

Money is brought to micro-USD first, so that a quantile is of one currency; what is larger than an integer
of 62 bits counts as that.
"""

from __future__ import annotations

import polars as pl

from creator_pulse.stream.aggregates import BUCKET
from creator_pulse.stream.catalog.declare import Measure
from creator_pulse.stream.catalog.expressions import EVERY, ONE, REAL_ORDER, VALID_IMPRESSION, big

_SIZED = ("app", BUCKET)
_LARGEST = 2**62


def _micro_usd(amount: str) -> pl.Expr:
    """An amount in micros of a currency, in micro-USD rounded down."""
    return pl.min_horizontal(big(amount) * pl.col("fx_rate") // 10**6, pl.lit(_LARGEST, dtype=pl.Int128))


MEASURES = (
    Measure(
        "gift_streak_sizes",
        topic="gift",
        event="gift_sent",
        value=ONE,
        where=pl.col("gifts").gt(0) & pl.col("gift_type").eq(1),
        labels=_SIZED,
        bucket=pl.col("repeat_count"),
        help="streaks that ended or timed out, by length",
    ),
    Measure(
        "ad_price_sizes",
        topic="ad",
        event="impression",
        value=ONE,
        where=VALID_IMPRESSION,
        labels=_SIZED,
        bucket=_micro_usd("price_micros_cpm"),
        help="valid impressions by price per thousand",
    ),
    Measure(
        "order_value_sizes",
        topic="purchase",
        event="order_completed",
        value=ONE,
        where=REAL_ORDER,
        labels=_SIZED,
        bucket=_micro_usd("value_micros"),
        help="orders that are not samples, by value",
    ),
    Measure(
        "reward_rpm_sizes",
        topic="reward",
        event="reward_accrued",
        value=ONE,
        where=EVERY,
        labels=_SIZED,
        bucket=_micro_usd("rpm_micros"),
        help="reward accruals by rate per thousand qualified views",
    ),
    Measure(
        "payout_delay_sizes",
        topic="payout",
        event="payout_paid",
        value=ONE,
        where=EVERY,
        labels=_SIZED,
        bucket=pl.coalesce("paid_time", "event_time") - pl.col("due_time"),
        help="payouts by how long after they were due they arrived; early ones count as 0",
    ),
)
