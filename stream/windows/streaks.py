"""Streaks: records of a group with a cumulative count fold into one counted record.

Only the log closes a streak: its end record, or the watermark when it passes the group's largest
event time by the time-out. A closed group stays known for the allowed lateness, so that stragglers
add nothing, and an end after a time-out adds only what was not booked.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

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


_STREAK = msgspec.msgpack.Decoder(Streak)


class Tap(NamedTuple):
    """One record of a streak, as the fold reads it."""

    row: int
    group: bytes
    end: bool
    counted: int
    event_ms: int


class Ended(NamedTuple):
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
        self._groups: dict[bytes, Streak] = {}
        self._carried: dict[bytes, int] = {}
        self._deadlines: list[tuple[int, bytes]] = []
        self._forget: deque[tuple[int, bytes]] = deque()
        self._dirty: set[bytes] = set()

    def __len__(self) -> int:
        return len(self._groups)

    def fold(
        self,
        taps: Iterable[tuple[int, bytes, bool, int, int]],
        watermarks: Sequence[int],
        value_of: Callable[[int], bytes],
    ) -> tuple[list[Ended], list[int], list[Streak]]:
        """Fold a batch.

        Args:
            taps: the accepted streak records, in log order, as in ``Tap``.
            watermarks: before each record of the batch, and last the one after it; never falling.
            value_of: the bytes of a row, asked only where they are kept.

        Returns:
            the ends that count, the rows that are progress, and the streaks that timed out.
        """
        ends: list[Ended] = []
        after: dict[bytes, int] = {}
        progress: list[int] = []
        timed_out: list[Streak] = []
        groups, timeout, carried = self._groups, self._rule.timeout_ms, self._carried
        for row, group, end, count, event_ms in taps:
            streak = groups.get(group)
            # Most records by far go on with a streak that is open: nothing is called for them.
            if (
                end
                or streak is None
                or streak.closed_at is not None
                or watermarks[row] > streak.last_ms + timeout
            ):
                tap = Tap(row, group, end, count, event_ms)
                self._unusual(tap, watermarks, value_of, after, ends, timed_out)
            else:
                if count > streak.count:
                    streak.count = count
                    carried[group] = row
                if event_ms > streak.last_ms:  # noqa: PLR1730 - max() would be a call for each record
                    streak.last_ms = event_ms
            if not end:
                progress.append(row)
            after[group] = row + 1
        timed_out.extend(self._sweep(watermarks, after, value_of))
        for group, row in carried.items():
            groups[group].value = value_of(row)
        carried.clear()
        self._dirty.update(after)
        return ends, progress, timed_out

    def _unusual(
        self,
        tap: Tap,
        watermarks: Sequence[int],
        value_of: Callable[[int], bytes],
        after: Mapping[bytes, int],
        ends: list[Ended],
        timed_out: list[Streak],
    ) -> None:
        """Anything but a record that goes on with an open streak."""
        watermark = watermarks[tap.row]
        streak = self._known(tap.group, watermark)
        if streak and self._times_out(streak, watermark):
            timed_out.append(self._book(tap.group, streak, watermarks, after.get(tap.group, 0), value_of))
        if tap.end:
            ends.append(Ended(tap.row, self._end(tap, streak, watermarks[tap.row + 1])))
        elif streak is None:
            self._groups[tap.group] = opened = Streak(tap.counted, b"", tap.event_ms)
            self._carried[tap.group] = tap.row
            self._watch(tap.group, opened)

    def drain(self) -> Iterator[tuple[bytes, bytes | None]]:
        """The groups changed since the last call; None for one that is forgotten."""
        for group in sorted(self._dirty):
            streak = self._groups.get(group)
            yield group, None if streak is None else msgspec.msgpack.encode(streak)
        self._dirty.clear()

    def restore(self, group: bytes, packed: bytes) -> None:
        """Take back what ``drain`` gave."""
        streak = _STREAK.decode(packed)
        self._groups[group] = streak
        self._watch(group, streak)

    def _known(self, group: bytes, watermark: int) -> Streak | None:
        streak = self._groups.get(group)
        if streak and streak.closed_at is not None and watermark - streak.closed_at > self._lateness_ms:
            del self._groups[group]
            self._dirty.add(group)
            return None
        return streak

    def _times_out(self, streak: Streak, watermark: int) -> bool:
        return streak.closed_at is None and watermark > streak.last_ms + self._rule.timeout_ms

    def _book(
        self,
        group: bytes,
        streak: Streak,
        watermarks: Sequence[int],
        after: int,
        value_of: Callable[[int], bytes],
    ) -> Streak:
        # The watermark that closed it is the first that passed the deadline, wherever batches end,
        # but not before its own last record: a streak may begin overdue.
        deadline = streak.last_ms + self._rule.timeout_ms
        streak.closed_at = watermarks[max(after, bisect_right(watermarks, deadline))]
        streak.booked = streak.count
        if group in self._carried:
            streak.value = value_of(self._carried.pop(group))
        booked = msgspec.structs.replace(streak)
        streak.value = b""
        self._dirty.add(group)
        self._watch(group, streak)
        return booked

    def _end(self, tap: Tap, streak: Streak | None, after: int) -> int | None:
        if streak is None or streak.closed_at is None:
            self._carried.pop(tap.group, None)
            self._groups[tap.group] = closed = Streak(tap.counted, b"", tap.event_ms, closed_at=after)
            self._watch(tap.group, closed)
        elif streak.booked:
            before, streak.booked = streak.booked, max(streak.booked, tap.counted)
            return before
        return None

    def _watch(self, group: bytes, streak: Streak) -> None:
        if streak.closed_at is None:
            heapq.heappush(self._deadlines, (streak.last_ms + self._rule.timeout_ms, group))
        else:
            # Streaks close in the order of the log, nearly: one out of order is forgotten a little later.
            self._forget.append((streak.closed_at + self._lateness_ms, group))

    def _sweep(
        self, watermarks: Sequence[int], after: Mapping[bytes, int], value_of: Callable[[int], bytes]
    ) -> Iterator[Streak]:
        watermark = watermarks[-1]
        while self._deadlines and self._deadlines[0][0] < watermark:
            _, group = heapq.heappop(self._deadlines)
            streak = self._groups.get(group)
            if streak is None or streak.closed_at is not None:
                continue
            if self._times_out(streak, watermark):
                yield self._book(group, streak, watermarks, after.get(group, 0), value_of)
            else:
                self._watch(group, streak)
        while self._forget and self._forget[0][0] < watermark:
            _, group = self._forget.popleft()
            self._known(group, watermark)
