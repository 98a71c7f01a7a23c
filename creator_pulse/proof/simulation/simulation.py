"""The simulation: workers, producers and servers in virtual time, checked against the ledger."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from random import Random
from traceback import format_exception
from typing import TYPE_CHECKING

from creator_pulse.proof.simulation.cluster import Cluster
from creator_pulse.proof.simulation.consumer_group import ConsumerGroup
from creator_pulse.proof.simulation.context import RunContext
from creator_pulse.proof.simulation.end_law import EndLaw
from creator_pulse.proof.simulation.expected_totals import ExpectedTotals
from creator_pulse.proof.simulation.faults import Faults
from creator_pulse.proof.simulation.network import Network
from creator_pulse.proof.simulation.redis import MemoryRedis
from creator_pulse.proof.simulation.scraper import Scraper
from creator_pulse.proof.simulation.story import Story
from creator_pulse.proof.simulation.traffic import START_MS, Traffic
from creator_pulse.proof.simulation.virtual_loop import VirtualClock, VirtualLoop, background
from creator_pulse.proof.simulation.windows_law import WindowsLaw
from creator_pulse.proof.simulation.world import SimulatedWorld
from creator_pulse.stream.settings import BUSY_TOPICS, QUIET_TOPICS, Settings

if TYPE_CHECKING:
    from creator_pulse.proof.simulation.parts import Parts
    from creator_pulse.proof.simulation.worker import Worker

STEPS = 60
"""Default number of steps: about a minute of virtual time before the run is brought to rest."""
_SCRAPE_SECONDS = (0.5, 4.0)
_NEVER_SECONDS = 1e6
_TRANSACTION_MS = 60_000
_BROKER_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a run.

    Attributes:
        seed: the seed of the run.
        steps: number of random steps.
        violations: one text per broken law; empty if every law held.
        story: all lines of the story.
        counts: number of events by kind, and of records, commits and scrapes.
    """

    seed: int
    steps: int
    violations: tuple[str, ...]
    story: tuple[str, ...]
    counts: Counter[str]

    def text(self) -> str:
        """The story, the broken laws, and the command that repeats the run."""
        again = f"pulse simulate --first {self.seed} --seeds 1 --steps {self.steps}"
        return "\n".join((f"seed {self.seed}:", *self.story, *self.violations, f"again: {again}"))


class Simulation:
    """One run of one seed.

    Args:
        seed: chooses the traffic, the settings and all faults.
        parts: the classes that a worker is built from; for example, a test plants a broken one.
    """

    def __init__(self, seed: int, parts: Parts | None = None) -> None:
        self._seed = seed
        rng = Random(seed)
        self._loop = VirtualLoop()
        clock = VirtualClock(self._loop, START_MS)
        story = Story(clock)
        # One or two busy topics, whose few hundred records cross every horizon, and up to two quiet ones.
        topics = sorted(
            rng.sample(BUSY_TOPICS, rng.choice((1, 1, 2, 2)))
            + rng.sample(QUIET_TOPICS, rng.choice((0, 1, 2)))
        )
        settings = _settings(rng)
        world = SimulatedWorld(settings, clock, topics, parts)
        network = Network(rng, story)
        group = ConsumerGroup(world.places, network, settings.session_timeout, clock, rng, story)
        expected = ExpectedTotals(settings, world.sources, world.merges)
        self._run = run = RunContext(rng, clock, story, world, expected, network, group, MemoryRedis(story))
        self._cluster = Cluster(run, rng.randint(1, 3))
        traffic = Traffic(seed, rng, topics, settings, story)
        self._scraper = Scraper(settings, expected, story)
        self._faults = Faults(run, self._cluster, traffic, self._scrape)
        self._windows = WindowsLaw(run, never_idle=settings.idle_after >= _NEVER_SECONDS)

    def run(self, steps: int = STEPS) -> Outcome:
        """Take random steps, bring everything to rest, and compare it with the ledger.

        Args:
            steps: number of random steps, 1 or more.

        Returns:
            the outcome; a broken law, or an error that no worker survives, is a violation.
        """
        story = self._run.story
        try:
            self._loop.complete(self._work(steps))
        except Exception as error:  # noqa: BLE001 - with its story a defect can be understood
            story.broken("Sanity", "".join(format_exception(error)))
        counts = Counter(story.counts)
        counts["records"] = self._run.expected.records
        counts["commits"] = self._run.expected.commits
        return Outcome(self._seed, steps, tuple(story.violations), tuple(story.lines), counts)

    async def _work(self, steps: int) -> None:
        run = self._run
        behind = [self._cluster.supervise(), run.group.run(), self._look(), self._broker()]
        tasks = [background(work) for work in behind]
        try:
            for _ in range(steps):
                await self._faults.step()
                if run.story.violations:
                    return
            await self._faults.end()
            end = EndLaw(run, self._cluster, self._scraper, self._windows)
            await end.hold()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._cluster.end()

    def _scrape(self, worker: Worker) -> None:
        self._scraper.take(worker.name, worker.scrape())

    async def _look(self) -> None:
        """Scrape all workers and read ``pulse.window`` until cancelled."""
        rng = self._run.rng
        while True:
            for worker in self._cluster.alive:
                await asyncio.sleep(rng.uniform(0.0, 0.2))
                self._scrape(worker)
            self._windows.look()
            self._run.story.counts["scrapes"] += 1
            await asyncio.sleep(rng.uniform(*_SCRAPE_SECONDS))

    async def _broker(self) -> None:
        """Abort transactions that time out, as Kafka does, until cancelled."""
        while True:
            await asyncio.sleep(_BROKER_SECONDS)
            for name in self._run.world.log.expire(self._run.clock.now_ms() - _TRANSACTION_MS):
                self._run.story.tell("kafka", f"aborts the open transaction of {name}")


def _settings(rng: Random) -> Settings:
    """Random settings with horizons so short that a few hundred records cross every one.

    The allowed lateness is above a streak's 30 s.
    """
    return Settings(
        partitions=rng.choice((1, 2, 2)),
        quiet_partitions=rng.choice((1, 1, 2)),
        merge_partitions=rng.choice((1, 2)),
        allowed_lateness_ms=60_000,
        dedup_horizon_ms=60_000,
        checkpoint_interval=rng.choice((1.0, 2.0, 4.0)),
        # Often, or hardly ever within a run.
        provisional_interval=rng.choice((5.0, 600.0)),
        # With _NEVER_SECONDS no window may be final early, which WindowsLaw then demands.
        idle_after=rng.choice((5.0, 15.0, _NEVER_SECONDS)),
        stall_after=60.0,
        regions={"tiktok": ("US", "DE"), "douyin": ("CN",)},
    )
