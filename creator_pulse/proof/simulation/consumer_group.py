"""The consumer group: sessions, generations, and the assignment of partitions."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from creator_pulse.proof.simulation.network import KAFKA

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from creator_pulse.proof.simulation.network import Network
    from creator_pulse.proof.simulation.story import Story
    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.tables.partition_lanes import Place

STABLE, REBALANCE, UNKNOWN = "stable", "rebalance", "unknown"
_REJOIN_SECONDS = 30.0
_TICK_SECONDS = 0.25
# Probability that a partition stays with its owner in a rebalance.
_STICKS = 0.7


class ConsumerGroup:
    """The coordinator: every change stops the group, and all members join again (eager rebalance).

    Args:
        places: the partitions to assign.
        network: says whether the broker that runs the coordinator is up.
        session_timeout: seconds after which a silent member is removed.
        clock: virtual time of the run.
        rng: chooses the assignment.
        story: records every change of the group.
    """

    def __init__(
        self,
        places: Iterable[Place],
        network: Network,
        session_timeout: float,
        clock: Clock,
        rng: Random,
        story: Story,
    ) -> None:
        self._network = network
        self._places = sorted(places)
        self._session_timeout = session_timeout
        self._clock = clock
        self._rng = rng
        self._story = story
        self._last_heard: dict[str, float] = {}
        self._joining: dict[str, asyncio.Future[tuple[int, frozenset[Place]]]] = {}
        self._owners: dict[Place, str] = {}
        self._generation = 0
        self._deadline: float | None = None

    @property
    def members(self) -> int:
        """Number of members that the coordinator believes to be alive."""
        return len(self._last_heard)

    async def join(self, name: str) -> tuple[int, frozenset[Place]]:
        """Wait for the next generation.

        Returns:
            the number of the generation, and the partitions of this member.
        """
        self._last_heard[name] = self._clock.monotonic()
        self._begin(f"{name} joins")
        future: asyncio.Future[tuple[int, frozenset[Place]]] = asyncio.Future()
        self._joining[name] = future
        return await future

    def heartbeat(self, name: str, generation: int) -> str:
        """Answer a heartbeat: ``stable``, ``rebalance`` (join again) or ``unknown`` (no longer a member)."""
        if name not in self._last_heard or generation != self._generation:
            return UNKNOWN
        self._last_heard[name] = self._clock.monotonic()
        return STABLE if self._deadline is None else REBALANCE

    def leave(self, name: str) -> None:
        """Remove a member that leaves in order."""
        if self._last_heard.pop(name, None) is not None:
            self._joining.pop(name, None)
            self._begin(f"{name} leaves")

    def rebalance(self) -> None:
        """Begin a rebalance, for example because an operator or another subscription causes one."""
        self._begin("places move")

    async def run(self) -> None:
        """Expire sessions and complete rebalances until cancelled."""
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            now = self._clock.monotonic()
            if self._network.is_away(KAFKA):
                # A broker that comes back gives every member a new session.
                # A coordinator that comes back gives every member a whole session.
                self._last_heard = dict.fromkeys(self._last_heard, now)
                continue
            for name, heard_at in list(self._last_heard.items()):
                late = now - heard_at >= self._session_timeout and name not in self._joining
                if late or (
                    self._deadline is not None and now >= self._deadline and name not in self._joining
                ):
                    del self._last_heard[name]
                    self._begin(f"{name} is out")
            if (
                self._deadline is not None
                and self._last_heard
                and self._last_heard.keys() == self._joining.keys()
            ):
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
            if owner not in self._last_heard or self._rng.random() >= _STICKS:
                self._owners[place] = self._rng.choice(names)
        assignment = "; ".join(
            f"{name}: {' '.join(f'{p.topic}-{p.partition}' for p in self._places if self._owners[p] == name)}"
            for name in names
        )
        self._story.tell("group", f"generation {self._generation}: {assignment}", "rebalances")
        waiting, self._joining = self._joining, {}
        for name, future in waiting.items():
            self._last_heard[name] = self._clock.monotonic()
            mine = frozenset(place for place in self._places if self._owners[place] == name)
            if not future.done():
                future.set_result((self._generation, mine))
