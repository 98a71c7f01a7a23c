"""Changelogs on a real Kafka, shaped by its own cleaner, transactions and deletions."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import uuid
from typing import TYPE_CHECKING

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import PolicyViolationError, for_code

from creator_pulse.stream.catalog.registry import CATALOGUE
from creator_pulse.stream.clock import SystemClock
from creator_pulse.stream.errors import ChangelogError
from creator_pulse.stream.events.references import References
from creator_pulse.stream.events.topics import TOPICS
from creator_pulse.stream.ingestion.source_lane import SourceLane
from creator_pulse.stream.lanes.lane import MARKER
from creator_pulse.stream.settings import Settings
from creator_pulse.stream.tables.runner import LaneId, LaneRunner
from creator_pulse.stream.transport.kafka_log import KafkaLog, KafkaProducer
from tests.support.hash_key import HASH_KEY
from tests.support.lane_harness import traffic
from tests.support.stack_fixture import kafka

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from creator_pulse.stream.generator.model import Produced
    from creator_pulse.stream.lanes.lane import Checkpoint, Sample

__all__ = ["kafka"]

pytestmark = pytest.mark.stack

EAGER = {
    "cleanup.policy": "compact",
    "segment.ms": "50",
    "min.cleanable.dirty.ratio": "0.001",
    "min.compaction.lag.ms": "0",
    "delete.retention.ms": "0",
}
"""So that the cleaner finds something to do in every round."""
DEADLINE = 60.0


@functools.cache
def records() -> tuple[Produced, ...]:
    """Some hundred records for one gift partition."""
    return tuple(
        record for record in traffic(3, 10, 2_600) if (record.topic, record.partition) == ("gift", 0)
    )


class QuietLane(SourceLane):
    """A source lane that sends nothing on: its outputs are of no interest here."""

    def checkpoint(self, now_ms: int) -> Checkpoint | None:
        """The changelog entries only."""
        made = super().checkpoint(now_ms)
        return None if made is None else dataclasses.replace(made, outgoing=())


class Bench:
    """One gift lane over topics of its own.

    Args:
        bootstrap: the broker.
        admin: a client of it.
    """

    def __init__(self, bootstrap: str, admin: AIOKafkaAdminClient) -> None:
        name = f"test-{uuid.uuid4().hex}"
        self.settings = Settings(
            kafka=bootstrap, app_id=name, prefix=name, partitions=1, allowed_lateness_ms=60_000
        )
        self.admin = admin
        self.log = KafkaLog(self.settings)
        self.topic = self.settings.topic("gift")
        self.changelog = self.settings.changelog(self.topic)
        self.runner = self.made()

    def made(self) -> LaneRunner:
        """A runner, not yet open."""
        lane_id = LaneId(self.topic, 0, self.changelog, f"{self.settings.app_id}-lane", "gift")
        return LaneRunner(
            lane_id,
            lambda: QuietLane(TOPICS["gift"], 0, self.settings, References(), HASH_KEY, CATALOGUE),
            self.log,
            SystemClock(),
        )

    async def create(self, name: str, config: dict[str, str]) -> None:
        """Create a topic; wait where one of its name is still being deleted."""
        async with asyncio.timeout(DEADLINE):
            code = -1
            while code:
                made = await self.admin.create_topics([NewTopic(name, 1, 1, topic_configs=config)])
                code = made.topic_errors[0][1]
                assert code == 0 or for_code(code).__name__ == "TopicAlreadyExistsError"

    async def write(self, values: Sequence[Produced]) -> None:
        """Write records to the source."""
        producer = AIOKafkaProducer(bootstrap_servers=self.settings.kafka)
        await producer.start()
        try:
            for value in values:
                await producer.send(self.topic, value.value, value.key, 0, timestamp_ms=value.timestamp_ms)
        finally:
            await producer.stop()

    async def open(self) -> None:
        """Let a new owner open the lane."""
        await self.runner.close()
        self.runner = self.made()
        await self.runner.open()

    async def count(self, most: int = 40) -> None:
        """Count what is there, with a commit after each few records."""
        end = (await self.log.bounds(self.topic, 0))[1]
        for start in range(self.runner.position, end, most):
            async for batch in self.log.read(self.topic, 0, start, min(start + most, end)):
                self.runner.apply(batch)
            await self.runner.commit()

    async def delete(self, topic: str, before: int) -> None:
        """Delete records below an offset; -1: all.

        Kafka refuses it while a topic is only compacted, and the broker learns of the other policy
        from the controller a moment after the change was acknowledged: until then the request is
        repeated.
        """
        config = {"cleanup.policy": "delete", "retention.ms": "-1"}
        await self.admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, config)])
        place = TopicPartition(topic, 0)
        async with asyncio.timeout(DEADLINE):
            while True:
                try:
                    await self.admin.delete_records({place: RecordsToDelete(before)})
                except PolicyViolationError:
                    continue
                return

    async def offsets(self) -> list[int]:
        """Offsets of the changelog's records."""
        first, end = await self.log.bounds(self.changelog, 0)
        return [at async for batch in self.log.read(self.changelog, 0, first, end) for at in batch.offsets]

    async def abort(self) -> None:
        """Leave a transaction in the changelog that its next owner aborts."""
        name = f"{self.settings.app_id}-dead"
        dead = await self.log.producer(name)
        assert isinstance(dead, KafkaProducer)
        await dead._producer.begin_transaction()
        batch = dead._producer.create_batch()
        batch.append(timestamp=None, key=MARKER, value=b"never")
        await (await dead._send(batch, (self.changelog, 0)))
        await dead.close()
        await (await self.log.producer(name)).close()

    def shown(self) -> set[Sample]:
        """What the lane shows, but for how long things took and how much it keeps."""
        return {
            sample for sample in self.runner.samples() if not sample.family.endswith(("_seconds", "_entries"))
        }

    def total(self, name: str) -> float:
        """A counter's sum over its labels."""
        return sum(sample.value for sample in self.runner.samples() if sample.family == name)


@pytest.fixture
async def bench(kafka: str) -> AsyncIterator[Bench]:
    """An open lane whose source holds a few hundred records, and whose changelog is empty."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    made = Bench(kafka, admin)
    try:
        await made.create(made.topic, {"retention.ms": "-1"})
        await made.create(made.changelog, EAGER)
        await made.write(records())
        await made.open()
        yield made
    finally:
        await made.runner.close()
        await admin.close()


async def test_an_empty_changelog_begins_at_the_source_start(bench: Bench) -> None:
    """Nothing was ever committed."""
    assert bench.runner.position == 0


async def test_only_aborted_transactions_are_an_empty_changelog(bench: Bench) -> None:
    """Their records are there and their control records, and nothing of it is state."""
    for _ in range(3):
        await bench.abort()
    await bench.open()
    assert bench.runner.position == 0
    assert (await bench.log.bounds(bench.changelog, 0))[1] > 0


async def test_aborted_transactions_at_the_end_are_passed_over(bench: Bench) -> None:
    """The end of the log is a control record behind records that no committed reader may see."""
    await bench.count()
    before = bench.shown()
    await bench.abort()
    await bench.open()
    assert bench.shown() == before


async def test_what_the_cleaner_leaves_restores_the_same(bench: Bench) -> None:
    """Commits go on until Kafka has compacted the log's start away; its first offset stays 0."""
    await bench.count()
    before = bench.shown()
    async with asyncio.timeout(DEADLINE):
        while (await bench.offsets())[0] == 0:
            await bench.runner.commit(prove=True)
    assert (await bench.log.bounds(bench.changelog, 0))[0] == 0
    await bench.open()
    assert bench.shown() == before


async def test_deleted_entries_are_counted_again_from_the_source(bench: Bench) -> None:
    """The changelog's first records are gone; the source holds everything, twice over two restarts."""
    await bench.count()
    before = bench.shown()
    await bench.delete(bench.changelog, 10)
    for _ in range(2):
        await bench.open()
        assert bench.shown() == before


async def test_a_changelog_that_was_emptied_is_refused(bench: Bench) -> None:
    """All records deleted: not a new lane, but one that lost how far it had come."""
    await bench.count()
    await bench.delete(bench.changelog, -1)
    with pytest.raises(ChangelogError, match="begin afresh"):
        await bench.open()


async def test_records_deleted_from_the_source_are_lost(bench: Bench) -> None:
    """Retention passed the lane by 50 records."""
    await bench.count()
    at = bench.runner.position
    await bench.write(records()[:80])
    await bench.delete(bench.topic, at + 50)
    await bench.open()
    assert bench.total("pulse_lost_records_total") == 50
    assert bench.runner.position == at + 50


@pytest.mark.parametrize("count", [20, 600])
async def test_a_source_made_anew_is_counted_from_its_start(bench: Bench, count: int) -> None:
    """Deleted and created again, shorter or longer than before: each record counts on top of the totals."""
    await bench.count()
    before = bench.total("pulse_records_total")
    assert before == len(records())
    await bench.admin.delete_topics([bench.topic])
    await bench.create(bench.topic, {"retention.ms": "-1"})
    other = [record for record in traffic(4, 10, 9_000) if (record.topic, record.partition) == ("gift", 0)]
    await bench.write(other[:count])
    await bench.open()
    await bench.count()
    assert bench.total("pulse_records_total") == before + count
    assert bench.total("pulse_source_resets_total") == 1
