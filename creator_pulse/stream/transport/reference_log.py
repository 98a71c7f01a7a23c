"""The reference topic: read whole before anything is counted, then followed."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Self

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from creator_pulse.stream.transport.batch_consumer import BatchConsumer
from creator_pulse.stream.transport.client import client_kwargs
from creator_pulse.stream.transport.fault import unreachable
from creator_pulse.stream.transport.letting_go import let_go

if TYPE_CHECKING:
    from collections.abc import Iterator

    from creator_pulse.stream.events.references import References
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.transport.batch import Batch

logger = logging.getLogger(__name__)

_POLL_MS = 1_000
_AGAIN_SECONDS = 5.0
_READ_RECORDS = 8_000
_READ_BATCHES = 8


class Followed:
    """Keeps the references up to date, as an async context manager.

    Args:
        settings: with Kafka's servers and how to log in.
        references: gets every entry; it is complete when the context is entered.
    """

    def __init__(self, settings: Settings, references: References) -> None:
        self._settings = settings
        self._place = TopicPartition(settings.topic("reference"), 0)
        self._references = references
        self._consumer = BatchConsumer(
            most=_READ_RECORDS,
            largest=settings.max_batch_bytes,
            batches=_READ_BATCHES,
            **client_kwargs(settings),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
        )

    async def __aenter__(self) -> Self:
        try:
            await self._consumer.start()
            self._consumer.assign([self._place])
            await self._consumer.seek_to_beginning(self._place)
            end = (await self._consumer.end_offsets([self._place]))[self._place]
            while await self._consumer.position(self._place) < end:
                await self._take()
        except BaseException as error:
            # Also a cancellation, such as Ctrl-C while it connects.
            await let_go(self._consumer, error)
            if isinstance(error, (KafkaError, OSError)):
                raise await unreachable(self._settings, error, f"reading {self._place.topic}") from error
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await let_go(self._consumer)

    async def run(self) -> None:
        """Follow the topic until cancelled. While it cannot be read, counting uses the entries so far."""
        silent = False
        while True:
            try:
                await self._take()
            except KafkaError as error:
                if not silent:
                    logger.warning("%s cannot be read (%r): no entry is new", self._place.topic, error)
                silent = True
                await asyncio.sleep(_AGAIN_SECONDS)
            else:
                silent = False

    async def _take(self) -> None:
        references = self._references
        unroomed = references.overflowed
        refused = [
            offset
            for batch in await self._consumer.batches(self._place, _POLL_MS)
            for offset in self._refused(batch)
        ]
        if refused:
            logger.warning(
                "%s: %s entries are refused, the first at offset %s; pulse.dead-letter says why",
                self._place.topic,
                len(refused),
                refused[0],
            )
        if references.overflowed > unroomed:
            logger.warning(
                "%s: %s entries are not used: PULSE_MOST_REFERENCES, %s, leaves no room for them",
                self._place.topic,
                references.overflowed - unroomed,
                references.most,
            )

    def _refused(self, batch: Batch) -> Iterator[int]:
        """Take the entries of a batch; yields the offsets of those that are refused or cannot be read."""
        if batch.unreadable is not None:
            self._references.pass_over(batch.unreadable.count)
            yield batch.unreadable.first
        for offset, value in zip(batch.offsets.tolist(), batch.values, strict=True):
            ignored = self._references.ignored
            self._references.add(value)
            if self._references.ignored > ignored:
                yield offset
