"""Reads the input topics back into the ledger: what stands in the log is what must be counted.

So an acknowledgement that got lost with a broker leaves no doubt, and it does not matter how many
processes have written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from creator_pulse.stream.settings import INPUT_TOPICS, Settings
from creator_pulse.stream.transport.client import client_kwargs

if TYPE_CHECKING:
    from creator_pulse.agents.deferred_ledger import DeferredLedger, Place

_POLL_MS = 500
_POLL_RECORDS = 5_000
_FETCH_BYTES = 16 << 20
_PATIENCE_MS = 60_000


class Tail:
    """Follows all input partitions from their first record, as an async context manager.

    Args:
        settings: where Kafka is, and its topics.
        ledger: takes in every record.
    """

    def __init__(self, settings: Settings, ledger: DeferredLedger) -> None:
        self._ledger = ledger
        self._places = {
            TopicPartition(settings.topic(name), number): (name, number)
            for name in INPUT_TOPICS
            for number in range(settings.partitions_of(name))
        }
        self._consumer: Any = AIOKafkaConsumer(
            **client_kwargs(settings),
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_partition_fetch_bytes=_FETCH_BYTES,
            request_timeout_ms=_PATIENCE_MS,
        )
        self._read: dict[Place, int] = dict.fromkeys(self._places.values(), 0)

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        self._consumer.assign(list(self._places))
        for one in self._places:
            self._consumer.seek(one, 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def follow(self) -> None:
        """Read until cancelled; a broker that is away is waited for.

        Raises:
            KafkaError: a position cannot be read any more.
        """
        while True:
            found = await self._consumer.getmany(timeout_ms=_POLL_MS, max_records=_POLL_RECORDS)
            for one, records in found.items():
                place = self._places[one]
                for record in records:
                    assert record.offset == self._read[place], f"a gap in {place} at {self._read[place]}"
                    self._ledger.add(*place, record.value, record.timestamp, record.key)
                    self._read[place] += 1

    def ends(self) -> dict[Place, int]:
        """Where each partition's log ends, as the broker's last answers said; never waits for it."""
        return {
            place: max(self._consumer.highwater(one) or 0, self._read[place])
            for one, place in self._places.items()
        }

    async def whole(self) -> bool:
        """Whether everything that stands in the log now has been read."""
        found = await self._consumer.end_offsets(list(self._places))
        return all(self._read[place] >= found[one] for one, place in self._places.items())

    @property
    def records(self) -> int:
        """Records read so far."""
        return sum(self._read.values())
