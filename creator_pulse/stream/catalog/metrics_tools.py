"""The metrics of gifts, ads and commerce."""

from __future__ import annotations

from creator_pulse.stream.catalog import guardrails_tools as guard
from creator_pulse.stream.catalog import values_spread
from creator_pulse.stream.catalog.declare import Metric, Ratio, Sum, Value
from creator_pulse.stream.catalog.guardrails_commerce import COMMISSION

GI1 = Metric(
    id="GI1",
    title="Gross gift value",
    question="How much do viewers spend on gifts?",
    tier="core",
    tool="gift",
    stakeholders=("platform", "creators"),
    unit="USD",
    formula="sum of unit_coins x count over final gifts and timed-out streaks, at the dated coin price",
    source="contract section 3 (gift coins, gross gift value); catalogue GI1",
    values=(
        Value("gift_value_usd", Sum({"gift_usd": 1}), "currencyUSD", ("1m", "5m", "1h"), "gross gift value"),
        Value(
            "gift_value_capped_usd",
            Sum({"gift_capped_usd": 1}),
            "currencyUSD",
            ("5m", "1h"),
            "gross gift value with each gift capped at 1,000 coins",
        ),
        Value("gift_value_coins", Sum({"gift_coins": 1}), "short", ("1m", "5m", "1h"), "gift coins"),
        Value(
            "gift_count", Sum({"gifts": 1}), "short", ("1m", "5m", "1h"), "final gifts and timed-out streaks"
        ),
    ),
    guardrails=guard.GIFT_VALUE,
)

GI2 = Metric(
    id="GI2",
    title="Creator gift earnings",
    question="What do creators earn from gifts?",
    tier="core",
    tool="gift",
    stakeholders=("creators",),
    unit="USD",
    formula="gift coins x dated creator rate",
    source="contract section 3 (creator gift earnings); catalogue GI2",
    values=(
        Value(
            "creator_gift_earnings_usd",
            Sum({"creator_gift_usd": 1}),
            "currencyUSD",
            ("5m", "1h"),
            "creator gift earnings",
        ),
    ),
)

AD1 = Metric(
    id="AD1",
    title="Ad revenue",
    question="What do advertisers pay for ads in and around videos?",
    tier="core",
    tool="ad",
    stakeholders=("platform", "advertisers"),
    unit="USD",
    formula="sum of price_micros_cpm / 1000 over billable impressions of valid traffic",
    source="contract section 3 (valid impression, ad revenue); catalogue AD1",
    values=(
        Value(
            "ad_value_usd",
            Sum({"ad_revenue_usd": 1}),
            "currencyUSD",
            ("5m", "15m", "1h", "24h"),
            "ad revenue",
        ),
        Value(
            "ad_valid_impressions",
            Sum({"ad_impressions": 1}),
            "short",
            ("5m", "15m", "1h"),
            "valid impressions",
        ),
    ),
    guardrails=guard.AD_REVENUE,
)

AD3 = Metric(
    id="AD3",
    title="eCPM",
    question="What is a thousand impressions worth, and did a unit slip?",
    tier="supporting",
    tool="ad",
    stakeholders=("advertisers", "creators"),
    unit="USD per 1,000 impressions",
    formula="ad revenue x 1000 / valid impressions",
    source="catalogue AD3; trap T5 (a price is per thousand)",
    values=(
        Value(
            "ad_ecpm_usd",
            Ratio(Sum({"ad_revenue_usd": 1}), Sum({"ad_impressions": 1}), 1000),
            "currencyUSD",
            ("15m",),
            "revenue per thousand valid impressions",
        ),
        *values_spread.PRICES,
    ),
    guardrails=guard.ECPM,
)

EC1 = Metric(
    id="EC1",
    title="GMV",
    question="How much is sold through creators?",
    tier="core",
    tool="commerce",
    stakeholders=("platform", "creators", "advertisers"),
    unit="USD",
    formula="sum of value_micros over completed orders that are not samples",
    source="contract section 3 (orders, GMV); catalogue EC1",
    values=(
        Value("order_value_usd", Sum({"gmv_usd": 1}), "currencyUSD", ("5m", "1h", "24h"), "GMV"),
        Value("order_count", Sum({"orders": 1}), "short", ("5m", "1h", "24h"), "orders that are not samples"),
    ),
    guardrails=guard.GMV,
)

EC5 = Metric(
    id="EC5",
    title="Commission",
    question="What do creators earn from sales, and at which rate?",
    tier="core",
    tool="commerce",
    stakeholders=("creators",),
    unit="USD",
    formula=(
        "sum of value_micros x commission_bps; effective rate = commission / GMV of orders that carry one"
    ),
    source="contract section 3 (commission); catalogue EC5",
    values=(
        Value(
            "commission_value_usd",
            Sum({"commission_usd": 1}),
            "currencyUSD",
            ("5m", "1h"),
            "commission accrued",
        ),
        Value(
            "attributed_order_value_usd",
            Sum({"attributed_gmv_usd": 1}),
            "currencyUSD",
            ("1h",),
            "GMV of orders that carry a commission",
        ),
        Value(
            "commission_rate_ratio",
            Ratio(Sum({"commission_usd": 1}), Sum({"attributed_gmv_usd": 1})),
            "percentunit",
            ("1h",),
            "commission / GMV of orders that carry a commission",
        ),
    ),
    guardrails=COMMISSION,
)

METRICS = (GI1, GI2, AD1, AD3, EC1, EC5)
