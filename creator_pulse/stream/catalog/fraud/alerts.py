"""Alerts on fraud and harm: FR1 to FR15.

Each flagged identity is a case whatever the alert says; the alerts are about how many there are.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from creator_pulse.stream.catalog.declaration.conditions import Against, Apart, Limit, Unusual
from creator_pulse.stream.catalog.declaration.declare import Guardrail
from creator_pulse.stream.catalog.declaration.evidence_alert import alert_on, page
from creator_pulse.stream.catalog.declaration.shorthand import USUAL
from creator_pulse.stream.catalog.declaration.signals import PAGE_SCORE

_purchase_ticket = partial(Guardrail, severity="ticket", topics=("purchase",))

_DISPUTED = Guardrail(
    alert="DisputeRatioHigh",
    severity="page",
    hours="day",
    series="card_dispute_ratio",
    window="24h",
    condition=Limit(">", 0.009),
    minutes=60,
    guard=("card_settled_count", 5_500),
    topics=("purchase",),
    summary="Too many card payments are disputed or reported as fraud.",
    description=(
        "{{ $labels.app }}: disputes and fraud reports of a day are {{ $value | humanizePercentage }} of "
        "its settled card payments."
    ),
)

_DISPUTED_MONTH = replace(
    _DISPUTED,
    alert="DisputeMonthHigh",
    window="mtd",
    summary="This month so far, too many card payments are disputed or reported as fraud.",
    description="{{ $labels.app }}: {{ $value | humanizePercentage }} of the card payments of this month.",
)

_gift_ticket = partial(Guardrail, severity="ticket", topics=("gift",))

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
        f"and over 4 times {USUAL}."
    ),
)

_RING = _gift_ticket(
    alert="GiftRings",
    series="gift_ring_creators",
    window="24h",
    condition=Against(">", 2.0, least=3),
    minutes=60,
    summary="More creators than usual are fed by a few young accounts.",
    description=(
        '{{ $labels.app }}: {{ printf "%.0f" $value }} creators had 90 % of over 100,000 coins from '
        "three young "
        f"accounts, over 2 times {USUAL}."
    ),
)

_gift = partial(Guardrail, topics=("gift",))

_IVT = partial(
    Guardrail,
    series="ad_invalid_ratio",
    window="15m",
    # At 1.5 % 500 have 7.5 on average; over 20 (4 %) come by chance 3 times in 10^5 (binomial).
    guard=("ad_impressions_shown", 500),
    topics=("ad",),
    summary="Too many impressions come from machines.",
    description=(
        "{{ $labels.app }}: {{ $value | humanizePercentage }} of the impressions of 15 minutes are "
        "invalid traffic."
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
            f"and over 4 times {USUAL}."
        ),
    ),
)

MINOR_GIFTS = (
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
    Guardrail(
        alert="AgeUnknown",
        severity="ticket",
        series="unknown_age_count",
        window="5m",
        condition=Limit(">", 0),
        minutes=0,
        topics=("gift", "wallet"),
        fact=True,
        summary="Ages come in words that nobody listed, so gifts by and to minors may pass unseen.",
        description=(
            '{{ $labels.app }}: {{ printf "%.0f" $value }} gifts and top-ups of 5 minutes tell an age in a '
            "word that is not on the contract's list."
        ),
    ),
)

SUSPECTED_MINORS = (
    _gift_ticket(
        alert="SuspectedMinors",
        series="suspected_minor_viewers",
        window="24h",
        condition=Against(">", 1.5),
        minutes=60,
        summary="More viewers who are probably minors give much than usual.",
        description=(
            '{{ $labels.app }}: {{ printf "%.0f" $value }} viewers with a high age-model score gave '
            "over 1,000 "
            f"coins in a day, over 1.5 times {USUAL}."
        ),
    ),
    _gift_ticket(
        alert="MinorClaimsHigh",
        series="minor_claims_per_1000_gifters",
        window="24h",
        condition=Against(">", 1.5),
        minutes=60,
        summary="More gifts are taken back as claimed for a minor than usual.",
        description=(
            '{{ $labels.app }}: {{ printf "%.1f" $value }} gifts of a day were taken back as claimed for a '
            "minor, "
            f"per 1,000 viewers who gave; over 1.5 times {USUAL}."
        ),
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

WHALES = (
    _gift_ticket(
        alert="NewAccountWhales",
        series="new_account_whales",
        window="24h",
        condition=Against(">", 3.0, least=3),
        minutes=30,
        summary="More new accounts give like whales than usual.",
        description=(
            '{{ $labels.app }}: {{ printf "%.0f" $value }} accounts under 7 days old gave over '
            "10,000 coins in a "
            f"day, over 3 times {USUAL}."
        ),
    ),
)

RECIPROCAL = (
    Guardrail(
        alert="ReciprocalGiftsHigh",
        severity="ticket",
        series="gift_reciprocal_ratio",
        window="7d",
        condition=Against(">", 3),
        minutes=360,
        topics=("gift",),
        summary="More coins than usual flow both ways between the same accounts.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of the coins of 7 days came back to who "
            "had given them, over 3 times the usual."
        ),
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
                f"or more senders in a day, over 2 times {USUAL}."
            ),
        )
        for what in ("device", "payment")
    ),
)

STRUCTURING = (
    Guardrail(
        alert="GiftStructuring",
        severity="ticket",
        series="structuring_pairs",
        window="1h",
        condition=Against(">", 3.0, least=3),
        minutes=60,
        topics=("gift", "content"),
        summary="More viewers than usual send many equal gifts into empty, silent rooms.",
        description=(
            '{{ $labels.app }}: {{ printf "%.0f" $value }} viewers sent over 20 equal gifts in an hour to a '
            "room with under 5 viewers and no chat, over 3 times the usual for this hour of the week."
        ),
    ),
)

DISPUTES = tuple(
    form
    for page in (_DISPUTED, _DISPUTED_MONTH)
    for form in (page, replace(page, severity="ticket", condition=Limit(">", 0.005)))
)

REFUNDS = (
    alert_on(
        "RefundWave",
        page("refunds", "rise"),
        "page",
        "Far more orders are taken back than usual.",
        "refunded orders",
        topics=("purchase",),
        hurts=("creators", "viewers", "platform"),
    ),
    _purchase_ticket(
        alert="RefundRatioHigh",
        series="refund_ratio",
        window="24h",
        condition=Apart(above=0.05),
        minutes=360,
        guard=("order_count", 1_000),
        yields_to=("RefundWave",),
        summary="A larger part of sales is paid back than usual.",
        description=(
            "{{ $labels.app }}: refunds and cancellations of a day are {{ $value | humanizePercentage }} of "
            f"its sales, over 5 points above {USUAL}."
        ),
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
            f"within a day, over 2 times {USUAL}."
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
            f"business days sent back so far, over 2 times {USUAL}."
        ),
    ),
)

INVALID_TRAFFIC = (
    _IVT(alert="InvalidTrafficHigh", severity="page", condition=Limit(">", 0.1), minutes=5),
    alert_on(
        "InvalidTrafficHigh",
        Unusual("impressions_invalid", "rise", PAGE_SCORE),
        "ticket",
        "More impressions come from machines than usual.",
        "impressions of machines",
        topics=("ad",),
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
