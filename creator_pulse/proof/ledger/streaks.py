"""Streaks of one partition: which gift records are money, and when a streak is closed without an end."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SILENCE_MS = 30_000
"""How far the watermark passes the newest record of a streak until it is booked without its end."""
Group = tuple[str, str, str]
"""Viewer (empty: not named), creator, and group id: the last alone names no streak."""
CAP_COINS = 1_000
"""Coins at which a single gift is capped."""


@dataclass(frozen=True, slots=True)
class Gift:
    """A ``gift_sent`` record reduced to what counts.

    Attributes:
        place: app, region, platform as in the record.
        event_time: epoch milliseconds.
        unit_coins: coins of one gift.
        repeat_count: cumulative number in its streak.
        record: the record itself without null fields.
        gifts: 1 for a gift, 0 for progress and for what an end adds after a time-out.
        coins: coins that count.
        capped: coins that count with the gift capped at 1,000.
        timed_out: 1 for a streak booked without its end.
    """

    place: tuple[str, str, str | None]
    event_time: int
    unit_coins: int
    repeat_count: int
    record: Mapping[str, object] = field(default_factory=dict)
    gifts: int = 0
    coins: int = 0
    capped: int = 0
    timed_out: int = 0


def as_final(gift: Gift) -> Gift:
    """The record as a whole gift."""
    coins = gift.unit_coins * gift.repeat_count
    return replace(gift, gifts=1, coins=coins, capped=min(coins, CAP_COINS))


@dataclass(slots=True)
class _Open:
    best: Gift
    newest: int


class Streaks:
    """The open streaks of a partition, and the closed ones that are still known.

    For example counts of 1 and 4 without an end are booked as one gift of 4 after the silence.

    A group is closed once: a further end does not renew how long it stays known.

    Args:
        known_ms: how far the watermark may advance after a closing until the group is forgotten.
    """

    def __init__(self, known_ms: int) -> None:
        self._known_ms = known_ms
        self._open: dict[Group, _Open] = {}
        self._deadlines: list[tuple[int, Group]] = []
        self._closed: dict[Group, int | None] = {}
        self._closings: deque[tuple[int, Group]] = deque()

    def __len__(self) -> int:
        """How many groups are open or still known."""
        return len(self._open) + len(self._closed)

    def progress(self, group: Group, gift: Gift) -> None:
        """Take a progress record in; it adds nothing to a closed group.

        Args:
            group: viewer, creator and group id of the streak.
            gift: the record, with the cumulative count.
        """
        if group in self._closed:
            return
        streak = self._open.get(group)
        if streak is None:
            self._open[group] = _Open(gift, gift.event_time)
            # One entry per open streak: it is moved when it is due, not at each record.
            heappush(self._deadlines, (gift.event_time + SILENCE_MS, group))
            return
        streak.newest = max(streak.newest, gift.event_time)
        # Counts are cumulative, so the largest is the streak, whatever order the records came in.
        if gift.repeat_count > streak.best.repeat_count:
            streak.best = gift

    def end(self, group: Group, gift: Gift, watermark: int) -> Gift:
        """Take an end record in.

        Args:
            group: viewer, creator and group id of the streak.
            gift: the record, with the cumulative count.
            watermark: after this record; from there the group stays known.

        Returns:
            The record with its counts: everything, or after a time-out only the excess over the booking.
        """
        booked = self._closed.get(group)
        if booked is not None:
            self._closed[group] = max(booked, gift.repeat_count)
            return _beyond(gift, booked)
        self._open.pop(group, None)
        if group not in self._closed:
            self._close(group, None, watermark)
        return as_final(gift)

    def advance(self, watermark: int) -> list[Gift]:
        """Forget old closings, then book streaks that have been silent for too long.

        Args:
            watermark: after the last record read.

        Returns:
            The booked streaks, each as its record with the largest count (of equals the first).
        """
        while self._closings and watermark - self._closings[0][0] > self._known_ms:
            del self._closed[self._closings.popleft()[1]]
        booked = []
        # An entry may be out of date: the streak has ended, or a newer record has moved its deadline.
        while self._deadlines and self._deadlines[0][0] < watermark:
            _, group = heappop(self._deadlines)
            streak = self._open.get(group)
            if streak is None:
                continue
            if streak.newest + SILENCE_MS < watermark:
                del self._open[group]
                self._close(group, streak.best.repeat_count, watermark)
                booked.append(replace(as_final(streak.best), timed_out=1))
            else:
                heappush(self._deadlines, (streak.newest + SILENCE_MS, group))
        return booked

    def _close(self, group: Group, booked: int | None, watermark: int) -> None:
        self._closed[group] = booked
        self._closings.append((watermark, group))


def _beyond(gift: Gift, booked: int) -> Gift:
    """What an end adds to a streak of which ``booked`` were counted at the time-out."""
    coins = gift.unit_coins * gift.repeat_count
    # What the time-out has counted already; an end with a smaller count adds nothing.
    before = gift.unit_coins * booked
    capped = max(0, min(coins, CAP_COINS) - min(before, CAP_COINS))
    return replace(gift, coins=max(0, coins - before), capped=capped)
