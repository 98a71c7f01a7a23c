"""Guardrails of rules about somebody: catalogue FR1, FR3, FR5, FR7, FR11, CR3, VX9.

Each flagged identity is a case whatever the alert says; the alerts are about how many there are.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from creator_pulse.stream.catalog.conditions import Against, Limit
from creator_pulse.stream.catalog.declare import Guardrail

_USUAL = "the usual for this hour of the week"
_gift = partial(Guardrail, severity="ticket", topics=("gift",))

_COINS = Guardrail(
    alert="GiftVelocity",
    severity="page",
    series="gift_coins_velocity_viewers",
    window="10m",
    condition=Against(">", 4.0, floor=5, least=5),
    minutes=5,
    topics=("gift",),
    summary="Many viewers give faster than a person gives.",
    description=(
        '{{ $labels.app }}: {{ printf "%.0f" $value }} viewers are over 50,000 coins in 10 minutes; '
        "more than 5, "
        f"and over 4 times {_USUAL}."
    ),
)
VELOCITY = (
    _COINS,
    replace(
        _COINS,
        alert="GiftSendVelocity",
        series="gift_sends_velocity_viewers",
        window="1m",
        summary="Many viewers send more gifts in a minute than a person sends.",
        description=(
            '{{ $labels.app }}: {{ printf "%.0f" $value }} viewers sent over 60 gifts in a minute; '
            "more than 5, "
            f"and over 4 times {_USUAL}."
        ),
    ),
)

MINORS = (
    _gift(
        alert="SuspectedMinors",
        series="suspected_minor_viewers",
        window="24h",
        condition=Against(">", 1.5),
        minutes=60,
        summary="More viewers who are probably minors give much than usual.",
        description=(
            '{{ $labels.app }}: {{ printf "%.0f" $value }} viewers with a high age-model score gave '
            "over 1,000 "
            f"coins in a day, over 1.5 times {_USUAL}."
        ),
    ),
    _gift(
        alert="MinorClaimsHigh",
        series="minor_claims_per_1000_gifters",
        window="24h",
        condition=Against(">", 1.5),
        minutes=60,
        summary="More gifts are taken back as claimed for a minor than usual.",
        description=(
            '{{ $labels.app }}: {{ printf "%.1f" $value }} gifts of a day were taken back as claimed for a '
            "minor, "
            f"per 1,000 viewers who gave; over 1.5 times {_USUAL}."
        ),
    ),
)

WHALES = (
    _gift(
        alert="NewAccountWhales",
        series="new_account_whales",
        window="24h",
        condition=Against(">", 3.0, least=3),
        minutes=30,
        summary="More new accounts give like whales than usual.",
        description=(
            '{{ $labels.app }}: {{ printf "%.0f" $value }} accounts under 7 days old gave over '
            "10,000 coins in a "
            f"day, over 3 times {_USUAL}."
        ),
    ),
)

_RING = _gift(
    alert="GiftRings",
    series="gift_ring_creators",
    window="24h",
    condition=Against(">", 2.0, least=3),
    minutes=60,
    summary="More creators than usual are fed by a few young accounts.",
    description=(
        '{{ $labels.app }}: {{ printf "%.0f" $value }} creators had 90 % of over 100,000 coins from '
        "three young "
        f"accounts, over 2 times {_USUAL}."
    ),
)
RINGS = (
    _RING,
    *(
        replace(
            _RING,
            alert=f"GiftRing{what.capitalize()}s",
            series=f"gift_ring_{what}s",
            summary=f"More creators than usual get gifts of many viewers from one {what}.",
            description=(
                f'{{{{ $labels.app }}}}: {{{{ printf "%.0f" $value }}}} pairs of a creator and a '
                f"{what} had five "
                f"or more senders in a day, over 2 times {_USUAL}."
            ),
        )
        for what in ("device", "payment")
    ),
)

HYPE = (
    Guardrail(
        alert="HypeRefunds",
        severity="ticket",
        series="hype_refund_creators",
        window="24h",
        condition=Against(">", 2.0, least=3),
        minutes=360,
        topics=("purchase",),
        summary="More creators than usual sell what is sent back at once.",
        description=(
            '{{ $labels.app }}: {{ printf "%.0f" $value }} creators had half of 50 or more orders sent back '
            f"within a day, over 2 times {_USUAL}."
        ),
    ),
    Guardrail(
        alert="HypeRefundCohort",
        severity="ticket",
        series="hype_refund_cohort_creators",
        window="14d",
        condition=Against(">", 2.0, least=3),
        minutes=360,
        topics=("purchase",),
        summary="Of more creators than usual most of what they sold in two weeks came back.",
        description=(
            '{{ $labels.app }}: {{ printf "%.0f" $value }} creators had half of 50 or more orders of 14 '
            f"business days sent back so far, over 2 times {_USUAL}."
        ),
    ),
)

SINGLE_PAYER = (
    _gift(
        alert="SinglePayerDependence",
        series="single_payer_creators_ratio",
        window="24h",
        condition=Against(">", 2.0),
        minutes=360,
        summary="More creators than usual live on the gifts of one viewer.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of the panel creators who are watched had "
            "over 80 % of a "
            f"day's coins from one viewer, over 2 times {_USUAL}."
        ),
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
