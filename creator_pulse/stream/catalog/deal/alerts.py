"""Alerts on brand deals: BD3."""

from __future__ import annotations

from creator_pulse.stream.catalog.declaration.conditions import Limit
from creator_pulse.stream.catalog.declaration.declare import Guardrail

DISCLOSURE = (
    Guardrail(
        alert="DisclosureMissing",
        severity="ticket",
        series="deal_disclosure_ratio",
        window="24h",
        condition=Limit("<", 0.99),
        minutes=30,
        guard=("deal_posted_count", 100),
        topics=("deal",),
        summary="Paid videos go out without saying that they are paid for.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of the deals posted in a day carry a "
            "disclosure label."
        ),
    ),
)
