"""Reads of one partition that always end: with a result, or with an error after a time-out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from creator_pulse.stream.errors import UnreachableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from creator_pulse.stream.transport.batch import Batch
    from creator_pulse.stream.transport.log import Log


class BoundedReader:
    """Reads one partition; if the log gives nothing for ``patience`` seconds, that is an error.

    Args:
        log: where the partition is.
        topic: full name of the partition's topic.
        partition: its number in the topic, >= 0.
        patience: seconds without an answer, > 0.
    """

    def __init__(self, log: Log, topic: str, partition: int, patience: float) -> None:
        self.topic = topic
        self.partition = partition
        self._log = log
        self._patience = patience

    @property
    def name(self) -> str:
        """Topic and partition, for messages."""
        return f"{self.topic}-{self.partition}"

    async def bounds(self) -> tuple[int, int]:
        """The first offset that can be read, and the one after the last committed record.

        Raises:
            UnreachableError: no answer in time.
        """
        try:
            async with asyncio.timeout(self._patience):
                return await self._log.bounds(self.topic, self.partition)
        except TimeoutError as error:
            raise self._silent("its first and last offset") from error

    async def undecided(self) -> bool:
        """Whether records stand behind the last committed one, in a transaction without an end.

        Raises:
            UnreachableError: no answer in time.
        """
        try:
            async with asyncio.timeout(self._patience):
                return await self._log.undecided(self.topic, self.partition)
        except TimeoutError as error:
            raise self._silent("its last offset") from error

    async def read(self, start: int, end: int) -> AsyncIterator[Batch]:
        """Committed records from ``start`` until the position reaches ``end``.

        Raises:
            UnreachableError: no batch came for ``patience`` seconds.
        """
        batches = self._log.read(self.topic, self.partition, start, end)
        while True:
            try:
                async with asyncio.timeout(self._patience):
                    batch = await anext(batches, None)
            except TimeoutError as error:
                raise self._silent(f"records of offsets {start} to {end}") from error
            if batch is None:
                return
            start = batch.end
            yield batch

    def _silent(self, what: str) -> UnreachableError:
        return UnreachableError(f"{self.name} did not give {what} for {self._patience:g} s: is Kafka well?")
