"""Labels by which a change of the guarded counts is explained: records carry them, and somebody acts on them.

A label with many values (a gift, a campaign) has rows for the largest of them only; the rest is ``other``.
"""

from __future__ import annotations

from creator_pulse.stream.catalog.declaration.breakdowns import Breakdown

_PAID_BY = ("platform", "payment_method")
_PAID_WHERE = (("region", "platform"), ("region", "payment_method"))
_HOST = ("platform", "creator_tier")
_PROVIDED = ("tool", "provider")

BREAKDOWNS: tuple[Breakdown, ...] = (
    Breakdown("gift_sent", (*_HOST, "gift_id"), (("region", "platform"), ("region", "gift_id")), "gifts"),
    Breakdown("gift_reversed", _HOST, (("region", "platform"),), "gift_reversals"),
    Breakdown("topup_completed", _PAID_BY, _PAID_WHERE, "topups_completed"),
    Breakdown("topup_failed", _PAID_BY, _PAID_WHERE, "topups_failed"),
    Breakdown(
        "order_completed", (*_HOST, "payment_method"), (("region", "platform"),), "checkouts_completed"
    ),
    Breakdown("checkout_failed", _HOST, (("region", "platform"),), "checkouts_failed"),
    Breakdown("order_refunded", _HOST, (("region", "platform"),), "refunded_orders"),
    Breakdown(
        "impression",
        (*_HOST, "surface", "ad_format", "campaign_id"),
        (("region", "platform"), ("region", "campaign_id"), ("platform", "surface")),
        "ad_shown_all",
    ),
    Breakdown(
        "heartbeat", (*_HOST, "surface"), (("region", "platform"), ("region", "surface")), "viewing_ms"
    ),
    Breakdown("payout_paid", _PROVIDED, (("region", "provider"),), "paid_payouts"),
    Breakdown("payout_failed", _PROVIDED, (("region", "provider"),), "refused_payouts"),
)
