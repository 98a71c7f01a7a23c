"""From where a batch was read, as the consumer's thread says it: a gap must not go unseen."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import numpy as np
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from creator_pulse.stream.transport.batch import Batch
from creator_pulse.stream.transport.faust_batches import ConsumerThread

PLACE = TP("creator.gift", 0)


def batch(*offsets: int) -> Batch:
    """Records without bytes."""
    nothing = np.zeros(len(offsets), dtype=np.int64)
    return Batch(np.array(offsets), nothing, b"", nothing, nothing, nothing, nothing)


class Sought:
    """A consumer that remembers where it was sent."""

    def __init__(self) -> None:
        self.places: list[tuple[TP, int]] = []
        self.assigned = {PLACE}

    def assignment(self) -> set[TP]:
        """The partitions that it may read."""
        return self.assigned

    def seek(self, place: TP, offset: int) -> None:
        """Go there."""
        self.places.append((place, offset))


class Thread(ConsumerThread):
    """The thread on the test's own loop, over a consumer that is not Kafka's."""

    def __init__(self) -> None:
        self._read_from = {}
        self.thread_loop = asyncio.get_running_loop()
        self.sought = Sought()

    def _ensure_consumer(self) -> Any:
        return self.sought

    def begins(self, *offsets: int) -> int:
        """Where the next batch with these records begins."""
        return self._placed(PLACE, batch(*offsets)).begin


async def test_a_batch_begins_where_was_sought_to() -> None:
    """Sought to 40, the first record there is 42: nothing stood between, and the batch begins at 40."""
    thread = Thread()
    await thread.seek_here(PLACE, 40)
    assert thread.sought.places == [(PLACE, 40)]
    assert thread.begins(42, 43) == 40


async def test_a_partition_that_was_taken_away_is_not_sought() -> None:
    """The consumer would refuse; the next assignment seeks anyway."""
    thread = Thread()
    thread.sought.assigned.clear()
    await thread.seek_here(PLACE, 40)
    assert thread.sought.places == []
    assert thread.begins(47) == 47


async def test_a_batch_begins_where_the_last_one_ended() -> None:
    """After 43 comes 47: 44 to 46 were markers or an aborted transaction."""
    thread = Thread()
    await thread.seek_here(PLACE, 40)
    thread.begins(42, 43)
    assert thread.begins(47) == 44


async def test_without_a_seek_a_batch_begins_at_its_first_record() -> None:
    """Nobody knows what stood before it, so a lane that is not there yet passes it over."""
    assert Thread().begins(47) == 47


async def test_a_revocation_forgets_the_places(monkeypatch: Any) -> None:
    """Another worker may have moved on: 44 is not where a batch of the next assignment was read from."""

    async def nothing(_thread: Any, _revoked: set[TP]) -> None:
        """What Faust does is not asked here."""

    monkeypatch.setattr(driver.AIOKafkaConsumerThread, "on_partitions_revoked", nothing)
    thread = Thread()
    await thread.seek_here(PLACE, 40)
    thread.begins(42, 43)
    await thread.on_partitions_revoked({PLACE})
    assert thread.begins(90) == 90


class Polled:
    """A consumer that hands out nothing, and counts the polls that were begun."""

    def __init__(self) -> None:
        self.begun = 0
        self._closed = False
        self._fetcher = self
        self._subscriptions = self

    def begin_poll(self) -> None:
        """A poll begins."""
        self.begun += 1

    def fetch_context(self) -> Any:
        """What Faust enters while it reads."""
        return nullcontext()

    async def fetched_records(self, *_: object, **__: object) -> dict[TP, list[Batch]]:
        """Nothing is there."""
        return {}


async def test_every_poll_of_faust_is_begun() -> None:
    """Three polls are three, each with room of its own for what is handed out."""
    thread, polled = Thread(), Polled()
    thread.consumer = SimpleNamespace(flow_active=True)
    for _ in range(3):
        await thread._fetch_records(polled, set())  # type: ignore[arg-type]
    assert polled.begun == 3
