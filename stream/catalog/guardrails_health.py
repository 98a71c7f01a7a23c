"""Guardrails of the north star and of the viewers' experience: catalogue N1 and VX1."""

from __future__ import annotations

from stream.catalog.declare import Against, Guardrail, Limit

EARNINGS = (
    Guardrail(
        alert="CreatorEarningsDrop",
        severity="page",
        series="creator_earnings_per_1000_hours_usd",
        window="1h",
        condition=Against("<", 0.8),
        minutes=15,
        guard=("viewing_seconds", 3_600_000),
        guard_baseline=True,
        topics=("ad", "gift", "purchase", "watch"),
        yields_to=("GiftValueDrop", "AdRevenueDrop", "CheckoutOutage"),
        summary="Creators earn far less from the same viewing time than they usually do at this hour.",
        description=(
            '{{ $labels.app }}: {{ printf "%.2f" $value }} USD per 1,000 viewing hours in the last hour, '
            "under 80 % of the usual for this hour of the week."
        ),
        impact="Creators' income falls across tools; creators leave when it lasts.",
        diagnosis=(
            "See which tool's earnings fell: gift, ad or commerce.",
            "See whether viewing time rose instead: then the ratio falls without a fault.",
            "See whether reversals rose.",
        ),
        mitigation="Follow the page of the tool that fell; without one, look at rates and revenue shares.",
    ),
)

_LOAD = (
    '{{ $labels.app }} {{ $labels.surface }}: {{ printf "%.1f" $value }} ads per viewing hour over 15 minutes'
)
_DIAGNOSIS = (
    "See which surface and region carry the load.",
    "See whether impressions rose or viewing time fell.",
    "Look for a release of ad pacing.",
)

AD_LOAD = (
    Guardrail(
        alert="AdLoadHigh",
        severity="ticket",
        series="ad_load_per_hour",
        window="15m",
        condition=Against(">", 1.2),
        minutes=15,
        by=("app", "surface"),
        guard=("ad_surface_impressions", 400),
        topics=("ad", "watch"),
        yields_to=("AdLoadOverCap",),
        summary="Viewers see clearly more ads per hour than usual.",
        description=f"{_LOAD}, over 1.2 times the usual for this hour of the week.",
        impact="Revenue rises for a while, and viewers leave.",
        diagnosis=_DIAGNOSIS,
        mitigation="Lower the pacing limit of the surface, or roll back the pacing release.",
    ),
    Guardrail(
        alert="AdLoadOverCap",
        severity="page",
        series="ad_load_per_hour",
        window="15m",
        condition=Limit(">", 45),
        minutes=10,
        by=("app", "surface"),
        guard=("ad_surface_impressions", 400),
        topics=("ad", "watch"),
        summary="Viewers see more ads per hour than the hard cap allows.",
        description=f"{_LOAD}, over the cap of 45.",
        impact="Viewers leave now.",
        diagnosis=_DIAGNOSIS,
        mitigation="Switch ad pacing of the surface to its safe limit.",
    ),
)
