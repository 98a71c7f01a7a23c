"""Sums of rows by a 64-bit key: the group-by of everything that has an identity."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
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


cdef uint64_t _MIX = 0x9E3779B97F4A7C15
cdef int _LOW_BITS = 36
cdef int64_t _LOW_MASK = (<int64_t>1 << 36) - 1


def summed_by_group(const int64_t[::1] group, Py_ssize_t groups, list columns):
    """The sums of some columns by group, and the largest absolute value of each column.

    Args:
        group: shape (n,), of each row, from 0 to below ``groups``.
        groups: how many there are.
        columns: of int64, shape (n,) each. A sum is right if the largest value times n is below 2^63.

    Returns:
        shape (groups, c), and a list of c integers.
    """
    cdef Py_ssize_t rows = group.shape[0], row, place
    cdef int64_t largest, least
    cdef const int64_t[:] values
    sums_of = np.zeros((groups, len(columns)), dtype=np.int64)
    cdef int64_t[:, ::1] sums = sums_of
    for row in range(rows):
        if not 0 <= group[row] < groups:
            raise ValueError("a group beyond the last one")
    found = []
    for place in range(len(columns)):
        values = columns[place]
        if values.shape[0] != rows:
            raise ValueError("as many values as groups")
        largest = least = 0
        for row in range(rows):
            # Wraps without harm where the caller finds the largest value too large.
            sums[group[row], place] = <int64_t>(<uint64_t>sums[group[row], place] + <uint64_t>values[row])
            largest = max(largest, values[row])
            least = min(least, values[row])
        found.append(max(int(largest), -int(least)))
    return sums_of, found


def distinct(const int64_t[::1] numbers):
    """The distinct numbers in the order in which they first come, and of each row its place among them."""
    cdef Py_ssize_t rows = numbers.shape[0], row, slot, count = 0, room = 16
    while room < 2 * rows:
        room *= 2
    cdef Py_ssize_t mask = room - 1
    cdef uint64_t mixed
    cdef int32_t at
    found_of, place_of = np.empty(rows, dtype=np.int64), np.empty(rows, dtype=np.int64)
    cdef int64_t[::1] found = found_of
    cdef int64_t[::1] place = place_of
    cdef int32_t* slots = <int32_t*>malloc(room * sizeof(int32_t))
    if not slots:
        raise MemoryError
    memset(slots, 255, room * sizeof(int32_t))
    for row in range(rows):
        mixed = <uint64_t>numbers[row] * _MIX
        slot = (mixed ^ (mixed >> 32)) & mask
        while True:
            at = slots[slot]
            if at < 0:
                slots[slot] = <int32_t>count
                found[count] = numbers[row]
                place[row] = count
                count += 1
                break
            if found[at] == numbers[row]:
                place[row] = at
                break
            slot = (slot + 1) & mask
    free(slots)
    return found_of[:count].copy(), place_of


def added(list keys_of, list sums_of, tuple lows):
    """Add up the rows of several lots that have the same keys; rows that are 0 throughout go.

    Args:
        keys_of: of each lot the keys, shape (n, k).
        sums_of: of each lot the sums, shape (n, c).
        lows: columns of sums that hold the lower 36 bits of what the next column goes on with.

    Returns:
        keys and sums, in the order in which keys first come.
    """
    cdef Py_ssize_t rows = 0, lot, row, slot, column, count = 0, room = 16, kept = 0, low, width, columns
    cdef const uint64_t[:, :] keys
    cdef const int64_t[:, :] sums
    for lot in range(len(keys_of)):
        rows += len(keys_of[lot])
    width, columns = keys_of[0].shape[1], sums_of[0].shape[1]
    whole_keys = np.empty((rows, width), dtype=np.uint64)
    whole_sums = np.empty((rows, columns), dtype=np.int64)
    if rows == 0:
        return whole_keys, whole_sums
    while room < 2 * rows:
        room *= 2
    cdef Py_ssize_t mask = room - 1
    cdef uint64_t[:, ::1] into_keys = whole_keys
    cdef int64_t[:, ::1] into = whole_sums
    cdef uint64_t mixed
    cdef int32_t at
    cdef bint same, some
    cdef int32_t* slots = <int32_t*>malloc(room * sizeof(int32_t))
    if not slots:
        raise MemoryError
    memset(slots, 255, room * sizeof(int32_t))
    try:
        for lot in range(len(keys_of)):
            keys, sums = keys_of[lot], sums_of[lot]
            if keys.shape[1] != width or sums.shape[1] != columns or sums.shape[0] != keys.shape[0]:
                raise ValueError("lots of the same columns, as many keys as sums")
            for row in range(keys.shape[0]):
                mixed = keys[row, 0] if width else 0
                for column in range(1, width):
                    mixed = mixed * _MIX
                    mixed = ((mixed ^ (mixed >> 32)) ^ keys[row, column]) * _MIX
                slot = (mixed ^ (mixed >> 32)) & mask
                while True:
                    at = slots[slot]
                    if at < 0:
                        slots[slot] = <int32_t>count
                        for column in range(width):
                            into_keys[count, column] = keys[row, column]
                        for column in range(columns):
                            into[count, column] = sums[row, column]
                        count += 1
                        break
                    same = True
                    for column in range(width):
                        if into_keys[at, column] != keys[row, column]:
                            same = False
                            break
                    if same:
                        for column in range(columns):
                            into[at, column] += sums[row, column]
                        break
                    slot = (slot + 1) & mask
    finally:
        free(slots)
    for row in range(count):
        for low in lows:
            into[row, low + 1] += into[row, low] >> _LOW_BITS
            into[row, low] &= _LOW_MASK
        some = False
        for column in range(columns):
            if into[row, column]:
                some = True
                break
        if some:
            if kept < row:
                for column in range(width):
                    into_keys[kept, column] = into_keys[row, column]
                for column in range(columns):
                    into[kept, column] = into[row, column]
            kept += 1
    if kept == rows:
        return whole_keys, whole_sums
    return whole_keys[:kept].copy(), whole_sums[:kept].copy()


def joined(list limbs):
    """Sums from their limbs of 36 bits, if all absolute values together are below 2^53.

    Args:
        limbs: shape (n,) each, the low one first; the last one has the sign.

    Returns:
        shape (n,); None if they are larger.
    """
    cdef Py_ssize_t rows = len(limbs[0]), row, limb
    cdef const int64_t[:] parts
    cdef double total = 0, weight = 1
    sums = np.zeros(rows, dtype=np.int64)
    cdef int64_t[::1] into = sums
    for limb in range(len(limbs)):
        parts = limbs[limb]
        if parts.shape[0] != rows:
            raise ValueError("as many of each limb")
        for row in range(rows):
            if parts[row]:
                total += abs(<double>parts[row]) * weight
                if limb < 2:
                    # Whatever is lost above 64 bits makes the total too large.
                    into[row] += <int64_t>(<uint64_t>parts[row] << (_LOW_BITS * limb))
        weight *= <double>(_LOW_MASK + 1)
    return sums if total < 9007199254740992.0 else None


def nonzero(const int64_t[:, :] numbers):
    """Which rows are not 0 throughout, shape (n,)."""
    cdef Py_ssize_t row, column, columns = numbers.shape[1]
    there = np.zeros(numbers.shape[0], dtype=np.bool_)
    cdef uint8_t[::1] into = there.view(np.uint8)
    for row in range(numbers.shape[0]):
        for column in range(columns):
            if numbers[row, column]:
                into[row] = 1
                break
    return there


def rises(const uint64_t[:] codes):
    """Whether no number is below the one before it."""
    cdef Py_ssize_t row
    for row in range(1, codes.shape[0]):
        if codes[row] < codes[row - 1]:
            return False
    return True


def packed(const uint64_t[:, :] numbers):
    """Columns as bytes, each of the narrowest unsigned integers that hold its largest number.

    Args:
        numbers: shape (n, c).

    Returns:
        of each column the bytes; none of a column of zeros.
    """
    cdef Py_ssize_t rows = numbers.shape[0], row, column
    cdef uint64_t largest
    cdef bytes data
    cdef uint8_t* narrow
    cdef uint16_t* short
    cdef uint32_t* half
    cdef uint64_t* wide
    found = []
    for column in range(numbers.shape[1]):
        largest = 0
        for row in range(rows):
            if numbers[row, column] > largest:
                largest = numbers[row, column]
        if largest == 0:
            found.append(b"")
            continue
        if largest <= 0xFF:
            data = PyBytes_FromStringAndSize(NULL, rows)
            narrow = <uint8_t*>PyBytes_AS_STRING(data)
            for row in range(rows):
                narrow[row] = <uint8_t>numbers[row, column]
        elif largest <= 0xFFFF:
            data = PyBytes_FromStringAndSize(NULL, 2 * rows)
            short = <uint16_t*>PyBytes_AS_STRING(data)
            for row in range(rows):
                short[row] = <uint16_t>numbers[row, column]
        elif largest <= 0xFFFFFFFF:
            data = PyBytes_FromStringAndSize(NULL, 4 * rows)
            half = <uint32_t*>PyBytes_AS_STRING(data)
            for row in range(rows):
                half[row] = <uint32_t>numbers[row, column]
        else:
            data = PyBytes_FromStringAndSize(NULL, 8 * rows)
            wide = <uint64_t*>PyBytes_AS_STRING(data)
            for row in range(rows):
                wide[row] = numbers[row, column]
        found.append(data)
    return found


def unpacked(list columns, Py_ssize_t rows):
    """Columns from their bytes.

    Args:
        columns: of each the bytes; none of a column of zeros.
        rows: how many numbers each has.

    Returns:
        shape (rows, c).

    Raises:
        ValueError: bytes of another length than so many numbers have.
    """
    whole = np.zeros((rows, len(columns)), dtype=np.uint64)
    cdef uint64_t[:, ::1] into = whole
    cdef Py_ssize_t row, column, size
    cdef bytes data
    cdef const uint8_t* narrow
    cdef const uint16_t* short
    cdef const uint32_t* half
    cdef const uint64_t* wide
    for column in range(len(columns)):
        data = columns[column]
        size = len(data)
        if size == 0:
            continue
        if size == rows:
            narrow = <const uint8_t*>PyBytes_AS_STRING(data)
            for row in range(rows):
                into[row, column] = narrow[row]
        elif size == 2 * rows:
            short = <const uint16_t*>PyBytes_AS_STRING(data)
            for row in range(rows):
                into[row, column] = short[row]
        elif size == 4 * rows:
            half = <const uint32_t*>PyBytes_AS_STRING(data)
            for row in range(rows):
                into[row, column] = half[row]
        elif size == 8 * rows:
            wide = <const uint64_t*>PyBytes_AS_STRING(data)
            for row in range(rows):
                into[row, column] = wide[row]
        else:
            raise ValueError(f"a column of {size} bytes holds no {rows} numbers")
    return whole


def runs(const uint64_t[:] codes):
    """Stretches of equal codes, which stand together: of each the code, and where it begins and ends."""
    cdef Py_ssize_t row, begin = 0, rows = codes.shape[0]
    found = []
    for row in range(1, rows + 1):
        if row == rows or codes[row] != codes[begin]:
            if rows:
                found.append((codes[begin], begin, row))
            begin = row
    return found
