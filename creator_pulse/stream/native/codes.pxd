from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

from creator_pulse.stream.native.hash_key cimport HashKey


cdef class Dictionary:
    cdef HashKey _key
    cdef list _texts
    cdef bint _closed
    cdef uint8_t* _arena
    cdef Py_ssize_t _used, _room
    cdef int64_t* _starts
    cdef uint64_t* _places
    cdef uint64_t* _identities
    cdef int32_t* _slots
    cdef uint8_t* _plain
    cdef Py_ssize_t _mask, _count
    cdef int32_t last

    cdef Py_ssize_t repeated(self, const uint8_t* data, Py_ssize_t p, Py_ssize_t end) noexcept
    cdef int32_t find(self, const uint8_t* data, Py_ssize_t size) except -3
    cdef int32_t _add(self, const uint8_t* data, Py_ssize_t size, uint64_t place) except -3
    cdef int _grow(self) except -1
    cdef bint _is(self, int32_t code, const uint8_t* data, Py_ssize_t size) noexcept
