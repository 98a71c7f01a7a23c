"""The state of a topic's evidence beside its counts; every array is by region and signal first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from creator_pulse.stream.evidence.history import HOUR, RING, UNBORN
from creator_pulse.stream.evidence.scan import SLOW_BLOCKS
from creator_pulse.stream.evidence.usual import WEEKS
from creator_pulse.stream.evidence.verdict import HISTORIES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Singles = NDArray[np.float32]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

NAMES, POSITION, BLOCK, HOURLY, LEARNT = b"r", b"p", b"b", b"o", b"l"
"""Parts of the state that are written whole: regions, how far it has come, the open block, the outlook of its
hour, the learnt parameters."""
NONE, LAST_HOUR, LAST_DAY, LAST_WEEK, LAST_WEEKS = range(len(HISTORIES))
"""How much is known."""
FALL, RISE = 0, 1
FAST, SLOW = 0, 1
FAST_SPREADS = (1, 2, 4, 6, 12)
"""Blocks of the windows whose spread is learnt; a shorter window strays as one block does."""


class Rings(NamedTuple):
    """By block, at the place ``block % RING``.

    Attributes:
        usual: the plain expectation, without calendar and level; of a share the share, of a price the price.
        fall: the expectation that a fall was compared with.
        rise: the expectation that a rise was compared with.
        slow: the expectation that a slow fall was compared with.
        ratio: variance by mean of the block's minutes; NaN if nothing was counted.
        peak: the highest fast score of the block; negative if the block teaches all the same.
    """

    usual: Singles
    fall: Singles
    rise: Singles
    slow: Singles
    ratio: Singles
    peak: Singles

    @classmethod
    def blank(cls, regions: int, signals: int) -> Rings:
        """Of regions that were never seen."""
        shape = (regions, signals, RING)
        return cls(
            usual=np.zeros(shape, np.float32),
            fall=np.zeros(shape, np.float32),
            rise=np.zeros(shape, np.float32),
            slow=np.zeros(shape, np.float32),
            ratio=np.full(shape, np.nan, np.float32),
            peak=np.zeros(shape, np.float32),
        )


class OpenBlock(NamedTuple):
    """What holds for the block that is open, and where excursions stand.

    Attributes:
        usual: the plain expectation of the block, without calendar and level; of a share the share, of a
            price the price.
        base: by direction, the expectation for falls and rises without viewers.
        level: today's.
        phase: how much of the past is known.
        expected_from: first slot since which something is expected.
        peak: highest fast score of the block so far.
        suspect: blocks in a row that were suspect.
        paged: whether a page is open: 1 from a block with the score of one to the next calm block.
        fresh: first slot that fast windows may hold: after a paged change that is over, which is not told
            again, or after the day that tells the scatter of taught counts.
        since: by direction and speed, begin of the excursion, epoch ms, or 0.
    """

    usual: Floats
    base: Floats
    level: Floats
    phase: Ints
    expected_from: Ints
    peak: Floats
    suspect: Ints
    paged: Ints
    fresh: Ints
    since: Ints

    @classmethod
    def blank(cls, regions: int, signals: int) -> OpenBlock:
        """Of regions that were never seen."""
        shape = (regions, signals)
        return cls(
            usual=np.zeros(shape),
            base=np.zeros((*shape, 2)),
            level=np.ones(shape),
            phase=np.zeros(shape, np.int64),
            expected_from=np.full(shape, UNBORN, np.int64),
            peak=np.zeros(shape),
            suspect=np.zeros(shape, np.int64),
            paged=np.zeros(shape, np.int64),
            fresh=np.zeros(shape, np.int64),
            since=np.zeros((*shape, 2, 2), np.int64),
        )


class Outlook(NamedTuple):
    """What weeks and days say of each block of an hour, worked out when it begins.

    Attributes:
        plain: the expectation, without calendar and level; NaN where nothing tells it.
        share: the median share, or price, at this time of the week; NaN without history, and if the signal is
            neither.
        phase: how much of the past is known.
    """

    plain: Floats
    share: Floats
    phase: Ints

    @classmethod
    def blank(cls, regions: int, signals: int) -> Outlook:
        """Of regions that were never seen."""
        shape = (regions, signals, HOUR)
        return cls(np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape, np.int64))


class Learnt(NamedTuple):
    """The parameters learnt from weeks of history, every few hours.

    Attributes:
        growth: by week back, today's volume by that of then.
        wide: whether a block holds too little to be compared alone.
        phi: variance by mean from minute to minute.
        fast: the spread c by direction and length, NaN before it is learnt.
        slow: likewise, of slow windows.
        sure: whether the spreads are those of an expectation from a week or more.
        share: of the last days, or the price; NaN if the signal is neither.
        price: money by count.
        large: whether the region is looked at by itself.
    """

    growth: Floats
    wide: Bools
    phi: Floats
    fast: Floats
    slow: Floats
    sure: Bools
    share: Floats
    price: Floats
    large: Bools

    @classmethod
    def blank(cls, regions: int, signals: int) -> Learnt:
        """Of regions that were never seen: none is large yet."""
        shape = (regions, signals)
        return cls(
            growth=np.ones((*shape, WEEKS)),
            wide=np.ones(shape, np.bool_),
            phi=np.ones(shape),
            fast=np.full((*shape, 2, len(FAST_SPREADS)), np.nan),
            slow=np.full((*shape, 2, len(SLOW_BLOCKS)), np.nan),
            sure=np.zeros(shape, np.bool_),
            share=np.full(shape, np.nan),
            price=np.zeros(shape),
            large=np.zeros(shape, np.bool_),
        )


State = TypeVar("State", Rings, OpenBlock, Outlook, Learnt)


def grown(state: State, more: State) -> State:
    """The same with the rows of more regions behind."""
    return type(state)(*(np.concatenate(pair) for pair in zip(state, more, strict=True)))
