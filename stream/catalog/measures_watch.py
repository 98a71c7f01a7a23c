"""What is summed over the watch topic: viewing time, the denominator of the north star."""

from __future__ import annotations

import polars as pl

from stream.catalog.declare import Measure

MEASURES = (
    Measure(
        "watch_ms",
        topic="watch",
        event="heartbeat",
        value=pl.col("organic_ms") + pl.col("ad_ms"),
        labels=("app", "region", "surface"),
        scale=1000,
        counter="watch_seconds_total",
        help="viewing time",
    ),
)
