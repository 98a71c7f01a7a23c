"""The topics: created with the declared partitions and retention, or checked if they exist."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import InvalidConfigurationError, KafkaError, TopicAlreadyExistsError, for_code

from creator_pulse.stream.errors import TopicError
from creator_pulse.stream.settings import INPUT_TOPICS, Settings
from creator_pulse.stream.transport.client import client_kwargs
from creator_pulse.stream.transport.fault import denial, denied, unreachable
from creator_pulse.stream.transport.names import (
    CASE_TOPIC,
    DEAD_TOPIC,
    LATE_TOPIC,
    PANE_TOPIC,
    REFERENCE,
    WINDOW_TOPIC,
)
from creator_pulse.stream.transport.record_size import LEAST_MESSAGE_BYTES
from creator_pulse.stream.transport.rights import Right, check_rights
from creator_pulse.stream.transport.topic_sizes import SETTING, check_message_bytes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager

AHEAD = "message.timestamp.after.max.ms"
"""Topic setting: how far ahead of the broker's clock a record may be dated, ms; since Kafka 3.6."""
_BOTH = (Right.READ, Right.WRITE)
_LARGE = {SETTING: str(LEAST_MESSAGE_BYTES)}
_COMPACTED = {
    **_LARGE,
    "cleanup.policy": "compact",
    # Only closed segments are compacted, and what is not compacted is read by every recovery.
    "segment.bytes": str(4 * 1024 * 1024),
    "segment.ms": str(600_000),
    "min.cleanable.dirty.ratio": "0.1",
}


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it should be.

    Attributes:
        name: full name.
        partitions: number of partitions.
        config: configuration with which it is created.
        used: operations of a worker on it.
    """

    name: str
    partitions: int
    config: Mapping[str, str] = field(default_factory=dict)
    used: tuple[Right, ...] = (Right.READ,)


def declared(settings: Settings, names: Iterable[str] = INPUT_TOPICS) -> tuple[Topic, ...]:
    """Every topic that the application reads or writes.

    Record timestamps of inputs are their producers' own, and retention counts from them. Kafka rejects
    records that are further ahead of its clock than an event may be.

    Args:
        settings: with prefix, numbers of partitions and retention.
        names: of the input topics, without prefix.
    """
    retention = {"retention.ms": str(settings.retention_hours * 3_600_000), "cleanup.policy": "delete"}
    dated = {AHEAD: str(settings.future_limit_ms)}
    inputs = tuple((settings.topic(name), settings.partitions_of(name)) for name in names)
    return (
        *(Topic(name, partitions, retention | dated) for name, partitions in inputs),
        Topic(settings.topic(REFERENCE), 1, {"cleanup.policy": "compact"}),
        Topic(PANE_TOPIC, settings.merge_partitions, retention | _LARGE, _BOTH),
        *(
            Topic(name, settings.merge_partitions, retention | _LARGE, (Right.WRITE,))
            for name in (WINDOW_TOPIC, LATE_TOPIC, DEAD_TOPIC, CASE_TOPIC)
        ),
        *(Topic(settings.changelog(name), partitions, _COMPACTED, _BOTH) for name, partitions in inputs),
        Topic(settings.changelog(settings.topic(REFERENCE)), 1, _COMPACTED, _BOTH),
        Topic(settings.changelog(PANE_TOPIC), settings.merge_partitions, _COMPACTED, _BOTH),
        Topic(settings.installation, 1, _COMPACTED, _BOTH),
    )


async def ensure(settings: Settings, topics: Iterable[Topic], *, grown: bool = False) -> tuple[str, ...]:
    """Create the topics that are missing, and check the others.

    Args:
        settings: with Kafka's servers and how to log in.
        topics: as they should be.
        grown: whether more partitions than declared are accepted: those beyond are not counted.

    Returns:
        the names of the created ones.

    Raises:
        TopicError: a topic has another number of partitions than declared, or accepts smaller records only.
        UnreachableError: Kafka does not answer.
    """
    wanted = tuple(topics)
    async with admin_of(settings) as admin:
        absent = await _check(settings, admin, wanted, grown=grown)
        await create(settings, admin, absent)
    return tuple(topic.name for topic in absent)


async def missing(settings: Settings, topics: Iterable[Topic]) -> tuple[str, ...]:
    """Names of the topics that do not exist; the others are checked.

    Raises:
        TopicError: a topic has another number of partitions than declared, or accepts smaller records only.
        UnreachableError: Kafka does not answer.
    """
    async with admin_of(settings) as admin:
        return tuple(topic.name for topic in await _check(settings, admin, tuple(topics)))


async def permitted(settings: Settings, topics: Iterable[Topic]) -> None:
    """Check a worker's rights, so that a missing one is reported before anything is counted.

    Raises:
        TopicError: one is missing; the text names it.
        UnreachableError: Kafka does not answer.
    """
    async with admin_of(settings) as admin:
        await check_rights(admin, settings, {topic.name: topic.used for topic in topics})


@asynccontextmanager
async def admin_of(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    """A client of Kafka's administration.

    Raises:
        UnreachableError: Kafka does not answer.
    """
    admin = AIOKafkaAdminClient(**client_kwargs(settings), request_timeout_ms=20_000)
    try:
        await admin.start()
        yield admin
    except (KafkaError, OSError) as error:
        raise await unreachable(settings, error, "looking at the topics") from error
    finally:
        await admin.close()


async def create(settings: Settings, admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> None:
    """Create topics; without the limit of timestamps if Kafka, before 3.6, does not know it.

    Args:
        settings: number of replicas, and the user.
        admin: a client that is connected already.
        topics: that do not exist.

    Raises:
        TopicError: one could not be created.
    """
    refused = await _create(settings, admin, topics)
    # Whoever starts a worker is told that they lack it.
    await _create(settings, admin, [_unlimited(topic) for topic in refused])


async def _create(settings: Settings, admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> list[Topic]:
    """Create topics; returns those that Kafka rejects because of their limit of timestamps.

    Raises:
        TopicError: one could not be created.
    """
    if not topics:
        return []
    new_topics = [
        NewTopic(t.name, t.partitions, settings.replication, topic_configs=dict(t.config)) for t in topics
    ]
    reply = await admin.create_topics(new_topics)
    refused = []
    by_name = {topic.name: topic for topic in topics}
    for name, code, text in reply.topic_errors:
        error = for_code(code)
        if on := denied(error()):
            raise TopicError(denial(settings, on, f"creating {name}"))
        if error is InvalidConfigurationError and AHEAD in by_name[name].config:
            refused.append(by_name[name])
        elif code and error is not TopicAlreadyExistsError:
            raise TopicError(f"topic {name} could not be created: {text or error.__name__}")
    return refused


def _unlimited(topic: Topic) -> Topic:
    return replace(topic, config={key: value for key, value in topic.config.items() if key != AHEAD})


async def _check(
    settings: Settings, admin: AIOKafkaAdminClient, topics: tuple[Topic, ...], *, grown: bool = False
) -> list[Topic]:
    """The missing topics.

    Raises:
        TopicError: an existing one has another number of partitions, or accepts smaller records only.
    """
    described = await admin.describe_topics([topic.name for topic in topics])
    existing = {
        description["topic"]: len(description["partitions"])
        for description in described
        if description["error_code"] == 0
    }
    for description in described:
        if on := denied(for_code(description["error_code"])()):
            raise TopicError(denial(settings, on, f"describing {description['topic']}"))
    for topic in topics:
        have = existing.get(topic.name, topic.partitions)
        if have != topic.partitions and not (grown and have > topic.partitions):
            raise TopicError(
                f"topic {topic.name} has {have} partitions, the settings say {topic.partitions}: "
                "set PULSE_PARTITIONS, PULSE_QUIET_PARTITIONS or PULSE_MERGE_PARTITIONS to what exists, "
                "or another PULSE_PREFIX"
            )
    sized = [topic.name for topic in topics if topic.name in existing and SETTING in topic.config]
    await check_message_bytes(admin, sized)
    return [topic for topic in topics if topic.name not in existing]
