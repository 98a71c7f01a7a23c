"""Clients of Kafka are let go without a trace, which the guard of all tests looks for."""

from __future__ import annotations

import asyncio
import gc
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import ProducerFenced
from aiokafka.protocol.admin import ApiVersionResponse_v0

from creator_pulse.stream.settings import Settings
from creator_pulse.stream.transport.kafka_log import KafkaLog
from creator_pulse.stream.transport.letting_go import let_go, let_go_producer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

GIFT = TopicPartition("creator.gift", 0)


class Broker:
    """Says which requests it knows, and answers no other one.

    Attributes:
        asked: set once it was asked something else.
        left: set once the other side has closed the connection.
    """

    def __init__(self) -> None:
        self.asked, self.left = asyncio.Event(), asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A connection."""
        await self._request(reader)
        known = ApiVersionResponse_v0(error_code=0, api_versions=[(3, 0, 1), (18, 0, 0)]).encode()
        writer.write((4 + len(known)).to_bytes(4, "big") + (1).to_bytes(4, "big") + known)
        await self._request(reader)
        self.asked.set()
        await reader.read()
        writer.close()
        await writer.wait_closed()
        self.left.set()

    @staticmethod
    async def _request(reader: asyncio.StreamReader) -> None:
        await reader.readexactly(int.from_bytes(await reader.readexactly(4), "big"))


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[Broker, Settings]]:
    """Such a broker, and settings that name it."""
    broker = Broker()
    async with await asyncio.start_server(broker.serve, "127.0.0.1", 0) as server:
        yield broker, Settings(kafka=f"127.0.0.1:{server.sockets[0].getsockname()[1]}")


@pytest.mark.parametrize("ask", [lambda log: log.bounds("creator.gift", 0), lambda log: log.producer("id")])
async def test_a_start_that_is_cancelled_leaves_no_connection(
    ask: Callable[[KafkaLog], Coroutine[Any, Any, object]],
) -> None:
    """While the first broker owes the list of all: by a consumer, and by a producer."""
    async with serving() as (broker, settings):
        asking = asyncio.create_task(ask(KafkaLog(settings)))
        await broker.asked.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await asyncio.wait_for(broker.left.wait(), 5)


async def sending() -> AIOKafkaProducer:
    """A producer in a transaction with a batch that was not sent, as if it had been started."""
    producer = AIOKafkaProducer(bootstrap_servers="127.0.0.1:1", transactional_id="id")
    transactions = producer._txn_manager
    transactions.set_pid_and_epoch(1, 1)
    transactions.begin_transaction()
    batch = producer.create_batch()
    batch.append(timestamp=None, key=b"k", value=b"v")
    producer._message_accumulator._append_batch(batch, GIFT)
    return producer


@pytest.mark.slow
async def test_a_fenced_transaction_forgets_no_error(caplog: pytest.LogCaptureFixture) -> None:
    """That of the transaction's end, of the batch, and of the batch's turn: nobody waits for any of them."""
    producer = await sending()
    producer._message_accumulator.fail_all(ProducerFenced())
    producer._txn_manager.fatal_error(ProducerFenced())
    await let_go_producer(producer, 5)
    del producer
    # A future whose error nobody took says so when it is collected.
    gc.collect()
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []


class Connection:
    """One of the client's."""

    def __init__(self) -> None:
        self.is_closed = False

    def close(self, reason: object = None) -> asyncio.Future[None]:
        """Close it."""
        del reason
        self.is_closed = True
        closed = asyncio.get_running_loop().create_future()
        closed.set_result(None)
        return closed


async def test_a_farewell_that_is_cut_off_still_closes_all() -> None:
    """The batch is never sent: the sender ends, the connection is closed, and no task is left."""
    producer, connection = await sending(), Connection()
    producer._sender._sender_task = asyncio.create_task(asyncio.Event().wait())
    producer.client._conns["one"] = connection
    with pytest.raises(TimeoutError):
        await let_go_producer(producer, 0.01)
    assert connection.is_closed
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_second_cancellation_waits_for_the_first_to_close_all() -> None:
    """Cancelled while it closes, a client is closed all the same."""
    closing, go_on, closed = asyncio.Event(), asyncio.Event(), []

    class Consumer:
        async def stop(self) -> None:
            closing.set()
            await go_on.wait()
            closed.append(True)

    leaving = asyncio.create_task(let_go(Consumer()))
    await closing.wait()
    leaving.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert closed == [True]
