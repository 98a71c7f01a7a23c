"""Looks at the running system all the while: committed offsets, and pages against the ledger."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from creator_pulse.proof.demo.live_check import Look, differences, look
from creator_pulse.stream.transport.names import PANE_LABEL

if TYPE_CHECKING:
    from collections.abc import Callable

    from creator_pulse.proof.chaos.offsets import GroupOffsets
    from creator_pulse.proof.chaos.recovery import Recovery
    from creator_pulse.proof.demo.deferred_ledger import DeferredLedger, Place
    from creator_pulse.proof.demo.workers import Workers
    from creator_pulse.proof.ledger.verify import Difference
    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.settings import Settings

_OFFSETS_SECONDS = 0.5
_LOOK_SECONDS = 2.0


class Watch:
    """Two loops that never end.

    Args:
        settings: of the workers.
        workers: whose pages are read.
        ledger: what they must show at their committed offsets.
        offsets: of the group.
        recovery: is told what is committed.
        clock: of the recovery.
        progress: takes the line that is written again and again.

    Attributes:
        seen: the newest look at the pages; None before the first.
        checks: looks that could be compared.
        found: what was wrong in the newest of them.
    """

    def __init__(
        self,
        settings: Settings,
        workers: Workers,
        ledger: DeferredLedger,
        offsets: GroupOffsets,
        recovery: Recovery,
        clock: Clock,
        progress: Callable[[str], None],
    ) -> None:
        self._settings, self._workers, self._ledger = settings, workers, ledger
        self._offsets, self._recovery, self._clock = offsets, recovery, clock
        self._progress = progress
        self._looking = asyncio.Lock()
        self.seen: Look | None = None
        self.checks = 0
        self.found: list[Difference] | None = None
        self._whole: Look | None = None
        self._wrong: list[Difference] = []

    async def time_faults(self) -> None:
        """Tell the recovery what is committed, twice a second."""
        while True:
            offsets = await self._offsets.read()
            if offsets is not None:
                self._recovery.committed(self._clock.monotonic(), offsets)
            await asyncio.sleep(_OFFSETS_SECONDS)

    async def look_often(self) -> None:
        """Compare every two seconds."""
        while True:
            await self.look()
            self._progress(self._line())
            await asyncio.sleep(_LOOK_SECONDS)

    async def glance(self) -> Look:
        """Read the pages, and compare nothing."""
        return await look(self._settings, self._workers.targets)

    async def look(self) -> Look:
        """Read the pages, and compare them; the look."""
        async with self._looking:
            seen = await look(self._settings, self._workers.targets)
            found = await differences(self._ledger, self._settings, seen)
            self.seen, self.found = seen, found
            self._whole = seen if seen.whole else self._whole
            if found is not None:
                self.checks += 1
                self._wrong += found
        return seen

    async def at_work(self) -> list[str]:
        """Names of the workers that show lanes now."""
        shown = (await self.glance()).by_target
        return [name for name in self._workers.running if shown.get(self._workers.target(name))]

    def taken(self) -> list[Difference]:
        """What was wrong in any look since the last call."""
        wrong, self._wrong = self._wrong, []
        return wrong

    def counted(self) -> dict[Place, int]:
        """Records that the newest look at all partitions showed, by input partition, all outcomes.

        On a busy machine a page may not answer in time: that is no loss.
        """
        found: dict[Place, int] = {}
        for sample in self._whole.samples if self._whole else ():
            if sample.name == "pulse_records_total" and sample.labels["topic"] != PANE_LABEL:
                place = (sample.labels["topic"], int(sample.labels["partition"]))
                found[place] = found.get(place, 0) + round(sample.value)
        return found

    def _line(self) -> str:
        assert self.seen is not None
        moving = "" if self.seen.whole else "  (partitions are moving)"
        wrong = f"  DIFFERS in {len(self._wrong)} figures" if self._wrong else ""
        workers = f"{len(self.seen.by_target)} workers answer"
        return (
            f"  {self._ledger.acknowledged:,} records  not counted yet {self._ledger.waiting:,}  "
            f"{workers}  {self.checks} checks{wrong}{moving}"
        )
