"""The internals of Faust, mode and aiokafka that the project overrides or reads still have their shape.

A release that moves one of them must fail here, by name, and not as a worker that hangs.
"""

from __future__ import annotations

import inspect
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import aiokafka
import faust
import pytest
from aiokafka import errors
from aiokafka.cluster import ClusterMetadata
from aiokafka.consumer import fetcher, group_coordinator
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.producer.message_accumulator import BatchBuilder
from faust.channels import Channel
from faust.stores import base
from faust.tables.manager import TableManager
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage
from mode.services import Service
from packaging.requirements import Requirement

from creator_pulse.agents.app import PulseApp
from creator_pulse.stream.tables.store import Store
from creator_pulse.stream.tables.store import TableManager as OurTableManager
from creator_pulse.stream.transport import faust_batches as ours
from creator_pulse.stream.transport.partition_batches import PartitionBatches

PROJECT = Path(__file__).parents[2] / "pyproject.toml"
PartitionRecords = PartitionBatches.__mro__[1]
"""aiokafka's own; in its module, our chooser stands in its place."""
OVERRIDDEN = [
    (PulseApp, faust.App, ("_create_directories",)),
    (ours.BatchTopic, faust.Topic, ("decode",)),
    (
        ours.ConsumerThread,
        driver.AIOKafkaConsumerThread,
        ("on_start", "_create_worker_consumer", "on_partitions_revoked"),
    ),
    (
        ours.Consumer,
        driver.Consumer,
        (
            "_new_consumer_thread",
            "perform_seek",
            "_seek",
            "commit",
            "ack",
            "verify_all_partitions_active",
            "_drain_messages",
        ),
    ),
    (
        Store,
        base.Store,
        ("persisted_offset", "on_rebalance", "reset_state", "backup_partition", "restore_backup"),
    ),
    (OurTableManager, TableManager, ("_update_channels",)),
    (PartitionBatches, PartitionRecords, ("_unpack_records",)),
]
CALLED = [
    (Channel._create_event, ["self", "key", "value", "headers", "message"]),
    (driver.Consumer._wait_next_records, ["self", "timeout"]),
    (driver.Consumer.seek, ["self", "partition", "offset"]),
    (driver.AIOKafkaConsumerThread.commit, ["self", "offsets"]),
    (driver.AIOKafkaConsumerThread.call_thread, ["self", "fun", "args", "kwargs"]),
    (
        driver.AIOKafkaConsumerThread._fetch_records,
        ["self", "consumer", "active_partitions", "timeout", "max_records"],
    ),
    (driver.AIOKafkaConsumerThread._ensure_consumer, ["self"]),
    (Service.wait_first, ["self", "coros", "timeout"]),
    (aiokafka.AIOKafkaConsumer.highwater, ["self", "partition"]),
    (aiokafka.AIOKafkaConsumer.last_stable_offset, ["self", "partition"]),
    (ClusterMetadata.leader_for_partition, ["self", "partition"]),
    (ClusterMetadata.partitions_for_topic, ["self", "topic"]),
    (aiokafka.AIOKafkaConsumer.position, ["self", "partition"]),
    (aiokafka.AIOKafkaConsumer.seek, ["self", "partition", "offset"]),
    (aiokafka.AIOKafkaConsumer.assignment, ["self"]),
    (group_coordinator.GroupCoordinator._do_heartbeat, ["self"]),
    (group_coordinator.GroupCoordinator.check_errors, ["self"]),
    (RoundRobinPartitionAssignor.assign, ["cluster", "members"]),
    (RoundRobinPartitionAssignor.metadata, ["topics"]),
    (RoundRobinPartitionAssignor.on_assignment, ["assignment"]),
    (PartitionRecords._consume_aborted_up_to, ["self", "batch_offset"]),
    (
        PartitionRecords.__init__,
        [
            "self",
            "tp",
            "records",
            "aborted_transactions",
            "fetch_offset",
            "key_deserializer",
            "value_deserializer",
            "check_crcs",
            "isolation_level",
        ],
    ),
    (aiokafka.AIOKafkaProducer.create_batch, ["self"]),
    (aiokafka.AIOKafkaProducer.send_batch, ["self", "batch", "topic", "partition"]),
    (aiokafka.AIOKafkaProducer.partitions_for, ["self", "topic"]),
    (BatchBuilder.append, ["self", "timestamp", "key", "value", "headers"]),
]


def parameters(function: Any) -> list[tuple[str, Any]]:
    """Names and kinds, ``self`` included."""
    return [(parameter.name, parameter.kind) for parameter in inspect.signature(function).parameters.values()]


@pytest.mark.parametrize(
    ("mine", "theirs", "name"),
    [(mine, theirs, name) for mine, theirs, names in OVERRIDDEN for name in names],
)
def test_an_overridden_method_is_still_called_so(mine: type, theirs: type, name: str) -> None:
    """It exists above ours, takes the same parameters, and is as asynchronous as ours."""
    assert name in vars(mine)
    above, own = getattr(theirs, name), getattr(mine, name)
    assert [parameter[0] for parameter in parameters(own)] == [
        parameter[0] for parameter in parameters(above)
    ]
    assert inspect.iscoroutinefunction(own) == inspect.iscoroutinefunction(above)


@pytest.mark.parametrize(("function", "names"), CALLED)
def test_a_method_that_is_called_takes_what_it_is_given(function: Any, names: list[str]) -> None:
    """The parameters by name, in order."""
    assert [name for name, _ in parameters(function)] == names


def test_changelog_topics_is_a_property() -> None:
    """Faust reads it as one; overriding anything else would leave it reading changelogs."""
    assert isinstance(TableManager.changelog_topics, property)
    assert isinstance(OurTableManager.changelog_topics, property)


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (driver.AIOKafkaConsumerThread._create_worker_consumer, ("self._assignor",)),
        (driver.AIOKafkaConsumerThread.on_start, ("self._consumer",)),
        (driver.Consumer._drain_messages, ("self._read_offset", "self.callback", "fetcher)._stopped")),
        (driver.Consumer.stop_flow, ("self.flow_active", "self.suspend_flow")),
        (TableManager._update_channels, ("self._tables_finalized", "self._tables_registered")),
        (aiokafka.AIOKafkaConsumer.start, ("self._coordinator",)),
        (aiokafka.AIOKafkaConsumer.partitions_for_topic, ("self._client.cluster",)),
        (group_coordinator.GroupCoordinator._perform_assignment, ("assignor.assign(self._cluster, ",)),
        (group_coordinator.GroupCoordinator._heartbeat_routine, ("self._do_heartbeat()",)),
        (Service.crash, ("self._crashed",)),
        (
            fetcher.Fetcher._proc_fetch_request,
            (
                "records = MemoryRecords(part_data[-1])",
                "partition_records = PartitionRecords(",
                "self._value_deserializer,",
            ),
        ),
        (
            PartitionRecords.__init__,
            ("self._records =", "self._check_crcs =", "self._isolation_level =", "self._aborted_producers ="),
        ),
        (fetcher.FetchResult.getall, ("in self._partition_records", "self._update_position()")),
        (fetcher.FetchResult._update_position, ("self._partition_records.next_fetch_offset",)),
        (driver.AIOKafkaConsumerThread.getmany, ("_consumer._max_poll_records",)),
    ],
)
def test_the_attributes_that_are_read_are_still_there(function: Any, names: tuple[str, ...]) -> None:
    """Named in the source of the method that sets or uses them."""
    source = inspect.getsource(function)
    assert [name for name in names if name not in source] == []


def test_a_transports_consumer_is_a_class_attribute() -> None:
    """``Transport.Consumer`` is how Faust finds ours."""
    assert issubclass(driver.Transport.Consumer, driver.Consumer)
    assert ours.Transport.Consumer is ours.Consumer


def test_a_message_is_made_of_the_fields_that_we_give() -> None:
    """Eleven positional fields, then ``tp``, then the generation by name."""
    names = [name for name, _ in parameters(ConsumerMessage.__init__)][1:]
    assert names[:11] == [
        "topic",
        "partition",
        "offset",
        "timestamp",
        "timestamp_type",
        "headers",
        "key",
        "value",
        "checksum",
        "serialized_key_size",
        "serialized_value_size",
    ]
    assert "tp" in names
    assert "generation_id" in names
    assert TP._fields == ("topic", "partition")


@pytest.mark.parametrize("name", ["ProducerFenced", "InvalidProducerEpoch", "OffsetOutOfRangeError"])
def test_fencing_errors_are_kafka_errors(name: str) -> None:
    """They are told apart from the others before those are caught."""
    assert issubclass(getattr(errors, name), errors.KafkaError)


def test_installed_versions_are_within_the_pins() -> None:
    """What is tested here is what the project asks for."""
    declared = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["dependencies"]
    pins = {requirement.name: requirement.specifier for requirement in map(Requirement, declared)}
    for name in ("aiokafka", "faust-streaming", "msgspec", "polars", "prometheus-client"):
        assert version(name) in pins[name], name
