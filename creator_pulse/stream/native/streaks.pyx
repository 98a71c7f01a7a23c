"""Streaks: records of a group with a cumulative count fold into one counted record.

Only the log closes a streak: its end record, or the watermark when it passes the group's largest
event time by the time-out. A closed group stays known for the allowed lateness, so that stragglers
add nothing, and an end after a time-out adds only what was not booked.
"""

import heapq

import msgspec
import numpy as np

from libc.stdint cimport int64_t, uint8_t

_STREAK = msgspec.msgpack.Decoder(tuple[int, bytes, int, int | None, int])


cdef class Streak:
    """A group's state.

    Attributes:
        count: largest count seen.
        value: the record that carried it, as bytes; a closed group keeps none.
        last_ms: largest event time.
        closed: whether it is closed.
        closed_at: the watermark at which it closed, once it is.
        booked: the count that a time-out booked; 0 for a group closed by its end.
    """

    cdef readonly int64_t count, last_ms, closed_at, booked
    cdef readonly bint closed
    cdef readonly bytes value

    def packed(self):
        """As bytes: count, value, largest event time, watermark at which it closed or none, booked."""
        closed_at = self.closed_at if self.closed else None
        return msgspec.msgpack.encode((self.count, self.value, self.last_ms, closed_at, self.booked))


cdef Streak _streak(int64_t count, bytes value, int64_t last_ms):
    cdef Streak made = Streak.__new__(Streak)
    made.count, made.value, made.last_ms = count, value, last_ms
    made.closed, made.closed_at, made.booked = False, 0, 0
    return made


cdef class Streaks:
    """The open and the lately closed streaks of one partition.

    Args:
        timeout_ms: how far the watermark must pass a group's largest event time to close it.
        lateness_ms: how far the watermark advances until a closed group is forgotten.
        most: groups that are followed, a quarter of them open. A record of a new group beyond it is counted
            for itself: progress adds nothing, an end its whole count.

    Attributes:
        overflowed: records that found no room, since somebody last set it to 0.
    """

    cdef int64_t _timeout, _lateness, _open
    cdef readonly int64_t most
    cdef public int64_t overflowed
    cdef dict _groups, _carried
    cdef list _deadlines, _forget
    cdef set _dirty

    def __init__(self, int64_t timeout_ms, int64_t lateness_ms, int64_t most=1 << 60):
        self._timeout, self._lateness, self.most = timeout_ms, lateness_ms, most
        self._open, self.overflowed = 0, 0
        self._groups, self._carried = {}, {}
        self._deadlines, self._forget, self._dirty = [], [], set()

    def __len__(self):
        return len(self._groups)

    def fold(
        self,
        const int64_t[::1] rows,
        list groups,
        const int64_t[:, ::1] said,
        const int64_t[::1] watermarks,
        value_of,
        int64_t[::1] booked,
        uint8_t[::1] progress,
    ):
        """Fold a batch.

        Args:
            rows: places of the accepted streak records in the batch, rising.
            groups: of each of them.
            said: shape (3, n): whether it is an end, its count, its event time in ms.
            watermarks: shape (m + 1,), before each record of the batch and last the one after it; never
                falling.
            value_of: the bytes of a row, asked only where they are kept.
            booked: shape (m,), 0; filled with what was booked before of an end's count.
            progress: shape (m,), 0; 1 where a row is no end.

        Returns:
            the streaks that timed out.
        """
        cdef Py_ssize_t place
        cdef int64_t row, count, event_ms, watermark
        cdef dict after = {}
        cdef list timed_out = []
        cdef bytes group
        cdef Streak streak
        for place in range(rows.shape[0]):
            row, count, event_ms = rows[place], said[1, place], said[2, place]
            group = <bytes>groups[place]
            watermark = watermarks[row]
            streak = self._known(group, watermark)
            if streak is not None and self._times_out(streak, watermark):
                timed_out.append(self._book(group, streak, watermarks, after.get(group, 0), value_of))
            if streak is None and not self._has_room(said[0, place], watermarks, row, after, value_of, timed_out):
                self.overflowed += 1
                progress[row] = not said[0, place]
                continue
            if said[0, place]:
                booked[row] = self._end(group, streak, count, event_ms, watermarks[row + 1])
            else:
                progress[row] = 1
                if streak is None:
                    streak = self._groups[group] = _streak(count, b"", event_ms)
                    self._open += 1
                    self._carried[group] = row
                    self._watch(group, streak)
                elif not streak.closed:
                    if count > streak.count:
                        streak.count = count
                        self._carried[group] = row
                    if event_ms > streak.last_ms:
                        streak.last_ms = event_ms
            after[group] = row + 1
        self._sweep(watermarks, watermarks.shape[0] - 1, after, value_of, timed_out)
        for group, at in self._carried.items():
            (<Streak>self._groups[group]).value = value_of(at)
        self._carried.clear()
        self._dirty.update(after)
        return timed_out

    def drain(self):
        """The groups changed since the last call, in order; None for one that is forgotten."""
        cdef Streak streak
        changed = []
        for group in sorted(self._dirty):
            streak = self._groups.get(group)
            changed.append((group, None if streak is None else streak.packed()))
        self._dirty.clear()
        return changed

    def restore(self, bytes group, bytes packed):
        """Take back what ``drain`` gave."""
        count, value, last_ms, closed_at, booked = _STREAK.decode(packed)
        cdef Streak streak = _streak(count, value, last_ms)
        streak.closed, streak.booked = closed_at is not None, booked
        streak.closed_at = closed_at or 0
        self._groups[group] = streak
        self._open += not streak.closed
        self._watch(group, streak)

    cdef bint _has_room(
        self, bint closed, const int64_t[::1] watermarks, Py_ssize_t row, dict after, value_of, list timed_out
    ) except -1:
        # What the watermark before the row has closed, or let be forgotten, makes room, wherever batches end.
        if len(self._groups) >= self.most or (not closed and 4 * self._open >= self.most):
            self._sweep(watermarks, row, after, value_of, timed_out)
        return len(self._groups) < self.most and (closed or 4 * self._open < self.most)

    cdef Streak _known(self, bytes group, int64_t watermark):
        cdef Streak streak = self._groups.get(group)
        if streak is not None and streak.closed and watermark - streak.closed_at > self._lateness:
            del self._groups[group]
            self._dirty.add(group)
            return None
        return streak

    cdef bint _times_out(self, Streak streak, int64_t watermark):
        return not streak.closed and watermark > streak.last_ms + self._timeout

    cdef Streak _book(
        self, bytes group, Streak streak, const int64_t[::1] watermarks, int64_t after, value_of
    ):
        # The watermark that closed it is the first that passed the deadline, wherever batches end,
        # but not before its own last record: a streak may begin overdue.
        passed = np.searchsorted(watermarks, streak.last_ms + self._timeout, side="right")
        streak.closed, streak.closed_at = True, watermarks[max(after, passed)]
        streak.booked = streak.count
        self._open -= 1
        at = self._carried.pop(group, None)
        cdef Streak told = _streak(streak.count, streak.value if at is None else value_of(at), streak.last_ms)
        told.closed, told.closed_at, told.booked = True, streak.closed_at, streak.booked
        streak.value = b""
        self._dirty.add(group)
        self._watch(group, streak)
        return told

    cdef int64_t _end(self, bytes group, Streak streak, int64_t count, int64_t event_ms, int64_t after):
        cdef int64_t before = 0
        if streak is None or not streak.closed:
            self._open -= streak is not None
            self._carried.pop(group, None)
            streak = self._groups[group] = _streak(count, b"", event_ms)
            streak.closed, streak.closed_at = True, after
            self._watch(group, streak)
        elif streak.booked:
            before, streak.booked = streak.booked, max(streak.booked, count)
        return before

    cdef _watch(self, bytes group, Streak streak):
        if not streak.closed:
            heapq.heappush(self._deadlines, (streak.last_ms + self._timeout, group))
        else:
            heapq.heappush(self._forget, (streak.closed_at + self._lateness, group))

    cdef _sweep(self, const int64_t[::1] watermarks, Py_ssize_t upto, dict after, value_of, list timed_out):
        cdef int64_t watermark = watermarks[upto]
        cdef Streak streak
        while self._deadlines and self._deadlines[0][0] < watermark:
            _, group = heapq.heappop(self._deadlines)
            streak = self._groups.get(group)
            if streak is None or streak.closed:
                continue
            if self._times_out(streak, watermark):
                timed_out.append(self._book(group, streak, watermarks, after.get(group, 0), value_of))
            else:
                self._watch(group, streak)
        while self._forget and self._forget[0][0] < watermark:
            _, group = heapq.heappop(self._forget)
            self._known(group, watermark)
