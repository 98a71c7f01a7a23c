"""Contract gifts at a steady rate, each tick encoded just before it is due."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiokafka import AIOKafkaProducer

from creator_pulse.proof.bench.prepared import BATCH_BYTES
from creator_pulse.stream.transport.client import client_kwargs

if TYPE_CHECKING:
    from aiokafka.producer.message_accumulator import BatchBuilder

    from creator_pulse.proof.bench.place import Bench
    from creator_pulse.stream.settings import Settings

_TICK_MS = 20
# Viewers, who give in turn: at 64,000 gifts a second 38 a minute each, below the bound of FR1.
_VIEWERS = 100_003
# Creators of each viewer, because people give to a few again and again.
_FAVOURITES = 5
_LEAD_MS = 500
# Formatted in two steps because it is most of a producer's cost: the time once a tick, the rest per record.
_RECORD = (
    b'{"event_id":"%x-@","event_type":"gift_sent","schema_version":1,"event_time":@,'
    b'"creator_id":"c%06d","viewer_id":"v%07d","region":"US","app":"tiktok",'
    b'"platform":"ios","creator_tier":"10k_50k","room_id":"r%06d","gift_id":"rose","gift_type":2,'
    b'"unit_coins":1,"repeat_count":1,"repeat_end":true,"transaction_id":"t%09d",'
    b'"viewer_age_band":"25_34","ingest_time":@}'
)


@dataclass(frozen=True, slots=True)
class Tick:
    """The records that are due at one moment.

    Attributes:
        at_ms: due time and event time of the records, epoch ms.
        records: number of records.
    """

    at_ms: int
    records: int


class LiveGifts:
    """A producer.

    Args:
        bench: provides clock and broker.
        settings: settings of the worker, for the topic and its partitions.
    """

    def __init__(self, bench: Bench, settings: Settings) -> None:
        self._bench = bench
        self._topic = settings.topic("gift")
        self._partitions = settings.partitions
        self._kwargs = client_kwargs(settings)
        self.behind_ms = 0
        """How much later than due a tick was sent, in the worst case."""

    async def run(self, rate: int, seconds: float, sent: list[Tick]) -> None:
        """Send at a steady rate.

        Args:
            rate: records per second.
            seconds: how long to send.
            sent: gets each tick after its records were handed to Kafka's client.
        """
        producer = AIOKafkaProducer(**self._kwargs, acks="all", max_batch_size=4 * BATCH_BYTES)
        await producer.start()
        try:
            await producer.partitions_for(self._topic)
            count = round(seconds * 1000 / _TICK_MS)
            total = round(rate * seconds)
            start_ms = self._bench.clock.now_ms() + _LEAD_MS
            waiting: deque[asyncio.Future[object]] = deque()
            for index in range(count):
                # Integer division spreads the records evenly, and their sum is exactly ``total``.
                numbers = range(total * index // count, total * (index + 1) // count)
                at_ms = start_ms + index * _TICK_MS
                batches = self._encode(producer, numbers, at_ms)
                await asyncio.sleep(max(0, at_ms - self._bench.clock.now_ms()) / 1000)
                self.behind_ms = max(self.behind_ms, self._bench.clock.now_ms() - at_ms)
                for partition, batch in batches.items():
                    waiting.append(await producer.send_batch(batch, self._topic, partition=partition))
                sent.append(Tick(at_ms, len(numbers)))
                while waiting and waiting[0].done():
                    waiting.popleft().result()
            await asyncio.gather(*waiting)
        finally:
            await producer.stop()

    def _encode(self, producer: AIOKafkaProducer, numbers: range, at_ms: int) -> dict[int, BatchBuilder]:
        """The records of a tick, by partition."""
        batches = {partition: producer.create_batch() for partition in range(self._partitions)}
        record = _RECORD.replace(b"@", b"%d" % at_ms)
        for number in numbers:
            viewer = number % _VIEWERS
            # Each viewer's few favourites: 7919 is prime, so viewers spread over all creators.
            creator = (viewer * 7919 + number // _VIEWERS % _FAVOURITES) % 5_000
            value = record % (number, creator, viewer, creator, number)
            batches[number % self._partitions].append(key=b"c%06d" % creator, value=value, timestamp=at_ms)
        filled = {partition: batch for partition, batch in batches.items() if batch.record_count()}
        for batch in filled.values():
            batch.close()
        return filled
