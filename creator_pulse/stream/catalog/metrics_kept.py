"""Metrics of who comes back, and of who falls: identities against what they had before."""

from __future__ import annotations

from creator_pulse.stream.aggregates import Each, Fallen, Kept, Number
from creator_pulse.stream.catalog import guardrails_growth as guard
from creator_pulse.stream.catalog.declare import Metric, Sum, Value
from creator_pulse.stream.catalog.guardrails_creators import FALLEN
from creator_pulse.stream.catalog.measures_identities import EARNED, of_creator
from creator_pulse.stream.catalog.values_spread import APP

EARNING = Each(("creator_id",), Sum({of_creator(name): sign for name, sign in EARNED.items()}))
_PAYING = Each(("viewer_id",), Sum({"gifter_coins": 1, "payer_orders": 1}))
WATCHED = Each(("creator_id",), Sum({"creator_watch_ms": 1}))
"""With ``EARNING`` the panel of CR1 and CR3."""
_SOURCE = "; exact ids, not the intersection of sketches; what came late a week ago does not count"

GR3 = Metric(
    id="GR3",
    title="Retention of earning creators",
    question="Do creators who earned a week ago still earn?",
    tier="supporting",
    tool="all",
    stakeholders=("creators", "platform"),
    unit="ratio",
    formula=(
        "creators with net earnings above 0 on a business day and on the same day a week ago / "
        "creators with net earnings above 0 on that day"
    ),
    source="catalogue GR3" + _SOURCE,
    values=(
        Value(
            "creators_kept_ratio",
            Kept(EARNING),
            "percentunit",
            ("day",),
            "creators who earn again / creators who earned a week ago",
            APP,
        ),
    ),
    guardrails=guard.CREATORS_KEPT,
    note="The running day is a part of one, and so is its usual value for the hour of the week.",
)

GR4 = Metric(
    id="GR4",
    title="Retention of paying viewers",
    question="Do viewers who paid a week ago still pay?",
    tier="supporting",
    tool="all",
    stakeholders=("viewers", "platform"),
    unit="ratio",
    formula=(
        "viewers who gave coins or ordered on a business day and on the same day a week ago / "
        "viewers who did on that day"
    ),
    source="catalogue GR4; paying: coins given, or an order that is no sample" + _SOURCE,
    values=(
        Value("viewers_paying", Number(_PAYING), "short", ("day",), "viewers who gave or ordered", APP),
        Value(
            "viewers_kept_ratio",
            Kept(_PAYING),
            "percentunit",
            ("day",),
            "viewers who pay again / viewers who paid a week ago",
            APP,
        ),
    ),
    guardrails=guard.VIEWERS_KEPT,
)

CR1 = Metric(
    id="CR1",
    title="Creators below their usual day",
    question="Are many creators losing income at once?",
    tier="guardrail",
    tool="all",
    stakeholders=("creators",),
    unit="ratio",
    formula=(
        "of the 10,000 creators with the largest net earnings of 28 business days who are watched in 24 h: "
        "share of those with 24 h net earnings below half of their own median day of the 28"
    ),
    source=(
        "catalogue CR1; active = watched, as of N3; decided: the 28 business days end before the 24 h begin, "
        "a day without earnings counts as 0, what came late on them does not count"
    ),
    values=(
        Value(
            "creators_fallen_ratio",
            Fallen(EARNING, active=WATCHED),
            "percentunit",
            ("24h",),
            "panel creators below half of their own median day / panel creators who are watched",
            APP,
        ),
    ),
    guardrails=FALLEN,
    note="Who has earned on no more than 14 of the 28 days has a median of 0, and is never below half of it.",
)

METRICS = (GR3, GR4, CR1)
