"""Measures of the ad topic: sums over its records.

A price is micros of ``currency`` per thousand impressions; ``fx_rate`` is micro-USD per unit of it.
Price x rate is therefore USD / (10^3 x 10^6 x 10^6), and with basis points another 10^4.
"""

from __future__ import annotations

from functools import partial

import polars as pl

from creator_pulse.stream.catalog.declaration.declare import SIZED, Measure
from creator_pulse.stream.catalog.declaration.expressions import (
    EVERY,
    HUMAN,
    ONE,
    VALID_IMPRESSION,
    big,
    capped_micro_usd,
    micro_usd,
)

_impression = partial(Measure, topic="ad", event="impression")
_REVENUE = big("price_micros_cpm") * pl.col("fx_rate")
_SHARE = _REVENUE * pl.col("revenue_share_bps").fill_null(0)
# Per thousand (10^3), micros of the currency (10^6), micro-USD per unit (10^6).
_REVENUE_SCALE = 10**15
PRICE_CAP = 100_000
"""Of a single impression, micro-USD: 100 USD per thousand."""
# _REVENUE_SCALE, and basis points (10^4).
_SHARE_SCALE = 10**19
# Micros of the currency (10^6), micro-USD per unit (10^6): values of sales are not per thousand.
_CONVERSION_SCALE = 10**12

MILESTONES = ("2s", "6s", "q25", "q50", "q75", "q100")
"""Of playback; each is told once per impression."""

# MRC counts half of the pixels for two seconds as a view: a faster skip is none.
FAST_SKIP_MS = 2_000

BACK_TO_BACK = 2
"""Organic videos since the last ad below which an ad follows too soon."""


def _after(name: str, event: str, text: str, where: pl.Expr = EVERY) -> Measure:
    """Counts what viewers did with an ad; machines do not count."""
    return Measure(name, topic="ad", event=event, value=ONE, where=where & HUMAN, help=text)


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
        "ad_capped_usd",
        value=capped_micro_usd("price_micros_cpm", PRICE_CAP, per=1000),
        where=VALID_IMPRESSION,
        scale=10**6,
        help="the same with each impression capped at 100 USD per thousand",
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
    Measure(
        "ad_platform_reversed_usd",
        topic="ad",
        event="impression_invalidated",
        value=_REVENUE * 10_000 - _SHARE,
        scale=_SHARE_SCALE,
        help="the platform's part of the prices of impressions found invalid afterwards",
    ),
    _impression(
        "ad_shown",
        value=ONE,
        where=VALID_IMPRESSION,
        labels=("app", "region", "surface"),
        help="valid impressions by surface",
    ),
    _impression("ad_shown_all", value=ONE, where=EVERY, help="impressions, of whatever traffic"),
    _impression("ad_shown_human", value=ONE, where=HUMAN, help="impressions that are no invalid traffic"),
    _impression("ad_shown_invalid", value=ONE, where=~HUMAN, help="impressions of invalid traffic"),
    _impression(
        "ad_shared_impressions",
        value=ONE,
        where=VALID_IMPRESSION & pl.col("revenue_share_bps").fill_null(0).gt(0),
        help="valid impressions that pay a creator",
    ),
    _impression(
        "ad_eligible_usd",
        value=_REVENUE,
        where=VALID_IMPRESSION & pl.col("revenue_share_bps").is_not_null(),
        scale=_REVENUE_SCALE,
        help="prices of valid impressions that carry a revenue share",
    ),
    _impression(
        "ad_measurable",
        value=ONE,
        where=pl.col("measurable").fill_null(value=False),
        help="impressions whose viewability can be measured",
    ),
    _impression(
        "ad_targeted",
        value=ONE,
        where=VALID_IMPRESSION & pl.col("in_target").is_not_null(),
        help="valid impressions that say whether they hit the target group",
    ),
    _impression(
        "ad_on_target",
        value=ONE,
        where=VALID_IMPRESSION & pl.col("in_target").fill_null(value=False),
        help="valid impressions in the target group",
    ),
    _impression(
        "ad_spaced",
        value=ONE,
        where=HUMAN & pl.col("organic_videos_since_last_ad").is_not_null(),
        help="impressions that say how many organic videos came before",
    ),
    _impression(
        "ad_back_to_back",
        value=ONE,
        where=HUMAN & pl.col("organic_videos_since_last_ad").lt(BACK_TO_BACK).fill_null(value=False),
        help="impressions with fewer than two organic videos since the last ad",
    ),
    Measure(
        "ad_slots",
        topic="ad",
        event="opportunity",
        value=pl.col("slots"),
        help="places where an ad could have been shown",
    ),
    Measure(
        "ad_viewable",
        topic="ad",
        event="viewable",
        value=ONE,
        where=EVERY,
        help="impressions that were viewable",
    ),
    _after("ad_clicks", "click", "clicks"),
    _after("ad_hides", "hide", "ads hidden by viewers"),
    _after("ad_reports", "report", "ads reported by viewers"),
    _after("ad_fast_skips", "skip", "ads swiped away within two seconds", pl.col("play_ms").lt(FAST_SKIP_MS)),
    *(
        _after(f"ad_reached_{name}", "progress", f"ads played to {name}", pl.col("milestone").eq(name))
        for name in MILESTONES
    ),
    _after("ad_conversions", "conversion", "sales and sign-ups after an ad, without invalid traffic"),
    Measure(
        "ad_conversion_usd",
        topic="ad",
        event="conversion",
        value=big("value_micros") * pl.col("fx_rate"),
        where=HUMAN,
        scale=_CONVERSION_SCALE,
        help="value of sales after an ad, without invalid traffic",
    ),
    Measure(
        "advertiser_usd",
        topic="ad",
        event="impression",
        value=_REVENUE,
        where=VALID_IMPRESSION,
        labels=("app", "advertiser_id", "campaign_id"),
        scale=_REVENUE_SCALE,
        help="prices of the valid impressions of an advertiser's campaign",
    ),
    Measure(
        "viewer_ads",
        topic="ad",
        event="impression",
        value=ONE,
        where=VALID_IMPRESSION,
        labels=("app", "surface", "viewer_id"),
        help="valid impressions that a viewer saw",
    ),
    Measure(
        "pair_ads",
        topic="ad",
        event="impression",
        value=ONE,
        where=VALID_IMPRESSION,
        labels=("app", "campaign_id", "viewer_id"),
        help="valid impressions of a campaign that a viewer saw",
    ),
    Measure(
        "ad_price_sizes",
        topic="ad",
        event="impression",
        value=ONE,
        where=VALID_IMPRESSION,
        labels=SIZED,
        bucket=micro_usd("price_micros_cpm"),
        help="valid impressions by price per thousand",
    ),
)
