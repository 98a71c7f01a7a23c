"""A real Kafka keeps the same contract as the log in memory."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import InvalidProducerEpoch, ProducerFenced

from creator_pulse.stream.errors import FencedError, UnreachableError
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.transport.kafka_log import KafkaLog, KafkaProducer
from tests.contract.log_contract import Bench, LogContract, StoredContract, TimeContract, TransactionContract
from tests.contract.size_contract import SizeContract
from tests.support.produce_stored import produce_stored
from tests.support.stack_fixture import kafka

if TYPE_CHECKING:
    from creator_pulse.stream.transport.batch import OutRecord
    from creator_pulse.stream.transport.log import LogProducer

__all__ = ["kafka"]

pytestmark = pytest.mark.stack


class SettledLog(KafkaLog):
    """Waits for commit markers.

    Kafka answers a commit once its coordinator has decided; the partitions hear of it a moment later.
    A new owner of the transactional id waits for that, but a reader of the tests is no owner.
    """

    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """The bounds once nothing is open, or after two seconds, where a test keeps it open."""
        place = TopicPartition(topic, partition)
        consumer = AIOKafkaConsumer(bootstrap_servers=self._settings.kafka)
        await consumer.start()
        try:
            for _ in range(40):
                ends = await consumer.end_offsets([place])
                bounds = await super().bounds(topic, partition)
                if bounds[1] == ends[place]:
                    break
        finally:
            await consumer.stop()
        return bounds


class KafkaBench(Bench):
    """Two topics with names of their own on the run's broker."""

    def __init__(self, bootstrap: str) -> None:
        self.name = f"test-{uuid.uuid4().hex}"
        self.topic, self.other = f"{self.name}-one", f"{self.name}-two"
        self.log = SettledLog(Settings(kafka=bootstrap))
        self._bootstrap = bootstrap

    async def leave_open(self, producer: LogProducer, records: list[OutRecord]) -> None:
        """Write and flush, as a process that dies before its commit."""
        assert isinstance(producer, KafkaProducer)
        await producer._producer.begin_transaction()
        for record in records:
            await producer._producer.send_and_wait(record.topic, record.value, record.key, record.partition)

    async def store(self, batch: bytes) -> None:
        """By a request of its own."""
        await produce_stored(self._bootstrap, self.topic, 0, batch)

    async def finish(self, producer: LogProducer) -> None:
        """Commit late, as a process that was paused."""
        assert isinstance(producer, KafkaProducer)
        try:
            await producer._producer.commit_transaction()
        except (ProducerFenced, InvalidProducerEpoch) as error:
            raise FencedError("fenced") from error


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
    """The contract of records."""


class TestKafkaStored(StoredContract):
    """The contract of batches as others store them."""


class TestKafkaTimes(TimeContract):
    """The contract of asking by time."""


class TestKafkaTransactions(TransactionContract):
    """The contract of transactions."""


class TestKafkaSizes(SizeContract):
    """The contract of sizes."""


async def test_a_broker_that_is_not_there_is_named() -> None:
    """No producer, no reader: the error says where it looked."""
    log = KafkaLog(Settings(kafka="127.0.0.1:1"))
    with pytest.raises(UnreachableError, match=r"127\.0\.0\.1:1"):
        await log.producer("test-nobody")
    with pytest.raises(UnreachableError, match=r"127\.0\.0\.1:1"):
        await log.bounds("any", 0)
