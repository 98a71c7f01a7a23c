"""Guardrails of growth and brand safety: catalogue AV3, GR6."""

from __future__ import annotations

from stream.catalog.conditions import Apart, Limit
from stream.catalog.declare import Guardrail

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
