"""What ads earn, and what advertisers ask: AD1 to AD6, AV1 to AV7."""

from __future__ import annotations

from creator_pulse.stream.aggregates import Each, Number, Paced, Per, RepeatShare, Retention, TopShare
from creator_pulse.stream.catalog.ad import alerts
from creator_pulse.stream.catalog.ad.measures import MILESTONES
from creator_pulse.stream.catalog.declaration.declare import Metric, Sum
from creator_pulse.stream.catalog.declaration.quantiles import PERMILLE, sizes
from creator_pulse.stream.catalog.declaration.shorthand import over, share, total, usd

_CAMPAIGN_SPEND = Each(("campaign_id",), Sum({"advertiser_usd": 1}))
_ADVERTISER_SPEND = Each(("advertiser_id",), Sum({"advertiser_usd": 1}))

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
        usd("ad_value_usd", "ad_revenue_usd", "5m 15m 1h 24h", "ad revenue"),
        total("ad_valid_impressions", "ad_impressions", "5m 15m 1h", "valid impressions"),
    ),
    guardrails=alerts.AD_REVENUE,
)

AD2 = Metric(
    id="AD2",
    title="Creator ad share",
    question="What do creators earn from ads?",
    tier="core",
    tool="ad",
    stakeholders=("creators",),
    unit="USD",
    formula="sum of price_micros_cpm x revenue_share_bps over valid impressions; x 1000 / videos begun",
    source="contract section 3 (creator ad share); catalogue AD2",
    note="Its alert is that of N1. Videos begun are those of EN3, with ads or not: so do others count.",
    values=(
        usd("creator_ad_earnings_usd", "creator_ad_usd", "1h 24h", "creators' share of ad revenue"),
        share(
            "creator_ad_per_1000_views_usd",
            ("creator_ad_usd", "video_views"),
            "24h",
            "creators' share of ad revenue per 1,000 videos begun",
            unit="currencyUSD",
            factor=1000,
        ),
    ),
    shows=("creator_ad_earnings_usd",),
)

PRICES = sizes(
    "ad_price_{}_usd",
    "ad_price_sizes",
    ("15m",),
    "currencyUSD",
    "the price per thousand of valid impressions",
    "p50 p95",
    10**6,
    title="Distribution over impressions",
)
"""Of AD3."""

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
        share(
            "ad_ecpm_usd",
            ("ad_revenue_usd", "ad_impressions"),
            "15m",
            "revenue per thousand valid impressions",
            unit="currencyUSD",
            factor=1000,
        ),
        *PRICES,
    ),
    guardrails=alerts.ECPM,
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
        share("ad_fill_ratio", ("ad_shown_all", "ad_slots"), "15m", "impressions / slots", title="Fill"),
        total("ad_viewable_impressions", "ad_viewable", "15m", "viewable impressions"),
        total("ad_measurable_impressions", "ad_measurable", "15m", "measurable impressions"),
        share(
            "ad_viewability_ratio",
            ("ad_viewable", "ad_measurable"),
            "15m",
            "viewable / measurable",
            title="Viewable",
        ),
    ),
    guardrails=alerts.FILL,
)

_PLAYED = ("2 s", "6 s", "25 %", "50 %", "75 %", "the end")

AD5 = Metric(
    id="AD5",
    title="Clicks and plays of ads",
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
        share(
            "ad_click_ratio", ("ad_clicks", "ad_shown_human"), "1h", "clicks / impressions", title="Clicks"
        ),
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
                title=f"Played to {words}",
            )
            for name, words in zip(MILESTONES, _PLAYED, strict=True)
        ),
    ),
    guardrails=alerts.CLICKS,
)

AD6 = Metric(
    id="AD6",
    title="Inventory with revenue share",
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
    guardrails=alerts.SHARED,
)

AV1 = Metric(
    id="AV1",
    title="Spend pacing",
    question="Is the money of campaigns spent as planned?",
    tier="guardrail",
    tool="ad",
    stakeholders=("advertisers", "platform"),
    unit="ratio",
    formula=(
        "per campaign: prices of valid impressions of 24 h / what was planned for these 24 h; p5 and p95 "
        "over campaigns with both; exact"
    ),
    source=(
        "catalogue AV1; the plan is the reference entry of the campaign, spread evenly from valid_from to "
        "valid_until; decided: so far = the last 24 h, so that days of thrift do not hide one of waste"
    ),
    values=tuple(
        over(
            f"campaign_pace_{name}_ratio",
            Paced(_CAMPAIGN_SPEND, plan="campaign", permille=PERMILLE[name]),
            "24h",
            f"{name} over campaigns of spend / planned spend",
            unit="percentunit",
        )
        for name in ("p5", "p95")
    ),
    guardrails=alerts.PACING,
    note="A campaign without an entry, or without spend, is in no quantile.",
)

AV2 = Metric(
    id="AV2",
    title="Ad conversion rate",
    question="Do ads sell?",
    tier="guardrail",
    tool="ad",
    stakeholders=("advertisers",),
    shows=("ad_conversions_per_1000",),
    unit="conversions per 1,000 impressions; USD per USD",
    formula=(
        "conversions x 1000 / valid impressions; value of conversions / ad revenue; without the conversions "
        "of invalid traffic"
    ),
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
            title="Return on ad spend",
        ),
    ),
    guardrails=alerts.CONVERSIONS,
)

AV3 = Metric(
    id="AV3",
    title="Brand safety",
    question="Did ads run beside content that had to be removed?",
    tier="guardrail",
    tool="ad",
    stakeholders=("advertisers",),
    unit="ratio",
    formula="impressions shown beside content removed in the window / impressions of the window",
    source="catalogue AV3: base 0.03 %",
    values=(
        total("ad_unsafe_impressions", "removed_ad_impressions", "1h", "impressions beside removed content"),
        share(
            "ad_unsafe_ratio",
            ("removed_ad_impressions", "ad_shown_all"),
            "1h",
            "impressions beside removed content / impressions",
            flow=True,
        ),
    ),
    guardrails=alerts.SAFETY,
)

AV4 = Metric(
    id="AV4",
    title="On-target rate",
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
    guardrails=alerts.TARGET,
)

AV5 = Metric(
    id="AV5",
    title="Active advertisers",
    question="Does the demand side stay, and how much depends on few?",
    tier="guardrail",
    tool="ad",
    stakeholders=("advertisers", "platform"),
    more=(("advertiser_repeat_spend_ratio",), ("advertiser_top10_share_ratio",)),
    unit="advertisers",
    formula=(
        "advertisers with valid spend, exactly; share of spend of the ten largest; of those with spend on a "
        "business day a week ago: those with spend on the day / all; spend of a business day by those who "
        "also spent a week ago / spend"
    ),
    source=(
        "catalogue AV5; retention as of creators (GR3): exact ids, what came late a week ago does not count"
    ),
    values=(
        over("advertisers_active", Number(_ADVERTISER_SPEND), "24h", "advertisers with spend"),
        over(
            "advertiser_top10_share_ratio",
            TopShare(_ADVERTISER_SPEND, count=10),
            "24h",
            "share of spend of the ten largest advertisers",
            unit="percentunit",
            title="Share of the ten largest",
        ),
        over(
            "advertisers_kept_ratio",
            Retention(_ADVERTISER_SPEND),
            "day",
            "advertisers who spend again / advertisers who spent a week ago",
            unit="percentunit",
        ),
        over(
            "advertiser_repeat_spend_ratio",
            RepeatShare(_ADVERTISER_SPEND),
            "day",
            "spend of advertisers who also spent a week ago / spend",
            unit="percentunit",
            title="Share of spend by returning advertisers",
        ),
    ),
    guardrails=(*alerts.ADVERTISERS, *alerts.ADVERTISERS_KEPT),
    note="The running day is a part of one, and so is its usual value for the hour of the week.",
)

AV6 = Metric(
    id="AV6",
    title="Cost per conversion",
    question="What does an advertiser pay for a sale?",
    tier="guardrail",
    tool="ad",
    stakeholders=("advertisers",),
    unit="USD per conversion",
    formula="ad revenue / conversions that are no invalid traffic",
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
    guardrails=alerts.COST,
)

_REACHED = Each(("viewer_id",), Sum({"pair_ads": 1}))

AV7 = Metric(
    id="AV7",
    title="Reach",
    question="How many people do ads reach, and how often?",
    tier="supporting",
    tool="ad",
    stakeholders=("advertisers", "platform"),
    more=(("ad_frequency_mean",),),
    unit="viewers",
    formula="viewers with a valid impression in 24 h, exactly; valid impressions / these viewers",
    source="trade: reach, and mean frequency; how often one campaign comes to one viewer is VX9",
    values=(
        over("ad_reached_viewers", Number(_REACHED), "24h", "viewers with a valid impression"),
        over(
            "ad_frequency_mean",
            Per(_REACHED, of=Sum({"pair_ads": 1})),
            "24h",
            "valid impressions / viewers with one",
            title="Impressions per viewer",
        ),
    ),
    note="Impressions of nobody are in the frequency, as they are shown; nobody is in the reach.",
)

METRICS = (
    AD1,
    AD2,
    AD3,
    AD4,
    AD5,
    AD6,
    AV1,
    AV2,
    AV3,
    AV4,
    AV5,
    AV6,
    AV7,
)
