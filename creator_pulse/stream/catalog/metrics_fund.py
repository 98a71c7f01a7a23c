"""The creator fund, brand deals, top-ups and payouts."""

from __future__ import annotations

from creator_pulse.stream.catalog import guardrails_fund as guard
from creator_pulse.stream.catalog import values_spread
from creator_pulse.stream.catalog.declare import Metric
from creator_pulse.stream.catalog.lane_series import lane_counter, lane_gauge
from creator_pulse.stream.catalog.measures_payout import TOOLS, paid_of
from creator_pulse.stream.catalog.metrics_health import EARNINGS
from creator_pulse.stream.catalog.shorthand import share, total, usd

_CHANGES = lane_counter("pulse_tool_changes_total")
_TOOL = ("app", "region", "tool")
_TOPUPS = {"topups_completed": 1, "topups_failed": 1}
_PAYOUTS = {"payouts_paid": 1, "payouts_failed": 1}

GI7 = Metric(
    id="GI7",
    title="Top-up success",
    question="Can viewers buy coins?",
    tier="supporting",
    tool="gift",
    stakeholders=("viewers", "platform"),
    unit="ratio",
    formula="completed / (completed + failed) top-ups",
    source="catalogue GI7",
    values=(
        total("topup_completed_count", "topups_completed", "5m 1h", "completed top-ups"),
        total("topup_count", _TOPUPS, "5m", "top-ups"),
        share("topup_success_ratio", ("topups_completed", _TOPUPS), "5m", "completed / all top-ups"),
    ),
    guardrails=guard.TOPUPS,
)

CF1 = Metric(
    id="CF1",
    title="Reward accrual",
    question="What does the fund owe creators for views?",
    tier="core",
    tool="reward",
    stakeholders=("creators", "platform"),
    unit="USD",
    formula="sum of qualified_views / 1000 x RPM + bonus",
    source="contract section 3 (reward); catalogue CF1",
    values=(usd("reward_accrual_usd", "reward_usd", "1h 24h", "rewards accrued"),),
    guardrails=guard.REWARDS,
)

CF2 = Metric(
    id="CF2",
    title="Qualified views",
    question="Which part of views pays?",
    tier="supporting",
    tool="reward",
    stakeholders=("creators", "viewers"),
    unit="ratio",
    formula="qualified / all views of rewarded videos; effective RPM = rewards x 1000 / qualified views",
    source="catalogue CF2",
    values=(
        total("reward_view_count", "reward_views", "24h", "views of rewarded videos"),
        total("reward_qualified_view_count", "reward_qualified_views", "24h", "qualified views"),
        share(
            "reward_qualified_ratio", ("reward_qualified_views", "reward_views"), "24h", "qualified / views"
        ),
        share(
            "reward_rpm_usd",
            ("reward_usd", "reward_qualified_views"),
            "24h",
            "rewards per 1,000 qualified views",
            unit="currencyUSD",
            factor=1000,
        ),
        *values_spread.RATES,
    ),
    guardrails=guard.QUALIFIED,
)

CF3 = Metric(
    id="CF3",
    title="Reward budget",
    question="Does the fund stay within its plan?",
    tier="supporting",
    tool="reward",
    stakeholders=("platform",),
    unit="ratio",
    formula="rewards accrued in a day / planned rewards of a day",
    source="catalogue CF3; the plan is `reward_budget` of the reference topic, dated",
    note="Without a plan there is no value, and no alert.",
    recorded={
        "app:pulse_reward_budget_usd:plan": "sum by (app) (max by (app, region) (pulse_reward_budget_usd))",
        "app:pulse_reward_budget_ratio:24h": (
            "app:pulse_reward_accrual_usd:24h / on (app) app:pulse_reward_budget_usd:plan"
        ),
    },
    guardrails=guard.BUDGET,
)

BD1 = Metric(
    id="BD1",
    title="Brand deals",
    question="What are deals worth that creators agree to, earn and are paid for?",
    tier="core",
    tool="deal",
    stakeholders=("creators", "platform"),
    unit="USD",
    formula="sum of value_micros of deals agreed, approved and paid",
    source="catalogue BD1 (sparse: no alert)",
    values=(
        usd("deal_agreed_usd", "deal_usd", "24h", "deals agreed"),
        usd("deal_earned_usd", "deal_approved_usd", "24h", "deals approved: earned"),
        usd("deal_settled_usd", "deal_paid_usd", "24h", "deals paid"),
    ),
)

BD2 = Metric(
    id="BD2",
    title="Deal acceptance",
    question="Do creators accept what brands offer, and how often is work sent back?",
    tier="core",
    tool="deal",
    stakeholders=("advertisers", "creators"),
    unit="ratio",
    formula="deals agreed / invited; drafts sent back / deals approved; quantiles of the time in a state",
    source="catalogue BD2",
    note="A flow: deals agreed in a window were partly invited before it.",
    values=(
        total("deal_invited_count", "deals_invited", "24h 7d", "deals that creators were asked for"),
        total("deal_agreed_count", "deals_agreed", "24h 7d", "deals agreed"),
        share("deal_acceptance_ratio", ("deals_agreed", "deals_invited"), "24h 7d", "agreed / invited"),
        total("deal_revision_count", "deals_changes_requested", "24h 7d", "drafts sent back"),
        total("deal_approved_count", "deals_approved", "24h 7d", "deals approved"),
        share(
            "deal_revisions_per_approval",
            ("deals_changes_requested", "deals_approved"),
            "24h 7d",
            "drafts sent back / deals approved",
            unit="short",
        ),
        *values_spread.WAITS,
    ),
)

BD3 = Metric(
    id="BD3",
    title="Disclosure",
    question="Do viewers learn that a video is paid for?",
    tier="guardrail",
    tool="deal",
    stakeholders=("viewers", "advertisers"),
    unit="ratio",
    formula="posted deals with a disclosure label / posted deals",
    source="catalogue BD3",
    values=(
        total("deal_posted_count", "deals_posted", "24h", "deals whose video is public"),
        total("deal_labelled_count", "deals_labelled", "24h", "of these, with a disclosure label"),
        share("deal_disclosure_ratio", ("deals_labelled", "deals_posted"), "24h", "labelled / posted"),
    ),
    guardrails=guard.DISCLOSURE,
)

CR4 = Metric(
    id="CR4",
    title="Payout failures",
    question="Do payouts reach creators?",
    tier="guardrail",
    tool="all",
    stakeholders=("creators",),
    unit="ratio",
    formula="failed / (failed + paid) attempts",
    source="catalogue CR4: base 2 %",
    values=(
        total("payout_failed_count", "payouts_failed", "1h", "failed payouts", labels=_TOOL),
        total("payout_count", _PAYOUTS, "1h", "payouts that failed or arrived", labels=_TOOL),
        share(
            "payout_failure_ratio",
            ("payouts_failed", _PAYOUTS),
            "1h",
            "failed / (failed + paid)",
            labels=_TOOL,
        ),
    ),
    guardrails=guard.PAYOUTS,
)

CR8 = Metric(
    id="CR8",
    title="Deals overdue",
    question="Do deals wait too long for review or payment?",
    tier="guardrail",
    tool="deal",
    stakeholders=("creators", "advertisers", "platform"),
    unit="deals",
    formula="deals handed in for over 14 days, or posted and unpaid for over 30 days",
    source="catalogue CR8: after 14 days a draft is deemed approved",
    recorded={
        "state:pulse_overdue_deals:sum": f"sum by (state) ({lane_gauge('pulse_overdue_deals', 'state')})"
    },
    guardrails=guard.OVERDUE_DEALS,
)

CR9 = Metric(
    id="CR9",
    title="Suspended creators",
    question="Does a classifier take creators' income away?",
    tier="guardrail",
    tool="all",
    stakeholders=("creators",),
    unit="ratio",
    formula="creators suspended in an hour / creators enrolled, per tool",
    source="catalogue CR9",
    note="Who is enrolled is a total of all time, so the ratio is made by Prometheus from counters.",
    values=(total("tool_suspended_count", "tools_suspended", "1h", "creators suspended", labels=_TOOL),),
    recorded={
        "app_tool:pulse_enrolled_creators:total": (
            f'sum by (app, tool) (last_over_time({_CHANGES}{{change="enrolled"}}[5m]))\n'
            f'- sum by (app, tool) (last_over_time({_CHANGES}{{change="left"}}[5m]))'
        ),
        "app_tool:pulse_suspended_creators_ratio:increase1h": (
            f'sum by (app, tool) (increase({_CHANGES}{{change="suspended"}}[1h]))\n'
            f"/ (app_tool:pulse_enrolled_creators:total >= {guard.LEAST_ENROLLED})"
        ),
    },
    guardrails=guard.SUSPENSIONS,
)

CR10 = Metric(
    id="CR10",
    title="Liability",
    question="Does money that is owed to creators pile up?",
    tier="guardrail",
    tool="all",
    stakeholders=("creators", "platform"),
    unit="USD",
    formula="per tool: earned - reversed - paid in a day",
    source="catalogue CR10",
    values=tuple(
        usd(
            "creator_liability_usd",
            EARNINGS[tool] | {paid_of(tool): -1},
            "24h",
            "earned less reversed less paid, by tool",
            fixed={"tool": tool},
        )
        for tool in TOOLS
    ),
    guardrails=guard.LIABILITY,
)

METRICS = (GI7, CF1, CF2, CF3, BD1, BD2, BD3, CR4, CR8, CR9, CR10)
