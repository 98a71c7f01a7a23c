"""Measures of the reward topic: sums over its records.

A reward is qualified views x rate, the rate in micros of ``currency`` per thousand views, plus a bonus;
``fx_rate`` is micro-USD per unit of the currency. Per view that is USD / (10^3 x 10^6 x 10^6).
"""

from __future__ import annotations

from functools import partial

import polars as pl

from creator_pulse.stream.catalog.declaration.declare import SIZED, Measure
from creator_pulse.stream.catalog.declaration.expressions import EVERY, ONE, big, micro_usd

_accrued = partial(Measure, topic="reward", event="reward_accrued")
# The bonus is in micros, views x rate in micros per thousand: x 1,000 brings both to one scale.
_REWARD = (big("qualified_views") * pl.col("rpm_micros") + big("bonus_micros") * 1_000) * pl.col("fx_rate")
# Views per thousand (10^3), micros of the currency (10^6), micro-USD per unit (10^6).
_SCALE = 10**15

MEASURES = (
    _accrued(
        "reward_usd",
        value=_REWARD,
        scale=_SCALE,
        counter="reward_usd_total",
        help="rewards accrued: qualified views at their rate, and bonuses",
    ),
    _accrued(
        "reward_late_usd",
        value=_REWARD,
        scale=_SCALE,
        rows="late",
        fixed={"tool": "reward"},
        counter="late_usd_total",
        help="rewards of late records",
    ),
    _accrued(
        "reward_views",
        value=pl.col("views"),
        help="views of videos in the reward programme",
    ),
    _accrued(
        "reward_qualified_views",
        value=pl.col("qualified_views"),
        help="views that earn a reward",
    ),
    Measure(
        "reward_reversed_usd",
        topic="reward",
        event="reward_reversed",
        value=big("reward_micros") * pl.col("fx_rate"),
        # An amount, not views x rate: no thousand in it.
        scale=10**12,
        fixed={"tool": "reward"},
        counter="reversed_usd_total",
        help="rewards taken back, at the rate of their own time",
    ),
    Measure(
        "reward_rpm_sizes",
        topic="reward",
        event="reward_accrued",
        value=ONE,
        where=EVERY,
        labels=SIZED,
        bucket=micro_usd("rpm_micros"),
        help="reward accruals by rate per thousand qualified views",
    ),
)
