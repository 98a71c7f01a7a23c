"""Watches for strangers in the workers' group, because nobody counts the partitions that they hold."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol

from aiokafka.errors import KafkaError

from creator_pulse.stream.transport.group_members import in_words

if TYPE_CHECKING:
    from creator_pulse.agents.app import PulseApp
    from creator_pulse.stream.transport.group_members import Member

logger = logging.getLogger(__name__)

_EVERY_SECONDS = 10.0
_ANSWER_SECONDS = 30.0


class Members(Protocol):
    """Tells which members of the group are strangers."""

    async def strangers(self) -> tuple[Member, ...]:
        """Members of the group that are no workers."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class GroupWatch:
    """Looks every ten seconds.

    Args:
        app: its ``stranger_fault`` is set while there are strangers.
        members: asks Kafka who is in the group.
    """

    def __init__(self, app: PulseApp, members: Members) -> None:
        self._app = app
        self._members = members
        self.strangers: tuple[Member, ...] = ()

    async def run(self) -> None:
        """Look until cancelled."""
        try:
            while True:
                await self.look()
                await asyncio.sleep(_EVERY_SECONDS)
        finally:
            await self._members.close()

    async def look(self) -> None:
        """Look once. If Kafka does not answer, nothing changes: the watchdog reports that."""
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                strangers = await self._members.strangers()
        except (KafkaError, OSError, TimeoutError) as error:
            logger.debug("the members of the group are not told: %r", error)
            return
        group = self._app.pulse.app_id
        fault = (
            f"the group {group} has members that are no workers: {in_words(strangers)}" if strangers else ""
        )
        if fault and fault != self._app.stranger_fault:
            logger.error("%s; stop them, or give them another group", fault)
        elif not fault and self._app.stranger_fault:
            logger.warning("the group %s has workers only again", group)
        self.strangers, self._app.stranger_fault = strangers, fault
