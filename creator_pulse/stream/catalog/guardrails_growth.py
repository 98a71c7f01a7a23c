"""Guardrails of growth and brand safety: catalogue AV3, GR1, GR3, GR4, GR6."""

from __future__ import annotations

from creator_pulse.stream.catalog.conditions import Against, Apart, Limit
from creator_pulse.stream.catalog.declare import Guardrail

SAFETY = (
    Guardrail(
        alert="AdsBesideRemovedContent",
        severity="page",
        series="ad_unsafe_ratio",
        window="1h",
        condition=Limit(">", 0.001),
        minutes=15,
        guard=("ad_impressions_shown", 14_500),
        topics=("ad", "content"),
        summary="Ads ran beside content that had to be removed.",
        description=(
            "{{ $labels.app }}: impressions beside content that was removed in an hour are "
            "{{ $value | humanizePercentage }} of all."
        ),
        impact="Advertisers find their brand beside what nobody should see, and leave.",
        diagnosis=(
            "See the reasons of the removals, and whether they are one campaign of uploads.",
            "See how long the content was up before it was removed.",
        ),
        mitigation="Limit ads to reviewed content; tell the advertisers concerned.",
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
        topics=("ad", "deal", "gift", "purchase", "reward"),
        summary="Creators with few followers earn a smaller part than usual.",
        description=(
            "{{ $labels.app }}: creators below 50,000 followers earned {{ $value | humanizePercentage }} of "
            "a day's net earnings, over 5 points under the usual for this hour of the week."
        ),
        impact="The funnel of new creators dries up; income gathers with a few.",
        diagnosis=(
            "See which tool carries it.",
            "Look for a release of ranking.",
            "See whether a few large gifts or deals made the day.",
        ),
        mitigation="Take the change of ranking back.",
    ),
)

NEWCOMERS = (
    Guardrail(
        alert="NewEarnersDrop",
        severity="ticket",
        series="creators_new_ratio",
        window="24h",
        condition=Against("<", 0.7),
        minutes=1_440,
        topics=("ad", "content", "deal", "gift", "purchase", "reward"),
        summary="Fewer creators earn for the first time than usual.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of the creators who earned in a day did so "
            "for the first time, below 0.7 times the usual for this hour of the week."
        ),
        impact="The way into earning money broke; growth ends with those who are in already.",
        diagnosis=(
            "See whether creators still become eligible and enrol (GR8).",
            "See which tool lost its beginners (GR2).",
            "See whether enrolments carry first_earned_time (PL14).",
        ),
        mitigation="Take back the change of the rules of admission, or mend the enrolment.",
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
        impact="Creators give up, or a tool no longer pays some of them.",
        diagnosis=(
            "See which tool lost creators (GR2).",
            "See whether suspensions rose (CR9).",
            "See whether their viewers stayed away (GR4, VX8).",
        ),
        mitigation="Take back what keeps them from earning; speak to those who left.",
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
        impact="Income rests on ever new payers; those who had paid were disappointed, or cannot pay.",
        diagnosis=(
            "See whether top-ups and checkouts succeed (GI7, EC6).",
            "See whether refunds rose (FR10).",
            "See whether viewers as such stayed away (VX8).",
        ),
        mitigation="Mend the payment; take back what drove them away.",
    ),
)
