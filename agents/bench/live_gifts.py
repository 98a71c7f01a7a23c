"""Contract gifts at a steady rate: encoded before they are due, so that sending costs next to nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaProducer

from agents.bench.prepared import BATCH_BYTES
from stream.transport.client import client_kwargs

if TYPE_CHECKING:
    from agents.bench.place import Bench
    from stream.settings import Settings

_TICK_MS = 20
_ENCODE_US = 25
"""Time allowed to encode a record, on a slow day."""
_LEAD_MS = 2_000
_RECORD = (
    '{{"event_id":"{number:x}-{time:x}","event_type":"gift_sent","schema_version":1,"event_time":{time},'
    '"creator_id":"c{creator:06d}","viewer_id":"v{viewer:07d}","region":"US","app":"tiktok",'
    '"platform":"ios","creator_tier":"10k_50k","room_id":"r{creator:06d}","gift_id":"rose","gift_type":2,'
    '"unit_coins":1,"repeat_count":1,"repeat_end":true,"transaction_id":"t{number:09d}",'
    '"viewer_age_band":"25_34","ingest_time":{time}}}'
)


@dataclass(frozen=True, slots=True)
class Tick:
    """What is sent at one moment.

    Attributes:
        at_ms: when it is due, epoch ms; the event time of its records.
        records: how many.
        batches: by partition.
    """

    at_ms: int
    records: int
    batches: dict[int, Any]


class LiveGifts:
    """A producer with its records ready.

    Args:
        bench: clock and broker.
        settings: of the worker: topic and partitions.
    """

    def __init__(self, bench: Bench, settings: Settings) -> None:
        self._bench = bench
        self._topic = settings.topic("gift")
        self._partitions = settings.partitions
        self._kwargs = client_kwargs(settings)
        self.behind_ms = 0
        """How much later than due a tick was sent, at the worst."""
        self.encoded = asyncio.Event()
        """Set when all records are ready and the sending begins."""

    async def run(self, rate: int, seconds: float, sent: list[Tick]) -> None:
        """Encode, then send at the rate.

        Args:
            rate: records a second.
            seconds: how long.
            sent: takes each tick when it was handed to Kafka's client.
        """
        producer = AIOKafkaProducer(**self._kwargs, acks="all", max_batch_size=4 * BATCH_BYTES)
        await producer.start()
        try:
            await producer.partitions_for(self._topic)
            ticks = await asyncio.to_thread(self._encode, producer, rate, seconds)
            futures = []
            self.encoded.set()
            for tick in ticks:
                now = self._bench.clock.now_ms()
                await asyncio.sleep(max(0, tick.at_ms - now) / 1000)
                self.behind_ms = max(self.behind_ms, self._bench.clock.now_ms() - tick.at_ms)
                for partition, batch in tick.batches.items():
                    futures.append(await producer.send_batch(batch, self._topic, partition=partition))
                sent.append(tick)
            await asyncio.gather(*futures)
        finally:
            await producer.stop()

    def _encode(self, producer: AIOKafkaProducer, rate: int, seconds: float) -> list[Tick]:
        count = round(seconds * 1000 / _TICK_MS)
        total = round(rate * seconds)
        start_ms = self._bench.clock.now_ms() + _LEAD_MS + total * _ENCODE_US // 1000
        ticks, number = [], 0
        for index in range(count):
            until = total * (index + 1) // count
            batches: dict[int, Any] = {}
            at_ms, first = start_ms + index * _TICK_MS, number
            for number in range(first, until):
                creator = number * 7919 % 5_000
                value = _RECORD.format(number=number, time=at_ms, creator=creator, viewer=number % 1_000_003)
                partition = number % self._partitions
                batch = batches.get(partition) or batches.setdefault(partition, producer.create_batch())
                batch.append(key=f"c{creator:06d}".encode(), value=value.encode(), timestamp=at_ms)
            number = until
            for batch in batches.values():
                batch.close()
            ticks.append(Tick(at_ms, until - first, batches))
        return ticks
