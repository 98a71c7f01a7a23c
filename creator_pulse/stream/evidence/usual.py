"""The expectation: the same time of earlier weeks, brought to today.

Medians throughout, so that an hour of nonsense moves nothing by more than a few percent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from creator_pulse.stream.evidence.history import DAY, HOUR, WEEK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

WEEKS = 4
"""Weeks that the expectation looks back over."""
NARROW, WIDE = 2, 12
"""Blocks to each side that are averaged: 25 minutes where they hold enough, else two hours."""
ENOUGH = 50.0
"""Counts of a block, by their variance over the mean, from which 25 minutes are enough."""
QUARTER = 3
"""Blocks of a quarter of an hour."""
QUARTERS, LAG = 24, 6
"""Quarters that make today's level, and blocks that they stay behind."""
LEAST_QUARTERS = 8
WANDER = 0.03
"""How far a level is thought to wander within hours, as a part of it."""
_LEAST_HOURS = 24
_RATIOS = (0.25, 4.0)


def median(values: Floats, valid: Bools) -> Floats:
    """The median of the valid values over the last axis; NaN if none is valid."""
    ordered = np.sort(np.where(valid, values, np.inf), axis=-1).reshape(-1, values.shape[-1])
    count = valid.sum(axis=-1)
    each, there = np.arange(len(ordered)), count.ravel()
    low = ordered[each, np.maximum((there - 1) // 2, 0)]
    high = ordered[each, np.minimum(there // 2, values.shape[-1] - 1)]
    return np.where(count > 0, ((low + high) / 2).reshape(count.shape), np.nan)


def growth(blocks: Floats, taught: Bools, age: NDArray[np.int64]) -> Floats:
    """How many times that of k weeks ago today's volume is: the median of a week's hourly ratios.

    Never a ratio of means: one hour of prices a thousandfold would be a thousandth of the growth.

    Args:
        blocks: sums of the last five weeks, oldest first, by whatever comes before.
        taught: likewise, whether a block may teach.
        age: how many blocks there have been.

    Returns:
        by k from 1 to ``WEEKS``, 1 where a day of hours cannot be compared.
    """
    shape = (*blocks.shape[:-1], -1, HOUR)
    hours = blocks.reshape(shape).sum(axis=-1)
    ago = HOUR * np.arange(hours.shape[-1], 0, -1)
    return hourly_growth(hours, taught.reshape(shape).all(axis=-1) & (ago < age[..., None]))


def hourly_growth(hours: Floats, fine: Bools) -> Floats:
    """The same of hours.

    Args:
        hours: sums of the last five weeks, oldest first, by whatever comes before.
        fine: likewise, whether an hour is compared; one that brought nothing never is.

    Returns:
        by k from 1 to ``WEEKS``, 1 where a day of hours cannot be compared.
    """
    comparable = fine & (hours > 0)
    week = WEEK // HOUR
    now = hours[..., -week:]
    factors = []
    for k in range(1, WEEKS + 1):
        then = slice(-week * (k + 1), -week * k)
        valid = comparable[..., -week:] & comparable[..., then]
        ratio = median(now / np.maximum(hours[..., then], 1), valid)
        factors.append(np.where(valid.sum(axis=-1) >= _LEAST_HOURS, ratio, 1.0))
    ratios: Floats = np.clip(np.nan_to_num(np.stack(factors, axis=-1), nan=1.0), *_RATIOS)
    return ratios


def same_time(sums: Floats, taught: Bools, wide: Bools) -> tuple[Floats, Bools]:
    """The mean of the blocks around the same time of earlier days, for each block of an hour.

    Args:
        sums: counts by ..., earlier day, and block from ``WIDE`` before the hour to ``WIDE`` after it.
        taught: likewise, whether a block may teach.
        wide: by ..., whether ``WIDE`` blocks to each side are averaged, or ``NARROW``.

    Returns:
        by ..., earlier day and block of the hour, and which means are valid.
    """

    def around(values: Floats) -> Floats:
        total = np.zeros((*values.shape[:-1], values.shape[-1] + 1))
        np.cumsum(values, axis=-1, out=total[..., 1:])

        def within(side: int) -> Floats:
            # Of block j of the hour the place is WIDE + j, and ``side`` before it the first that counts.
            first = WIDE - side
            last = WIDE + side + 1
            return total[..., last : last + HOUR] - total[..., first : first + HOUR]

        return np.where(wide[..., None, None], within(WIDE), within(NARROW))

    count = around(taught.astype(np.float64))
    return around(np.where(taught, sums, 0.0)) / np.maximum(count, 1.0), count > 0


class Level(NamedTuple):
    """Today's level: seen by usual.

    Attributes:
        today: of six hours; 1 where nothing tells.
        hour: of the last hour of these, drawn to ``today`` as far as counting alone would scatter it.
        quarters: that tell it.
    """

    today: Floats
    hour: Floats
    quarters: NDArray[np.int64]


def level(counted: Floats, usual: Floats, valid: Bools, phi: Floats) -> Level:
    """Today's level: medians of quarter hours, seen by usual.

    Args:
        counted: by ... and quarter, oldest first.
        usual: likewise.
        valid: quarters that may tell.
        phi: variance by mean, by .... Where a quarter holds too little for a ratio of its own, all are put
            together.
    """
    fine = valid & (usual > 0)
    ratios = counted / np.maximum(usual, 1e-9)
    total = np.where(fine, usual, 0.0)
    pooled = np.where(fine, counted, 0.0).sum(axis=-1) / np.maximum(total.sum(axis=-1), 1e-9)
    middle = np.sort(usual, axis=-1)[..., (usual.shape[-1] - 1) // 2 : usual.shape[-1] // 2 + 1]
    noisy = middle.mean(axis=-1) < ENOUGH / 10 * phi
    count = fine.sum(axis=-1)
    today = np.where(count > 0, np.where(noisy, pooled, median(ratios, fine)), 1.0)
    late = slice(-HOUR // QUARTER, None)
    last = median(ratios[..., late], fine[..., late])
    # An hour of m counts scatters by phi / m: it is trusted as far as a level wanders by more.
    counting = phi / np.maximum(total[..., late].sum(axis=-1), 1e-9)
    trust = np.where(noisy | np.isnan(last), 0.0, WANDER**2 / (WANDER**2 + counting))
    hour = today + trust * (np.nan_to_num(last, nan=1.0) - today)
    return Level(today, hour, count)


EARLIER_WEEKS = WEEK * np.arange(1, WEEKS + 1)
EARLIER_DAYS = DAY * np.arange(1, 7)
"""How many blocks ago the same time of the last four weeks was, and of the last six days."""


def around_hour(hour: int, ago: NDArray[np.int64]) -> NDArray[np.int64]:
    """The blocks of an hour and ``WIDE`` to each side, so many blocks ago; by ago and block."""
    return hour * HOUR - ago[:, None] + np.arange(-WIDE, HOUR + WIDE)
