"""Monitors the running system: times faults, and compares the workers' pages with the ledger."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from creator_pulse.proof.demo.live_check import PageSnapshot, differences, take_snapshot
from creator_pulse.stream.transport.names import PANE_LABEL

if TYPE_CHECKING:
    from collections.abc import Callable

    from creator_pulse.proof.chaos.offsets import GroupOffsets
    from creator_pulse.proof.chaos.recovery import Recovery
    from creator_pulse.proof.demo.deferred_ledger import DeferredLedger, LogPlace
    from creator_pulse.proof.demo.workers import Workers
    from creator_pulse.proof.ledger.verify import Difference
    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.settings import Settings

_OFFSETS_SECONDS = 0.5
_LOOK_SECONDS = 2.0


class Monitor:
    """Two loops that run until cancelled, and the state that they last read.

    Args:
        settings: settings of the workers.
        workers: processes of the workers.
        ledger: expected totals at the workers' committed offsets.
        offsets: reads the group's committed offsets.
        recovery: times faults by the committed offsets.
        clock: time of the recovery.
        progress: takes the progress line, which is overwritten on a terminal.

    Attributes:
        snapshot: the newest snapshot of the pages; None before the first.
        checks: number of snapshots that could be compared.
        differences: differences in the newest snapshot; None if it could not be compared.
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
        self.snapshot: PageSnapshot | None = None
        self.checks = 0
        self.differences: list[Difference] | None = None
        self._whole: PageSnapshot | None = None
        self._wrong: list[Difference] = []

    async def time_faults(self) -> None:
        """Pass the committed offsets to the recovery twice a second, until cancelled."""
        while True:
            offsets = await self._offsets.read()
            if offsets is not None:
                self._recovery.committed(self._clock.monotonic(), offsets)
            await asyncio.sleep(_OFFSETS_SECONDS)

    async def look_often(self) -> None:
        """Compare every two seconds, until cancelled."""
        while True:
            await self.look()
            self._progress(self._line())
            await asyncio.sleep(_LOOK_SECONDS)

    async def glance(self) -> PageSnapshot:
        """Read the pages without comparing them."""
        return await take_snapshot(self._settings, self._workers.targets)

    async def look(self) -> PageSnapshot:
        """Read the pages and compare them with the ledger."""
        async with self._looking:
            snapshot = await take_snapshot(self._settings, self._workers.targets)
            differing = await differences(self._ledger, self._settings, snapshot)
            self.snapshot, self.differences = snapshot, differing
            self._whole = snapshot if snapshot.whole else self._whole
            if differing is not None:
                self.checks += 1
                self._wrong += differing
        return snapshot

    async def at_work(self) -> list[str]:
        """Names of the workers that show lanes now."""
        lanes_by_target = (await self.glance()).by_target
        return [name for name in self._workers.running if lanes_by_target.get(self._workers.target(name))]

    def drain_differences(self) -> list[Difference]:
        """The differences in any snapshot since the last call."""
        wrong, self._wrong = self._wrong, []
        return wrong

    def counted(self) -> dict[LogPlace, int]:
        """Records counted over all outcomes, by input partition, in the newest snapshot with all partitions.

        A later snapshot may be incomplete, for example because a page did not answer on a busy machine.
        """
        counts: dict[LogPlace, int] = {}
        for sample in self._whole.samples if self._whole else ():
            if sample.name == "pulse_records_total" and sample.labels["topic"] != PANE_LABEL:
                place = (sample.labels["topic"], int(sample.labels["partition"]))
                counts[place] = counts.get(place, 0) + round(sample.value)
        return counts

    def _line(self) -> str:
        assert self.snapshot is not None
        moving = "" if self.snapshot.whole else "  (partitions are moving)"
        wrong = f"  DIFFERS in {len(self._wrong)} figures" if self._wrong else ""
        workers = f"{len(self.snapshot.by_target)} workers answer"
        return (
            f"  {self._ledger.acknowledged:,} records  not counted yet {self._ledger.waiting:,}  "
            f"{workers}  {self.checks} checks{wrong}{moving}"
        )
