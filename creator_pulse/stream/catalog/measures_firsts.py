"""What happens once to a creator: the first enrolment for a tool, and the first earning."""

from __future__ import annotations

from functools import partial

import polars as pl

from creator_pulse.stream.catalog.declare import Measure
from creator_pulse.stream.catalog.expressions import EVERY, ONE
from creator_pulse.stream.catalog.firsts import FIRST, First
from creator_pulse.stream.catalog.measures_identities import EARNED, of_creator

_CREATOR = ("app", "creator_id")
_enrolled = partial(Measure, topic="content", event="tool_enrolled", value=ONE, labels=_CREATOR)
_first = partial(Measure, topic=FIRST, event=FIRST, value=ONE, labels=_CREATOR)
GAINED = tuple(of_creator(name) for name, sign in EARNED.items() if sign > 0)
"""Earnings by creator before anything is taken back: a first earning stays one."""

MEASURES = (
    _enrolled("creator_enrolments", where=EVERY, help="enrolments of a creator, for any tool"),
    _enrolled(
        "creator_imports",
        where=pl.col("first_earned_time") < pl.col("event_time"),
        help="enrolments of a creator who had earned before",
    ),
    _first(
        "creator_first_enrolled",
        first=First(("creator_enrolments",)),
        help="1 in the hour of a creator's first enrolment",
    ),
    _first(
        "creator_first_earned",
        first=First(GAINED, unless=("creator_imports",)),
        help="1 in the hour of a creator's first earning",
    ),
)
