"""Alerts on engagement: EN1, EN3."""

from __future__ import annotations

from functools import partial

from creator_pulse.stream.catalog.declaration.conditions import Against, Apart
from creator_pulse.stream.catalog.declaration.declare import Guardrail
from creator_pulse.stream.catalog.declaration.shorthand import USUAL

_ticket = partial(Guardrail, severity="ticket", window="1h", minutes=60)

ENGAGEMENT = (
    _ticket(
        alert="EngagementDrop",
        series="engagements_per_viewing_hour",
        condition=Against("<", 0.7),
        by=("app", "surface"),
        guard=("engagement_count", 1_000),
        guard_baseline=True,
        topics=("engagement", "watch"),
        summary="Viewers like, comment and share clearly less than usual.",
        description=(
            '{{ $labels.app }} {{ $labels.surface }}: {{ printf "%.1f" $value }} likes, comments and shares '
            f"per viewing hour, under 70 % of {USUAL}."
        ),
    ),
)

COMPLETION = (
    _ticket(
        alert="CompletionDrop",
        series="video_completion_ratio",
        condition=Apart(below=0.05),
        guard=("video_view_count", 5_000),
        topics=("engagement",),
        summary="Fewer videos are watched to the end than usual.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of the videos begun in an hour "
            "were watched to the end, over 5 points under the usual for this hour of the week."
        ),
    ),
)
