"""The north star, and the guardrail of the viewers' experience."""

from __future__ import annotations

from creator_pulse.stream.catalog import guardrails_health as guard
from creator_pulse.stream.catalog import guardrails_spread, values_spread
from creator_pulse.stream.catalog.declare import Metric, Ratio, Sum, Value
from creator_pulse.stream.catalog.shorthand import share, usd

EARNINGS = {
    "gift": {"creator_gift_usd": 1, "gift_reversed_usd": -1},
    "ad": {"creator_ad_usd": 1, "ad_reversed_usd": -1},
    "commerce": {"commission_usd": 1, "commission_refunded_usd": -1, "commission_cancelled_usd": -1},
    "reward": {"reward_usd": 1, "reward_reversed_usd": -1},
    "deal": {"deal_approved_usd": 1},
}
"""Tool -> measures of net creator earnings."""
_STEADY = ("gift", "ad", "commerce")
"""Tools that earn with every minute; rewards and deals come in lumps."""

_ALL = {name: weight for terms in EARNINGS.values() for name, weight in terms.items()}
_FAST = {name: weight for tool in _STEADY for name, weight in EARNINGS[tool].items()}
_PRESENT = (
    "From gifts, ads and commerce; the creator fund and brand deals come in lumps: "
    "they are in the 24h value only."
)

N1 = Metric(
    id="N1",
    title="Net creator earnings per 1,000 viewing hours",
    question="Is monetization healthy: do creators earn from the attention they hold?",
    tier="north star",
    tool="all",
    stakeholders=("creators", "viewers", "advertisers", "platform"),
    unit="USD per 1,000 viewing hours",
    formula="(gift share + ad share + commission + rewards + deals - reversals) x 1000 / viewing hours",
    source="catalogue N1; open point 1 (viewing time from heartbeats)",
    note=_PRESENT,
    values=(
        Value(
            "creator_earnings_per_1000_hours_usd",
            Ratio(Sum(_FAST), Sum({"watch_ms": 1}), 1000 * 3600),
            "currencyUSD",
            ("5m", "1h"),
            "net creator earnings from gifts, ads and commerce per 1,000 viewing hours",
        ),
        usd(
            "creator_steady_earnings_usd", _FAST, "5m 1h", "net creator earnings from gifts, ads and commerce"
        ),
        Value(
            "creator_all_earnings_per_1000_hours_usd",
            Ratio(Sum(_ALL), Sum({"watch_ms": 1}), 1000 * 3600),
            "currencyUSD",
            ("24h",),
            "net creator earnings from all tools per 1,000 viewing hours",
        ),
    ),
    guardrails=guard.EARNINGS,
)

N2 = Metric(
    id="N2",
    title="Net creator earnings by tool",
    question="Which tool do creators' earnings come from?",
    tier="north star",
    tool="all",
    stakeholders=("creators", "platform"),
    unit="USD",
    formula="per tool: creators' share - reversals; a deal is earned when it is approved",
    source="catalogue N2",
    note="Rewards and deals come in lumps: 24h and business days only. The day is what the books are about.",
    values=tuple(
        Value(
            "creator_net_earnings_usd",
            Sum(terms),
            "currencyUSD",
            ("5m", "1h", "24h", "day") if tool in _STEADY else ("24h", "day"),
            "net creator earnings by tool",
            fixed={"tool": tool},
        )
        for tool, terms in EARNINGS.items()
    ),
    guardrails=guard.BY_TOOL,
)

_KEPT = {
    "gift_platform_usd": 1,
    "ad_platform_usd": 1,
    "commerce_platform_usd": 1,
    "reward_usd": -1,
    "reward_reversed_usd": 1,
}

N4 = Metric(
    id="N4",
    title="Platform net revenue per 1,000 viewing hours",
    question="What does the platform keep of the attention that creators hold?",
    tier="north star",
    tool="all",
    stakeholders=("platform",),
    unit="USD per 1,000 viewing hours",
    formula=(
        "(gifts: net - creators' share + ads: revenue - creators' share + referral fees - rewards) x 1000 / "
        "viewing hours"
    ),
    source="catalogue N4",
    note="Rewards are what the platform adds; of deals it keeps nothing.",
    values=(
        usd("platform_net_revenue_usd", _KEPT, "1h 24h", "what the platform keeps"),
        share(
            "platform_revenue_per_1000_hours_usd",
            (_KEPT, "watch_ms"),
            "1h 24h",
            "what the platform keeps per 1,000 viewing hours",
            unit="currencyUSD",
            factor=1000 * 3600,
        ),
    ),
    guardrails=guard.PLATFORM,
)

VX1 = Metric(
    id="VX1",
    title="Ad load",
    question="How many ads does an hour of viewing hold?",
    tier="guardrail",
    tool="ad",
    stakeholders=("viewers",),
    unit="ads per viewing hour",
    formula="valid impressions / viewing hours, by surface",
    source="catalogue VX1 (the mean); hard cap 45 per hour",
    values=(
        Value(
            "ad_load_per_hour",
            Ratio(Sum({"ad_shown": 1}), Sum({"watch_ms": 1}), 3600),
            "short",
            ("15m",),
            "ads per viewing hour",
            labels=("app", "region", "surface"),
        ),
        Value(
            "ad_surface_impressions",
            Sum({"ad_shown": 1}),
            "short",
            ("15m",),
            "valid impressions by surface",
            labels=("app", "region", "surface"),
        ),
        Value(
            "viewing_seconds",
            Sum({"watch_ms": 1}),
            "s",
            ("5m", "15m", "1h", "24h"),
            "viewing time",
            labels=("app", "region", "surface"),
        ),
        *values_spread.HEAVY_USERS,
    ),
    guardrails=(*guard.AD_LOAD, *guardrails_spread.HEAVY_USERS),
)

METRICS = (N1, N2, N4, VX1)
