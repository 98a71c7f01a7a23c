"""Alerts on sales: EC1, EC3 to EC6."""

from __future__ import annotations

from functools import partial

from creator_pulse.stream.catalog.declaration.conditions import Against, Apart, Outside, Range
from creator_pulse.stream.catalog.declaration.declare import Guardrail
from creator_pulse.stream.catalog.declaration.evidence_alert import alert_on, page, ticket
from creator_pulse.stream.catalog.declaration.harm import PARTIES
from creator_pulse.stream.catalog.declaration.shorthand import USUAL

_ticket = partial(Guardrail, severity="ticket", topics=("purchase",))
_DROP = '{{ $labels.app }}: {{ printf "%.2f" $value }} USD in 5 minutes'

GMV = (
    alert_on(
        "CheckoutOutage",
        page("orders", "fall"),
        "page",
        "Orders fell far below what is usual at this hour.",
        "orders",
        topics=("purchase",),
        yields_to=("AppDown", "ActiveViewersDrop", "CheckoutFailing"),
        hurts=PARTIES,
    ),
    alert_on(
        "CheckoutOutage",
        ticket("orders", "fall"),
        "ticket",
        "Orders fell below what is usual at this hour.",
        "orders",
        topics=("purchase",),
        yields_to=("AppDown", "ActiveViewersDrop", "CheckoutFailing"),
        hurts=PARTIES,
    ),
)

ORDER_SIZE = (
    _ticket(
        alert="OrderValueOutOfBand",
        series="order_mean_usd",
        window="1h",
        condition=Outside(0.5, 2.0),
        minutes=30,
        guard=("order_count", 100),
        summary="The mean value of an order is far from its usual value.",
        description=(
            '{{ $labels.app }}: {{ printf "%.2f" $value }} USD per order in an hour, outside 0.5 to 2 times '
            f"{USUAL}."
        ),
    ),
)

CLICK_TO_ORDER = (
    _ticket(
        alert="ClickToOrderDrop",
        series="click_to_order_ratio",
        window="1h",
        condition=Against("<", 0.7),
        minutes=20,
        guard=("order_count", 100),
        guard_baseline=True,
        yields_to=("CheckoutFailing", "CheckoutOutage"),
        summary="Clicks on products become orders less often than usual.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of the clicks on products of an hour "
            f"became orders, under 70 % of {USUAL}."
        ),
    ),
)

COMMISSION = (
    _ticket(
        alert="CommissionRateShift",
        series="commission_rate_ratio",
        window="1h",
        condition=Apart(below=0.03, above=0.03),
        minutes=30,
        guard=("order_count", 100),
        yields_to=("CommissionRateOutOfRange",),
        summary="The commission that creators get moved away from its usual rate.",
        description=(
            "{{ $labels.app }}: commissions are {{ $value | humanizePercentage }} of attributed sales in "
            f"an hour, over 3 points from {USUAL}."
        ),
    ),
    _ticket(
        alert="CommissionRateOutOfRange",
        series="commission_rate_ratio",
        window="1h",
        condition=Range(0.01, 0.30),
        minutes=30,
        guard=("order_count", 100),
        summary="The commission that creators get is at a rate that nobody agrees to.",
        description=(
            "{{ $labels.app }}: commissions are {{ $value | humanizePercentage }} of attributed sales in "
            "an hour, outside 1 % to 30 %."
        ),
    ),
)

CHECKOUT = (
    alert_on(
        "CheckoutFailing",
        page("checkouts_failed", "rise"),
        "page",
        "Too many checkouts fail.",
        "failed checkouts",
        topics=("purchase",),
        hurts=("creators", "viewers", "platform"),
    ),
)

SELLERS = (
    _ticket(
        alert="ActiveSellersDrop",
        series="sellers_active",
        window="24h",
        condition=Against("<", 0.85),
        minutes=360,
        yields_to=("CheckoutOutage", "CheckoutFailing"),
        summary="Fewer creators sell than usual.",
        description=(
            '{{ $labels.app }}: {{ printf "%.0f" $value }} creators sold something in a day, under 85 % of '
            f"{USUAL}."
        ),
    ),
)
