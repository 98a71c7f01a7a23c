"""The window that decides: of all that end now, the one that is the most evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from creator_pulse.stream.evidence.scan import ENDED, count_gain, share_gain, still_gain
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
            lost: a window is evidence only if its tail is off as well, by more than tolerance, and more like
            the window than like the usual; and if no shorter window says that the change is over.
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
        phi: variance by mean, by direction.
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


def _lasts(windows: ScanWindows, bars: Bars, way: int, at: tuple[Ints, ...], paged: Bools) -> Bools:
    """Whether what some windows hold is not over yet.

    Args:
        windows: all that end now, with their tails.
        bars: those that they are held against.
        way: ``FALL`` or ``RISE``.
        at: end, region, signal and length of each of the windows.
        paged: by region and signal, whether a page is open, which lasts until something says that it is over.
    """
    sums, tails = windows.sums, windows.tails
    usual, of_tails = (each.fall if way == FALL else each.rise for each in (sums, tails))
    end, row, column, length = at
    ratio = np.maximum(sums.part[at] / np.maximum(usual[at], 1e-9), 1e-9)
    phi = bars.phi[row, column, way]
    # Of few a minute the newest few are as usual by chance, ever again.
    lasts = still_gain(tails.part[at], of_tails[at], ratio) > np.where(paged[row, column], -ENDED * phi, 0.0)
    # All windows end now, so each shorter one is the newest part of a longer.
    counted, means = sums.part[end, row, column], usual[end, row, column]
    stray = np.minimum(bars.strays[row, column, way], 1e3)
    still = still_gain(counted, means, ratio[:, None]) / (phi[:, None] + stray * stray * means)
    shorter = np.arange(len(bars.lengths)) < length[:, None]
    ended: Bools = (shorter & (still < -ENDED)).any(axis=-1)
    return lasts & ~ended


def _lasting(windows: ScanWindows, bars: Bars, way: int, off: Bools, paged: Bools) -> tuple[Ints, ...]:
    """Places of the windows that are off, and not over."""
    at = np.nonzero(off)
    if not len(at[0]):
        return at
    lasts = _lasts(windows, bars, way, at, paged)
    return tuple(each[lasts] for each in at)


def decided(windows: ScanWindows, bars: Bars, paged: Bools) -> Scored:
    """The windows that decide, for a fall and for a rise.

    Args:
        windows: all that end now, with their tails.
        bars: those that they are held against.
        paged: by region and signal, whether a page is open: it lasts until its end is evident, and not only
            while the newest part is off.
    """
    sums, tails = windows.sums, windows.tails
    fall_from, rise_from = bars.fall_from[..., None], bars.rise_from[..., None]
    low, high = sums.fall * fall_from, sums.rise * rise_from
    falls = windows.there & bars.falls[..., None] & (sums.part < low)
    rises = windows.there & bars.rises[..., None] & (sums.part > high)
    falls &= paged[..., None] | (tails.part < tails.fall * fall_from)
    rises &= paged[..., None] | (tails.part > tails.rise * rise_from)
    shape = (*sums.part.shape[:-1], 2)
    # Most of the time nothing is off.
    if not falls.any() and not rises.any():
        return Scored(np.zeros(shape), np.zeros(shape, np.int64), windows, bars)
    gain = np.zeros((*shape, len(bars.lengths)))
    at = _lasting(windows, bars, FALL, falls, paged)
    end, row, column, length = at
    stray = bars.strays[row, column, FALL, length]
    gain[end, row, column, FALL, length] = count_gain(
        sums.part[at], low[at], bars.phi[row, column, FALL], stray
    )
    at = _lasting(windows, bars, RISE, rises, paged)
    if len(at[0]):
        end, row, column, length = at
        stray, phi = bars.strays[row, column, RISE, length], bars.phi[row, column, RISE]
        share = bars.share[column]
        counts = count_gain(sums.part[at], high[at], phi, stray)
        if share.any():
            of_shares = share_gain(sums.part[at], windows.whole[at], high[at], phi, stray)
            counts = np.where(share, of_shares, counts)
        gain[end, row, column, RISE, length] = counts
    best = gain.argmax(axis=-1)
    return Scored(gain.max(axis=-1), best, windows, bars)
