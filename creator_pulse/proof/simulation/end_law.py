"""The laws that must hold once everything has come to rest."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from creator_pulse.stream.native.hash_key import KEY_BYTES
from creator_pulse.stream.tables.views import CURRENT, OFFSETS
from creator_pulse.stream.transport.names import DEAD_TOPIC, LATE_TOPIC

if TYPE_CHECKING:
    from creator_pulse.proof.ledger.truth import Truth
    from creator_pulse.proof.simulation.cluster import Cluster
    from creator_pulse.proof.simulation.context import RunContext
    from creator_pulse.proof.simulation.scraper import Scraper
    from creator_pulse.proof.simulation.windows_law import WindowsLaw

_CATCH_UP_SECONDS = 300
_SETTLE_SECONDS = 20.0


class EndLaw:
    """Waits until there is no lag, then compares everything with the ledger.

    Args:
        run: the run under test.
        cluster: the workers of the run.
        scraper: holds the last committed offset seen of each lane.
        windows: has read ``pulse.window`` so far.
    """

    def __init__(self, run: RunContext, cluster: Cluster, scraper: Scraper, windows: WindowsLaw) -> None:
        self._run = run
        self._cluster = cluster
        self._scraper = scraper
        self._windows = windows

    async def hold(self) -> None:
        """Wait for rest, then check every law; a broken one is added to the story."""
        story = self._run.story
        seconds = 0
        while self._lag() and not story.violations:
            seconds += 1
            if seconds > _CATCH_UP_SECONDS:
                story.broken("Progress", f"after {seconds} s of quiet not all is read: {self._lag()}")
                return
            await asyncio.sleep(1)
        # Long enough for two restatements, each followed by a checkpoint and a scrape.
        await asyncio.sleep(2 * self._run.world.settings.restate_interval + _SETTLE_SECONDS)
        if story.violations:
            return
        # No more input comes, so each worker has to notice by itself that Redis has lost everything.
        story.tell("redis", "is flushed", "flushes")
        self._run.redis.flush()
        await asyncio.sleep(_SETTLE_SECONDS)
        if self._lag():
            story.broken("Progress", f"what was read is unread again: {self._lag()}")
        truth = self._run.expected.whole()
        self._every_lane_is_shown()
        self._windows.hold(truth)
        self._passed_on(truth)
        self._redis()
        await self._recovered()

    def _lag(self) -> list[str]:
        run = self._run
        return [
            f"{place.topic}-{place.partition} from {run.expected.marker(place)}"
            for place in run.world.places
            if run.world.log.batch(*place, run.expected.marker(place) or 0, 1 << 40) is not None
        ]

    def _every_lane_is_shown(self) -> None:
        """Check that exactly one worker shows each lane, at the offset of the lane's last commit."""
        run = self._run
        for place in run.world.places:
            marker = run.expected.marker(place) or 0
            owners = [worker for worker in self._cluster.alive if place in worker.lanes.positions()]
            if len(owners) != 1 or self._scraper.committed_offsets.get(place) != marker:
                run.story.broken(
                    "Counter",
                    f"{place.topic}-{place.partition} is shown by {[worker.name for worker in owners]} "
                    f"at {self._scraper.committed_offsets.get(place)}, committed is {marker}",
                )

    def _passed_on(self, truth: Truth) -> None:
        """Check that each late and each invalid record was passed on once."""
        for topic, outcome in ((LATE_TOPIC, "late"), (DEAD_TOPIC, "invalid")):
            expected = sum(outcomes.get(outcome, 0) for outcomes in truth.outcomes.values())
            count = len(self._run.world.records(topic))
            if count != expected:
                self._run.story.broken("Ledger", f"{topic} has {count} records, the ledger {expected}")

    def _redis(self) -> None:
        """Check that Redis holds every view as of the last commit."""
        values, offsets = self._run.redis.hgetall(CURRENT), self._run.redis.hgetall(OFFSETS)
        for worker in self._cluster.alive:
            for key, (stands_for, view) in worker.lanes.views().items():
                if values.get(key) != view:
                    self._run.story.broken(
                        "Redis",
                        f"{key} is {values.get(key)!r} of {offsets.get(key)!r}, "
                        f"{worker.name} has {view!r} of {stands_for}",
                    )

    async def _recovered(self) -> None:
        """Recover every lane from the log alone, and check that it has the ledger's totals."""
        run = self._run
        key = await run.world.installation(run.world.log, lambda: run.rng.randbytes(KEY_BYTES)).key()
        for place in run.world.places:
            runner = run.world.runner(place, run.world.log, run.clock, key)
            await runner.open()
            if place in run.world.sources:
                offset = runner.position
                self._scraper.holds_ledger("a recovery", place, offset, runner.samples())
            await runner.close()
