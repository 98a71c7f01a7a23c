"""Counts so far: exact sums of slots for an hour, and of five minutes for five weeks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

BLOCK_MS = 300_000
"""Length of a block, in which the past is kept."""
HOUR, DAY, WEEK = 12, 288, 2_016
"""Blocks in an hour, a day and a week."""
RING = 36 * DAY
"""Blocks that are kept: five weeks, and a day in which the oldest may still be read."""
SLOTS = 1_024
"""Slots that have a place: an hour and a block that are closed, the others ahead of them."""
UNBORN = 2**60
"""The first block of a series without counts."""
NOTHING = ""
"""The measure of which nothing is ever counted."""
WHOLE = ""
"""The region that stands for all together."""


class TopicHistory:
    """Sums of one topic.

    Places in the rings: slot ``s`` has ``s % SLOTS``, block ``b`` has ``b % RING``.

    Args:
        measures: their ids, in the order of columns.
        step_ms: length of a slot; a minute is a whole number of slots.

    Attributes:
        regions: names; the first is the whole.
        slots: sums by region, measure and slot.
        running: by region, measure and closed slot of the last hour and block, the sum of all up to it, from
            some begin on. Numbers of 64 bits wrap around, and their differences stay exact.
        blocks: sums of closed slots by region, measure and block, with what came late.
        born: the first block with something in it, by region and measure.
        closed: number of the first slot that is open; None before the first close.
        dirty_slots: slots that changed since they were written last.
        dirty_blocks: likewise.
        placed: slots that were too far ahead and have got a place since then.
    """

    def __init__(self, measures: Sequence[str], step_ms: int) -> None:
        self.measures = {name: place for place, name in enumerate(measures)}
        self.step_ms = step_ms
        self.per_block = BLOCK_MS // step_ms
        self.recent = 13 * self.per_block
        self.regions: dict[str, int] = {}
        self.slots: Ints = np.zeros((0, len(measures), SLOTS), np.int64)
        self.running: Ints = np.zeros((0, len(measures), SLOTS), np.int64)
        self.blocks: Ints = np.zeros((0, len(measures), RING), np.int64)
        self.born: Ints = np.zeros((0, len(measures)), np.int64)
        self.closed: int | None = None
        # Slots too far ahead for a place -> (region, measure) -> sum.
        self.ahead: dict[int, dict[tuple[int, int], int]] = {}
        self.dirty_slots: set[int] = set()
        self.dirty_blocks: set[int] = set()
        self.placed: set[int] = set()
        self.region_of(WHOLE)

    def region_of(self, region: str) -> int:
        """The place of a region; a new one gets the next."""
        place = self.regions.get(region)
        if place is None:
            place = self.regions[region] = len(self.regions)
            count = len(self.measures)
            self.slots = np.concatenate((self.slots, np.zeros((1, count, SLOTS), np.int64)))
            self.running = np.concatenate((self.running, np.zeros((1, count, SLOTS), np.int64)))
            self.blocks = np.concatenate((self.blocks, np.zeros((1, count, RING), np.int64)))
            self.born = np.concatenate((self.born, np.full((1, count), UNBORN, np.int64)))
        return place

    def add(self, measure: str, region: str, slots: Ints, totals: Ints) -> bool:
        """Add increments; say whether any belongs to a closed slot.

        Args:
            measure: id of one of these measures.
            region: name; ``WHOLE`` for records without a region.
            slots: their numbers since the epoch, shape (n,).
            totals: the increment of each slot.
        """
        column = self.measures[measure]
        place = self.region_of(region)
        # Row 0 is the whole, which sums the increments of every region as well.
        rows = (0,) if place == 0 else (0, place)
        closed = self.closed
        if closed is None:
            self._add_ahead(rows, column, slots, totals)
            return False
        lowest = int(slots.min())
        if lowest >= closed and slots.max() < closed - self.recent + SLOTS:
            # What comes in time, which is nearly all.
            places = slots % SLOTS
            for row in rows:
                self.born[row, column] = min(self.born[row, column], lowest // self.per_block)
                np.add.at(self.slots[row, column], places, totals)
            self.dirty_slots.update(slots.tolist())
            return False
        is_open = slots >= closed
        # Slots that are SLOTS apart share a place, so only those of the present lap may be written there.
        near = (slots >= closed - self.recent) & (slots < closed - self.recent + SLOTS)
        if is_open.any():
            first = int(slots[is_open].min()) // self.per_block
            for row in rows:
                self.born[row, column] = min(self.born[row, column], first)
            far = is_open & ~near
            if far.any():
                self._add_ahead(rows, column, slots[far], totals[far])
        # An older block may share its place in the ring with a block of the coming day.
        late = ~is_open & (slots >= closed - (RING - DAY) * self.per_block)
        blocks = slots[late] // self.per_block
        for row in rows:
            np.add.at(self.slots[row, column], slots[near] % SLOTS, totals[near])
            np.add.at(self.blocks[row, column], blocks % RING, totals[late])
        self.dirty_slots.update(slots[near].tolist())
        self.dirty_blocks.update(blocks[blocks < closed // self.per_block].tolist())
        if late.any():
            self._run_again()
            return True
        return False

    def teach(self, measure: str, region: str, blocks: Ints, totals: Ints) -> None:
        """Take sums of whole blocks from before the first close, as if their slots had been closed.

        Args:
            measure: id of one of these measures.
            region: name; ``WHOLE`` for records without a region.
            blocks: their numbers since the epoch, shape (n,).
            totals: the count of each block.
        """
        column, place = self.measures[measure], self.region_of(region)
        for row in (0,) if place == 0 else (0, place):
            np.add.at(self.blocks[row, column], blocks % RING, totals)
            self.born[row, column] = min(self.born[row, column], int(blocks.min()))
        self.dirty_blocks.update(blocks.tolist())

    def begin(self, until: int) -> None:
        """Begin with the block of the first increment, or of ``until``, the first slot that stays open."""
        floor = until - (RING - DAY) * self.per_block
        first = min((slot for slot in self.ahead if slot >= floor), default=until)
        self.closed = first - first % self.per_block
        ahead, self.ahead = self.ahead, {}
        for slot, sums in sorted(ahead.items()):
            if slot >= self.closed:
                for row, column in sums:
                    self.born[row, column] = min(self.born[row, column], slot // self.per_block)
                self._place(slot, sums)
        self._run_again()

    def close(self, until: int) -> Ints:
        """Close the open slots up to ``until``, or up to the end of their block: they belong to the past now.

        Returns:
            their numbers.
        """
        if self.closed is None:
            raise RuntimeError("nothing is open before it has begun")
        first, block = self.closed, self.closed // self.per_block
        slots = np.arange(first, min(until, (block + 1) * self.per_block))
        if first % self.per_block == 0:
            # The place still holds the block of a whole ring ago.
            self.blocks[:, :, block % RING] = 0
        # running[s] is the sum of all slots up to and including s: a window is the difference of two of them.
        running = self.slots[:, :, slots % SLOTS].cumsum(axis=-1)
        self.blocks[:, :, block % RING] += running[:, :, -1]
        self.running[:, :, slots % SLOTS] = running + self.running[:, :, (first - 1) % SLOTS, None]
        self.closed = first + len(slots)
        # The places of slots that are too old now are those of slots ahead.
        coming = slots - self.recent + SLOTS
        self.slots[:, :, coming % SLOTS] = 0
        if self.ahead:
            for slot in coming.tolist():
                sums = self.ahead.pop(slot, None)
                if sums is not None:
                    self._place(slot, sums)
        self.dirty_slots.update(slots.tolist())
        # Slots are written as they close, so a block is written when it begins and when it is complete.
        if first % self.per_block == 0 or self.closed % self.per_block == 0:
            self.dirty_blocks.add(block)
        return slots

    def first_counted(self, until: int) -> int:
        """The first open slot before ``until`` with something in it; ``until`` if there is none."""
        if self.closed is None:
            raise RuntimeError("nothing is open before it has begun")
        open_slots = np.arange(self.closed, self.closed - self.recent + SLOTS)
        near = open_slots[self.slots[:, :, open_slots % SLOTS].any(axis=(0, 1))]
        first: int = min((until, *near[:1].tolist(), *(slot for slot in self.ahead if slot >= self.closed)))
        return first

    def leap(self, block: int) -> Ints:
        """Close all slots before a block at once: nothing was counted in them.

        Args:
            block: the first that stays open.

        Returns:
            places of the blocks that were leapt over, which hold nothing now.
        """
        if self.closed is None:
            raise RuntimeError("nothing is open before it has begun")
        before, self.closed = self.closed, block * self.per_block
        places = np.arange(max(before // self.per_block, block - RING), block)
        self.blocks[:, :, places % RING] = 0
        self.dirty_blocks.update(places.tolist())
        # Slots that had a place and still have one stay in it; the places of all others are free.
        both = np.arange(self.closed - self.recent, before - self.recent + SLOTS)
        sums = self.slots[:, :, both % SLOTS]
        self.slots[...] = 0
        self.slots[:, :, both % SLOTS] = sums
        self._run_again()
        for slot in sorted(self.ahead):
            if self.has_place(slot):
                self._place(slot, self.ahead.pop(slot))
        return places % RING

    def settle(self) -> None:
        """Add up the closed slots again, and those of the open block, after they were restored."""
        self._run_again()
        if self.closed is not None and self.closed % self.per_block:
            block = self.closed // self.per_block
            slots = np.arange(block * self.per_block, self.closed)
            self.blocks[:, :, block % RING] = self.slots[:, :, slots % SLOTS].sum(axis=-1)

    def windows(self, ends: Ints, lengths: Ints) -> Ints:
        """Sums of windows of closed slots, by region, measure, end and length.

        Args:
            ends: the last slot of each, of the open block or the one before it.
            lengths: in slots, up to an hour.
        """
        last = self.running[:, :, ends % SLOTS]
        return last[..., None] - self.running[:, :, (ends[:, None] - lengths) % SLOTS]

    def _run_again(self) -> None:
        """Sum the closed slots anew, because an older one has changed."""
        if self.closed is not None:
            places = np.arange(self.closed - self.recent, self.closed) % SLOTS
            self.running[:, :, places] = self.slots[:, :, places].cumsum(axis=-1)

    @property
    def last_block(self) -> int:
        """The first block that is not complete with a closed slot behind it: the scan ends there."""
        return ((self.closed or 1) - 1) // self.per_block

    def past(self, length: int) -> Ints:
        """Places of the ``length`` blocks before ``last_block``, oldest first."""
        return np.arange(self.last_block - length, self.last_block) % RING

    def _add_ahead(self, rows: tuple[int, ...], column: int, slots: Ints, totals: Ints) -> None:
        for slot, total in zip(slots.tolist(), totals.tolist(), strict=True):
            sums = self.ahead.setdefault(slot, {})
            for row in rows:
                sums[row, column] = sums.get((row, column), 0) + total
            self.dirty_slots.add(slot)

    def _place(self, slot: int, sums: dict[tuple[int, int], int]) -> None:
        if self.has_place(slot):
            self.placed.add(slot)
            for (row, column), total in sums.items():
                self.slots[row, column, slot % SLOTS] += total
        else:
            self.ahead[slot] = sums
        self.dirty_slots.add(slot)

    def has_place(self, slot: int) -> bool:
        """Whether a slot is one of the last hour, or not too far ahead."""
        return self.closed is not None and 0 <= slot - self.closed + self.recent < SLOTS
