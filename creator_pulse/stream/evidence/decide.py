"""The window that decides: of all that end now, the one that is the most evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from creator_pulse.stream.evidence.scan import TAIL_CHANGE, count_gain, share_gain
from creator_pulse.stream.evidence.state import FALL, RISE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]


class ScanSums(NamedTuple):
    """Sums of windows by end, region, signal and length.

    Attributes:
        part: the counts.
        fall: the expectation that a fall is compared with.
        rise: the expectation that a rise is compared with.
    """

    part: Floats
    fall: Floats
    rise: Floats


class ScanWindows(NamedTuple):
    """Windows by end, region, signal and length.

    Attributes:
        sums: of all of each.
        tails: of the newest part of each. A series that has recovered is not wrong any more, however much was
            lost: a window is evidence only if its tail is off as well, by more than tolerance and a third as
            far.
        whole: the denominator of a share; the part itself if the signal is no share.
        there: whether so much is known.
    """

    sums: ScanSums
    tails: ScanSums
    whole: Floats
    there: Bools


class Scored(NamedTuple):
    """Evidence by region, signal and direction; of several ends, by end before that.

    Attributes:
        score: of the window that decides.
        best: the place of that window; of the shortest if none is evidence.
        windows: all that were scored.
        bars: those that they were held against.
    """

    score: Floats
    best: Ints
    windows: ScanWindows
    bars: Bars

    def at(self, end: int) -> Scored:
        """Those of one end."""
        sums, tails = (
            ScanSums(*(each[end] for each in of)) for of in (self.windows.sums, self.windows.tails)
        )
        windows = ScanWindows(sums, tails, self.windows.whole[end], self.windows.there[end])
        return self._replace(score=self.score[end], best=self.best[end], windows=windows)

    @property
    def length(self) -> Ints:
        """Of the window that decides, in slots."""
        length: Ints = self.bars.lengths[self.best]
        return length


class Bars(NamedTuple):
    """From where on windows are evidence; by region and signal first.

    Attributes:
        lengths: of the windows, in slots.
        tails: of their newest parts.
        strays: c by direction and length.
        phi: variance by mean.
        share: by signal, whether it is one.
        falls: whether a fall is looked at.
        rises: whether a rise is looked at.
        fall_from: part of the expectation below which it is evidence.
        rise_from: likewise above which.
    """

    lengths: Ints
    tails: Ints
    strays: Floats
    phi: Floats
    share: Bools
    falls: Bools
    rises: Bools
    fall_from: Floats
    rise_from: Floats


def _least_change(part: Floats, usual: Floats) -> Floats:
    """How far the tail of a window must be off at least, as a fraction of the usual sum."""
    change: Floats = (part / np.maximum(usual, 1e-9) - 1) * TAIL_CHANGE
    return change


def decided(windows: ScanWindows, bars: Bars) -> Scored:
    """The windows that decide, for a fall and for a rise."""
    sums, tails = windows.sums, windows.tails
    fall_from, rise_from = bars.fall_from[..., None], bars.rise_from[..., None]
    low, high = sums.fall * fall_from, sums.rise * rise_from
    falls = windows.there & bars.falls[..., None] & (sums.part < low)
    rises = windows.there & bars.rises[..., None] & (sums.part > high)
    falls &= tails.part < tails.fall * np.minimum(fall_from, 1 + _least_change(sums.part, sums.fall))
    rises &= tails.part > tails.rise * np.maximum(rise_from, 1 + _least_change(sums.part, sums.rise))
    shape = (*sums.part.shape[:-1], 2)
    # Most of the time nothing is off.
    if not falls.any() and not rises.any():
        return Scored(np.zeros(shape), np.zeros(shape, np.int64), windows, bars)
    gain = np.zeros((*shape, len(bars.lengths)))
    at = np.nonzero(falls)
    end, row, column, length = at
    stray = bars.strays[row, column, FALL, length]
    gain[end, row, column, FALL, length] = count_gain(sums.part[at], low[at], bars.phi[row, column], stray)
    at = np.nonzero(rises)
    if len(at[0]):
        end, row, column, length = at
        stray, phi, share = bars.strays[row, column, RISE, length], bars.phi[row, column], bars.share[column]
        counts = count_gain(sums.part[at], high[at], phi, stray)
        if share.any():
            of_shares = share_gain(sums.part[at], windows.whole[at], high[at], phi, stray)
            counts = np.where(share, of_shares, counts)
        gain[end, row, column, RISE, length] = counts
    best = gain.argmax(axis=-1)
    return Scored(gain.max(axis=-1), best, windows, bars)
