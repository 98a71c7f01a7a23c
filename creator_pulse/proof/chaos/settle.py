"""The checks after the faults of a round, in the order in which they can be made."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from creator_pulse.proof.chaos.counter_law import Totals, blind_seconds, falls, wrong_growth
from creator_pulse.proof.chaos.finals import WindowRecords, finals_twice
from creator_pulse.proof.chaos.history import history
from creator_pulse.proof.chaos.idlers import Idlers
from creator_pulse.proof.chaos.live_views import read_views, wrong_views
from creator_pulse.proof.ledger.verify import Difference, expected_totals, verify_prometheus, wait_equal
from creator_pulse.proof.ledger.verify_windows import verify_windows
from creator_pulse.stream.settings import INPUT_TOPICS
from creator_pulse.stream.transport.names import PANE_LABEL

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from creator_pulse.proof.chaos.monitor import Monitor
    from creator_pulse.proof.chaos.tail import Tail
    from creator_pulse.proof.demo.deferred_ledger import DeferredLedger
    from creator_pulse.proof.demo.workers import Workers
    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.settings import Settings

_WORKING_SECONDS = 90.0
_DRAINED_SECONDS = 240.0
_EQUAL_SECONDS = 60.0
_LOOK_SECONDS = 1.0
# How far before a round its first sample may be.
_BEFORE_SECONDS = 60.0
_TOTALS = '{__name__=~"pulse_.+_total",partition!=""}'
_BESIDE = "pulse_committed_offset"


@dataclass(frozen=True)
class Start:
    """The state at the start of a round, when everything equals the ledger and nothing moves.

    Attributes:
        at: epoch seconds.
        totals: totals of the ledger.
    """

    at: float
    totals: Totals


class Settle:
    """Makes the checks.

    Args:
        settings: settings of the workers.
        workers: processes of the workers.
        ledger: the expected totals.
        tail: fills the ledger from the log.
        monitor: reads the workers' pages.
        clock: measures deadlines and pauses.
    """

    def __init__(
        self,
        settings: Settings,
        workers: Workers,
        ledger: DeferredLedger,
        tail: Tail,
        monitor: Monitor,
        clock: Clock,
    ) -> None:
        self._settings, self._workers = settings, workers
        self._ledger, self._tail, self._monitor, self._clock = ledger, tail, monitor, clock
        self._windows = WindowRecords(settings)
        self.finals_twice = 0

    def start(self) -> Start:
        """The state at the start of the next round."""
        return Start(self._clock.now_ms() / 1000, expected_totals(self._ledger.truth, self._settings))

    async def all_work(self) -> list[Difference]:
        """Under load, check that every worker owns lanes whose committed offsets move."""
        targets = [self._workers.target(name) for name in self._workers.permanent]
        idlers, lazy = Idlers(targets), targets

        async def done() -> bool:
            nonlocal lazy
            lazy = idlers.look((await self._monitor.glance()).by_target)
            return not lazy

        await self._until(done, _WORKING_SECONDS)
        return [
            Difference("workers", f"{target} is alive but idle", {}, "progress", "none") for target in lazy
        ]

    async def counted(self) -> list[Difference]:
        """Without load, wait until everything is read, counted and equal to the ledger.

        Returns:
            the differences if that did not happen in time.
        """

        async def done() -> bool:
            if not await self._tail.whole():
                return False
            snapshot = await self._monitor.look()
            # None means that no comparison has been possible yet, which is not equality.
            return self._monitor.differences == [] and self._ledger.waiting == 0 and snapshot.lag() == 0

        if await self._until(done, _DRAINED_SECONDS):
            return []
        waiting = str(self._ledger.waiting)
        stuck = Difference("workers", "records not counted, though there was time", {}, "0", waiting)
        return [*(self._monitor.differences or []), stuck]

    async def stored(self) -> list[Difference]:
        """Compare Prometheus with the ledger, and Redis with the workers' pages."""

        async def redis() -> list[Difference]:
            views = await read_views(self._settings)
            return wrong_views(views, (await self._monitor.look()).samples)

        async def prometheus() -> list[Difference]:
            return await verify_prometheus(self._ledger.truth, self._settings)

        return [*await self._equal(redis), *await self._equal(prometheus)]

    async def windows(self) -> list[Difference]:
        """Check that every closed window is final once, right, and restated if late records belong to it."""

        async def check() -> list[Difference]:
            records = await self._windows.read()
            self.finals_twice = finals_twice(records)
            # Seconds of SQL: the loop must go on reading meanwhile.
            return await asyncio.to_thread(verify_windows, self._ledger.truth, self._settings, records)

        return await self._equal(check)

    async def law(self, start: Start) -> tuple[list[Difference], float]:
        """The counter law over the round, in Prometheus' raw samples; and its blind seconds."""
        now, prometheus = self._clock.now_ms() / 1000, self._settings.prometheus.reveal()
        # From before the start, so that each series has a sample to grow from.
        totals = await history(prometheus, _TOTALS, start.at - _BEFORE_SECONDS, now)
        after = expected_totals(self._ledger.truth, self._settings)
        wrong = [*falls(totals), *wrong_growth(totals, start.at, start.totals, after)]
        places = {name: self._settings.partitions_of(name) for name in INPUT_TOPICS}
        # Merge lanes read the pane topic, which is no input topic.
        places[PANE_LABEL] = self._settings.merge_partitions
        beside = await history(prometheus, _BESIDE, start.at, now)
        return wrong, blind_seconds(beside, places, start.at, now)

    async def _equal(self, check: Callable[[], Awaitable[list[Difference]]]) -> list[Difference]:
        return await wait_equal(check, self._clock, _EQUAL_SECONDS)

    async def _until(self, done: Callable[[], Awaitable[bool]], seconds: float) -> bool:
        """Ask until yes; False when time is up."""
        deadline = self._clock.monotonic() + seconds
        while not await done():
            if self._clock.monotonic() >= deadline:
                return False
            await asyncio.sleep(_LOOK_SECONDS)
        return True
