"""The topics that hold the workers' state: if they are deleted together, the inputs are counted anew."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiokafka.errors import UnknownTopicOrPartitionError, for_code

from creator_pulse.stream.errors import BusyError, TopicError, UnreachableError
from creator_pulse.stream.transport.fault import denial, denied
from creator_pulse.stream.transport.names import PANE_TOPIC, WINDOW_TOPIC
from creator_pulse.stream.transport.topics import admin_of, declared

if TYPE_CHECKING:
    from collections.abc import Collection

    from aiokafka.admin import AIOKafkaAdminClient

    from creator_pulse.stream.settings import Settings

_GONE_SECONDS = 30.0
_LOOK_SECONDS = 0.5


def state_topics(settings: Settings) -> tuple[str, ...]:
    """The changelogs, ``pulse.pane`` and ``pulse.window``: none is valid without the others."""
    changelogs = {settings.changelog(topic.name) for topic in declared(settings)}
    names = (topic.name for topic in declared(settings))
    return tuple(name for name in names if name in changelogs or name in {PANE_TOPIC, WINDOW_TOPIC})


async def there(settings: Settings) -> tuple[str, ...]:
    """The state topics that exist.

    Raises:
        BusyError: workers are running.
        UnreachableError: Kafka does not answer.
    """
    async with admin_of(settings) as admin:
        await _check_idle(admin, settings)
        return await _existing(admin, state_topics(settings))


async def delete(settings: Settings, names: Collection[str]) -> None:
    """Delete topics, and return once they are gone.

    Raises:
        BusyError: workers are running.
        TopicError: one could not be deleted.
        UnreachableError: Kafka does not answer.
    """
    async with admin_of(settings) as admin:
        await _check_idle(admin, settings)
        if not names:
            return
        reply = await admin.delete_topics(list(names))
        for name, code in reply.topic_error_codes:
            error = for_code(code)
            if on := denied(error()):
                raise TopicError(denial(settings, on, f"deleting {name}"))
            if code and error is not UnknownTopicOrPartitionError:
                raise TopicError(f"topic {name} could not be deleted: {error.__name__}")
        try:
            async with asyncio.timeout(_GONE_SECONDS):
                left = await _existing(admin, names)
                while left:
                    await asyncio.sleep(_LOOK_SECONDS)
                    left = await _existing(admin, names)
        except TimeoutError as error:
            raise UnreachableError(f"Kafka has not deleted all topics in {_GONE_SECONDS:.0f} s") from error


async def _existing(admin: AIOKafkaAdminClient, names: Collection[str]) -> tuple[str, ...]:
    existing = {
        topic["topic"] for topic in await admin.describe_topics(list(names)) if topic["error_code"] == 0
    }
    return tuple(name for name in names if name in existing)


async def _check_idle(admin: AIOKafkaAdminClient, settings: Settings) -> None:
    """Make sure that no worker is writing.

    Raises:
        BusyError: the consumer group has members.
    """
    for reply in await admin.describe_consumer_groups([settings.app_id]):
        for code, name, _, _, _, members, *_ in reply.groups:
            if code:
                raise BusyError(
                    f"whether workers run cannot be asked ({for_code(code).__name__}): the user needs the "
                    f"right to describe the group {name}"
                )
            if members:
                raise BusyError(
                    f"the group {name} has {len(members)} members: stop all workers first (one that was "
                    f"killed is forgotten after {settings.session_timeout:.0f} s)"
                )
