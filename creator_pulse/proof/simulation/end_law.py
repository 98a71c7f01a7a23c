"""What must hold when everything has come to rest."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from creator_pulse.stream.native.hash_key import KEY_BYTES
from creator_pulse.stream.tables.views import CURRENT, OFFSETS
from creator_pulse.stream.transport.names import DEAD_TOPIC, LATE_TOPIC

if TYPE_CHECKING:
    from creator_pulse.proof.ledger.truth import Truth
    from creator_pulse.proof.simulation.crew import Crew
    from creator_pulse.proof.simulation.run import Run
    from creator_pulse.proof.simulation.scraper import Scraper
    from creator_pulse.proof.simulation.windows_law import WindowsLaw

_CATCH_UP_SECONDS = 300
_SETTLE_SECONDS = 20.0


class EndLaw:
    """Waits for the end of all lag, and compares.

    Args:
        run: what is judged.
        crew: its workers.
        scraper: has seen all pages.
        windows: has read ``pulse.window``.
    """

    def __init__(self, run: Run, crew: Crew, scraper: Scraper, windows: WindowsLaw) -> None:
        self._run = run
        self._crew = crew
        self._scraper = scraper
        self._windows = windows

    async def hold(self) -> None:
        """Wait, then judge."""
        story = self._run.story
        seconds = 0
        while self._lag() and not story.violations:
            seconds += 1
            if seconds > _CATCH_UP_SECONDS:
                story.broken("Progress", f"after {seconds} s of quiet not all is read: {self._lag()}")
                return
            await asyncio.sleep(1)
        # Long enough for two restatements, a beat and a scrape after each.
        await asyncio.sleep(2 * self._run.world.settings.restate_interval + _SETTLE_SECONDS)
        if story.violations:
            return
        # Nothing changes any more: each worker has to notice by itself that Redis has lost everything.
        story.tell("redis", "is flushed", "flushes")
        self._run.redis.flush()
        await asyncio.sleep(_SETTLE_SECONDS)
        if self._lag():
            story.broken("Progress", f"what was read is unread again: {self._lag()}")
        truth = self._run.truths.whole()
        self._shown()
        self._windows.hold(truth)
        self._passed_on(truth)
        self._redis()
        await self._recovered()

    def _lag(self) -> list[str]:
        run = self._run
        return [
            f"{place.topic}-{place.partition} from {run.truths.marker(place)}"
            for place in run.world.places
            if run.world.log.batch(*place, run.truths.marker(place) or 0, 1 << 40) is not None
        ]

    def _shown(self) -> None:
        """Every lane is shown, by one worker, as of its last commit."""
        run = self._run
        for place in run.world.places:
            marker = run.truths.marker(place) or 0
            owners = [worker for worker in self._crew.alive if place in worker.lanes.positions()]
            if len(owners) != 1 or self._scraper.shown.get(place) != marker:
                run.story.broken(
                    "Counter",
                    f"{place.topic}-{place.partition} is shown by {[one.name for one in owners]} "
                    f"at {self._scraper.shown.get(place)}, committed is {marker}",
                )

    def _passed_on(self, truth: Truth) -> None:
        """Each late and each invalid record was passed on once."""
        for topic, outcome in ((LATE_TOPIC, "late"), (DEAD_TOPIC, "invalid")):
            expected = sum(outcomes.get(outcome, 0) for outcomes in truth.outcomes.values())
            found = len(self._run.world.records(topic))
            if found != expected:
                self._run.story.broken("Ledger", f"{topic} has {found} records, the ledger {expected}")

    def _redis(self) -> None:
        """Every view is there, of the last commit."""
        values, offsets = self._run.redis.hgetall(CURRENT), self._run.redis.hgetall(OFFSETS)
        for worker in self._crew.alive:
            for key, (stands_for, view) in worker.lanes.views().items():
                if values.get(key) != view:
                    self._run.story.broken(
                        "Redis",
                        f"{key} is {values.get(key)!r} of {offsets.get(key)!r}, "
                        f"{worker.name} has {view!r} of {stands_for}",
                    )

    async def _recovered(self) -> None:
        """Every lane, recovered once more from the log alone, has the ledger's totals."""
        run = self._run
        key = await run.world.installation(run.world.log, lambda: run.rng.randbytes(KEY_BYTES)).key()
        for place in run.world.places:
            runner = run.world.runner(place, run.world.log, run.clock, key)
            await runner.open()
            if place in run.world.sources:
                offset = runner.position
                self._scraper.holds_ledger("a recovery", place, offset, runner.samples())
            await runner.close()
