"""Guardrails of tails, concentration and reach: catalogue GI3, GI4, CR2, CR5, AV5, GR2, N3, VX1, VX6, VX8."""

from __future__ import annotations

from dataclasses import replace

from creator_pulse.stream.catalog.conditions import Against, Apart, Limit
from creator_pulse.stream.catalog.declare import Guardrail

_USUAL = "the usual for this hour of the week"

GIFTERS = (
    Guardrail(
        alert="GifterTailHigh",
        severity="ticket",
        series="gifter_p99_coins",
        window="1h",
        condition=Against(">", 3.0),
        minutes=30,
        guard=("gifters", 1_000),
        topics=("gift",),
        summary="The largest gifters give far more than they usually do.",
        description=(
            '{{ $labels.app }}: one in a hundred gifters gave {{ printf "%.0f" $value }} coins or more in an '
            f"hour, over 3 times {_USUAL}."
        ),
    ),
)

CONCENTRATION = (
    Guardrail(
        alert="EarningsConcentrated",
        severity="ticket",
        series="creator_top_percent_share_ratio",
        window="24h",
        condition=Apart(above=0.05),
        minutes=360,
        guard=("creators_earning", 1_000),
        topics=("ad", "deal", "gift", "purchase", "reward"),
        summary="The top 1 % of creators earn a larger part than they usually do.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of a day's net earnings went to the top "
            f"1 % of creators, over 5 percentage points more than {_USUAL}."
        ),
    ),
)

ADVERTISERS = (
    Guardrail(
        alert="AdvertisersLeaving",
        severity="ticket",
        series="advertisers_active",
        window="24h",
        condition=Against("<", 0.85),
        minutes=360,
        topics=("ad",),
        summary="Fewer advertisers spend than usual.",
        description=(
            f'{{{{ $labels.app }}}}: {{{{ printf "%.0f" $value }}}} advertisers in a day, under 85 % of '
            f"{_USUAL}."
        ),
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
        yields_to=("AdLoadOverCap",),
        summary="One viewer in twenty sees more ads per hour than the hard cap for the tail allows.",
        description=(
            "{{ $labels.app }} {{ $labels.surface }}: of the viewers with ten minutes of viewing, 5 % see "
            '{{ printf "%.0f" $value }} ads per hour or more, over the cap of 75.'
        ),
    ),
)

PAYOUT_DELAY = (
    Guardrail(
        alert="PayoutDelayHigh",
        severity="ticket",
        series="payout_delay_p95_seconds",
        window="1h",
        condition=Limit(">", 86_400),
        minutes=30,
        topics=("payout",),
        fact=True,
        summary="One payout in twenty arrives more than a day after it was due.",
        description='{{ $labels.app }}: 5 % of payouts took {{ printf "%.0f" $value }} s or more.',
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
            f"1 USD or more in a day, under 90 % of {_USUAL}."
        ),
    ),
)

CONVERSION = (
    Guardrail(
        alert="GifterConversionDrop",
        severity="ticket",
        series="gifter_conversion_ratio",
        window="1h",
        condition=Against("<", 0.75),
        minutes=30,
        guard=("live_viewers", 1_000),
        topics=("gift", "watch"),
        yields_to=("GiftValueDrop",),
        summary="Fewer of the live viewers give than usual.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of the live viewers of an hour gave, under "
            f"75 % of {_USUAL}."
        ),
    ),
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
        f"{_USUAL}."
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

VIEWERS = (
    Guardrail(
        alert="ActiveViewersDrop",
        severity="page",
        series="viewers_active",
        window="15m",
        condition=Against("<", 0.75),
        minutes=10,
        topics=("watch",),
        summary="Far fewer viewers are there than usual.",
        description=(
            '{{ $labels.app }}: {{ printf "%.0f" $value }} viewers in 15 minutes, under 75 % of '
            f"{_USUAL}."
        ),
    ),
)

ADOPTION = (
    Guardrail(
        alert="ToolAdoptionDrop",
        severity="ticket",
        series="creators_earning_from_tool",
        window="24h",
        condition=Against("<", 0.85),
        minutes=1_440,
        by=("app", "tool"),
        topics=("ad", "deal", "gift", "purchase", "reward"),
        summary="Fewer creators earn from a tool than usual.",
        description=(
            '{{ $labels.app }} {{ $labels.tool }}: {{ printf "%.0f" $value }} creators earned from '
            "it in a day, "
            f"under 85 % of {_USUAL}."
        ),
    ),
)
