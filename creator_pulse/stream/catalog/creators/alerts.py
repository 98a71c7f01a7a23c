"""Alerts on the earnings of creators and the money owed to them: CR1 to CR10."""

from __future__ import annotations

from functools import partial

from creator_pulse.stream.catalog.declaration.conditions import Against, Apart, Limit, Range
from creator_pulse.stream.catalog.declaration.declare import Guardrail
from creator_pulse.stream.catalog.declaration.evidence_alert import alert_on, page
from creator_pulse.stream.catalog.declaration.shorthand import USUAL

# Pure arithmetic on booked amounts, so a tight band is safe.
_BAND = Range(-0.02, 0.02)

_rate = partial(
    Guardrail,
    severity="page",
    window="",
    condition=_BAND,
    minutes=10,
)

_GAP = "of an hour is {{ $value | humanizePercentage }} off the contracts"
_gift_ticket = partial(Guardrail, severity="ticket", topics=("gift",))

_PAYOUT = partial(
    Guardrail,
    severity="page",
    series="payout_failure_ratio",
    window="1h",
    topics=("payout",),
    description=("{{ $labels.app }}: {{ $value | humanizePercentage }} of the payouts of an hour failed."),
)

FALLEN = (
    Guardrail(
        alert="CreatorsFallen",
        severity="page",
        hours="day",
        series="creators_fallen_ratio",
        window="24h",
        condition=Against(">", 2, least=0.1),
        minutes=60,
        topics=("ad", "deal", "gift", "purchase", "reward", "watch"),
        summary="Many creators earn less than half of their usual day, all at once.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of the largest creators earned less than "
            "half of their own median day in 24 hours, over 10 % and twice the usual."
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
            f"1 % of creators, over 5 percentage points more than {USUAL}."
        ),
    ),
)

SINGLE_PAYER = (
    _gift_ticket(
        alert="SinglePayerDependence",
        series="single_payer_creators_ratio",
        window="24h",
        condition=Against(">", 2.0),
        minutes=360,
        summary="More creators than usual live on the gifts of one viewer.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of the panel creators who are watched had "
            "over 80 % of a "
            f"day's coins from one viewer, over 2 times {USUAL}."
        ),
    ),
)

PAYOUTS = (
    alert_on(
        "PayoutsFailing",
        page("payouts_failed", "rise"),
        "page",
        "More payouts fail than usual.",
        "failed payouts",
        topics=("payout",),
    ),
    alert_on(
        "PayoutsDown",
        page("payouts", "fall"),
        "page",
        "Far fewer payouts arrive than usual.",
        "payouts that arrive",
        topics=("payout",),
        # What fails does not arrive: the failures say why.
        yields_to=("PayoutsFailing",),
        page_with="PayoutsFailing",
    ),
)

OVERDUE_PAYOUTS = (
    Guardrail(
        alert="PayoutsStuck",
        severity="page",
        hours="day",
        series="app:pulse_oldest_due_payout_seconds:max",
        window="",
        condition=Limit(">", 259_200),
        minutes=15,
        topics=("payout",),
        fact=True,
        summary="A payout has been due for over three days.",
        description='{{ $labels.app }}: the oldest payout is {{ printf "%.0f" $value }} seconds overdue.',
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

TAKE_RATES = (
    _rate(
        alert="GiftTakeRateOff",
        series="app:pulse_gift_take_gap:1h",
        topics=("gift",),
        tool="gift",
        summary="The platform keeps another part of gifts than the contracts say.",
        description=f"{{{{ $labels.app }}}}: the kept part of the net value of the gifts {_GAP}.",
    ),
    _rate(
        alert="AdTakeRateOff",
        series="app:pulse_ad_take_gap:1h",
        topics=("ad",),
        tool="ad",
        summary="The platform keeps another part of shared ad revenue than the contracts say.",
        description=f"{{{{ $labels.app }}}}: the kept part of the ad revenue that is shared {_GAP}.",
    ),
    _rate(
        alert="CommerceTakeRateOff",
        series="app:pulse_commerce_take_gap:1h",
        topics=("purchase",),
        tool="commerce",
        summary="The platform keeps another part of sales than the contracts say.",
        description=f"{{{{ $labels.app }}}}: the referral fee of the sales {_GAP}.",
    ),
)

REVERSALS = (
    Guardrail(
        alert="ReversalsHigh",
        severity="ticket",
        series="creator_reversal_ratio",
        window="24h",
        condition=Against(">", 2),
        minutes=60,
        topics=("ad", "gift", "purchase"),
        yields_to=("RefundWave",),
        summary="Far more of creators' earnings is taken back than usual.",
        description=(
            "{{ $labels.app }}: {{ $value | humanizePercentage }} of creators' gross earnings of a day "
            "were taken back, over twice the usual for this hour of the week."
        ),
    ),
)

OVERDUE_DEALS = (
    Guardrail(
        alert="DealsOverdue",
        severity="ticket",
        series="state:pulse_overdue_deals:sum",
        window="",
        condition=Against(">", 1.5, least=10),
        minutes=1_440,
        by=("state",),
        topics=("deal",),
        summary="More deals than usual wait too long for review or payment.",
        description=(
            '{{ $labels.state }}: {{ printf "%.0f" $value }} deals are overdue, over 10 and over 1.5 times '
            f"{USUAL}."
        ),
    ),
)

LEAST_ENROLLED = 1_000
"""Enrolled creators below which a share of them says nothing."""

SUSPENSIONS = (
    Guardrail(
        alert="SuspensionsHigh",
        severity="page",
        series="app_tool:pulse_suspended_creators_ratio:increase1h",
        window="",
        condition=Against(">", 3, least=0.005),
        minutes=10,
        by=("app", "tool"),
        topics=("content",),
        summary="Far more creators are suspended from a tool than usual.",
        description=(
            "{{ $labels.app }} {{ $labels.tool }}: {{ $value | humanizePercentage }} of the enrolled "
            "creators were suspended in an hour, over 3 times the usual and over 0.5 %."
        ),
    ),
)

LIABILITY = (
    Guardrail(
        alert="LiabilityHigh",
        severity="ticket",
        # Of a day's earnings, as the growth itself is about 0, and below it, where payouts keep up.
        series="app_tool:pulse_creator_owed_growth_ratio:24h",
        window="",
        condition=Against(">", 1.3, least=0.3),
        minutes=1_440,
        by=("app", "tool"),
        topics=("ad", "deal", "gift", "payout", "purchase", "reward"),
        yields_to=("PayoutsDown", "PayoutsFailing"),
        summary="Money that is owed to creators piles up.",
        description=(
            "{{ $labels.app }} {{ $labels.tool }}: in a day the money owed grew by "
            "{{ $value | humanizePercentage }} of what was earned in it, over 30 % and over 1.3 times "
            f"{USUAL}."
        ),
    ),
)

USUAL_EARNINGS = (
    Guardrail(
        alert="UsualEarningsDrop",
        severity="ticket",
        series="creator_earnings_p50_usd",
        window="24h",
        condition=Against("<", 0.7),
        minutes=360,
        guard=("creators_earning", 1_000),
        topics=("ad", "deal", "gift", "purchase", "reward"),
        summary="A usual creator earns far less than usual.",
        description=(
            '{{ $labels.app }}: half of the creators who earned have {{ printf "%.2f" $value }} USD of a day '
            f"or less, under 70 % of {USUAL}."
        ),
    ),
)
