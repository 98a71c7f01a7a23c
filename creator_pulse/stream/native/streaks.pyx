"""Streaks: records of a group with a cumulative count fold into one counted record.

Only the log closes a streak: its end record, or the watermark when it passes the group's largest
event time by the time-out. A closed group stays known for the allowed lateness, so that stragglers
add nothing, and an end after a time-out adds only what was not booked.
"""

import msgspec
import numpy as np

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.ref cimport Py_DECREF, Py_INCREF, PyObject
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcpy

_STREAK = msgspec.msgpack.Decoder(tuple[int, bytes, int, int | None, int])


cdef struct Due:
    int64_t at
    PyObject* group


cdef bint _before(Due one, Due other):
    if one.at != other.at:
        return one.at < other.at
    return <bytes>one.group < <bytes>other.group


cdef class Deadlines:
    """Groups by time, the earliest first: a binary heap, in which entry i is never after 2 i + 1 and 2 i + 2.

    Of one time they come by their bytes, so that the same records give the same bytes.
    """

    cdef Due* _entries
    cdef Py_ssize_t _count, _room

    def __dealloc__(self):
        cdef Py_ssize_t place
        for place in range(self._count):
            Py_DECREF(<object>self._entries[place].group)
        free(self._entries)

    cdef int push(self, int64_t at, bytes group) except -1:
        cdef Due* grown
        cdef Due new
        cdef Py_ssize_t place, above
        if self._count == self._room:
            grown = <Due*>realloc(self._entries, max(64, 2 * self._room) * sizeof(Due))
            if not grown:
                raise MemoryError
            self._entries, self._room = grown, max(64, 2 * self._room)
        Py_INCREF(group)
        new.at, new.group = at, <PyObject*>group
        place = self._count
        self._count += 1
        while place:
            above = (place - 1) >> 1
            if not _before(new, self._entries[above]):
                break
            self._entries[place] = self._entries[above]
            place = above
        self._entries[place] = new
        return 0

    cdef bytes pop_before(self, int64_t time):
        # The group with the earliest time, if that is before another one; else None.
        cdef Py_ssize_t place = 0, below
        cdef Due last
        if not self._count or self._entries[0].at >= time:
            return None
        cdef bytes group = <bytes>self._entries[0].group
        Py_DECREF(group)
        self._count -= 1
        last = self._entries[self._count]
        while True:
            below = 2 * place + 1
            if below >= self._count:
                break
            if below + 1 < self._count and _before(self._entries[below + 1], self._entries[below]):
                below += 1
            if not _before(self._entries[below], last):
                break
            self._entries[place] = self._entries[below]
            place = below
        self._entries[place] = last
        return group


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
    # Within a batch: the row that carried its count, or -1; and the row after its last one, or 0.
    cdef Py_ssize_t carried, after

    def packed(self):
        """As MessagePack: count, value, largest event time, watermark at which it closed or none, booked."""
        cdef uint8_t head[16]
        cdef uint8_t tail[32]
        cdef Py_ssize_t size = len(self.value), heads = 1, tails = 0
        head[0] = 0x95  # an array of five
        heads += _put(&head[heads], self.count)
        heads += _put_size(&head[heads], size)
        tails += _put(&tail[tails], self.last_ms)
        if self.closed:
            tails += _put(&tail[tails], self.closed_at)
        else:
            tail[tails] = 0xC0  # nil
            tails += 1
        tails += _put(&tail[tails], self.booked)
        cdef bytes made = PyBytes_FromStringAndSize(NULL, heads + size + tails)
        cdef char* into = PyBytes_AS_STRING(made)
        memcpy(into, head, heads)
        memcpy(into + heads, PyBytes_AS_STRING(self.value), size)
        memcpy(into + heads + size, tail, tails)
        return made


cdef Py_ssize_t _put(uint8_t* into, int64_t number) noexcept:
    # An integer in the shortest form of MessagePack; how many bytes.
    cdef int width = 0
    if -32 <= number < 128:
        into[0] = <uint8_t>number
        return 1
    # 0xCC to 0xCF: unsigned of 1, 2, 4 or 8 bytes; 0xD0 to 0xD3: signed ones.
    if number >= 0:
        width = (number > 0xFF) + (number > 0xFFFF) + (number > 0xFFFFFFFF)
        into[0] = 0xCC + width
    else:
        width = (number < -0x80) + (number < -0x8000) + (number < -0x80000000LL)
        into[0] = 0xD0 + width
    return 1 + _put_bytes(&into[1], <uint64_t>number, 1 << width)


cdef Py_ssize_t _put_size(uint8_t* into, Py_ssize_t size) noexcept:
    # How many bytes follow: 0xC4 to 0xC6, by a length of 1, 2 or 4 bytes.
    cdef int width = (size > 0xFF) + (size > 0xFFFF)
    into[0] = 0xC4 + width
    return 1 + _put_bytes(&into[1], size, 1 << width)


cdef Py_ssize_t _put_bytes(uint8_t* into, uint64_t number, int count) noexcept:
    # The lowest bytes of a number, the highest of them first.
    cdef int at
    for at in range(count):
        into[at] = <uint8_t>(number >> (8 * (count - 1 - at)))
    return count


cdef Streak _streak(int64_t count, bytes value, int64_t last_ms):
    cdef Streak made = Streak.__new__(Streak)
    made.count, made.value, made.last_ms = count, value, last_ms
    made.closed, made.closed_at, made.booked = False, 0, 0
    made.carried, made.after = -1, 0
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
    cdef dict _groups
    cdef Deadlines _deadlines, _forget
    cdef set _dirty

    def __init__(self, int64_t timeout_ms, int64_t lateness_ms, int64_t most=1 << 60):
        self._timeout, self._lateness, self.most = timeout_ms, lateness_ms, most
        self._open, self.overflowed = 0, 0
        self._groups, self._dirty = {}, set()
        self._deadlines, self._forget = Deadlines(), Deadlines()

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
        cdef list touched = [], timed_out = []
        cdef bytes group
        cdef Streak streak
        for place in range(rows.shape[0]):
            row, count, event_ms = rows[place], said[1, place], said[2, place]
            group = <bytes>groups[place]
            watermark = watermarks[row]
            streak = self._known(group, watermark)
            if streak is not None and self._times_out(streak, watermark):
                timed_out.append(self._book(group, streak, watermarks, value_of))
            if streak is None and not self._has_room(said[0, place], watermarks, row, value_of, timed_out):
                self.overflowed += 1
                progress[row] = not said[0, place]
                continue
            if streak is None:
                streak = self._groups[group] = _streak(count, b"", event_ms)
                if said[0, place]:
                    self._close(group, streak, watermarks[row + 1])
                else:
                    self._open += 1
                    streak.carried = row
                    self._watch(group, streak)
            elif said[0, place]:
                booked[row] = self._end(group, streak, count, event_ms, watermarks[row + 1])
            elif not streak.closed:
                if count > streak.count:
                    streak.count, streak.carried = count, row
                if event_ms > streak.last_ms:
                    streak.last_ms = event_ms
            progress[row] = not said[0, place]
            if not streak.after:
                touched.append(streak)
                self._dirty.add(group)
            streak.after = row + 1
        self._sweep(watermarks, watermarks.shape[0] - 1, value_of, timed_out)
        for streak in touched:
            if streak.carried >= 0:
                streak.value = value_of(streak.carried)
            streak.carried, streak.after = -1, 0
        return timed_out

    def drain(self, bytes prefix=b""):
        """The groups changed since the last call, in order, behind a prefix; None for one that is forgotten."""
        cdef Streak streak
        changed = []
        for group in sorted(self._dirty):
            streak = self._groups.get(group)
            changed.append((prefix + group, None if streak is None else streak.packed()))
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
        self, bint closed, const int64_t[::1] watermarks, Py_ssize_t row, value_of, list timed_out
    ) except -1:
        # What the watermark before the row has closed, or let be forgotten, makes room, wherever batches end.
        if len(self._groups) >= self.most or (not closed and 4 * self._open >= self.most):
            self._sweep(watermarks, row, value_of, timed_out)
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

    cdef Streak _book(self, bytes group, Streak streak, const int64_t[::1] watermarks, value_of):
        # The watermark that closed it is the first that passed the deadline, wherever batches end,
        # but not before its own last record: a streak may begin overdue.
        passed = np.searchsorted(watermarks, streak.last_ms + self._timeout, side="right")
        streak.closed, streak.closed_at = True, watermarks[max(streak.after, passed)]
        streak.booked = streak.count
        self._open -= 1
        value = streak.value if streak.carried < 0 else value_of(streak.carried)
        cdef Streak told = _streak(streak.count, value, streak.last_ms)
        told.closed, told.closed_at, told.booked = True, streak.closed_at, streak.booked
        streak.value, streak.carried = b"", -1
        self._dirty.add(group)
        self._watch(group, streak)
        return told

    cdef int64_t _end(
        self, bytes group, Streak streak, int64_t count, int64_t event_ms, int64_t after
    ) except -1:
        cdef int64_t before = 0
        if not streak.closed:
            self._open -= 1
            streak.count, streak.value, streak.last_ms, streak.carried = count, b"", event_ms, -1
            self._close(group, streak, after)
        elif streak.booked:
            before, streak.booked = streak.booked, max(streak.booked, count)
        return before

    cdef int _close(self, bytes group, Streak streak, int64_t closed_at) except -1:
        streak.closed, streak.closed_at = True, closed_at
        return self._watch(group, streak)

    cdef int _watch(self, bytes group, Streak streak) except -1:
        if not streak.closed:
            return self._deadlines.push(streak.last_ms + self._timeout, group)
        return self._forget.push(streak.closed_at + self._lateness, group)

    cdef _sweep(self, const int64_t[::1] watermarks, Py_ssize_t upto, value_of, list timed_out):
        cdef int64_t watermark = watermarks[upto]
        cdef Streak streak
        cdef bytes group = self._deadlines.pop_before(watermark)
        while group is not None:
            streak = self._groups.get(group)
            if streak is not None and not streak.closed:
                if self._times_out(streak, watermark):
                    timed_out.append(self._book(group, streak, watermarks, value_of))
                else:
                    self._watch(group, streak)
            group = self._deadlines.pop_before(watermark)
        group = self._forget.pop_before(watermark)
        while group is not None:
            self._known(group, watermark)
            group = self._forget.pop_before(watermark)
