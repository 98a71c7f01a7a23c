"""Guardrails of money that goes in circles, or faster than planned: catalogue FR6, AV1."""

from __future__ import annotations

from creator_pulse.stream.catalog.conditions import Against, Limit
from creator_pulse.stream.catalog.declare import Guardrail

RECIPROCAL = (
    Guardrail(
        alert="ReciprocalGiftsHigh",
        severity="ticket",
        series="gift_reciprocal_ratio",
        window="7d",
        condition=Against(">", 3),
        minutes=360,
        topics=("gift",),
        summary="More coins than usual flow both ways between the same accounts.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of the coins of 7 days came back to who "
            "had given them, over 3 times the usual."
        ),
    ),
)

PACING = (
    Guardrail(
        alert="CampaignsOverDelivered",
        severity="ticket",
        series="campaign_pace_p95_ratio",
        window="24h",
        condition=Limit(">", 1.3),
        minutes=30,
        topics=("ad",),
        summary="Campaigns spend faster than planned.",
        description=(
            "{{ $labels.app }}: one campaign in twenty has spent {{ $value | humanizePercentage }} or more "
            "of what was planned for the last 24 hours."
        ),
    ),
)
