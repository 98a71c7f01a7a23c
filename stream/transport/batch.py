"""Records as they travel: in batches of one partition."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive records of one partition, as columns.

    Attributes:
        offsets: of each record, rising; not always without gaps (control records, compaction).
        timestamps: Kafka's own, epoch ms.
        keys: as stored.
        values: as stored; None is a null value.
    """

    offsets: Sequence[int]
    timestamps: Sequence[int]
    keys: Sequence[bytes | None]
    values: Sequence[bytes | None]
    start: int | None = None
    """The offset from which it was read; None: the first record's own."""

    @property
    def begin(self) -> int:
        """The offset from which it was read: nothing between it and the first record exists."""
        return self.offsets[0] if self.start is None else self.start

    def __len__(self) -> int:
        return len(self.offsets)


@dataclass(frozen=True, slots=True)
class OutRecord:
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
    headers: tuple[tuple[str, bytes], ...] = field(default=())
