"""What must hold after the faults of a round, in the order in which it can be asked."""

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

    from creator_pulse.proof.chaos.tail import Tail
    from creator_pulse.proof.chaos.watch import Watch
    from creator_pulse.proof.demo.deferred_ledger import DeferredLedger
    from creator_pulse.proof.demo.workers import Workers
    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.settings import Settings

_WORKING_SECONDS = 90.0
_DRAINED_SECONDS = 240.0
_EQUAL_SECONDS = 60.0
_LOOK_SECONDS = 1.0
_BEFORE_SECONDS = 60.0
"""How far back the newest sample before a round is looked for."""
_TOTALS = '{__name__=~"pulse_.+_total",partition!=""}'
_BESIDE = "pulse_committed_offset"


@dataclass(frozen=True)
class Start:
    """Where a round begins: everything is equal, and nothing moves.

    Attributes:
        at: epoch seconds.
        totals: of the ledger.
    """

    at: float
    totals: Totals


class Settle:
    """The checks.

    Args:
        settings: of the workers.
        workers: their processes.
        ledger: what must be shown.
        tail: fills the ledger.
        watch: looks at the pages.
        clock: for deadlines.
    """

    def __init__(
        self,
        settings: Settings,
        workers: Workers,
        ledger: DeferredLedger,
        tail: Tail,
        watch: Watch,
        clock: Clock,
    ) -> None:
        self._settings, self._workers = settings, workers
        self._ledger, self._tail, self._watch, self._clock = ledger, tail, watch, clock
        self._windows = WindowRecords(settings)
        self.finals_twice = 0

    def start(self) -> Start:
        """Where the next round begins."""
        return Start(self._clock.now_ms() / 1000, expected_totals(self._ledger.truth, self._settings))

    async def all_work(self) -> list[Difference]:
        """Under load: every worker owns lanes, and its committed offsets move."""
        targets = [self._workers.target(name) for name in self._workers.kept]
        idlers, lazy = Idlers(targets), targets

        async def done() -> bool:
            nonlocal lazy
            lazy = idlers.look((await self._watch.glance()).by_target)
            return not lazy

        await self._until(done, _WORKING_SECONDS)
        return [Difference("workers", f"{one} is alive but idle", {}, "progress", "none") for one in lazy]

    async def counted(self) -> list[Difference]:
        """Without load: everything is read, counted and equal to the ledger.

        Returns:
            what differs in the tables when that did not come in time.
        """

        async def done() -> bool:
            if not await self._tail.whole():
                return False
            seen = await self._watch.look()
            return self._watch.found == [] and self._ledger.waiting == 0 and seen.lag() == 0

        if await self._until(done, _DRAINED_SECONDS):
            return []
        waiting = str(self._ledger.waiting)
        stuck = Difference("workers", "records not counted, though there was time", {}, "0", waiting)
        return [*(self._watch.found or []), stuck]

    async def stored(self) -> list[Difference]:
        """Prometheus shows the ledger's totals, Redis what the pages show."""

        async def redis() -> list[Difference]:
            views = await read_views(self._settings)
            return wrong_views(views, (await self._watch.look()).samples)

        async def prometheus() -> list[Difference]:
            return await verify_prometheus(self._ledger.truth, self._settings)

        return [*await self._equal(redis), *await self._equal(prometheus)]

    async def windows(self) -> list[Difference]:
        """Every closed window is final once and right, and restated where late records belong to it."""

        async def check() -> list[Difference]:
            records = await self._windows.read()
            self.finals_twice = finals_twice(records)
            return await asyncio.to_thread(verify_windows, self._ledger.truth, self._settings, records)

        return await self._equal(check)

    async def law(self, start: Start) -> tuple[list[Difference], float]:
        """The counter law over the round, in Prometheus' raw samples; and its blind seconds."""
        now, prometheus = self._clock.now_ms() / 1000, self._settings.prometheus.reveal()
        totals = await history(prometheus, _TOTALS, start.at - _BEFORE_SECONDS, now)
        after = expected_totals(self._ledger.truth, self._settings)
        wrong = [*falls(totals), *wrong_growth(totals, start.at, start.totals, after)]
        places = {name: self._settings.partitions_of(name) for name in INPUT_TOPICS}
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
