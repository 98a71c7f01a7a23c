from libc.stdint cimport uint8_t, uint64_t


cdef class HashKey:
    cdef uint64_t _k0, _k1
    cdef uint64_t _places[2]
    cdef uint64_t _powers[9]

    cdef void hash128(self, const uint8_t* data, Py_ssize_t size, uint64_t* out) noexcept nogil
    cdef uint64_t place(self, const uint8_t* data, Py_ssize_t size) noexcept nogil
    cdef uint64_t identity(self, const uint8_t* data, Py_ssize_t size) noexcept nogil
    cdef uint64_t _evaluated(self, uint64_t so_far, const uint8_t* data, Py_ssize_t size) noexcept nogil
    cdef uint64_t _stripe(self, uint64_t found, const uint8_t* data) noexcept nogil
