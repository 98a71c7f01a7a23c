"""Flat JSON objects to columns: the fast path of decoding.

It takes only what is plain: an object of known fields, each once, integers of at most 18 digits,
texts of printable ASCII without escapes, all required fields there and in range. Whatever else
comes is left to the strict decoder, which alone decides what is valid; so a record that is taken
here must be one that the strict decoder takes, with the same values.
"""

from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint64_t
from libc.string cimport memcmp, memcpy

from creator_pulse.stream.native.codes cimport Dictionary
from creator_pulse.stream.native.hash_key cimport HashKey

import numpy as np

INT, BOOL, TEXT, SPAN, ID, TAG = range(6)
cdef enum:
    _INT = 0
    _BOOL = 1
    _TEXT = 2
    _SPAN = 3
    _ID = 4
    _TAG = 5
    _MOST = 64

cdef uint64_t _ONES = 0x0101010101010101
cdef uint64_t _HIGH = 0x8080808080808080

cdef struct _Field:
    const uint8_t* name
    Py_ssize_t size
    int kind
    int column
    int follows
    int64_t low
    int64_t high

cdef struct _Type:
    const uint8_t* name
    Py_ssize_t size
    uint64_t allowed
    uint64_t required
    uint64_t not_null


cdef class Columns:
    """The columns of a batch.

    Attributes:
        kind: shape (n,), the event type's place; -1 where the record was not taken.
        ints: shape (columns, n), integers and booleans; 0 where null.
        there: shape (columns, n), 1 where the integer is not null.
        codes: shape (columns, n), codes of texts; -1 where null.
        spans: shape (columns, 2, n), where a text stands in the data; -1 where null.
        ids: shape (n, 2), the hash of the event id.
        stamps: shape (2, n), where in the data the number of the ``stamp`` field begins and ends; -1
            where it is not known.
    """

    cdef readonly object kind, ints, there, codes, spans, ids, stamps

    def __init__(self, Py_ssize_t rows, int ints, int codes, int spans):
        self.kind = np.full(rows, -1, dtype=np.int8)
        self.ints = np.zeros((ints, rows), dtype=np.int64)
        self.there = np.zeros((ints, rows), dtype=np.uint8)
        self.codes = np.full((codes, rows), -1, dtype=np.int32)
        self.spans = np.full((spans, 2, rows), -1, dtype=np.int64)
        self.ids = np.zeros((rows, 2), dtype=np.uint64)
        self.stamps = np.full((2, rows), -1, dtype=np.int64)


cdef class Parser:
    """Reads the records of one topic.

    Args:
        key: hashes the event ids.
        fields: of all its event types: name, kind, column (-1: not kept), lowest and highest
            integer, or shortest length of a text.
        types: name, and the sets of fields (as bits) that may, must, and must not be null.
        dictionaries: of the kept texts, by column.
        ints: columns of integers and booleans.
        spans: columns of texts that are kept by their place.
        stamp: the field that is no part of a record's content.

    Raises:
        ValueError: more fields than a set of bits holds.
    """

    cdef HashKey _key
    cdef _Field _fields[_MOST]
    cdef _Type _types[_MOST]
    cdef int _field_count, _type_count, _int_count, _span_count, _stamp
    cdef list _dictionaries
    cdef tuple _names
    cdef int _last_type

    def __init__(self, HashKey key not None, fields, types, dictionaries, int ints, int spans, bytes stamp=b""):
        if len(fields) > _MOST or len(types) > _MOST:
            raise ValueError(f"more than {_MOST} fields or event types in a topic")
        self._key = key
        self._names = tuple(one[0] for one in (*fields, *types))
        self._field_count, self._type_count = len(fields), len(types)
        self._dictionaries, self._int_count, self._span_count = list(dictionaries), ints, spans
        self._last_type, self._stamp = 0, -1
        cdef bytes name
        cdef int at
        for at, (name, kind, column, low, high) in enumerate(fields):
            self._fields[at] = _Field(name, len(name), kind, column, at + 1, low, high)
            if name == stamp:
                self._stamp = at
        for at, (name, allowed, required, not_null) in enumerate(types):
            self._types[at] = _Type(name, len(name), allowed, required, not_null)

    def parse(self, const uint8_t[::1] data, const int64_t[::1] at, const int64_t[::1] length):
        """Read the records at these places; a length of -1 is a null value."""
        cdef Py_ssize_t rows = at.shape[0], row
        found = Columns(rows, self._int_count, len(self._dictionaries), self._span_count)
        cdef _Run run = _Run(found)
        if not rows:
            return found
        for row in range(rows):
            if length[row] > 0:
                run.kind[row] = self._one(&data[0], at[row], at[row] + length[row], row, run)
                if run.kind[row] < 0:
                    run.clear(row)
        return found

    cdef int _one(self, const uint8_t* data, Py_ssize_t p, Py_ssize_t end, Py_ssize_t row, _Run run) except -2:
        cdef uint64_t seen = 0, nulls = 0, bit
        cdef int field = self._field_count - 1, kind = -1
        cdef Py_ssize_t start
        p = _blank(data, p, end)
        if p >= end or data[p] != 123:
            return -1
        p = _blank(data, p + 1, end)
        while True:
            if p >= end or data[p] != 34:
                return -1
            p = self._name(data, p + 1, end, &field)
            if p < 0:
                return -1
            bit = (<uint64_t>1) << field
            if seen & bit:
                return -1
            seen |= bit
            p = _blank(data, p + 1, end)
            if p >= end or data[p] != 58:
                return -1
            p = _blank(data, p + 1, end)
            if p + 4 <= end and memcmp(data + p, b"null", 4) == 0:
                nulls |= bit
                p += 4
            elif self._fields[field].kind == _TAG:
                start = p + 1
                p = _quoted(data, p, end)
                if p < 0:
                    return -1
                kind = self._type(data + start, p - 1 - start)
            else:
                start = p
                p = self._value(data, p, end, &self._fields[field], row, run)
                if p < 0:
                    return -1
                if field == self._stamp:
                    run.stamps[0, row] = start
                    run.stamps[1, row] = p
            p = _blank(data, p, end)
            if p >= end:
                return -1
            if data[p] == 125:
                break
            if data[p] != 44:
                return -1
            p = _blank(data, p + 1, end)
        if _blank(data, p + 1, end) != end or kind < 0:
            return -1
        cdef _Type* type = &self._types[kind]
        if seen & ~type.allowed or type.required & ~seen or nulls & type.not_null:
            return -1
        self._last_type = kind
        return kind

    cdef Py_ssize_t _value(
        self, const uint8_t* data, Py_ssize_t p, Py_ssize_t end, _Field* field, Py_ssize_t row, _Run run
    ) except -2:
        # The place after the value, or -1.
        cdef int64_t number = 0
        cdef Py_ssize_t start
        cdef int32_t code
        cdef Dictionary dictionary
        if field.kind == _INT:
            p = _integer(data, p, end, &number)
            if p < 0 or number < field.low or number > field.high:
                return -1
        elif field.kind == _BOOL:
            if p + 4 <= end and memcmp(data + p, b"true", 4) == 0:
                number, p = 1, p + 4
            elif p + 5 <= end and memcmp(data + p, b"false", 5) == 0:
                p += 5
            else:
                return -1
        else:
            if field.kind == _TEXT and field.column >= 0:
                dictionary = <Dictionary>self._dictionaries[field.column]
                start = dictionary.repeated(data, p, end)
                if start > p:
                    run.codes[field.column, row] = dictionary.last
                    return start
            start = p + 1
            p = _quoted(data, p, end)
            if p < 0 or p - 1 - start < field.low:
                return -1
            if field.column < 0:
                return p
            if field.kind == _TEXT:
                code = dictionary.find(data + start, p - 1 - start)
                if code < 0:
                    return -1
                run.codes[field.column, row] = code
            elif field.kind == _ID:
                self._key.hash128(data + start, p - 1 - start, &run.ids[row, 0])
            else:
                run.spans[field.column, 0, row] = start
                run.spans[field.column, 1, row] = p - 1 - start
            return p
        if field.column >= 0:
            run.ints[field.column, row] = number
            run.there[field.column, row] = 1
        return p

    cdef Py_ssize_t _name(self, const uint8_t* data, Py_ssize_t p, Py_ssize_t end, int* field) noexcept:
        # The place of the closing quote, or -1; ``field`` goes from the one before to this one.
        # Records of one producer have their fields in one order: try what followed last time.
        cdef int guess = self._fields[field[0]].follows, at
        cdef Py_ssize_t close
        if guess < self._field_count:
            close = p + self._fields[guess].size
            if close < end and data[close] == 34 and _same(&self._fields[guess], data + p, close - p):
                field[0] = guess
                return close
        close = _text(data, p, end)
        if close < 0:
            return -1
        for at in range(self._field_count):
            if _same(&self._fields[at], data + p, close - p):
                self._fields[field[0]].follows = at
                field[0] = at
                return close
        return -1

    cdef int _type(self, const uint8_t* name, Py_ssize_t size) noexcept:
        cdef int at
        cdef _Type* type = &self._types[self._last_type]
        if type.size == size and memcmp(type.name, name, size) == 0:
            return self._last_type
        for at in range(self._type_count):
            if self._types[at].size == size and memcmp(self._types[at].name, name, size) == 0:
                return at
        return -1


cdef class _Run:
    # The arrays under the columns, open for writing.
    cdef int8_t[::1] kind
    cdef int64_t[:, ::1] ints
    cdef uint8_t[:, ::1] there
    cdef int32_t[:, ::1] codes
    cdef int64_t[:, :, ::1] spans
    cdef uint64_t[:, ::1] ids
    cdef int64_t[:, ::1] stamps

    def __init__(self, Columns columns):
        self.kind, self.ints, self.there = columns.kind, columns.ints, columns.there
        self.codes, self.spans, self.ids = columns.codes, columns.spans, columns.ids
        self.stamps = columns.stamps

    cdef void clear(self, Py_ssize_t row) noexcept:
        # Forget what a record left behind that was given up half way.
        cdef Py_ssize_t at
        for at in range(self.ints.shape[0]):
            self.ints[at, row] = 0
            self.there[at, row] = 0
        for at in range(self.codes.shape[0]):
            self.codes[at, row] = -1
        for at in range(self.spans.shape[0]):
            self.spans[at, 0, row] = self.spans[at, 1, row] = -1
        self.ids[row, 0] = self.ids[row, 1] = 0
        self.stamps[0, row] = self.stamps[1, row] = -1


cdef inline bint _same(_Field* field, const uint8_t* name, Py_ssize_t size) noexcept:
    return field.size == size and memcmp(field.name, name, size) == 0


cdef inline Py_ssize_t _blank(const uint8_t* data, Py_ssize_t p, Py_ssize_t end) noexcept:
    while p < end and (data[p] == 32 or data[p] == 10 or data[p] == 13 or data[p] == 9):
        p += 1
    return p


cdef inline Py_ssize_t _text(const uint8_t* data, Py_ssize_t p, Py_ssize_t end) noexcept:
    # The place of the closing quote; -1 where there is none, or an escape, or no printable ASCII.
    # Eight bytes at a time while none of them is a quote, a backslash, below 32 or above 126.
    cdef uint64_t eight
    while p + 8 <= end:
        memcpy(&eight, data + p, 8)
        if (
            _zero_in(eight ^ (34 * _ONES)) | _zero_in(eight ^ (92 * _ONES))
            | (eight - 32 * _ONES) | eight | (eight + _ONES)
        ) & _HIGH:
            break
        p += 8
    while p < end:
        if data[p] == 34:
            return p
        if data[p] == 92 or data[p] < 32 or data[p] > 126:
            return -1
        p += 1
    return -1


cdef inline uint64_t _zero_in(uint64_t eight) noexcept:
    # The high bit of a byte is set where the byte is zero (and nowhere below the first such byte).
    return (eight - _ONES) & ~eight


cdef inline Py_ssize_t _quoted(const uint8_t* data, Py_ssize_t p, Py_ssize_t end) noexcept:
    # The place after a text; -1 where there is none.
    if p >= end or data[p] != 34:
        return -1
    p = _text(data, p + 1, end)
    return -1 if p < 0 else p + 1


cdef inline Py_ssize_t _integer(const uint8_t* data, Py_ssize_t p, Py_ssize_t end, int64_t* number) noexcept:
    # The place after an integer of at most 18 digits; what follows it is looked at by the caller.
    cdef bint negative = p < end and data[p] == 45
    cdef int64_t found = 0
    cdef Py_ssize_t start
    p += negative
    start = p
    while p < end and 48 <= data[p] <= 57:
        found = found * 10 + (data[p] - 48)
        p += 1
        if p - start > 18:
            return -1
    if p == start or (data[start] == 48 and (p - start > 1 or negative)):
        return -1
    number[0] = -found if negative else found
    return p
