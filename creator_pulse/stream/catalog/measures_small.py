"""What creators with few followers earn: the measures of earnings once more, of their records only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from creator_pulse.stream.catalog import (
    measures_ad,
    measures_deal,
    measures_gift,
    measures_purchase,
    measures_reward,
)

if TYPE_CHECKING:
    from creator_pulse.stream.catalog.declare import Measure

SMALL_TIERS = ("lt_10k", "10k_50k")
EARNED = (
    "creator_gift_usd",
    "gift_reversed_usd",
    "creator_ad_usd",
    "ad_reversed_usd",
    "commission_usd",
    "commission_refunded_usd",
    "commission_cancelled_usd",
    "reward_usd",
    "reward_reversed_usd",
    "deal_approved_usd",
)
"""Measures of net creator earnings."""


def small(name: str) -> str:
    """The id of a measure of small creators."""
    return f"small_{name}"


def _of_small(measure: Measure) -> Measure:
    tier = pl.col("creator_tier").is_in(SMALL_TIERS)
    where = tier if measure.where is None else measure.where & tier
    text = f"{measure.help}; of creators below 50,000 followers"
    return replace(measure, id=small(measure.id), where=where, counter=None, fixed={}, help=text)


MEASURES = tuple(
    _of_small(measure)
    for module in (measures_gift, measures_ad, measures_purchase, measures_reward, measures_deal)
    for measure in module.MEASURES
    if measure.id in EARNED
)
