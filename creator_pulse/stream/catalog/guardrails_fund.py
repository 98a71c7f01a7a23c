"""Guardrails of the fund, deals, top-ups and payouts: catalogue GI7, CF1 to CF3, BD3, CR4, CR9, CR10."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from creator_pulse.stream.catalog.conditions import Against, Deviation, Limit
from creator_pulse.stream.catalog.declare import Guardrail

LEAST_ENROLLED = 1_000
"""Enrolled creators below which a share of them says nothing."""
_USUAL = "usual for this hour of the week"

TOPUPS = (
    Guardrail(
        alert="TopupsFailing",
        severity="page",
        series="topup_success_ratio",
        window="5m",
        condition=Limit("<", 0.9),
        minutes=5,
        guard=("topup_count", 200),
        topics=("wallet",),
        summary="Too many viewers cannot buy coins.",
        description=(
            "{{ $labels.app }}: only {{ $value | humanizePercentage }} of the top-ups of 5 minutes "
            "went through."
        ),
    ),
)

_reward = partial(Guardrail, topics=("reward",), window="24h")
REWARDS = (
    _reward(
        alert="RewardSurge",
        severity="page",
        series="reward_accrual_usd",
        condition=Against(">", 2),
        minutes=30,
        summary="The fund owes far more for a day of views than usual.",
        description=(
            f'{{{{ $labels.app }}}}: {{{{ printf "%.0f" $value }}}} USD of rewards in a day, over twice '
            f"the {_USUAL}."
        ),
    ),
    _reward(
        alert="RewardDrop",
        severity="ticket",
        series="reward_accrual_usd",
        condition=Against("<", 0.8),
        minutes=360,
        summary="The fund owes less for a day of views than usual.",
        description=(
            f'{{{{ $labels.app }}}}: {{{{ printf "%.0f" $value }}}} USD of rewards in a day, under 80 % '
            f"of the {_USUAL}."
        ),
    ),
)

QUALIFIED = (
    _reward(
        alert="QualifiedViewsDrop",
        severity="ticket",
        series="reward_qualified_ratio",
        condition=Against("<", 0.8),
        minutes=1_440,
        guard=("reward_view_count", 100_000),
        yields_to=("RewardSurge",),
        summary="Fewer of the views of rewarded videos pay than usual.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of the views of a day qualified, "
            f"under 80 % of the {_USUAL}."
        ),
    ),
)

_BUDGET = Guardrail(
    alert="RewardOverBudget",
    severity="page",
    series="app:pulse_reward_budget_ratio:24h",
    window="",
    condition=Limit(">", 2),
    minutes=30,
    topics=("reward",),
    summary="The fund spends more than was planned.",
    description='{{ $labels.app }}: rewards of a day are {{ printf "%.2f" $value }} times the plan.',
)
BUDGET = (_BUDGET, replace(_BUDGET, severity="ticket", condition=Limit(">", 1.2)))

DISCLOSURE = (
    Guardrail(
        alert="DisclosureMissing",
        severity="ticket",
        series="deal_disclosure_ratio",
        window="24h",
        condition=Limit("<", 0.99),
        minutes=30,
        guard=("deal_posted_count", 100),
        topics=("deal",),
        summary="Paid videos go out without saying that they are paid for.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of the deals posted in a day carry a "
            "disclosure label."
        ),
    ),
)

_PAYOUT = partial(
    Guardrail,
    severity="page",
    series="payout_failure_ratio",
    window="1h",
    topics=("payout",),
    description=("{{ $labels.app }}: {{ $value | humanizePercentage }} of the payouts of an hour failed."),
)
PAYOUTS = (
    _PAYOUT(
        alert="PayoutsFailing",
        condition=Limit(">", 0.04),
        minutes=15,
        guard=("payout_count", 900),
        yields_to=("PayoutsDown",),
        summary="More payouts fail than usual.",
    ),
    _PAYOUT(
        alert="PayoutsDown",
        condition=Limit(">", 0.2),
        minutes=5,
        guard=("payout_count", 50),
        summary="Payouts fail in numbers.",
    ),
)

OVERDUE_DEALS = (
    Guardrail(
        alert="DealsOverdue",
        severity="ticket",
        series="state:pulse_overdue_deals:sum",
        window="",
        condition=Deviation(3),
        minutes=1_440,
        by=("state",),
        topics=("deal",),
        summary="More deals than usual wait too long for review or payment.",
        description=(
            '{{ $labels.state }}: {{ printf "%.0f" $value }} deals are overdue, over 3 standard deviations '
            "above the usual for this hour of the week."
        ),
    ),
)

OVERDUE_PAYOUTS = (
    Guardrail(
        alert="PayoutsStuck",
        severity="page",
        series="app:pulse_oldest_due_payout_seconds:max",
        window="",
        condition=Limit(">", 259_200),
        minutes=15,
        topics=("payout",),
        fact=True,
        summary="A payout has been due for over three days.",
        description='{{ $labels.app }}: the oldest payout is {{ printf "%.0f" $value }} seconds overdue.',
    ),
)

SUSPENSIONS = (
    Guardrail(
        alert="SuspensionsHigh",
        severity="page",
        series="app_tool:pulse_suspended_creators_ratio:increase1h",
        window="",
        condition=Against(">", 3, least=0.005),
        minutes=10,
        by=("app", "tool"),
        topics=("content",),
        summary="Far more creators are suspended from a tool than usual.",
        description=(
            "{{ $labels.app }} {{ $labels.tool }}: {{ $value | humanizePercentage }} of the enrolled "
            "creators were suspended in an hour, over 3 times the usual and over 0.5 %."
        ),
    ),
)

LIABILITY = (
    Guardrail(
        alert="LiabilityHigh",
        severity="ticket",
        series="creator_liability_usd",
        window="24h",
        condition=Against(">", 1.3),
        minutes=1_440,
        by=("app", "tool"),
        topics=("ad", "deal", "gift", "payout", "purchase", "reward"),
        yields_to=("PayoutsDown", "PayoutsFailing"),
        summary="Money that is owed to creators piles up.",
        description=(
            '{{ $labels.app }} {{ $labels.tool }}: {{ printf "%.0f" $value }} USD more were earned than paid '
            f"in a day, over 1.3 times the {_USUAL}."
        ),
    ),
)
