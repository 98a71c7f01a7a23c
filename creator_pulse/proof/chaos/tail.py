"""Reads the input topics back into the ledger, because every record in the log must be counted.

So it does not matter if an acknowledgement was lost, or how many processes have written. Batches are
fetched as Kafka stores them, because a client's consumer stops at the first one that it cannot read and a
hostile plan writes many of those. They are recognized by their checksums and not even decompressed here.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, NoError, for_code
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.record.memory_records import MemoryRecords

from creator_pulse.stream.errors import UnreachableError
from creator_pulse.stream.settings import INPUT_TOPICS, Settings
from creator_pulse.stream.transport.client import client_kwargs

if TYPE_CHECKING:
    from creator_pulse.proof.chaos.forgery_list import ForgeryReader
    from creator_pulse.proof.demo.deferred_ledger import DeferredLedger, LogPlace

_WAIT_MS = 500
_FETCH_BYTES = 16 << 20
_PATIENCE_MS = 60_000
_PAUSE_SECONDS = 0.5
# Records taken in before other tasks of the event loop get a turn.
_BREATH = 2_000
_COMMITTED_ONLY = 1
_OUT_OF_RANGE = 1


class Tail:
    """Follows all input partitions from their first record, as an async context manager.

    Args:
        settings: address of Kafka, and its topics.
        ledger: takes in every record.
        forged: the forged batches, and the expected outcome of each.
    """

    def __init__(self, settings: Settings, ledger: DeferredLedger, forged: ForgeryReader) -> None:
        self._ledger = ledger
        self._forged = forged
        self._places = {
            TopicPartition(settings.topic(name), number): (name, number)
            for name in INPUT_TOPICS
            for number in range(settings.partitions_of(name))
        }
        kwargs = client_kwargs(settings)
        self._client: Any = AIOKafkaClient(**kwargs, request_timeout_ms=_PATIENCE_MS)
        # Used for the end offsets of partitions only; it reads nothing.
        self._ends: Any = AIOKafkaConsumer(**kwargs, request_timeout_ms=_PATIENCE_MS)
        self._next: dict[LogPlace, int] = dict.fromkeys(self._places.values(), 0)
        self._end: dict[LogPlace, int] = dict.fromkeys(self._places.values(), 0)
        self.records = 0
        """Number of records read; a forged batch counts as many as its header announces."""

    async def __aenter__(self) -> Self:
        await self._ends.start()
        await self._client.bootstrap()
        await self._client.set_topics(sorted({place.topic for place in self._places}))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()
        await self._ends.stop()

    async def follow(self) -> None:
        """Read until cancelled; if a broker is away, wait for it.

        Raises:
            UnreachableError: a position cannot be read any more.
        """
        while True:
            leaders = {self._client.cluster.leader_for_partition(place) for place in self._places}
            brokers = [leader for leader in leaders if leader is not None and leader >= 0]
            answers = await asyncio.gather(*(self._fetch(leader) for leader in brokers))
            if not brokers or not all(answers):
                with suppress(KafkaError, OSError):
                    await self._client.force_metadata_update()
                await asyncio.sleep(_PAUSE_SECONDS)

    def ends(self) -> dict[LogPlace, int]:
        """End offset of each partition according to the broker's last answers; does not ask it."""
        return {place: max(self._end[place], offset) for place, offset in self._next.items()}

    async def whole(self) -> bool:
        """Whether every record that is in the log now has been read."""
        ends = await self._ends.end_offsets(list(self._places))
        return all(self._next[place] >= ends[partition] for partition, place in self._places.items())

    async def _fetch(self, leader: int) -> bool:
        """Fetch once from one broker; False if it did not answer for every partition that it leads."""
        wanted: dict[str, list[tuple[int, int, int]]] = {}
        for partition, place in self._places.items():
            if self._client.cluster.leader_for_partition(partition) == leader:
                entry = (partition.partition, self._next[place], _FETCH_BYTES)
                wanted.setdefault(partition.topic, []).append(entry)
        request = FetchRequest(_WAIT_MS, 1, _FETCH_BYTES, _COMMITTED_ONLY, list(wanted.items()))
        try:
            answer = await self._client.send(leader, request)
        except (KafkaError, OSError):
            return False
        # Refreshed after the answer came, because every forged batch in it was listed before it was sent.
        self._forged.refresh()
        sound = True
        for topic, partitions in answer.topics:
            for number, code, end, *rest in partitions:
                place = self._places[TopicPartition(topic, number)]
                if code == _OUT_OF_RANGE:
                    raise UnreachableError(f"{topic}-{number} cannot be read from {self._next[place]} on")
                if for_code(code) is not NoError:
                    sound = False
                    continue
                self._end[place] = end
                await self._take(place, rest[-1])
        return sound

    async def _take(self, place: LogPlace, data: bytes) -> None:
        batches = MemoryRecords(data)
        while batches.has_next():
            batch = batches.next_batch()
            # A fetch starts with the whole batch that contains the position, which may be read already.
            if batch.next_offset <= self._next[place]:
                continue
            assert batch.base_offset == self._next[place], f"a gap in {place} at {self._next[place]}"
            forged = self._forged[batch.crc]
            if forged is not None and forged.values:
                for value in forged.values:
                    self._ledger.add(*place, value, batch.max_timestamp)
                self.records += len(forged.values)
            elif forged is not None:
                offsets = batch.next_offset - batch.base_offset
                self._ledger.refuse(*place, offsets, forged.count, forged.reason, batch.max_timestamp)
                self.records += forged.count
            # A control batch takes up offsets but holds no record.
            elif batch.is_control_batch:
                self._ledger.refuse(*place, batch.next_offset - batch.base_offset, 0, "", 0)
            else:
                for record in batch:
                    self._ledger.add(*place, record.value, record.timestamp, record.key)
                    self.records += 1
                    if self.records % _BREATH == 0:
                        await asyncio.sleep(0)
            self._next[place] = batch.next_offset
