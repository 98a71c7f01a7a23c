"""Kafka's records (format 2) taken apart: the bytes stay where they are, columns say where.

A record is ``length attributes timestamp-delta offset-delta key value headers``, its numbers zigzag
varints. Whatever the bytes say, nothing outside the batch that holds them is read.
"""

from libc.stdint cimport int64_t, uint64_t

import numpy as np

cdef enum:
    OFFSET, TIMESTAMP, KEY_AT, KEY_LENGTH, VALUE_AT, VALUE_LENGTH, COLUMNS

LEAST_RECORD = 7
"""Bytes of the smallest record: its length, attributes, two deltas, null key, null value, no header."""
cdef enum:
    LEAST_ROOM = 512
"""Rows that there is room for from the beginning."""


def parts(bytes data not None, const int64_t[:] at, const int64_t[:] length):
    """The pieces of ``data``, an object each; None where the length is negative.

    Args:
        data: holds the pieces.
        at: shape (n,), where each begins.
        length: shape (n,), its bytes.

    Raises:
        ValueError: a piece is not within the data.
    """
    cdef Py_ssize_t row, count = at.shape[0]
    cdef int64_t size = len(data)
    cdef const char* raw = data
    cdef list found = [None] * count
    for row in range(count):
        if length[row] < 0:
            continue
        if at[row] < 0 or length[row] > size - at[row]:
            raise ValueError("a piece is not within the data")
        found[row] = raw[at[row] : at[row] + length[row]]
    return found


cdef struct Place:
    Py_ssize_t at
    Py_ssize_t end


cdef class Columns:
    """Records of one partition, filled in batch by batch.

    Places count from the beginning of the first batch's bytes, as if all were one buffer.

    Args:
        begin: the first offset wanted; a batch may begin before it.
    """

    cdef object table
    cdef int64_t[:, ::1] cells
    cdef Py_ssize_t room, rows
    cdef int64_t begin, taken

    def __init__(self, int64_t begin):
        self.begin = begin
        self.reserve(LEAST_ROOM)

    def __len__(self):
        return self.rows

    @property
    def size(self):
        """Bytes of all batches taken."""
        return self.taken

    def add(
        self,
        const unsigned char[::1] data not None,
        Py_ssize_t count,
        int64_t base_offset,
        int64_t last_delta,
        int64_t base_timestamp,
        bint delta,
    ):
        """Take a batch, or nothing of it.

        Args:
            data: its records, decompressed, without the batch's header.
            count: how many the batch says to hold.
            base_offset: what the offset deltas count from.
            last_delta: of its last offset; offset deltas rise from 0 at the least to it at the most.
            base_timestamp: what the timestamp deltas count from.
            delta: whether timestamp deltas count at all; else all records have the base.

        Raises:
            ValueError: the bytes are not that many whole records at rising offsets of the batch.
        """
        cdef Place place
        cdef Py_ssize_t row, size = data.shape[0], rows = self.rows
        cdef int64_t before = -1, begin = self.begin
        cdef const unsigned char* raw = &data[0] if size else NULL
        if count < 0 or count > size // LEAST_RECORD:
            raise ValueError(f"no {count} records have room in {size} bytes")
        self.reserve(rows + count)
        place.at, place.end = 0, size
        with nogil:
            for row in range(count):
                if not self.record(raw, &place, &before, base_offset, last_delta, base_timestamp, delta):
                    place.at = -1
                    break
        if place.at != place.end:
            self.rows, self.begin = rows, begin
            raise ValueError(f"{size} bytes are not {count} whole records at offsets of their own")
        self.taken += size

    def table_of_rows(self):
        """Offsets, timestamps, key and value positions and lengths: int64 of shape (6, records)."""
        return self.table[:, : self.rows]

    cdef reserve(self, Py_ssize_t rows):
        """Make room for so many rows in all."""
        if rows <= self.room:
            return
        self.room = max(rows, 2 * self.room)
        table = np.empty((<int>COLUMNS, self.room), np.int64)
        if self.rows:
            table[:, : self.rows] = self.table[:, : self.rows]
        self.table = table
        self.cells = table

    cdef bint record(
        self,
        const unsigned char* raw,
        Place* place,
        int64_t* before,
        int64_t base_offset,
        int64_t last_delta,
        int64_t base_timestamp,
        bint delta,
    ) noexcept nogil:
        """Read one record; below the wanted offset it is left out. False: it is broken."""
        cdef int64_t length, later, number, key_at, key_length, value_at, value_length, offset
        cdef Place body
        if not varint(raw, place, &length) or length < 1 or length > place.end - place.at:
            return False
        # The attributes are one byte without meaning.
        body.at, body.end = place.at + 1, place.at + length
        place.at = body.end
        if not (varint(raw, &body, &later) and varint(raw, &body, &number)):
            return False
        if not part(raw, &body, &key_at, &key_length):
            return False
        if not part(raw, &body, &value_at, &value_length):
            return False
        if not headers(raw, &body) or body.at != body.end:
            return False
        # The header alone says which offsets are the batch's: whoever believes more leaves others out.
        if number <= before[0] or number > last_delta:
            return False
        before[0] = number
        # Unsigned sums: what overflows in lying bytes wraps around.
        offset = <int64_t>(<uint64_t>base_offset + <uint64_t>number)
        if offset < self.begin:
            return True
        self.begin = <int64_t>(<uint64_t>offset + 1)
        self.cells[OFFSET, self.rows] = offset
        self.cells[TIMESTAMP, self.rows] = <int64_t>(
            <uint64_t>base_timestamp + (<uint64_t>later if delta else 0)
        )
        self.cells[KEY_AT, self.rows] = self.taken + key_at
        self.cells[KEY_LENGTH, self.rows] = key_length
        self.cells[VALUE_AT, self.rows] = self.taken + value_at
        self.cells[VALUE_LENGTH, self.rows] = value_length
        self.rows += 1
        return True


cdef inline bint varint(const unsigned char* raw, Place* place, int64_t* number) noexcept nogil:
    """Read a zigzag number of at most ten bytes; False: it has no end."""
    cdef uint64_t found = 0
    cdef int shift = 0
    cdef unsigned char byte
    while place.at < place.end and shift < 64:
        byte = raw[place.at]
        place.at += 1
        found |= <uint64_t>(byte & 0x7F) << shift
        if byte < 0x80:
            number[0] = <int64_t>((found >> 1) ^ (0 - (found & 1)))
            return True
        shift += 7
    return False


cdef inline bint part(
    const unsigned char* raw, Place* place, int64_t* at, int64_t* length
) noexcept nogil:
    """Read a length and pass over so many bytes; a negative length is a null. False: too long."""
    if not varint(raw, place, length) or length[0] > place.end - place.at:
        return False
    at[0] = place.at
    if length[0] < 0:
        length[0] = -1
    else:
        place.at += length[0]
    return True


cdef inline bint headers(const unsigned char* raw, Place* place) noexcept nogil:
    """Pass over a record's headers: nobody reads them. False: they are broken."""
    cdef int64_t count, at, length
    if not varint(raw, place, &count) or count < 0:
        return False
    while count > 0:
        if not part(raw, place, &at, &length) or length < 0:
            return False
        if not part(raw, place, &at, &length):
            return False
        count -= 1
    return True
