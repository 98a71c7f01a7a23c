"""How Kafka's clients look for coordinators."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import CoordinatorNotAvailableError

from creator_pulse.stream.transport.batch_consumer import BatchConsumer
from creator_pulse.stream.transport.client import CoordinatorSearch


class Client:
    """A client that knows some brokers, and finds its coordinator at node 7."""

    def __init__(self, *brokers: int) -> None:
        self.cluster = SimpleNamespace(brokers=lambda: set(brokers))

    async def coordinator_lookup(self, kind: int, key: str) -> int:
        """The node."""
        assert (kind, key) == (1, "gift-0")
        return 7


async def test_a_cluster_without_brokers_is_asked_again() -> None:
    """The error is one after which aiokafka looks once more, and not one that ends the worker."""
    client = Client()
    CoordinatorSearch(client)
    with pytest.raises(CoordinatorNotAvailableError):
        await client.coordinator_lookup(1, "gift-0")


async def test_a_cluster_with_a_broker_names_the_coordinator() -> None:
    """The answer is the client's own."""
    client = Client(1)
    CoordinatorSearch(client)
    assert await client.coordinator_lookup(1, "gift-0") == 7


class Electing(Client):
    """One whose coordinator has no leader for some questions."""

    def __init__(self, questions: int) -> None:
        super().__init__(1)
        self.questions = questions

    async def coordinator_lookup(self, kind: int, key: str) -> int:
        """Not yet, or the node."""
        self.questions -= 1
        if self.questions >= 0:
            raise CoordinatorNotAvailableError
        return await super().coordinator_lookup(kind, key)


async def test_a_coordinator_that_is_being_elected_is_asked_for_again() -> None:
    """Nine questions in vain, then one that is not: aiokafka hears of no error, which it would write down."""
    client = Electing(9)
    search = CoordinatorSearch(client, pause=0)
    assert await client.coordinator_lookup(1, "gift-0") == 7
    assert search.rounds == 0


async def test_a_coordinator_that_stays_away_is_told_and_comes_back() -> None:
    """Twenty questions in vain are two rounds; the next one finds it."""
    client = Electing(20)
    search = CoordinatorSearch(client, pause=0)
    for number in (1, 2):
        with pytest.raises(CoordinatorNotAvailableError):
            await client.coordinator_lookup(1, "gift-0")
        assert search.rounds == number
    assert await client.coordinator_lookup(1, "gift-0") == 7
    assert search.rounds == 0


async def test_consumers_ask_again() -> None:
    """A group's member without any broker in its metadata gets the error that it bears."""
    consumer = BatchConsumer(most=1, largest=1, batches=1)
    with pytest.raises(CoordinatorNotAvailableError):
        await consumer._client.coordinator_lookup(0, "pulse")
    await consumer.stop()


async def test_aiokafka_would_fail_otherwise() -> None:
    """Its own client asserts that there is a broker: if it no longer does, this module can go."""
    with pytest.raises(AssertionError, match="bootstrap"):
        await AIOKafkaClient().coordinator_lookup(1, "gift-0")
