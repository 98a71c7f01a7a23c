"""Reads ``pulse.window`` incrementally, and counts keys with more than one final result."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from creator_pulse.stream.transport.kafka_log import KafkaLog
from creator_pulse.stream.transport.names import WINDOW_TOPIC

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from creator_pulse.stream.settings import Settings

Record = tuple[str, dict[str, Any]]
"""Key and decoded value."""


def finals_twice(records: Iterable[tuple[str, Mapping[str, Any]]]) -> int:
    """The number of keys with more than one final result.

    Args:
        records: key and decoded value of each record of ``pulse.window``.
    """
    times = Counter(key for key, record in records if record["state"] == "final")
    return sum(count > 1 for count in times.values())


class WindowRecords:
    """All committed results so far, without provisional ones.

    Args:
        settings: address of Kafka, and the number of merge partitions.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._log = KafkaLog(settings)
        self._next = dict.fromkeys(range(settings.merge_partitions), 0)
        self._records: list[Record] = []

    async def read(self) -> list[Record]:
        """Final and restated results, from the oldest to the newest of each partition.

        Raises:
            UnreachableError: Kafka does not answer.
        """
        for number, start in self._next.items():
            _, end = await self._log.bounds(WINDOW_TOPIC, number)
            async for batch in self._log.read(WINDOW_TOPIC, number, start, end):
                for key, value in zip(batch.keys, batch.values, strict=True):
                    if key is not None and value is not None:
                        record = msgspec.json.decode(value)
                        if record["state"] != "provisional":
                            self._records.append((key.decode(), record))
            self._next[number] = end
        return self._records
