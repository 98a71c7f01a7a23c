"""Sums of rows by a 64-bit key: the group-by of everything that has an identity."""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset

import numpy as np


def summed(const uint64_t[::1] keys, const int64_t[:, ::1] values):
    """Add up the rows that have the same key.

    Args:
        keys: shape (n,); hashes, as their low bits choose the place in the table.
        values: shape (n, c).

    Returns:
        the first row of each distinct key, in the order of the rows; and the sums, shape (m, c).
    """
    cdef Py_ssize_t rows = keys.shape[0], columns = values.shape[1], row, slot, column, count = 0
    cdef Py_ssize_t room = 16
    if values.shape[0] != rows:
        raise ValueError("as many keys as rows of values")
    while room < 2 * rows:
        room *= 2
    cdef Py_ssize_t mask = room - 1
    first_of = np.empty(rows, dtype=np.int64)
    sums_of = np.empty((rows, columns), dtype=np.int64)
    cdef int64_t[::1] first = first_of
    cdef int64_t[:, ::1] sums = sums_of
    cdef int32_t* slots = <int32_t*>malloc(room * sizeof(int32_t))
    if not slots:
        raise MemoryError
    cdef uint64_t key
    cdef int32_t at
    memset(slots, 255, room * sizeof(int32_t))
    for row in range(rows):
        key = keys[row]
        slot = (key ^ (key >> 32)) & mask
        while True:
            at = slots[slot]
            if at < 0:
                slots[slot] = <int32_t>count
                first[count] = row
                for column in range(columns):
                    sums[count, column] = values[row, column]
                count += 1
                break
            if keys[first[at]] == key:
                for column in range(columns):
                    sums[at, column] += values[row, column]
                break
            slot = (slot + 1) & mask
    free(slots)
    return first_of[:count].copy(), sums_of[:count].copy()
