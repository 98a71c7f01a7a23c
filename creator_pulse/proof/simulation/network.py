"""Latencies and failures between a worker and its servers, chosen by the seed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from creator_pulse.proof.simulation.story import Story

KAFKA, REDIS = "kafka", "redis"
_SLOW_SECONDS = 4.0
# How long a client retries a server that does not answer.
_PATIENCE_SECONDS = 15.0
_POLL_SECONDS = 0.5


class Network:
    """Latencies, server outages and torn replies.

    Args:
        rng: chooses latencies and failures.
        story: records torn replies.

    Attributes:
        faulty: whether messages may be slow and replies torn; False at the end of a run.
        torn_share: probability that the reply to a commit is torn.
        slow_share: probability that a message takes up to 4 s instead of 20 ms.
    """

    def __init__(self, rng: Random, story: Story) -> None:
        self._rng = rng
        self._story = story
        self._away: set[str] = set()
        self.faulty = True
        self.torn_share = rng.choice((0.0, 0.02, 0.1))
        self.slow_share = rng.choice((0.0, 0.01, 0.08))

    def away(self, server: str, *, away: bool) -> None:
        """Stop a server, or start it again."""
        (self._away.add if away else self._away.discard)(server)

    def is_away(self, server: str) -> bool:
        """Whether a server is stopped."""
        return server in self._away

    async def travel(self) -> None:
        """Wait for the latency of one message."""
        slow = self.faulty and self._rng.random() < self.slow_share
        await asyncio.sleep(self._rng.uniform(0.001, _SLOW_SECONDS if slow else 0.02))

    async def reached(self, server: str) -> bool:
        """Wait for a server; False if the client gives up before the server is up."""
        patience = self._rng.uniform(0, _PATIENCE_SECONDS) if server in self._away else 0.0
        while server in self._away and patience > 0:
            patience -= _POLL_SECONDS
            await asyncio.sleep(_POLL_SECONDS)
        return server not in self._away

    def tear(self, transactional_id: str) -> str:
        """Choose the fate of a commit: ``""`` answered, ``lost`` before its end, ``written`` unanswered."""
        if not self.faulty or self._rng.random() >= self.torn_share:
            return ""
        how = self._rng.choice(("lost", "written"))
        self._story.tell("kafka", f"tears the reply to {transactional_id} ({how})", "torn")
        return how
