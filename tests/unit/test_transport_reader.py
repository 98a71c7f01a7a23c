"""A reader of the log that is given up while it connects leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from creator_pulse.stream.events.references import References
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.transport.kafka_log import KafkaLog
from creator_pulse.stream.transport.reference_log import Followed

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any


async def enter(settings: Settings) -> None:
    """Follow the reference topic."""
    async with Followed(settings, References()):
        pass


@pytest.mark.parametrize("begin", [lambda to: KafkaLog(to).bounds("t", 0), enter])
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
        await gone.wait()
    assert [str(one.message) for one in seen if "Unclosed AIOKafka" in str(one.message)] == []
