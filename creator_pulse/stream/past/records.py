"""Records of the past: by partition, in the order of their log, handed out up to a time."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple, Protocol

from creator_pulse.stream.errors import PastError
from creator_pulse.stream.settings import INPUT_TOPICS
from creator_pulse.stream.tables.partition_lanes import Place
from creator_pulse.stream.transport.batch import Batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from creator_pulse.stream.settings import Settings

MOST_RECORDS = 50_000
"""In a batch: columns of more gain nothing."""


class PastRecord(NamedTuple):
    """A record of an input topic.

    Attributes:
        topic: without prefix.
        partition: its number, from 0.
        key: as it was written, or None.
        value: the event, or None.
        timestamp_ms: when it was written, by Kafka's clock, epoch ms.
    """

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    timestamp_ms: int


class PastRecords(Protocol):
    """Where records come from."""

    async def span(self) -> tuple[int, int] | None:
        """When the first and the last record were written, epoch ms; None if there is no record."""
        ...

    async def until(self, end_ms: int) -> Mapping[Place, Sequence[Batch]]:
        """The records that were not handed out yet and were written before a time.

        Args:
            end_ms: rises from call to call.
        """
        ...


class ListedRecords:
    """Records of any iterator, for example of a generator of events.

    Their offsets count from 0 in each partition.

    Args:
        records: in the order in which they were written.
        settings: number of partitions of each topic.

    Example::

        records = ListedRecords([PastRecord("gift", 0, b"creator", event, 1_760_000_000_000)], Settings())
        await records.until(1_760_000_060_000)
    """

    def __init__(self, records: Iterable[PastRecord], settings: Settings) -> None:
        self._records = iter(records)
        self._settings = settings
        self._next = next(self._records, None)
        self._first = None if self._next is None else self._next.timestamp_ms
        self._counts: dict[Place, int] = defaultdict(int)

    async def span(self) -> tuple[int, int] | None:
        """When the first record was written, twice: nobody knows the end of an iterator before it."""
        return None if self._first is None else (self._first, self._first)

    async def until(self, end_ms: int) -> Mapping[Place, Sequence[Batch]]:
        """The records that were not handed out yet and were written before a time.

        Raises:
            PastError: a record is of no input topic, or was written before the one before it.
        """
        waiting: dict[Place, list[PastRecord]] = defaultdict(list)
        batches: dict[Place, list[Batch]] = defaultdict(list)
        while self._next is not None and self._next.timestamp_ms < end_ms:
            record = self._next
            place = self._place(record)
            waiting[place].append(record)
            if len(waiting[place]) == MOST_RECORDS:
                batches[place].append(self._batch(place, waiting.pop(place)))
            self._next = next(self._records, None)
            if self._next is not None and self._next.timestamp_ms < record.timestamp_ms:
                raise PastError(
                    f"a record of {self._next.topic} was written at {self._next.timestamp_ms}, and the one "
                    f"that stands before it at {record.timestamp_ms}: sort them by the time they were written"
                )
        for place, records in waiting.items():
            batches[place].append(self._batch(place, records))
        return batches

    def extend(self, records: Iterable[PastRecord]) -> None:
        """Take more records, written after all others, once those are handed out."""
        assert self.is_over, "some records wait to be handed out"
        self._records = iter(records)
        self._next = next(self._records, None)

    @property
    def is_over(self) -> bool:
        """Whether all records were handed out."""
        return self._next is None

    def _place(self, record: PastRecord) -> Place:
        if record.topic not in INPUT_TOPICS:
            raise PastError(f"{record.topic!r} is no input topic: one of {', '.join(INPUT_TOPICS)}")
        if not 0 <= record.partition < self._settings.partitions_of(record.topic):
            raise PastError(f"{record.topic} has no partition {record.partition} by the settings")
        return Place(self._settings.topic(record.topic), record.partition)

    def _batch(self, place: Place, records: Sequence[PastRecord]) -> Batch:
        first = self._counts[place]
        self._counts[place] = first + len(records)
        return Batch.of(
            range(first, first + len(records)),
            [record.timestamp_ms for record in records],
            [record.key for record in records],
            [record.value for record in records],
        )
