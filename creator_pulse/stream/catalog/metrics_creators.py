"""Whether creators get what they are owed."""

from __future__ import annotations

from creator_pulse.stream.catalog import guardrails_creators as guard
from creator_pulse.stream.catalog.declare import Metric
from creator_pulse.stream.catalog.measures_dated import dated
from creator_pulse.stream.catalog.shorthand import share, usd

_REVERSED = {
    "gift_reversed_usd": 1,
    "ad_reversed_usd": 1,
    "commission_refunded_usd": 1,
    "commission_cancelled_usd": 1,
}
_DATED = {dated(name): 1 for name in _REVERSED}
_EARNED = {"creator_gift_usd": 1, "creator_ad_usd": 1, "commission_usd": 1}
_AD_KEPT = {"ad_eligible_usd": 1, "creator_ad_usd": -1}

LEAST = {
    "gift": ("gift_count", 500),
    "ad": ("ad_valid_impressions", 2_000),
    "commerce": ("order_count", 1_000),
}
"""Tool -> the value that counts its records, and how many an hour must hold."""
_BASE = {"gift": "gift_booked_value_usd", "ad": "ad_eligible_value_usd", "commerce": "order_value_usd"}
"""Tool -> the value that a take rate is a part of."""


def _gap(tool: str) -> dict[str, str]:
    """Recorded series: what the contracts give, weighted by region, and how far the books are off."""
    value = f'max by (app, region) (pulse_{_BASE[tool]}{{window="1h",state="provisional"}})'
    contracted = f'max by (app, region) (pulse_contracted_take_ratio{{tool="{tool}"}})'
    name, least = LEAST[tool]
    return {
        f"app:pulse_{tool}_contracted_take_ratio:1h": (
            f"sum by (app) (\n{value}\n* {contracted}\n)\n/ (sum by (app) ({value}) > 0)"
        ),
        f"app:pulse_{tool}_take_gap:1h": (
            f"app:pulse_{tool}_take_ratio:1h - app:pulse_{tool}_contracted_take_ratio:1h\n"
            f"and app:pulse_{name}:1h >= {least}"
        ),
    }


CR6 = Metric(
    id="CR6",
    title="Take rate",
    question="Does the platform keep what the contracts say, and no more?",
    tier="guardrail",
    tool="all",
    stakeholders=("creators", "platform"),
    unit="ratio",
    formula=(
        "gifts: 1 - booked creator share / booked net value; ads: 1 - creators' share / revenue of "
        "impressions that carry a share; commerce: referral fees / GMV; deals: 0"
    ),
    source="contract section 3 (gift take rate); catalogue CR6",
    note=(
        "Booked amounts, not our own tables, so that a wrong table shows. Contracts are `take_rate` of the "
        "reference topic; a deal has no platform share in its records, so its rate is 0 by contract only."
    ),
    recorded=_gap("gift") | _gap("ad") | _gap("commerce"),
    values=(
        usd("gift_booked_value_usd", "gift_booked_net_usd", "1h", "booked net value of gifts"),
        usd("gift_kept_usd", "gift_platform_usd", "1h 24h", "what the platform keeps of gifts"),
        share(
            "gift_take_ratio", ("gift_platform_usd", "gift_booked_net_usd"), "1h", "kept share of gift value"
        ),
        usd("ad_eligible_value_usd", "ad_eligible_usd", "1h", "revenue of impressions with a share"),
        usd("ad_eligible_kept_usd", _AD_KEPT, "1h", "what the platform keeps of it"),
        share("ad_take_ratio", (_AD_KEPT, "ad_eligible_usd"), "1h", "kept share of shared ad revenue"),
        usd("commerce_fee_usd", "commerce_platform_usd", "1h 24h", "referral fees"),
        share("commerce_take_ratio", ("commerce_platform_usd", "gmv_usd"), "1h", "referral fees / GMV"),
    ),
    guardrails=guard.TAKE_RATES,
)

CR7 = Metric(
    id="CR7",
    title="Reversals",
    question="How much of their earnings is taken back from creators?",
    tier="guardrail",
    tool="all",
    stakeholders=("creators",),
    unit="ratio",
    formula=(
        "reversed creator earnings / gross creator earnings: each by its own time in 24 h; of what was "
        "earned in 14 business days, what has been reversed of it so far"
    ),
    source="catalogue CR7",
    note="Of gifts, ads and commerce. The cohort of 14 days goes on rising for 14 days after its end.",
    values=(
        usd("creator_reversed_usd", _REVERSED, "24h", "creator earnings taken back"),
        usd("creator_gross_usd", _EARNED, "24h 14d", "creator earnings before reversals"),
        share("creator_reversal_ratio", (_REVERSED, _EARNED), "24h", "reversed / gross creator earnings"),
        usd("creator_cohort_reversed_usd", _DATED, "14d", "taken back so far of what was earned"),
        share(
            "creator_cohort_reversal_ratio",
            (_DATED, _EARNED),
            "14d",
            "taken back so far / gross creator earnings, of what was earned",
        ),
    ),
    guardrails=guard.REVERSALS,
)

METRICS = (CR6, CR7)
