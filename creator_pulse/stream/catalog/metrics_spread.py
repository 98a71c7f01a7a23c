"""Metrics of how a total lies over viewers, creators, rooms, gifts and advertisers."""

from __future__ import annotations

from creator_pulse.stream.aggregates import RANK, Each, Gini, Number, TopK, TopShare
from creator_pulse.stream.catalog import guardrails_spread as guard
from creator_pulse.stream.catalog.declare import Metric, Sum, Value
from creator_pulse.stream.catalog.guardrails_fund import OVERDUE_PAYOUTS
from creator_pulse.stream.catalog.lane_series import lane_gauge
from creator_pulse.stream.catalog.measures_identities import EARNED, of_creator
from creator_pulse.stream.catalog.values_spread import APP, DELAYS, figures

PANEL = 10_000
"""Creators that are compared: the largest earners of the window."""
_OLDEST_DUE = "pulse_oldest_due_payout_timestamp_seconds"
_RANKED = ("app", RANK)
_GIVEN = Each(("viewer_id",), Sum({"gifter_coins": 1}))
_EARNED = Each(("creator_id",), Sum({of_creator(name): sign for name, sign in EARNED.items()}), largest=PANEL)
_SPENT = Each(("advertiser_id",), Sum({"advertiser_usd": 1}))


def _board(name: str, measure: str, by: str, text: str) -> tuple[Value, Value]:
    """A leaderboard by coins, and the same as shares."""
    each = Each((by,), Sum({measure: 1}))
    return (
        Value(f"{name}_coins", TopK(each), "short", ("5m",), f"coins of the top 20 {text}", _RANKED),
        Value(
            f"{name}_share_ratio",
            TopK(each, share=True),
            "percentunit",
            ("5m",),
            f"share of all coins of the top 20 {text}",
            _RANKED,
        ),
    )


GI4 = Metric(
    id="GI4",
    title="Coins per gifter",
    question="Do many viewers give a little, or few very much?",
    tier="supporting",
    tool="gift",
    stakeholders=("viewers", "creators"),
    unit="coins",
    formula="p50, p95 and p99 of the coins that a viewer gave, over viewers who gave any; exact",
    source="catalogue GI4",
    values=(
        *figures("gifter_{}_coins", _GIVEN, ("1h",), "short", "the coins that a gifter gave", "p50 p95 p99"),
        Value("gifters", Number(_GIVEN), "short", ("1h",), "viewers who gave coins", APP),
    ),
    guardrails=guard.GIFTERS,
)

GI6 = Metric(
    id="GI6",
    title="Top rooms and gifts",
    question="Which rooms and gifts carry the coins, and how much of them?",
    tier="supporting",
    tool="gift",
    stakeholders=("creators", "platform"),
    unit="coins",
    formula="the 20 largest by coins, and the others; together all coins",
    source="catalogue GI6; exact, not a sketch: the sums of all rooms of an app meet in one lane",
    values=(
        *_board("gift_top_room", "room_coins", "room_id", "rooms"),
        *_board("gift_top_gift", "gift_kind_coins", "gift_id", "gifts"),
    ),
    note="The series hold ranks only; which room or gift it is stands in the API's leaderboard.",
)

CR2 = Metric(
    id="CR2",
    title="Concentration of earnings",
    question="How unequally do creators earn?",
    tier="guardrail",
    tool="all",
    stakeholders=("creators", "platform"),
    unit="ratio",
    formula="share of the top 1 % (rounded up), and Gini, of net earnings over creators who earned",
    source="catalogue CR2; rule 2.0.4: 24 hours, one panel, only equal windows compare",
    values=(
        Value(
            "creator_top_percent_share_ratio",
            TopShare(_EARNED, percent=1),
            "percentunit",
            ("24h",),
            "share of net earnings that the top 1 % of earning creators have",
            APP,
        ),
        Value(
            "creator_earnings_gini_ratio",
            Gini(_EARNED),
            "percentunit",
            ("24h",),
            "Gini coefficient of net earnings over earning creators",
            APP,
        ),
        Value(
            "creators_earning", Number(_EARNED), "short", ("24h",), "creators with net earnings above 0", APP
        ),
    ),
    guardrails=guard.CONCENTRATION,
    note="The panel is the creators with net earnings above 0 in the window, the 10,000 largest at most.",
)

AV5 = Metric(
    id="AV5",
    title="Active advertisers",
    question="Does the demand side stay, and how much depends on few?",
    tier="guardrail",
    tool="ad",
    stakeholders=("advertisers", "platform"),
    unit="advertisers",
    formula="advertisers with valid spend, exactly; share of spend of the ten largest",
    source="catalogue AV5",
    values=(
        Value("advertisers_active", Number(_SPENT), "short", ("24h",), "advertisers with spend", APP),
        Value(
            "advertiser_top10_share_ratio",
            TopShare(_SPENT, count=10),
            "percentunit",
            ("24h",),
            "share of spend of the ten largest advertisers",
            APP,
        ),
    ),
    guardrails=guard.ADVERTISERS,
)

CR5 = Metric(
    id="CR5",
    title="Payout delay",
    question="Do creators get their money when it is due?",
    tier="guardrail",
    tool="all",
    stakeholders=("creators", "platform"),
    unit="seconds",
    formula="p50 and p95 of paid time - due time of payouts that arrived; early ones count as 0",
    source="catalogue CR5",
    values=DELAYS,
    note="What is due and unpaid grows without any record: its age is now less the oldest due time.",
    recorded={
        "app:pulse_oldest_due_payout_seconds:max": (
            f"time() - min by (app) ({lane_gauge(_OLDEST_DUE, 'app', 'tool')} != 0)"
        ),
        "app_tool:pulse_overdue_payout_usd:sum": (
            f"sum by (app, tool) ({lane_gauge('pulse_overdue_payout_usd', 'app', 'tool')})"
        ),
    },
    guardrails=(*guard.PAYOUT_DELAY, *OVERDUE_PAYOUTS),
)

METRICS = (GI4, GI6, CR2, CR5, AV5)
