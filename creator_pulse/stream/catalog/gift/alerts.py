"""Alerts on gifts and top-ups: GI1, GI3, GI4, GI7."""

from __future__ import annotations

from creator_pulse.stream.catalog.declaration.conditions import Against
from creator_pulse.stream.catalog.declaration.declare import Guardrail
from creator_pulse.stream.catalog.declaration.evidence_alert import (
    USD_OF,
    Unit,
    alert_on,
    page,
    ticket,
)
from creator_pulse.stream.catalog.declaration.shorthand import USUAL

GIFT_VALUE = (
    alert_on(
        "GiftValueDrop",
        page("gifts|gift_value", "fall"),
        "page",
        "Viewers spend far less on gifts than they usually do at this hour.",
        "gifts",
        topics=("gift",),
        yields_to=("AppDown", "ActiveViewersDrop", "TopupsFailing"),
    ),
    alert_on(
        "GiftValueDrop",
        ticket("gifts|gift_value", "fall"),
        "ticket",
        "Viewers spend less on gifts than they usually do at this hour.",
        "gifts",
        topics=("gift",),
        yields_to=("AppDown", "ActiveViewersDrop", "TopupsFailing"),
    ),
    alert_on(
        "GiftValueSurge",
        page("gift_price", "rise"),
        "page",
        "Gifts are worth far more than as many of them usually are.",
        "values of gifts",
        topics=("gift",),
        unit=Unit(USD_OF, "USD of as many gifts"),
        hurts=("viewers", "platform"),
    ),
)

CONVERSION = (
    Guardrail(
        alert="GifterConversionDrop",
        severity="ticket",
        series="gifter_conversion_ratio",
        window="1h",
        condition=Against("<", 0.75),
        minutes=30,
        guard=("live_viewers", 1_000),
        topics=("gift", "watch"),
        yields_to=("GiftValueDrop",),
        summary="Fewer of the live viewers give than usual.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of the live viewers of an hour gave, under "
            f"75 % of {USUAL}."
        ),
    ),
)

GIFTERS = (
    Guardrail(
        alert="GifterTailHigh",
        severity="ticket",
        series="gifter_p99_coins",
        window="1h",
        condition=Against(">", 3.0),
        minutes=30,
        guard=("gifters", 1_000),
        topics=("gift",),
        summary="The largest gifters give far more than they usually do.",
        description=(
            '{{ $labels.app }}: one in a hundred gifters gave {{ printf "%.0f" $value }} coins or more in an '
            f"hour, over 3 times {USUAL}."
        ),
    ),
)

TOPUPS = (
    alert_on(
        "TopupsFailing",
        page("topups_failed", "rise"),
        "page",
        "Too many viewers cannot buy coins.",
        "failed top-ups",
        topics=("wallet",),
        # Where checkouts fail too it is the payments that both go through.
        tool="all",
        yields_to=("CheckoutFailing",),
        page_with="CheckoutFailing",
        hurts=("creators", "viewers", "platform"),
    ),
)
