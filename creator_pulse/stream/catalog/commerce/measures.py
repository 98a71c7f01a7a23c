"""Measures of the purchase topic: sums over its records.

Values are micros of ``currency``; ``fx_rate`` is micro-USD per unit of it: value x rate is
USD / 10^12, and with basis points another 10^4.
"""

from __future__ import annotations

from functools import partial

import polars as pl

from creator_pulse.stream.catalog.declaration.declare import SIZED, Measure
from creator_pulse.stream.catalog.declaration.expressions import (
    EVERY,
    ONE,
    REAL_ORDER,
    big,
    capped_micro_usd,
    micro_usd,
)

_order = partial(Measure, topic="purchase", event="order_completed")
_GMV = big("value_micros") * pl.col("fx_rate")
_REFUND = big("refund_micros") * pl.col("fx_rate")
# A partial refund takes back the same part of the commission.
_COMMISSION_BACK = _REFUND * pl.col("commission_bps").fill_null(0)
_FEE_BACK = _REFUND * pl.col("referral_fee_bps").fill_null(0)
# Micros of the currency (10^6), micro-USD per unit (10^6).
_SCALE = 10**12
ORDER_CAP = 500_000_000
"""Of a single order, micro-USD."""
# _SCALE, and basis points (10^4).
_BPS_SCALE = 10**16
_TAKEN_BACK = (("refunded", "order_refunded"), ("cancelled", "order_cancelled"))
_CARD = pl.col("payment_method").eq("card")


def _count(name: str, event: str, text: str, where: pl.Expr = EVERY) -> Measure:
    return Measure(name, topic="purchase", event=event, value=ONE, where=where, help=text)


MEASURES = (
    _order(
        "orders",
        value=ONE,
        where=REAL_ORDER,
        counter="orders_total",
        help="orders that are not samples",
    ),
    _order(
        "gmv_usd",
        value=_GMV,
        where=REAL_ORDER,
        scale=_SCALE,
        counter="gmv_usd_total",
        help="value of orders that are not samples",
    ),
    _order(
        "order_capped_usd",
        value=capped_micro_usd("value_micros", ORDER_CAP),
        where=REAL_ORDER,
        scale=10**6,
        help="the same with each order capped at 500 USD",
    ),
    _order(
        "commerce_late_usd",
        value=_GMV,
        where=REAL_ORDER,
        scale=_SCALE,
        rows="late",
        fixed={"tool": "commerce"},
        counter="late_usd_total",
        help="value of late orders that are not samples",
    ),
    _order(
        "attributed_gmv_usd",
        value=_GMV,
        where=REAL_ORDER & pl.col("commission_bps").fill_null(0).gt(0),
        scale=_SCALE,
        help="value of orders that carry a commission",
    ),
    _order(
        "commission_usd",
        value=_GMV * pl.col("commission_bps").fill_null(0),
        where=REAL_ORDER,
        scale=_BPS_SCALE,
        counter="commission_usd_total",
        help="creators' commission accrued",
    ),
    _order(
        "commerce_platform_usd",
        value=_GMV * pl.col("referral_fee_bps").fill_null(0),
        where=REAL_ORDER,
        scale=_BPS_SCALE,
        fixed={"tool": "commerce"},
        counter="platform_usd_total",
        help="referral fees",
    ),
    *(
        Measure(
            f"{name}_usd",
            topic="purchase",
            event=event,
            value=_REFUND,
            scale=_SCALE,
            counter="refund_usd_total",
            help=f"refunds of {event} records",
        )
        for name, event in _TAKEN_BACK
    ),
    *(
        Measure(
            f"commission_{name}_usd",
            topic="purchase",
            event=event,
            value=_COMMISSION_BACK,
            where=REAL_ORDER,
            scale=_BPS_SCALE,
            fixed={"tool": "commerce"},
            counter="reversed_usd_total",
            help=f"commission taken back by {event} records",
        )
        for name, event in _TAKEN_BACK
    ),
    *(
        Measure(
            f"fee_{name}_usd",
            topic="purchase",
            event=event,
            value=_FEE_BACK,
            where=REAL_ORDER,
            scale=_BPS_SCALE,
            help=f"referral fees that the platform gives back by {event} records",
        )
        for name, event in _TAKEN_BACK
    ),
    *(_count(f"{name}_orders", event, f"{event} records") for name, event in _TAKEN_BACK),
    _count("product_clicks", "product_click", "clicks on products"),
    _count("checkouts_completed", "order_completed", "completed checkouts, samples included"),
    _count("checkouts_failed", "checkout_failed", "failed checkouts"),
    _count("card_settled", "order_settled", "settled card payments", _CARD),
    _count("card_disputed", "dispute_opened", "disputed card payments", _CARD.fill_null(value=False)),
    _count("card_fraud", "fraud_reported", "card payments reported as fraud", _CARD),
    Measure(
        "live_buyer_orders",
        topic="purchase",
        event="order_completed",
        value=ONE,
        where=REAL_ORDER & pl.col("attribution").eq("live"),
        labels=("app", "viewer_id"),
        help="orders of a viewer in live rooms",
    ),
    Measure(
        "payer_orders",
        topic="purchase",
        event="order_completed",
        value=ONE,
        where=REAL_ORDER,
        labels=("app", "viewer_id"),
        help="orders of a viewer that are not samples",
    ),
    _order(
        "buyer_usd",
        value=_GMV,
        where=REAL_ORDER,
        labels=("app", "viewer_id"),
        scale=_SCALE,
        help="value of a viewer's orders that are not samples",
    ),
    Measure(
        "orders_by_creator",
        topic="purchase",
        event="order_completed",
        value=ONE,
        where=REAL_ORDER,
        labels=("app", "creator_id"),
        help="orders that are not samples",
    ),
    Measure(
        "order_value_sizes",
        topic="purchase",
        event="order_completed",
        value=ONE,
        where=REAL_ORDER,
        labels=SIZED,
        bucket=micro_usd("value_micros"),
        help="orders that are not samples, by value",
    ),
)
