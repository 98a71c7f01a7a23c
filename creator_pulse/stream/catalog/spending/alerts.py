"""Alerts on what viewers spend, and on the coins that they buy: SP2 to SP7."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from creator_pulse.stream.catalog.declaration.conditions import Against, Apart, Limit
from creator_pulse.stream.catalog.declaration.declare import Guardrail
from creator_pulse.stream.catalog.declaration.evidence_alert import alert_on, ticket
from creator_pulse.stream.catalog.declaration.shorthand import USUAL

_ticket = partial(Guardrail, severity="ticket")

NEW_PAYERS = (
    _ticket(
        alert="NewPayersDrop",
        series="payers_new",
        window="24h",
        condition=Against("<", 0.7),
        minutes=360,
        guard=("payers", 1_000),
        topics=("gift", "purchase"),
        summary="Fewer viewers pay for the first time than usual.",
        description=(
            '{{ $labels.app }}: {{ printf "%.0f" $value }} viewers paid for the first time in a day, under '
            f"70 % of {USUAL}."
        ),
    ),
)

CONCENTRATION = (
    _ticket(
        alert="SpendConcentrated",
        series="spend_top_percent_share_ratio",
        window="24h",
        condition=Apart(above=0.1),
        minutes=360,
        guard=("payers", 1_000),
        topics=("gift", "purchase"),
        summary="The top 1 % of payers spend a larger part than they usually do.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of a day's spend came from 1 % of those "
            f"who paid, over 10 percentage points more than {USUAL}."
        ),
    ),
)

CAPS = (
    _ticket(
        alert="ViewersOverDayCap",
        series="viewers_over_day_cap",
        window="day",
        condition=Against(">", 2.0, least=3),
        minutes=60,
        topics=("gift",),
        summary="More viewers than usual give beyond the cap of a day.",
        description=(
            '{{ $labels.app }}: {{ printf "%.0f" $value }} viewers gave more coins today than the cap of a '
            f"day, over 2 times {USUAL}."
        ),
    ),
)

GIFT_REFUNDS = (
    alert_on(
        "GiftRefundsHigh",
        ticket("gift_refunds", "rise", paged=False),
        "ticket",
        "Far more gifts are taken back than usual.",
        "gifts that were taken back",
        topics=("gift",),
        yields_to=("MinorClaimsHigh",),
    ),
)

PURCHASES = (
    alert_on(
        "CoinPurchasesDrop",
        ticket("topups", "fall", paged=False),
        "ticket",
        "Viewers buy coins less often than usual.",
        "purchases of coins",
        topics=("wallet",),
        yields_to=("AppDown", "ActiveViewersDrop", "TopupsFailing", "GiftValueDrop"),
    ),
)

_DISPUTED = Guardrail(
    alert="CoinDisputesHigh",
    severity="page",
    hours="day",
    series="topup_dispute_ratio",
    window="24h",
    condition=Limit(">", 0.009),
    minutes=60,
    guard=("topup_settled_count", 5_500),
    topics=("wallet",),
    summary="Too many card payments for coins are disputed or reported as fraud.",
    description=(
        "{{ $labels.app }}: disputes and fraud reports of a day are {{ $value | humanizePercentage }} of its "
        "settled card payments for coins."
    ),
)

DISPUTES = (_DISPUTED, replace(_DISPUTED, severity="ticket", hours="any", condition=Limit(">", 0.005)))
