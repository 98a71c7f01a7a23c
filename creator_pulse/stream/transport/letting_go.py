"""Letting go of aiokafka's clients, whatever they were at: nothing stays open, no error is forgotten.

Objects that the library leaves behind are reported by Python later, as ERROR lines of a start in which
nothing was wrong: ``Unclosed AIOKafkaConnection``, ``Future exception was never retrieved``.
"""

from __future__ import annotations

import asyncio
from itertools import chain
from traceback import walk_tb
from typing import TYPE_CHECKING, Any, Protocol

from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaError

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from aiokafka import AIOKafkaProducer


class Client(Protocol):
    """A consumer."""

    async def stop(self) -> None:
        """Close all connections."""
        ...


def take_error(future: asyncio.Future[Any]) -> None:
    """Take a future's error where nobody waits for it, so that it is not reported as forgotten."""
    if future.done() and not future.cancelled():
        future.exception()


async def let_go(client: Client, cause: BaseException | None = None) -> None:
    """Stop a consumer; a cancellation meanwhile has to wait until its connections are closed.

    Args:
        client: one that was started, or whose start has failed.
        cause: what ended its start.
    """
    _close_bootstrap(cause)
    await _to_its_end(client.stop())


async def let_go_producer(
    producer: AIOKafkaProducer, seconds: float, cause: BaseException | None = None
) -> None:
    """Stop a transactional producer, of which nothing is waited for any more.

    Args:
        producer: one that was started, or whose start has failed.
        seconds: how long requests under way may take: without a broker they would last for ever.
        cause: what ended its start.

    Raises:
        TimeoutError: it was cut off after so long.
        KafkaError: its farewell failed.
        OSError: likewise.
    """
    _close_bootstrap(cause)
    try:
        await _to_its_end(_stop_producer(producer, seconds))
    finally:
        _take_errors(producer)


async def _stop_producer(producer: AIOKafkaProducer, seconds: float) -> None:
    try:
        await asyncio.wait_for(producer.stop(), seconds)
    except TimeoutError:
        # Cut off in the middle, it has closed nothing.
        producer._message_accumulator.fail_all(KafkaError("the producer was stopped"))  # noqa: SLF001 - no public way
        sending = producer._sender.sender_task  # noqa: SLF001 - likewise
        if sending is not None:
            sending.cancel()
            await asyncio.wait([sending], timeout=seconds)
        await producer.client.close()
        raise


def _take_errors(producer: AIOKafkaProducer) -> None:
    """Take the errors of a transaction, and of its batches, that failed before anybody waited for the end."""
    batches = producer._message_accumulator  # noqa: SLF001 - aiokafka has no public way
    waiting = [batches._pending_batches, *batches._batches.values()]  # noqa: SLF001 - likewise
    for batch in chain.from_iterable(waiting):
        take_error(batch.future)
        take_error(batch._drain_waiter)  # noqa: SLF001 - likewise
    ending = producer._txn_manager.wait_for_transaction_end()  # noqa: SLF001 - likewise
    if ending is not None:
        take_error(ending)


def _close_bootstrap(cause: BaseException | None) -> None:
    """Close the connection by which a client learns who is in the cluster.

    Where its start is cancelled, that connection stands nowhere but in the frame that was left.
    """
    for frame, _ in walk_tb(None if cause is None else cause.__traceback__):
        connection = frame.f_locals.get("bootstrap_conn")
        if isinstance(connection, AIOKafkaConnection):
            connection.close()


async def _to_its_end(work: Coroutine[object, object, None]) -> None:
    """Wait for something also where this is cancelled meanwhile; the cancellation follows."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        take_error(task)
        raise
