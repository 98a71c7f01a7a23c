"""What goes wrong with what creators are paid."""

from __future__ import annotations

from creator_pulse.stream.generator.scenarios.change import becomes, lost, times_size
from creator_pulse.stream.generator.scenarios.scenario import RecordChange, Scenario

_BUSINESS = ("GiftValueDrop", "AdRevenueDrop", "CheckoutOutage", "TopupsFailing")

SCENARIOS = (
    Scenario(
        name="payouts-stuck",
        title="A batch of payouts hangs at the provider: nothing fails, and nothing is paid.",
        size=1.0,
        unit="share",
        where="both apps, all tools",
        fires=("PayoutsStuck", "PayoutsDown"),
        quiet=_BUSINESS,
        parts=(RecordChange("payout", lost, ("payout_paid", "payout_failed")),),
    ),
    Scenario(
        name="payouts-fail",
        title="The provider refuses payouts.",
        size=0.3,
        unit="share",
        where="both apps, all tools",
        fires=("PayoutsFailing",),
        quiet=_BUSINESS,
        parts=(
            RecordChange("payout", becomes("payout_failed", failure_code="provider_down"), ("payout_paid",)),
        ),
    ),
    Scenario(
        name="deals-stuck",
        title="Brand deals are submitted, and nobody reviews them.",
        size=1.0,
        unit="share",
        where="both apps",
        fires=("DealsOverdue",),
        quiet=_BUSINESS,
        parts=(
            RecordChange(
                "deal",
                lost,
                ("deal_approved", "deal_changes_requested", "deal_posted", "deal_paid", "deal_cancelled"),
            ),
        ),
    ),
    Scenario(
        name="fund-overspent",
        title="Rewards are paid at a multiple of their rate: the day's budget is gone by noon.",
        size=2.5,
        sizes=(0.01, 100.0),
        unit="factor",
        where="both apps, all regions",
        fires=("RewardOverBudget", "RewardSurge"),
        quiet=_BUSINESS,
        parts=(RecordChange("reward", times_size("rpm_micros", "bonus_micros"), ("reward_accrued",)),),
    ),
)
