"""Guardrails of what creators are owed and of what they earn: catalogue CR1, CR6, CR7."""

from __future__ import annotations

from functools import partial

from creator_pulse.stream.catalog.conditions import Against, Range
from creator_pulse.stream.catalog.declare import Guardrail

_BAND = Range(-0.02, 0.02)
"""Pure arithmetic on booked amounts, so a tight band is safe."""

_rate = partial(
    Guardrail,
    severity="page",
    window="",
    condition=_BAND,
    minutes=10,
)

_GAP = "of an hour is {{ $value | humanizePercentage }} off the contracts"
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

FALLEN = (
    Guardrail(
        alert="CreatorsFallen",
        severity="page",
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
