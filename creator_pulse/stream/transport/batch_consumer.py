"""An aiokafka consumer that gives batches, not records.

aiokafka's fetcher has no place for another reader of what it fetched, so two names of its module are
replaced: one keeps the fetched bytes at hand, the other chooses the reader by the consumer that asks.
Any other consumer of the process reads records as before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaConsumer
from aiokafka.consumer import fetcher
from aiokafka.consumer.fetcher import PartitionRecords
from aiokafka.record.memory_records import MemoryRecords

from creator_pulse.stream.transport.client import ask_again_without_brokers
from creator_pulse.stream.transport.partition_batches import PartitionBatches, Unpacker

if TYPE_CHECKING:
    from aiokafka import TopicPartition

    from creator_pulse.stream.transport.batch import Batch


class _AsBatches(Unpacker):
    """Stands where a consumer's deserializer of values would: it asks for batches."""


class _KeptRecords(MemoryRecords):  # type: ignore[misc]
    """What was fetched, with its bytes at hand."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.data = data


def _reader(*given: Any) -> PartitionRecords:
    """The reader for what a consumer fetched; the arguments are those of ``PartitionRecords``."""
    wish = given[5]
    return PartitionBatches(wish, *given) if isinstance(wish, _AsBatches) else PartitionRecords(*given)


fetcher.MemoryRecords = _KeptRecords
fetcher.PartitionRecords = _reader


class BatchConsumer(AIOKafkaConsumer):  # type: ignore[misc]
    """A consumer whose ``getmany`` gives a list of batches per partition.

    Args:
        topics: to read; none where partitions are assigned or a pattern is subscribed.
        most: a batch ends with the stored one that brings it to this many records.
        largest: bytes of the largest decompressed batch.
        batches: most batches of one poll.
        options: as of ``AIOKafkaConsumer``.
    """

    def __init__(self, *topics: str, most: int, largest: int, batches: int, **options: Any) -> None:
        self._unpacker = _AsBatches(most, largest)
        super().__init__(*topics, value_deserializer=self._unpacker, max_poll_records=batches, **options)
        ask_again_without_brokers(self._client)

    def begin_poll(self) -> None:
        """Let the next poll hand out as many bytes as any.

        Whoever asks the fetcher by itself, as Faust does, calls this before: else nothing is read any more
        once the polls so far have handed out what a single one may.
        """
        self._unpacker.poll()

    async def getmany(self, *places: TopicPartition, **options: Any) -> dict[TopicPartition, list[Batch]]:
        """Batches of several partitions, as ``AIOKafkaConsumer.getmany`` gives records."""
        self.begin_poll()
        batches: dict[TopicPartition, list[Batch]] = await super().getmany(*places, **options)
        return batches

    async def batches(self, place: TopicPartition, timeout_ms: int) -> list[Batch]:
        """The next batches of a partition, none where there is nothing to read in time.

        Args:
            place: an assigned partition.
            timeout_ms: how long to wait.
        """
        return (await self.getmany(place, timeout_ms=timeout_ms)).get(place, [])
