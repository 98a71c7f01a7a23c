"""Guardrails of fraud and harm that single records prove: catalogue FR2, FR4, FR12, FR14."""

from __future__ import annotations

from functools import partial

from creator_pulse.stream.catalog.conditions import Limit
from creator_pulse.stream.catalog.declare import Guardrail

_gift = partial(Guardrail, topics=("gift",))

MINORS = (
    Guardrail(
        alert="MinorGift",
        severity="page",
        series="minor_gift_count",
        window="5m",
        condition=Limit(">", 0),
        minutes=0,
        topics=("gift", "wallet"),
        fact=True,
        summary="A viewer who is proven to be too young sent a gift or bought coins.",
        description=(
            '{{ $labels.app }}: {{ printf "%.0f" $value }} gifts and top-ups of proven minors in 5 minutes.'
        ),
    ),
)

MINOR_HOSTS = (
    _gift(
        alert="MinorHostGift",
        severity="page",
        series="minor_host_gift_count",
        window="5m",
        condition=Limit(">", 0),
        minutes=0,
        fact=True,
        summary="A host under 18 received a gift.",
        description='{{ $labels.app }}: {{ printf "%.0f" $value }} gifts to hosts under 18 in 5 minutes.',
    ),
)

CAPS = (
    _gift(
        alert="SpendCapBreached",
        severity="ticket",
        series="cap_breach_count",
        window="5m",
        condition=Limit(">", 0),
        minutes=0,
        fact=True,
        yields_to=("SpendCapsNotEnforced",),
        summary="A gift above the viewer's spending cap was accepted.",
        description='{{ $labels.app }}: {{ printf "%.0f" $value }} gifts above their cap in 5 minutes.',
    ),
    _gift(
        alert="SpendCapsNotEnforced",
        severity="page",
        series="cap_breach_count",
        window="15m",
        condition=Limit(">", 10),
        minutes=0,
        fact=True,
        summary="Spending caps are not enforced.",
        description='{{ $labels.app }}: {{ printf "%.0f" $value }} gifts above their cap in 15 minutes.',
    ),
)

_IVT = partial(
    Guardrail,
    series="ad_invalid_ratio",
    window="15m",
    guard=("ad_impressions_shown", 500),
    topics=("ad",),
    summary="Too many impressions come from machines.",
    description=(
        "{{ $labels.app }}: {{ $value | humanizePercentage }} of the impressions of 15 minutes are "
        "invalid traffic."
    ),
)
INVALID_TRAFFIC = (
    _IVT(alert="InvalidTrafficHigh", severity="page", condition=Limit(">", 0.1), minutes=10),
    _IVT(alert="InvalidTrafficHigh", severity="ticket", condition=Limit(">", 0.04), minutes=15),
)

PRECISION = (
    Guardrail(
        alert="RuleCriesWolf",
        severity="ticket",
        series="rule:pulse_case_precision:ratio7d",
        window="",
        condition=Limit("<", 0.3),
        minutes=15,
        by=("rule",),
        topics=("gift", "purchase"),
        summary="Most cases that a rule opens turn out to be nothing.",
        description=(
            "{{ $labels.rule }}: {{ $value | humanizePercentage }} of the cases closed in 7 days were "
            "confirmed."
        ),
    ),
)
