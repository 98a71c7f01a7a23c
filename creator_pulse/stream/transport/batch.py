"""Records as they travel: in batches of one partition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from creator_pulse.stream.native.records import parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Consecutive records of one partition, as columns: no record is an object of its own.

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
    """

    offsets: Numbers
    timestamps: Numbers
    data: bytes
    key_at: Numbers
    key_length: Numbers
    value_at: Numbers
    value_length: Numbers
    start: int | None = None

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
        return int(self.offsets[0]) if self.start is None else self.start

    @property
    def end(self) -> int:
        """The offset after the last record."""
        return int(self.offsets[-1]) + 1

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

    def since(self, row: int) -> Batch:
        """The records from a row on; the bytes are shared, not copied."""
        return self._rows(slice(row, None), None)

    def before(self, offset: int) -> Batch:
        """The records below an offset; the bytes are shared, not copied."""
        return self._rows(slice(int(np.searchsorted(self.offsets, offset))), self.start)

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
