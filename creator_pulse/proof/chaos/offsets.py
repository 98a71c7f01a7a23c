"""The group's committed offsets, read from Kafka because that is cheaper than a worker's page."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from creator_pulse.stream.settings import INPUT_TOPICS, Settings
from creator_pulse.stream.transport.client import client_kwargs

if TYPE_CHECKING:
    from creator_pulse.proof.demo.deferred_ledger import LogPlace

_TIMEOUT_MS = 5_000


class GroupOffsets:
    """Reads committed offsets, and reconnects if the connection is broken.

    Args:
        settings: address of Kafka, name of the group, and its topics.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._names = {settings.topic(name): name for name in INPUT_TOPICS}
        self._admin: Any = None

    async def read(self) -> dict[LogPlace, int] | None:
        """Committed offset by input partition; None if Kafka does not answer.

        A worker commits an offset after the transaction with the state, so all records below it are counted.
        """
        try:
            if self._admin is None:
                self._admin = AIOKafkaAdminClient(
                    **client_kwargs(self._settings), request_timeout_ms=_TIMEOUT_MS
                )
                await self._admin.start()
            committed = await self._admin.list_consumer_group_offsets(self._settings.app_id)
        except (KafkaError, OSError, TimeoutError):
            await self.close()
            return None
        return {
            (self._names[partition.topic], partition.partition): meta.offset
            for partition, meta in committed.items()
            if partition.topic in self._names
        }

    async def close(self) -> None:
        """Close the connection."""
        admin, self._admin = self._admin, None
        if admin is not None:
            with suppress(KafkaError, OSError):
                await admin.close()
