"""The consumer group: sessions, generations, and who reads what."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from creator_pulse.proof.simulation.weather import KAFKA

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from creator_pulse.proof.simulation.story import Story
    from creator_pulse.proof.simulation.weather import Weather
    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.tables.lanes import Place

STABLE, REBALANCE, UNKNOWN = "stable", "rebalance", "unknown"
_REJOIN_SECONDS = 30.0
_TICK_SECONDS = 0.25
_STICKS = 0.7
"""The chance that a place stays with its owner."""


class Group:
    """The coordinator: every change stops the group, and all members join anew (eager rebalance).

    Args:
        places: what is shared out.
        weather: says whether the broker that runs it is there.
        session_timeout: seconds after which a silent member is out.
        clock: of the run.
        rng: of the run.
        story: where it is told.
    """

    def __init__(
        self,
        places: Iterable[Place],
        weather: Weather,
        session_timeout: float,
        clock: Clock,
        rng: Random,
        story: Story,
    ) -> None:
        self._weather = weather
        self._places = sorted(places)
        self._session_timeout = session_timeout
        self._clock = clock
        self._rng = rng
        self._story = story
        self._seen: dict[str, float] = {}
        self._joining: dict[str, asyncio.Future[tuple[int, frozenset[Place]]]] = {}
        self._owners: dict[Place, str] = {}
        self._generation = 0
        self._deadline: float | None = None

    @property
    def members(self) -> int:
        """How many the coordinator takes for alive."""
        return len(self._seen)

    async def join(self, name: str) -> tuple[int, frozenset[Place]]:
        """Wait for the next generation.

        Returns:
            its number, and the places of this member.
        """
        self._seen[name] = self._clock.monotonic()
        self._begin(f"{name} joins")
        future: asyncio.Future[tuple[int, frozenset[Place]]] = asyncio.Future()
        self._joining[name] = future
        return await future

    def heartbeat(self, name: str, generation: int) -> str:
        """Hear from a member: ``stable``, ``rebalance`` (join again) or ``unknown`` (it is out)."""
        if name not in self._seen or generation != self._generation:
            return UNKNOWN
        self._seen[name] = self._clock.monotonic()
        return STABLE if self._deadline is None else REBALANCE

    def leave(self, name: str) -> None:
        """A member says goodbye."""
        if self._seen.pop(name, None) is not None:
            self._joining.pop(name, None)
            self._begin(f"{name} leaves")

    def rebalance(self) -> None:
        """Share out again, as an operator or another subscription may cause it."""
        self._begin("places move")

    async def run(self) -> None:
        """Watch sessions and rounds until cancelled."""
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            now = self._clock.monotonic()
            if self._weather.is_away(KAFKA):
                # A broker that comes back gives every member a new session.
                self._seen = dict.fromkeys(self._seen, now)
                continue
            for name, seen in list(self._seen.items()):
                late = now - seen >= self._session_timeout and name not in self._joining
                if late or (
                    self._deadline is not None and now >= self._deadline and name not in self._joining
                ):
                    del self._seen[name]
                    self._begin(f"{name} is out")
            if self._deadline is not None and self._seen and self._seen.keys() == self._joining.keys():
                self._settle()

    def _begin(self, why: str) -> None:
        self._story.tell("group", why)
        if self._deadline is None:
            self._deadline = self._clock.monotonic() + _REJOIN_SECONDS

    def _settle(self) -> None:
        self._deadline = None
        self._generation += 1
        names = sorted(self._joining)
        for place in self._places:
            owner = self._owners.get(place)
            if owner not in self._seen or self._rng.random() >= _STICKS:
                self._owners[place] = self._rng.choice(names)
        shown = "; ".join(
            f"{name}: {' '.join(f'{p.topic}-{p.partition}' for p in self._places if self._owners[p] == name)}"
            for name in names
        )
        self._story.tell("group", f"generation {self._generation}: {shown}", "rebalances")
        waiting, self._joining = self._joining, {}
        for name, future in waiting.items():
            self._seen[name] = self._clock.monotonic()
            mine = frozenset(place for place in self._places if self._owners[place] == name)
            if not future.done():
                future.set_result((self._generation, mine))
