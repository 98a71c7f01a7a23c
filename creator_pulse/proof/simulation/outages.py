"""Servers that go away and come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creator_pulse.proof.simulation.weather import KAFKA, REDIS
from creator_pulse.stream.tables.views import KEYS

if TYPE_CHECKING:
    from collections.abc import Callable

    from creator_pulse.proof.simulation.run import Run

_AWAY_SECONDS = (1.0, 8.0, 20.0)


class Outages:
    """Takes a server away for a while that chance chooses.

    Args:
        run: whose servers.
        after: does something so many seconds later.
    """

    def __init__(self, run: Run, after: Callable[[float, Callable[[], None]], None]) -> None:
        self._run = run
        self._after = after

    def kafka_goes(self) -> None:
        """No broker answers for a while."""
        self._goes(KAFKA)

    def redis_goes(self) -> None:
        """Redis does not answer for a while."""
        self._goes(REDIS)

    def _goes(self, server: str) -> None:
        run, seconds = self._run, self._run.rng.choice(_AWAY_SECONDS)
        if run.weather.is_away(server):
            return
        run.weather.away(server, away=True)
        run.story.tell(server, f"is away for {seconds} s", f"{server}_away")
        self._after(seconds, lambda: self._comes(server))

    def _comes(self, server: str) -> None:
        self._run.weather.away(server, away=False)
        self._run.story.tell(server, "is back")

    def evict_from_redis(self) -> None:
        """Redis loses some of its keys, or all."""
        lost = self._run.rng.sample(KEYS, self._run.rng.randint(1, len(KEYS)))
        self._run.story.tell(REDIS, f"loses {', '.join(lost)}", "flushes")
        self._run.redis.evict(lost)
