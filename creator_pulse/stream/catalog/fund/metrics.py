"""The creator fund: CF1 to CF4."""

from __future__ import annotations

from creator_pulse.stream.catalog.declaration.declare import Metric
from creator_pulse.stream.catalog.declaration.quantiles import sizes
from creator_pulse.stream.catalog.declaration.shorthand import share, total, usd
from creator_pulse.stream.catalog.fund import alerts

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
    guardrails=alerts.REWARDS,
)

RATES = sizes(
    "reward_rpm_{}_usd",
    "reward_rpm_sizes",
    ("24h",),
    "currencyUSD",
    "the rate per thousand qualified views of accruals",
    "p50 p95",
    10**6,
    title="Distribution of the RPM",
)
"""Of CF2."""

CF2 = Metric(
    id="CF2",
    title="Qualified views",
    question="Which part of views pays?",
    tier="supporting",
    tool="reward",
    stakeholders=("creators", "viewers"),
    unit="ratio",
    formula=(
        "qualified / all views of rewarded videos; effective RPM = rewards x 1000 / qualified views, and / "
        "all views"
    ),
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
            # The rate that creators know is per thousand views.
            factor=1000,
        ),
        share(
            "reward_per_1000_views_usd",
            ("reward_usd", "reward_views"),
            "24h",
            "rewards per 1,000 views of rewarded videos, qualified or not",
            unit="currencyUSD",
            factor=1000,
        ),
        *RATES,
    ),
    guardrails=alerts.QUALIFIED,
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
    guardrails=alerts.BUDGET,
)

_PAID = {"reward_usd": 1, "reward_reversed_usd": -1}

CF4 = Metric(
    id="CF4",
    title="Reward cost per 1,000 viewing hours",
    question="What does the fund pay for an hour of viewing?",
    tier="supporting",
    tool="reward",
    stakeholders=("platform", "creators"),
    shows=("reward_cost_per_1000_hours_usd",),
    unit="USD per 1,000 viewing hours",
    formula="(rewards - rewards taken back) x 1000 / viewing hours, all viewing included",
    source="map: reward cost per viewing hour; per thousand of them, as N1 and N4",
    values=(
        usd("reward_net_usd", _PAID, "24h", "rewards less what was taken back of them"),
        share(
            "reward_cost_per_1000_hours_usd",
            (_PAID, "watch_ms"),
            "24h",
            "rewards less what was taken back of them, per 1,000 viewing hours",
            unit="currencyUSD",
            # watch_ms is shown in seconds: x 3,600 is per hour, x 1,000 per thousand of them.
            factor=1000 * 3600,
        ),
    ),
    note="Rewards come in lumps, viewing does not: a day is the shortest window that says something.",
)

METRICS = (
    CF1,
    CF2,
    CF3,
    CF4,
)
