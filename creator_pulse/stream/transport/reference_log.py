"""The reference topic: read whole before anything is counted, then followed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from creator_pulse.stream.errors import UnreachableError
from creator_pulse.stream.transport.client import client_kwargs

if TYPE_CHECKING:
    from creator_pulse.stream.events.references import References
    from creator_pulse.stream.settings import Settings

logger = logging.getLogger(__name__)

_POLL_MS = 1_000


class Followed:
    """Keeps the references up to date, as an async context manager.

    Args:
        settings: where Kafka is.
        references: gets every entry; it is whole when the context is entered.
    """

    def __init__(self, settings: Settings, references: References) -> None:
        self._where = settings.kafka
        self._place = TopicPartition(settings.topic("reference"), 0)
        self._references = references
        self._consumer = AIOKafkaConsumer(
            **client_kwargs(settings), enable_auto_commit=False, auto_offset_reset="earliest"
        )

    async def __aenter__(self) -> Self:
        try:
            await self._consumer.start()
            self._consumer.assign([self._place])
            await self._consumer.seek_to_beginning(self._place)
            end = (await self._consumer.end_offsets([self._place]))[self._place]
            while await self._consumer.position(self._place) < end:
                await self._take()
        except (KafkaError, OSError) as error:
            await self._consumer.stop()
            raise UnreachableError(f"no Kafka at {self._where}: {error!r}") from error
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def run(self) -> None:
        """Follow the topic until cancelled."""
        while True:
            try:
                await self._take()
            except KafkaError as error:
                raise UnreachableError(f"the reference topic at {self._where}: {error!r}") from error

    async def _take(self) -> None:
        found = await self._consumer.getmany(self._place, timeout_ms=_POLL_MS)
        for record in found.get(self._place, ()):
            if record.value is not None and not self._references.add(record.value):
                logger.error("the reference entry at offset %s cannot be read", record.offset)
