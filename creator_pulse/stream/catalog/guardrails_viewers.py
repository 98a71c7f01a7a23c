"""Guardrails of what ads do to viewers: catalogue VX2 to VX5, VX7."""

from __future__ import annotations

from functools import partial

from creator_pulse.stream.catalog.conditions import Against, Apart, Limit
from creator_pulse.stream.catalog.declare import Guardrail

_PERCENT = "{{ $labels.app }}: {{ $value | humanizePercentage }} of the"
_ticket = partial(Guardrail, severity="ticket", topics=("ad",))
_PACING = (
    "See which surface and region carry it.",
    "Look for a release of ad pacing.",
    "See whether ad load rose as well.",
)
_CREATIVES = (
    "See which campaigns and creatives the viewers dislike.",
    "See whether they began at the same time.",
    "See whether ad load rose as well: then it may be the number of ads.",
)

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
        impact="Viewers leave, with a delay.",
        diagnosis=("Compare ad load: more ads, or longer ones?", *_PACING),
        mitigation="Limit the length of ads, or lower the pacing limit.",
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
        impact="Viewers see ads in a row, and leave.",
        diagnosis=_PACING,
        mitigation="Roll back ad pacing.",
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
        impact="An early sign that viewers are tired of ads.",
        diagnosis=_CREATIVES,
        mitigation="Rotate the creatives; lower the pacing limit where load rose.",
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
        impact="Viewers dislike what they are shown; advertisers pay for harm to their brand.",
        diagnosis=_CREATIVES,
        mitigation="Stop the creative.",
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
        impact="An ad breaks the rules, and it is spreading.",
        diagnosis=_CREATIVES,
        mitigation="Stop the creative now, then have it reviewed.",
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
        impact="Ads drive viewers out.",
        diagnosis=("See whether ad load or ad length rose.", *_CREATIVES),
        mitigation="Lower the pacing limit; stop the creatives that viewers leave at.",
    ),
)
