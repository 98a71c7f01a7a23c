"""One broker of two is gone, and with it the only replica of a partition: the others are counted."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from creator_pulse.stream.local.kafka import Kafka as Broker
from creator_pulse.stream.local.kafka import KafkaOptions
from creator_pulse.stream.local.ports import HOST, choose_ports
from tests.e2e.test_outside_faults import PARTITIONS, Kafka, Worker, gift, settings_on
from tests.support.pulse_process import wait_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from creator_pulse.stream.settings import Settings

pytestmark = pytest.mark.stack

GIFTS = "creator.gift"
LEADS_0, LEADS_1 = 1, 2
"""Ids of the brokers that hold partitions 0 and 1 of the gifts."""
STALL = 20.0
"""Seconds without progress until a worker that is stuck exits; a leader is looked for for five of them."""


@dataclass(frozen=True)
class Cluster:
    """Two brokers, the second of which is stopped.

    Attributes:
        second: holds partition 1 of the gifts, and nothing else.
        settings: of a worker on the first.
    """

    second: Broker
    settings: Settings


async def create_gifts(kafka: str) -> None:
    """Give each broker one partition of the gifts."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        topic = NewTopic(GIFTS, -1, -1, replica_assignments={0: [LEADS_0], 1: [LEADS_1]})
        created = await admin.create_topics([topic])
        assert [error[1] for error in created.topic_errors] == [0]
    finally:
        await admin.close()


async def cluster_of(kafka: str) -> str:
    """The id that a broker must have to join this one."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        return str((await admin.describe_cluster())["cluster_id"])
    finally:
        await admin.close()


def second_of(first: Broker, folder: Path, port: int, cluster: str) -> Broker:
    """A broker without a controller of its own."""
    options = KafkaOptions(
        controller_port=first.options.controller_port,
        config={
            "process.roles": "broker",
            "node.id": str(LEADS_1),
            "listeners": f"PLAINTEXT://{HOST}:{port}",
        },
        format=("--cluster-id", cluster),
    )
    return Broker(folder / "second", folder / "second.log", port, options, print)


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    """All topics but the gifts lie on the first broker, because the second was not there."""
    ports = choose_ports(dict.fromkeys(("first", "second", "controller"), 0))
    options = KafkaOptions(controller_port=ports["controller"])
    first = Broker(tmp_path / "first", tmp_path / "first.log", ports["first"], options, print)
    try:
        await first.start()
        second = second_of(first, tmp_path, ports["second"], await cluster_of(first.address))
        try:
            await second.start()
            await create_gifts(first.address)
            await second.stop()
            yield Cluster(second, await asyncio.to_thread(settings_on, first.address, STALL))
        finally:
            await second.stop()
    finally:
        await first.stop()


async def test_a_partition_that_lost_its_leader_waits_for_it(cluster: Cluster, tmp_path: Path) -> None:
    """At a worker's start and while it runs: it is named, the others count, and then its gifts do."""
    kafka, named = Kafka(cluster.settings), f"{GIFTS}-1 has no leader"
    waiting = f"{GIFTS}-1 waits at offset 1 for a leader"
    folder = tmp_path / "worker"
    folder.mkdir()
    worker = await asyncio.to_thread(Worker, cluster.settings, folder)
    with worker:
        await kafka.write(GIFTS, 0, gift("at-start"))
        await asyncio.to_thread(worker.waits, "pulse_gifts_total", 1, 60)
        assert named in worker.said
        await cluster.second.start()
        await kafka.write(GIFTS, 1, gift("led-again"))
        await asyncio.to_thread(worker.waits, "pulse_gifts_total", 2, 90)
        await asyncio.to_thread(wait_for, lambda: worker.ready()[0], 60, "a ready worker")
        await cluster.second.kill()
        await kafka.write(GIFTS, 0, gift("while-running"))
        await asyncio.to_thread(worker.waits, "pulse_gifts_total", 3, 60)
        await asyncio.to_thread(wait_for, lambda: waiting in worker.said, 60, waiting)
        await asyncio.to_thread(worker.outlasts, 1.5 * STALL)
        await cluster.second.start()
        await kafka.write(GIFTS, PARTITIONS - 1, gift("back"))
        await asyncio.to_thread(worker.waits, "pulse_gifts_total", 4, 90)
