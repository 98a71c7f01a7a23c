# Hashes of short byte strings, inlined into the loops that need them.

from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcpy


cdef inline uint64_t rotated(uint64_t x, int by) noexcept nogil:
    return (x << by) | (x >> (64 - by))


cdef inline uint64_t final_mix(uint64_t k) noexcept nogil:
    k ^= k >> 33
    k *= <uint64_t>0xff51afd7ed558ccd
    k ^= k >> 33
    k *= <uint64_t>0xc4ceb9fe1a85ec53
    k ^= k >> 33
    return k


cdef inline uint64_t first_mix(uint64_t k) noexcept nogil:
    return rotated(k * <uint64_t>0x87c37b91114253d5, 31) * <uint64_t>0x4cf5ad432745937f


cdef inline uint64_t second_mix(uint64_t k) noexcept nogil:
    return rotated(k * <uint64_t>0x4cf5ad432745937f, 33) * <uint64_t>0x87c37b91114253d5


cdef inline void hash128(const uint8_t* data, Py_ssize_t size, uint64_t* out) noexcept nogil:
    # MurmurHash3 x64 128 with seed 0 (A. Appleby, public domain), for little-endian machines.
    cdef uint64_t h1 = 0, h2 = 0, k1, k2
    cdef Py_ssize_t at = 0, rest
    while at + 16 <= size:
        memcpy(&k1, data + at, 8)
        memcpy(&k2, data + at + 8, 8)
        h1 = (rotated(h1 ^ first_mix(k1), 27) + h2) * 5 + 0x52dce729
        h2 = (rotated(h2 ^ second_mix(k2), 31) + h1) * 5 + 0x38495ab5
        at += 16
    rest = size - at
    k1 = k2 = 0
    if rest > 8:
        memcpy(&k1, data + at, 8)
        memcpy(&k2, data + at + 8, rest - 8)
        h2 ^= second_mix(k2)
        h1 ^= first_mix(k1)
    elif rest > 0:
        memcpy(&k1, data + at, rest)
        h1 ^= first_mix(k1)
    h1 ^= <uint64_t>size
    h2 ^= <uint64_t>size
    h1 += h2
    h2 += h1
    h1 = final_mix(h1)
    h2 = final_mix(h2)
    h1 += h2
    h2 += h1
    out[0] = h1
    out[1] = h2


cdef inline uint64_t hash64(const uint8_t* data, Py_ssize_t size) noexcept nogil:
    cdef uint64_t found[2]
    hash128(data, size, found)
    return found[0]
