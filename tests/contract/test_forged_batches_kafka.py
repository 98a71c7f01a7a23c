"""The forged batches of the plan ``hostile``: a real broker takes them, so a worker must survive them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import for_code
from aiokafka.protocol.produce import ProduceRequest

from creator_pulse.proof.chaos import forged_batches
from creator_pulse.stream.clock import SystemClock
from tests.support.stack_fixture import kafka

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from creator_pulse.proof.chaos.forged_batches import Forged

__all__ = ["kafka"]

pytestmark = pytest.mark.stack

VALUES = [b'{"a":%d}' % at for at in range(5)]


async def produced(kafka: str, batch: bytes) -> str:
    """The broker's answer to a stored batch, by name."""
    topic = f"forged-{uuid.uuid4().hex}"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()
    client = AIOKafkaClient(bootstrap_servers=kafka)
    await client.bootstrap()
    try:
        await client.set_topics([topic])
        leader = client.cluster.leader_for_partition(TopicPartition(topic, 0))
        request = ProduceRequest(None, -1, 20_000, [(topic, [(0, batch)])])
        answer = await client.send(leader, request)
        return str(for_code(answer.topics[0][1][0][1]).__name__)
    finally:
        await client.close()


@pytest.mark.parametrize("way", forged_batches._WAYS)
async def test_a_broker_takes_it(kafka: str, way: Callable[[Sequence[bytes], int], Forged]) -> None:
    """The broker answers without an error."""
    forged = way(VALUES, SystemClock().now_ms())
    assert await produced(kafka, forged.batch) == "NoError"
