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
        impact="Stolen or bought coins are turned into payouts, and leaderboards are false.",
        diagnosis=(
            "See the cases of FR7: rings share devices and payment accounts.",
            "Look for accounts that are young and send to few.",
        ),
        mitigation="Hold the payouts of the accounts concerned until they are reviewed.",
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
        impact="The platform gives back what was delivered beyond the order.",
        diagnosis=(
            "See whether prices rose (AD3) or the number of impressions did (VX1).",
            "Look for a release of the pacing of ad serving.",
            "See whether the plans in the reference topic are those of the orders.",
        ),
        mitigation="Cap the delivery of the campaigns concerned.",
    ),
)
