"""The north star: earnings of creators and net revenue of the platform: N1 to N6."""

from __future__ import annotations

from creator_pulse.stream.aggregates import Each, Number, Reach
from creator_pulse.stream.catalog.creators.measures import (
    BY_TOOL,
    EARNED,
    KEPT,
    KEPT_BY_TOOL,
    net_by_creator,
)
from creator_pulse.stream.catalog.declaration.declare import Metric, Sum, Value
from creator_pulse.stream.catalog.declaration.shorthand import over, share, usd
from creator_pulse.stream.catalog.platform import alerts

# Tools that earn with every minute; rewards and deals come in lumps.
_STEADY = ("gift", "ad", "commerce")

# Without rewards and deals, whose lumps would move a ratio of five minutes.
_FAST = {name: weight for tool in _STEADY for name, weight in BY_TOOL[tool].items()}

_PRESENT = (
    "From gifts, ads and commerce; the creator fund and brand deals come in lumps: "
    "they are in the 24h value only."
)

LEAST_USD = 1
"""Net earnings of a day from which a creator counts as earning (N3)."""

_WATCHED = Each(("creator_id",), Sum({"creator_watch_ms": 1}))
_EARNING = Each(("creator_id",), net_by_creator(EARNED), {"creator_watch_ms": 1}, floor=LEAST_USD)

N1 = Metric(
    id="N1",
    title="Net creator earnings per 1,000 viewing hours",
    question="Is monetization healthy: do creators earn from the attention they hold?",
    tier="north star",
    tool="all",
    stakeholders=("creators", "viewers", "advertisers", "platform"),
    shows=("creator_earnings_per_1000_hours_usd",),
    more=(("creator_all_earnings_per_1000_hours_usd",),),
    unit="USD per 1,000 viewing hours",
    formula="(gift share + ad share + commission + rewards + deals - reversals) x 1000 / viewing hours",
    source="catalogue N1; open point 1 (viewing time from heartbeats)",
    note=_PRESENT,
    values=(
        share(
            "creator_earnings_per_1000_hours_usd",
            (_FAST, "watch_ms"),
            "5m 1h",
            "net creator earnings from gifts, ads and commerce per 1,000 viewing hours",
            unit="currencyUSD",
            # watch_ms is shown in seconds: x 3,600 is per hour, x 1,000 per thousand of them.
            factor=1000 * 3600,
        ),
        usd(
            "creator_steady_earnings_usd", _FAST, "5m 1h", "net creator earnings from gifts, ads and commerce"
        ),
        share(
            "creator_all_earnings_per_1000_hours_usd",
            (EARNED, "watch_ms"),
            "24h",
            "net creator earnings from all tools per 1,000 viewing hours",
            unit="currencyUSD",
            factor=1000 * 3600,
            title="All tools",
        ),
    ),
    guardrails=alerts.EARNINGS,
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
        for tool, terms in BY_TOOL.items()
    ),
    guardrails=alerts.BY_TOOL,
)

N3 = Metric(
    id="N3",
    title="Earning creators",
    question="Which part of the creators who are watched earns anything?",
    tier="north star",
    tool="all",
    stakeholders=("creators", "platform"),
    unit="ratio",
    formula=("of the creators with viewing time in 24 h: those with net earnings of 1 USD or more / all"),
    source="catalogue N3; active = watched, as a creator without viewing time cannot be lost by the product",
    values=(
        over(
            "creators_earning_ratio",
            Reach(_EARNING, among=_WATCHED),
            "24h",
            "creators with viewing time and net earnings of 1 USD or more / creators with viewing time",
            unit="percentunit",
        ),
        over("creators_watched", Number(_WATCHED), "24h", "creators with viewing time"),
    ),
    guardrails=alerts.EARNING,
    note="A creator who earns without viewing time that day (a paid deal) is in neither number.",
)

N4 = Metric(
    id="N4",
    title="Platform net revenue per 1,000 viewing hours",
    question="What does the platform keep of the attention that creators hold?",
    tier="north star",
    tool="all",
    stakeholders=("platform",),
    shows=("platform_revenue_per_1000_hours_usd",),
    unit="USD per 1,000 viewing hours",
    formula=(
        "(gifts: net - creators' share - payments for coins that were charged back + creators' share of the "
        "gifts reversed for it; ads: revenue - creators' share, less the same of invalidated impressions; "
        "referral fees - those of what was refunded or cancelled; - rewards + rewards taken back) x 1000 / "
        "viewing hours"
    ),
    source="catalogue N4",
    note=(
        "Rewards are what the platform adds; of deals it keeps nothing. What is taken back counts when it "
        "comes. A disputed order is the seller's loss until it is refunded."
    ),
    values=(
        usd("platform_net_revenue_usd", KEPT, "1h 24h", "what the platform keeps"),
        share(
            "platform_revenue_per_1000_hours_usd",
            (KEPT, "watch_ms"),
            "1h 24h",
            "what the platform keeps per 1,000 viewing hours",
            unit="currencyUSD",
            factor=1000 * 3600,
        ),
    ),
    guardrails=(*alerts.PLATFORM, *alerts.PRICES),
)

N5 = Metric(
    id="N5",
    title="Platform revenue by tool",
    question="Which tool does the platform's revenue come from, and what does the fund cost?",
    tier="core",
    tool="all",
    stakeholders=("platform",),
    unit="USD",
    formula=(
        "per tool the part of N4: gifts net of charged back coins, ads net of invalidated impressions, "
        "referral fees net of refunds and cancellations, rewards below 0"
    ),
    source="decided: the parts of N4, which add up to it in the same window",
    note="A tool falls below 0 where more is taken back than booked; rewards are a cost and always do.",
    values=tuple(
        usd(
            "platform_tool_revenue_usd",
            terms,
            "1h 24h day 7d mtd",
            "what the platform keeps by tool",
            fixed={"tool": tool},
        )
        for tool, terms in KEPT_BY_TOOL.items()
    ),
)


def _by_tool(series: dict[str, str]) -> str:
    """PromQL: gauges of 24 hours by app and region, put together with the tool as a label.

    Args:
        series: tool -> name of a value without ``pulse_``.
    """
    return "\nor ".join(
        f'label_replace(max by (app, region) (pulse_{name}{{window="24h",state="provisional"}}), '
        f'"tool", "{tool}", "", "")'
        for tool, name in series.items()
    )


LEAST_BASE_USD = 1_000
"""Value of a day in a region below which its take rate says nothing, USD."""
_AGREED = "max by (app, region, tool) (pulse_contracted_take_ratio)"
_REALISED = {
    "gift": "gift_realised_take_ratio",
    "ad": "ad_take_ratio",
    "commerce": "commerce_realised_take_ratio",
}
_BASES = {"gift": "gift_booked_value_usd", "ad": "ad_eligible_value_usd", "commerce": "order_net_value_usd"}
_NET_FEES = KEPT_BY_TOOL["commerce"]
_NET_SALES = {"gmv_usd": 1, "refunded_usd": -1, "cancelled_usd": -1}

N6 = Metric(
    id="N6",
    title="Realised take rate",
    question="Which share does the platform keep in the end, by tool and region, and which was agreed?",
    tier="supporting",
    tool="all",
    stakeholders=("platform", "creators"),
    more=(
        (
            "app_region_tool:pulse_realised_take_ratio:24h",
            "app_region_tool:pulse_agreed_take_ratio:max",
            "app_region_tool:pulse_realised_take_gap:24h",
        ),
    ),
    unit="ratio",
    formula=(
        "gifts: (kept - charged back coins + creators' share taken back for it) / booked net value; ads: "
        "kept / revenue of impressions that carry a share; commerce: (fees - those given back) / (GMV - "
        "refunds - cancellations); gap = that - the agreed share, by region"
    ),
    source="decided: CR6 holds single bookings to the contract; this is what is left of them",
    note=(
        "Agreed is `take_rate` of the reference topic. An invalidated impression takes back both parts "
        "alike, so the ads' share is that of CR6. What is taken back counts when it comes, so a share may "
        "fall below 0. The gap says nothing of a region with less than "
        f"{LEAST_BASE_USD:,} USD of value in the day. "
        "Rewards have no agreed share, and of deals the platform keeps nothing."
    ),
    values=(
        usd(
            "gift_realised_usd",
            KEPT_BY_TOOL["gift"],
            "24h 7d",
            "what the platform keeps of gifts, net of charged back coins",
        ),
        share(
            "gift_realised_take_ratio",
            (KEPT_BY_TOOL["gift"], "gift_booked_net_usd"),
            "24h 7d",
            "kept share of gifts, net of charged back coins",
            flow=True,
        ),
        usd("commerce_realised_usd", _NET_FEES, "24h 7d", "referral fees, net of those given back"),
        share(
            "commerce_realised_take_ratio",
            (_NET_FEES, _NET_SALES),
            "24h 7d",
            "net referral fees / net sales",
            flow=True,
        ),
    ),
    recorded={
        "app_region_tool:pulse_realised_take_ratio:24h": _by_tool(_REALISED),
        "app_region_tool:pulse_agreed_take_ratio:max": _AGREED,
        "app_region_tool:pulse_realised_take_gap:24h": (
            "app_region_tool:pulse_realised_take_ratio:24h - app_region_tool:pulse_agreed_take_ratio:max\n"
            f"and on (app, region, tool) (\n{_by_tool(_BASES)}\n) >= {LEAST_BASE_USD}"
        ),
    },
    guardrails=alerts.REALISED,
)

METRICS = (
    N1,
    N2,
    N3,
    N4,
    N5,
    N6,
)
