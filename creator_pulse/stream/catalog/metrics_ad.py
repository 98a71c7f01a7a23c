"""What explains ads, and what advertisers ask."""

from __future__ import annotations

from creator_pulse.stream.catalog import guardrails_ad as guard
from creator_pulse.stream.catalog.declare import Metric
from creator_pulse.stream.catalog.measures_ad import MILESTONES
from creator_pulse.stream.catalog.shorthand import share, total, usd

AD2 = Metric(
    id="AD2",
    title="Creator ad share",
    question="What do creators earn from ads?",
    tier="core",
    tool="ad",
    stakeholders=("creators",),
    unit="USD",
    formula="sum of price_micros_cpm x revenue_share_bps over valid impressions",
    source="contract section 3 (creator ad share); catalogue AD2",
    note="Its alert is that of N1.",
    values=(usd("creator_ad_earnings_usd", "creator_ad_usd", "1h 24h", "creators' share of ad revenue"),),
)

AD4 = Metric(
    id="AD4",
    title="Fill and viewability",
    question="Are the places for ads used, and are the ads seen?",
    tier="supporting",
    tool="ad",
    stakeholders=("advertisers", "platform"),
    unit="ratio",
    formula="impressions / slots of opportunities; viewable / measurable impressions",
    source="catalogue AD4; MRC: half the pixels for two seconds",
    note="Impressions of all traffic: a slot is filled whoever looks at it.",
    values=(
        total("ad_impressions_shown", "ad_shown_all", "15m 1h", "impressions, of whatever traffic"),
        total("ad_slots", "ad_slots", "15m", "places where an ad could have been shown"),
        share("ad_fill_ratio", ("ad_shown_all", "ad_slots"), "15m", "impressions / slots"),
        total("ad_viewable_impressions", "ad_viewable", "15m", "viewable impressions"),
        total("ad_measurable_impressions", "ad_measurable", "15m", "measurable impressions"),
        share("ad_viewability_ratio", ("ad_viewable", "ad_measurable"), "15m", "viewable / measurable"),
    ),
    guardrails=guard.FILL,
)

AD5 = Metric(
    id="AD5",
    title="Response to ads",
    question="Do viewers click ads, and how far do they watch them?",
    tier="supporting",
    tool="ad",
    stakeholders=("advertisers", "viewers"),
    unit="ratio",
    formula="clicks, and ads played to 2 s, 6 s, 25, 50, 75 and 100 %, each / impressions",
    source="catalogue AD5",
    note="Without invalid traffic in numerator and denominator.",
    values=(
        total(
            "ad_human_impressions", "ad_shown_human", "15m 30m 1h", "impressions that are no invalid traffic"
        ),
        total("ad_click_count", "ad_clicks", "1h", "clicks"),
        share("ad_click_ratio", ("ad_clicks", "ad_shown_human"), "1h", "clicks / impressions"),
        *(
            total(f"ad_reached_{name}_count", f"ad_reached_{name}", "1h", f"ads played to {name}")
            for name in MILESTONES
        ),
        *(
            share(
                f"ad_reached_{name}_ratio",
                (f"ad_reached_{name}", "ad_shown_human"),
                "1h",
                f"ads played to {name} / impressions",
            )
            for name in MILESTONES
        ),
    ),
    guardrails=guard.CLICKS,
)

AD6 = Metric(
    id="AD6",
    title="Shared inventory",
    question="Which part of the ads shown pays a creator?",
    tier="core",
    tool="ad",
    stakeholders=("creators",),
    unit="ratio",
    formula="valid impressions with a revenue share / valid impressions",
    source="catalogue AD6",
    values=(
        total("ad_paying_impressions", "ad_shared_impressions", "1h", "valid impressions that pay a creator"),
        share(
            "ad_shared_inventory_ratio",
            ("ad_shared_impressions", "ad_impressions"),
            "1h",
            "share of valid impressions that pay a creator",
        ),
    ),
    guardrails=guard.SHARED,
)

AV2 = Metric(
    id="AV2",
    title="Conversions and return on ad spend",
    question="Do ads sell?",
    tier="guardrail",
    tool="ad",
    stakeholders=("advertisers",),
    unit="conversions per 1,000 impressions; USD per USD",
    formula="conversions x 1000 / valid impressions; value of conversions / ad revenue",
    source="catalogue AV2",
    values=(
        total("ad_conversion_count", "ad_conversions", "1h 24h", "sales and sign-ups after an ad"),
        usd("ad_conversion_value_usd", "ad_conversion_usd", "1h", "value of sales after an ad"),
        share(
            "ad_conversions_per_1000",
            ("ad_conversions", "ad_impressions"),
            "1h",
            "conversions per 1,000 valid impressions",
            unit="short",
            factor=1000,
        ),
        share(
            "ad_return_on_spend_ratio",
            ("ad_conversion_usd", "ad_revenue_usd"),
            "1h",
            "value of conversions / ad revenue",
            unit="short",
        ),
    ),
    guardrails=guard.CONVERSIONS,
)

AV4 = Metric(
    id="AV4",
    title="On target",
    question="Do ads reach the people they are meant for?",
    tier="guardrail",
    tool="ad",
    stakeholders=("advertisers",),
    unit="ratio",
    formula="valid impressions in the target group / those that say so or not",
    source="catalogue AV4",
    values=(
        total("ad_targeted_impressions", "ad_targeted", "1h", "valid impressions that carry in_target"),
        total("ad_on_target_impressions", "ad_on_target", "1h", "valid impressions in the target group"),
        share("ad_on_target_ratio", ("ad_on_target", "ad_targeted"), "1h", "share in the target group"),
    ),
    guardrails=guard.TARGET,
)

AV6 = Metric(
    id="AV6",
    title="Cost per conversion",
    question="What does an advertiser pay for a sale?",
    tier="guardrail",
    tool="ad",
    stakeholders=("advertisers",),
    unit="USD per conversion",
    formula="ad revenue / conversions",
    source="catalogue AV6",
    values=(
        share(
            "ad_cost_per_conversion_usd",
            ("ad_revenue_usd", "ad_conversions"),
            "24h",
            "ad revenue / conversions",
            unit="currencyUSD",
        ),
    ),
    guardrails=guard.COST,
)

METRICS = (
    AD2,
    AD4,
    AD5,
    AD6,
    AV2,
    AV4,
    AV6,
)
