"""The purchase topic."""

from __future__ import annotations

from creator_pulse.stream.events.fields import (
    BasisPoints,
    Event,
    Int,
    LongString,
    LongText,
    Money,
    PositiveMoney,
    String,
    Text,
    Time,
)
from creator_pulse.stream.events.input_topic import InputTopic
from creator_pulse.stream.events.schema import KeyRule, Lookup


class ProductClick(Event, tag="product_click", kw_only=True):
    """A product was looked at."""

    product_id: Text
    attribution: String | None = None


class OrderCompleted(Event, tag="order_completed", kw_only=True):
    """An order was paid; its value is after discount, without tax and shipping."""

    order_id: Text
    value_micros: PositiveMoney
    currency: Text
    quantity: Int | None = None
    product_id: String | None = None
    discount_micros: Money | None = None
    tax_micros: Money | None = None
    shipping_micros: Money | None = None
    commission_bps: BasisPoints | None = None
    referral_fee_bps: BasisPoints | None = None
    attribution: String | None = None
    is_sample: bool | None = None
    campaign_id: String | None = None
    imp_id: String | None = None
    payment_method: String | None = None


class CheckoutFailed(Event, tag="checkout_failed", kw_only=True):
    """A checkout failed."""

    failure_code: LongText


class OrderSettled(Event, tag="order_settled", kw_only=True):
    """A payment was settled."""

    order_id: Text
    payment_method: Text


class FraudReported(Event, tag="fraud_reported", kw_only=True):
    """An order was reported as fraud."""

    order_id: Text
    payment_method: Text


class OrderTakenBack(Event, kw_only=True):
    """Money goes back to the buyer."""

    order_id: Text
    refund_micros: PositiveMoney
    currency: Text
    original_event_time: Time
    is_full: bool | None = None
    is_sample: bool | None = None
    commission_bps: BasisPoints | None = None
    referral_fee_bps: BasisPoints | None = None
    attribution: String | None = None
    refund_reason: LongString | None = None
    fault: String | None = None


class OrderCancelled(OrderTakenBack, tag="order_cancelled", kw_only=True):
    """An order was cancelled before it was sent."""


class OrderRefunded(OrderTakenBack, tag="order_refunded", kw_only=True):
    """An order was refunded, in part or in full."""


class DisputeOpened(Event, tag="dispute_opened", kw_only=True):
    """A buyer disputes a payment."""

    order_id: Text
    value_micros: Money
    currency: Text
    original_event_time: Time
    payment_method: String | None = None


class DisputeClosed(Event, tag="dispute_closed", kw_only=True):
    """A dispute was decided."""

    order_id: Text
    outcome: Text


_TAKEN_BACK = ("order_cancelled", "order_refunded", "dispute_opened")

PURCHASE = InputTopic(
    name="purchase",
    events=(
        ProductClick,
        OrderCompleted,
        CheckoutFailed,
        OrderSettled,
        FraudReported,
        OrderCancelled,
        OrderRefunded,
        DisputeOpened,
        DisputeClosed,
    ),
    lookups=(
        Lookup("fx_rate", "fx", ("currency",), ("order_completed",), required=True),
        Lookup("fx_rate", "fx", ("currency",), _TAKEN_BACK, at="original_event_time", required=True),
    ),
    keyed=(
        KeyRule("order_id", events=("order_completed", "order_settled", "fraud_reported")),
        KeyRule("order_id", ("refund_micros", "original_event_time"), ("order_cancelled", "order_refunded")),
        KeyRule("order_id", ("value_micros", "original_event_time"), ("dispute_opened",)),
        KeyRule("order_id", ("outcome",), ("dispute_closed",)),
    ),
)
