"""Alerts on ads as creators and advertisers see them: AD1, AD3 to AD6, AV1 to AV6."""

from __future__ import annotations

from functools import partial

from creator_pulse.stream.catalog.declaration.conditions import Against, Apart, Limit, Outside
from creator_pulse.stream.catalog.declaration.declare import Guardrail
from creator_pulse.stream.catalog.declaration.evidence_alert import (
    USD_OF,
    Unit,
    alert_on,
    page,
    ticket,
)
from creator_pulse.stream.catalog.declaration.shorthand import USUAL

_ticket = partial(Guardrail, severity="ticket", topics=("ad",))

AD_REVENUE = (
    alert_on(
        "AdRevenueDrop",
        page("impressions|ad_revenue", "fall"),
        "page",
        "Ads earn far less than they usually do at this hour.",
        "impressions, or what is paid for them,",
        topics=("ad",),
        yields_to=("AppDown", "ActiveViewersDrop"),
        hurts=("creators", "advertisers", "platform"),
    ),
    alert_on(
        "AdRevenueDrop",
        ticket("impressions|ad_revenue", "fall"),
        "ticket",
        "Ads earn less than they usually do at this hour.",
        "impressions, or what is paid for them,",
        topics=("ad",),
        yields_to=("AppDown", "ActiveViewersDrop"),
        hurts=("creators", "advertisers", "platform"),
    ),
    alert_on(
        "AdRevenueSurge",
        page("ad_price", "rise"),
        "page",
        "Impressions are booked at far more than as many of them usually are.",
        "prices of impressions",
        topics=("ad",),
        unit=Unit(USD_OF, "USD of as many impressions"),
    ),
)

ECPM = (
    _ticket(
        alert="EcpmOutOfBand",
        series="ad_ecpm_usd",
        window="15m",
        condition=Outside(0.7, 2.0),
        minutes=20,
        guard=("ad_valid_impressions", 500),
        yields_to=("AdRevenueDrop", "AdRevenueSurge"),
        summary="The price of a thousand impressions is far from its usual value.",
        description=(
            '{{ $labels.app }}: eCPM {{ printf "%.2f" $value }} USD over 15 minutes, '
            "outside 0.7 to 2 times the usual for this hour of the week."
        ),
    ),
)

FILL = (
    _ticket(
        alert="AdFillDrop",
        series="ad_fill_ratio",
        window="15m",
        condition=Against("<", 0.85),
        minutes=15,
        guard=("ad_slots", 1_000),
        guard_baseline=True,
        yields_to=("AdRevenueDrop",),
        summary="Fewer of the places for ads are filled than usual.",
        description=(
            f"{{{{ $labels.app }}}}: {{{{ $value | humanizePercentage }}}} of the slots of 15 minutes were "
            f"filled, under 85 % of {USUAL}."
        ),
    ),
    _ticket(
        alert="AdViewabilityDrop",
        series="ad_viewability_ratio",
        window="15m",
        condition=Apart(below=0.05),
        minutes=30,
        guard=("ad_measurable_impressions", 1_500),
        summary="Fewer of the ads shown can be seen than usual.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of the measurable impressions of 15 "
            f"minutes were viewable, over 5 points under {USUAL}."
        ),
    ),
)

CLICKS = (
    _ticket(
        alert="AdClickRateHigh",
        series="ad_click_ratio",
        window="1h",
        condition=Against(">", 3),
        minutes=15,
        guard=("ad_human_impressions", 6_300),
        summary="Viewers seem to click ads far more often than usual.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of the impressions of an hour were "
            f"clicked, over 3 times {USUAL}."
        ),
    ),
)

SHARED = (
    Guardrail(
        alert="SharedInventoryDrop",
        severity="page",
        series="ad_shared_inventory_ratio",
        window="1h",
        condition=Against("<", 0.8),
        minutes=20,
        guard=("ad_valid_impressions", 500),
        topics=("ad",),
        summary="Far fewer of the ads shown pay a creator than usual.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of the valid impressions of an hour "
            f"carry a revenue share, under 80 % of {USUAL}."
        ),
    ),
)

PACING = (
    _ticket(
        alert="CampaignsOverDelivered",
        series="campaign_pace_p95_ratio",
        window="24h",
        condition=Limit(">", 1.3),
        minutes=30,
        summary="Campaigns spend faster than planned.",
        description=(
            "{{ $labels.app }}: one campaign in twenty has spent {{ $value | humanizePercentage }} or more "
            "of what was planned for the last 24 hours."
        ),
    ),
)

CONVERSIONS = (
    _ticket(
        alert="AdConversionsDrop",
        series="ad_conversions_per_1000",
        window="1h",
        condition=Against("<", 0.6),
        minutes=120,
        guard=("ad_conversion_count", 100),
        guard_baseline=True,
        summary="Ads lead to far fewer conversions than usual.",
        description=(
            '{{ $labels.app }}: {{ printf "%.3f" $value }} conversions per 1,000 valid impressions of an '
            f"hour, under 60 % of {USUAL}."
        ),
    ),
    _ticket(
        alert="AdReturnDrop",
        series="ad_return_on_spend_ratio",
        window="1h",
        condition=Against("<", 0.6),
        minutes=120,
        guard=("ad_conversion_count", 100),
        guard_baseline=True,
        yields_to=("EcpmOutOfBand",),
        summary="Ads return far less money than usual.",
        description=(
            '{{ $labels.app }}: {{ printf "%.2f" $value }} USD of sales per USD of ads in an hour, under '
            f"60 % of {USUAL}."
        ),
    ),
)

SAFETY = (
    Guardrail(
        alert="AdsBesideRemovedContent",
        severity="page",
        series="ad_unsafe_ratio",
        window="1h",
        condition=Limit(">", 0.001),
        minutes=15,
        # At 0.03 % 14,500 have 4.4 on average; over 14 come by chance 5 times in 10^5 (binomial).
        guard=("ad_impressions_shown", 14_500),
        topics=("ad", "content"),
        summary="Ads ran beside content that had to be removed.",
        description=(
            "{{ $labels.app }}: impressions beside content that was removed in an hour are "
            "{{ $value | humanizePercentage }} of all."
        ),
    ),
)

TARGET = (
    _ticket(
        alert="AdOffTarget",
        series="ad_on_target_ratio",
        window="1h",
        condition=Apart(below=0.05),
        minutes=30,
        guard=("ad_targeted_impressions", 5_000),
        summary="Ads reach the people they are meant for less often than usual.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of the impressions of an hour were in "
            f"their target group, over 5 points under {USUAL}."
        ),
    ),
)

ADVERTISERS = (
    _ticket(
        alert="AdvertisersLeaving",
        series="advertisers_active",
        window="24h",
        condition=Against("<", 0.85),
        minutes=360,
        summary="Fewer advertisers spend than usual.",
        description=(
            f'{{{{ $labels.app }}}}: {{{{ printf "%.0f" $value }}}} advertisers in a day, under 85 % of '
            f"{USUAL}."
        ),
    ),
)

COST = (
    _ticket(
        alert="ConversionCostHigh",
        series="ad_cost_per_conversion_usd",
        window="24h",
        condition=Against(">", 1.5),
        minutes=120,
        guard=("ad_conversion_count", 200),
        yields_to=("EcpmOutOfBand", "AdConversionsDrop"),
        summary="A conversion costs advertisers far more than usual.",
        description=(
            '{{ $labels.app }}: {{ printf "%.2f" $value }} USD of ads per conversion over a day, over 1.5 '
            f"times {USUAL}."
        ),
    ),
)

ADVERTISERS_KEPT = (
    _ticket(
        alert="AdvertiserRetentionDrop",
        series="advertisers_kept_ratio",
        window="day",
        condition=Apart(below=0.05),
        minutes=60,
        yields_to=("AdvertisersLeaving",),
        summary="Fewer of the advertisers who spent a week ago spend again.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of the advertisers who spent on this day a "
            "week ago have spent today, over 5 points under the usual for this hour of the week."
        ),
    ),
)
