"""Metrics of rules about somebody: how many meet one; who it is becomes a case, but for CR3 and VX9."""

from __future__ import annotations

from creator_pulse.stream.aggregates import Dependent, Each, Flagged, Per
from creator_pulse.stream.aggregates.rules import Above, FewPartners, ManyPartners, YoungPartners
from creator_pulse.stream.catalog import guardrails_flagged as guard
from creator_pulse.stream.catalog.declare import Metric, Ratio, Sum, Value
from creator_pulse.stream.catalog.measures_dated import RETURNS, dated
from creator_pulse.stream.catalog.metrics_kept import EARNING, WATCHED
from creator_pulse.stream.catalog.values_spread import APP

_BACK = Sum({"order_cancelled_by_creator": 1, "order_refunded_by_creator": 1})
_DATED = Sum({dated(name): 1 for name in RETURNS})
_ORDERS = Sum({"orders_by_creator": 1})
_GIVEN = Each(("viewer_id",), Sum({"gifter_coins": 1}))


def _flagged(name: str, rule: Flagged, window: str, text: str) -> Value:
    unit = "percentunit" if rule.share else "short"
    return Value(name, rule, unit, (window,), text, APP)


def _over(by: str, measure: str, bound: int) -> Flagged:
    return Flagged((by,), (Above(Sum({measure: 1}), bound),))


FR1 = Metric(
    id="FR1",
    title="Gift velocity",
    question="Does somebody give faster than a person gives?",
    tier="guardrail",
    tool="gift",
    stakeholders=("platform", "viewers"),
    unit="viewers",
    formula="viewers with over 50,000 coins in 10 minutes; viewers with over 60 gifts in a minute",
    source="catalogue FR1: account takeover or card testing; a streak is one gift",
    values=(
        _flagged(
            "gift_coins_velocity_viewers",
            _over("viewer_id", "gifter_coins", 50_000),
            "10m",
            "viewers with over 50,000 coins",
        ),
        _flagged(
            "gift_sends_velocity_viewers",
            _over("viewer_id", "gifter_sends", 60),
            "1m",
            "viewers with over 60 gifts",
        ),
    ),
    guardrails=guard.VELOCITY,
    note="Two values, as the two bounds have windows of their own: who breaks both is in both.",
)

FR3 = Metric(
    id="FR3",
    title="Suspected minors",
    question="Do viewers give who are probably too young?",
    tier="guardrail",
    tool="gift",
    stakeholders=("viewers", "platform"),
    unit="viewers",
    formula=(
        "viewers with over 1,000 coins of gifts with an age-model score of 0.8 or more in 24 h; gifts taken "
        "back in 24 h as claimed for a minor, per 1,000 viewers who gave"
    ),
    source="catalogue FR3; the score's bound is ours",
    values=(
        _flagged(
            "suspected_minor_viewers",
            _over("viewer_id", "minor_coins", 1_000),
            "24h",
            "viewers with a high age-model score and over 1,000 coins",
        ),
        Value(
            "minor_claims_per_1000_gifters",
            Per(_GIVEN, of=Sum({"minor_claims": 1}), factor=1_000),
            "short",
            ("24h",),
            "gifts taken back as claimed for a minor, per 1,000 viewers who gave",
            APP,
        ),
    ),
    guardrails=guard.MINORS,
    note="A claim counts when it comes, by its own time; the gift may be older than the window.",
)

FR5 = Metric(
    id="FR5",
    title="New-account whales",
    question="Do accounts of a few days give like whales?",
    tier="guardrail",
    tool="gift",
    stakeholders=("platform",),
    unit="viewers",
    formula="viewers with over 10,000 coins in 24 h from an account younger than 7 days",
    source="catalogue FR5: stolen cards",
    values=(
        _flagged(
            "new_account_whales",
            _over("viewer_id", "newcomer_coins", 10_000),
            "24h",
            "viewers with an account under 7 days old and over 10,000 coins",
        ),
    ),
    guardrails=guard.WHALES,
)

FR7 = Metric(
    id="FR7",
    title="Gift rings",
    question="Do a few made-up accounts feed one creator?",
    tier="guardrail",
    tool="gift",
    stakeholders=("platform",),
    unit="creators; creator-device pairs; creator-card pairs",
    formula=(
        "24 h: creators whose top 3 senders gave over 90 % of over 100,000 coins, with a median account age "
        "under 30 days; creators with 5 or more senders on one device; the same on one payment"
    ),
    source="catalogue FR7: laundering, self-gifting",
    values=(
        _flagged(
            "gift_ring_creators",
            Flagged(
                ("creator_id",),
                (
                    Above(Sum({"pair_coins": 1}), 100_000),
                    FewPartners("pair_coins", 3, 90),
                    YoungPartners("pair_age_days", "pair_aged_gifts", 30),
                ),
            ),
            "24h",
            "creators fed by three young accounts",
        ),
        *(
            _flagged(
                f"gift_ring_{what}s",
                Flagged(("creator_id", label), (ManyPartners(f"ring_{label}_gifts", 5),)),
                "24h",
                f"creators with five or more senders on one {what}",
            )
            for what, label in (("device", "device_hash"), ("payment", "payment_hash"))
        ),
    ),
    guardrails=guard.RINGS,
)

FR11 = Metric(
    id="FR11",
    title="Hype-refund creators",
    question="Do creators sell what is sent back at once?",
    tier="guardrail",
    tool="commerce",
    stakeholders=("advertisers", "platform"),
    unit="creators",
    formula=(
        "24 h: creators with 50 or more orders, over half as many cancelled or refunded 1 h to 24 "
        "h after the order; 14 business days: of whose orders of these days as many were sent back so far"
    ),
    source="catalogue FR11: faked GMV; the first hour is the buyer's hold",
    values=(
        _flagged(
            "hype_refund_creators",
            Flagged(("creator_id",), (Above(_ORDERS, 49), Above(Ratio(_BACK, _ORDERS, 100), 50))),
            "24h",
            "creators with 50 or more orders, over half of them sent back",
        ),
        _flagged(
            "hype_refund_cohort_creators",
            Flagged(
                ("creator_id",), (Above(_ORDERS, 49), Above(Ratio(_DATED, _ORDERS, 100), 50)), cases=False
            ),
            "14d",
            "creators with 50 or more orders, over half of them sent back so far",
        ),
    ),
    guardrails=guard.HYPE,
    note=(
        "24 h is a flow: what was sent back in the window by what was sold in it; 14 days are a cohort, "
        "whose cases are those of 24 h."
    ),
)

CR3 = Metric(
    id="CR3",
    title="Single-payer dependence",
    question="How many creators live on one viewer?",
    tier="guardrail",
    tool="gift",
    stakeholders=("creators",),
    unit="ratio",
    formula=(
        "of the panel of CR1: share of those with over 80 % of their coins of 24 h from one viewer; who has "
        "no coins depends on nobody"
    ),
    source="catalogue CR3; decided: the panel is that of CR1, with those who are watched and get no coins",
    values=(
        Value(
            "single_payer_creators_ratio",
            Dependent(EARNING, active=WATCHED, on=FewPartners("pair_coins", 1, 80)),
            "percentunit",
            ("24h",),
            "panel creators with over 80 % of their coins from one viewer / panel creators who are watched",
            APP,
        ),
    ),
    guardrails=guard.SINGLE_PAYER,
    note="No cases: who lives on one fan is no fraud. Without a business day before there is no panel.",
)

VX9 = Metric(
    id="VX9",
    title="Ad frequency",
    question="Does a viewer see the same ad again and again?",
    tier="guardrail",
    tool="ad",
    stakeholders=("viewers", "advertisers"),
    unit="ratio",
    formula="pairs of viewer and campaign with over 8 valid impressions in 24 h / pairs with any",
    source="catalogue VX9",
    values=(
        _flagged(
            "ad_frequency_over_ratio",
            Flagged(("viewer_id", "campaign_id"), (Above(Sum({"pair_ads": 1}), 8),), share=True, cases=False),
            "24h",
            "pairs of viewer and campaign with over 8 impressions / pairs",
        ),
    ),
    guardrails=guard.FREQUENCY,
)

METRICS = (FR1, FR3, FR5, FR7, FR11, CR3, VX9)
