"""A batch of records as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from creator_pulse.stream.native.ids import hash_of, hashes_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from creator_pulse.stream.events.fields import Event
    from creator_pulse.stream.events.layout import Layout
    from creator_pulse.stream.native.rows import Columns


class Decoded:
    """The records of a batch, with a row for each.

    Args:
        layout: names of the columns.
        columns: the values.
        data: the bytes that they were read from.

    Attributes:
        kind: shape (n,), the event type's place in the schema; -1 where the record is invalid.
        ids: shape (n, 2), the hash of the event id.
        reasons: row -> why it is invalid.
        unknown: records with fields that the contract does not list.
    """

    def __init__(self, layout: Layout, columns: Columns, data: bytes) -> None:
        self._layout = layout
        self._columns = columns
        self._data = data
        self._said: dict[tuple[int, int], bytes] = {}
        self.kind: NDArray[np.int8] = columns.kind
        self.ids: NDArray[np.uint64] = columns.ids
        self.reasons: dict[int, str] = {}
        self.unknown = 0

    def __len__(self) -> int:
        return len(self.kind)

    def ints(self, name: str) -> NDArray[np.int64]:
        """A column of integers or booleans; 0 where null."""
        found: NDArray[np.int64] = self._columns.ints[self._layout.ints[name]]
        return found

    def there(self, name: str) -> NDArray[np.bool_]:
        """Where a column of integers or booleans is not null."""
        found: NDArray[np.bool_] = self._columns.there[self._layout.ints[name]].view(np.bool_)
        return found

    def is_text(self, name: str) -> bool:
        """Whether a column is of texts with codes."""
        return name in self._layout.texts

    def codes(self, name: str) -> NDArray[np.int32]:
        """A column of texts: places in its dictionary, -1 where null."""
        found: NDArray[np.int32] = self._columns.codes[self._layout.texts[name]]
        return found

    def texts(self, name: str) -> list[str]:
        """The dictionary of a column of texts, by code."""
        found: list[str] = self._layout.dictionaries[self._layout.texts[name]].texts
        return found

    def said(self, name: str, rows: NDArray[np.intp]) -> list[bytes]:
        """Texts that are kept by their place, UTF-8; empty where null."""
        column = self._layout.spans[name]
        starts, lengths = self._columns.spans[column][:, rows].tolist()
        data = self._data
        found = [data[start : start + length] for start, length in zip(starts, lengths, strict=True)]
        if self._said:
            for at in [at for at, length in enumerate(lengths) if length < 0]:
                found[at] = self._said.get((column, int(rows[at])), b"")
        return found

    def hashed(self, name: str) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
        """Hashes of texts that are kept by their place, shape (n, 2), and where there is one."""
        column = self._layout.spans[name]
        starts, lengths = self._columns.spans[column]
        found, there = hashes_of(self._data, starts, lengths), lengths > 0
        for (of_column, row), text in self._said.items():
            if of_column == column and text:
                found[row], there[row] = hash_of(text), True
        return found, there

    def unsaid(self, name: str) -> NDArray[np.bool_]:
        """Where a text that is kept by its place is null or empty, or not plain."""
        length: NDArray[np.int64] = self._columns.spans[self._layout.spans[name], 1]
        return length <= 0

    def put(self, row: int, kind: int, event: Event) -> None:
        """Fill a row from an event that the strict decoder has read."""
        layout, columns = self._layout, self._columns
        columns.kind[row] = kind
        columns.ids[row] = hash_of(event.event_id.encode())
        for name, at in layout.ints.items():
            number = getattr(event, name, None)
            columns.ints[at, row] = number or 0
            columns.there[at, row] = number is not None
        for name, at in layout.texts.items():
            text = getattr(event, name, None)
            columns.codes[at, row] = -1 if text is None else layout.dictionaries[at].code(text)
        for name, at in layout.spans.items():
            columns.spans[at, :, row] = -1
            self._said[at, row] = (getattr(event, name, None) or "").encode()
