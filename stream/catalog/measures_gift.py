"""What is summed over the gift topic.

``gifts``, ``coins``, ``capped_coins`` and ``timed_out`` are made by the streak rule of the topic's
schema (0 for progress); ``coin_price`` and ``creator_rate`` are dated rates in micro-USD per coin.
"""

from __future__ import annotations

from functools import partial

import polars as pl

from stream.catalog.declare import Measure
from stream.catalog.expressions import big

_sent = partial(Measure, topic="gift", event="gift_sent")
_BOOKED = pl.col("net_usd_micros").is_not_null() & pl.col("creator_usd_micros").is_not_null()

MEASURES = (
    _sent(
        "gifts",
        value=pl.col("gifts"),
        counter="gifts_total",
        help="final gifts and timed-out streaks",
    ),
    _sent(
        "gift_coins",
        value=pl.col("coins"),
        counter="gift_coins_total",
        help="coins of final gifts and timed-out streaks",
    ),
    _sent(
        "gift_capped_coins",
        value=pl.col("capped_coins"),
        counter="gift_capped_coins_total",
        help="the same with each gift capped at 1,000 coins",
    ),
    _sent(
        "gift_streaks_timed_out",
        value=pl.col("timed_out"),
        counter="streaks_timed_out_total",
        help="streaks booked without their end record",
    ),
    _sent(
        "gift_usd",
        value=big("coins") * pl.col("coin_price"),
        scale=10**6,
        counter="gift_usd_total",
        help="gross gift value: coins at the dated price",
    ),
    _sent(
        "gift_late_usd",
        value=big("coins") * pl.col("coin_price"),
        scale=10**6,
        rows="late",
        labels=("app", "region"),
        fixed={"tool": "gift"},
        counter="late_usd_total",
        help="gross gift value of late gifts",
    ),
    _sent(
        "gift_capped_usd",
        value=big("capped_coins") * pl.col("coin_price"),
        scale=10**6,
        help="gross value of gifts capped at 1,000 coins each",
    ),
    _sent(
        "creator_gift_usd",
        value=big("coins") * pl.col("creator_rate"),
        scale=10**6,
        counter="creator_gift_usd_total",
        help="creator gift earnings: coins at the dated creator rate",
    ),
    _sent(
        "gift_platform_usd",
        value=big("net_usd_micros") - big("creator_usd_micros"),
        where=_BOOKED & pl.col("gifts").gt(0),
        scale=10**6,
        fixed={"tool": "gift"},
        counter="platform_usd_total",
        help="booked net less booked creator share, of gifts that carry both",
    ),
    Measure(
        "gift_reversed_usd",
        topic="gift",
        event="gift_reversed",
        value=big("coins") * pl.col("creator_rate"),
        scale=10**6,
        fixed={"tool": "gift"},
        counter="reversed_usd_total",
        help="creator earnings taken back, at the rate of the gift's own time",
    ),
)
