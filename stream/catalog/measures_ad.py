"""What is summed over the ad topic.

A price is micros of ``currency`` per thousand impressions; ``fx_rate`` is micro-USD per unit of it.
Price x rate is therefore USD / (10^3 x 10^6 x 10^6), and with basis points another 10^4.
"""

from __future__ import annotations

from functools import partial

import polars as pl

from stream.catalog.declare import Measure
from stream.catalog.expressions import ONE, VALID_IMPRESSION, big

_impression = partial(Measure, topic="ad", event="impression")
_REVENUE = big("price_micros_cpm") * pl.col("fx_rate")
_SHARE = _REVENUE * pl.col("revenue_share_bps").fill_null(0)
_REVENUE_SCALE = 10**15
_SHARE_SCALE = 10**19

MEASURES = (
    _impression(
        "ad_impressions",
        value=ONE,
        where=VALID_IMPRESSION,
        counter="ad_impressions_total",
        help="valid impressions",
    ),
    _impression(
        "ad_revenue_usd",
        value=_REVENUE,
        where=VALID_IMPRESSION,
        scale=_REVENUE_SCALE,
        counter="ad_revenue_usd_total",
        help="prices of valid impressions",
    ),
    _impression(
        "ad_late_usd",
        value=_REVENUE,
        where=VALID_IMPRESSION,
        scale=_REVENUE_SCALE,
        rows="late",
        fixed={"tool": "ad"},
        counter="late_usd_total",
        help="prices of late valid impressions",
    ),
    _impression(
        "creator_ad_usd",
        value=_SHARE,
        where=VALID_IMPRESSION,
        scale=_SHARE_SCALE,
        counter="creator_ad_usd_total",
        help="creators' share of the prices of valid impressions",
    ),
    _impression(
        "ad_platform_usd",
        value=_REVENUE * 10_000 - _SHARE,
        where=VALID_IMPRESSION,
        scale=_SHARE_SCALE,
        fixed={"tool": "ad"},
        counter="platform_usd_total",
        help="prices of valid impressions less creators' share",
    ),
    Measure(
        "ad_reversed_usd",
        topic="ad",
        event="impression_invalidated",
        value=_SHARE,
        scale=_SHARE_SCALE,
        fixed={"tool": "ad"},
        counter="reversed_usd_total",
        help="creators' share of impressions found invalid afterwards",
    ),
    _impression(
        "ad_shown",
        value=ONE,
        where=VALID_IMPRESSION,
        labels=("app", "region", "surface"),
        help="valid impressions by surface",
    ),
)
