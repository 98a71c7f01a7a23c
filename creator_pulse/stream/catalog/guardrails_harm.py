"""Guardrails of fraud and harm that single records prove: catalogue FR2, FR4, FR12, FR14."""

from __future__ import annotations

from functools import partial

from creator_pulse.stream.catalog.conditions import Limit
from creator_pulse.stream.catalog.declare import Guardrail

_gift = partial(Guardrail, topics=("gift",))
_AGES = (
    "Find the records in the gift topic: age fields and region say which rule they break.",
    "See whether one app, region or client release carries them.",
    "See when the age check of the gift service was last released.",
)

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
        impact="A child spent money that it must not spend; the law is broken.",
        diagnosis=_AGES,
        mitigation="Block gifts of the accounts, pay the coins back, and repair the age check.",
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
        impact="A child is live and is paid for it; the law is broken.",
        diagnosis=_AGES,
        mitigation="End the live rooms, pay the coins back, and repair the check of hosts.",
    ),
)

_CAPS = (
    "Find the records in the gift topic: compare unit_coins x repeat_count with the cap they carry.",
    "See whether streaks are checked as a whole, and not gift by gift.",
    "See whether one app, region or client release carries them.",
)
_CAP_IMPACT = "Viewers spend more than they, or the law, allow."
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
        impact=_CAP_IMPACT,
        diagnosis=_CAPS,
        mitigation="Pay back what is over the cap, and repair the check.",
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
        impact=_CAP_IMPACT,
        diagnosis=_CAPS,
        mitigation="Roll back the gift service; pay back what is over the caps.",
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
    impact="Machines are not billed, but they take the place of people, and what is not found is billed.",
    diagnosis=(
        "See which region and which class, general or sophisticated, carries them.",
        "Look for few devices, sessions or creators behind many impressions.",
        "Compare ad revenue: it must not have risen with them.",
    ),
    mitigation="Block the source; check that none of it was billed.",
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
        impact="Reviewers lose their time, and stop to look.",
        diagnosis=(
            "Read the evidence of rejected cases: what do they have in common?",
            "See whether the rule's bounds were fitted to this product.",
        ),
        mitigation="Raise the bounds of the rule.",
    ),
)
