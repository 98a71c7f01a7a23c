"""The Faust transport (entry point ``pulse``): one batch per partition and fetch, not one message.

Faust's own loop makes two asyncio tasks for every message and sends one changelog record for every
update. Here an event's value is a whole batch; acknowledgements and commits belong to the lanes.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aiokafka.errors import (
    ConsumerStoppedError,
    CoordinatorNotAvailableError,
    GroupAuthorizationFailedError,
    InconsistentGroupProtocolError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    TopicAuthorizationFailedError,
)
from faust.topics import Topic
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage, Message

from creator_pulse.stream.transport.assignor import Assignor
from creator_pulse.stream.transport.batch_consumer import BatchConsumer
from creator_pulse.stream.transport.client import client_kwargs
from creator_pulse.stream.transport.consumer_state import ConsumerState, Ends
from creator_pulse.stream.transport.group_members import worker_name
from creator_pulse.stream.transport.names import partitions_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.transport.batch import Batch

logger = logging.getLogger(__name__)

_FETCH_MAX_WAIT_MS = 200
_NO_PLACE_SECONDS = 0.1
_METADATA_MS = 30_000
_WAITING_BYTES = 32 * 1024 * 1024
_FETCH_BYTES = 4 * 1024 * 1024
_POLLED_BATCHES = 8
_CREATE_TIME = 0
# In vain for ten seconds: coordinators that change are no news.
_NAMED_ROUNDS = 2


class BatchTopic(Topic):  # type: ignore[misc]
    """A topic whose messages are batches, so nothing is left to decode."""

    async def decode(self, message: Message, *, propagate: bool = False) -> Any:
        """Wrap the batch in an event, unchanged."""
        del propagate
        return self._create_event(None, message.value, None, message)


class ConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]
    """The consumer's thread; it also records when the last successful heartbeat was sent.

    It sets the start offset of each batch, because only this thread knows it: another thread cannot tell
    whether a fetch took place before or after a seek.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._read_from: dict[TP, int] = {}
        super().__init__(*args, **kwargs)

    async def on_start(self) -> None:
        """Start the consumer and watch its heartbeats."""
        await super().on_start()
        coordinator = self._consumer._coordinator  # noqa: SLF001 - aiokafka has no public way
        beat, app = coordinator._do_heartbeat, self.app  # noqa: SLF001 - likewise

        async def watched() -> bool:
            sent = app.clock_seconds()
            success: bool = await beat()
            if success:
                app.heartbeat_sent_at = sent
            return success

        coordinator._do_heartbeat = watched  # noqa: SLF001 - likewise

    def _create_worker_consumer(self, transport: Any) -> BatchConsumer:
        del transport
        conf, settings = self.app.conf, self.app.pulse
        self._counted = {topic: partitions_of(topic, settings) for topic in self.app.lane_topics}
        return BatchConsumer(
            most=settings.max_batch_records,
            largest=settings.max_batch_bytes,
            batches=_POLLED_BATCHES,
            **client_kwargs(settings),
            client_id=worker_name(settings),
            group_id=conf.id,
            partition_assignment_strategy=[Assignor(self._counted)],
            # How soon a partition that was added, or a topic that is gone, is seen.
            metadata_max_age_ms=_METADATA_MS,
            enable_auto_commit=False,
            # A position outside the log must be seen, not silently moved.
            auto_offset_reset="none",
            isolation_level="read_committed",
            max_poll_interval_ms=300_000,
            max_partition_fetch_bytes=_FETCH_BYTES,
            fetch_max_wait_ms=_FETCH_MAX_WAIT_MS,
            request_timeout_ms=int(conf.broker_request_timeout * 1000),
            session_timeout_ms=int(settings.session_timeout * 1000),
            rebalance_timeout_ms=int(conf.broker_rebalance_timeout * 1000),
            heartbeat_interval_ms=int(settings.heartbeat_interval * 1000),
        )

    async def seek_here(self, partition: TP, offset: int) -> None:
        """Seek in the consumer's own thread, between two steps.

        Faust seeks from the worker's thread. That takes away a fetch which the consumer's thread is
        handing out at this moment (it fails, and with it the worker), or has its place overwritten.
        """

        async def seek() -> None:
            consumer = self._ensure_consumer()
            if partition in consumer.assignment():  # otherwise the next owner seeks
                consumer.seek(partition, offset)
                self._read_from[partition] = offset

        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(seek(), self.thread_loop))

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Forget the read positions: until the next seek it is not known from where a batch was read."""
        self._read_from.clear()
        await super().on_partitions_revoked(revoked)

    async def _fetch_records(
        self, consumer: BatchConsumer, *args: Any, **kwargs: Any
    ) -> dict[Any, list[Batch]]:
        consumer.begin_poll()
        fetched = await super()._fetch_records(consumer, *args, **kwargs)
        return {tp: [self._placed(tp, batch) for batch in batches] for tp, batches in fetched.items()}

    def _placed(self, tp: Any, batch: Batch) -> Batch:
        """The batch with its start: the end of the batch before, or the offset of the last seek."""
        place = TP(tp.topic, tp.partition)
        start = self._read_from.get(place)
        self._read_from[place] = batch.end
        return replace(batch, start=start)

    async def group_error(self) -> KafkaError | None:
        """The error that keeps the worker from joining the group; None if there is none.

        aiokafka retries only after its error was taken, and Faust asks only for partitions that it has.
        """
        error: KafkaError | None = await self.call_thread(self._group_error)
        return error

    async def _group_error(self) -> KafkaError | None:
        consumer = self._ensure_consumer()
        try:
            consumer._coordinator.check_errors()  # noqa: SLF001 - aiokafka has no public way
        except KafkaError as error:
            return error
        return CoordinatorNotAvailableError() if consumer.search.rounds >= _NAMED_ROUNDS else None

    async def look(self) -> ConsumerState:
        """How far the fetch and the log are, and which partitions exist."""
        state: ConsumerState = await self.call_thread(self._look)
        return state

    async def _look(self) -> ConsumerState:
        consumer = self._ensure_consumer()
        cluster = consumer._client.cluster  # noqa: SLF001 - aiokafka has no public way
        ends, leaderless = {}, set()
        for tp in consumer.assignment():
            place, end = TP(tp.topic, tp.partition), consumer.highwater(tp)
            leader = cluster.leader_for_partition(tp)
            if leader is None or leader < 0:
                leaderless.add(place)
            if end is not None:
                stable = consumer.last_stable_offset(tp)
                ends[place] = Ends(await consumer.position(tp), end if stable is None else stable, end)
        there = {topic: cluster.partitions_for_topic(topic) or set() for topic in self._counted}
        uncounted = {
            topic: len(set(range(count)) ^ there[topic])
            for topic, count in self._counted.items()
            if any(there.values())  # else nothing was heard of any topic yet
        }
        return ConsumerState(ends, frozenset(leaderless), uncounted)


class Consumer(driver.Consumer):  # type: ignore[misc]
    """Hands each batch on as one message."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._delivered: dict[TP, int] = {}
        # Bytes of the batches that are not counted yet, by `id` of their message.
        self._waiting: dict[int, int] = {}
        self._room = asyncio.Event()
        self.denied: set[str] = set()
        """Topics that this worker may not read."""
        self._lacks_coordinator = False
        super().__init__(*args, **kwargs)

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def perform_seek(self) -> None:
        """Open the lanes of the assignment, and seek to their positions."""
        self._delivered.clear()
        self.denied.clear()
        self.app.join_fault = ""
        self._waiting.clear()
        self._room.set()
        for tp, offset in (await self.app.open_lanes()).items():
            await self.seek(tp, offset)

    async def _seek(self, partition: TP, offset: int) -> None:
        await self._thread.seek_here(TP(partition.topic, partition.partition), offset)

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        """Do nothing: state and offset are committed together, in the lanes' transactions."""
        del topics, start_new_transaction
        return False

    def ack(self, message: Message) -> bool:
        """Do nothing: a lane's marker acknowledges its records."""
        del message
        return True

    async def verify_all_partitions_active(self) -> None:
        """Do nothing: the worker's own watchdog looks at the lanes' progress instead."""

    async def commit_offsets(self, offsets: Mapping[TP, int]) -> None:
        """Commit group offsets for tools that show lag; recovery never uses them."""
        if offsets:
            await self._thread.commit(offsets)

    async def look(self) -> ConsumerState:
        """How far the fetch and the log are, and which partitions exist."""
        state: ConsumerState = await self._thread.look()
        return state

    async def check_group(self) -> None:
        """Report why the group does not let this worker in, if it does not."""
        error = await self._thread.group_error()
        if error is not None:
            self._leave_out(error)
        elif self._lacks_coordinator:
            logger.warning("the group %s has a coordinator again", self.app.conf.id)
            self.app.join_fault = ""
        self._lacks_coordinator = isinstance(error, CoordinatorNotAvailableError)

    def has_counted(self, tp: TP, counted: int) -> bool:
        """Whether all fetched records of a partition are counted.

        Args:
            tp: topic and number of a partition.
            counted: the first offset not counted.
        """
        return counted >= self._delivered.get(tp, 0)

    def lag(self, tp: TP, counted: int, ends: Ends) -> int:
        """Records of a partition that are not counted yet.

        The last record of a log written in transactions is a control record, which is never counted. So if
        the fetch has reached the end and every batch is counted, the lag is 0.

        Args:
            tp: topic and number of a partition.
            counted: the first offset not counted.
            ends: as ``look`` returned them.
        """
        if ends.position >= ends.end and self.has_counted(tp, counted):
            return 0
        return max(0, ends.end - counted)

    async def _drain_messages(self, fetcher: Any) -> None:
        try:
            while not (self._stopped.is_set() or fetcher._stopped.is_set()):  # noqa: SLF001 - Faust's own loop does
                await self._deliver()
        except (ConsumerStoppedError, asyncio.CancelledError):
            if not self.app.should_stop:
                raise

    async def _deliver(self) -> None:
        try:
            fetched, _ = await self._wait_next_records(timeout=1.0)
        except OffsetOutOfRangeError:
            # Retention has passed a lane: opening it again counts what was lost.
            await self.app.reopen_lanes()
            return
        except NoOffsetForPartitionError:
            # A partition whose lane is not open yet has no place; opening it gives one.
            await asyncio.sleep(_NO_PLACE_SECONDS)
            return
        except TopicAuthorizationFailedError as error:
            self._deny(error)
            await asyncio.sleep(_NO_PLACE_SECONDS)
            return
        except (GroupAuthorizationFailedError, InconsistentGroupProtocolError) as error:
            self._leave_out(error)
            return
        messages = [self._message(tp, batch) for tp, batches in (fetched or {}).items() for batch in batches]
        dropped: dict[TP, int] = {}
        for message in messages:
            await self._wait_for_room()
            if self.flow_active:
                self._waiting[id(message)] = len(message.value.data)
                await self.wait_first(self.callback(message), self.suspend_flow.wait())
            if not self.flow_active:
                dropped.setdefault(message.tp, message.value.begin)
        for place, begin in dropped.items():
            # The fetch has moved on, but nobody has counted these.
            await self.seek(place, begin)
        await asyncio.sleep(0)

    def counted(self, message: Message) -> None:
        """Note that a batch has left the queue, so that its bytes no longer count as waiting."""
        self._waiting.pop(id(message), None)
        self._room.set()

    async def _wait_for_room(self) -> None:
        """Wait while too many bytes wait to be counted: queues are bounded by batches, which may be large."""
        while self.flow_active and sum(self._waiting.values()) >= _WAITING_BYTES:
            self._room.clear()
            await self.wait_first(self._room.wait(), self.suspend_flow.wait())

    def _deny(self, error: KafkaError) -> None:
        """Log once per topic that it may not be read; the others go on."""
        topics = {topic for topic in self.app.lane_topics if topic in str(error)} - self.denied
        for topic in sorted(topics):
            logger.error("%s may not be read (%s): its partitions wait for the right", topic, _name(error))
        self.denied |= topics

    def _leave_out(self, error: KafkaError) -> None:
        """Log once that the group does not let this worker in."""
        group = self.app.conf.id
        why = {
            InconsistentGroupProtocolError: "who is in it is no worker of this version",
            GroupAuthorizationFailedError: "the right to read it is missing",
            CoordinatorNotAvailableError: "no broker coordinates it, as its partition of __consumer_offsets "
            "has no leader",
        }.get(type(error), "Kafka refuses it")
        fault = f"the group {group} cannot be joined: {why} ({_name(error)})"
        if fault != self.app.join_fault:
            logger.error("%s", fault)
        self.app.join_fault = fault

    def _message(self, tp: Any, batch: Batch) -> ConsumerMessage:
        place = TP(tp.topic, tp.partition)
        self._delivered[place] = batch.end
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            batch.end - 1,
            batch.newest / 1000,
            _CREATE_TIME,
            (),
            None,
            batch,
            None,
            0,
            0,
            place,
            generation_id=self.app.consumer_generation_id,
        )


def _name(error: BaseException) -> str:
    return type(error).__name__


class Transport(driver.Transport):  # type: ignore[misc]
    """Kafka's records as batches."""

    Consumer = Consumer
