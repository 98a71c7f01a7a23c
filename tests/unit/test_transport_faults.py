"""What the consumer makes of faults that are not its own: said once, and the others go on."""

from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace
from typing import Any, Literal

import pytest
from aiokafka.errors import (
    CoordinatorNotAvailableError,
    GroupAuthorizationFailedError,
    InconsistentGroupProtocolError,
    KafkaError,
    TopicAuthorizationFailedError,
)
from faust.types import TP

from creator_pulse.stream.transport.batch import Batch
from creator_pulse.stream.transport.faust_batches import Consumer

TOPICS = frozenset({"creator.gift", "creator.ad"})
LARGE = 20 * 1024 * 1024


class Thread:
    """The consumer's thread, with an error set by hand."""

    def __init__(self) -> None:
        self.error: KafkaError | None = None

    async def group_error(self) -> KafkaError | None:
        """What keeps it out of the group."""
        return self.error


class Room(asyncio.Event):
    """Tells that somebody waits for it."""

    def __init__(self, waits: asyncio.Event) -> None:
        super().__init__()
        self._waits = waits

    async def wait(self) -> Literal[True]:
        """As usual."""
        self._waits.set()
        return await super().wait()


class Bare(Consumer):
    """A consumer without Faust: what it got is handed on, and remembered."""

    flow_active = True

    def __init__(self) -> None:
        self.app = SimpleNamespace(
            lane_topics=TOPICS, join_fault="", conf=SimpleNamespace(id="pulse"), consumer_generation_id=1
        )
        self._thread: Any = Thread()
        self._delivered = {}
        self._waiting = {}
        self.waits = asyncio.Event()
        self._room = Room(self.waits)
        self.denied = set()
        self._lacks_coordinator = False
        self.suspend_flow = asyncio.Event()
        self.found: list[Any] = []
        self.handed_out: list[Any] = []
        self.callback = self._take

    async def _take(self, message: Any) -> None:
        self.handed_out.append(message)

    async def _wait_next_records(self, timeout: float) -> Any:  # noqa: ASYNC109 - the name is Faust's
        del timeout
        answer = self.found.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer, None

    async def wait_first(self, *work: Any, **_: Any) -> Any:
        """The first of some waits, as Faust's own."""
        tasks = [asyncio.ensure_future(coroutine) for coroutine in work]
        done, others = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in others:
            task.cancel()
        return done


@pytest.fixture
async def consumer() -> Bare:
    """One that has got nothing yet."""
    return Bare()


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was said."""
    return [entry.message for entry in caplog.records if entry.levelno >= logging.WARNING]


async def test_a_topic_that_may_not_be_read_is_named_once(
    consumer: Bare, caplog: pytest.LogCaptureFixture
) -> None:
    """Each fetch is refused again; the consumer goes on with the others."""
    consumer.found = [TopicAuthorizationFailedError("creator.gift")] * 3
    for _ in range(3):
        await consumer._deliver()
    assert consumer.denied == {"creator.gift"}
    assert errors(caplog) == [
        "creator.gift may not be read (TopicAuthorizationFailedError): its partitions wait for the right"
    ]


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (InconsistentGroupProtocolError(), "who is in it is no worker of this version"),
        (GroupAuthorizationFailedError("pulse"), "the right to read it is missing"),
        (KafkaError("anything"), "Kafka refuses it"),
        (
            CoordinatorNotAvailableError(),
            "no broker coordinates it, as its partition of __consumer_offsets has no leader",
        ),
    ],
)
async def test_a_group_that_lets_nobody_in_is_named_once(
    consumer: Bare, caplog: pytest.LogCaptureFixture, error: KafkaError, why: str
) -> None:
    """The client tries again by itself, each time with the same error."""
    consumer._thread.error = error
    for _ in range(3):
        await consumer.check_group()
    assert errors(caplog) == [f"the group pulse cannot be joined: {why} ({type(error).__name__})"]
    assert consumer.app.join_fault == errors(caplog)[0]


async def test_a_group_whose_coordinator_is_back_keeps_nobody_out(
    consumer: Bare, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a rebalance too: nothing else would tell that the fault is over."""
    consumer._thread.error = CoordinatorNotAvailableError()
    await consumer.check_group()
    consumer._thread.error = None
    for _ in range(2):
        await consumer.check_group()
    assert consumer.app.join_fault == ""
    assert errors(caplog)[1:] == ["the group pulse has a coordinator again"]


def polled(*sizes: int) -> dict[TP, list[Batch]]:
    """A poll of one record for each size."""
    return {
        TP("creator.gift", 0): [Batch.of([at], [0], [b"k"], [bytes(size)]) for at, size in enumerate(sizes)]
    }


async def test_large_batches_wait_for_room(consumer: Bare) -> None:
    """Of three of 20 MiB two are handed out; the third follows when the first is counted."""
    consumer.found = [polled(LARGE, LARGE, LARGE)]
    delivering = asyncio.create_task(consumer._deliver())
    await consumer.waits.wait()
    assert len(consumer.handed_out) == 2
    consumer.counted(consumer.handed_out[0])
    await delivering
    assert len(consumer.handed_out) == 3


async def test_small_batches_wait_for_nobody(consumer: Bare) -> None:
    """A hundred of them are in the queues at once."""
    consumer.found = [polled(*[1_000] * 100)]
    await consumer._deliver()
    assert len(consumer.handed_out) == 100
