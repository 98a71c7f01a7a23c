"""The payout topic: money on its way to creators."""

from __future__ import annotations

from creator_pulse.stream.events.fields import Event, Int, LongString, Money, String, Text, Time, Tool
from creator_pulse.stream.events.input_topic import InputTopic
from creator_pulse.stream.events.schema import DueRule, Gauge, KeyRule, Lookup


class PayoutEvent(Event, kw_only=True):
    """Fields common to all payout events."""

    payout_id: Text
    tool: Tool
    amount_micros: Money
    currency: Text
    due_time: Time
    attempt: Int | None = None
    provider: String | None = None


class PayoutScheduled(PayoutEvent, tag="payout_scheduled", kw_only=True):
    """The amount is owed at its due time."""


class PayoutInitiated(PayoutEvent, tag="payout_initiated", kw_only=True):
    """The payout was handed to the provider."""


class PayoutPaid(PayoutEvent, tag="payout_paid", kw_only=True):
    """The money has arrived."""

    paid_time: Time | None = None


class PayoutFailed(PayoutEvent, tag="payout_failed", kw_only=True):
    """The provider refused; another attempt may follow."""

    failure_code: LongString | None = None


PAYOUT = InputTopic(
    name="payout",
    events=(PayoutScheduled, PayoutInitiated, PayoutPaid, PayoutFailed),
    lookups=(
        Lookup(
            "fx_rate",
            "fx",
            ("currency",),
            ("payout_scheduled", "payout_initiated", "payout_paid", "payout_failed"),
            required=True,
        ),
    ),
    dues=DueRule(
        key="payout_id",
        settled="payout_paid",
        due="due_time",
        amount="amount_micros",
        rate="fx_rate",
        scale=10**12,
        labels=("app", "tool"),
        open=Gauge("open_payouts", "payouts that are not paid"),
        overdue=Gauge(
            "overdue_payout_usd", "of these, the value of those whose due hour is over by the watermark"
        ),
        oldest=Gauge(
            "oldest_due_payout_timestamp_seconds",
            "when the oldest of them is due, to the hour; 0: none owed",
        ),
    ),
    keyed=(KeyRule("payout_id", ("attempt",)),),
)
