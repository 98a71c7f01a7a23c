"""Sends stored record batches byte for byte: a client would build its own."""

from __future__ import annotations

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, NoError, for_code
from aiokafka.protocol.produce import ProduceRequest

_ATTEMPTS = 200
"""A topic that was just made has no leader for a moment."""


async def produce_stored(bootstrap: str, topic: str, partition: int, batch: bytes) -> None:
    """Write a batch with the acknowledgement of all replicas.

    Raises:
        KafkaError: the broker did not take it.
    """
    request = ProduceRequest(
        transactional_id=None, required_acks=-1, timeout=20_000, topics=[(topic, [(partition, batch)])]
    )
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    await client.bootstrap()
    try:
        await client.add_topic(topic)
        error: type[KafkaError] = NoError
        for _ in range(_ATTEMPTS):
            await client.force_metadata_update()
            leader = client.cluster.leader_for_partition(TopicPartition(topic, partition))
            if leader is not None and leader >= 0:
                answer = await client.send(leader, request)
                error = for_code(answer.topics[0][1][0][1])
                if not error.retriable:
                    break
        if error is not NoError:
            raise error
    finally:
        await client.close()
