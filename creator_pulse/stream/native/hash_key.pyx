"""The key of an installation, and every hash that is made with it.

Whoever knows the hash of a text can choose another text with the same hash, or thousands that crowd one
place of a table. Without the key nobody knows it.
"""

from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy, memset

from creator_pulse.stream.native.hashing cimport siphash64, siphash128

import numpy as np

cdef extern from * nogil:
    """
    typedef unsigned __int128 pulse_uint128;
    """
    ctypedef unsigned long long uint128 "pulse_uint128"

cdef extern from "string.h" nogil:
    void* memmem(const void* data, size_t size, const void* sought, size_t length)

KEY_BYTES = 16
NOBODY = 0, 1
"""The identities of the empty text and of ``-``: no secret, as they are of nobody."""

cdef enum:
    _STRIPE = 8
    _WORD = 7

cdef uint64_t _PRIME = (<uint64_t>1 << 61) - 1
cdef const char* _STAMP = '"ingest_time"'
cdef enum:
    _STAMP_BYTES = 13


def siphash_1_3(bytes text not None, uint64_t k0, uint64_t k1):
    """The hash that chooses places in tables, under any key, to be held against other implementations."""
    return siphash64(text, len(text), k0, k1)


cdef class HashKey:
    """A secret of 16 bytes.

    Args:
        secret: random; the same in all workers of an installation, for as long as its changelogs.

    Raises:
        ValueError: another number of bytes.
    """

    def __init__(self, bytes secret not None):
        if len(secret) != KEY_BYTES:
            raise ValueError(f"a hash key has {KEY_BYTES} bytes, not {len(secret)}")
        cdef uint64_t words[2]
        cdef const uint8_t* raw = secret
        memcpy(&self._k0, raw, 8)
        memcpy(&self._k1, raw + 8, 8)
        siphash128(b"places in tables", 16, self._k0, self._k1, self._places)
        siphash128(b"contents", 8, self._k0, self._k1, words)
        cdef uint64_t point = words[0] % (_PRIME - 1) + 1
        cdef int at
        self._powers[0] = 1
        for at in range(1, _STRIPE + 1):
            self._powers[at] = <uint64_t>((<uint128>self._powers[at - 1] * point) % _PRIME)

    def __repr__(self):
        return "HashKey(***)"

    def hash_of(self, bytes text not None):
        """The two halves of the 16-byte hash of a text: SipHash-2-4."""
        cdef uint64_t found[2]
        siphash128(text, len(text), self._k0, self._k1, found)
        return found[0], found[1]

    def identity_of(self, bytes text not None):
        """The 64 bits that stand for an id: the first half of its hash, and of nobody's ids ``NOBODY``."""
        return self.identity(text, len(text))

    def hashes_of(self, const uint8_t[::1] data, const int64_t[:] starts, const int64_t[:] lengths):
        """The hashes of texts that stand in the data, shape (n, 2); 0 where a length is not above 0."""
        found = np.zeros((starts.shape[0], 2), dtype=np.uint64)
        cdef uint64_t[:, ::1] into = found
        cdef Py_ssize_t at
        for at in range(starts.shape[0]):
            if lengths[at] > 0:
                siphash128(&data[starts[at]], lengths[at], self._k0, self._k1, &into[at, 0])
        return found

    def hashes_of_rows(self, const uint64_t[:, ::1] rows):
        """The hash of each row of numbers, shape (n, 2); as all rows have one width, none can pose as another."""
        found = np.zeros((rows.shape[0], 2), dtype=np.uint64)
        cdef uint64_t[:, ::1] into = found
        cdef Py_ssize_t at
        for at in range(rows.shape[0]):
            siphash128(<const uint8_t*>&rows[at, 0], 8 * rows.shape[1], self._k0, self._k1, &into[at, 0])
        return found

    def contents_of(
        self,
        const uint8_t[::1] data,
        const int64_t[::1] starts,
        const int64_t[::1] lengths,
        const int64_t[:, ::1] stamps,
        const int64_t[::1] rows,
    ):
        """Fingerprints of records, shape of ``rows``: two with one fingerprint have the same bytes.

        But for the digits of ``ingest_time``: a gateway that takes an event twice stamps it twice. Two others
        share one with a chance of 1 in 2^61 for each seven bytes.

        Args:
            data: holds the records.
            starts: shape (n,), where each begins.
            lengths: shape (n,), its bytes, above 0 where asked for.
            stamps: shape (2, n), where those digits begin and end; -1 where they are to be looked for.
            rows: which of them.
        """
        found = np.zeros(rows.shape[0], dtype=np.uint64)
        cdef uint64_t[::1] into = found
        cdef Py_ssize_t at
        cdef int64_t row, start, first, last
        for at in range(rows.shape[0]):
            row = rows[at]
            start, first, last = starts[row], stamps[0, row] - starts[row], stamps[1, row] - starts[row]
            if stamps[0, row] < 0:
                first = _stamped(&data[start], lengths[row], &last)
            into[at] = self._evaluated(
                self._evaluated(1, &data[start], first), &data[start + last], lengths[row] - last
            )
        return found

    @property
    def mark(self):
        """64 bits that tell keys apart and say nothing else of them."""
        return self.hash_of(b"which key this is")[0]

    cdef void hash128(self, const uint8_t* data, Py_ssize_t size, uint64_t* out) noexcept nogil:
        siphash128(data, size, self._k0, self._k1, out)

    cdef uint64_t place(self, const uint8_t* data, Py_ssize_t size) noexcept nogil:
        return siphash64(data, size, self._places[0], self._places[1])

    cdef uint64_t identity(self, const uint8_t* data, Py_ssize_t size) noexcept nogil:
        cdef uint64_t found[2]
        if size == 0:
            return 0
        if size == 1 and data[0] == 45:
            return 1
        siphash128(data, size, self._k0, self._k1, found)
        return found[0]

    cdef uint64_t _evaluated(self, uint64_t so_far, const uint8_t* data, Py_ssize_t size) noexcept nogil:
        # A polynomial over the integers modulo 2^61 - 1 at a secret point; its coefficients are the length
        # and the words of seven bytes, so that different texts are different polynomials.
        cdef uint8_t rest[_STRIPE * _WORD + 1]
        cdef Py_ssize_t at = 0, left
        cdef uint64_t found = _reduced(<uint128>so_far * self._powers[1] + <uint64_t>size)
        while at + _STRIPE * _WORD + 1 <= size:
            found = self._stripe(found, data + at)
            at += _STRIPE * _WORD
        while at < size:
            left = min(size - at, _STRIPE * _WORD)
            memset(rest, 0, sizeof(rest))
            memcpy(rest, data + at, left)
            found = self._stripe(found, rest)
            at += left
        return found

    cdef uint64_t _stripe(self, uint64_t found, const uint8_t* data) noexcept nogil:
        # Eight words, and one byte behind them that is read but not used.
        cdef uint128 total = <uint128>found * self._powers[_STRIPE]
        cdef uint64_t word
        cdef int at
        for at in range(_STRIPE):
            memcpy(&word, data + at * _WORD, 8)
            total += <uint128>(word & <uint64_t>0xffffffffffffff) * self._powers[_STRIPE - 1 - at]
        return _reduced(total)


cdef inline int64_t _stamped(const uint8_t* data, int64_t size, int64_t* last) noexcept nogil:
    # Where the digits behind the first "ingest_time" that has some begin and end: both at the end where none has.
    cdef const uint8_t* stamp
    cdef int64_t first = 0
    while True:
        stamp = <const uint8_t*>memmem(data + first, size - first, _STAMP, _STAMP_BYTES)
        if not stamp:
            last[0] = size
            return size
        first = _after_blanks(data, stamp - data + _STAMP_BYTES, size)
        if first == size or data[first] != 58:
            continue
        first = last[0] = _after_blanks(data, first + 1, size)
        while last[0] < size and 48 <= data[last[0]] <= 57:
            last[0] += 1
        if last[0] > first:
            return first


cdef inline int64_t _after_blanks(const uint8_t* data, int64_t at, int64_t size) noexcept nogil:
    while at < size and data[at] in (32, 9, 10, 13):
        at += 1
    return at


cdef inline uint64_t _reduced(uint128 wide) noexcept nogil:
    cdef uint64_t low = <uint64_t>(wide & _PRIME) + <uint64_t>((wide >> 61) & _PRIME) + <uint64_t>(wide >> 122)
    low = (low & _PRIME) + (low >> 61)
    return low - _PRIME if low >= _PRIME else low
