"""Writes one entry of the reference topic, as a command does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.stream.events.reference_entry import encoded
from creator_pulse.stream.transport.batch import OutRecord
from creator_pulse.stream.transport.names import REFERENCE

if TYPE_CHECKING:
    from creator_pulse.stream.events.reference_entry import Entry
    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.transport.log import Log


async def write_reference(log: Log, settings: Settings, entry: Entry, command: str) -> None:
    """Write an entry in its own transaction.

    Args:
        log: with the reference topic.
        settings: its prefix, and the name of the installation.
        entry: that the topic's judge takes.
        command: which writes: two of the same do not write at once.

    Raises:
        UnreachableError: Kafka does not answer.
    """
    producer = await log.producer(f"{settings.app_id}-{command}")
    try:
        await producer.commit([OutRecord(settings.topic(REFERENCE), entry.key, encoded(entry), 0)])
    finally:
        await producer.close()
