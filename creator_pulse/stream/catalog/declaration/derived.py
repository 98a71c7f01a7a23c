"""Measures made of other measures: by creator, of small creators only, and at the time of the original.

A flow mixes cohorts: most of today's refunds are of earlier sales. Sums that are *dated* lie in the day of
the sale, of the gift or of the impression, so that a ratio of them is of one and the same cohort. They grow
for as long as something can be taken back, so a closed window of theirs is restated then.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from creator_pulse.stream.catalog.declaration.declare import COHORT_MS

if TYPE_CHECKING:
    from creator_pulse.stream.catalog.declaration.declare import Measure

SMALL_TIERS = ("lt_10k", "10k_50k")
"""Values of ``creator_tier`` below 50,000 followers."""
DELAY = pl.col("event_time") - pl.col("original_event_time")
"""How long after the original something was taken back, ms."""
SOON = DELAY.is_between(0, COHORT_MS)
"""Taken back early enough to belong to the day of the original."""


def of_creator(name: str) -> str:
    """The id of a measure by creator."""
    return f"{name}_by_creator"


def by_creator(measure: Measure) -> Measure:
    """A measure by app and creator, instead of by the labels that it has."""
    return replace(
        measure,
        id=of_creator(measure.id),
        labels=("app", "creator_id"),
        fixed={},
        counter=None,
        help=f"{measure.help}, by creator",
    )


def small(name: str) -> str:
    """The id of a measure of small creators."""
    return f"small_{name}"


def of_small(measure: Measure) -> Measure:
    """A measure of the records of creators below 50,000 followers; records without a tier are not theirs."""
    tier = pl.col("creator_tier").is_in(SMALL_TIERS)
    where = tier if measure.where is None else measure.where & tier
    text = f"{measure.help}; of creators below 50,000 followers"
    return replace(measure, id=small(measure.id), where=where, counter=None, fixed={}, help=text)


def dated(name: str) -> str:
    """The id of a measure of reversals at the time of the original."""
    return f"{name}_dated"


def at_original_time(measure: Measure) -> Measure:
    """A measure of reversals within ``COHORT_MS``, in the window of the original."""
    return replace(
        measure,
        id=dated(measure.id),
        where=SOON if measure.where is None else measure.where & SOON,
        fixed={},
        counter=None,
        time="original",
        help=f"{measure.help}; within 14 days, at the time of what was taken back",
    )
