"""Metrics of what happens once to a creator: the first earning, the first dollar."""

from __future__ import annotations

from creator_pulse.stream.aggregates import DaysTo, Each, Number, Reach
from creator_pulse.stream.catalog import guardrails_growth as guard
from creator_pulse.stream.catalog.declare import Metric, Sum, Value
from creator_pulse.stream.catalog.measures_firsts import GAINED
from creator_pulse.stream.catalog.measures_identities import EARNED, of_creator
from creator_pulse.stream.catalog.values_spread import APP

FIRST_USD = 1
"""Earnings, added up, from which the first dollar is there (GR7)."""
_NET = Sum({of_creator(name): sign for name, sign in EARNED.items()})
_EARNING = Each(("creator_id",), _NET)
_NEW = Each(("creator_id",), _NET, least={"creator_first_earned": 1})
_GAINED = Each(("creator_id",), Sum(dict.fromkeys(GAINED, 1)), floor=FIRST_USD)

GR1 = Metric(
    id="GR1",
    title="New earning creators",
    question="Do creators still begin to earn?",
    tier="supporting",
    tool="all",
    stakeholders=("creators", "platform"),
    unit="ratio",
    formula=(
        "creators with net earnings above 0 in 24 h whose first earning ever lies in them / "
        "creators with net earnings above 0 in 24 h"
    ),
    source="catalogue GR1; exact ids, as the error of a sketch exceeds the new ones of a day",
    values=(
        Value("creators_new", Number(_NEW), "short", ("24h",), "creators who earned for the first time", APP),
        Value(
            "creators_new_ratio",
            Reach(_NEW, among=_EARNING),
            "percentunit",
            ("24h",),
            "creators who earned for the first time / creators who earned",
            APP,
        ),
    ),
    guardrails=guard.NEWCOMERS,
    note=(
        "Ever is since the log began, but for creators whose enrolment says that they had earned before: "
        "first_earned_time before the enrolment, known from the enrolment on. While enrolments do not carry "
        "it (PL14), everybody who had earned before the log began is new once: blind, not growing."
    ),
)

GR7 = Metric(
    id="GR7",
    title="Time to the first dollar",
    question="How long does a new creator wait for the first dollar?",
    tier="supporting",
    tool="all",
    stakeholders=("creators", "platform"),
    unit="days",
    formula=(
        "of the creators whose first enrolment for any tool lies in 28 business days: median of the days "
        "until what they earned since that day adds up to 1 USD, over those who got there; exact"
    ),
    source=(
        "catalogue GR7; decided: a cohort by enrolment, in whole business days (0: the same day), "
        "earnings before anything is taken back, who has not got there yet is in no median"
    ),
    values=(
        Value(
            "creator_first_usd_days",
            DaysTo(_GAINED, begin="creator_first_enrolled"),
            "d",
            ("28d",),
            "median of the days from a creator's first enrolment to the first dollar",
            APP,
        ),
    ),
)

METRICS = (GR1, GR7)
