"""Fraud and harm, proven by single records or by rules about somebody: FR1 to FR15.

A rule counts the identities that meet it; each of them is a case unless the rule says otherwise.
"""

from __future__ import annotations

from creator_pulse.stream.aggregates import Each, Flagged, Per, Reciprocal
from creator_pulse.stream.aggregates.rules import (
    Above,
    AbovePeers,
    Below,
    FewPartners,
    ManyAlike,
    ManyPartners,
    YoungPartners,
)
from creator_pulse.stream.catalog.declaration.declare import Metric, Ratio, Sum, Value
from creator_pulse.stream.catalog.declaration.derived import dated
from creator_pulse.stream.catalog.declaration.shorthand import flagged, over, share, total, usd
from creator_pulse.stream.catalog.declaration.tunable import Tunable
from creator_pulse.stream.catalog.fraud import alerts
from creator_pulse.stream.catalog.fraud.measures import RETURNS

_RETURNED = {"refunded_usd": 1, "cancelled_usd": 1}
_RETURNS = {"refunded_orders": 1, "cancelled_orders": 1}
_BACK = Sum({"order_cancelled_by_creator": 1, "order_refunded_by_creator": 1})
_DATED = Sum({dated(name): 1 for name in RETURNS})
_ORDERS = Sum({"orders_by_creator": 1})
_GIVEN = Each(("viewer_id",), Sum({"gifter_coins": 1}))


def _over(by: str, measure: str, bound: int) -> Flagged:
    return Flagged((by,), (Above(Sum({measure: 1}), bound),))


def _when_read(name: str, measure: str, windows: str, text: str) -> Value:
    return total(name, {measure: 1, f"{measure}_late": 1}, windows, text)


_BY_MINORS = {
    name: 1 for counted in ("gifts_by_minors", "topups_by_minors") for name in (counted, f"{counted}_late")
}

_UNKNOWN_AGE = {
    name: 1
    for counted in ("gifts_of_unknown_age", "topups_of_unknown_age")
    for name in (counted, f"{counted}_late")
}

_WHEN = "Counted when found, late records too; blind while its fields are missing (PL14)."
_AUDIENCE = Ratio(Sum({"viewers_by_room": 1}), Sum({"readings_by_room": 1}))

LEAST_PEERS = 1_000
"""Rooms of a size from which on one in a thousand of them is a room (FR13)."""

ODD_COINS_PER_VIEWER = 1_000
"""Coins by viewer in 10 minutes that are odd where rooms of the size are few: a Galaxy from each (FR13)."""

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
        flagged(
            "gift_coins_velocity_viewers",
            _over("viewer_id", "gifter_coins", 50_000),
            "10m",
            "viewers with over 50,000 coins",
            title="By coins",
        ),
        flagged(
            "gift_sends_velocity_viewers",
            _over("viewer_id", "gifter_sends", 60),
            "1m",
            "viewers with over 60 gifts",
            title="By gifts sent",
        ),
    ),
    guardrails=alerts.VELOCITY,
    note="Two values, as the two bounds have windows of their own: who breaks both is in both.",
)

FR2 = Metric(
    id="FR2",
    title="Gifts by minors",
    question="Did anybody who is proven to be too young send a gift or buy coins?",
    tier="guardrail",
    tool="gift",
    stakeholders=("viewers", "platform"),
    unit="gifts and top-ups",
    formula=(
        "final gifts and completed top-ups of viewers with a verified age under 18 (South Korea: 19); those "
        "whose age is told in a word that is not listed (contract, section 2), of viewers and hosts"
    ),
    source="catalogue FR2: zero tolerance",
    note=_WHEN,
    values=(
        total(
            "minor_gift_count", _BY_MINORS, "5m 1h", "gifts and top-ups of proven minors", title="By minors"
        ),
        total(
            "unknown_age_count",
            _UNKNOWN_AGE,
            "5m 1h",
            "gifts and top-ups with an age in unlisted words",
            title="Age in unlisted words",
        ),
    ),
    guardrails=alerts.MINOR_GIFTS,
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
        flagged(
            "suspected_minor_viewers",
            _over("viewer_id", "minor_coins", 1_000),
            "24h",
            "viewers with a high age-model score and over 1,000 coins",
            title="Suspected minors",
        ),
        over(
            "minor_claims_per_1000_gifters",
            # Per 1,000 viewers who gave, so that it does not grow with the product.
            Per(_GIVEN, of=Sum({"minor_claims": 1}), factor=1_000),
            "24h",
            "gifts taken back as claimed for a minor, per 1,000 viewers who gave",
            title="Claims of minors per 1,000 gifters",
        ),
    ),
    guardrails=alerts.SUSPECTED_MINORS,
    note="A claim counts when it comes, by its own time; the gift may be older than the window.",
)

FR4 = Metric(
    id="FR4",
    title="Gifts above a cap",
    question="Are spending caps enforced?",
    tier="guardrail",
    tool="gift",
    stakeholders=("viewers", "platform"),
    unit="gifts",
    formula="final gifts of more coins than the cap per gift that the record carries",
    source="catalogue FR4",
    note=_WHEN,
    values=(_when_read("cap_breach_count", "gifts_over_cap", "5m 15m", "gifts above their cap"),),
    guardrails=alerts.CAPS,
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
        flagged(
            "new_account_whales",
            _over("viewer_id", "newcomer_coins", 10_000),
            "24h",
            "viewers with an account under 7 days old and over 10,000 coins",
        ),
    ),
    guardrails=alerts.WHALES,
)

FR6 = Metric(
    id="FR6",
    title="Reciprocal gifts",
    question="Do accounts send each other coins in circles?",
    tier="guardrail",
    tool="gift",
    stakeholders=("platform",),
    unit="ratio",
    formula=(
        "sum over pairs of accounts of the smaller of the coins that one gave to the other, and back, in "
        "7 business days / coins of the 7 days"
    ),
    source=(
        "catalogue FR6: ring proxy a; the full graph is offline work; decided: a pair counts once, so at "
        "most half of all coins flow both ways, and what an account gives to itself counts whole"
    ),
    values=(
        over(
            "gift_reciprocal_ratio",
            Reciprocal(Each(("creator_id", "viewer_id"), Sum({"pair_coins": 1}))),
            "7d",
            "coins that flow both ways / coins",
            unit="percentunit",
        ),
    ),
    guardrails=alerts.RECIPROCAL,
    note="Viewers and creators are one space of ids. No cases: most such pairs are friends.",
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
        flagged(
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
            title="Creators",
        ),
        *(
            flagged(
                f"gift_ring_{what}s",
                Flagged(("creator_id", label), (ManyPartners(f"ring_{label}_gifts", 5),)),
                "24h",
                f"creators with five or more senders on one {what}",
            )
            for what, label in (("device", "device_hash"), ("payment", "payment_hash"))
        ),
    ),
    guardrails=alerts.RINGS,
)

FR8 = Metric(
    id="FR8",
    title="Gifts split below a limit",
    question="Is money cashed out in many equal gifts, in rooms where nobody watches?",
    tier="guardrail",
    tool="gift",
    stakeholders=("platform",),
    unit="pairs of room and viewer",
    formula=(
        "1 h: viewers with over 20 gifts of the same coins in one room that had under 5 viewers on average, "
        "and no chat message"
    ),
    source="catalogue FR8: private-room cash-out",
    values=(
        over(
            "structuring_pairs",
            Flagged(
                ("room_id", "viewer_id"),
                (
                    ManyAlike("pair_equal_gifts", 20),
                    Below(("room_id",), _AUDIENCE, 5, "readings_by_room"),
                    Below(("room_id",), Sum({"messages_by_room": 1}), 1, "readings_by_room"),
                ),
            ),
            "1h",
            "viewers with over 20 equal gifts in a silent room with under 5 viewers",
        ),
    ),
    guardrails=alerts.STRUCTURING,
    note=(
        "The audience is the mean of the room's readings in the window. A room without a reading has an "
        "unknown audience, and is not flagged: a lost content topic must not accuse anybody."
    ),
)

FR9 = Metric(
    id="FR9",
    title="Dispute ratio",
    question="How many card payments are disputed or reported as fraud?",
    tier="guardrail",
    tool="commerce",
    stakeholders=("platform",),
    unit="ratio",
    formula="(disputes + fraud reports) of card payments / settled ones, as a flow: 24 h, month so far",
    source="catalogue FR9: card schemes act at 1.5 %",
    values=(
        total(
            "card_complaint_count",
            {"card_disputed": 1, "card_fraud": 1},
            "24h mtd",
            "disputes and fraud reports",
        ),
        total("card_settled_count", "card_settled", "24h mtd", "settled card payments"),
        share(
            "card_dispute_ratio",
            ({"card_disputed": 1, "card_fraud": 1}, "card_settled"),
            "24h mtd",
            "disputes and fraud reports / settled card payments",
            flow=True,
        ),
    ),
    guardrails=alerts.DISPUTES,
)

FR10 = Metric(
    id="FR10",
    title="Refunds and cancellations",
    question="Does more money go back to buyers than usual?",
    tier="guardrail",
    tool="commerce",
    stakeholders=("viewers", "platform"),
    unit="ratio",
    formula="refunds and cancellations / GMV, each by its own time; their number",
    source="contract section 3 (refunds); catalogue FR10",
    values=(
        usd("refund_value_usd", _RETURNED, "24h", "refunds and cancellations"),
        total("refund_count", _RETURNS, "30m", "refunds and cancellations"),
        share("refund_ratio", (_RETURNED, "gmv_usd"), "24h", "refunds and cancellations / GMV", flow=True),
    ),
    guardrails=alerts.REFUNDS,
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
        flagged(
            "hype_refund_creators",
            Flagged(("creator_id",), (Above(_ORDERS, 49), Above(Ratio(_BACK, _ORDERS, 100), 50))),
            "24h",
            "creators with 50 or more orders, over half of them sent back",
            title="Of the day",
        ),
        flagged(
            "hype_refund_cohort_creators",
            Flagged(
                ("creator_id",), (Above(_ORDERS, 49), Above(Ratio(_DATED, _ORDERS, 100), 50)), cases=False
            ),
            "14d",
            "creators with 50 or more orders, over half of them sent back so far",
            title="Of the orders of 14 days",
        ),
    ),
    guardrails=alerts.HYPE,
    note=(
        "24 h is a flow: what was sent back in the window by what was sold in it; 14 days are a cohort, "
        "whose cases are those of 24 h."
    ),
)

FR12 = Metric(
    id="FR12",
    title="Invalid traffic",
    question="Which part of impressions was not seen by people?",
    tier="guardrail",
    tool="ad",
    stakeholders=("advertisers", "platform"),
    unit="ratio",
    formula="impressions of general or sophisticated invalid traffic / impressions",
    source="catalogue FR12: base 1.5 %",
    values=(
        total("ad_invalid_impressions", "ad_shown_invalid", "15m", "impressions of invalid traffic"),
        share("ad_invalid_ratio", ("ad_shown_invalid", "ad_shown_all"), "15m", "share of invalid traffic"),
    ),
    guardrails=alerts.INVALID_TRAFFIC,
)

FR13 = Metric(
    id="FR13",
    title="Gifts against audience size",
    question="Do rooms take far more coins than their viewers could give?",
    tier="guardrail",
    tool="gift",
    stakeholders=("platform",),
    unit="rooms",
    formula=(
        "10 m: rooms whose coins by mean viewers are above the p99.9 of the rooms with as many digits of "
        "viewers; "
        f"above {ODD_COINS_PER_VIEWER:,} where those are under {LEAST_PEERS:,} (settings)"
    ),
    source=(
        "catalogue FR13: viewer-bots or laundering; decided: what holds for few rooms, "
        "PULSE_ROOM_LEAST_PEERS and PULSE_ROOM_ODD_COINS"
    ),
    values=(
        over(
            "gift_audience_outlier_rooms",
            Flagged(
                ("room_id",),
                (
                    AbovePeers(
                        "room_coins",
                        "viewers_by_room",
                        "readings_by_room",
                        permille=999,
                        least=Tunable(LEAST_PEERS, "room_least_peers"),
                        bound=Tunable(ODD_COINS_PER_VIEWER, "room_odd_coins"),
                    ),
                ),
            ),
            "10m",
            "rooms with far more coins by viewer than rooms of their size",
        ),
    ),
    note=(
        "No alert: by its definition about one room in a thousand is above; the cases are for people to look "
        "at. The audience is the mean of the room's readings, at least 1; a room without a reading in the "
        "window has an unknown audience, and is not flagged. Rooms without coins are not compared with."
    ),
)

FR14 = Metric(
    id="FR14",
    title="Gifts to minors",
    question="Did a host under 18 receive a gift?",
    tier="guardrail",
    tool="gift",
    stakeholders=("creators", "platform"),
    unit="gifts",
    formula="final gifts whose receiver is under 18",
    source="catalogue FR14: zero tolerance",
    note=_WHEN,
    values=(_when_read("minor_host_gift_count", "gifts_to_minors", "5m 1h", "gifts to hosts under 18"),),
    guardrails=alerts.MINOR_HOSTS,
)

FR15 = Metric(
    id="FR15",
    title="Case precision",
    question="Are the cases that a rule opens worth looking at?",
    tier="guardrail",
    tool="all",
    stakeholders=("platform", "on-call"),
    unit="ratio",
    formula="cases closed as confirmed / cases closed, of the last 7 days, by rule",
    source="catalogue FR15; verdicts are entries of the reference topic",
    recorded={
        "rule:pulse_closed_cases:sum7d": "sum by (rule) (max by (rule, verdict) (pulse_verdicts))",
        "rule:pulse_case_precision:ratio7d": (
            '(\n  sum by (rule) (max by (rule, verdict) (pulse_verdicts{verdict="confirmed"}))\n'
            "  or rule:pulse_closed_cases:sum7d * 0\n)\n/ (rule:pulse_closed_cases:sum7d >= 30)"
        ),
    },
    guardrails=alerts.PRECISION,
)

METRICS = (
    FR1,
    FR2,
    FR3,
    FR4,
    FR5,
    FR6,
    FR7,
    FR8,
    FR9,
    FR10,
    FR11,
    FR12,
    FR13,
    FR14,
    FR15,
)
