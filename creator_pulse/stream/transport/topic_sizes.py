"""Checks whether existing topics accept records as large as lanes write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from creator_pulse.stream.errors import TopicError
from creator_pulse.stream.transport.record_size import LEAST_MESSAGE_BYTES

if TYPE_CHECKING:
    from collections.abc import Collection

    from aiokafka.admin import AIOKafkaAdminClient

SETTING = "max.message.bytes"


async def check_message_bytes(admin: AIOKafkaAdminClient, topics: Collection[str]) -> None:
    """Make sure that the topics that lanes write accept their records; skipped without the right to ask.

    Args:
        admin: a client that is connected already.
        topics: full names of topics that exist.

    Raises:
        TopicError: a topic accepts less.
    """
    if not topics:
        return
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, {SETTING: ""}) for name in sorted(topics)]
    try:
        answers = await admin.describe_configs(resources)
    except KafkaError:
        return  # a broker that does not answer is found out by what is asked next
    for code, _, _, name, entries, *_ in (resource for answer in answers for resource in answer.resources):
        config = {} if code else {entry[0]: entry[1] for entry in entries}
        most = config.get(SETTING)
        if most is not None and int(most) < LEAST_MESSAGE_BYTES:
            raise TopicError(
                f"topic {name} takes at most {most} bytes at once, and up to {LEAST_MESSAGE_BYTES} are "
                f"written to it: set its {SETTING} to {LEAST_MESSAGE_BYTES} or more"
            )
