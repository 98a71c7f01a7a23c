"""Guardrails of what ads do to viewers: catalogue VX2 to VX5, VX7."""

from __future__ import annotations

from functools import partial

from creator_pulse.stream.catalog.conditions import Against, Apart, Limit
from creator_pulse.stream.catalog.declare import Guardrail

_PERCENT = "{{ $labels.app }}: {{ $value | humanizePercentage }} of the"
_ticket = partial(Guardrail, severity="ticket", topics=("ad",))

AD_TIME = (
    _ticket(
        alert="AdTimeHigh",
        series="ad_time_ratio",
        window="15m",
        condition=Limit(">", 0.2),
        minutes=15,
        guard=("viewing_seconds", 360_000),
        topics=("watch",),
        yields_to=("AdLoadOverCap",),
        summary="Ads take too large a part of viewing time.",
        description=f"{_PERCENT} viewing time of 15 minutes were ads.",
    ),
)

BACK_TO_BACK = (
    _ticket(
        alert="AdsBackToBack",
        series="ad_back_to_back_ratio",
        window="15m",
        condition=Limit(">", 0.01),
        minutes=10,
        guard=("ad_spaced_count", 1_500),
        yields_to=("AdLoadOverCap",),
        summary="Ads follow each other with hardly a video between them.",
        description=f"{_PERCENT} impressions of 15 minutes came after fewer than two organic videos.",
    ),
)

FAST_SKIPS = (
    _ticket(
        alert="AdFastSkipsHigh",
        series="ad_fast_skip_ratio",
        window="15m",
        condition=Apart(above=0.05),
        minutes=15,
        guard=("ad_human_impressions", 2_000),
        summary="Viewers swipe ads away at once more often than usual.",
        description=(
            f"{_PERCENT} impressions of 15 minutes were swiped away before two seconds, over 5 points "
            "above the usual for this hour of the week."
        ),
    ),
)

COMPLAINTS = (
    _ticket(
        alert="AdHidesHigh",
        series="ad_hide_ratio",
        window="30m",
        condition=Limit(">", 0.006),
        minutes=15,
        guard=("ad_human_impressions", 6_300),
        summary="Viewers hide ads far more often than they do.",
        description=f"{_PERCENT} impressions of 30 minutes were hidden.",
    ),
    _ticket(
        alert="AdReportsHigh",
        series="ad_report_ratio",
        window="30m",
        condition=Limit(">", 0.002),
        minutes=10,
        guard=("ad_human_impressions", 6_300),
        summary="Viewers report ads far more often than they do.",
        description=f"{_PERCENT} impressions of 30 minutes were reported.",
    ),
)

CHURN = (
    _ticket(
        alert="SessionsEndAfterAds",
        series="ad_session_end_ratio",
        window="1h",
        condition=Against(">", 1.3),
        minutes=30,
        guard=("ad_human_impressions", 6_300),
        topics=("ad", "watch"),
        yields_to=("AdLoadOverCap",),
        summary="Viewers leave the app after an ad more often than usual.",
        description=(
            f"{_PERCENT} impressions of an hour were followed by the end of the session within ten "
            "seconds, over 1.3 times the usual for this hour of the week."
        ),
    ),
)
