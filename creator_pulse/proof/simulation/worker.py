"""A simulated worker: the real lanes inside a minimal application."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from creator_pulse.proof.simulation.network import KAFKA
from creator_pulse.proof.simulation.process import Process
from creator_pulse.proof.simulation.redis import WorkerRedis
from creator_pulse.proof.simulation.worker_log import OutOfRange, WorkerLog
from creator_pulse.stream.errors import ChangelogError, PulseError, StalledError, UnreachableError
from creator_pulse.stream.native.hash_key import KEY_BYTES, HashKey

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from random import Random

    from creator_pulse.proof.simulation.context import RunContext
    from creator_pulse.stream.lanes.lane import Sample
    from creator_pulse.stream.tables.partition_lanes import Place
    from creator_pulse.stream.tables.runner import LaneRunner
    from creator_pulse.stream.transport.batch import Batch

# From one record to more than a run has: batches end at every place.
_FETCH_OFFSETS = (1, 7, 50, 400)
# As in Faust, fetched batches wait: what is fetched is not yet counted.
_QUEUED = 4
_QUIET_SECONDS = 1.0


class Worker:
    """A member of the group with its lanes, consumer, commit loop and metrics page.

    Args:
        name: its name in the story.
        run: the run that it belongs to.
    """

    def __init__(self, name: str, run: RunContext) -> None:
        world, settings = run.world, run.world.settings
        self.name = name
        self.dead = False
        self.leaving = False
        self._run = run
        self._rng: Random = run.rng
        self.process = Process(run.rng, run.network)
        log = WorkerLog(world.log, self.process, run.rng, run.network.tear, run.expected)
        self._log = log
        self._heartbeat = float("-inf")
        self._key: HashKey | None = None
        self.lanes = world.parts.lanes(
            self._runner,
            run.clock,
            lambda: self._heartbeat,
            settings.session_timeout,
            self._seek,
        )
        self._views = world.parts.views(WorkerRedis(run.redis, self.process))
        self._assigned: frozenset[Place] = frozenset()
        self._rebalancing = True
        self._opening: asyncio.Task[None] | None = None
        self._fetching: dict[Place, int] = {}
        self._busy_at: dict[Place, tuple[int, float]] = {}
        self._queue: asyncio.Queue[tuple[Place, Batch]] = asyncio.Queue(_QUEUED)

    def start(self) -> None:
        """Start all tasks."""
        for work in (self._member, self._consume, self._count, self._watch):
            self.process.spawn(self._guarded(work))
        # Source lanes and merge lanes commit without waiting for each other.
        for merges in (False, True):
            self.process.spawn(self._guarded(partial(self._beat, merges=merges)))

    def scrape(self) -> list[Sample]:
        """The samples of the metrics page, which a thread serves; none while the worker is paused or dead."""
        return [] if self.dead or self.process.paused else self.lanes.samples()

    async def stop(self) -> None:
        """Leave in order: stop, commit, release the lanes and leave the group."""
        self.leaving = True
        await self.process.end()
        await self.lanes.close()
        if await self.process.request(KAFKA):
            self._run.group.leave(self.name)

    def kill(self) -> None:
        """Die as by SIGKILL: the code runs no more, but requests on the way arrive."""
        self.dead = True
        self.process.pause()

    async def _guarded(self, work: Callable[[], Coroutine[object, object, None]]) -> None:
        try:
            await work()
        except ChangelogError:
            raise
        except PulseError as error:
            # The cluster's supervisor starts a replacement.
            if not self.dead:
                self._run.story.tell(self.name, f"exits: {error}", "exits")
                self.kill()

    async def _member(self) -> None:
        # As in a real worker, a new assignment may be opened while an older one is still being opened.
        installation = self._run.world.installation(self._log, lambda: self._rng.randbytes(KEY_BYTES))
        self._key = await installation.key()
        while True:
            if not await self.process.request(KAFKA):
                await self.process.sleep(_QUIET_SECONDS)
                continue
            generation, self._assigned = await self._run.group.join(self.name)
            await self.process.answer()
            # Half of the older openings go on beside the new one, which must not harm.
            if self._opening is not None and self._rng.random() < 0.5:
                self._opening.cancel()
            self._opening = self.process.spawn(self._guarded(self._open_lanes))
            await self._heartbeats(generation)
            self._rebalancing = True
            self.lanes.release()
            await self.lanes.commit()

    async def _heartbeats(self, generation: int) -> None:
        """Send heartbeats until the coordinator asks this member to join again."""
        while True:
            sent = self._run.clock.monotonic()
            if await self.process.request(KAFKA):
                state = self._run.group.heartbeat(self.name, generation)
                await self.process.answer()
                if state != "stable":
                    return
                answered = self._run.clock.monotonic()
                self._heartbeat = self._run.world.parts.heartbeat(sent, answered)
            await self.process.sleep(self._run.world.settings.heartbeat_interval)

    async def _open_lanes(self) -> None:
        assigned = self._assigned
        seconds = self._run.world.settings.stall_after
        try:
            async with asyncio.timeout(seconds):
                await self.lanes.assign(assigned)
        except TimeoutError as error:
            raise StalledError(f"the lanes did not open within {seconds:.0f} s") from error
        # Else a newer assignment is already being opened, which seeks by itself.
        if assigned == self._assigned:
            self._fetching.clear()
            for place in sorted(assigned):
                position = self.lanes.position(place)
                if position is not None:
                    self._seek(place, position)
            self._rebalancing = False

    def _runner(self, place: Place) -> LaneRunner:
        assert self._key is not None
        return self._run.world.runner(place, self._log, self._run.clock, self._key)

    def _seek(self, place: Place, offset: int) -> None:
        self._fetching[place] = offset

    async def _beat(self, *, merges: bool) -> None:
        while True:
            if not merges:
                await self._views.publish(self.lanes.views())
            if not self._rebalancing and self._assigned:
                await self.lanes.commit_some(merges=merges)
            await self.process.sleep(self._run.world.settings.checkpoint_interval)

    async def _consume(self) -> None:
        while True:
            places = [] if self._rebalancing else sorted(self._fetching)
            self._rng.shuffle(places)
            fetched = False
            for place in places:
                fetched |= await self._fetch(place)
            if not fetched:
                await self.process.sleep(self._rng.uniform(0.1, _QUIET_SECONDS))

    async def _fetch(self, place: Place) -> bool:
        """Fetch once; if the position was changed by a seek meanwhile, the stale batch is still delivered."""
        start = self._fetching.get(place)
        if start is None:
            return False
        try:
            batch = await self._log.fetch(*place, start, self._rng.choice(_FETCH_OFFSETS))
        except UnreachableError:
            return False
        except OutOfRange:
            self._run.story.tell(self.name, f"{place.topic}-{place.partition} left the log at {start}")
            await self.lanes.assign(())
            await self._open_lanes()
            return True
        if batch is None:
            return False
        # A seek meanwhile wins over the end of this batch.
        if self._fetching.get(place) == start:
            self._fetching[place] = batch.end
        await self._queue.put((place, batch))
        return True

    async def _count(self) -> None:
        while True:
            place, batch = await self._queue.get()
            # Time for another task between fetching and counting.
            await self.process.sleep(self._rng.uniform(0, 0.05))
            await self.lanes.table(place.topic).apply(place.partition, batch)

    async def _watch(self) -> None:
        """Tell the lanes which partitions are idle by the worker's clock."""
        while True:
            await self.process.sleep(self._run.world.settings.checkpoint_interval)
            now = self._run.clock.monotonic()
            for place in sorted(self._assigned):
                position = self.lanes.position(place)
                if position is None:
                    continue
                # Idle: nothing to read, and the position has not moved for the idle time.
                at, since = self._busy_at.get(place, (-1, now))
                if at != position:
                    since = now
                self._busy_at[place] = (position, since)
                read = self._run.world.log.batch(*place, position, 1 << 40) is None
                idle = read and now - since >= self._run.world.settings.idle_after
                self.lanes.idle(place, idle=idle)
