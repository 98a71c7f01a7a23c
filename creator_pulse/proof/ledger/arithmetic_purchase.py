"""The amounts that a record of the purchase topic adds to measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.proof.ledger.books import Books, Lines, integer
from creator_pulse.proof.ledger.truth import Line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.proof.ledger.books import Make
    from creator_pulse.proof.ledger.validation import Event

# Where a single order is capped.
_CAP_MICRO_USD = 500 * 10**6
_OF_CARDS = {
    "order_settled": "card_settled",
    "dispute_opened": "card_disputed",
    "fraud_reported": "card_fraud",
}
_COUNTED = {"product_click": "product_clicks", "checkout_failed": "checkouts_failed"}


def _order(books: Books, event: Event) -> Lines:
    place = books.place(event)
    counts = 0 if event.get("is_sample") is True else 1
    value = books.usd(event, "value_micros") * counts
    commission = integer(event, "commission_bps")
    return Lines(
        (
            Line("orders", place, counts),
            Line("checkouts_completed", place, 1),
            Line("gmv_usd", place, value),
            Line("order_capped_usd", place, min(value // 10**6, _CAP_MICRO_USD)),
            Line("attributed_gmv_usd", place, value if commission > 0 else 0),
            Line("commission_usd", place, value * commission),
            Line("commerce_platform_usd", place, value * integer(event, "referral_fee_bps")),
        ),
        (Line("commerce_late_usd", place, value),),
        ("order", "purchase", min(value // 10**6, _CAP_MICRO_USD)),
    )


def _reversal(books: Books, event: Event) -> Lines:
    place = books.place(event)
    name = "refunded" if event["event_type"] == "order_refunded" else "cancelled"
    refund = books.usd(event, "refund_micros")
    # A sample order accrued neither commission nor fee, so none is taken back.
    real = 0 if event.get("is_sample") is True else refund
    return Lines(
        (
            Line(f"{name}_usd", place, refund),
            Line(f"{name}_orders", place, 1),
            Line(f"commission_{name}_usd", place, real * integer(event, "commission_bps")),
            Line(f"fee_{name}_usd", place, real * integer(event, "referral_fee_bps")),
        )
    )


def _of_cards(books: Books, event: Event) -> Lines:
    counts = 1 if event.get("payment_method") == "card" else 0
    return Lines((Line(_OF_CARDS[str(event["event_type"])], books.place(event), counts),))


def _counted(books: Books, event: Event) -> Lines:
    return Lines((Line(_COUNTED[str(event["event_type"])], books.place(event), 1),))


MAKERS: Mapping[str, Make] = {
    "order_completed": _order,
    "order_refunded": _reversal,
    "order_cancelled": _reversal,
    **dict.fromkeys(_OF_CARDS, _of_cards),
    **dict.fromkeys(_COUNTED, _counted),
}
