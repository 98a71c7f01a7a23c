"""Measures of the watch topic: viewing time, the denominator of the north star."""

from __future__ import annotations

import polars as pl

from creator_pulse.stream.catalog.declaration.declare import Measure
from creator_pulse.stream.catalog.declaration.expressions import ONE

AFTER_AD_MS = 10_000
"""A session that ends so soon after an ad ended because of it."""

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
    Measure(
        "viewing_ms",
        topic="watch",
        event="heartbeat",
        value=pl.col("organic_ms") + pl.col("ad_ms"),
        scale=1000,
        help="viewing time on all surfaces",
    ),
    Measure(
        "watch_ad_ms",
        topic="watch",
        event="heartbeat",
        value=pl.col("ad_ms"),
        scale=1000,
        help="viewing time that was ads",
    ),
    Measure(
        "ended_after_ad",
        topic="watch",
        event="heartbeat",
        value=ONE,
        where=pl.col("session_end").fill_null(value=False)
        & (pl.col("ms_since_last_ad") <= AFTER_AD_MS).fill_null(value=False),
        help="sessions that said they ended within ten seconds after an ad",
    ),
    Measure(
        "viewer_watch_ms",
        topic="watch",
        event="heartbeat",
        value=pl.col("organic_ms") + pl.col("ad_ms"),
        labels=("app", "surface", "viewer_id"),
        scale=1000,
        help="viewing time of a viewer",
    ),
    Measure(
        "viewer_live_ms",
        topic="watch",
        event="heartbeat",
        value=pl.col("organic_ms") + pl.col("ad_ms"),
        where=pl.col("surface").eq("live"),
        labels=("app", "viewer_id"),
        scale=1000,
        help="viewing time of a viewer in live rooms",
    ),
    Measure(
        "creator_watch_ms",
        topic="watch",
        event="heartbeat",
        value=pl.col("organic_ms") + pl.col("ad_ms"),
        labels=("app", "creator_id"),
        scale=1000,
        help="viewing time of a creator",
    ),
)
