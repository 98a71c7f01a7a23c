"""A batch of records as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.native.hash_key import NOBODY
from creator_pulse.stream.native.rows import REASONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from creator_pulse.stream.events.layout import Layout
    from creator_pulse.stream.native.rows import Columns


class Decoded:
    """The records of a batch, one row each.

    Args:
        layout: names of the columns.
        columns: their values, one row per record.
        data: the bytes from which they were decoded.
        places: two arrays of shape (n,): where in ``data`` each record begins, and its length.

    Attributes:
        kind: shape (n,), index of the event type in the schema; -1 if the record is invalid.
        ids: shape (n, 2), the hash of the event id.
        reasons: row -> reason, for invalid records.
        unknown: number of valid records with fields that the contract does not list for their event type.
    """

    def __init__(
        self,
        layout: Layout,
        columns: Columns,
        data: bytes,
        places: tuple[NDArray[np.int64], NDArray[np.int64]],
    ) -> None:
        self._layout = layout
        self._columns = columns
        self._data = data + columns.unescaped if columns.unescaped else data
        self._places = places
        self.kind: NDArray[np.int8] = columns.kind
        self.ids: NDArray[np.uint64] = columns.ids
        invalid = np.flatnonzero(columns.reason)
        why = columns.reason[invalid].tolist()
        self.reasons = {row: REASONS[number] for row, number in zip(invalid.tolist(), why, strict=True)}
        self.unknown = columns.others

    def __len__(self) -> int:
        return len(self.kind)

    def ints(self, name: str) -> NDArray[np.int64]:
        """A column of integers or booleans, shape (n,); 0 if null."""
        column: NDArray[np.int64] = self._columns.ints[self._layout.ints[name]]
        return column

    def there(self, name: str) -> NDArray[np.bool_]:
        """Whether a column of integers or booleans is not null, shape (n,)."""
        column: NDArray[np.bool_] = self._columns.there[self._layout.ints[name]].view(np.bool_)
        return column

    def codes(self, name: str) -> NDArray[np.int32]:
        """A column of texts, shape (n,): codes in the column's dictionary, -1 if null."""
        column: NDArray[np.int32] = self._columns.codes[self._layout.texts[name]]
        return column

    def texts(self, name: str) -> list[str]:
        """The dictionary of a column of texts: code i is the text at index i."""
        texts: list[str] = self._layout.dictionaries[self._layout.texts[name]].texts
        return texts

    def said(self, name: str, rows: NDArray[np.intp]) -> list[bytes]:
        """The UTF-8 bytes of a text that is kept by its position in the data; empty if null.

        Args:
            name: of a field that the layout has as a column.
            rows: indexes of the records, 0 to n - 1.
        """
        starts, lengths = self._columns.spans[self._layout.spans[name]][:, rows].tolist()
        data = self._data
        return [data[start : start + length] for start, length in zip(starts, lengths, strict=True)]

    def numbers(self, name: str, rows: NDArray[np.intp]) -> NDArray[np.uint64]:
        """A field of any type as two numbers that identify its value; other numbers if it is null.

        Args:
            name: of a field that the layout has as a column.
            rows: indexes of m records, rising.

        Returns:
            shape (2, m). For a text the two halves of its hash, or its identity and 0; for an integer the
            number, and 1 if it is not null. An empty text counts as null.
        """
        if name in self._layout.spans:
            return self._hashed(name, rows)
        numbers = np.zeros((2, len(rows)), dtype=np.uint64)
        if name in self._layout.texts:
            numbers[0] = self.identities(name, rows)
        else:
            numbers[0] = self.ints(name)[rows].view(np.uint64)
            numbers[1] = self.there(name)[rows]
        return numbers

    def names(self, name: str, rows: NDArray[np.intp]) -> list[bytes]:
        """16 bytes per text that is kept by its position in the data, whatever its length: its hash.

        Args:
            name: of a field that the layout has as a column.
            rows: indexes of the records, rising.
        """
        # Shape (2, rows) to (rows, 2): the two halves of a hash, 8 bytes each, stand behind each other.
        data = np.ascontiguousarray(self._hashed(name, rows).T).astype("<u8").tobytes()
        return [data[at : at + 16] for at in range(0, len(data), 16)]

    def identities(self, name: str, rows: NDArray[np.intp]) -> NDArray[np.uint64]:
        """The identities of a column's texts, shape (rows,); ``NOBODY`` if null."""
        place = self._layout.texts[name]
        return self._layout.dictionaries[place].identities_of(self._columns.codes[place, rows])

    def contents(self, rows: NDArray[np.intp]) -> NDArray[np.uint64]:
        """Fingerprints of the content of valid records, without the time at which the gateway took them."""
        return self._layout.key.contents_of(self._data, *self._places, self._columns.stamps, rows)

    def elsewhere(self, keys: tuple[NDArray[np.int64], NDArray[np.int64]], data: bytes) -> NDArray[np.bool_]:
        """Whether a record's key in Kafka differs from the field that it must repeat, shape (n,).

        If the field is empty, any key that is not null is right, because nothing is joined by an empty id.

        Args:
            keys: where in ``data`` each key begins, and its length; -1: null.
            data: the bytes that hold the keys.
        """
        place = self._layout.texts[self._layout.record_key]
        dictionary, codes = self._layout.dictionaries[place], self._columns.codes[place]
        differs = dictionary.differs(codes, data, *keys).view(np.bool_)
        nobody = dictionary.identities_of(codes) <= max(NOBODY)
        return np.where(nobody, keys[1] < 0, differs)

    def _hashed(self, name: str, rows: NDArray[np.intp]) -> NDArray[np.uint64]:
        starts, lengths = self._columns.spans[self._layout.spans[name]][:, rows]
        return self._layout.key.hashes_of(self._data, starts, lengths).T
