"""What goes wrong with orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.generator.scenarios.change import becomes, lost, times_size
from creator_pulse.stream.generator.scenarios.scenario import RecordChange, Scenario

if TYPE_CHECKING:
    from collections.abc import Iterable

    from creator_pulse.stream.generator.scenarios.change import Fields, Moment

_GIFTS = ("GiftValueDrop", "TopupsFailing")
_ADS = ("AdRevenueDrop", "AdLoadOverCap")
_REFUND_FIELDS = (
    "event_id",
    "schema_version",
    "event_time",
    "ingest_time",
    "creator_id",
    "creator_tier",
    "viewer_id",
    "room_id",
    "region",
    "app",
    "platform",
    "order_id",
    "currency",
    "commission_bps",
    "referral_fee_bps",
    "attribution",
)
_HOUR_MS = 3_600_000


def _refund(fields: Fields, hours: int) -> Fields:
    """The full refund of an order, of which the sale was some hours ago."""
    copied = {name: fields[name] for name in _REFUND_FIELDS if name in fields}
    own = {
        "event_id": f"{fields.get('event_id')}~refund",
        "event_type": "order_refunded",
        "refund_micros": fields.get("value_micros"),
        "is_full": True,
        "fault": "seller",
        "original_event_time": int(fields["event_time"]) - hours * _HOUR_MS,
    }
    return copied | own


def _refunded(fields: Fields, moment: Moment) -> Iterable[Fields]:
    """With each order that is hit comes the refund of an earlier one like it."""
    yield fields
    if moment.hit:
        yield {**_refund(fields, 26), "order_id": f"{fields.get('order_id')}~before"}


def _hype(fields: Fields, moment: Moment) -> Iterable[Fields]:
    """Orders of one creator, most of which go back hours later."""
    if not moment.hit:
        yield fields
        return
    own = {**fields, "creator_id": "c-hype"}
    yield own
    if moment.rng.random() < 0.75:
        yield _refund(own, 3)


SCENARIOS = (
    Scenario(
        name="checkout-fails",
        title="The checkout answers with errors.",
        size=0.5,
        unit="share",
        where="both apps, all regions",
        fires=("CheckoutFailing",),
        quiet=(*_GIFTS, *_ADS),
        parts=(
            RecordChange(
                "purchase", becomes("checkout_failed", failure_code="timeout"), ("order_completed",)
            ),
        ),
    ),
    Scenario(
        name="checkout-silent",
        title="The button of the checkout does nothing: no orders, and no failures either.",
        size=1.0,
        unit="share",
        where="both apps, all regions",
        fires=("CheckoutOutage",),
        quiet=("CheckoutFailing", *_GIFTS, *_ADS),
        parts=(RecordChange("purchase", lost, ("order_completed", "checkout_failed")),),
    ),
    Scenario(
        name="refund-wave",
        title="Buyers send back what they bought the day before.",
        size=0.6,
        unit="share",
        where="both apps, all regions",
        fires=("RefundWave", "RefundRatioHigh"),
        quiet=("CheckoutOutage", "CheckoutFailing", *_GIFTS, *_ADS),
        parts=(RecordChange("purchase", _refunded, ("order_completed",)),),
    ),
    Scenario(
        name="hype-refund",
        title="A creator sells a lot, and most of it goes back.",
        size=0.5,
        unit="share",
        where="one creator",
        fires=("HypeRefunds", "RefundWave"),
        quiet=("CheckoutOutage", "CheckoutFailing", *_GIFTS, *_ADS),
        parts=(RecordChange("purchase", _hype, ("order_completed",)),),
    ),
    Scenario(
        name="currency-off",
        title="A shop sends prices in cents where units are meant.",
        size=100.0,
        sizes=(0.001, 10_000.0),
        unit="factor",
        where="TikTok, orders in GBP",
        fires=("OrderValueOutOfBand",),
        quiet=("CheckoutOutage", "CheckoutFailing", *_GIFTS, *_ADS),
        parts=(
            RecordChange(
                "purchase",
                times_size("value_micros", least=1),
                ("order_completed",),
                {"app": "tiktok", "currency": "GBP"},
            ),
        ),
    ),
    Scenario(
        name="fee-error",
        title="The fee of the shop is booked at half of what is agreed.",
        size=0.5,
        sizes=(0.0, 10.0),
        unit="factor",
        where="both apps, all regions",
        fires=("CommerceTakeRateOff", "CommissionRateOutOfRange"),
        quiet=("CheckoutOutage", "CheckoutFailing", *_GIFTS, *_ADS),
        parts=(RecordChange("purchase", times_size("referral_fee_bps"), ("order_completed",)),),
    ),
)
