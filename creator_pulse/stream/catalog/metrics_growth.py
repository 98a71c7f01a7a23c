"""Growth that integer sums can tell, and what stands beside removed content."""

from __future__ import annotations

from creator_pulse.stream.catalog import guardrails_growth as guard
from creator_pulse.stream.catalog.declare import Metric
from creator_pulse.stream.catalog.measures_payout import payouts_of
from creator_pulse.stream.catalog.measures_small import EARNED, small
from creator_pulse.stream.catalog.metrics_health import EARNINGS
from creator_pulse.stream.catalog.shorthand import share, total, usd

_ALL = {name: weight for terms in EARNINGS.values() for name, weight in terms.items()}
_SMALL = {small(name): _ALL[name] for name in EARNED}
_TOOL = ("app", "region", "tool")
_FUNNEL = {
    "gift": ("lives_started", "gifts"),
    "ad": ("videos_posted", "ad_impressions"),
    "reward": ("videos_posted", "reward_qualified_views"),
    "deal": ("deals_invited", "deals_agreed"),
    "commerce": ("product_clicks", "orders"),
}
"""Tool -> the measures of what is produced (commerce: looked at), and of what earns."""
_STEPS = (
    "sum by (app, tool) (max by (app, region, tool, step) "
    '(pulse_funnel_count{{window="24h",state="provisional",step="{}"}}))'
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
        ),
    ),
    guardrails=guard.SAFETY,
)

GR5 = Metric(
    id="GR5",
    title="Funnel",
    question="Where does the way from content to payment narrow, tool by tool?",
    tier="supporting",
    tool="all",
    stakeholders=("creators", "platform"),
    unit="records",
    formula=(
        "per tool: produced (rooms, videos, invitations, product clicks), monetized (gifts, impressions, "
        "qualified views, agreements, orders), paid (payouts); and each step by the one before"
    ),
    source="catalogue GR5",
    note="Viewers engaged are VX8; the platform's part is N4.",
    values=(
        *(
            total("funnel_count", name, "24h", "records of a step", fixed={"tool": tool, "step": step})
            for tool, names in _FUNNEL.items()
            for step, name in zip(("produced", "monetized"), names, strict=True)
        ),
        *(
            total(
                "funnel_count",
                payouts_of(tool),
                "24h",
                "records of a step",
                fixed={"tool": tool, "step": "paid"},
            )
            for tool in _FUNNEL
        ),
    ),
    recorded={
        "app_tool:pulse_funnel_monetized_ratio:24h": (
            f"{_STEPS.format('monetized')}\n/ ({_STEPS.format('produced')} > 0)"
        ),
        "app_tool:pulse_funnel_paid_ratio:24h": (
            f"{_STEPS.format('paid')}\n/ ({_STEPS.format('monetized')} > 0)"
        ),
    },
)

GR6 = Metric(
    id="GR6",
    title="Share of small creators",
    question="Do creators below 50,000 followers take part?",
    tier="supporting",
    tool="all",
    stakeholders=("creators",),
    unit="ratio",
    formula="net earnings of creators below 50,000 followers / net creator earnings",
    source="catalogue GR6",
    note="A record without creator_tier counts as none of a small creator.",
    values=(
        usd("small_creator_earnings_usd", _SMALL, "24h", "net earnings of creators below 50,000 followers"),
        share("small_creator_ratio", (_SMALL, _ALL), "24h", "their share of net creator earnings"),
    ),
    guardrails=guard.SMALL,
)

GR8 = Metric(
    id="GR8",
    title="Adoption",
    question="Do creators use the tools that they may use?",
    tier="supporting",
    tool="all",
    stakeholders=("creators", "platform"),
    unit="ratio",
    formula=(
        "per tool: creators enrolled / creators who became eligible; activation = creators with net earnings "
        "above 0 in 7 business days / creators enrolled by now"
    ),
    source="catalogue GR8",
    note="Adoption is a flow of the window; who is enrolled by now is a total of all time, as in CR9.",
    values=(
        total(
            "tool_eligible_count", "tools_eligible", "24h 7d", "creators who became eligible", labels=_TOOL
        ),
        total("tool_enrolled_count", "tools_enrolled", "24h 7d", "creators who enrolled", labels=_TOOL),
        share(
            "tool_adoption_ratio",
            ("tools_enrolled", "tools_eligible"),
            "24h 7d",
            "enrolled / eligible",
            labels=_TOOL,
        ),
    ),
    recorded={
        "app_tool:pulse_tool_activation_ratio:7d": (
            "app_tool:pulse_creators_earning_from_tool:7d / (app_tool:pulse_enrolled_creators:total > 0)"
        ),
    },
)

METRICS = (AV3, GR5, GR6, GR8)
