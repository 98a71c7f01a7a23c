"""Ids that were accepted, by their 128-bit hashes: the dedup horizon's table."""

from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport free, malloc

cdef int64_t _NEVER = -(1 << 62)

NEW, AGAIN, CONFLICTING = range(3)
"""What a row is: an id not known, one with the content that was accepted, one with another."""


cdef struct _Slot:
    uint64_t first
    uint64_t second
    uint64_t content
    int64_t mark
    # _NEVER where the slot is free.
    int64_t number
    # Its place among all that were accepted, from 1.


cdef class Ids:
    """Hash -> with what content and at which watermark it was accepted; what has left the horizon is unknown.

    Args:
        horizon_ms: how far the watermark may advance before an id is forgotten.
        most: an id is forgotten too once so many others were accepted after it.
    """

    cdef _Slot* _slots
    cdef Py_ssize_t _mask, _count
    cdef int64_t _horizon, _most, _taken

    def __cinit__(self, int64_t horizon_ms, int64_t most=1 << 60):
        self._horizon, self._most, self._taken = horizon_ms, most, 0
        self._mask, self._count = 1023, 0
        self._slots = _free_slots(self._mask + 1)

    def __dealloc__(self):
        free(self._slots)

    def __len__(self):
        return self._count

    def check(
        self,
        const uint64_t[:, ::1] hashes,
        const uint64_t[::1] contents,
        const int64_t[::1] rows,
        const int64_t[::1] before,
        const int64_t[::1] after,
        uint8_t[::1] found,
    ):
        """Say which rows repeat an id, and accept the others.

        Args:
            hashes: shape (n, 2), of every row.
            contents: shape of ``rows``, fingerprints.
            rows: which to look at, in log order.
            before: shape (n,), the watermark before each row, never falling.
            after: shape (n,), the watermark at which a row's id is accepted.
            found: shape of ``rows``; filled with ``NEW``, ``AGAIN`` or ``CONFLICTING``.
        """
        cdef Py_ssize_t at
        cdef int64_t row
        for at in range(rows.shape[0]):
            row = rows[at]
            self._make_room(before[row])
            slot = self._find(hashes[row, 0], hashes[row, 1])
            if self._lives(slot, before[row]):
                found[at] = 1 if slot.content == contents[at] else 2
            else:
                found[at] = 0
                self._taken += 1
                self._put(slot, hashes[row, 0], hashes[row, 1], contents[at], after[row], self._taken)

    def restore(
        self, const uint64_t[:, ::1] hashes, const uint64_t[::1] contents, const int64_t[::1] marks
    ):
        """Take ids back, with what they were accepted with."""
        cdef Py_ssize_t at
        for at in range(marks.shape[0]):
            self._make_room(_NEVER)
            self._taken += 1
            slot = self._find(hashes[at, 0], hashes[at, 1])
            self._put(slot, hashes[at, 0], hashes[at, 1], contents[at], marks[at], self._taken)

    cdef bint _lives(self, _Slot* slot, int64_t watermark) noexcept:
        return (
            slot.mark != _NEVER
            and self._taken - slot.number < self._most
            and (watermark == _NEVER or watermark - slot.mark <= self._horizon)
        )

    cdef _Slot* _find(self, uint64_t first, uint64_t second) noexcept:
        cdef Py_ssize_t at = first & self._mask
        while self._slots[at].mark != _NEVER and not (
            self._slots[at].first == first and self._slots[at].second == second
        ):
            at = (at + 1) & self._mask
        return &self._slots[at]

    cdef void _put(
        self, _Slot* slot, uint64_t first, uint64_t second, uint64_t content, int64_t mark, int64_t number
    ) noexcept:
        if slot.mark == _NEVER:
            self._count += 1
        slot.number = number
        slot.first = first
        slot.second = second
        slot.content = content
        slot.mark = mark

    cdef int _make_room(self, int64_t watermark) except -1:
        # At most two thirds are used. What has left the horizon goes first; the table grows only
        # where more than half of it is still alive.
        if 3 * (self._count + 1) <= 2 * (self._mask + 1):
            return 0
        self._rebuild(self._mask, watermark)
        if 2 * self._count > self._mask + 1:
            self._rebuild(2 * self._mask + 1, watermark)
        return 0

    cdef int _rebuild(self, Py_ssize_t mask, int64_t watermark) except -1:
        cdef _Slot* old = self._slots
        cdef Py_ssize_t at, size = self._mask + 1
        self._slots = _free_slots(mask + 1)
        self._mask, self._count = mask, 0
        for at in range(size):
            if self._lives(&old[at], watermark):
                slot = self._find(old[at].first, old[at].second)
                self._put(slot, old[at].first, old[at].second, old[at].content, old[at].mark, old[at].number)
        free(old)
        return 0


cdef _Slot* _free_slots(Py_ssize_t count) except NULL:
    cdef _Slot* made = <_Slot*>malloc(count * sizeof(_Slot))
    cdef Py_ssize_t at
    if not made:
        raise MemoryError
    for at in range(count):
        made[at].mark = _NEVER
    return made
