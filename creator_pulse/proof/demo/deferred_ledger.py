"""A ledger that counts a partition only as far as its worker has committed.

So the comparison is exact even while everything is moving: at any moment, each lane's totals must equal
the ledger over exactly the records below that lane's committed offset.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from typing import TYPE_CHECKING, NamedTuple

from creator_pulse.proof.ledger.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.settings import Settings

# Records that are counted before other tasks of the event loop get a turn.
_BREATH = 500
LogPlace = tuple[str, int]
"""Topic without prefix, and partition."""


# Value, timestamp in epoch milliseconds, and key of a record.
_Record = tuple[bytes | None, int, bytes | None]


class _Refused(NamedTuple):
    """A stored batch that no reader can decode.

    Attributes:
        offsets: number of offsets that it takes up in its partition.
        records: number of records that its header announces; 0 for a control batch.
        reason: why they are invalid.
        timestamp_ms: timestamp of the batch, epoch ms.
    """

    offsets: int
    records: int
    reason: str
    timestamp_ms: int


class DeferredLedger(Ledger):
    """Queues acknowledged records, and counts them up to given offsets.

    Args:
        settings: settings of the workers.
        first: first offset of each partition that this ledger takes in.
    """

    def __init__(self, settings: Settings, first: Mapping[LogPlace, int]) -> None:
        super().__init__(settings)
        self._waiting: dict[LogPlace, deque[_Record | _Refused]] = defaultdict(deque)
        self._next: dict[LogPlace, int] = defaultdict(int, first)
        self.acknowledged = 0

    def add(
        self, topic: str, partition: int, value: bytes | None, timestamp_ms: int, key: bytes | None = None
    ) -> str:
        """Queue a record; its outcome is not known yet, so the result is empty."""
        self._waiting[topic, partition].append((value, timestamp_ms, key))
        self.acknowledged += 1
        return ""

    def refuse(
        self, topic: str, partition: int, offsets: int, count: int, reason: str, timestamp_ms: int
    ) -> None:
        """Queue a stored batch that no reader can decode.

        Args:
            topic: input topic without prefix.
            partition: number of the partition that holds the batch.
            offsets: number of offsets that the batch takes up.
            count: number of records that its header announces; 0 for a control batch.
            reason: why they are invalid.
            timestamp_ms: timestamp of the batch, epoch ms.
        """
        self._waiting[topic, partition].append(_Refused(offsets, count, reason, timestamp_ms))
        self.acknowledged += count

    async def count_to(self, offsets: Mapping[LogPlace, int]) -> bool:
        """Count each partition up to an offset.

        Args:
            offsets: for each partition, the first offset that is not counted.

        Returns:
            whether every partition reached its offset; False if a worker has already counted records
            whose acknowledgement has not reached the producer.
        """
        whole = True
        for place, end in offsets.items():
            waiting = self._waiting[place]
            # A refused batch takes several offsets, and is counted only if the worker has passed all of them.
            while waiting and self._next[place] + _offsets(waiting[0]) <= end:
                head = waiting.popleft()
                if isinstance(head, _Refused):
                    self.count_unread(*place, head.records, head.reason, head.timestamp_ms)
                    self._next[place] += head.offsets
                else:
                    value, timestamp_ms, key = head
                    super().add(*place, value, timestamp_ms, key)
                    self._next[place] += 1
                if self._next[place] % _BREATH == 0:
                    await asyncio.sleep(0)
            whole &= self._next[place] == end
        return whole

    @property
    def waiting(self) -> int:
        """Number of records that are acknowledged but not counted by the workers."""
        return sum(
            head.records if isinstance(head, _Refused) else 1
            for queue in self._waiting.values()
            for head in queue
        )


def _offsets(entry: _Record | _Refused) -> int:
    """The number of offsets that a queued entry takes up."""
    return entry.offsets if isinstance(entry, _Refused) else 1
