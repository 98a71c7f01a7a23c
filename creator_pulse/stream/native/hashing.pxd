# SipHash, inlined into the loops that need it.
#
# J.-P. Aumasson and D. J. Bernstein, "SipHash: a fast short-input PRF" (2012), for little-endian
# machines; the variant of 128 bits is that of their reference implementation.

from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcpy


cdef struct State:
    uint64_t v0
    uint64_t v1
    uint64_t v2
    uint64_t v3


cdef inline uint64_t rotated(uint64_t x, int by) noexcept nogil:
    return (x << by) | (x >> (64 - by))


cdef inline void mix(State* s, int rounds) noexcept nogil:
    cdef int at
    for at in range(rounds):
        s.v0 += s.v1
        s.v1 = rotated(s.v1, 13) ^ s.v0
        s.v0 = rotated(s.v0, 32)
        s.v2 += s.v3
        s.v3 = rotated(s.v3, 16) ^ s.v2
        s.v0 += s.v3
        s.v3 = rotated(s.v3, 21) ^ s.v0
        s.v2 += s.v1
        s.v1 = rotated(s.v1, 17) ^ s.v2
        s.v2 = rotated(s.v2, 32)


cdef inline void absorb(
    State* s, const uint8_t* data, Py_ssize_t size, uint64_t k0, uint64_t k1, int rounds
) noexcept nogil:
    # The key, then the message in words of eight bytes; the last one carries the length in its top byte.
    cdef uint64_t word
    cdef Py_ssize_t at = 0
    s.v0 = k0 ^ <uint64_t>0x736f6d6570736575
    s.v1 ^= k1 ^ <uint64_t>0x646f72616e646f6d
    s.v2 = k0 ^ <uint64_t>0x6c7967656e657261
    s.v3 = k1 ^ <uint64_t>0x7465646279746573
    while at + 8 <= size:
        memcpy(&word, data + at, 8)
        s.v3 ^= word
        mix(s, rounds)
        s.v0 ^= word
        at += 8
    word = 0
    memcpy(&word, data + at, size - at)
    word |= <uint64_t>size << 56
    s.v3 ^= word
    mix(s, rounds)
    s.v0 ^= word


cdef inline void siphash128(
    const uint8_t* data, Py_ssize_t size, uint64_t k0, uint64_t k1, uint64_t* out
) noexcept nogil:
    # SipHash-2-4 with 128 bits.
    cdef State s
    s.v1 = 0xee
    absorb(&s, data, size, k0, k1, 2)
    s.v2 ^= 0xee
    mix(&s, 4)
    out[0] = s.v0 ^ s.v1 ^ s.v2 ^ s.v3
    s.v1 ^= 0xdd
    mix(&s, 4)
    out[1] = s.v0 ^ s.v1 ^ s.v2 ^ s.v3


cdef inline uint64_t siphash64(const uint8_t* data, Py_ssize_t size, uint64_t k0, uint64_t k1) noexcept nogil:
    # SipHash-1-3 with 64 bits: for places in a table, which nobody sees.
    cdef State s
    s.v1 = 0
    absorb(&s, data, size, k0, k1, 1)
    s.v2 ^= 0xff
    mix(&s, 3)
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3
