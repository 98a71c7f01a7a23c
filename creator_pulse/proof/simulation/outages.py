"""Servers that go away and come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.proof.simulation.network import KAFKA, REDIS
from creator_pulse.stream.tables.views import KEYS

if TYPE_CHECKING:
    from collections.abc import Callable

    from creator_pulse.proof.simulation.context import RunContext

_AWAY_SECONDS = (1.0, 8.0, 20.0)


class Outages:
    """Stops a server for a random time.

    Args:
        run: the run whose servers are stopped.
        after: calls a function after a number of seconds of virtual time.
    """

    def __init__(self, run: RunContext, after: Callable[[float, Callable[[], None]], None]) -> None:
        self._run = run
        self._after = after

    def kafka_goes(self) -> None:
        """Let no broker answer for 1, 8 or 20 s."""
        self._goes(KAFKA)

    def redis_goes(self) -> None:
        """Let Redis not answer for 1, 8 or 20 s."""
        self._goes(REDIS)

    def _goes(self, server: str) -> None:
        run, seconds = self._run, self._run.rng.choice(_AWAY_SECONDS)
        if run.network.is_away(server):
            return
        run.network.away(server, away=True)
        run.story.tell(server, f"is away for {seconds} s", f"{server}_away")
        self._after(seconds, lambda: self._comes(server))

    def _comes(self, server: str) -> None:
        self._run.network.away(server, away=False)
        self._run.story.tell(server, "is back")

    def evict_from_redis(self) -> None:
        """Delete some or all keys of Redis."""
        lost = self._run.rng.sample(KEYS, self._run.rng.randint(1, len(KEYS)))
        self._run.story.tell(REDIS, f"loses {', '.join(lost)}", "flushes")
        self._run.redis.evict(lost)
