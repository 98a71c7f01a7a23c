"""Alerts on the north star: N1 to N6."""

from __future__ import annotations

from creator_pulse.stream.catalog.declaration.conditions import Against, Outside, Range
from creator_pulse.stream.catalog.declaration.conditions.unusual import Unusual
from creator_pulse.stream.catalog.declaration.declare import Guardrail
from creator_pulse.stream.catalog.declaration.evidence_alert import USD_OF, Unit, alert_on
from creator_pulse.stream.catalog.declaration.shorthand import USUAL
from creator_pulse.stream.catalog.declaration.signals import PAGE_SCORE

_ALL_TOPICS = ("ad", "gift", "purchase", "watch")
_CAUSES = ("GiftValueDrop", "AdRevenueDrop", "CheckoutOutage", "CheckoutFailing")
_TAKE_RATES = ("GiftTakeRateOff", "AdTakeRateOff", "CommerceTakeRateOff")
_EARNED = '{{ $labels.app }}: {{ printf "%.2f" $value }} USD per 1,000 viewing hours in the last hour'

EARNINGS = (
    Guardrail(
        alert="CreatorEarningsDrop",
        severity="ticket",
        series="creator_earnings_per_1000_hours_usd",
        window="1h",
        condition=Against("<", 0.8),
        minutes=15,
        guard=("viewing_seconds", 3_600_000),
        guard_baseline=True,
        topics=_ALL_TOPICS,
        yields_to=(*_CAUSES, *_TAKE_RATES),
        hurts=("creators",),
        summary="Creators earn far less from the same viewing time than they usually do at this hour.",
        description=f"{_EARNED}, under 80 % of the usual for this hour of the week.",
    ),
    Guardrail(
        alert="CreatorEarningsLow",
        severity="ticket",
        series="creator_earnings_per_1000_hours_usd",
        window="1h",
        condition=Against("<", 0.9),
        minutes=60,
        guard=("viewing_seconds", 3_600_000),
        guard_baseline=True,
        topics=_ALL_TOPICS,
        yields_to=("CreatorEarningsDrop", *_CAUSES, *_TAKE_RATES),
        hurts=("creators",),
        summary="Creators earn less from the same viewing time than they usually do at this hour.",
        description=f"{_EARNED}, under 90 % of the usual for this hour of the week.",
    ),
    Guardrail(
        alert="CreatorEarningsSurge",
        severity="page",
        series="creator_earnings_per_1000_hours_usd",
        window="1h",
        condition=Against(">", 2),
        minutes=30,
        guard=("viewing_seconds", 3_600_000),
        topics=_ALL_TOPICS,
        yields_to=("ActiveViewersDrop", "GiftValueSurge", "AdRevenueSurge"),
        hurts=("platform",),
        summary="Creators are booked far more for the same viewing time than they usually are at this hour.",
        description=f"{_EARNED}, over twice the usual for this hour of the week.",
    ),
)

BY_TOOL = (
    Guardrail(
        alert="ToolEarningsDrop",
        severity="ticket",
        series="creator_net_earnings_usd",
        window="1h",
        condition=Against("<", 0.7),
        minutes=30,
        by=("app", "tool"),
        topics=("ad", "gift", "purchase"),
        yields_to=_CAUSES,
        summary="Creators earn far less from one tool than they usually do at this hour.",
        description=(
            '{{ $labels.app }} {{ $labels.tool }}: {{ printf "%.2f" $value }} USD in an hour, under 70 % of '
            "the usual for this hour of the week."
        ),
    ),
)

EARNING = (
    Guardrail(
        alert="EarningCreatorsDrop",
        severity="ticket",
        series="creators_earning_ratio",
        window="24h",
        condition=Against("<", 0.9),
        minutes=360,
        guard=("creators_watched", 100),
        topics=("ad", "deal", "gift", "purchase", "reward", "watch"),
        summary="Fewer of the watched creators earn than usual.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of the creators with viewing time earned "
            f"1 USD or more in a day, under 90 % of {USUAL}."
        ),
    ),
)

PLATFORM = (
    Guardrail(
        alert="PlatformRevenueOutOfBand",
        severity="ticket",
        series="platform_revenue_per_1000_hours_usd",
        window="1h",
        condition=Outside(0.8, 1.5),
        minutes=60,
        guard=("viewing_seconds", 3_600_000),
        topics=("ad", "gift", "purchase", "reward", "watch"),
        yields_to=("CreatorEarningsDrop", "CreatorEarningsSurge", *_CAUSES, *_TAKE_RATES),
        summary="The platform keeps far more or less of the same viewing time than usual.",
        description=(
            '{{ $labels.app }}: {{ printf "%.2f" $value }} USD per 1,000 viewing hours in an hour, outside '
            "0.8 to 1.5 times the usual for this hour of the week."
        ),
    ),
)

PRICES = (
    alert_on(
        "RegionPriceHigh",
        # There are many regions: what pages for an app is enough for a ticket here.
        Unusual("gift_price|ad_price", "rise", PAGE_SCORE, ("app", "region"), regions=True, whole=PAGE_SCORE),
        "ticket",
        "Gifts or impressions of one region are worth far more than as many of them usually are.",
        "values of gifts, or of impressions,",
        topics=("ad", "gift"),
        tool="all",
        yields_to=("GiftValueSurge", "AdRevenueSurge"),
        hurts=("viewers", "advertisers", "platform"),
        unit=Unit(USD_OF, "USD of as many"),
    ),
)

REALISED = (
    Guardrail(
        alert="RealisedTakeRateOff",
        severity="ticket",
        series="app_region_tool:pulse_realised_take_gap:24h",
        window="",
        condition=Range(-0.1, 0.03),
        minutes=360,
        by=("app", "region", "tool"),
        topics=("ad", "gift", "purchase", "wallet"),
        yields_to=_TAKE_RATES,
        summary="In one region the platform ends up with another share than was agreed.",
        description=(
            "{{ $labels.app }} {{ $labels.region }} {{ $labels.tool }}: the kept share of a day is "
            "{{ $value | humanizePercentage }} off the agreed one, under -10 or over 3 percentage points."
        ),
    ),
)
