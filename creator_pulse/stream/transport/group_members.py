"""The members of the workers' consumer group."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from creator_pulse.stream.transport.client import client_kwargs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from creator_pulse.stream.settings import Settings

_REQUEST_MS = 20_000


class Member(NamedTuple):
    """A member of a consumer group.

    Attributes:
        client: its client id.
        host: the address from which it is connected, as Kafka sees it.
    """

    client: str
    host: str


class GroupMembers:
    """Asks for the members of the workers' group, and tells strangers from workers.

    Args:
        settings: Kafka's address, and the group.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._admin: AIOKafkaAdminClient | None = None

    async def strangers(self) -> tuple[Member, ...]:
        """Members that are no workers.

        Raises:
            KafkaError: there is no answer.
            OSError: likewise.
        """
        try:
            return strangers(await self._members(), worker_name(self._settings))
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Let go of the connection."""
        admin, self._admin = self._admin, None
        if admin is not None:
            with suppress(KafkaError, OSError):
                await admin.close()

    async def _members(self) -> list[Member]:
        if self._admin is None:
            self._admin = AIOKafkaAdminClient(**client_kwargs(self._settings), request_timeout_ms=_REQUEST_MS)
            await self._admin.start()
        answers = await self._admin.describe_consumer_groups([self._settings.app_id])
        return [
            Member(client, host.removeprefix("/"))
            for answer in answers
            for _, _, _, _, _, members, *_ in answer.groups
            for _, client, host, *_ in members
        ]


def worker_name(settings: Settings) -> str:
    """The client id that every worker has in the group."""
    return f"{settings.app_id}-worker"


def strangers(members: Iterable[Member], worker: str) -> tuple[Member, ...]:
    """Members with another client id than ``worker``, sorted."""
    return tuple(sorted(member for member in members if member.client != worker))


def in_words(members: Iterable[Member]) -> str:
    """Members as text, for example ``rdkafka at 10.0.0.7 (2)``."""
    counted = Counter(members)
    return ", ".join(
        f"{member.client} at {member.host}" + (f" ({times})" if times > 1 else "")
        for member, times in counted.items()
    )
