"""Sends forged batches and hostile reference entries beside the traffic of an ordinary client.

Forged batches and reference entries go to the broker as
bytes, because no client would build them. Workers must survive everything that the broker accepts.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Self

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, NoError, for_code
from aiokafka.protocol.produce import ProduceRequest

from creator_pulse.proof.chaos.forged_batches import encoded_record, forge, stored_batch
from creator_pulse.proof.chaos.forgery_list import FILE_NAME, ForgeryWriter
from creator_pulse.proof.chaos.hostile_references import hostile_entry
from creator_pulse.stream.settings import INPUT_TOPICS, Settings
from creator_pulse.stream.transport.client import client_kwargs

if TYPE_CHECKING:
    from creator_pulse.proof.chaos.producer_job import ProducerJob
    from creator_pulse.stream.clock import Clock

# Between a forged batch and the next, and between a hostile reference entry and the next.
_FORGED_SECONDS = 0.5
_TIMEOUT_MS = 20_000
_VALUES = 5


class Forger:
    """Sends forged batches and reference entries at a steady pace, as an async context manager.

    Args:
        settings: address of Kafka, and its topics.
        job: seed, and path of the report; the list of forgeries is written to the same folder.
        clock: timestamps of the batches.

    Attributes:
        records: number of records that accepted batches announce, without reference entries.
        refused: number of batches and entries that the broker refused.
    """

    def __init__(self, settings: Settings, job: ProducerJob, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._rng = Random(job.seed)
        self._path = Path(job.report).with_name(FILE_NAME)
        self._client: Any = AIOKafkaClient(**client_kwargs(settings), request_timeout_ms=_TIMEOUT_MS)
        self.records = self.refused = 0

    async def __aenter__(self) -> Self:
        await self._client.bootstrap()
        names = [*map(self._settings.topic, INPUT_TOPICS), self._settings.topic("reference")]
        await self._client.set_topics(names)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until ``stop`` is set."""
        with ForgeryWriter(self._path) as listed:
            while not stop.is_set():
                await self._forged(listed)
                await self._entry()
                await asyncio.sleep(_FORGED_SECONDS)

    async def _forged(self, listed: ForgeryWriter) -> None:
        name = self._rng.choice(INPUT_TOPICS)
        partition = self._rng.randrange(self._settings.partitions_of(name))
        values = [b'{"forged":%d}' % self._rng.getrandbits(48) for _ in range(_VALUES)]
        forged = forge(values, self._clock.now_ms(), self._rng)
        listed.add(forged)
        if await self._sent(self._settings.topic(name), partition, forged.batch):
            self.records += forged.records

    async def _entry(self) -> None:
        now_ms = self._clock.now_ms()
        key, value = hostile_entry(now_ms, self._rng)
        batch = stored_batch(encoded_record(value or b"", 0, key), 1, now_ms)
        await self._sent(self._settings.topic("reference"), 0, batch)

    async def _sent(self, topic: str, partition: int, batch: bytes) -> bool:
        """Send a batch; whether the broker accepted it."""
        leader = self._client.cluster.leader_for_partition(TopicPartition(topic, partition))
        request = ProduceRequest(
            transactional_id=None,
            required_acks=-1,
            timeout=_TIMEOUT_MS,
            topics=[(topic, [(partition, batch)])],
        )
        try:
            answer = await self._client.send(leader, request)
        except KafkaError:
            accepted = False
        else:
            (_, [(_, code, *_rest)]), *_others = answer.topics
            accepted = for_code(code) is NoError
        self.refused += not accepted
        return accepted
