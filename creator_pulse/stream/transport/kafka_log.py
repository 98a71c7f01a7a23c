"""The log on a real Kafka."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import (
    IncompatibleBrokerVersion,
    InvalidProducerEpoch,
    KafkaConnectionError,
    KafkaError,
    OffsetOutOfRangeError,
    ProducerFenced,
    TopicAuthorizationFailedError,
)
from aiokafka.partitioner import DefaultPartitioner

from creator_pulse.stream.errors import (
    ChangelogError,
    DeniedError,
    FencedError,
    LaneError,
    LeaderlessError,
    words,
)
from creator_pulse.stream.transport.batch_consumer import BatchConsumer
from creator_pulse.stream.transport.client import CoordinatorSearch, client_kwargs
from creator_pulse.stream.transport.fault import denial, denied, unreachable
from creator_pulse.stream.transport.letting_go import let_go, let_go_producer, take_error
from creator_pulse.stream.transport.record_size import LEAST_MESSAGE_BYTES, check_sizes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence
    from types import TracebackType

    from aiokafka.client import AIOKafkaClient
    from aiokafka.producer.message_accumulator import BatchBuilder

    from creator_pulse.stream.settings import Settings
    from creator_pulse.stream.transport.batch import Batch, OutRecord

_POLL_MS = 500
_BATCH_BYTES = 512 * 1024
# Of batches that were sent and not answered: one request holds no more, whatever the partitions.
_TRAVELLING_BYTES = 16 * 1024 * 1024
_READ_RECORDS = 50_000
# The least time a commit has; more where a worker may stand still for longer.
_COMMIT_SECONDS = 60.0
_STOP_SECONDS = 5.0
# How long a leader may be missing: while one is elected, nothing is wrong.
_LEADER_SECONDS = 5.0
# Likewise the coordinator of transactions, which reads its log when it is elected.
_COORDINATOR_SECONDS = 20.0
_ASK_SECONDS = 0.5
_NOBODY = -1


class KafkaProducer:
    """A transactional producer; see ``LogProducer``."""

    def __init__(self, producer: AIOKafkaProducer, seconds: float, settings: Settings) -> None:
        self._producer = producer
        self._settings = settings
        self._seconds = seconds

    async def commit(self, records: Sequence[OutRecord]) -> None:
        """Write all records in one transaction, or none.

        Raises:
            FencedError: another producer has taken the transactional id.
            RecordSizeError: a record is larger than any may be; nothing was written.
            LaneError: the outcome is not known.
        """
        check_sizes(records)
        try:
            async with asyncio.timeout(self._seconds):
                await self._transact(records)
        except (ProducerFenced, InvalidProducerEpoch) as error:
            raise FencedError(f"another owner has taken the lane: {error}") from error
        except (KafkaError, OSError, TimeoutError, AssertionError) as error:
            # aiokafka asserts the order of its transaction's states.
            if on := denied(error):
                raise DeniedError(denial(self._settings, on, f"committing: {words(error)}")) from error
            raise LaneError(f"the transaction ended in an unknown way: {error!r}") from error

    async def _transact(self, records: Sequence[OutRecord]) -> None:
        producer = self._producer
        # The partitions of each topic once a commit, not once a record.
        partitions = {
            topic: sorted(await producer.partitions_for(topic))
            for topic in {record.topic for record in records}
        }
        places = [(record.topic, _partition(record, partitions[record.topic])) for record in records]
        # Else each batch would wait for its leader until it expires, half a minute later.
        await _wait_for_leaders(producer.client, set(places))
        await producer.begin_transaction()
        filling: dict[tuple[str, int], BatchBuilder] = {}
        sent: list[asyncio.Future[object]] = []
        travelling = 0
        for record, place in zip(records, places, strict=True):
            batch = filling.get(place)
            if batch is None or not _taken(batch, record):
                if batch is not None:
                    # While one batch travels, the next one is filled.
                    sent.append(await self._send(batch, place))
                    travelling += batch.size()
                    # A bound on what waits in aiokafka's buffers, whatever a commit holds.
                    if travelling > _TRAVELLING_BYTES:
                        await asyncio.gather(*sent)
                        sent, travelling = [], 0
                filling[place] = producer.create_batch()
                # An empty batch takes a record of any size.
                _taken(filling[place], record)
        sent += [await self._send(batch, place) for place, batch in filling.items()]
        await asyncio.gather(*sent)
        await producer.commit_transaction()

    async def close(self) -> None:
        """Let go of connections."""
        try:
            await let_go_producer(self._producer, _STOP_SECONDS)
        except (KafkaError, OSError, TimeoutError) as error:
            # The producer is dropped because of a failure; its own farewell may fail by the same.
            raise LaneError(f"the producer did not stop in order: {error!r}") from error

    async def _send(self, batch: BatchBuilder, place: tuple[str, int]) -> asyncio.Future[object]:
        topic, partition = place
        future: asyncio.Future[object] = await self._producer.send_batch(batch, topic, partition=partition)
        # Where another batch fails first, nobody waits for this one: its error is the same.
        future.add_done_callback(take_error)
        return future


_partitioner = DefaultPartitioner()


def _partition(record: OutRecord, partitions: list[int]) -> int:
    """The partition that a record states, or the one that its key's hash chooses."""
    if record.partition is not None:
        return record.partition
    chosen: int = _partitioner(record.key, partitions, partitions)
    return chosen


def _taken(batch: BatchBuilder, record: OutRecord) -> bool:
    """Whether a record had room in a batch."""
    headers = list(record.headers)
    return batch.append(timestamp=None, key=record.key, value=record.value, headers=headers) is not None


async def _wait_for_leaders(client: AIOKafkaClient, places: Iterable[tuple[str, int]]) -> None:
    """Return when each partition has a leader.

    Raises:
        LeaderlessError: one has none for longer than an election takes; its text names it.
    """
    wanted = [TopicPartition(*place) for place in sorted(places)]
    tries = round(_LEADER_SECONDS / _ASK_SECONDS)
    for number in range(tries):
        leaders = [client.cluster.leader_for_partition(partition) for partition in wanted]
        missing = [
            partition for partition, leader in zip(wanted, leaders, strict=True) if leader in {None, _NOBODY}
        ]
        if not missing:
            return
        if number < tries - 1:
            await client.force_metadata_update()
            await asyncio.sleep(_ASK_SECONDS)
    waiting_for = missing[0]
    raise LeaderlessError(
        f"{waiting_for.topic}-{waiting_for.partition} has no leader: no broker answers for it"
    )


class KafkaLog:
    """Kafka by the settings' address; see ``Log``.

    Args:
        settings: with Kafka's servers, user and certificates.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def producer(self, transactional_id: str) -> KafkaProducer:
        """Take a transactional id.

        Raises:
            UnreachableError: Kafka does not answer.
            LeaderlessError: no broker coordinates its transactions.
        """
        # A window of millions of keys closes in one transaction, beside those of other lanes.
        seconds = max(_COMMIT_SECONDS, self._settings.stall_after)
        producer = AIOKafkaProducer(
            **client_kwargs(self._settings),
            transactional_id=transactional_id,
            acks="all",
            compression_type="zstd",
            max_batch_size=_BATCH_BYTES,
            max_request_size=LEAST_MESSAGE_BYTES,
            transaction_timeout_ms=round(seconds * 1000),
            request_timeout_ms=30_000,
        )
        CoordinatorSearch(producer.client)
        try:
            async with asyncio.timeout(_COORDINATOR_SECONDS):
                await producer.start()
        except BaseException as error:
            with suppress(KafkaError, OSError, TimeoutError):
                await let_go_producer(producer, _STOP_SECONDS, error)
            if isinstance(error, TimeoutError):
                raise LeaderlessError(
                    f"nobody coordinates the transactional id {transactional_id}: has its partition of "
                    "__transaction_state a leader?"
                ) from error
            if not isinstance(error, (KafkaError, OSError)):
                raise
            doing = f"taking the transactional id {transactional_id}"
            raise await unreachable(self._settings, error, doing) from error
        return KafkaProducer(producer, seconds, self._settings)

    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """The first offset that can be read, and the one after the last committed record."""
        place = TopicPartition(topic, partition)
        async with self._consumer(place) as consumer:
            first = await consumer.beginning_offsets([place])
            last = await consumer.end_offsets([place])
        return first[place], last[place]

    async def first_since(self, topic: str, partition: int, time_ms: int) -> int:
        """From where to read to begin with the first record at or after a time, else the end."""
        place = TopicPartition(topic, partition)
        async with self._consumer(place) as consumer:
            hit = (await consumer.offsets_for_times({place: time_ms}))[place]
            end: int = (await consumer.end_offsets([place]))[place]
        return end if hit is None else min(hit.offset, end)

    async def undecided(self, topic: str, partition: int) -> bool:
        """Whether records stand behind the last committed one, in a transaction that has no end there."""
        place = TopicPartition(topic, partition)
        async with self._consumer(place) as consumer:
            stable = await consumer.end_offsets([place])
        async with _Reader(self._settings, place, isolation_level="read_uncommitted") as consumer:
            written = await consumer.end_offsets([place])
        return bool(stable[place] < written[place])

    async def read(self, topic: str, partition: int, start: int, end: int) -> AsyncIterator[Batch]:
        """Committed records from ``start`` until the position reaches ``end``.

        Raises:
            ChangelogError: ``start`` can no longer be read.
        """
        if start >= end:
            return
        place = TopicPartition(topic, partition)
        async with self._consumer(place) as consumer:
            consumer.assign([place])
            consumer.seek(place, start)
            while (position := await consumer.position(place)) < end:
                try:
                    batches = await consumer.batches(place, _POLL_MS)
                except OffsetOutOfRangeError as error:
                    raise ChangelogError(
                        f"{topic}-{partition} lost its offset {start} to retention"
                    ) from error
                for batch in batches:
                    wanted = batch.before(end)
                    if wanted is not None:
                        yield replace(wanted, start=position)

    def _consumer(self, place: TopicPartition) -> _Reader:
        return _Reader(self._settings, place)


class _Reader:
    """A consumer without a group, open for the length of a ``with`` block, of a partition with a leader."""

    def __init__(
        self, settings: Settings, place: TopicPartition, isolation_level: str = "read_committed"
    ) -> None:
        self._settings = settings
        self._place = place
        self._topic = place.topic
        self._consumer = BatchConsumer(
            most=_READ_RECORDS,
            largest=settings.max_batch_bytes,
            batches=1,
            **client_kwargs(settings),
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level=isolation_level,
            max_partition_fetch_bytes=8 * 1024 * 1024,
            fetch_max_bytes=64 * 1024 * 1024,
            fetch_max_wait_ms=100,
        )

    async def __aenter__(self) -> BatchConsumer:
        try:
            await self._consumer.start()
            # Without the right to it, a consumer asks for its leader until time is up.
            client = self._consumer._client  # noqa: SLF001 - aiokafka has no public way
            await client.add_topic(self._topic)
            if self._topic in client.cluster.unauthorized_topics:
                raise TopicAuthorizationFailedError  # noqa: TRY301 - told below, as where it is raised later
            await _wait_for_leaders(client, [self._place])
        except BaseException as error:
            # Also where a rebalance cancels the opening of a lane.
            await let_go(self._consumer, error)
            if isinstance(
                error,
                (KafkaConnectionError, IncompatibleBrokerVersion, OSError, TopicAuthorizationFailedError),
            ):
                raise await unreachable(self._settings, error, f"reading {self._topic}") from error
            raise
        return self._consumer

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await let_go(self._consumer)
        if isinstance(error, KafkaError):
            raise await unreachable(self._settings, error, f"reading {self._topic}") from error
