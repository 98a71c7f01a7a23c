"""Alerts on growth: GR1 to GR6, GR9 to GR11."""

from __future__ import annotations

from creator_pulse.stream.catalog.declaration.conditions import Against, Apart, Limit
from creator_pulse.stream.catalog.declaration.declare import Guardrail
from creator_pulse.stream.catalog.declaration.shorthand import USUAL

NEWCOMERS = (
    Guardrail(
        alert="NewEarnersDrop",
        severity="ticket",
        series="creators_new_ratio",
        window="24h",
        condition=Against("<", 0.7),
        minutes=1_440,
        # Of a hundred, 30 are three standard deviations; of a few begun creators any day may have half.
        guard=("creators_new", 100),
        guard_baseline=True,
        topics=("ad", "content", "deal", "gift", "purchase", "reward"),
        summary="Fewer creators earn for the first time than usual.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of the creators who earned in a day did so "
            "for the first time, below 0.7 times the usual for this hour of the week."
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
            f"under 85 % of {USUAL}."
        ),
    ),
)

CREATORS_KEPT = (
    Guardrail(
        alert="CreatorRetentionDrop",
        severity="ticket",
        series="creators_kept_ratio",
        window="day",
        condition=Apart(below=0.05),
        minutes=60,
        topics=("ad", "deal", "gift", "purchase", "reward"),
        summary="Fewer of the creators who earned a week ago earn again.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of the creators who earned on this day a "
            "week ago have earned today, over 5 points under the usual for this hour of the week."
        ),
    ),
)

VIEWERS_KEPT = (
    Guardrail(
        alert="PayerRetentionDrop",
        severity="ticket",
        series="viewers_kept_ratio",
        window="day",
        condition=Apart(below=0.05),
        minutes=60,
        topics=("gift", "purchase"),
        summary="Fewer of the viewers who paid a week ago pay again.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of the viewers who gave or ordered on this "
            "day a week ago have done so today, over 5 points under the usual for this hour of the week."
        ),
    ),
)

SMALL = (
    Guardrail(
        alert="SmallCreatorsShareDrop",
        severity="ticket",
        series="small_creator_ratio",
        window="24h",
        condition=Apart(below=0.05),
        minutes=1_440,
        # Of fewer a single deal, or a gift, is half of a day.
        guard=("creators_earning", 1_000),
        topics=("ad", "deal", "gift", "purchase", "reward"),
        summary="Creators with few followers earn a smaller part than usual.",
        description=(
            "{{ $labels.app }}: creators below 50,000 followers earned {{ $value | humanizePercentage }} of "
            "a day's net earnings, over 5 points under the usual for this hour of the week."
        ),
    ),
)

FUNNEL = (
    Guardrail(
        alert="FunnelNarrows",
        severity="ticket",
        series="funnel_creators_ratio",
        window="24h",
        condition=Against("<", 0.8),
        minutes=360,
        by=("app", "tool", "step"),
        guard=("funnel_creators", 100),
        guard_baseline=True,
        topics=("ad", "content", "deal", "engagement", "gift", "payout", "purchase", "reward"),
        summary="Fewer creators come to a step of a tool's funnel than usual.",
        description=(
            "{{ $labels.app }} {{ $labels.tool }}: {{ $value | humanizePercentage }} of the creators of the "
            f"step before came to {{{{ $labels.step }}}} in a day, under 80 % of {USUAL}."
        ),
    ),
)

SHRINKING = (
    Guardrail(
        alert="EarningsShrink",
        severity="ticket",
        series="creator_earnings_week_on_week_ratio",
        window="yesterday",
        condition=Limit("<", 0.85),
        minutes=60,
        guard=("creator_earnings_week_before_usd", 1_000),
        topics=("ad", "deal", "gift", "purchase", "reward"),
        summary="Creators earned far less on a whole day than a week before.",
        description=(
            "{{ $labels.app }}: net creator earnings of the last whole day are "
            "{{ $value | humanizePercentage }} of those of the same day a week before, under 85 %."
        ),
    ),
)

FEWER = (
    Guardrail(
        alert="PayersShrink",
        severity="ticket",
        series="viewers_paying_week_on_week_ratio",
        window="yesterday",
        condition=Limit("<", 0.9),
        minutes=60,
        guard=("viewers_paying_yesterday", 500),
        topics=("gift", "purchase"),
        hurts=("creators", "platform"),
        summary="Fewer viewers paid on a whole day than a week before.",
        description=(
            "{{ $labels.app }}: the viewers who paid on the last whole day are "
            "{{ $value | humanizePercentage }} of those of the same day a week before, under 90 %."
        ),
    ),
)

AWAY = (
    Guardrail(
        alert="AudienceShrinks",
        severity="ticket",
        series="viewing_week_on_week_ratio",
        window="yesterday",
        condition=Limit("<", 0.9),
        minutes=60,
        # A thousand hours: of few viewers a tenth stays away by chance.
        guard=("viewing_week_before_seconds", 3_600_000),
        topics=("watch",),
        hurts=("creators", "advertisers", "platform"),
        summary="Viewers watched clearly less on a whole day than a week before.",
        description=(
            "{{ $labels.app }}: viewing time of the last whole day is {{ $value | humanizePercentage }} of "
            "that of the same day a week before, under 90 %."
        ),
    ),
)
