"""Alerts on the creator fund: CF1 to CF3."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from creator_pulse.stream.catalog.declaration.conditions import Against, Limit
from creator_pulse.stream.catalog.declaration.declare import Guardrail
from creator_pulse.stream.catalog.declaration.shorthand import USUAL

_reward = partial(Guardrail, topics=("reward",), window="24h")

_BUDGET = Guardrail(
    alert="RewardOverBudget",
    severity="page",
    hours="day",
    series="app:pulse_reward_budget_ratio:24h",
    window="",
    condition=Limit(">", 2),
    minutes=30,
    topics=("reward",),
    summary="The fund spends more than was planned.",
    description='{{ $labels.app }}: rewards of a day are {{ printf "%.2f" $value }} times the plan.',
)

REWARDS = (
    _reward(
        alert="RewardSurge",
        severity="page",
        hours="day",
        series="reward_accrual_usd",
        condition=Against(">", 2),
        minutes=30,
        summary="The fund owes far more for a day of views than usual.",
        description=(
            f'{{{{ $labels.app }}}}: {{{{ printf "%.0f" $value }}}} USD of rewards in a day, over twice '
            f"{USUAL}."
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
            f"of {USUAL}."
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
            f"under 80 % of {USUAL}."
        ),
    ),
)

BUDGET = (_BUDGET, replace(_BUDGET, severity="ticket", condition=Limit(">", 1.2)))
