"""Guardrails of rules about rooms: catalogue FR8."""

from __future__ import annotations

from creator_pulse.stream.catalog.conditions import Against
from creator_pulse.stream.catalog.declare import Guardrail

STRUCTURING = (
    Guardrail(
        alert="GiftStructuring",
        severity="ticket",
        series="structuring_pairs",
        window="1h",
        condition=Against(">", 3.0, least=3),
        minutes=60,
        topics=("gift", "content"),
        summary="More viewers than usual send many equal gifts into empty, silent rooms.",
        description=(
            '{{ $labels.app }}: {{ printf "%.0f" $value }} viewers sent over 20 equal gifts in an hour to a '
            "room with under 5 viewers and no chat, over 3 times the usual for this hour of the week."
        ),
    ),
)
