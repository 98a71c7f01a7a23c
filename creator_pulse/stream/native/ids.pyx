"""Ids that were accepted, by their 128-bit hashes: the dedup horizon's table."""

from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free

from creator_pulse.stream.native.hashing cimport hash128

import numpy as np

cdef int64_t _NEVER = -(1 << 62)


def hash_of(bytes text):
    """The two halves of a 16-byte hash that is the same in every process: MurmurHash3 x64 128, seed 0."""
    cdef uint64_t found[2]
    hash128(text, len(text), found)
    return found[0], found[1]


def hashes_of(const uint8_t[::1] data, const int64_t[:] starts, const int64_t[:] lengths):
    """The hashes of texts that stand in the data, shape (n, 2); 0 where a length is not above 0."""
    found = np.zeros((starts.shape[0], 2), dtype=np.uint64)
    cdef uint64_t[:, ::1] into = found
    cdef Py_ssize_t at
    for at in range(starts.shape[0]):
        if lengths[at] > 0:
            hash128(&data[starts[at]], lengths[at], &into[at, 0])
    return found


cdef struct _Slot:
    uint64_t first
    uint64_t second
    int64_t mark
    int64_t used


cdef class Ids:
    """Hash -> the watermark at which it was accepted; what has left the horizon counts as unknown.

    Args:
        horizon_ms: how far the watermark may advance before an id is forgotten.
    """

    cdef _Slot* _slots
    cdef Py_ssize_t _mask, _count
    cdef int64_t _horizon

    def __cinit__(self, int64_t horizon_ms):
        self._horizon = horizon_ms
        self._mask, self._count = 1023, 0
        self._slots = <_Slot*>calloc(self._mask + 1, sizeof(_Slot))
        if not self._slots:
            raise MemoryError

    def __dealloc__(self):
        free(self._slots)

    def __len__(self):
        return self._count

    def check(
        self,
        const uint64_t[:, ::1] hashes,
        const int64_t[::1] rows,
        const int64_t[::1] before,
        const int64_t[::1] after,
        uint8_t[::1] duplicate,
    ):
        """Say which rows repeat an id, and accept the others.

        Args:
            hashes: shape (n, 2), of every row.
            rows: which to look at, in log order.
            before: shape (n,), the watermark before each row, never falling.
            after: shape (n,), the watermark at which a row's id is accepted.
            duplicate: shape of ``rows``; set to 1 where the id is known, else 0.
        """
        cdef Py_ssize_t at
        cdef int64_t row
        for at in range(rows.shape[0]):
            row = rows[at]
            self._make_room(before[row])
            slot = self._find(hashes[row, 0], hashes[row, 1])
            if slot.used and before[row] - slot.mark <= self._horizon:
                duplicate[at] = 1
            else:
                duplicate[at] = 0
                self._put(slot, hashes[row, 0], hashes[row, 1], after[row])

    def restore(self, const uint64_t[:, ::1] hashes, const int64_t[::1] marks):
        """Take ids back, with the watermarks at which they were accepted."""
        cdef Py_ssize_t at
        for at in range(marks.shape[0]):
            self._make_room(_NEVER)
            self._put(self._find(hashes[at, 0], hashes[at, 1]), hashes[at, 0], hashes[at, 1], marks[at])

    cdef _Slot* _find(self, uint64_t first, uint64_t second) noexcept:
        cdef Py_ssize_t at = first & self._mask
        while self._slots[at].used and not (
            self._slots[at].first == first and self._slots[at].second == second
        ):
            at = (at + 1) & self._mask
        return &self._slots[at]

    cdef void _put(self, _Slot* slot, uint64_t first, uint64_t second, int64_t mark) noexcept:
        if not slot.used:
            self._count += 1
        slot.used = 1
        slot.first = first
        slot.second = second
        slot.mark = mark

    cdef int _make_room(self, int64_t watermark) except -1:
        # At most two thirds are used. What has left the horizon goes first; the table grows only
        # where more than a third of it is still alive.
        if 3 * (self._count + 1) <= 2 * (self._mask + 1):
            return 0
        self._rebuild(self._mask, watermark)
        if 3 * self._count > self._mask + 1:
            self._rebuild(2 * self._mask + 1, watermark)
        return 0

    cdef int _rebuild(self, Py_ssize_t mask, int64_t watermark) except -1:
        cdef _Slot* old = self._slots
        cdef Py_ssize_t at, size = self._mask + 1
        slots = <_Slot*>calloc(mask + 1, sizeof(_Slot))
        if not slots:
            raise MemoryError
        self._slots, self._mask, self._count = slots, mask, 0
        for at in range(size):
            if old[at].used and (watermark == _NEVER or watermark - old[at].mark <= self._horizon):
                self._put(self._find(old[at].first, old[at].second), old[at].first, old[at].second, old[at].mark)
        free(old)
        return 0
