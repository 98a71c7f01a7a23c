# JSON by RFC 8259, read in place: where a value ends, and what it says. Included, so that the compiler chooses what
# it puts into the loops: only what plain records need is marked as inline.
#
# Nothing outside ``p`` to ``end`` is read.
#
# A text must be UTF-8, also where nobody reads it; half of a pair of surrogates, which only an escape can be, is
# JSON but no text: it is told. Objects and arrays stand within one another up to a depth.

from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcmp, memcpy

cdef enum:
    TEXT_ROOM = 4096  # bytes of a text without its escapes that are kept
    DEEPEST_VALUE = 100


cdef inline Py_ssize_t after_blanks(const uint8_t* data, Py_ssize_t p, Py_ssize_t end) noexcept:
    while p < end and (data[p] == 32 or data[p] == 10 or data[p] == 13 or data[p] == 9):
        p += 1
    return p


cdef inline Py_ssize_t after_plain(const uint8_t* data, Py_ssize_t p, Py_ssize_t end) noexcept:
    # The place of the first quote, backslash, or byte below 32 or above 126; the end where there is none.
    # Eight bytes at a time while none of them is one.
    cdef uint64_t eight, ones = 0x0101010101010101, high = 0x8080808080808080
    while p + 8 <= end:
        memcpy(&eight, data + p, 8)
        if (
            zero_in(eight ^ (34 * ones), ones) | zero_in(eight ^ (92 * ones), ones)
            | (eight - 32 * ones) | eight | (eight + ones)
        ) & high:
            break
        p += 8
    while p < end and data[p] != 34 and data[p] != 92 and 32 <= data[p] <= 126:
        p += 1
    return p


cdef inline uint64_t zero_in(uint64_t eight, uint64_t ones) noexcept:
    # The high bit of a byte is set where the byte is zero (and nowhere below the first such byte).
    return (eight - ones) & ~eight


cdef Py_ssize_t read_text(
    const uint8_t* data, Py_ssize_t p, Py_ssize_t end, uint8_t* into, Py_ssize_t* size, bint* escaped,
    bint* half
) noexcept:
    # The place after the closing quote of a text that begins at ``p``, or -1. ``size`` is that of the text in
    # UTF-8 without its escapes, of which the first ``TEXT_ROOM`` bytes are written to ``into``, if that is not null;
    # ``half`` is set where it has half of a pair of surrogates, which counts as three bytes.
    cdef Py_ssize_t count = 0, stop, width
    cdef uint8_t four[4]
    escaped[0] = False
    while True:
        stop = after_plain(data, p, end)
        if stop >= end:
            return -1
        if into and count < TEXT_ROOM:
            memcpy(into + count, data + p, min(stop - p, TEXT_ROOM - count))
        count += stop - p
        p = stop
        if data[p] == 34:
            size[0] = count
            return p + 1
        if data[p] == 92:
            escaped[0] = True
            p = read_escape(data, p + 1, end, four, &width, half)
        else:
            width = character_size(data, p, end)
            if width > 0:
                memcpy(four, data + p, width)
            p = p + width if width > 0 else -1
        if p < 0:
            return -1
        if into and count < TEXT_ROOM:
            memcpy(into + count, four, min(width, TEXT_ROOM - count))
        count += width


cdef int character_size(const uint8_t* data, Py_ssize_t p, Py_ssize_t end) noexcept:
    # The bytes of the character at ``p`` that is no control character, by the table of RFC 3629; 0: it is none.
    cdef uint8_t first = data[p], low = 0x80, high = 0xBF
    cdef int width, at
    if first < 0x20:
        return 0
    if first < 0x80:
        return 1
    if 0xC2 <= first <= 0xDF:
        width = 2
    elif 0xE0 <= first <= 0xEF:
        width = 3
        if first == 0xE0:
            low = 0xA0
        elif first == 0xED:
            high = 0x9F
    elif 0xF0 <= first <= 0xF4:
        width = 4
        if first == 0xF0:
            low = 0x90
        elif first == 0xF4:
            high = 0x8F
    else:
        return 0
    if width > end - p or not low <= data[p + 1] <= high:
        return 0
    for at in range(2, width):
        if not 0x80 <= data[p + at] <= 0xBF:
            return 0
    return width


cdef Py_ssize_t read_escape(
    const uint8_t* data, Py_ssize_t p, Py_ssize_t end, uint8_t* into, Py_ssize_t* width, bint* half
) noexcept:
    # The place after an escape whose backslash is before ``p``, or -1; its character in UTF-8 goes to ``into``.
    cdef int point, second
    width[0] = 1
    if p >= end:
        return -1
    if data[p] != 117:
        into[0] = short_escape(data[p])
        return p + 1 if into[0] else -1
    point = four_digits(data, p + 1, end)
    if point < 0:
        return -1
    p += 5
    if 0xD800 <= point <= 0xDBFF and end - p >= 6 and data[p] == 92 and data[p + 1] == 117:
        second = four_digits(data, p + 2, end)
        if 0xDC00 <= second <= 0xDFFF:
            p += 6
            point = 0x10000 + ((point - 0xD800) << 10) + (second - 0xDC00)
    if 0xD800 <= point <= 0xDFFF:
        half[0] = True
    if point < 0x80:
        into[0] = <uint8_t>point
    elif point < 0x800:
        width[0] = 2
        into[0] = <uint8_t>(0xC0 | point >> 6)
    elif point < 0x10000:
        width[0] = 3
        into[0] = <uint8_t>(0xE0 | point >> 12)
        into[1] = <uint8_t>(0x80 | point >> 6 & 0x3F)
    else:
        width[0] = 4
        into[0] = <uint8_t>(0xF0 | point >> 18)
        into[1] = <uint8_t>(0x80 | point >> 12 & 0x3F)
        into[2] = <uint8_t>(0x80 | point >> 6 & 0x3F)
    if width[0] > 1:
        into[width[0] - 1] = <uint8_t>(0x80 | point & 0x3F)
    return p


cdef inline uint8_t short_escape(uint8_t letter) noexcept:
    # What the letter behind a backslash stands for; 0: for nothing.
    if letter == 34 or letter == 92 or letter == 47:
        return letter
    if letter == 98:
        return 8
    if letter == 102:
        return 12
    if letter == 110:
        return 10
    if letter == 114:
        return 13
    return 9 if letter == 116 else 0


cdef int four_digits(const uint8_t* data, Py_ssize_t p, Py_ssize_t end) noexcept:
    # The number that four hexadecimal digits say, or -1.
    cdef int found = 0, at
    cdef uint8_t digit
    if end - p < 4:
        return -1
    for at in range(4):
        digit = data[p + at]
        if 48 <= digit <= 57:
            digit -= 48
        elif 65 <= digit <= 70:
            digit -= 55
        elif 97 <= digit <= 102:
            digit -= 87
        else:
            return -1
        found = found << 4 | digit
    return found


cdef inline Py_ssize_t short_integer(
    const uint8_t* data, Py_ssize_t p, Py_ssize_t end, int64_t* number
) noexcept:
    # The place after an integer of at most 18 digits; -1 where there is none, or more of the number follows.
    cdef bint negative = p < end and data[p] == 45
    cdef int64_t found = 0
    cdef Py_ssize_t start
    p += negative
    start = p
    while p < end and 48 <= data[p] <= 57:
        if p - start >= 18:
            return -1
        found = found * 10 + (data[p] - 48)
        p += 1
    if p == start or (data[start] == 48 and p - start > 1):
        return -1
    if p < end and (data[p] == 46 or data[p] == 101 or data[p] == 69):
        return -1
    number[0] = -found if negative else found
    return p


cdef Py_ssize_t read_number(
    const uint8_t* data, Py_ssize_t p, Py_ssize_t end, int64_t* number, bint* whole, bint* fits
) noexcept:
    # The place after a number, or -1; whether it has neither fraction nor exponent, and if so, whether it is
    # within 64 bits, and what it is.
    cdef bint negative = data[p] == 45
    cdef uint64_t found = 0
    cdef Py_ssize_t start, digits, at
    p += negative
    start = p
    p = after_digits(data, p, end)
    digits = p - start
    if digits == 0 or (data[start] == 48 and digits > 1):
        return -1
    whole[0] = True
    if p < end and data[p] == 46:
        whole[0] = False
        start = p + 1
        p = after_digits(data, start, end)
        if p == start:
            return -1
    if p < end and (data[p] == 101 or data[p] == 69):
        whole[0] = False
        start = p + 1
        if start < end and (data[start] == 43 or data[start] == 45):
            start += 1
        p = after_digits(data, start, end)
        if p == start:
            return -1
    fits[0] = False
    if whole[0] and digits <= 19:
        for at in range(start, p):
            found = found * 10 + (data[at] - 48)
        fits[0] = found <= <uint64_t>0x7FFFFFFFFFFFFFFF + negative
        if fits[0]:
            number[0] = <int64_t>(0 - found if negative else found)
    return p


cdef inline Py_ssize_t after_digits(const uint8_t* data, Py_ssize_t p, Py_ssize_t end) noexcept:
    while p < end and 48 <= data[p] <= 57:
        p += 1
    return p


cdef Py_ssize_t after_value(
    const uint8_t* data, Py_ssize_t p, Py_ssize_t end, int around, bint* half
) noexcept:
    # The place after any JSON value, or -1; ``around``: objects and arrays that it stands in.
    cdef uint8_t inside[DEEPEST_VALUE + 1]
    cdef int depth = around
    while True:
        if p >= end:
            return -1
        if data[p] == 123 or data[p] == 91:
            if depth == DEEPEST_VALUE:
                return -1
            depth += 1
            inside[depth] = data[p]
            p = after_blanks(data, p + 1, end)
            if p >= end:
                return -1
            if data[p] != inside[depth] + 2:
                if inside[depth] == 123:
                    p = before_value(data, p, end, half)
                continue
            # The closing bracket is two behind the opening one in ASCII, for both kinds.
            depth -= 1
            p += 1
        else:
            p = after_scalar(data, p, end, half)
            if p < 0:
                return -1
        while depth > around:
            p = after_blanks(data, p, end)
            if p >= end:
                return -1
            if data[p] == 44:
                p = after_blanks(data, p + 1, end)
                if inside[depth] == 123:
                    p = before_value(data, p, end, half)
                break
            if data[p] != inside[depth] + 2:
                return -1
            depth -= 1
            p += 1
        else:
            return p
        if p < 0:
            return -1


cdef Py_ssize_t before_value(const uint8_t* data, Py_ssize_t p, Py_ssize_t end, bint* half) noexcept:
    # The place of the value behind the name at ``p``; the end, where it cannot be, if there is none.
    cdef Py_ssize_t size
    cdef bint escaped
    if p >= end or data[p] != 34:
        return end
    p = read_text(data, p + 1, end, NULL, &size, &escaped, half)
    if p < 0:
        return end
    p = after_blanks(data, p, end)
    return after_blanks(data, p + 1, end) if p < end and data[p] == 58 else end


cdef Py_ssize_t after_scalar(const uint8_t* data, Py_ssize_t p, Py_ssize_t end, bint* half) noexcept:
    # The place after a text, a number, ``true``, ``false`` or ``null``, or -1.
    cdef Py_ssize_t size
    cdef int64_t number
    cdef bint escaped, whole, fits
    if data[p] == 34:
        return read_text(data, p + 1, end, NULL, &size, &escaped, half)
    if data[p] == 45 or 48 <= data[p] <= 57:
        return read_number(data, p, end, &number, &whole, &fits)
    if p + 4 <= end and (memcmp(data + p, b"null", 4) == 0 or memcmp(data + p, b"true", 4) == 0):
        return p + 4
    return p + 5 if p + 5 <= end and memcmp(data + p, b"false", 5) == 0 else -1
