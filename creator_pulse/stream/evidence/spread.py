"""How far counts stray from the expectation while nothing is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.evidence.usual import median

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

FLOOR = 0.03
"""The least spread of the mean, as a part of it: nobody's level is steadier."""
UNLEARNT = (0.3, 0.3, 0.12, 0.08, 0.06)
"""The spread by how much is known, until it can be learnt."""
BRIEF_FLOOR = 0.09
"""Likewise of windows shorter than a block: levels have hiccups of minutes, and nobody is woken for one."""
SHARE_FLOOR = 0.1
"""Likewise of a share."""
MIDDLE = 0.6745**2
"""Half of a normal distribution lies within 0.6745 standard deviations of its mean."""
TAIL, TAIL_PART = 3.09**2, 0.001
"""A thousandth of a normal distribution lies below -3.09 standard deviations."""
CHI_4, CHI_5 = 3.3567 / 4, 4.3515 / 5
"""Median by mean of chi squared with 4 and 5 degrees of freedom."""
LEAST = 288
"""Blocks from which a spread is learnt: a day of them."""


def dispersion(minutes: Floats, wholes: Floats) -> Floats:
    """The variance of a block's minutes by their mean; NaN where nothing was counted.

    Args:
        minutes: sums by ... and minute.
        wholes: likewise, to which the means of the minutes are in proportion; 1 if all have the same. A
            minute with 0 tells nothing.
    """
    mean = minutes.mean(axis=-1)
    relative = wholes / np.maximum(wholes.mean(axis=-1, keepdims=True), 1e-9)
    has_whole = relative > 0
    off = (minutes - mean[..., None] * relative) ** 2 / np.where(has_whole, relative, 1.0)
    count = has_whole.sum(axis=-1)
    spread = np.where(has_whole, off, 0.0).sum(axis=-1) / np.maximum(count - 1, 1)
    return np.where((mean > 0) & (count > 1), spread / np.maximum(mean, 1e-9), np.nan)


def share_dispersion(parts: Floats, wholes: Floats, usual: Floats) -> Floats:
    """The variance of a block's minutes by that of a binomial; NaN where nothing was expected.

    Args:
        parts: by ... and minute.
        wholes: counts of the denominator, of the same shape.
        usual: the usual share, by ....
    """
    mean = wholes * usual[..., None]
    variance = mean * (1 - usual[..., None])
    ratio = (parts - mean) ** 2 / np.maximum(variance, 1e-9)
    return np.where((variance > 0).all(axis=-1), ratio.mean(axis=-1), np.nan)


def phi(ratios: Floats, valid: Bools, shares: Bools, sums: Floats, portions: Floats) -> Floats:
    """Variance by mean from minute to minute: the median over blocks, at least that of plain counting.

    Most blocks of a sum with few dear parts hold none of these, so their median knows nothing of them: of
    such a sum it is the mean over blocks, as far as counting whole portions would scatter.

    Args:
        ratios: ``dispersion`` or ``share_dispersion`` by ... and block.
        valid: which blocks may teach.
        shares: by ..., whether they are of a share.
        sums: of the blocks, by ... and block.
        portions: by ..., the most that one record adds.
    """
    there = valid & ~np.isnan(ratios)
    usual = median(ratios, there)
    learnt = usual / np.where(shares, CHI_5, CHI_4)
    learnt = np.maximum(np.nan_to_num(learnt, nan=1.0), np.where(shares, 2.0, 1.0))
    weights = np.where(there, sums, 0.0)
    mean = (weights * np.nan_to_num(ratios)).sum(axis=-1) / np.maximum(weights.sum(axis=-1), 1e-9)
    return np.where(
        shares, learnt, np.maximum(learnt, np.minimum(mean, np.where(portions > 1, portions, 0.0)))
    )


def strays(
    sums: tuple[Floats, Floats], valid: Bools, noise: Floats, rise: Bools, lengths: Sequence[int]
) -> Floats:
    """The relative spread of usual sums of windows; NaN while there are too few.

    It is the smallest c for which, on the side that would be evidence, half of the windows lie within what
    half of normal ones do, and all but one in a thousand within what all but one in a thousand do: slow dips
    that come every few days are usual. The scatter of counting itself is subtracted.

    Args:
        sums: counted and usual sums, each by series and block.
        valid: which blocks may teach.
        noise: phi, variance by mean, by series.
        rise: by series, which side.
        lengths: of the windows, in blocks.

    Returns:
        by series and length.
    """
    counted, usual = (_running(np.where(valid, each, 0.0)) for each in sums)
    fine = _running(valid.astype(np.float64))
    columns = [_stray((counted, usual), fine, noise, rise, length) for length in lengths]
    return np.stack(columns, axis=-1)


def _stray(running: tuple[Floats, Floats], fine: Floats, noise: Floats, rise: Bools, length: int) -> Floats:
    # Windows that overlap by half tell almost all that every window does.
    ends = np.arange(length, fine.shape[-1], max(1, length // 2))
    counted, means = (each[:, ends] - each[:, ends - length] for each in running)
    there = (fine[:, ends] - fine[:, ends - length] == length) & (means > 0)
    mean = np.maximum(means, 1e-9)
    off = (counted - mean) / mean
    counting = noise[:, None] / mean
    square = off * off
    side = there & ((off > 0) == rise[:, None])
    middle = median(square / MIDDLE - counting, side)
    sided = np.where(side, square / TAIL - counting, -np.inf)
    # Place of the one in a thousand among what is there; what is not there is -inf and comes first.
    count = there.sum(axis=-1)
    last = len(ends) - 1
    place = np.clip(last - np.ceil(count * TAIL_PART).astype(np.int64), 0, last)
    tail = np.take_along_axis(np.sort(sided, axis=-1), place[:, None], -1)[:, 0]
    learnt = np.sqrt(np.maximum(np.maximum(np.nan_to_num(middle, nan=0.0), tail), 0.0))
    return np.where(count * max(1, length // 2) >= LEAST, learnt, np.nan)


def _running(values: Floats) -> Floats:
    """Running sums that begin with 0."""
    return np.concatenate((np.zeros((len(values), 1)), np.cumsum(values, axis=-1)), axis=-1)
