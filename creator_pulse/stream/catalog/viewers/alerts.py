"""Alerts on the viewers' experience: VX1 to VX9."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from creator_pulse.stream.aggregates.spans import HOUR_MS
from creator_pulse.stream.catalog.declaration.conditions import Against, Apart, Limit
from creator_pulse.stream.catalog.declaration.declare import Guardrail
from creator_pulse.stream.catalog.declaration.evidence_alert import Unit, alert_on, common, page, ticket
from creator_pulse.stream.catalog.declaration.harm import PARTIES
from creator_pulse.stream.catalog.declaration.shorthand import USUAL

_LOAD = (
    '{{ $labels.app }} {{ $labels.surface }}: {{ printf "%.1f" $value }} ads per viewing hour over 15 minutes'
)

_WATCH = Guardrail(
    alert="WatchTimeLow",
    severity="page",
    series="watch_per_viewer_seconds",
    window="1h",
    condition=Against("<", 0.75),
    minutes=10,
    guard=("viewers_active", 1_000),
    topics=("watch",),
    summary="Viewers stay for clearly less time than usual.",
    description=(
        '{{ $labels.app }}: {{ printf "%.0f" $value }} s of viewing per viewer in an hour, under 75 % of '
        f"{USUAL}."
    ),
)

_PERCENT = "{{ $labels.app }}: {{ $value | humanizePercentage }} of the"
_ticket = partial(Guardrail, severity="ticket", topics=("ad",))

AD_LOAD = (
    alert_on(
        "AdLoadHigh",
        ticket("impressions", "rise", paged=False),
        "ticket",
        "Viewers see clearly more ads than usual for the time they watch.",
        "impressions",
        topics=("ad", "watch"),
        yields_to=("AdLoadOverCap", "ActiveViewersDrop"),
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
        yields_to=("ActiveViewersDrop",),
        summary="Viewers see more ads per hour than the hard cap allows.",
        description=f"{_LOAD}, over the cap of 45.",
    ),
)

HEAVY_USERS = (
    Guardrail(
        alert="AdLoadTailOverCap",
        severity="page",
        series="viewer_ad_load_p95_per_hour",
        window="15m",
        condition=Limit(">", 75),
        minutes=10,
        by=("app", "surface"),
        topics=("ad", "watch"),
        yields_to=("AdLoadOverCap", "ActiveViewersDrop"),
        summary="One viewer in twenty sees more ads per hour than the hard cap for the tail allows.",
        description=(
            "{{ $labels.app }} {{ $labels.surface }}: of the viewers with ten minutes of viewing, 5 % see "
            '{{ printf "%.0f" $value }} ads per hour or more, over the cap of 75.'
        ),
    ),
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
    ),
)

BACK_TO_BACK = (
    _ticket(
        alert="AdsBackToBack",
        series="ad_back_to_back_ratio",
        window="15m",
        condition=Limit(">", 0.01),
        minutes=10,
        # At 0.3 % 1,500 have 4.5 on average; over 15 come by chance twice in 10^5 (binomial).
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
        # At 0.3 % 6,300 have 19 on average; over 37 come by chance 7 times in 10^5 (binomial).
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
        # At 0.05 % 6,300 have 3.2 on average; over 12 come by chance 3 times in 10^5 (binomial).
        guard=("ad_human_impressions", 6_300),
        summary="Viewers report ads far more often than they do.",
        description=f"{_PERCENT} impressions of 30 minutes were reported.",
    ),
)

WATCH_TIME = (
    _WATCH,
    replace(
        _WATCH,
        severity="ticket",
        condition=Against("<", 0.9),
        minutes=60,
        summary="Viewers stay for less time than usual.",
        description=_WATCH.description.replace("75 %", "90 %"),
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

VIEWERS = (
    alert_on(
        "AppDown",
        common("gifts", "viewing", "orders", "impressions", direction="fall"),
        "page",
        "All that viewers do in an app has fallen at once.",
        "gifts, viewing time, orders and impressions",
        topics=("ad", "gift", "purchase", "watch"),
        hurts=PARTIES,
    ),
    alert_on(
        "ActiveViewersDrop",
        page("viewing", "fall"),
        "page",
        "Far fewer viewers are there than usual.",
        "hours of viewing",
        topics=("watch",),
        unit=Unit(HOUR_MS, "hours of viewing"),
        yields_to=("AppDown",),
        hurts=PARTIES,
    ),
)

FREQUENCY = (
    Guardrail(
        alert="AdFrequencyHigh",
        severity="ticket",
        series="ad_frequency_over_ratio",
        window="24h",
        condition=Limit(">", 0.02),
        minutes=60,
        topics=("ad",),
        summary="Too many viewers see the same ad again and again.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of the pairs of viewer and "
            "campaign had over 8 "
            "impressions in a day; the bound is 2 %."
        ),
    ),
)
