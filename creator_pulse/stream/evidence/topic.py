"""The evidence of one topic, whose slots are closed together."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from creator_pulse.stream.catalog.declaration.signals import PAGE_SCORE
from creator_pulse.stream.evidence import spread, usual
from creator_pulse.stream.evidence.decide import Bars, ScanSums, ScanWindows, Scored, decided
from creator_pulse.stream.evidence.history import (
    BLOCK_MS,
    DAY,
    HOUR,
    NOTHING,
    RING,
    SLOTS,
    UNBORN,
    WEEK,
    WHOLE,
    TopicHistory,
)
from creator_pulse.stream.evidence.scan import FAST_MS, SLOW_BLOCKS, TAIL_BLOCKS, TAIL_MS, TAIL_PART
from creator_pulse.stream.evidence.state import (
    BLOCK,
    FALL,
    FAST,
    FAST_SPREADS,
    HOURLY,
    LAST_DAY,
    LAST_HOUR,
    LAST_WEEK,
    LAST_WEEKS,
    LEARNT,
    NAMES,
    NONE,
    POSITION,
    RISE,
    SLOW,
    Learnt,
    OpenBlock,
    Outlook,
    Rings,
    grown,
)
from creator_pulse.stream.evidence.verdict import HISTORIES, SPEEDS, WAYS, SignalVerdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from creator_pulse.stream.catalog.declaration.signals import Signal
    from creator_pulse.stream.evidence.viewers import Viewers

    Floats = NDArray[np.float64]
    Singles = NDArray[np.float32]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

Summed = TypeVar("Summed", "NDArray[np.float64]", "NDArray[np.int64]")
UNIT = 10_000
"""The expectation of a slot is stored in ten-thousandths, so that sums of it are exact."""
SUSPECT = 4.0
"""Score from which a block teaches neither the plain expectation nor today's level."""
WRONG = PAGE_SCORE
"""Score from which a block does not teach how far counts stray either."""
OVER = 2.0
"""Score below which an excursion has ended."""
SETTLED = 3 * DAY
"""Blocks in a row after which a suspect level is the new usual one."""
SURE = 2 * DAY
"""Blocks whose expectation was made of a week or more from which their spread is known."""
LEARN_BLOCKS, LEARN_YOUNG = 6 * HOUR, HOUR
"""How often growth and sizes are learnt anew, and how often, with the spread, in the first two days."""
LEAP, LEAP_SHORT = 6 * HOUR, HOUR
"""Blocks without a record that are leapt over in one, and how many of them before the next are not."""
LEAST_PART = 0.05
"""Part of the app's from which a region is looked at by itself."""
# By how much is known: what is left of the expectation, or is there, before it is evidence.
_FALL_FROM = np.array((0.0, 0.3, 0.6, 0.8, 0.9))
_RISE_FROM = np.array((np.inf, np.inf, 1.8, 1.3, 1.1))
_SHARE_FROM = np.array((3.0, 3.0, 1.5, 1.3, 1.1))
_SLOW_FALL_FROM = np.array((0.0, 0.0, 0.0, 0.8, 1.0))
_SLOW_RISE_FROM = np.array((np.inf, np.inf, np.inf, 1.3, 1.0))
_SLOW_SHARE_FROM = np.array((np.inf, np.inf, np.inf, 1.3, 1.05))
# Markets move prices by some tenths, an error by factors: nobody is told of less.
_PRICE_FROM = np.array((np.inf, np.inf, 2.0, 1.5, 1.25))
# Today's level in the expectation of a fall, and of a rise.
_FALL_LEVELS = (0.7, 1.15)
_RISE_LEVELS = (0.85, 1.4)
# Part of a count that is added to a block before a rise is evidence: what weeks never saw may still come.
_UNSEEN = 0.05
_LEAST_SHARE = 1e-4
_DAY_PLACES = 512
"""Places of sums of blocks: the longest slow window, and the block before it."""
_BAND = 3.0
_MINUTES = 5
_BAND_MS = 300_000
_HOUR_MS = HOUR * BLOCK_MS


class TopicEvidence:
    """The signals of a topic.

    Args:
        signals: at least one.
        app: label of the verdicts.
        name: region of the verdicts of the whole.
        step_ms: length of a slot.
        factor: times the usual volume that the calendar of a tool expects at a time.
        viewers: those that are there by those that are expected.

    Attributes:
        signals: as given.
        history: the counted sums.
        version: goes up whenever a closed slot changes.
    """

    def __init__(
        self,
        signals: Sequence[Signal],
        app: str,
        name: str,
        step_ms: int,
        factor: Callable[[str, int], float],
        viewers: Viewers,
    ) -> None:
        self.signals = tuple(signals)
        self._app, self._name, self._factor, self._viewers = app, name, factor, viewers
        measures = dict.fromkeys(each for signal in signals for each in signal.measures)
        self.history = TopicHistory((*measures, NOTHING), step_ms)
        place = self.history.measures
        self._count = np.array([place[signal.count] for signal in signals])
        self._share = np.array([bool(signal.of) for signal in signals])
        self._price = np.array([bool(signal.per) for signal in signals])
        # What is expected of these is a usual ratio of another count, however large that is.
        self._ratio = self._share | self._price
        wholes = [signal.whole or (signal.count,) for signal in signals]
        most = max(map(len, wholes))
        self._of = np.array([[place[each] for each in (*of, *[NOTHING] * most)[:most]] for of in wholes])
        self._money = np.array([place[signal.lost or signal.count] for signal in signals])
        self._costs = np.array([signal.lost is not None for signal in signals])
        self._portions = np.array([signal.portion for signal in signals], np.float64)
        self._most = np.array([0.0 if signal.per else signal.most or _LEAST_SHARE for signal in signals])
        self._follows = np.array([signal.by_viewers for signal in signals])
        self._watched = np.array(
            [[way in signal.directions for way in ("fall", "rise")] for signal in signals]
        )
        self._lengths = np.array([w // step_ms for w in FAST_MS if w >= step_ms])
        tails = np.clip(self._lengths * step_ms // TAIL_PART, *TAIL_MS) // step_ms
        self._tails = np.clip(tails, 1, self._lengths)
        self._spreads = np.searchsorted(FAST_SPREADS[:-1], self._lengths // self.history.per_block)
        size = (1, len(self.signals))
        self.rings, self.open, self.learnt = Rings.blank(*size), OpenBlock.blank(*size), Learnt.blank(*size)
        self.learnt.large[0] = True
        self.outlook, self.outlook_hour = Outlook.blank(*size), -1
        self.factors = np.ones((len(self.signals), RING))
        # By region, signal, direction and slot of the last hour, in UNITs.
        self.expected = np.zeros((1, len(self.signals), 2, self.history.recent), np.int64)
        # Sums of it up to each slot, as those of the history.
        self._running = np.zeros_like(self.expected)
        # By what is counted, the whole, slow falls and rises; region, signal, block of a day: sums up to it.
        self._day = np.zeros((4, *size, _DAY_PLACES), np.int64)
        self._day_ends: int | None = None
        self._bars_now: tuple[Bars, Bars] | None = None
        self._scores: tuple[Scored, Scored] | None = None
        self.version = 0
        self.changed = {NAMES, POSITION}

    def add(self, measure: str, region: str, slots: Ints, totals: Ints) -> None:
        """Add increments of a measure."""
        late = self.history.add(measure, region, slots, totals)
        self.changed.add(POSITION)
        self.grow()
        if late:
            self._expect_late(slots)
            self._changed_past()

    def teach(self, measure: str, region: str, blocks: Ints, totals: Ints) -> None:
        """Take sums of whole blocks from before the first close.

        They teach the usual; how far counts stray, and from minute to minute, only closed slots tell.
        """
        self.history.teach(measure, region, blocks, totals)
        self.grow()
        self.rings.ratio[:, :, blocks % RING] = np.nan

    def grow(self) -> None:
        """Give new regions a place."""
        more = len(self.history.regions) - len(self.expected)
        if more:
            size = (more, len(self.signals))
            self.rings = grown(self.rings, Rings.blank(*size))
            self.open = grown(self.open, OpenBlock.blank(*size))
            self.learnt = grown(self.learnt, Learnt.blank(*size))
            self.outlook = grown(self.outlook, Outlook.blank(*size))
            blank = np.zeros((*size, 2, self.history.recent), np.int64)
            self.expected = np.concatenate((self.expected, blank))
            self._running = np.concatenate((self._running, blank))
            self._day = np.concatenate((self._day, np.zeros((4, *size, _DAY_PLACES), np.int64)), axis=1)
            self._bars_now = None
            self._changed_past()
            self.changed |= {NAMES, BLOCK, HOURLY, LEARNT, POSITION}

    def settle(self) -> None:
        """Add up the restored sums."""
        self.history.settle()
        self._run_again()
        self._bars_now = None
        self._changed_past()

    def _changed_past(self) -> None:
        """Forget results over closed slots, because one of those has changed."""
        self.version += 1
        self._scores = self._day_ends = None

    def close(self, until_ms: int) -> None:
        """Close every slot that ends at or before a time, in order."""
        history = self.history
        until = until_ms // history.step_ms
        if history.closed is None:
            history.begin(until)
            self.grow()
            self._listen_first()
        elif until - history.closed > (RING - DAY) * history.per_block:
            history.begin(until)
            self.grow()
        while history.closed is not None and history.closed < until:
            if history.closed % history.per_block == 0:
                self._leap(until)
                self._begin_block(history.closed // history.per_block)
            self._close_slots(until)

    def _listen_first(self) -> None:
        """Let a day of slots tell how counts scatter, where only sums of blocks were taught.

        Before that nothing is evidence: held against an unknown scatter all blocks would look wrong, and so
        none of them would teach it.
        """
        history = self.history
        begin = history.closed or 0
        is_taught = history.born[:, self._count] < begin // history.per_block
        self.open.fresh[...] = np.where(is_taught, begin + DAY * history.per_block, 0)

    def _leap(self, until: int) -> None:
        """Pass over hours without a record that one watermark leaves behind: nobody was counting then.

        It is so in a log that was begun anew. A topic that falls silent while others go on is closed slot by
        slot, as theirs are.
        """
        history = self.history
        least = (history.closed or 0) // history.per_block + LEAP
        # The watermark rarely leaves hours behind: only then is what was counted looked at.
        if until // history.per_block - LEAP_SHORT < least:
            return
        block = history.first_counted(until) // history.per_block - LEAP_SHORT
        if block < least:
            return
        places = history.leap(block)
        for ring in self.rings:
            ring[:, :, places] = 0.0
        # What nobody counted teaches nothing.
        self.rings.peak[:, :, places] = WRONG
        self.factors[:, places] = 1.0
        self.expected[...] = 0
        self._running[...] = 0
        self.open.since[...] = 0
        self.open.suspect[...] = self.open.paged[...] = self.open.fresh[...] = 0
        self.open.expected_from[...] = UNBORN
        self._changed_past()

    # --- slots of one block

    def _close_slots(self, until: int) -> None:
        history = self.history
        slots = history.close(until)
        self.version += 1
        self._expect(slots)
        fast = self._scan(slots)
        if fast.score.any():
            np.maximum(self.open.peak, fast.score.max(axis=(0, -1)), out=self.open.peak)
        if self.open.since[..., FAST].any() or fast.score.max() >= SUSPECT:
            for place, slot in enumerate(slots.tolist()):
                self._note_since(fast.at(place), FAST, slot + 1)
        if slots[0] % history.per_block == 0:
            slow = self._slow_scan()
            self._note_since(slow, SLOW, int(slots[0]))
        else:
            slow = self._scores[SLOW] if self._scores is not None else self._slow_scan()
        self._scores = (fast.at(-1), slow)
        if history.closed is not None and history.closed % history.per_block == 0:
            self._end_block(int(slots[0]) // history.per_block)
        self.changed.add(POSITION)

    def _expect(self, slots: Ints) -> None:
        """Write down the expectation for slots that were closed just now."""
        history = self.history
        expected = np.empty((*self.open.base.shape, len(slots)))
        expected[...] = (self.open.base / history.per_block)[..., None]
        if self._follows.any():
            by = self._viewers.of(history.regions)
            expected[:, self._follows, FALL] *= np.minimum(by, 1.0)[:, None, None]
            expected[:, self._follows, RISE] *= np.maximum(by, 1.0)[:, None, None]
        if self._ratio.any():
            expected[:, self._ratio] = self._of_wholes(slots)
        places, before = slots % history.recent, (slots[0] - 1) % history.recent
        counts = np.rint(expected * UNIT).astype(np.int64)
        self.expected[..., places] = counts
        self._running[..., places] = counts.cumsum(axis=-1) + self._running[..., before, None]

    def _of_wholes(self, slots: Ints) -> Floats:
        """What shares and prices expect of slots, by as many as are counted in them."""
        wholes = self._wholes(self.history.slots[:, :, slots % SLOTS])[:, :, None]
        return self._at_ratios(wholes, self.open.base[..., None])[:, self._ratio]

    def _expect_late(self, slots: Ints) -> None:
        """Expect more of closed slots that count more now: what came late is no rise by itself."""
        history, closed = self.history, self.history.closed or 0
        late = np.unique(slots[(slots < closed) & (slots >= closed - history.recent)])
        if len(late) and self._ratio.any():
            counts = np.rint(self._of_wholes(late) * UNIT).astype(np.int64)
            rows = np.arange(len(self.expected))
            at = np.ix_(rows, np.flatnonzero(self._ratio), np.arange(2), late % history.recent)
            self.expected[at] = counts
            self._run_again()

    def _run_again(self) -> None:
        """Sum the expectations of the closed slots anew."""
        closed = self.history.closed or 0
        places = np.arange(closed - self.history.recent, closed) % self.history.recent
        self._running[..., places] = self.expected[..., places].cumsum(axis=-1)

    def _note_since(self, scored: Scored, speed: int, end: int) -> None:
        since = self.open.since[..., speed]
        if not since.any() and scored.score.max() < SUSPECT:
            return
        begin = (end - scored.length) * self.history.step_ms
        since[...] = np.where(scored.score < OVER, 0, since)
        since[...] = np.where((scored.score >= SUSPECT) & (since == 0), begin, since)

    # --- the scan

    def _scan(self, slots: Ints) -> Scored:
        """The fast evidence as of each of some closed slots, which are the last ones."""
        history, recent = self.history, self.history.recent
        last = self._running[..., slots % recent, None]

        def windows(lengths: Ints) -> tuple[Ints, ScanSums]:
            counts = np.moveaxis(history.windows(slots, lengths), -2, 0)
            means = last - self._running[..., (slots[:, None] - lengths) % recent]
            of = np.moveaxis(means, -2, 0) / UNIT
            return counts, ScanSums(
                counts[:, :, self._count].astype(np.float64), of[..., FALL, :], of[..., RISE, :]
            )

        (counts, sums), (_, tails) = windows(self._lengths), windows(self._tails)
        whole = counts[:, :, self._of].sum(axis=3) * 1.0 if self._share.any() else sums.part
        ages = slots[:, None, None] + 1 - np.maximum(self.open.expected_from, self.open.fresh)
        there = ages[..., None] >= self._lengths
        return decided(ScanWindows(sums, tails, whole, there), self._bars()[FAST], self.open.paged > 0)

    def _bars(self) -> tuple[Bars, Bars]:
        """From where on windows that end in the open block are evidence, fast and slow ones."""
        if self._bars_now is None:
            phase = self.open.phase
            unlearnt = np.array(spread.UNLEARNT)[phase][..., None, None]
            strays = np.where(np.isnan(self.learnt.fast), unlearnt, self.learnt.fast)[..., self._spreads]
            floor = np.where(self._lengths < self.history.per_block, spread.BRIEF_FLOOR, spread.FLOOR)
            floor = np.where(self._share[:, None, None], spread.SHARE_FLOOR, floor)
            rise_from = self._rises_from(_SHARE_FROM, _RISE_FROM)
            lengths = (self._lengths, self._tails)
            # Where it is known how far last week's time of the day strays, that is the guard.
            sure = self.learnt.sure & (phase == LAST_WEEK)
            fall_from = _FALL_FROM[np.where(sure, LAST_WEEKS, phase)]
            fast = self._bars_of(lengths, np.maximum(strays, floor), (fall_from, rise_from))
            strays = np.where(np.isnan(self.learnt.slow), np.inf, self.learnt.slow)
            floor = np.where(self._share, spread.SHARE_FLOOR, spread.FLOOR)[:, None, None]
            rise_from = self._rises_from(_SLOW_SHARE_FROM, _SLOW_RISE_FROM)
            blocks = np.array(SLOW_BLOCKS)
            tails = np.minimum(blocks // TAIL_PART, TAIL_BLOCKS)
            lengths = (blocks * self.history.per_block, tails * self.history.per_block)
            slow = self._bars_of(lengths, np.maximum(strays, floor), (_SLOW_FALL_FROM[phase], rise_from))
            self._bars_now = (fast, slow)
        return self._bars_now

    def _rises_from(self, of_shares: Floats, of_counts: Floats) -> Floats:
        """So many times its expectation from which a rise is evidence; by region and signal."""
        phase = self.open.phase
        of_others = np.where(self._price, _PRICE_FROM[phase], of_counts[phase])
        return np.where(self._share, of_shares[phase], of_others)

    def _bars_of(self, lengths: tuple[Ints, Ints], strays: Floats, tolerances: tuple[Floats, Floats]) -> Bars:
        looked_at = self._watched & self.learnt.large[..., None]
        fall_from, rise_from = tolerances
        # Few large gifts make a rise that the usual minute knows nothing of, and never a fall.
        phi = np.stack((self.learnt.phi, np.maximum(self.learnt.phi, self._portions)), axis=-1)
        return Bars(
            *lengths,
            strays,
            phi,
            self._share,
            looked_at[..., FALL] & (fall_from > 0),
            looked_at[..., RISE] & np.isfinite(rise_from),
            fall_from,
            np.minimum(rise_from, 1e6),
        )

    def _slow_scan(self) -> Scored:
        """The slow evidence as of the last block with a closed slot behind it."""
        history = self.history
        last = history.last_block
        if self._day_ends != last:
            first = last - 1 if self._day_ends == last - 1 else last - SLOW_BLOCKS[-1]
            blocks = np.arange(first, last)
            before = self._day[..., (first - 1) % _DAY_PLACES, None]
            self._day[..., blocks % _DAY_PLACES] = before + self._of_blocks(blocks).cumsum(axis=-1)
            self._day_ends = last
        ends = self._day[..., (last - 1) % _DAY_PLACES, None]

        def windows(lengths: Ints) -> tuple[Floats, ScanSums]:
            sums = (ends - self._day[..., (last - 1 - lengths // history.per_block) % _DAY_PLACES])[:, None]
            part, whole = sums[:2].astype(np.float64)
            return whole, ScanSums(part, *sums[2:] / UNIT)

        bars = self._bars()[SLOW]
        (whole, sums), (_, tails) = windows(bars.lengths), windows(bars.tails)
        there = (last * history.per_block - self.open.expected_from)[..., None] >= bars.lengths
        never = np.zeros_like(self.learnt.large)
        return decided(ScanWindows(sums, tails, whole, there), bars, never).at(0)

    def _of_blocks(self, blocks: Ints) -> Ints:
        """Counts, denominators, and, in UNITs, expectations for slow falls and rises; by block."""
        rings, places = self.rings, blocks % RING
        counts = self.history.blocks[:, :, places]
        part = counts[:, self._count]
        plain = rings.usual[:, :, places].astype(np.float64)
        rise = plain * np.maximum(self.factors[:, places], 1.0)
        whole = part
        if self._ratio.any():
            whole = self._wholes(counts)
            rise = np.where(self._ratio[:, None], self._at_ratios(whole, plain), rise)
        fall = rings.slow[:, :, places].astype(np.float64)
        expected = (np.rint(each * UNIT).astype(np.int64) for each in (fall, rise))
        return np.stack((part, whole, *expected))

    # --- one block

    def _end_block(self, block: int) -> None:
        """Write down the expectation for a block, and how it came."""
        history, rings, place = self.history, self.rings, block % RING
        before, last = (block * history.per_block - 1) % history.recent, ((block + 1) * history.per_block - 1)
        sums = (self._running[..., last % history.recent] - self._running[..., before]) / UNIT
        rings.fall[:, :, place], rings.rise[:, :, place] = sums[..., FALL], sums[..., RISE]
        rings.usual[:, :, place] = self.open.usual
        slow = self.open.usual * np.minimum(self.factors[:, place], 1.0)
        if self._follows.any():
            there = np.minimum(self._viewers.slowly_of(history.regions), 1.0)[:, None]
            slow = slow * np.where(self._follows, there, 1.0)
        rings.slow[:, :, place] = slow
        rings.ratio[:, :, place] = np.nan
        if (block + 1) % HOUR == 0:
            self._scatter(block // HOUR)
        suspect = self.open.peak >= SUSPECT
        ended = (self.open.paged > 0) & (self.open.peak < OVER)
        self.open.fresh[...] = np.where(ended, block * history.per_block, self.open.fresh)
        self.open.paged[...] = np.where(self.open.peak >= WRONG, 1, np.where(ended, 0, self.open.paged))
        self.open.suspect[...] = np.where(suspect, self.open.suspect + 1, 0)
        settled = self.open.suspect > SETTLED
        rings.peak[:, :, place] = np.where(settled, -self.open.peak, self.open.peak)
        self.open.peak[...] = 0.0
        self.changed.add(BLOCK)

    def _scatter(self, hour: int) -> None:
        """Write down how the minutes of an hour's blocks scattered."""
        history, rings = self.history, self.rings
        first = hour * HOUR * history.per_block
        slots = np.arange(
            max(first, (history.closed or 0) - history.recent), first + HOUR * history.per_block
        )
        blocks = np.unique(slots // history.per_block) % RING
        per_minute = history.per_block // _MINUTES
        by_minute = (*history.slots.shape[:2], len(blocks), _MINUTES, per_minute)
        minutes = history.slots[:, :, slots % SLOTS].reshape(by_minute).sum(axis=-1).astype(np.float64)
        parts = minutes[:, self._count]
        wholes = self._wholes(minutes)
        ratio = spread.dispersion(parts, np.where(self._price[:, None, None], wholes, 1.0))
        if self._share.any():
            shares = rings.usual[:, :, blocks].astype(np.float64)
            of_shares = spread.share_dispersion(parts, wholes, shares)
            ratio = np.where(self._share[:, None], of_shares, ratio)
        rings.ratio[:, :, blocks] = ratio

    def _begin_block(self, block: int) -> None:
        """Work out the expectation for a block before any slot of the block is closed."""
        age = block - self.history.born[:, self._count]
        young = bool(((age > 0) & (age < 2 * DAY)).any())
        if block % (LEARN_YOUNG if young else LEARN_BLOCKS) == 0:
            self._learn(block)
        if block % (LEARN_YOUNG if young else DAY) == 0:
            self._learn_spread(block)
        start_ms = block * self.history.per_block * self.history.step_ms
        before = self.factors[:, (block - 1) % RING].copy()
        # What is announced begins and fades by and by: what holds an hour ago or in an hour counts too.
        ago, now, soon = (self._announced(start_ms + away) for away in (-_HOUR_MS, 0, _HOUR_MS))
        self.factors[:, block % RING] = now
        if self.outlook_hour != block // HOUR:
            self._look_out(block // HOUR)
        plain, phase = self._plain(block)
        ratios = np.fmax(np.fmax(self._most, self.learnt.share), self.outlook.share[..., block % HOUR])
        ratios = np.minimum(ratios, np.where(self._share, 0.999, np.inf))
        # A region without a price so far has that of the whole.
        ratios = np.where(ratios > 0, ratios, ratios[0])
        today, hour, sure = self._level(block, before)
        state = self.open
        has_usual = np.isfinite(plain) & (phase > NONE) & ((ratios > 0) | ~self._price)
        plain = np.where(has_usual, plain, 0.0)
        # A crowd that leaves is no fall, and one that comes back no rise: the milder level counts.
        milder = np.minimum(today, hour)
        # What sells less than announced, but more than usual, is no fall however much less it is.
        least = np.clip(now * milder, _FALL_LEVELS[0] * np.minimum(now, 1.0), _FALL_LEVELS[1] * now)
        lowest, highest = np.minimum.reduce((ago, now, soon)), np.maximum.reduce((ago, now, soon))
        unsure = np.minimum(lowest, 1.0) * np.clip(milder, *_FALL_LEVELS)
        fall = plain * np.where(sure & (lowest == now), least, unsure)
        most = np.where(sure & (highest == now), now, np.maximum(highest, 1.0))
        rise = plain * most * np.clip(np.maximum(today, hour), *_RISE_LEVELS) + _UNSEEN * self.learnt.phi
        if (state.phase != phase).any():
            self._bars_now = None
        state.phase[...] = phase
        state.level[...] = today
        state.usual[...] = np.where(self._ratio, ratios, plain)
        state.base[..., FALL] = np.where(self._ratio, 0.0, fall)
        # What is announced may be dearer, too.
        announced = np.where(self._price, np.maximum(now, 1.0), 1.0)
        rise = np.where(has_usual, rise, 0.0)
        state.base[..., RISE] = np.where(self._ratio, ratios * announced, rise)
        expected = has_usual | self._share
        begun = np.minimum(state.expected_from, self.history.closed or 0)
        state.expected_from[...] = np.where(expected, begun, UNBORN)
        self.changed.add(BLOCK)

    def _announced(self, time_ms: int) -> Floats:
        """How many times the usual the calendar expects at a time, by signal."""
        return np.array([self._factor(signal.tool, time_ms) for signal in self.signals])

    def _taught(self, blocks: Ints) -> Bools:
        """Whether blocks teach, by region, signal and block."""
        places = blocks % RING
        born = self.history.born[:, self._count].reshape(-1, len(self.signals), *(1,) * blocks.ndim)
        return (blocks > born) & (self.rings.peak[:, :, places] < SUSPECT)

    def _sums(self, measures: Ints, blocks: Ints) -> Floats:
        """Counts by region, signal and block."""
        column = measures.reshape(-1, *(1,) * blocks.ndim)
        return self.history.blocks[:, column, blocks % RING].astype(np.float64)

    def _wholes(self, values: Summed) -> Summed:
        """The denominator of each signal, from values by measure; the count itself if it is no share."""
        whole: Summed = values[:, self._of].sum(axis=2)
        return whole

    def _at_ratios(self, wholes: Floats | Ints, ratios: Floats) -> Floats:
        """The expectation of a share or a price, by the count that it is held against.

        At usual prices a whole app brings the sums of its regions at theirs, and counts without a region
        at that of the whole: else fewer ads where they are cheap would look like dearer ones.

        Args:
            wholes: that count, by region, signal and so on.
            ratios: the usual ones, of a shape like that.
        """
        expected: Floats = wholes * ratios
        others = wholes[1:, self._price] * (ratios[1:, self._price] - ratios[0, self._price])
        expected[0, self._price] += others.sum(axis=0)
        return expected

    def _whole_sums(self, blocks: Ints) -> Floats:
        """Likewise, by region, signal and block."""
        columns = self._of.reshape(*self._of.shape, *(1,) * blocks.ndim)
        sums: Floats = self.history.blocks[:, columns, blocks % RING].sum(axis=2).astype(np.float64)
        return sums

    def _look_out(self, hour: int) -> None:
        """Work out what weeks and days say of the blocks of an hour, and how much is known."""
        born = self.history.born[:, self._count]
        blocks = hour * HOUR + np.arange(HOUR)
        age = blocks - born[..., None]
        wide = self.learnt.wide
        weeks = usual.around_hour(hour, usual.EARLIER_WEEKS)
        taught, counts = self._taught(weeks), self._sums(self._count, weeks)
        then = blocks - usual.EARLIER_WEEKS[:, None]
        means, averaged = usual.same_time(counts, taught, wide)
        there = np.moveaxis(averaged & (then > born[..., None, None]), -2, -1)
        factors = np.maximum(self.factors[:, then % RING], 0.05)
        levels = np.moveaxis(means / factors * self.learnt.growth[..., None], -2, -1)
        plain = usual.median(levels, there)
        phase = np.where(there.sum(axis=-1) > 1, LAST_WEEKS, LAST_WEEK)
        phase = np.where(age < WEEK, LAST_DAY, phase)
        phase = np.where(age < DAY, LAST_HOUR, phase)
        phase = np.where(age <= HOUR, NONE, phase)
        # Weeks that were all suspect say nothing; then yesterday does.
        lacks = ~there.any(axis=-1)
        if lacks.any():
            days = usual.around_hour(hour, usual.EARLIER_DAYS)
            means, averaged = usual.same_time(self._sums(self._count, days), self._taught(days), wide)
            then = blocks - usual.EARLIER_DAYS[:, None]
            there = np.moveaxis(averaged & (then > born[..., None, None]), -2, -1)
            factors = np.maximum(self.factors[:, then % RING], 0.05)
            of_days = usual.median(np.moveaxis(means / factors, -2, -1), there)
            plain = np.where(lacks, of_days, plain)
            phase = np.where(lacks & (age >= DAY), LAST_DAY, phase)
        self.outlook.plain[...], self.outlook.phase[...] = plain, phase
        self.outlook.share[...] = np.nan
        if self._ratio.any():
            every = np.ones_like(wide)
            parts, averaged = usual.same_time(counts, taught, every)
            wholes, _ = usual.same_time(self._whole_sums(weeks), taught, every)
            shares, valid = parts / np.maximum(wholes, 1e-9), averaged & (wholes > 0)
            self.outlook.share[...] = usual.median(np.moveaxis(shares, -2, -1), np.moveaxis(valid, -2, -1))
        self.outlook_hour = hour
        self.changed.add(HOURLY)

    def _plain(self, block: int) -> tuple[Floats, Ints]:
        """The usual sum of a block without calendar and level, and how much history it rests on."""
        plain, phase = self.outlook.plain[..., block % HOUR], self.outlook.phase[..., block % HOUR]
        age = block - self.history.born[:, self._count]
        if (age < DAY).any():
            hour = np.arange(block - HOUR, block)
            taught = self._taught(hour)
            sums = np.where(taught, self._sums(self._count, hour), 0.0)
            mean = sums.sum(axis=-1) / np.maximum(taught.sum(axis=-1), 1)
            plain = np.where(age < DAY, np.where(taught.any(axis=-1), mean, np.nan), plain)
        return plain, phase

    def _day_share(self, block: int) -> Floats:
        """The median share of the last seven days; NaN where nothing was counted."""
        days = block - DAY * np.arange(7)[:, None] - np.arange(DAY, 0, -1)
        taught = self._taught(days)
        parts = np.where(taught, self._sums(self._count, days), 0.0).sum(axis=-1)
        wholes = np.where(taught, self._whole_sums(days), 0.0).sum(axis=-1)
        return usual.median(parts / np.maximum(wholes, 1.0), np.asarray(wholes > 0))

    def _level(self, block: int, before: Floats) -> tuple[Floats, Floats, Bools]:
        """The level of the last six hours, that of the last one, and whether the calendar is in them."""
        quarters = usual.QUARTERS
        blocks = np.arange(block - usual.LAG - quarters * usual.QUARTER, block - usual.LAG)
        places = blocks % RING
        now = self.factors[:, block % RING]
        fine = self._taught(blocks) & (self.rings.usual[:, :, places] > 0)
        fine &= self.factors[:, places] == now[:, None]
        by_quarter = (len(self.expected), len(self.signals), quarters, usual.QUARTER)
        counted = self._sums(self._count, blocks).reshape(by_quarter).sum(axis=-1)
        mean = (self.rings.usual[:, :, places] * self.factors[:, places]).reshape(by_quarter).sum(axis=-1)
        valid: Bools = np.asarray(fine.reshape(by_quarter).all(axis=-1))
        level = usual.level(counted, mean, valid, self.learnt.phi)
        sure = level.quarters >= usual.LEAST_QUARTERS
        today = np.where(sure, level.today, np.where(now == before, self.open.level, 1.0))
        hour = np.where(sure, level.hour, today)
        return today, hour, sure

    # --- what is learnt

    def _learn(self, block: int) -> None:
        """Learn growth, spread and sizes from the last weeks."""
        history, rings = self.history, self.rings
        weeks = np.arange(block - 5 * WEEK, block)
        age = block - history.born[:, self._count]
        counts = self._sums(self._count, weeks)
        self.learnt.growth[...] = usual.growth(counts, self._taught(weeks), age)
        last = weeks[-WEEK:]
        calm = (np.abs(rings.peak[:, :, last % RING]) < WRONG) & (
            last > history.born[:, self._count][..., None]
        )
        ratios = rings.ratio[:, :, last % RING].astype(np.float64)
        self.learnt.phi[...] = spread.phi(ratios, calm, self._share, counts[..., -WEEK:], self._portions)
        lived = np.clip(age, 1, WEEK)
        in_week = counts[..., -WEEK:].sum(axis=-1)
        self.learnt.wide[...] = in_week / lived < usual.ENOUGH * self.learnt.phi
        wholes = self._whole_sums(last).sum(axis=-1)
        paid = np.where(self._share, wholes - in_week, in_week)
        money = self._sums(self._money, last).sum(axis=-1)
        self.learnt.price[...] = np.where(self._costs & (paid > 0), money / np.maximum(paid, 1.0), 0.0)
        self.learnt.large[...] = wholes >= LEAST_PART * wholes[0]
        self.learnt.large[0] = True
        if self._ratio.any():
            self.learnt.share[...] = np.where(self._ratio, self._day_share(block), np.nan)
        self._bars_now = None
        self.changed.add(LEARNT)

    def _learn_spread(self, block: int) -> None:
        """Learn how far windows stray, for series that are large enough and watched."""
        rings = self.rings
        born = int(self.history.born[:, self._count].min())
        blocks = np.arange(max(block - 4 * WEEK, min(born, block - DAY)), block)
        places = blocks % RING
        rows, columns, ways = np.nonzero(self._watched & self.learnt.large[..., None])
        if not len(rows):
            return

        def of(ring: Singles) -> Floats:
            return ring[rows[:, None], columns[:, None], places].astype(np.float64)

        rise = ways == RISE
        counts = self.history.blocks[rows[:, None], self._count[columns][:, None], places].astype(np.float64)
        plain = rings.usual[:, :, places].astype(np.float64)
        of_ratios = self._at_ratios(self._whole_sums(blocks), plain)
        of_counts = plain * np.maximum(self.factors[:, places], 1.0)
        slow_rise = np.where(self._ratio[:, None], of_ratios, of_counts)[rows, columns]
        fast = np.where(rise[:, None], of(rings.rise), of(rings.fall))
        slow = np.where(rise[:, None], slow_rise, of(rings.slow))
        calm = np.abs(of(rings.peak)) < WRONG
        # What was expected from less than a week strays further: two days of better blocks teach alone.
        weekly = self.history.born[:, self._count] + WEEK
        self.learnt.sure[...] = weekly + SURE <= block
        sure = self.learnt.sure[rows, columns][:, None]
        calm &= ~sure | (blocks >= weekly[rows, columns][:, None])
        noise = self.learnt.phi[rows, columns]
        for means, lengths, into in (
            (fast, FAST_SPREADS, self.learnt.fast),
            (slow, SLOW_BLOCKS, self.learnt.slow),
        ):
            valid = calm & (means > 0)
            into[rows, columns, ways] = spread.strays((counts, means), valid, noise, rise, lengths)
        self._bars_now = None
        self.changed.add(LEARNT)

    # --- verdicts

    def viewers(self) -> tuple[dict[str, int], Floats, Floats]:
        """The first signal divided by its expectation, now and in the last hour, by region.

        Returns:
            places of the regions, the part of five minutes, the part of an hour; NaN if nothing was expected.
        """
        history = self.history
        closed = history.closed or 0
        slots = np.arange(closed - history.per_block, closed)
        column = self._count[0]
        last, before = slots[-1], slots[0] - 1
        counted = history.running[:, column, last % SLOTS] - history.running[:, column, before % SLOTS]
        running = self._running[:, 0, FALL]
        mean = (running[:, last % history.recent] - running[:, before % history.recent]) / UNIT
        now = np.where(mean > 0, counted / np.maximum(mean, 1e-9), np.nan)
        blocks = history.past(HOUR)
        plain = (self.rings.usual[:, 0, blocks] * np.minimum(self.factors[0, blocks], 1.0)).sum(axis=-1)
        hour = history.blocks[:, column, blocks].sum(axis=-1)
        slowly = np.where(plain > 0, hour / np.maximum(plain, 1e-9), np.nan)
        large = self.learnt.large[:, 0]
        return history.regions, np.where(large, now, np.nan), np.where(large, slowly, np.nan)

    def verdicts(self, least: float = 0.0) -> Iterator[SignalVerdict]:
        """Of every signal, region that is large enough, direction that is watched, and speed.

        Args:
            least: only of signals and regions with a score of this or more.
        """
        history = self.history
        if history.closed is None:
            return iter(())
        if self._scores is None:
            fast = self._scan(np.array((history.closed - 1,)))
            self._scores = (fast.at(0), self._slow_scan())
        reported = self.learnt.large & (
            np.maximum(*(each.score.max(axis=-1) for each in self._scores)) >= least
        )
        both = (self._watched & reported[..., None])[..., None]
        rows, columns, ways, speeds = np.nonzero(np.broadcast_to(both, (*reported.shape, 2, 2)))
        if not len(rows):
            return iter(())
        place = (rows, columns)

        score, length, counted, mean = np.zeros((4, len(rows)))
        for speed, scored in enumerate(self._scores):
            at = np.flatnonzero(speeds == speed)
            series = (rows[at], columns[at])
            best, windows = scored.best[*series, ways[at]], scored.windows.sums
            score[at], length[at] = scored.score[*series, ways[at]], scored.bars.lengths[best]
            counted[at] = windows.part[*series, best]
            mean[at] = np.where(ways[at] == FALL, windows.fall[*series, best], windows.rise[*series, best])
        minutes = length * history.step_ms / 60_000
        off = np.where(ways == FALL, mean - counted, counted - mean)
        lost = np.where(score > 0, off / minutes * self.learnt.price[place] / 1e6, 0.0)
        expected, half = (each[place] for each in self._bands())
        left = np.where(mean > 0, counted / np.maximum(mean, 1e-9), 1.0)
        regions = [name if name != WHOLE else self._name for name in history.regions]
        columns_of = zip(
            [self.signals[each].name for each in columns.tolist()],
            repeat(self._app),
            [regions[each] for each in rows.tolist()],
            [SPEEDS[each] for each in speeds.tolist()],
            [WAYS[each] for each in ways.tolist()],
            score.tolist(),
            expected.tolist(),
            np.maximum(0.0, expected - half).tolist(),
            (expected + half).tolist(),
            (counted / minutes).tolist(),
            left.tolist(),
            self.open.since[rows, columns, ways, speeds].tolist(),
            lost.tolist(),
            [HISTORIES[each] for each in self.open.phase[place].tolist()],
            repeat(history.closed * history.step_ms),
            strict=False,
        )
        return map(SignalVerdict._make, columns_of)

    def _bands(self) -> tuple[Floats, Floats]:
        """The expectation for a minute, and how far a single minute may be off."""
        history = self.history
        closed = history.closed or 0
        now = self.factors[:, max(closed - 1, 0) // history.per_block % RING]
        slots = np.arange(closed - history.per_block, closed)
        whole = self._wholes(history.slots[:, :, slots % SLOTS].sum(axis=-1))
        plain = np.where(self._ratio, whole, now * self.open.level) * self.open.usual / _MINUTES
        has_expected = self.open.expected_from < UNBORN
        expected = np.where(has_expected, plain, 0.0)
        stray = np.nan_to_num(self.learnt.fast[..., 0], nan=spread.UNLEARNT[-1]).max(axis=-1)
        stray = np.maximum(stray, spread.FLOOR)
        return expected, _BAND * np.sqrt(self.learnt.phi * expected + (stray * expected) ** 2)
