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
"""Bytes that are kept of a stored batch if it cannot be read."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A stored batch of which no record can be decoded: its offsets in the log, and its bytes.

    Attributes:
        first: its first offset, or the first one that was requested.
        last: its last offset, inclusive.
        count: number of records by the header, from 1 to the number of offsets.
        timestamp: the largest by the header, epoch ms.
        reason: one of the contract's list, for example ``too_large``.
        stored: its bytes as Kafka stores them, the first ``MOST_STORED``.
        length: bytes of the whole batch.
    """

    first: int
    last: int
    count: int
    timestamp: int
    reason: str
    stored: bytes
    length: int

    def since(self, offset: int) -> Unreadable:
        """The part from ``offset`` on; its count is at most the number of offsets left."""
        first = max(self.first, offset)
        return replace(self, first=first, count=min(self.count, self.last - first + 1))


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Consecutive records of one partition, as columns: no record is a Python object.

    If ``unreadable`` is set, the batch has no records, and stands for those that cannot be decoded.

    All arrays are int64 of shape (n,). A key or value is ``length`` bytes of ``data`` from ``at``; a length
    of -1 is a null.

    For example, ``Batch.of([7], [1_000], [b"k"], [None])`` is a tombstone for ``k`` at offset 7.

    Attributes:
        offsets: of the records, rising, with gaps for control records and after compaction.
        timestamps: Kafka's own, epoch ms.
        data: all keys and values, with other bytes between them.
        key_at: where in ``data`` each key begins.
        key_length: bytes of each key.
        value_at: where in ``data`` each value begins.
        value_length: bytes of each value.
        start: the offset from which the batch was read; None: the first record's.
        unreadable: set if the records cannot be decoded.

    Example:
        >>> batch = Batch.of([4, 6], [0, 1], [None, b"k"], [b"{}", b"{}"])
        >>> len(batch), batch.end, batch.key(1)
        (2, 7, b'k')
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
        """A batch that stands for records that cannot be decoded."""
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
        """A batch of Python objects, one per key and value, for records that did not come from Kafka.

        Args:
            offsets: n source offsets, rising, gaps allowed.
            timestamps: n times, epoch ms.
            keys: n keys, None where a record has none.
            values: n values, None where a record has none.
            start: the offset from which they were read; None: the first one.
        """
        parts = [*keys, *values]
        # All keys stand before all values: row i of the n records is i for its key, n + i for its value.
        # A part begins where the one before ends; a null takes no bytes.
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
        """The offset from which the batch was read: no record exists between it and the first one."""
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
        """Every key; built when asked for."""
        return parts(self.data, self.key_at, self.key_length)

    @property
    def values(self) -> list[bytes | None]:
        """Every value; built when asked for."""
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
        """The records from ``offset`` on; the bytes are shared, not copied."""
        if self.unreadable is not None:
            return Batch.without(self.unreadable.since(offset))
        # The first row whose offset is not below; offsets have gaps, so it may be above.
        row = int(np.searchsorted(self.offsets, offset))
        return self._rows(slice(row, None), None) if row else self

    def before(self, offset: int) -> Batch | None:
        """The records below ``offset``, None if there are none; the bytes are shared, not copied.

        An unreadable batch is not split: it belongs to the offset at which it begins.
        """
        if self.unreadable is not None:
            return self if self.unreadable.first < offset else None
        row = int(np.searchsorted(self.offsets, offset))
        if row == len(self):
            return self
        return self._rows(slice(row), self.start) if row else None

    def rows(self, first: int, end: int) -> Batch:
        """The rows from ``first`` up to ``end``, exclusive; the bytes are shared, not copied."""
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
        topic: its name with the prefix.
        key: may be None.
        value: None for a tombstone.
        partition: None: chosen by the key's hash.
        headers: pairs of name and bytes.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    partition: int | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
