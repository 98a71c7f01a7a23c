"""The floor of aiokafka: ``getmany`` in a loop, records counted and thrown away."""

import asyncio

from aiokafka import AIOKafkaConsumer
from marks import PeerRun


async def main():
    """Read to the end."""
    marks, size = PeerRun(), 0
    consumer = AIOKafkaConsumer(
        marks.topic,
        bootstrap_servers=marks.kafka,
        group_id=marks.folder.name,
        auto_offset_reset="earliest",
        auto_commit_interval_ms=1_000,
    )
    await consumer.start()
    try:
        while marks.count < marks.records and not marks.late():
            batches = await consumer.getmany(timeout_ms=1_000)
            if batches:
                marks.first()
            for place, records in batches.items():
                marks.read[place.partition] = marks.read.get(place.partition, 0) + len(records)
                marks.count += len(records)
                size += sum(len(record.value) for record in records)
        marks.last()
    finally:
        await consumer.stop()
    marks.give(size=size)


asyncio.run(main())
