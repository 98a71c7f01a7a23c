"""What may go wrong between a worker and its servers, by the seed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from creator_pulse.proof.simulation.story import Story

KAFKA, REDIS = "kafka", "redis"
_SLOW_SECONDS = 4.0
_PATIENCE_SECONDS = 15.0
"""How long a client tries a server that does not answer."""
_POLL_SECONDS = 0.5


class Weather:
    """Latencies, servers that are away, torn replies.

    Args:
        rng: of the run.
        story: where it is told.

    Attributes:
        stormy: while False, nothing goes wrong any more.
    """

    def __init__(self, rng: Random, story: Story) -> None:
        self._rng = rng
        self._story = story
        self._away: set[str] = set()
        self.stormy = True
        self.torn_share = rng.choice((0.0, 0.02, 0.1))
        self.slow_share = rng.choice((0.0, 0.01, 0.08))

    def away(self, server: str, *, away: bool) -> None:
        """Take a server away, or bring it back."""
        (self._away.add if away else self._away.discard)(server)

    def is_away(self, server: str) -> bool:
        """Whether a server does not answer."""
        return server in self._away

    async def travel(self) -> None:
        """Let a message travel one way."""
        slow = self.stormy and self._rng.random() < self.slow_share
        await asyncio.sleep(self._rng.uniform(0.001, _SLOW_SECONDS if slow else 0.02))

    async def reached(self, server: str) -> bool:
        """Wait for a server; False where the client gives up before it is there."""
        patience = self._rng.uniform(0, _PATIENCE_SECONDS) if server in self._away else 0.0
        while server in self._away and patience > 0:
            patience -= _POLL_SECONDS
            await asyncio.sleep(_POLL_SECONDS)
        return server not in self._away

    def tear(self, transactional_id: str) -> str:
        """What becomes of a commit: ``""`` answered, ``lost`` at some point before its end, ``written``."""
        if not self.stormy or self._rng.random() >= self.torn_share:
            return ""
        how = self._rng.choice(("lost", "written"))
        self._story.tell("kafka", f"tears the reply to {transactional_id} ({how})", "torn")
        return how
