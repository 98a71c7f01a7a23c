"""Alerts on gifts and top-ups: GI1, GI3, GI4, GI7."""

from __future__ import annotations

from creator_pulse.stream.catalog.declaration.conditions import Against, Limit
from creator_pulse.stream.catalog.declaration.declare import Guardrail
from creator_pulse.stream.catalog.declaration.shorthand import USUAL

_DROP = '{{ $labels.app }}: {{ printf "%.2f" $value }} USD in 5 minutes'

GIFT_VALUE = (
    Guardrail(
        alert="GiftValueDrop",
        severity="page",
        series="gift_value_capped_usd",
        window="5m",
        condition=Against("<", 0.7),
        minutes=15,
        guard=("gift_count", 4_000),
        guard_baseline=True,
        topics=("gift",),
        yields_to=("TopupsFailing",),
        summary="Viewers spend far less on gifts than they usually do at this hour.",
        description=(
            f"{_DROP} of gifts (each capped at 1,000 coins), under 70 % of the usual for this "
            f"hour of the week."
        ),
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
    Guardrail(
        alert="TopupsFailing",
        severity="page",
        series="topup_success_ratio",
        window="5m",
        condition=Limit("<", 0.9),
        minutes=5,
        guard=("topup_count", 200),
        topics=("wallet",),
        summary="Too many viewers cannot buy coins.",
        description=(
            "{{ $labels.app }}: only {{ $value | humanizePercentage }} of the top-ups of 5 minutes "
            "went through."
        ),
    ),
)
