"""Guardrails of commerce: catalogue EC3 to EC6, FR9, FR10."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from creator_pulse.stream.catalog.conditions import Against, Apart, Limit, Outside, Range
from creator_pulse.stream.catalog.declare import Guardrail

_USUAL = "usual for this hour of the week"
_ticket = partial(Guardrail, severity="ticket", topics=("purchase",))

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
            f"the {_USUAL}."
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
            f"became orders, under 70 % of the {_USUAL}."
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
            f"an hour, over 3 points from the {_USUAL}."
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
    Guardrail(
        alert="CheckoutFailing",
        severity="page",
        series="checkout_success_ratio",
        window="5m",
        condition=Limit("<", 0.9),
        minutes=5,
        guard=("checkout_count", 200),
        topics=("purchase",),
        summary="Too many checkouts fail.",
        description=(
            "{{ $labels.app }}: only {{ $value | humanizePercentage }} of the checkouts of 5 minutes "
            "went through."
        ),
    ),
)

_DISPUTED = Guardrail(
    alert="DisputeRatioHigh",
    severity="page",
    series="card_dispute_ratio",
    window="24h",
    condition=Limit(">", 0.009),
    minutes=60,
    guard=("card_settled_count", 5_500),
    topics=("purchase",),
    summary="Too many card payments are disputed or reported as fraud.",
    description=(
        "{{ $labels.app }}: disputes and fraud reports of a day are {{ $value | humanizePercentage }} of "
        "its settled card payments."
    ),
)
_DISPUTED_MONTH = replace(
    _DISPUTED,
    alert="DisputeMonthHigh",
    window="mtd",
    summary="This month so far, too many card payments are disputed or reported as fraud.",
    description="{{ $labels.app }}: {{ $value | humanizePercentage }} of the card payments of this month.",
)
DISPUTES = tuple(
    one
    for page in (_DISPUTED, _DISPUTED_MONTH)
    for one in (page, replace(page, severity="ticket", condition=Limit(">", 0.005)))
)

REFUNDS = (
    Guardrail(
        alert="RefundWave",
        severity="page",
        series="refund_count",
        window="30m",
        condition=Against(">", 2),
        minutes=30,
        guard=("refund_count", 200),
        topics=("purchase",),
        summary="Far more orders are taken back than usual.",
        description=(
            '{{ $labels.app }}: {{ printf "%.0f" $value }} refunds and cancellations in 30 minutes, over '
            f"twice the {_USUAL}."
        ),
    ),
    _ticket(
        alert="RefundRatioHigh",
        series="refund_ratio",
        window="24h",
        condition=Apart(above=0.05),
        minutes=360,
        guard=("order_count", 1_000),
        yields_to=("RefundWave",),
        summary="A larger part of sales is paid back than usual.",
        description=(
            "{{ $labels.app }}: refunds and cancellations of a day are {{ $value | humanizePercentage }} of "
            f"its sales, over 5 points above the {_USUAL}."
        ),
    ),
)
