"""How Kafka's clients look for coordinators."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import CoordinatorNotAvailableError

from creator_pulse.stream.transport.batch_consumer import BatchConsumer
from creator_pulse.stream.transport.client import ask_again_without_brokers


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
    ask_again_without_brokers(client)
    with pytest.raises(CoordinatorNotAvailableError):
        await client.coordinator_lookup(1, "gift-0")


async def test_a_cluster_with_a_broker_names_the_coordinator() -> None:
    """The answer is the client's own."""
    client = Client(1)
    ask_again_without_brokers(client)
    assert await client.coordinator_lookup(1, "gift-0") == 7


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
