"""Topics that somebody else has made: whether they take what lanes write."""

from __future__ import annotations

import uuid

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from creator_pulse.stream.errors import TopicError
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.transport.record_size import LEAST_MESSAGE_BYTES
from creator_pulse.stream.transport.topic_sizes import SETTING
from creator_pulse.stream.transport.topics import Topic, ensure
from tests.support.stack_fixture import kafka

__all__ = ["kafka"]

pytestmark = pytest.mark.stack


async def made(bootstrap: str, config: dict[str, str]) -> Topic:
    """A topic with a configuration of its own, as it is declared."""
    topic = Topic(f"test-{uuid.uuid4().hex}", 1, {SETTING: str(LEAST_MESSAGE_BYTES)})
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic.name, 1, 1, topic_configs=config)])
    finally:
        await admin.close()
    return topic


async def test_a_topic_for_smaller_records_is_named_at_start(kafka: str) -> None:
    """One line: which topic, what it takes, what is needed, and the setting."""
    topic = await made(kafka, {SETTING: "100000"})
    with pytest.raises(
        TopicError, match=rf"{topic.name} takes at most 100000 bytes .* set its {SETTING} to 1048588"
    ):
        await ensure(Settings(kafka=kafka), [topic])


@pytest.mark.parametrize("config", [{}, {SETTING: str(LEAST_MESSAGE_BYTES)}, {SETTING: "20000000"}])
async def test_a_topic_as_kafka_makes_it_is_enough(kafka: str, config: dict[str, str]) -> None:
    """The default of Kafka, the least, and more."""
    assert await ensure(Settings(kafka=kafka), [await made(kafka, config)]) == ()


async def test_topics_are_created_for_what_lanes_write(kafka: str) -> None:
    """A created one passes its own check."""
    topic = Topic(f"test-{uuid.uuid4().hex}", 1, {SETTING: str(LEAST_MESSAGE_BYTES)})
    assert await ensure(Settings(kafka=kafka), [topic]) == (topic.name,)
    assert await ensure(Settings(kafka=kafka), [topic]) == ()
