"""What others do on a real Kafka: no worker exits, what can be counted is, and the rest is named."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from aiokafka.errors import InconsistentGroupProtocolError

from creator_pulse.proof.ledger.samples import parse
from creator_pulse.stream.settings import Settings, load, to_environ
from tests.support.produce_stored import produce_stored
from tests.support.pulse_process import pulse, wait_for
from tests.support.records import record
from tests.support.stack_fixture import own_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.stack

DATA = Path(__file__).parents[1] / "data"
PARTITIONS = 2
TOKEN = "a-token-of-these-tests"  # noqa: S105 - of nobody
STALL = 10.0
"""Seconds without progress until a worker that is stuck exits."""
MOST_MEMORY = 700e6
"""Bytes of a worker; one that decompressed the largest batch whole had five times that."""


class Kafka:
    """The run's broker, used as others use it.

    Args:
        settings: of the workers.
    """

    def __init__(self, settings: Settings) -> None:
        self._where = settings.kafka
        self._settings = settings

    async def store(self, topic: str, partition: int, batch: bytes) -> None:
        """Send a stored batch byte for byte."""
        await produce_stored(self._where, topic, partition, batch)

    async def write(self, topic: str, partition: int, *values: bytes) -> None:
        """Send records as any client does."""
        async with AIOKafkaProducer(bootstrap_servers=self._where) as producer:
            for value in values:
                await producer.send_and_wait(topic, value, b"k", partition=partition)

    async def grow(self, topic: str, partitions: int) -> None:
        """Give a topic more partitions."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self._where)
        await admin.start()
        try:
            await admin.create_partitions({topic: NewPartitions(partitions)})
        finally:
            await admin.close()

    async def delete(self, topic: str) -> None:
        """Delete a topic."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self._where)
        await admin.start()
        try:
            await admin.delete_topics([topic])
        finally:
            await admin.close()

    def open_transaction(self, transactional_id: str) -> AIOKafkaProducer:
        """A producer whose transaction nobody has ended yet."""
        return AIOKafkaProducer(
            bootstrap_servers=self._where,
            transactional_id=transactional_id,
            transaction_timeout_ms=300_000,
        )

    def consumer(self, topic: str, group: str) -> AIOKafkaConsumer:
        """Somebody else's consumer."""
        return AIOKafkaConsumer(topic, bootstrap_servers=self._where, group_id=group, client_id="stranger")


class Worker:
    """A worker process with its addresses and its log."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        ready, self._log = folder / "ready", folder / "log"
        argv = [sys.executable, "-m", "creator_pulse", "worker", "--ready", str(ready)]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(argv, env={**os.environ, **to_environ(settings)}, stderr=log)
        wait_for(ready.exists, 60, "the worker")
        _, self.metrics, self.health = ready.read_text(encoding="ascii").split()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(60)

    @property
    def said(self) -> str:
        """Its log so far."""
        return self._log.read_text()

    def ready(self) -> tuple[bool, str]:
        """Whether it is, and why not."""
        try:
            headers = {"Authorization": f"Bearer {TOKEN}"}
            with urlopen(Request(f"http://{self.health}/ready", headers=headers), timeout=5) as answer:
                return True, json.loads(answer.read())["reason"]
        except HTTPError as error:
            with error:
                return False, json.loads(error.read())["reason"]

    def total(self, family: str, **labels: str) -> float:
        """The sum of a family's series with these labels."""
        with urlopen(f"http://{self.metrics}/metrics", timeout=5) as page:
            samples = parse(page.read().decode())
        return sum(
            sample.value
            for sample in samples
            if sample.name == family and labels.items() <= sample.labels.items()
        )

    def outlasts(self, seconds: float) -> None:
        """Look that it goes on for so long."""
        end = time.monotonic() + seconds
        wait_for(lambda: time.monotonic() > end or self.process.poll() is not None, seconds + 5, "the end")
        assert self.process.poll() is None, self.said

    def waits(self, family: str, value: float, seconds: float = 40, **labels: str) -> None:
        """Wait until a sum is this."""
        wait_for(lambda: self.total(family, **labels) == value, seconds, f"{family} {labels} {value}")
        assert self.process.poll() is None, self.said


def settings_on(kafka: str, stall_after: float = STALL) -> Settings:
    """Of workers on a broker, with their topics."""
    made = load(
        {},
        kafka=kafka,
        redis="redis://127.0.0.1:1/0",
        metrics_port=0,
        health_port=0,
        health_token=TOKEN,
        partitions=PARTITIONS,
        stall_after=stall_after,
    )
    done = pulse("topics", environ=to_environ(made))
    assert done.returncode == 0, done.stderr
    return made


def gift(name: str) -> bytes:
    """A gift of one coin, now."""
    return record("gift", "gift_sent", event_id=name, event_time=round(time.time() * 1000), unit_coins=1)


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    """Of the worker that most tests share."""
    with own_stack("kafka") as stack:
        yield settings_on(stack.kafka)


@pytest.fixture(scope="module")
def worker(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """One that has begun to count."""
    with Worker(settings, tmp_path_factory.mktemp("worker")) as running:
        wait_for(lambda: running.ready()[0], 60, "a ready worker")
        yield running


def test_a_good_start_says_nothing_of_errors(worker: Worker) -> None:
    """Not of the worker, nor of a library: who reads ERROR looks for one."""
    assert "ERROR" not in worker.said


async def test_stored_batches_that_others_write_stop_nobody(settings: Settings, worker: Worker) -> None:
    """Gzip and Snappy as Java reads them, wrong inner offsets, 256 MiB in 8 KB, among honest gifts."""
    kafka, topic = Kafka(settings), settings.topic("gift")
    await kafka.write(topic, 0, gift("g0"))
    for name in ("gzip-trailing-bytes", "inner-offset-1000000", "snappy-other-version", "zstd-256MiB"):
        await kafka.store(topic, 0, (DATA / f"batch-{name}.bin").read_bytes())
        await kafka.write(topic, 0, gift(name))
    # Of the four records in the two batches that can be read nobody needs to know what they count as.
    await asyncio.to_thread(worker.waits, "pulse_records_total", 5 + 2 + 2 + 2 + 1, topic="gift")
    reasons = ("unreadable", "too_large")
    totals = [worker.total("pulse_invalid_records_total", topic="gift", reason=reason) for reason in reasons]
    assert totals == [2, 1]
    assert worker.total("process_resident_memory_bytes") < MOST_MEMORY


async def test_an_open_transaction_holds_its_own_partition_only(settings: Settings, worker: Worker) -> None:
    """It is named, the other partition counts, nobody exits, and when it ends its gift is counted."""
    kafka, topic, before = Kafka(settings), settings.topic("gift"), worker.total("pulse_gifts_total")
    async with kafka.open_transaction("outside-upstream") as upstream:
        await upstream.begin_transaction()
        await upstream.send_and_wait(topic, gift("open"), b"k", partition=0)
        await kafka.write(topic, 0, gift("hidden"))
        await kafka.write(topic, 1, gift("elsewhere"))
        await asyncio.to_thread(worker.waits, "pulse_partition_waiting", 1, reason="open_transaction")
        assert worker.total("pulse_gifts_total") == before + 1
        await asyncio.to_thread(worker.outlasts, 1.5 * STALL)
        assert f"{topic}-0 waits at offset" in worker.said
        assert worker.ready()[0]
        await upstream.commit_transaction()
        await asyncio.to_thread(worker.waits, "pulse_gifts_total", before + 3)
        await asyncio.to_thread(worker.waits, "pulse_partition_waiting", 0, reason="open_transaction")


async def test_a_stranger_is_not_let_into_the_group(settings: Settings, worker: Worker) -> None:
    """Kafka refuses somebody else's consumer, and the worker keeps all its partitions."""
    kafka, topic, before = Kafka(settings), settings.topic("gift"), worker.total("pulse_gifts_total")
    stranger = kafka.consumer(topic, settings.app_id)
    try:
        with pytest.raises(InconsistentGroupProtocolError):
            await stranger.start()
    finally:
        await stranger.stop()
    await kafka.write(topic, 0, gift("with"))
    await kafka.write(topic, 1, gift("all"))
    await asyncio.to_thread(worker.waits, "pulse_gifts_total", before + 2)


async def test_a_topic_that_is_made_anew_is_counted_again(settings: Settings, worker: Worker) -> None:
    """While it is gone it is named, and the others go on; then its records count on top of the totals."""
    kafka, topic = Kafka(settings), settings.topic("reward")
    await kafka.write(topic, 0, record("reward", "reward_accrued", event_id="r1"))
    await asyncio.to_thread(worker.waits, "pulse_records_total", 1, topic="reward")
    await kafka.delete(topic)
    await asyncio.to_thread(worker.waits, "pulse_uncounted_partitions", 1, 90, topic="reward")
    await kafka.write(settings.topic("gift"), 0, gift("meanwhile"))
    assert pulse("topics", environ=to_environ(settings)).returncode == 0
    await kafka.write(topic, 0, record("reward", "reward_accrued", event_id="r2"))
    await asyncio.to_thread(worker.waits, "pulse_records_total", 2, 90, topic="reward")
    await asyncio.to_thread(worker.waits, "pulse_uncounted_partitions", 0, 90, topic="reward")
    assert worker.total("pulse_source_resets_total", topic="reward") == 1


async def test_partitions_that_are_added_are_named_and_the_others_go_on(
    settings: Settings, worker: Worker, tmp_path: Path
) -> None:
    """While the worker runs, and by one that is started afterwards."""
    kafka, topic = Kafka(settings), settings.topic("watch")
    before = worker.total("pulse_records_total", topic="watch")
    await kafka.grow(topic, PARTITIONS + 2)
    await asyncio.to_thread(worker.waits, "pulse_uncounted_partitions", 2, 90, topic="watch")
    for number in range(PARTITIONS):
        await kafka.write(topic, number, record("watch", "heartbeat", event_id=f"h{number}"))
    await asyncio.to_thread(worker.waits, "pulse_records_total", before + PARTITIONS, topic="watch")
    assert f"{topic} has not the 2 partitions that the settings say: 2 are counted by nobody" in worker.said
    again = await asyncio.to_thread(Worker, settings, tmp_path)
    with again:
        await asyncio.to_thread(wait_for, lambda: again.ready()[0], 60, "a ready worker")
        await asyncio.to_thread(again.waits, "pulse_uncounted_partitions", 2, topic="watch")


@pytest.fixture
def empty() -> Iterator[Settings]:
    """Of a broker on which nobody has counted."""
    with own_stack("kafka") as stack:
        yield settings_on(stack.kafka)


async def test_a_stranger_who_was_there_first_is_named(empty: Settings, tmp_path: Path) -> None:
    """The worker waits instead of exiting, says who it is, and counts when the stranger has left."""
    settings = empty
    kafka, topic = Kafka(settings), settings.topic("gift")
    stranger = kafka.consumer(topic, settings.app_id)
    await stranger.start()
    try:
        worker = await asyncio.to_thread(Worker, settings, tmp_path)
        with worker:
            said = f"the group {settings.app_id} has members that are no workers: stranger at 127.0.0.1"
            await asyncio.to_thread(wait_for, lambda: worker.ready() == (False, said), 40, said)
            await asyncio.to_thread(worker.outlasts, 3 * STALL)
            assert worker.total("pulse_group_strangers") == 1
            await stranger.stop()
            await kafka.write(topic, 0, gift("after"))
            await asyncio.to_thread(worker.waits, "pulse_gifts_total", 1, 60)
            await asyncio.to_thread(wait_for, lambda: worker.ready()[0], 40, "a ready worker")
    finally:
        await stranger.stop()
