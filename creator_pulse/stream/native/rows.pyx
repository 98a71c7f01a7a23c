"""JSON records to columns: the one judge of which records are valid, and of the reason why one is not.

A record is read once, from its first byte to its last, whatever it holds. Nothing here raises because of
what a record says. What is plain (known fields, integers of at most 18 digits, printable ASCII without
escapes) takes the short way; all else is read by the same rules, byte by byte. No value, name or text of
one record changes how another one is judged: what is remembered from record to record (the order of
fields, the event type, the last text of a column) is only what to compare with first.
"""

from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint64_t
from libc.string cimport memcmp, memcpy

from creator_pulse.stream.native.codes cimport Dictionary
from creator_pulse.stream.native.hash_key cimport HashKey

import numpy as np

include "json.pxi"

INT, BOOL, TEXT, SPAN, ID, TAG = range(6)
cdef enum:
    _INT = 0
    _BOOL = 1
    _TEXT = 2
    _SPAN = 3
    _ID = 4
    _TAG = 5
    _MOST = 64

LARGEST_TEXT = TEXT_ROOM
"""Bytes of the largest text that a field may allow."""
DEEPEST = DEEPEST_VALUE
"""Objects and arrays within one another; the record's own object is the first."""
REASONS = (
    "",
    "null_value",
    "too_large",
    "not_json",
    "not_object",
    "missing_field",
    "wrong_type",
    "event_type",
    "schema_version",
    "out_of_range",
    "not_listed",
)
"""Why a record is invalid, by the number in ``Columns.reason``; 0: it is valid."""
cdef enum:
    _VALID = 0
    _NULL_VALUE = 1
    _TOO_LARGE = 2
    _NOT_JSON = 3
    _NOT_OBJECT = 4
    _MISSING_FIELD = 5
    _WRONG_TYPE = 6
    _EVENT_TYPE = 7
    _SCHEMA_VERSION = 8
    _OUT_OF_RANGE = 9
    _NOT_LISTED = 10

cdef struct _Field:
    const uint8_t* name
    Py_ssize_t size
    int kind
    int column
    int follows
    bint listed
    int64_t low
    int64_t high

cdef struct _Type:
    const uint8_t* name
    Py_ssize_t size
    uint64_t fields  # that it has; with the event type's own
    uint64_t required
    uint64_t not_empty
    uint64_t asked  # one of these texts must be there and not be empty ...
    int asking  # ... where this field ...
    int64_t answer  # ... has this value; a field of -1: always
    int count, narrow
    uint8_t order[_MOST]  # ``count`` fields, in the order in which they are judged
    uint8_t narrowed[_MOST]  # ``narrow`` fields whose integers have closer bounds than in another event type
    int64_t low[_MOST]
    int64_t high[_MOST]

cdef struct _State:
    # What was read of a record so far; sets of fields are bits.
    uint64_t seen
    uint64_t there  # seen last with a value, not null
    uint64_t wrong
    uint64_t beyond
    uint64_t unlisted
    uint64_t large
    uint64_t empty
    bint others  # a field that no event type of the topic has
    bint odd  # a value or a name that is not plain, or a name said twice
    bint half  # of a pair of surrogates, in any text or name
    int kind  # the event type's place, -1: of no such type
    Py_ssize_t behind  # where in the data the texts without their escapes begin
    int64_t numbers[_MOST]


cdef class Columns:
    """The columns of a batch.

    Attributes:
        kind: shape (n,), the event type's place; -1 where the record is invalid.
        reason: shape (n,), why it is, by its place in ``REASONS``; 0 where it is valid.
        ints: shape (columns, n), integers and booleans; 0 where null.
        there: shape (columns, n), 1 where the integer is not null.
        codes: shape (columns, n), codes of texts; -1 where null.
        spans: shape (columns, 2, n), where a text stands in the data, followed by ``unescaped``; -1 where null.
        ids: shape (n, 2), the hash of the event id.
        stamps: shape (2, n), where in the data the number of the ``stamp`` field begins and ends; -1 where it is
            not known, as in records that are not plain.
        unescaped: texts that are kept by their place and stand in the data with escapes.
        others: valid records with fields that their event type does not have.
    """

    cdef readonly object kind, reason, ints, there, codes, spans, ids, stamps, unescaped
    cdef readonly Py_ssize_t others

    def __init__(self, Py_ssize_t rows, int ints, int codes, int spans):
        self.kind = np.full(rows, -1, dtype=np.int8)
        self.reason = np.zeros(rows, dtype=np.int8)
        self.ints = np.zeros((ints, rows), dtype=np.int64)
        self.there = np.zeros((ints, rows), dtype=np.uint8)
        self.codes = np.full((codes, rows), -1, dtype=np.int32)
        self.spans = np.full((spans, 2, rows), -1, dtype=np.int64)
        self.ids = np.zeros((rows, 2), dtype=np.uint64)
        self.stamps = np.full((2, rows), -1, dtype=np.int64)
        self.unescaped = bytearray()
        self.others = 0


cdef class Parser:
    """Reads the records of one topic.

    Args:
        key: hashes the event ids.
        fields: of all its event types: name, kind, column (-1: not kept), lowest and highest integer, or 0
            and the most bytes of a text, and whether only the texts of the column's dictionary are allowed.
            The first is the event type, the second the schema version.
        types: name; its fields in the order in which they are judged; the sets (as bits) of those that must
            be there, and of the texts that must not be empty; place, lowest and highest of integers with
            closer bounds; the set of texts of which one must be there and not be empty, with the place and
            the value of the integer that asks for it (place -1: it is always asked for).
        dictionaries: of the kept texts, by column.
        columns: how many there are of integers and booleans, and of texts that are kept by their place.
        largest: bytes of the largest record.
        stamp: the field that is no part of a record's content.

    Raises:
        ValueError: more fields than a set of bits holds, or a text that may be larger than ``LARGEST_TEXT``.
    """

    cdef HashKey _key
    cdef _Field _fields[_MOST]
    cdef _Type _types[_MOST]
    cdef int _field_count, _type_count, _int_count, _span_count, _stamp
    cdef int64_t _largest
    cdef list _dictionaries
    cdef tuple _names
    cdef int _last_type
    cdef uint8_t _scratch[TEXT_ROOM]  # of a text without its escapes

    def __init__(
        self, HashKey key not None, fields, types, dictionaries, columns, int64_t largest, bytes stamp=b""
    ):
        if len(fields) > _MOST or len(types) > _MOST:
            raise ValueError(f"more than {_MOST} fields or event types in a topic")
        self._key = key
        self._names = tuple(one[0] for one in (*fields, *types))
        self._field_count, self._type_count = len(fields), len(types)
        self._dictionaries, (self._int_count, self._span_count) = list(dictionaries), columns
        self._last_type, self._largest, self._stamp = 0, largest, -1
        cdef bytes name
        cdef int at, place
        cdef _Type* type
        for at, (name, kind, column, low, high, listed) in enumerate(fields):
            if kind not in (INT, BOOL) and not 0 < high <= TEXT_ROOM:
                raise ValueError(f"a text of {name!r} may have {high} bytes: 1 to {TEXT_ROOM} can be allowed")
            self._fields[at] = _Field(name, len(name), kind, column, at + 1, listed, low, high)
            if name == stamp:
                self._stamp = at
        for at, (name, order, required, not_empty, narrow, asked) in enumerate(types):
            type = &self._types[at]
            type.name, type.size = name, len(name)
            type.fields, type.required, type.not_empty = 1, required, not_empty
            type.asked, type.asking, type.answer = asked
            type.count, type.narrow = len(order), len(narrow)
            for place, field in enumerate(order):
                type.order[place] = field
                type.fields |= (<uint64_t>1) << <int>field
            for place, (field, low, high) in enumerate(narrow):
                type.narrowed[place], type.low[place], type.high[place] = field, low, high

    def parse(self, const uint8_t[::1] data, const int64_t[::1] at, const int64_t[::1] length):
        """Read the records at these places; a length of -1 is a null value.

        Raises:
            ValueError: a record is not within the data.
        """
        cdef Py_ssize_t rows = at.shape[0], row
        cdef int64_t size = data.shape[0]
        cdef int reason
        cdef const uint8_t* raw = &data[0] if size else NULL
        if length.shape[0] != rows:
            raise ValueError("as many lengths as places")
        cdef Columns found = Columns(rows, self._int_count, len(self._dictionaries), self._span_count)
        cdef _Run run = _Run(found)
        for row in range(rows):
            if length[row] < 0:
                reason = _NULL_VALUE
            elif at[row] < 0 or length[row] > size - at[row]:
                raise ValueError("a record is not within the data")
            elif length[row] > self._largest:
                reason = _TOO_LARGE
            else:
                reason = self._record(raw, at[row], at[row] + length[row], size, row, run)
            run.reason[row] = reason
            if reason:
                run.clear(row)
        found.others = run.others
        return found

    cdef int _record(
        self, const uint8_t* data, Py_ssize_t p, Py_ssize_t end, Py_ssize_t size, Py_ssize_t row, _Run run
    ) except -2:
        # Why the record is invalid; 0 where it is valid, and its columns are filled.
        cdef _State state
        cdef int field = self._field_count - 1
        cdef bint known
        cdef uint64_t bit, seen = 0, there = 0
        cdef Py_ssize_t start
        state.seen = state.there = state.wrong = state.beyond = 0
        state.unlisted = state.large = state.empty = 0
        state.others, state.odd, state.half = False, False, False
        state.kind, state.behind = -1, size
        p = after_blanks(data, p, end)
        if p >= end or data[p] != 123:
            p = after_value(data, p, end, 0, &state.half)
            return _NOT_OBJECT if p >= 0 and after_blanks(data, p, end) == end else _NOT_JSON
        p = after_blanks(data, p + 1, end)
        if p >= end:
            return _NOT_JSON
        while data[p] != 125 or seen or state.others:
            if data[p] != 34:
                return _NOT_JSON
            p = self._name(data, p + 1, end, &field, &known, &state)
            if p < 0:
                return _NOT_JSON
            p = after_blanks(data, p, end)
            if p >= end or data[p] != 58:
                return _NOT_JSON
            p = after_blanks(data, p + 1, end)
            if known:
                bit = (<uint64_t>1) << field
                if seen & bit:
                    state.odd = True
                    self._forget(field, row, run, &state)
                    there &= ~bit
                seen |= bit
                if p + 4 <= end and memcmp(data + p, b"null", 4) == 0:
                    p += 4
                else:
                    there |= bit
                    start = p
                    p = self._value(data, p, end, field, row, run, &state)
                    if field == self._stamp:
                        run.stamps[0, row], run.stamps[1, row] = start, p
            else:
                state.others = True
                p = after_value(data, p, end, 1, &state.half)
            if p < 0:
                return _NOT_JSON
            p = after_blanks(data, p, end)
            if p >= end:
                return _NOT_JSON
            if data[p] == 125:
                break
            if data[p] != 44:
                return _NOT_JSON
            p = after_blanks(data, p + 1, end)
            if p >= end:
                return _NOT_JSON
        if after_blanks(data, p + 1, end) != end:
            return _NOT_JSON
        state.seen, state.there = seen, there
        return self._judged(row, run, &state)

    cdef int _judged(self, Py_ssize_t row, _Run run, _State* state) noexcept:
        # Why the fields of a record make it invalid; 0 where they do not.
        cdef uint64_t given, more
        cdef int field, place, reason
        if not state.there & 1:
            return _MISSING_FIELD
        if state.wrong & 1:
            return _WRONG_TYPE
        if state.kind < 0:
            return _EVENT_TYPE
        cdef _Type* type = &self._types[state.kind]
        for place in range(type.narrow):
            field = type.narrowed[place]
            if (state.there & ~state.wrong & ~state.beyond) >> field & 1 and not (
                type.low[place] <= state.numbers[field] <= type.high[place]
            ):
                state.beyond |= (<uint64_t>1) << field
        if (
            (state.wrong | state.beyond | state.unlisted | state.large) & type.fields
            or type.required & ~state.there
            or state.empty & type.not_empty
        ):
            for place in range(type.count):
                reason = self._of_field(type.order[place], type, state)
                if reason:
                    return reason
        if type.asked and (
            type.asking < 0
            or (state.there >> type.asking & 1 and state.numbers[type.asking] == type.answer)
        ):
            given = state.there & type.asked
            if not given & ~state.empty:
                return _OUT_OF_RANGE if given else _MISSING_FIELD
        if state.half:
            return _NOT_JSON
        if state.odd or state.others:
            run.stamps[0, row] = run.stamps[1, row] = -1
        run.kind[row] = <int8_t>state.kind
        self._last_type = state.kind
        more = state.seen & ~type.fields
        run.others += state.others or more != 0
        for field in range(self._field_count if more else 0):
            if more >> field & 1:
                self._forget(field, row, run, state)
        return _VALID

    cdef int _of_field(self, int field, _Type* type, _State* state) noexcept:
        # Why a field makes a record invalid; 0 where it does not.
        cdef uint64_t bit = (<uint64_t>1) << field
        if not state.there & bit:
            return _MISSING_FIELD if type.required & bit else _VALID
        if state.wrong & bit:
            return _WRONG_TYPE
        if state.unlisted & bit:
            return _NOT_LISTED
        if state.large & bit:
            return _TOO_LARGE
        if state.beyond & bit or state.empty & type.not_empty & bit:
            return _SCHEMA_VERSION if field == 1 else _OUT_OF_RANGE
        return _VALID

    cdef void _forget(self, int field, Py_ssize_t row, _Run run, _State* state) noexcept:
        # As if the field had not been seen: it comes again, or the event type does not have it.
        cdef uint64_t others = ~((<uint64_t>1) << field)
        cdef int kind = self._fields[field].kind, column = self._fields[field].column
        state.there &= others
        state.wrong &= others
        state.beyond &= others
        state.unlisted &= others
        state.large &= others
        state.empty &= others
        if column < 0:
            return
        if kind == _INT or kind == _BOOL:
            run.ints[column, row] = 0
            run.there[column, row] = 0
        elif kind == _TEXT:
            run.codes[column, row] = -1
        elif kind == _SPAN:
            run.spans[column, 0, row] = run.spans[column, 1, row] = -1

    cdef Py_ssize_t _value(
        self, const uint8_t* data, Py_ssize_t p, Py_ssize_t end, int at, Py_ssize_t row, _Run run,
        _State* state,
    ) except -2:
        # The place after a known field's value that is no null, or -1. First what is plain.
        cdef _Field* field = &self._fields[at]
        cdef Py_ssize_t close
        cdef int64_t number = 0
        cdef Dictionary dictionary
        if field.kind == _INT:
            close = short_integer(data, p, end, &number)
            if close < 0:
                return self._odd(data, p, end, at, row, run, state)
            if number < field.low or number > field.high:
                state.beyond |= (<uint64_t>1) << at
            else:
                state.numbers[at] = number
                if field.column >= 0:
                    run.ints[field.column, row] = number
                    run.there[field.column, row] = 1
            return close
        if field.kind == _BOOL:
            if p + 4 <= end and memcmp(data + p, b"true", 4) == 0:
                number, close = 1, p + 4
            elif p + 5 <= end and memcmp(data + p, b"false", 5) == 0:
                close = p + 5
            else:
                return self._odd(data, p, end, at, row, run, state)
            if field.column >= 0:
                run.ints[field.column, row] = number
                run.there[field.column, row] = 1
            return close
        if p >= end or data[p] != 34:
            return self._odd(data, p, end, at, row, run, state)
        if field.kind == _TEXT and field.column >= 0:
            dictionary = <Dictionary>self._dictionaries[field.column]
            close = dictionary.repeated(data, p, end)
            if close > p:
                run.codes[field.column, row] = dictionary.last
                return close
        close = after_plain(data, p + 1, end)
        if close >= end or data[close] != 34:
            return self._odd(data, p, end, at, row, run, state)
        if field.kind != _TEXT or field.column >= 0 or not 0 < close - p - 1 <= field.high:
            self._taken(data + p + 1, close - p - 1, p + 1, at, row, run, state)
        return close + 1

    cdef Py_ssize_t _odd(
        self, const uint8_t* data, Py_ssize_t p, Py_ssize_t end, int at, Py_ssize_t row, _Run run,
        _State* state,
    ) except -2:
        # The same of any value.
        state.odd = True
        cdef _Field* field = &self._fields[at]
        cdef uint64_t bit = (<uint64_t>1) << at
        cdef Py_ssize_t close, size = 0
        cdef int64_t number = 0
        cdef bint escaped = False, half = False, whole = False, fits = False
        if p >= end:
            return -1
        if data[p] == 34 and field.kind != _INT and field.kind != _BOOL:
            close = read_text(data, p + 1, end, self._scratch, &size, &escaped, &half)
            if close < 0:
                return -1
            if half:
                self._no_text(size, at, state)
                return close
            if not escaped:
                self._taken(data + p + 1, size, p + 1, at, row, run, state)
                return close
            self._taken(self._scratch, size, state.behind + len(run.unescaped), at, row, run, state)
            if field.kind == _SPAN and size <= field.high:
                run.unescaped.extend((<const uint8_t*>self._scratch)[:size])
            return close
        if field.kind == _INT and (data[p] == 45 or 48 <= data[p] <= 57):
            close = read_number(data, p, end, &number, &whole, &fits)
            if close >= 0:
                if not whole:
                    state.wrong |= bit
                elif not fits:
                    state.beyond |= bit
                elif number < field.low or number > field.high:
                    state.beyond |= bit
                else:
                    state.numbers[at] = number
                    if field.column >= 0:
                        run.ints[field.column, row] = number
                        run.there[field.column, row] = 1
            return close
        state.wrong |= bit
        return after_value(data, p, end, 1, &state.half)

    cdef void _no_text(self, Py_ssize_t size, int at, _State* state) noexcept:
        # What has half of a pair of surrogates cannot be written as UTF-8: it is stored nowhere, and if nothing
        # else is wrong with the record, that is.
        cdef _Field* field = &self._fields[at]
        state.half = True
        if field.kind == _TAG:
            state.kind = -1
        elif field.listed:
            state.unlisted |= (<uint64_t>1) << at
        elif size > field.high:
            state.large |= (<uint64_t>1) << at

    cdef int _taken(
        self, const uint8_t* text, Py_ssize_t size, Py_ssize_t place, int at, Py_ssize_t row, _Run run,
        _State* state,
    ) except -2:
        # Take a text without its escapes; only so much of it may be read as the field allows.
        cdef _Field* field = &self._fields[at]
        cdef uint64_t bit = (<uint64_t>1) << at
        cdef int32_t code
        if size == 0:
            state.empty |= bit
        if size > field.high:
            if field.kind == _TAG:
                state.kind = -1
            elif field.listed:
                state.unlisted |= bit
            else:
                state.large |= bit
        elif field.kind == _TAG:
            state.kind = self._type(text, size)
        elif field.kind == _ID:
            self._key.hash128(text, size, &run.ids[row, 0])
        elif field.column < 0:
            pass
        elif field.kind == _TEXT:
            code = (<Dictionary>self._dictionaries[field.column]).find(text, size)
            if code < 0:
                state.unlisted |= bit
            else:
                run.codes[field.column, row] = code
        else:
            run.spans[field.column, 0, row] = place
            run.spans[field.column, 1, row] = size
        return 0

    cdef Py_ssize_t _name(
        self, const uint8_t* data, Py_ssize_t p, Py_ssize_t end, int* field, bint* known, _State* state
    ) noexcept:
        # The place after the closing quote of a name, or -1; ``field`` goes from the known one before to this
        # one. Records of one producer have their fields in one order: try what followed last time.
        cdef int guess = self._fields[field[0]].follows, at
        cdef Py_ssize_t close, size
        cdef const uint8_t* name = data + p
        cdef bint escaped = False
        known[0] = True
        if guess < self._field_count:
            close = p + self._fields[guess].size
            if close < end and data[close] == 34 and _same(&self._fields[guess], name, close - p):
                field[0] = guess
                return close + 1
        close = after_plain(data, p, end)
        if close < end and data[close] == 34:
            size = close - p
            close += 1
        else:
            close = read_text(data, p, end, self._scratch, &size, &escaped, &state.half)
            if close < 0:
                return -1
            state.odd = True
            name = self._scratch
        for at in range(self._field_count):
            if _same(&self._fields[at], name, size):
                self._fields[field[0]].follows = at
                field[0] = at
                return close
        known[0] = False
        return close

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
    cdef int8_t[::1] kind, reason
    cdef int64_t[:, ::1] ints
    cdef uint8_t[:, ::1] there
    cdef int32_t[:, ::1] codes
    cdef int64_t[:, :, ::1] spans
    cdef uint64_t[:, ::1] ids
    cdef int64_t[:, ::1] stamps
    cdef bytearray unescaped
    cdef Py_ssize_t others

    def __init__(self, Columns columns):
        self.kind, self.reason = columns.kind, columns.reason
        self.ints, self.there = columns.ints, columns.there
        self.codes, self.spans, self.ids = columns.codes, columns.spans, columns.ids
        self.stamps = columns.stamps
        self.unescaped, self.others = columns.unescaped, 0

    cdef void clear(self, Py_ssize_t row) noexcept:
        # Forget what a record left behind that turned out to be invalid.
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
