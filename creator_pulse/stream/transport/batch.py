"""Records as they travel: in batches of one partition."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from creator_pulse.stream.native.records import parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]


MOST_STORED = 512 * 1024
"""Bytes that are kept of a stored batch that cannot be read."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A stored batch of which no record can be had: the place that it takes in the log, and what it was.

    Attributes:
        first: its first offset, or the first that was asked for.
        last: its last one.
        count: how many records it holds by its header, from 1 to its number of offsets.
        timestamp: the largest of its records by its header, epoch ms.
        reason: of the contract's list.
        stored: its bytes as Kafka has them, the first ``MOST_STORED``.
        length: bytes of the whole.
    """

    first: int
    last: int
    count: int
    timestamp: int
    reason: str
    stored: bytes
    length: int

    def since(self, offset: int) -> Unreadable:
        """What it is for who has counted all below an offset: no more records than offsets are left."""
        first = max(self.first, offset)
        return replace(self, first=first, count=min(self.count, self.last - first + 1))


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Consecutive records of one partition, as columns: no record is an object of its own.

    Or else what stands in the place of records that cannot be read: then it has none.

    All arrays are int64 of shape (n,). A key or value is ``length`` bytes of ``data`` from ``at``; a
    length of -1 is a null.

    Attributes:
        offsets: of each record, rising; not always without gaps (control records, compaction).
        timestamps: Kafka's own, epoch ms.
        data: all keys and values, with other bytes between them.
        key_at: where in ``data`` each key begins.
        key_length: bytes.
        value_at: where in ``data`` each value begins.
        value_length: bytes.
        start: the offset from which it was read; None: the first record's own.
        unreadable: what stands for records that cannot be read; None where the batch is of records.
    """

    offsets: Numbers
    timestamps: Numbers
    data: bytes
    key_at: Numbers
    key_length: Numbers
    value_at: Numbers
    value_length: Numbers
    start: int | None = None
    unreadable: Unreadable | None = None

    @classmethod
    def without(cls, unreadable: Unreadable, start: int | None = None) -> Batch:
        """In place of records that cannot be read."""
        none = _NO_NUMBERS
        return cls(none, none, b"", none, none, none, none, start, unreadable)

    @classmethod
    def of(
        cls,
        offsets: Sequence[int],
        timestamps: Sequence[int],
        keys: Sequence[bytes | None],
        values: Sequence[bytes | None],
        start: int | None = None,
    ) -> Batch:
        """Of one Python object per key and value; for records that did not come from Kafka."""
        parts = [*keys, *values]
        lengths = np.array([-1 if part is None else len(part) for part in parts], np.int64)
        ends = np.cumsum(np.maximum(lengths, 0))
        at = ends - np.maximum(lengths, 0)
        count = len(keys)
        return cls(
            np.array(offsets, np.int64),
            np.array(timestamps, np.int64),
            b"".join(part for part in parts if part is not None),
            at[:count],
            lengths[:count],
            at[count:],
            lengths[count:],
            start,
        )

    @property
    def begin(self) -> int:
        """The offset from which it was read: nothing between it and the first record exists."""
        if self.start is not None:
            return self.start
        return int(self.offsets[0]) if self.unreadable is None else self.unreadable.first

    @property
    def end(self) -> int:
        """The offset after the last record."""
        return (int(self.offsets[-1]) if self.unreadable is None else self.unreadable.last) + 1

    @property
    def newest(self) -> int:
        """The timestamp of the last record, epoch ms."""
        return int(self.timestamps[-1]) if self.unreadable is None else self.unreadable.timestamp

    @property
    def keys(self) -> list[bytes | None]:
        """Every key, made when asked for."""
        return parts(self.data, self.key_at, self.key_length)

    @property
    def values(self) -> list[bytes | None]:
        """Every value, made when asked for."""
        return parts(self.data, self.value_at, self.value_length)

    def key(self, row: int) -> bytes | None:
        """The key of one record."""
        at, length = int(self.key_at[row]), int(self.key_length[row])
        return None if length < 0 else self.data[at : at + length]

    def value(self, row: int) -> bytes | None:
        """The value of one record."""
        at, length = int(self.value_at[row]), int(self.value_length[row])
        return None if length < 0 else self.data[at : at + length]

    def since(self, offset: int) -> Batch:
        """What stands at an offset and above it; the bytes are shared, not copied."""
        if self.unreadable is not None:
            return Batch.without(self.unreadable.since(offset))
        row = int(np.searchsorted(self.offsets, offset))
        return self._rows(slice(row, None), None) if row else self

    def before(self, offset: int) -> Batch | None:
        """What stands below an offset, None where nothing does; the bytes are shared, not copied.

        What cannot be read is one whole, and stands where it begins.
        """
        if self.unreadable is not None:
            return self if self.unreadable.first < offset else None
        row = int(np.searchsorted(self.offsets, offset))
        if row == len(self):
            return self
        return self._rows(slice(row), self.start) if row else None

    def rows(self, first: int, end: int) -> Batch:
        """The records of some rows; the bytes are shared, not copied."""
        return self._rows(slice(first, end), None)

    def _rows(self, rows: slice, start: int | None) -> Batch:
        return Batch(
            self.offsets[rows],
            self.timestamps[rows],
            self.data,
            self.key_at[rows],
            self.key_length[rows],
            self.value_at[rows],
            self.value_length[rows],
            start,
        )

    def __len__(self) -> int:
        return len(self.offsets)


_NO_NUMBERS: Numbers = np.empty(0, np.int64)


class OutRecord(msgspec.Struct, frozen=True, gc=False):
    """A record to write.

    Attributes:
        topic: full name.
        key: or None.
        value: or None (a tombstone).
        partition: or None for the one that the key's hash chooses.
        headers: name -> bytes.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    partition: int | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
