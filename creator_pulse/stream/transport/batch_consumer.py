"""An aiokafka consumer that returns batches instead of records.

aiokafka's fetcher has no hook for another reader of the fetched bytes, so two names of its module are
replaced: one keeps the fetched bytes, the other chooses the reader by the consumer that asks. Any other
consumer of the process reads records as before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaConsumer
from aiokafka.consumer import fetcher
from aiokafka.consumer.fetcher import PartitionRecords
from aiokafka.record.memory_records import MemoryRecords

from creator_pulse.stream.transport.client import CoordinatorSearch
from creator_pulse.stream.transport.partition_batches import PartitionBatches, Unpacker

if TYPE_CHECKING:
    from aiokafka import TopicPartition

    from creator_pulse.stream.transport.batch import Batch


class _AsBatches(Unpacker):
    """Stands in for a consumer's deserializer of values, and requests batches."""


class _KeptRecords(MemoryRecords):  # type: ignore[misc]
    """Fetched records with their bytes."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.data = data


def _reader(*given: Any) -> PartitionRecords:
    """The reader of the fetched bytes; the arguments are those of ``PartitionRecords``."""
    wish = given[5]
    return PartitionBatches(wish, *given) if isinstance(wish, _AsBatches) else PartitionRecords(*given)


fetcher.MemoryRecords = _KeptRecords
fetcher.PartitionRecords = _reader


class BatchConsumer(AIOKafkaConsumer):  # type: ignore[misc]
    """A consumer whose ``getmany`` returns a list of batches per partition.

    Args:
        topics: to subscribe to; none if partitions are assigned or a pattern is subscribed to.
        most: a batch ends with the stored batch that brings it to this many records.
        largest: bytes of the largest decompressed stored batch.
        batches: maximal number of batches per poll.
        options: keyword arguments of ``AIOKafkaConsumer``.

    Attributes:
        search: looks for the group's coordinator.
    """

    def __init__(self, *topics: str, most: int, largest: int, batches: int, **options: Any) -> None:
        self._unpacker = _AsBatches(most, largest)
        super().__init__(*topics, value_deserializer=self._unpacker, max_poll_records=batches, **options)
        self.search = CoordinatorSearch(self._client)

    def begin_poll(self) -> None:
        """Reset the number of bytes that one poll may return.

        Code that calls the fetcher directly, as Faust does, has to call this before each poll. Otherwise
        nothing more is read once all polls together have returned as much as a single one may.
        """
        self._unpacker.poll()

    async def getmany(self, *places: TopicPartition, **options: Any) -> dict[TopicPartition, list[Batch]]:
        """Batches of several partitions, as ``AIOKafkaConsumer.getmany`` gives records."""
        self.begin_poll()
        batches: dict[TopicPartition, list[Batch]] = await super().getmany(*places, **options)
        return batches

    async def batches(self, place: TopicPartition, timeout_ms: int) -> list[Batch]:
        """The next batches of a partition; empty if there is nothing to read in time.

        Args:
            place: topic and number of an assigned partition.
            timeout_ms: how long to wait.
        """
        return (await self.getmany(place, timeout_ms=timeout_ms)).get(place, [])
