"""Writes generated records and reference entries to Kafka, and waits until they are acknowledged."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from creator_pulse.stream.errors import UnreachableError, words
from creator_pulse.stream.events.reference_entry import encoded
from creator_pulse.stream.transport.client import client_kwargs
from creator_pulse.stream.transport.fault import denial, denied, unreachable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from creator_pulse.stream.events.reference_entry import Entry
    from creator_pulse.stream.generator.model import Produced
    from creator_pulse.stream.settings import Settings

_BATCH_BYTES = 262_144
_LARGEST_RECORD = 16 << 20
_PATIENCE_MS = 180_000  # how long a broker may be away; batches are retried, and written once


class Writer:
    """Writes records to Kafka in order, as an async context manager.

    Args:
        settings: address of Kafka, and the prefix of topics.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._kwargs = client_kwargs(settings)
        self._producer: Any = None

    async def __aenter__(self) -> Self:
        """Connect.

        Raises:
            UnreachableError: no broker answers.
        """
        self._producer = AIOKafkaProducer(
            **self._kwargs,
            acks="all",
            enable_idempotence=True,
            compression_type="lz4",
            max_batch_size=_BATCH_BYTES,
            max_request_size=_LARGEST_RECORD,
            request_timeout_ms=_PATIENCE_MS,
        )
        try:
            await self._producer.start()
        except KafkaError as error:
            await self._producer.stop()
            raise await unreachable(self._settings, error, "producing") from error
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.stop()

    async def write(self, records: list[Produced]) -> None:
        """Write records, and return when every one is acknowledged; the order within a partition is kept.

        Raises:
            UnreachableError: Kafka refused, or did not answer in time: some may be written.
        """
        lanes: dict[tuple[str, int], list[Produced]] = defaultdict(list)
        for record in records:
            lanes[record.topic, record.partition].append(record)
        try:
            async with asyncio.TaskGroup() as group:
                for (topic, partition), lane in lanes.items():
                    group.create_task(self._write_lane(self._settings.topic(topic), partition, lane))
        except* KafkaError as errors:
            error = errors.exceptions[0]
            if on := denied(error):
                raise UnreachableError(denial(self._settings, on, f"producing: {words(error)}")) from errors
            raise UnreachableError(
                f"Kafka at {self._settings.kafka} did not acknowledge records: {words(error)}"
            ) from errors

    async def publish(self, entries: Iterable[Entry]) -> None:
        """Write entries to the reference topic, and return when every one is acknowledged.

        Raises:
            UnreachableError: Kafka refused, or did not answer in time: some may be written.
        """
        topic = self._settings.topic("reference")
        try:
            for sent in [
                await self._producer.send(topic, encoded(entry), key=entry.key, partition=0)
                for entry in entries
            ]:
                await sent
        except KafkaError as error:
            raise UnreachableError(
                f"Kafka at {self._settings.kafka} did not acknowledge entries: {error}"
            ) from error

    async def _write_lane(self, topic: str, partition: int, records: list[Produced]) -> None:
        batch = self._producer.create_batch()
        for record in records:
            fields = {"key": record.key, "value": record.value, "timestamp": record.timestamp_ms}
            if batch.append(**fields) is None:
                await (await self._producer.send_batch(batch, topic, partition=partition))
                batch = self._producer.create_batch()
                batch.append(**fields)
        await (await self._producer.send_batch(batch, topic, partition=partition))
