"""The Faust transport (entry point ``pulse``): one batch per partition and fetch, not one message.

Faust's own loop makes two asyncio tasks for every message and sends one changelog record for every
update. Here an event's value is a whole batch; acknowledgements and commits belong to the lanes.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aiokafka.errors import ConsumerStoppedError, NoOffsetForPartitionError, OffsetOutOfRangeError
from faust.topics import Topic
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage, Message

from creator_pulse.stream.transport.batch_consumer import BatchConsumer
from creator_pulse.stream.transport.client import client_kwargs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creator_pulse.stream.transport.batch import Batch

_FETCH_MAX_WAIT_MS = 200
_NO_PLACE_SECONDS = 0.1
_FETCH_BYTES = 4 * 1024 * 1024
_POLLED_BATCHES = 8
_CREATE_TIME = 0


class BatchTopic(Topic):  # type: ignore[misc]
    """A topic whose messages are batches: nothing is left to decode."""

    async def decode(self, message: Message, *, propagate: bool = False) -> Any:
        """Wrap the batch in an event as it is."""
        del propagate
        return self._create_event(None, message.value, None, message)


class ConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]
    """The consumer's thread; remembers when the last successful heartbeat was sent.

    It also says of each batch from where it was read. Only here is that known: whatever another
    thread remembers of its seeks, a fetch may have been before or after them.
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
        super()._create_worker_consumer(transport)  # chooses the assignor
        conf, settings = self.app.conf, self.app.pulse
        return BatchConsumer(
            most=settings.max_batch_records,
            largest=settings.max_batch_bytes,
            batches=_POLLED_BATCHES,
            **client_kwargs(settings),
            client_id=conf.broker_client_id,
            group_id=conf.id,
            partition_assignment_strategy=[self._assignor],
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
        """Seek in the consumer's own thread, between two of its steps.

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
        """Forget the places: what comes before the next seek was read from nobody knows where."""
        self._read_from.clear()
        await super().on_partitions_revoked(revoked)

    async def _fetch_records(self, *args: Any, **kwargs: Any) -> dict[Any, list[Batch]]:
        found = await super()._fetch_records(*args, **kwargs)
        return {tp: [self._placed(tp, batch) for batch in batches] for tp, batches in found.items()}

    def _placed(self, tp: Any, batch: Batch) -> Batch:
        """The batch with its beginning: the last one's end, or where was sought to since."""
        place = TP(tp.topic, tp.partition)
        start = self._read_from.get(place)
        self._read_from[place] = batch.end
        return replace(batch, start=start)

    async def ends(self) -> dict[TP, tuple[int, int]]:
        """Of each assigned partition, the position of the fetch and the end of the log."""
        found: dict[TP, tuple[int, int]] = await self.call_thread(self._ends)
        return found

    async def _ends(self) -> dict[TP, tuple[int, int]]:
        consumer = self._ensure_consumer()
        found = {}
        for tp in consumer.assignment():
            end = consumer.highwater(tp)
            if end is not None:
                found[TP(tp.topic, tp.partition)] = (await consumer.position(tp), end)
        return found


class Consumer(driver.Consumer):  # type: ignore[misc]
    """Hands each batch on as one message."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._delivered: dict[TP, int] = {}
        super().__init__(*args, **kwargs)

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def perform_seek(self) -> None:
        """Open the lanes of the assignment, and go to where each has come."""
        self._delivered.clear()
        for tp, offset in (await self.app.open_lanes()).items():
            await self.seek(tp, offset)

    async def _seek(self, partition: TP, offset: int) -> None:
        await self._thread.seek_here(TP(partition.topic, partition.partition), offset)

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        """Nothing: state and offset commit together, in the lanes' transactions."""
        del topics, start_new_transaction
        return False

    def ack(self, message: Message) -> bool:
        """Nothing to remember."""
        del message
        return True

    async def verify_all_partitions_active(self) -> None:
        """The worker's own watchdog looks at the lanes' progress instead."""

    async def commit_offsets(self, offsets: Mapping[TP, int]) -> None:
        """Commit group offsets, for tools that show lag; recovery never believes them."""
        if offsets:
            await self._thread.commit(offsets)

    async def ends(self) -> dict[TP, tuple[int, int]]:
        """Of each assigned partition, the position of the fetch and the end of the log."""
        found: dict[TP, tuple[int, int]] = await self._thread.ends()
        return found

    def lag(self, tp: TP, counted: int, ends: tuple[int, int]) -> int:
        """Records of a partition that are not counted yet.

        The end of a log written in transactions is a control record, which nothing ever counts: a
        fetch that has reached the end, with all of its batches counted, is no lag.

        Args:
            tp: partition.
            counted: the first offset not counted.
            ends: as ``ends`` gave them.
        """
        fetched, end = ends
        if fetched >= end and counted >= self._delivered.get(tp, 0):
            return 0
        return max(0, end - counted)

    async def _drain_messages(self, fetcher: Any) -> None:
        try:
            while not (self._stopped.is_set() or fetcher._stopped.is_set()):  # noqa: SLF001 - Faust's own loop does
                await self._deliver()
        except (ConsumerStoppedError, asyncio.CancelledError):
            if not self.app.should_stop:
                raise

    async def _deliver(self) -> None:
        try:
            found, _ = await self._wait_next_records(timeout=1.0)
        except OffsetOutOfRangeError:
            # Retention has passed a lane: opening it again counts what was lost.
            await self.app.reopen_lanes()
            return
        except NoOffsetForPartitionError:
            # A partition whose lane is not open yet has no place; opening it gives one.
            await asyncio.sleep(_NO_PLACE_SECONDS)
            return
        messages = [self._message(tp, batch) for tp, batches in (found or {}).items() for batch in batches]
        dropped: dict[TP, int] = {}
        for message in messages:
            if self.flow_active:
                await self.wait_first(self.callback(message), self.suspend_flow.wait())
            if not self.flow_active:
                dropped.setdefault(message.tp, message.value.begin)
        for place, begin in dropped.items():
            # The fetch has moved on, but nobody has counted these.
            await self.seek(place, begin)
        await asyncio.sleep(0)

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


class Transport(driver.Transport):  # type: ignore[misc]
    """Kafka in batches."""

    Consumer = Consumer
