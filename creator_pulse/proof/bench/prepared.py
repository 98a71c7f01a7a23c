"""Topics that are written once and reused by later calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from creator_pulse.stream.transport.client import client_kwargs
from creator_pulse.stream.transport.topics import Topic, ensure

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable, Mapping

    from aiokafka.producer.message_accumulator import BatchBuilder

    from creator_pulse.proof.bench.gift_plan import GiftPlan
    from creator_pulse.proof.bench.place import Bench
    from creator_pulse.stream.settings import Settings

BATCH_BYTES = 64 * 1024
_REPORT_EVERY = 500_000
_IN_FLIGHT = 64
Record = tuple[int, bytes | None, bytes | None, int]
"""Partition, key, value, timestamp (ms)."""


async def prepare_gifts(bench: Bench, plan: GiftPlan) -> None:
    """Prepare the topic of a plan."""
    await prepare(bench, plan.topic, plan.ends(), plan.values())


async def prepare(bench: Bench, topic: str, ends: Mapping[int, int], records: Iterable[Record]) -> None:
    """Prepare a topic with these records, uncompressed and without retention.

    Args:
        bench: provides the running broker.
        topic: full name of the topic.
        ends: number of records by partition; an existing topic with these ends is reused.
        records: in order; consumed only if the topic does not exist or is incomplete.
    """
    if topic in await bench.topics():
        if await end_offsets(bench.settings, topic, len(ends)) == ends:
            return
        await bench.remove([topic])
    bench.say(f"writing {sum(ends.values()):,} records to {topic}, once")
    await ensure(bench.settings, [Topic(topic, len(ends), {"retention.ms": "-1"})])
    await write(bench, topic, records)


async def write(bench: Bench, topic: str, records: Iterable[Record]) -> None:
    """Write records in batches of 64 KiB and return when all are acknowledged."""
    producer = AIOKafkaProducer(
        **client_kwargs(bench.settings), acks="all", max_batch_size=BATCH_BYTES, enable_idempotence=True
    )
    await producer.start()
    try:
        batches: dict[int, BatchBuilder] = {}
        sent: list[asyncio.Future[object]] = []
        for number, (partition, key, value, timestamp) in enumerate(records, 1):
            batch = batches.get(partition) or batches.setdefault(partition, producer.create_batch())
            # None means that the batch is full: send it, and put the record into the next one.
            if batch.append(key=key, value=value, timestamp=timestamp) is None:
                sent.append(await producer.send_batch(batch, topic, partition=partition))
                batch = batches[partition] = producer.create_batch()
                batch.append(key=key, value=value, timestamp=timestamp)
                if len(sent) >= _IN_FLIGHT:
                    await sent.pop(0)
            if number % _REPORT_EVERY == 0:
                bench.say(f"  {number:,} written")
        for partition, batch in batches.items():
            sent.append(await producer.send_batch(batch, topic, partition=partition))
        for future in sent:
            await future
    finally:
        await producer.stop()


async def end_offsets(settings: Settings, topic: str, partitions: int) -> dict[int, int]:
    """The end offset of each partition."""
    consumer = AIOKafkaConsumer(**client_kwargs(settings), enable_auto_commit=False)
    await consumer.start()
    try:
        places = [TopicPartition(topic, number) for number in range(partitions)]
        return {place.partition: end for place, end in (await consumer.end_offsets(places)).items()}
    finally:
        await consumer.stop()
