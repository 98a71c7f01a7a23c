"""A log that a clock poisoned, and reference entries that nobody can read: on a real Kafka, and back.

By hand: 60 gifts of one coin, 30 of them behind a record that is dated 2099; a topic that lacks the limit of
timestamps; seven broken entries before the worker starts and one while it runs.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import InvalidTimestampError

from creator_pulse.proof.ledger.samples import parse
from creator_pulse.stream.clock import SystemClock
from tests.support.pulse_process import pulse, running, wait_for
from tests.support.records import record
from tests.support.reference_cases import BAD, HUGE_NUMBER, NOT_UTF8

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

pytestmark = pytest.mark.stack

FAR = 4_102_444_799_999
"""The last millisecond of 2099."""
HALF = 30
Totals = dict[str, float]


@dataclass
class Story:
    """What was seen on the way.

    Attributes:
        checks: what `pulse topics --check` said before and after the limit was taken away.
        poisoned: totals of the worker that read the poison.
        said: what that worker wrote.
        named: what `pulse void` said of the partition.
        dry: what it and `pulse afresh` said without --yes.
        busy: `pulse afresh --yes` while the worker ran.
        healed: totals after the way back.
        again: totals of the next worker, without beginning afresh.
        reasons: of all dead letters, in order.
    """

    checks: list[subprocess.CompletedProcess[str]] = field(default_factory=list)
    poisoned: Totals = field(default_factory=dict)
    said: str = ""
    named: str = ""
    dry: list[str] = field(default_factory=list)
    busy: subprocess.CompletedProcess[str] | None = None
    healed: Totals = field(default_factory=dict)
    again: Totals = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)


def gift(number: int, time: int) -> bytes:
    """A gift of one coin."""
    return record("gift", "gift_sent", event_id=f"e{number}", event_time=time, ingest_time=time)


async def write(kafka: str, topic: str, *values: tuple[bytes, int]) -> None:
    """Write records with their timestamps, in order."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    try:
        for value, time in values:
            # The broker hears from the controller of a limit that was taken away a moment after it was.
            async with asyncio.timeout(60):
                while True:
                    with suppress(InvalidTimestampError):
                        await producer.send_and_wait(topic, value, key=b"k", partition=0, timestamp_ms=time)
                        break
    finally:
        await producer.stop()


async def unlimit(kafka: str) -> None:
    """Take the limit of timestamps from the gift topic."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        config = {"message.timestamp.after.max.ms": str(2**63 - 1)}
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, "creator.gift", config)])
    finally:
        await admin.close()


async def letters(kafka: str) -> list[str]:
    """The reasons of all dead letters."""
    places = [TopicPartition("pulse.dead-letter", number) for number in range(4)]
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, isolation_level="read_committed")
    await consumer.start()
    reasons: list[str] = []
    try:
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        for place, end in (await consumer.end_offsets(places)).items():
            while await consumer.position(place) < end:
                rows = (await consumer.getmany(place, timeout_ms=500)).get(place, ())
                reasons += [dict(row.headers)["reason"].decode() for row in rows]
    finally:
        await consumer.stop()
    return reasons


class Worker:
    """A worker process, and its page."""

    def __init__(self, process: subprocess.Popen[bytes], ready: Path) -> None:
        self.process = process
        wait_for(ready.exists, 60, "the worker")
        self._page = f"http://{ready.read_text(encoding='ascii').split()[1]}/metrics"

    def totals(self) -> Totals:
        """What is shown of gifts and references: summed, by outcome and reason where there is one."""
        totals: Totals = {}
        with urlopen(self._page, timeout=5) as page:  # noqa: S310 - our own address
            for sample in parse(page.read().decode()):
                if sample.labels.get("topic") in {"gift", "reference"}:
                    more = (sample.labels[name] for name in ("outcome", "reason") if name in sample.labels)
                    name = " ".join((sample.name.removeprefix("pulse_"), *more))
                    totals[name] = totals.get(name, 0) + sample.value
        return totals

    def until(self, name: str, total: float) -> Totals:
        """The totals once one of them is reached."""
        wait_for(lambda: self.totals().get(name, 0) >= total, 60, f"{name} {total}")
        return self.totals()


@contextmanager
def working(folder: Path, environ: Mapping[str, str], name: str) -> Iterator[Worker]:
    """A worker while the block lasts; it must end well."""
    ready = folder / name
    argv = [sys.executable, "-m", "creator_pulse", "worker", "--metrics-port", "0", "--ready", str(ready)]
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(argv, env={**os.environ, **environ}, stderr=log)
    try:
        yield Worker(process, ready)
    finally:
        process.terminate()
        assert process.wait(60) == 0


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The whole way, once."""
    folder = tmp_path_factory.mktemp("poisoned")
    story = Story()
    with running("up", "--only", "kafka") as stack:
        kafka = str(stack.endpoints()["kafka"])
        environ = {
            "PULSE_KAFKA": kafka,
            "PULSE_REDIS": "redis://127.0.0.1:1/0",
            "PULSE_LOG_LEVEL": "warning",
        }
        _play(story, folder, kafka, environ)
    return story


def _play(found: Story, folder: Path, kafka: str, environ: dict[str, str]) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return pulse(*words, environ=environ)

    assert run("topics").returncode == 0
    found.checks.append(run("topics", "--check"))
    asyncio.run(unlimit(kafka))
    found.checks.append(run("topics", "--check"))

    now = SystemClock().now_ms()
    sound = [(gift(number, now), now) for number in range(2 * HALF)]
    asyncio.run(write(kafka, "creator.reference", *((entry, now) for entry in (*BAD, NOT_UTF8, HUGE_NUMBER))))
    asyncio.run(write(kafka, "creator.gift", *sound[:HALF], (gift(-1, FAR), FAR), *sound[HALF:]))
    with working(folder, environ, "first") as worker:
        worker.until("records_total late", HALF)
        asyncio.run(write(kafka, "creator.reference", (b"[1]", now)))
        found.poisoned = worker.until("reference_refused_total not_object", 1)
        found.busy = run("afresh", "--yes")
    found.said = (folder / "first.log").read_text(encoding="utf-8")

    found.named = run("void", "gift", "0").stderr
    words = ("void", "gift", "0", "--from", str(HALF), "--to", str(HALF), "--why", "a clock")
    found.dry = [run(*words).stderr, run("afresh").stderr]
    assert run(*words, "--yes").returncode == 0
    report = run("afresh", "--yes", "--json")
    assert len(json.loads(report.stdout)["deleted"]) == 10 + 1 + 1 + 2
    with working(folder, environ, "second") as worker:
        worker.until("records_total counted", 2 * HALF)
        found.healed = worker.until("reference_refused_total not_object", 1)
    with working(folder, environ, "third") as worker:
        found.again = worker.until("records_total counted", 2 * HALF)
    found.reasons = asyncio.run(letters(kafka))


def test_created_topics_refuse_what_is_dated_ahead(story: Story) -> None:
    """Nothing to warn of after `pulse topics`."""
    assert (story.checks[0].returncode, "warning" in story.checks[0].stderr) == (0, False)


def test_a_topic_without_the_limit_is_named_in_one_line(story: Story) -> None:
    """By `pulse topics --check`, which is content all the same, and by the worker that starts."""
    line = "creator.gift may take records dated more than 120000 ms ahead of Kafka's clock"
    (said,) = [line for line in story.checks[1].stderr.splitlines() if "warning" in line]
    assert (line in said, story.checks[1].returncode) == (True, 0)
    assert story.said.count(line) == 1


def test_one_record_made_all_later_ones_late(story: Story) -> None:
    """The disease: half of the gifts are late, and event time is in 2099."""
    assert story.poisoned["records_total late"] == HALF
    assert story.poisoned["watermark_timestamp_seconds"] > 4e9


def test_broken_entries_stop_nothing_and_are_counted(story: Story) -> None:
    """Seven before the start, one while running: the page is served, each is refused for its reason."""
    refused = {
        name.partition(" ")[2]: value
        for name, value in story.poisoned.items()
        if name.startswith("reference_refused_total") and value
    }
    assert refused == {"out_of_range": 6, "not_json": 1, "not_object": 1}


def test_the_poison_is_named(story: Story) -> None:
    """`pulse void` without a range gives the command that declares it."""
    assert f"pulse void gift 0 --from {HALF} --to {HALF}" in story.named


def test_nothing_happens_without_a_yes(story: Story) -> None:
    """Both commands say so."""
    assert ["nothing is" in said for said in story.dry] == [True, True]


def test_nothing_is_deleted_under_a_running_worker(story: Story) -> None:
    """`pulse afresh` says in one line who is there."""
    assert story.busy is not None
    assert story.busy.returncode == 1
    assert story.busy.stderr.startswith("pulse: the group pulse has 1 members: stop all workers first")
    assert story.busy.stderr.count("\n") == 1


def test_after_the_way_back_every_other_record_counts(story: Story) -> None:
    """Sixty gifts in time with their sixty coins; one void; event time is that of the gifts."""
    names = ("records_total counted", "gift_coins_total", "records_total late", "invalid_records_total void")
    assert [story.healed.get(name, 0) for name in names[::2]] == [2 * HALF, 0]
    assert story.healed["invalid_records_total void"] == story.healed["records_total invalid"] == 1
    assert story.healed["watermark_timestamp_seconds"] < 4e9


def test_the_next_worker_knows_the_same(story: Story) -> None:
    """It goes on from the changelog: no total differs."""
    totals = {name for name in story.healed if "_total" in name}
    assert {name: story.again[name] for name in totals} == {name: story.healed[name] for name in totals}


def test_dead_letters_are_written_once_for_each_beginning(story: Story) -> None:
    """Eight refused entries twice, as everything was counted anew; the poison once, as it was void then."""
    assert {reason: story.reasons.count(reason) for reason in set(story.reasons)} == {
        "out_of_range": 12,
        "not_json": 2,
        "not_object": 2,
        "void": 1,
    }
