"""Metrics of money that goes in circles, or faster than planned."""

from __future__ import annotations

from creator_pulse.stream.aggregates import Each, Paced, Reciprocal
from creator_pulse.stream.catalog.declare import Metric, Sum, Value
from creator_pulse.stream.catalog.guardrails_flow import PACING, RECIPROCAL
from creator_pulse.stream.catalog.values_spread import APP, PERMILLE

_SPENT = Each(("campaign_id",), Sum({"advertiser_usd": 1}))

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
        Value(
            "gift_reciprocal_ratio",
            Reciprocal(Each(("creator_id", "viewer_id"), Sum({"pair_coins": 1}))),
            "percentunit",
            ("7d",),
            "coins that flow both ways / coins",
            APP,
        ),
    ),
    guardrails=RECIPROCAL,
    note="Viewers and creators are one space of ids. No cases: most such pairs are friends.",
)

AV1 = Metric(
    id="AV1",
    title="Spend pacing",
    question="Is the money of campaigns spent as planned?",
    tier="guardrail",
    tool="ad",
    stakeholders=("advertisers", "platform"),
    unit="ratio",
    formula=(
        "per campaign: prices of valid impressions of 24 h / what was planned for these 24 h; p5 and p95 "
        "over campaigns with both; exact"
    ),
    source=(
        "catalogue AV1; the plan is the reference entry of the campaign, spread evenly from valid_from to "
        "valid_until; decided: so far = the last 24 h, so that days of thrift do not hide one of waste"
    ),
    values=tuple(
        Value(
            f"campaign_pace_{name}_ratio",
            Paced(_SPENT, plan="campaign", permille=PERMILLE[name]),
            "percentunit",
            ("24h",),
            f"{name} over campaigns of spend / planned spend",
            APP,
        )
        for name in ("p5", "p95")
    ),
    guardrails=PACING,
    note="A campaign without an entry, or without spend, is in no quantile.",
)

METRICS = (FR6, AV1)
