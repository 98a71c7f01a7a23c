"""Each real part of the local stack answers, and a dead one is named."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import uuid
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import redis.asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from creator_pulse.stream.errors import StackError
from creator_pulse.stream.local.addresses import plain_monitoring
from creator_pulse.stream.local.process import until
from creator_pulse.stream.local.stack import PARTS, Stack, StackOptions
from tests.support.stack_fixture import ANY_PORT, kafka, redis_url, running_stack

__all__ = ["kafka", "redis_url"]

pytestmark = pytest.mark.stack

MEGABYTE = 1 << 20
START_AND_WAIT = """
import asyncio, sys
from creator_pulse.stream.local.stack import Stack, StackOptions

async def main():
    options = StackOptions(parts=frozenset({"redis"}), ports={"redis": 0})
    async with Stack(options) as stack:
        print(stack.part("redis").pid, stack.folder, flush=True)
        await stack.watch()

try:
    asyncio.run(main())
except KeyboardInterrupt:
    sys.exit(130)
"""


async def get_json(url: str) -> Any:
    """The JSON body of a GET."""
    async with aiohttp.ClientSession() as session, session.get(url, raise_for_status=True) as response:
        return await response.json()


async def make_topic(bootstrap: str) -> str:
    """A fresh topic of one partition."""
    name = f"test-{uuid.uuid4().hex}"
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 1, 1)])
    finally:
        await admin.close()
    return name


async def send(bootstrap: str, topic: str, value: bytes, **options: Any) -> None:
    """Send one record, in a transaction when ``transactional_id`` is given."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, **options)
    await producer.start()
    try:
        if "transactional_id" in options:
            async with producer.transaction():
                await producer.send_and_wait(topic, value, partition=0)
        else:
            await producer.send_and_wait(topic, value, partition=0)
    finally:
        await producer.stop()


async def read_one(bootstrap: str, topic: str) -> bytes:
    """The first committed record of a topic."""
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", isolation_level="read_committed"
    )
    await consumer.start()
    try:
        async with asyncio.timeout(20):
            return bytes((await consumer.getone()).value)
    finally:
        await consumer.stop()


async def test_kafka_commits_a_transaction(kafka: str) -> None:
    """A record of a committed transaction is read back."""
    topic = await make_topic(kafka)
    await send(kafka, topic, b"paid", transactional_id=f"tx-{topic}")
    assert await read_one(kafka, topic) == b"paid"


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
async def test_kafka_recompresses(kafka: str, codec: str) -> None:
    """The broker's native codecs load: a topic with a codec of its own takes another one."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    topic = f"test-{uuid.uuid4().hex}"
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 1, 1, topic_configs={"compression.type": codec})])
    finally:
        await admin.close()
    await send(kafka, topic, b"gift" * 100)
    assert await read_one(kafka, topic) == b"gift" * 100


async def test_kafka_takes_a_record_of_ten_megabytes(kafka: str) -> None:
    """A huge record gets through to its reader, who has to refuse it."""
    topic = await make_topic(kafka)
    await send(kafka, topic, b"x" * (10 * MEGABYTE), max_request_size=12 * MEGABYTE)
    assert len(await read_one(kafka, topic)) == 10 * MEGABYTE


async def test_redis_keeps_nothing_on_disk(redis_url: str) -> None:
    """Redis answers and saves neither snapshots nor an append-only file."""
    client = redis.asyncio.Redis.from_url(redis_url, decode_responses=True)
    try:
        assert await client.ping()
        settings = await client.config_get("save", "appendonly", "bind")
    finally:
        await client.aclose()
    assert settings == {"save": "", "appendonly": "no", "bind": "127.0.0.1"}


async def test_alertmanager_answers() -> None:
    """Alertmanager serves its status and has joined no cluster."""
    status = await get_json(f"{running_stack('alertmanager').alertmanager}/api/v2/status")
    assert status["cluster"]["status"] == "disabled"


async def test_prometheus_follows_its_targets(tmp_path: Path) -> None:
    """Prometheus knows its Alertmanager, and takes a new target without a reload."""
    options = StackOptions(parts=frozenset({"prometheus", "alertmanager"}), data_dir=tmp_path, ports=ANY_PORT)
    async with Stack(options) as stack:
        url = stack.addresses.prometheus
        own = url.removeprefix("http://")
        stack.prometheus.set_targets("pulse", [own])
        async with asyncio.timeout(30):
            await until(partial(has_targets, url, [own]))
        managers = await get_json(f"{url}/api/v1/alertmanagers")
        assert managers["data"]["activeAlertmanagers"][0]["url"].startswith(stack.addresses.alertmanager)


async def has_targets(prometheus: str, wanted: list[str]) -> bool:
    """Whether these, each ``host:port``, are the active targets."""
    answer = await get_json(f"{prometheus}/api/v1/targets")
    return [target["labels"]["instance"] for target in answer["data"]["activeTargets"]] == wanted


@pytest.mark.parametrize("path", ["/-/reload", "/-/quit", "/api/v1/admin/tsdb/snapshot"])
async def test_nobody_ends_or_empties_prometheus_over_http(path: str) -> None:
    """Neither its life-cycle nor its admin interface is on."""
    url = running_stack("prometheus").prometheus
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{url}{path}") as answer:
            refused = answer.status
        async with session.get(f"{url}/-/ready") as answer:
            assert (refused >= 400, answer.status) == (True, 200)


async def test_what_a_stack_writes_is_its_owners_alone(tmp_path: Path) -> None:
    """Data, logs and configuration: folders 0700, and no file of ours that others may read."""
    data = tmp_path / "data"
    options = StackOptions(parts=frozenset({"prometheus", "redis"}), data_dir=data, ports=ANY_PORT)
    async with Stack(options):
        folders = {path: path.stat().st_mode & 0o777 for path in (data, *data.iterdir()) if path.is_dir()}
        files = [*(data / "logs").iterdir(), *(data / "monitoring").glob("*.yml")]
        rights = {path.stat().st_mode & 0o077 for path in files}
    assert set(folders.values()) == {0o700}
    assert {"logs", "monitoring", "prometheus", "redis"} <= {path.name for path in folders}
    assert (bool(files), rights) == (True, {0})


async def test_killed_part_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    """Who watches the stack learns which part died and what it wrote last; it can be started again."""
    options = StackOptions(parts=frozenset({"redis", "alertmanager"}), data_dir=tmp_path, ports=ANY_PORT)
    async with Stack(options) as stack:
        part = stack.part("redis")
        os.kill(part.pid, signal.SIGKILL)
        with pytest.raises(StackError, match=r"Redis was killed by SIGKILL.*\n(.*\n)*.*Ready to accept"):
            await stack.watch()
        await part.start()
        assert await part.answers()


async def test_part_that_does_not_start_stops_the_others(tmp_path: Path) -> None:
    """A wrong configuration ends the start with the part's own words, and nothing goes on running."""
    options = StackOptions(
        parts=frozenset({"prometheus", "alertmanager", "redis"}),
        data_dir=tmp_path,
        ports=ANY_PORT,
        monitoring=lambda addresses: {**plain_monitoring(addresses), "alertmanager.yml": b"route: {}"},
    )
    stack = Stack(options)
    with pytest.raises(
        StackError, match=r"Alertmanager ended by itself with exit code 1.*\n(.*\n)*.*receiver"
    ):
        await stack.__aenter__()
    assert not any(stack.part(name).running for name in ("prometheus", "alertmanager", "redis"))


async def test_kept_folder_keeps_records_though_ports_change(tmp_path: Path) -> None:
    """A broker that was killed comes back on its old data, on other ports."""
    options = StackOptions(parts=frozenset({"kafka"}), data_dir=tmp_path, ports=ANY_PORT)
    async with Stack(options) as stack:
        topic = await make_topic(stack.addresses.kafka)
        await send(stack.addresses.kafka, topic, b"kept")
        await stack.part("kafka").kill()
    async with Stack(options) as stack:
        assert await read_one(stack.addresses.kafka, topic) == b"kept"


async def test_a_part_starts_once_what_it_waits_for_is_there() -> None:
    """Redis does not answer while it waits, and does when the stack is up."""
    before: list[bool] = []

    async def wait() -> None:
        before.append(await stack.part("redis").answers())

    stack = Stack(StackOptions(parts=frozenset({"redis"}), ports=ANY_PORT, waits={"redis": wait}))
    async with stack:
        assert (before, await stack.part("redis").answers()) == ([False], True)


async def test_one_part_is_ready_while_another_waits() -> None:
    """Redis answers and is told to be ready, while Alertmanager still waits for it."""
    parts = frozenset({"redis", "alertmanager"})

    async def wait() -> None:
        await stack.ready("redis")
        assert await stack.part("redis").answers()
        assert not await stack.part("alertmanager").answers()

    stack = Stack(StackOptions(parts=parts, ports=ANY_PORT, waits={"alertmanager": wait}))
    async with stack:
        assert await stack.part("alertmanager").answers()


async def test_interrupt_ends_the_stack_and_its_folder() -> None:
    """Ctrl-C stops the parts in order, and a temporary folder is removed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", START_AND_WAIT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    pid, folder = (await process.stdout.readline()).decode().split()
    process.send_signal(signal.SIGINT)
    assert await process.wait() == 130
    assert not await asyncio.to_thread(Path(folder).exists)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


def test_running_stack_has_all_parts() -> None:
    """The shared parts answer at four different addresses."""
    addresses = running_stack()
    assert len({getattr(addresses, part) for part in PARTS} - {""}) == 4
