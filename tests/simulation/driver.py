"""A seeded scheduler over a log in memory and real lanes: every step is one thing that can happen."""

from __future__ import annotations

from itertools import islice
from random import Random
from typing import TYPE_CHECKING

from stream.errors import FencedError, LaneError
from stream.synthetic.generator import events
from tests.support.lane_harness import MERGES, PARTITIONS, SOURCES, START, Harness

if TYPE_CHECKING:
    from stream.synthetic.verify import Difference
    from stream.tables.runner import LaneRunner
    from tests.support.lane_harness import Place

PLACES = (*SOURCES, *MERGES)


class Simulation:
    """One run by one seed.

    Args:
        seed: of the traffic and of the scheduler.

    Attributes:
        story: what happened, in order.
    """

    def __init__(self, seed: int) -> None:
        self.story: list[str] = []
        self.harness = Harness()
        self._rng = Random(seed)
        self._traffic = events(seed, 2, START, PARTITIONS)
        self._zombies: list[tuple[Place, LaneRunner]] = []
        self._torn = 0.0
        self.harness.log.tear = self._tear

    async def run(self, steps: int) -> list[Difference]:
        """Take so many steps, bring everything to rest, and compare with the ledger.

        Args:
            steps: random steps before the end.

        Returns:
            what differs.
        """
        await self.harness.open()
        acts = (
            self._append,
            self._deliver,
            self._commit,
            self._kill,
            self._zombie,
            self._compact,
            self._idle,
            self._wait,
        )
        weights = (6, 30, 20, 1, 1, 1, 1, 4)
        self._torn = 0.03
        for act in self._rng.choices(acts, weights, k=steps):
            await act()
        self._torn = 0.0
        for place in PLACES:
            self.harness.runners[place].idle(idle=False)
        await self.harness.drain(PLACES, 1_000)
        await self.harness.drain(PLACES, 1_000)
        await self.harness.settle()
        return self.harness.differences()

    def _tell(self, what: str, place: Place | None = None) -> None:
        self.story.append(what if place is None else f"{what} {place[0]}-{place[1]}")

    def _tear(self, transactional_id: str) -> str:
        if self._rng.random() >= self._torn:
            return ""
        how = self._rng.choice(("lost", "written"))
        self._tell(f"tear ({how}) {transactional_id}")
        return how

    def _any(self) -> Place:
        return self._rng.choice(PLACES)

    async def _append(self) -> None:
        count = self._rng.randint(1, 150)
        self.harness.append(list(islice(self._traffic, count)))
        self._tell(f"append {count}")

    async def _deliver(self) -> None:
        place, most = self._any(), self._rng.choice((1, 7, 50, 400))
        if await self.harness.deliver(place, most):
            self._tell(f"deliver {most} to", place)

    async def _commit(self) -> None:
        place = self._any()
        try:
            if await self.harness.runners[place].commit():
                self._tell("commit", place)
        except LaneError:
            await self._reopen(place)

    async def _kill(self) -> None:
        place = self._any()
        if self._rng.random() < 0.5:
            self._zombies.append((place, self.harness.runners[place]))
        await self._reopen(place)

    async def _reopen(self, place: Place) -> None:
        self._tell("open", place)
        await self.harness.open(place)

    async def _zombie(self) -> None:
        """A former owner wakes up; whatever it still holds must not be written."""
        if not self._zombies:
            return
        place, runner = self._zombies.pop()
        self._tell("zombie commits", place)
        try:
            written = await runner.commit()
        except FencedError:
            return
        assert not written, f"the zombie of {place} wrote"

    async def _compact(self) -> None:
        place = self._any()
        self._tell("compact", place)
        self.harness.log.compact(self.harness.changelog(place), place[1])

    async def _idle(self) -> None:
        """The worker's clock finds a partition idle that has been read to its end, or busy."""
        place = self._rng.choice(SOURCES)
        runner = self.harness.runners[place]
        end = (await self.harness.log.bounds(runner.id.topic, runner.id.partition))[1]
        idle = runner.position >= end
        self._tell(f"idle={idle}", place)
        runner.idle(idle=idle)

    async def _wait(self) -> None:
        seconds = self._rng.choice((1, 6, 40))
        self._tell(f"wait {seconds} s")
        self.harness.clock.advance(seconds)
