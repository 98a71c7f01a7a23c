"""Streaks: records of a group with a cumulative count fold into one counted record.

Only the log closes a streak: its end record, or the watermark when it passes the group's largest
event time by the time-out. A closed group stays known for the allowed lateness, so that stragglers
add nothing, and an end after a time-out adds only what was not booked.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from stream.events.schema import StreakRule


class Streak(msgspec.Struct, array_like=True):
    """A group's state.

    Attributes:
        count: largest count seen.
        value: the record that carried it, as bytes.
        last_ms: largest event time.
        closed_at: the watermark at which it closed; None while open.
        booked: the count that a time-out booked; 0 for a group closed by its end.
    """

    count: int
    value: bytes
    last_ms: int
    closed_at: int | None = None
    booked: int = 0


@dataclass(frozen=True, slots=True)
class Tap:
    """One record of a streak, as the fold reads it."""

    row: int
    group: str
    end: bool
    count: int
    event_ms: int
    value: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """What an end record counts: in full, or what a time-out had not booked yet."""

    row: int
    booked: int | None


class Streaks:
    """The open and the lately closed streaks of one partition.

    Args:
        rule: how records form streaks.
        lateness_ms: how far the watermark advances until a closed group is forgotten.
    """

    def __init__(self, rule: StreakRule, lateness_ms: int) -> None:
        self._rule = rule
        self._lateness_ms = lateness_ms
        self._groups: dict[str, Streak] = {}
        self._deadlines: list[tuple[int, str]] = []
        self._forget: list[tuple[int, str]] = []
        self._dirty: set[str] = set()

    def __len__(self) -> int:
        return len(self._groups)

    def fold(
        self, taps: Iterable[Tap], watermarks: Sequence[int]
    ) -> tuple[list[Ended], set[int], list[Streak]]:
        """Fold a batch.

        Args:
            taps: the accepted streak records, in log order.
            watermarks: before each record of the batch, and last the one after it; never falling.

        Returns:
            the ends that count, the rows that are progress, and the streaks that timed out.
        """
        ends: list[Ended] = []
        after: dict[str, int] = {}
        progress: set[int] = set()
        timed_out: list[Streak] = []
        for tap in taps:
            watermark = watermarks[tap.row]
            streak = self._known(tap.group, watermark)
            if streak and self._times_out(streak, watermark):
                timed_out.append(self._book(tap.group, streak, watermarks, after.get(tap.group, 0)))
            if tap.end:
                ends.append(Ended(tap.row, self._end(tap, streak, watermarks[tap.row + 1])))
            else:
                self._tap(tap, streak)
                progress.add(tap.row)
            after[tap.group] = tap.row + 1
        timed_out.extend(self._sweep(watermarks, after))
        return ends, progress, timed_out

    def drain(self) -> Iterator[tuple[str, bytes | None]]:
        """The groups changed since the last call; None for one that is forgotten."""
        for group in sorted(self._dirty):
            streak = self._groups.get(group)
            yield group, None if streak is None else msgspec.msgpack.encode(streak)
        self._dirty.clear()

    def restore(self, group: str, packed: bytes) -> None:
        """Take back what ``drain`` gave."""
        streak = msgspec.msgpack.decode(packed, type=Streak)
        self._groups[group] = streak
        self._watch(group, streak)

    def _known(self, group: str, watermark: int) -> Streak | None:
        streak = self._groups.get(group)
        if streak and streak.closed_at is not None and watermark - streak.closed_at > self._lateness_ms:
            del self._groups[group]
            self._dirty.add(group)
            return None
        return streak

    def _times_out(self, streak: Streak, watermark: int) -> bool:
        return streak.closed_at is None and watermark > streak.last_ms + self._rule.timeout_ms

    def _book(self, group: str, streak: Streak, watermarks: Sequence[int], after: int) -> Streak:
        # The watermark that closed it is the first that passed the deadline, wherever batches end,
        # but not before its own last record: a streak may begin overdue.
        deadline = streak.last_ms + self._rule.timeout_ms
        streak.closed_at = watermarks[max(after, bisect_right(watermarks, deadline))]
        streak.booked = streak.count
        booked = msgspec.structs.replace(streak)
        streak.value = b""
        self._touch(group, streak)
        return booked

    def _end(self, tap: Tap, streak: Streak | None, after: int) -> int | None:
        if streak is None or streak.closed_at is None:
            self._groups[tap.group] = closed = Streak(tap.count, b"", tap.event_ms, closed_at=after)
            self._touch(tap.group, closed)
        elif streak.booked:
            before, streak.booked = streak.booked, max(streak.booked, tap.count)
            self._dirty.add(tap.group)
            return before
        return None

    def _tap(self, tap: Tap, streak: Streak | None) -> None:
        if streak is None:
            self._groups[tap.group] = opened = Streak(tap.count, tap.value, tap.event_ms)
            self._touch(tap.group, opened)
        elif streak.closed_at is None:
            if tap.count > streak.count:
                streak.count, streak.value = tap.count, tap.value
            streak.last_ms = max(streak.last_ms, tap.event_ms)
            self._dirty.add(tap.group)

    def _touch(self, group: str, streak: Streak) -> None:
        self._dirty.add(group)
        self._watch(group, streak)

    def _watch(self, group: str, streak: Streak) -> None:
        if streak.closed_at is None:
            heapq.heappush(self._deadlines, (streak.last_ms + self._rule.timeout_ms, group))
        else:
            heapq.heappush(self._forget, (streak.closed_at + self._lateness_ms, group))

    def _sweep(self, watermarks: Sequence[int], after: Mapping[str, int]) -> Iterator[Streak]:
        watermark = watermarks[-1]
        while self._deadlines and self._deadlines[0][0] < watermark:
            _, group = heapq.heappop(self._deadlines)
            streak = self._groups.get(group)
            if streak is None or streak.closed_at is not None:
                continue
            if self._times_out(streak, watermark):
                yield self._book(group, streak, watermarks, after.get(group, 0))
            else:
                self._watch(group, streak)
        while self._forget and self._forget[0][0] < watermark:
            _, group = heapq.heappop(self._forget)
            self._known(group, watermark)
