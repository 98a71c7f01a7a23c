"""A real Kafka keeps the same contract as the log in memory."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from stream.errors import ChangelogError, UnreachableError
from stream.settings import Settings
from stream.transport.kafka_log import KafkaLog, KafkaProducer
from tests.contract.log_contract import Bench, LogContract
from tests.support.stack_fixture import kafka

if TYPE_CHECKING:
    from stream.transport.batch import OutRecord
    from stream.transport.log import LogProducer

__all__ = ["kafka"]

pytestmark = pytest.mark.stack


class KafkaBench(Bench):
    """Two topics with names of their own on the run's broker."""

    def __init__(self, bootstrap: str) -> None:
        self.name = f"test-{uuid.uuid4().hex}"
        self.topic, self.other = f"{self.name}-one", f"{self.name}-two"
        self.log = KafkaLog(Settings(kafka=bootstrap))

    async def leave_open(self, producer: LogProducer, records: list[OutRecord]) -> None:
        """Write and flush, as a process that dies before its commit."""
        assert isinstance(producer, KafkaProducer)
        await producer._producer.begin_transaction()
        await asyncio.gather(*[await producer._send(record) for record in records])


@pytest.fixture
async def bench(kafka: str) -> KafkaBench:
    """Fresh topics."""
    made = KafkaBench(kafka)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 2, 1) for name in (made.topic, made.other)])
    finally:
        await admin.close()
    return made


class TestKafkaLog(LogContract):
    """The contract."""


async def test_an_offset_that_is_gone_is_an_error(bench: KafkaBench) -> None:
    """A changelog is read from its first offset, or not at all."""
    producer = await bench.producer()
    await producer.commit([bench.record("a", "1")])
    await producer.close()
    with pytest.raises(ChangelogError, match="offset 7"):
        _ = [batch async for batch in bench.log.read(bench.topic, 0, 7, 9)]


async def test_a_broker_that_is_not_there_is_named() -> None:
    """No producer, no reader: the error says where it looked."""
    log = KafkaLog(Settings(kafka="127.0.0.1:1"))
    with pytest.raises(UnreachableError, match=r"127\.0\.0\.1:1"):
        await log.producer("test-nobody")
    with pytest.raises(UnreachableError, match=r"127\.0\.0\.1:1"):
        await log.bounds("any", 0)
