"""A column's distinct texts as small integers, kept from batch to batch."""

from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcmp, memcpy

from creator_pulse.stream.native.hash_key cimport HashKey

import numpy as np

cdef Py_ssize_t _FIRST = 64


cdef class Dictionary:
    """Text -> code, by open addressing; a code is the text's place in ``texts``.

    Args:
        key: chooses the places in the table, so that nobody can crowd one, and makes the identities.
        choices: texts that are there from the start.
        closed: whether no other text is taken.
    """

    def __cinit__(self, HashKey key not None, choices=(), bint closed=False):
        self._key = key
        self._texts = []
        self._closed = False
        self._room, self._used = 1024, 0
        self._mask, self._count, self.last = _FIRST - 1, 0, -1
        self._arena = <uint8_t*>malloc(self._room)
        self._starts = <int64_t*>malloc((_FIRST + 1) * sizeof(int64_t))
        self._places = <uint64_t*>malloc(_FIRST * sizeof(uint64_t))
        self._identities = <uint64_t*>malloc(_FIRST * sizeof(uint64_t))
        self._slots = <int32_t*>malloc(_FIRST * sizeof(int32_t))
        self._plain = <uint8_t*>malloc(_FIRST)
        if not (
            self._arena and self._starts and self._places and self._identities and self._slots and self._plain
        ):
            raise MemoryError
        cdef Py_ssize_t slot
        for slot in range(_FIRST):
            self._slots[slot] = -1
        self._starts[0] = 0
        for text in choices:
            self.code(text)
        self._closed = closed

    def __dealloc__(self):
        free(self._arena)
        free(self._starts)
        free(self._places)
        free(self._identities)
        free(self._slots)
        free(self._plain)

    def __len__(self):
        return self._count

    @property
    def texts(self):
        """The texts by code."""
        return self._texts

    @property
    def size(self):
        """Bytes of all texts."""
        return self._used

    def identities(self):
        """The 64 bits that stand for each text, by code: ``HashKey.identity_of``."""
        found = np.empty(self._count, dtype=np.uint64)
        cdef uint64_t[::1] into = found
        if self._count:
            memcpy(&into[0], self._identities, self._count * sizeof(uint64_t))
        return found

    def identities_of(self, const int32_t[::1] codes):
        """The same of some codes, shape (n,); of -1, no text, nobody's: 0."""
        found = np.zeros(codes.shape[0], dtype=np.uint64)
        cdef uint64_t[::1] into = found
        cdef Py_ssize_t row
        for row in range(codes.shape[0]):
            if codes[row] >= 0:
                into[row] = self._identities[codes[row]]
        return found

    def code(self, str text):
        """The code of a text, made where it is new.

        Raises:
            KeyError: the dictionary is closed and does not hold it.
        """
        cdef bytes encoded = text.encode()
        cdef int32_t code = self.find(encoded, len(encoded))
        if code < 0:
            raise KeyError(text)
        return code

    def differs(
        self, const int32_t[::1] codes, const uint8_t[::1] data, const int64_t[::1] starts,
        const int64_t[::1] lengths,
    ):
        """Where the text of a code is not a text that stands in the data, shape (n,) of 0 and 1.

        Args:
            codes: shape (n,); -1: no text.
            data: holds the others.
            starts: shape (n,), where each begins.
            lengths: shape (n,), its bytes; -1: no text, which differs from every text.
        """
        found = np.ones(codes.shape[0], dtype=np.uint8)
        cdef uint8_t[::1] into = found
        cdef Py_ssize_t row
        for row in range(codes.shape[0]):
            if codes[row] < 0 or lengths[row] < 0:
                into[row] = codes[row] >= 0 or lengths[row] >= 0
            elif lengths[row] == 0:
                into[row] = self._starts[codes[row] + 1] != self._starts[codes[row]]
            else:
                into[row] = not self._is(codes[row], &data[starts[row]], lengths[row])
        return found

    def clear(self):
        """Forget all texts."""
        cdef Py_ssize_t slot
        for slot in range(self._mask + 1):
            self._slots[slot] = -1
        self._texts = []
        self._used, self._count, self.last = 0, 0, -1

    cdef int32_t find(self, const uint8_t* data, Py_ssize_t size) except -3:
        # The code; -1 where the dictionary is closed and does not hold the text.
        if self.last >= 0 and self._is(self.last, data, size):
            return self.last
        cdef uint64_t place = self._key.place(data, size)
        cdef Py_ssize_t slot = place & self._mask
        cdef int32_t code
        while True:
            code = self._slots[slot]
            if code < 0:
                return -1 if self._closed else self._add(data, size, place)
            if self._places[code] == place and self._is(code, data, size):
                self.last = code
                return code
            slot = (slot + 1) & self._mask

    cdef Py_ssize_t repeated(self, const uint8_t* data, Py_ssize_t p, Py_ssize_t end) noexcept:
        # The place after a quoted text where it is the same as the last one that was found; else 0. What stands
        # between the quotes is compared as it is, so the last one must be a text that is written without escapes.
        if self.last < 0 or not self._plain[self.last] or p >= end or data[p] != 34:
            return 0
        cdef int64_t start = self._starts[self.last], size = self._starts[self.last + 1] - start
        if size == 0 or p + size + 1 >= end or data[p + size + 1] != 34:
            return 0
        return p + size + 2 if memcmp(self._arena + start, data + p + 1, size) == 0 else 0

    cdef bint _is(self, int32_t code, const uint8_t* data, Py_ssize_t size) noexcept:
        cdef int64_t start = self._starts[code]
        return self._starts[code + 1] - start == size and memcmp(self._arena + start, data, size) == 0

    cdef int32_t _add(self, const uint8_t* data, Py_ssize_t size, uint64_t place) except -3:
        cdef str text = data[:size].decode("utf-8")
        cdef Py_ssize_t room = 2 * (self._used + size), at
        if self._used + size > self._room:
            arena = <uint8_t*>realloc(self._arena, room)
            if not arena:
                raise MemoryError
            self._arena, self._room = arena, room
        if 2 * (self._count + 1) > self._mask + 1:
            self._grow()
        memcpy(self._arena + self._used, data, size)
        self._used += size
        cdef int32_t code = <int32_t>self._count
        cdef Py_ssize_t slot = place & self._mask
        while self._slots[slot] >= 0:
            slot = (slot + 1) & self._mask
        self._slots[slot] = code
        self._places[code] = place
        self._identities[code] = self._key.identity(data, size)
        self._plain[code] = True
        for at in range(size):
            if data[at] < 32 or data[at] == 34 or data[at] == 92:
                self._plain[code] = False
        self._starts[code + 1] = self._used
        self._count += 1
        self._texts.append(text)
        self.last = code
        return code

    cdef int _grow(self) except -1:
        cdef Py_ssize_t size = 2 * (self._mask + 1), slot
        cdef int32_t code
        starts = <int64_t*>realloc(self._starts, (size + 1) * sizeof(int64_t))
        if not starts:
            raise MemoryError
        self._starts = starts
        places = <uint64_t*>realloc(self._places, size * sizeof(uint64_t))
        if not places:
            raise MemoryError
        self._places = places
        identities = <uint64_t*>realloc(self._identities, size * sizeof(uint64_t))
        if not identities:
            raise MemoryError
        self._identities = identities
        slots = <int32_t*>realloc(self._slots, size * sizeof(int32_t))
        if not slots:
            raise MemoryError
        self._slots = slots
        plain = <uint8_t*>realloc(self._plain, size)
        if not plain:
            raise MemoryError
        self._plain = plain
        self._mask = size - 1
        for slot in range(size):
            slots[slot] = -1
        for code in range(<int32_t>self._count):
            slot = places[code] & self._mask
            while slots[slot] >= 0:
                slot = (slot + 1) & self._mask
            slots[slot] = code
        return 0
