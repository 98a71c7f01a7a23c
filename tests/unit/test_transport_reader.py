"""A reader of the log that is given up while it connects leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, cast

import pytest
from aiokafka import TopicPartition

from creator_pulse.stream.events.references import References
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.transport.batch import Batch
from creator_pulse.stream.transport.kafka_log import KafkaLog
from creator_pulse.stream.transport.reference_log import Followed

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from creator_pulse.stream.transport.batch_consumer import BatchConsumer


async def enter(settings: Settings) -> None:
    """Follow the reference topic."""
    async with Followed(settings, References()):
        pass


@pytest.mark.parametrize("begin", [lambda to: KafkaLog(to).bounds("t", 0), enter])
@pytest.mark.slow
async def test_a_cancelled_start_closes_the_consumer(
    begin: Callable[[Settings], Coroutine[Any, Any, object]],
) -> None:
    """Cancelled while a broker takes the connection and says nothing: no consumer is left unclosed."""
    connected, gone = asyncio.Event(), asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.set()
        await reader.read()
        writer.close()
        await writer.wait_closed()
        gone.set()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        connecting = asyncio.create_task(begin(Settings(kafka=f"127.0.0.1:{port}")))
        await connected.wait()
        connecting.cancel()
        with suppress(asyncio.CancelledError):
            await connecting
        del connecting
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            gc.collect()
        await asyncio.wait_for(gone.wait(), 5)
    assert [str(entry.message) for entry in seen if "Unclosed AIOKafka" in str(entry.message)] == []


class Reading(Followed):
    """Reads batches that are there, from no broker."""

    def __init__(self, references: References, found: list[Batch]) -> None:
        self._place = TopicPartition("creator.reference", 0)
        self._references = references
        self._found = found
        self._consumer = cast("BatchConsumer", self)

    async def batches(self, place: TopicPartition, timeout_ms: int) -> list[Batch]:
        """The next ones."""
        del place, timeout_ms
        return [self._found.pop(0)]


async def test_entries_without_room_are_said_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    """Two of three, as there is room for one; they are not called refused, and stand in no dead letter."""
    values = [b'{"kind":"fx","id":"X%d","valid_from":0,"usd_micros":1}' % number for number in range(3)]
    batch = Batch.of(range(3), [0] * 3, [b""] * 3, values)
    await Reading(References(most=References().size + 1), [batch])._take()
    assert caplog.messages == [
        "creator.reference: 2 entries are not used: PULSE_MOST_REFERENCES, 57, leaves no room for them"
    ]
