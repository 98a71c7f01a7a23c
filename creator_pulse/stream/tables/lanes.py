"""All lanes of a worker: they follow the assignment, commit at their beat, and come back after failures."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from creator_pulse.stream.errors import (
    DeniedError,
    FencedError,
    LaneError,
    LeaderlessError,
    PulseError,
    UnreachableError,
)
from creator_pulse.stream.tables.partition_lanes import PartitionLanes, Place
from creator_pulse.stream.transport.names import PANE_TOPIC

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.lanes.lane import Sample
    from creator_pulse.stream.tables.runner import LaneRunner

logger = logging.getLogger(__name__)

# Until a lane is opened again that misses a leader.
_AGAIN_SECONDS = 5.0


class Lanes:
    """The lanes by place.

    Args:
        make: a runner for a place.
        clock: monotonic, for waits and time-outs.
        heartbeat: when the last successful group heartbeat was *sent*, on the monotonic clock.
        session_timeout: seconds after which Kafka gives a silent worker's partitions away.
        seek: moves the consumer to an offset, after a lane was opened again.
        bear: seconds that the others wait for a lane which does not end its commit, or does not open; None:
            until it does.
    """

    def __init__(
        self,
        make: Callable[[Place], LaneRunner],
        clock: Clock,
        heartbeat: Callable[[], float],
        session_timeout: float,
        seek: Callable[[Place, int], object],
        bear: float | None = None,
    ) -> None:
        self._make = make
        self._clock = clock
        self._heartbeat = heartbeat
        self._session_timeout = session_timeout
        self._seek = seek
        self._tables: dict[str, PartitionLanes] = {}
        self._owned: set[Place] = set()
        # Input partitions that are not idle.
        self._busy: set[Place] = set()
        # Counts what ends an assignment: one that is still being opened by then is shown no more.
        self._assignments = 0
        # Counts what may have let another worker show a lane.
        self._changes = 0
        self._hidden_at: float | None = None
        self._fenced_at: dict[Place, float] = {}
        self._opening = asyncio.Lock()
        # Why lanes stay closed, as it was said.
        self._closed: dict[Place, str] = {}
        self._denied: set[Place] = set()
        # Of lanes that miss a leader, when they are opened next.
        self._again_at: dict[Place, float] = {}
        self._bear = bear
        self._committing: dict[Place, asyncio.Task[None]] = {}
        self._reopening: asyncio.Task[None] | None = None

    def add(self, table: PartitionLanes) -> None:
        """Let the lanes of a table follow the assignment from now on."""
        table.is_shown = self.is_shown
        table.on_end = self._note_end
        self._tables[table.topic] = table

    def table(self, topic: str) -> PartitionLanes:
        """The lanes of a source topic; where nobody has added them, they are made."""
        if topic not in self._tables:
            self.add(PartitionLanes(topic, self._make))
        return self._tables[topic]

    def _runners(self) -> Iterator[tuple[Place, LaneRunner]]:
        """All lanes, table by table."""
        for table in list(self._tables.values()):
            yield from table

    def _runner(self, place: Place) -> LaneRunner | None:
        table = self._tables.get(place.topic)
        return None if table is None else table.get(place.partition)

    def release(self) -> None:
        """Show nothing until the next assignment: another worker may own the partitions by then."""
        self._owned = set()
        self._assignments += 1
        self._changes += 1
        if self._hidden_at is None:
            self._hidden_at = self._clock.monotonic()

    @property
    def hidden_seconds(self) -> float:
        """How long nothing has been shown since the partitions were released; 0 once all lanes are open."""
        since = self._hidden_at
        return 0.0 if since is None else self._clock.monotonic() - since

    async def assign(self, places: Iterable[Place]) -> None:
        """Own exactly these places: open lanes that are new, drop the others.

        A lane that stays keeps its state, after a commit has proved that nobody else has owned it in
        between: a fenced one is opened anew first. No series are shown meanwhile, nor afterwards if the
        places were released before all were open.
        """
        wanted = set(places)
        self.release()
        assignment = self._assignments
        async with self._opening:
            for place in [owned for owned, _ in self._runners() if owned not in wanted]:
                await self.table(place.topic).give_up(place.partition).close()
            for place in sorted(wanted):
                self.table(place.topic).take(place.partition)
            open_runners = [runner for _, runner in self._runners() if runner.is_open]
            proofs = await asyncio.gather(
                *(runner.commit(prove=True) for runner in open_runners), return_exceptions=True
            )
            for proof in proofs:
                if isinstance(proof, BaseException) and not isinstance(proof, LaneError):
                    raise proof
            closed = [(place, runner) for place, runner in self._runners() if not runner.is_open]
            opened = await asyncio.gather(*(runner.open() for _, runner in closed), return_exceptions=True)
            for (place, _), result in zip(closed, opened, strict=True):
                if isinstance(result, LaneError) and result.retriable:
                    # The others are not to wait for it.
                    self._stays_closed(place, result)
                elif result is not None:
                    raise result
            # Every lane was proved or opened under this assignment: no fence of before counts.
            self._fenced_at.clear()
            still = {place for place in wanted if not self.is_open(place)}
            self._again_at = {place: at for place, at in self._again_at.items() if place in still}
            if assignment == self._assignments:
                self._owned = wanted
                self._hidden_at = None

    def position(self, place: Place) -> int | None:
        """Where to read next; None without an open lane."""
        runner = self._runner(place)
        return runner.position if runner and runner.is_open else None

    def is_open(self, place: Place) -> bool:
        """Whether there is a lane that can take records."""
        runner = self._runner(place)
        return runner is not None and runner.is_open

    def is_fenced(self, place: Place) -> bool:
        """Whether another owner was found, and the lane waits for a later heartbeat."""
        return place in self._fenced_at

    def positions(self) -> dict[Place, int]:
        """Committed source offsets of the owned lanes."""
        return {
            place: runner.committed.next_offset
            for place, runner in self._runners()
            if place in self._owned and runner.is_open and runner.committed
        }

    async def _commit_one(self, place: Place, runner: LaneRunner) -> None:
        if await self.table(place.topic).commit(place.partition, runner):
            self._denied.discard(place)

    def idle(self, place: Place, *, idle: bool) -> None:
        """Say whether a partition is idle by the worker's clock."""
        # Panes follow the inputs: while these rest, nothing may keep them going.
        (self._busy.discard if idle or place.topic == PANE_TOPIC else self._busy.add)(place)
        runner = self._runner(place)
        if runner is not None:
            runner.idle(idle=idle, others_busy=not self._busy.isdisjoint(self._owned - {place}))

    async def commit(self) -> None:
        """Commit every lane, the merge lanes last."""
        await self.commit_some(merges=False)
        await self.commit_some(merges=True)

    async def commit_some(self, *, merges: bool) -> None:
        """Commit the source lanes or the merge lanes; drop those that failed, open again those that may.

        Closing windows may take merge lanes a good part of a second, and source lanes must not wait for that,
        nor for a lane whose commit does not end because a partition has no leader.
        """

        def mine() -> dict[Place, asyncio.Task[None]]:
            pairs = self._committing.items()
            return {place: task for place, task in pairs if (place.topic == PANE_TOPIC) is merges}

        for place, runner in self._runners():
            if runner.is_open and (place.topic == PANE_TOPIC) is merges and place not in self._committing:
                self._committing[place] = asyncio.create_task(self._commit_one(place, runner))
        await self._wait(mine().values())
        ended = {place: task for place, task in mine().items() if task.done()}
        for place in ended:
            del self._committing[place]
        for task in ended.values():
            task.result()
        await self._open_again()

    def _note_end(self, place: Place, runner: LaneRunner, error: LaneError) -> None:
        """Say how a lane's commit ended, and remember where another owner was found."""
        if isinstance(error, (DeniedError, LeaderlessError)):
            self._stays_closed(place, error)
            return
        if not isinstance(error, FencedError):
            logger.warning("%s-%s must recover: %s", *place, error)
            return
        logger.warning("%s-%s was fenced: %s", *place, error)
        if self._runner(place) is runner and not runner.is_open:
            # Else an assignment has opened it anew while other lanes were still committing.
            self._fenced_at[place] = self._clock.monotonic()
            self._changes += 1

    def _stays_closed(self, place: Place, error: PulseError) -> None:
        """Say why a lane is not open, once."""
        if isinstance(error, DeniedError):
            self._denied.add(place)
        if isinstance(error, LeaderlessError):
            self._again_at[place] = self._clock.monotonic() + _AGAIN_SECONDS
        if self._closed.get(place) != str(error):
            logger.warning("%s-%s stays closed: %s", *place, error)
        self._closed[place] = str(error)

    def is_denied(self, place: Place) -> bool:
        """Whether the lane lacks a right, and waits for it."""
        return place in self._denied

    def is_leaderless(self, place: Place) -> bool:
        """Whether the lane waits because a partition that it writes, or its transactions, have no leader."""
        return place in self._again_at

    def is_committing(self, place: Place) -> bool:
        """Whether a commit of the lane is under way, which ends by itself."""
        return place in self._committing

    async def close(self) -> None:
        """Commit what there is, and let go of everything."""
        try:
            await self.commit()
        finally:
            under_way = [*self._committing.values(), *([self._reopening] if self._reopening else [])]
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)
            self._committing.clear()
        self.release()
        for place, _ in list(self._runners()):
            await self.table(place.topic).give_up(place.partition).close()

    def samples(self) -> list[Sample]:
        """The series of all owned lanes; none while the group may have given them away.

        Kafka fences a zombie's writes, not its ``/metrics``: a worker whose last heartbeat is older
        than the session time-out must assume that others show its lanes now.
        """
        return [sample for table in list(self._tables.values()) for sample in table.samples()]

    def is_shown(self, place: Place) -> bool:
        """Whether the lane of a place is this worker's to show now."""
        return not self._is_stale and place in self._owned and place not in self._fenced_at

    @property
    def _is_stale(self) -> bool:
        """Whether the last heartbeat is so old that others may own the lanes."""
        return self._clock.monotonic() - self._heartbeat() >= self._session_timeout

    def shown(self) -> tuple[int, frozenset[Place]]:
        """Whose series ``samples`` gives now, and a number that changes when others may have owned them."""
        if self._is_stale:
            return self._changes, frozenset()
        return self._changes, frozenset(self._owned - set(self._fenced_at))

    def views(self) -> Mapping[str, tuple[tuple[int, int], bytes]]:
        """Current values for Redis, each with the offset that it includes (``LaneRunner.reached``)."""
        return {
            key: (runner.reached, view)
            for place, runner in self._runners()
            if place in self._owned and runner.committed
            for key, view in runner.committed.views.items()
        }

    async def _open_again(self) -> None:
        """Open dropped lanes again while the others go on."""
        if self._reopening is None:
            self._reopening = asyncio.create_task(self._reopen())
        reopening = self._reopening
        await self._wait([reopening])
        if reopening.done() and self._reopening is reopening:
            self._reopening = None
            reopening.result()

    async def _wait(self, tasks: Collection[asyncio.Task[None]]) -> None:
        """Wait for work that others need not wait for to its end; with this it is cancelled."""
        if not tasks:
            return
        try:
            await asyncio.wait(tasks, timeout=self._bear)
        except asyncio.CancelledError:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._committing = {place: task for place, task in self._committing.items() if task not in tasks}
            if self._reopening in tasks:
                self._reopening = None
            raise

    async def _reopen(self) -> None:
        """Open dropped lanes again; a fenced one only after a heartbeat that was sent later.

        Otherwise two owners would fence each other in turns.
        """
        if self._opening.locked():
            return
        async with self._opening:
            for place, runner in self._runners():
                if runner.is_open or place not in self._owned:
                    continue
                if self._heartbeat() <= self._fenced_at.get(place, float("-inf")):
                    continue
                if self._clock.monotonic() < self._again_at.get(place, float("-inf")):
                    continue
                try:
                    await runner.open()
                except (LaneError, UnreachableError) as error:
                    if not error.retriable:
                        raise
                    self._stays_closed(place, error)
                    continue
                if place not in self._owned:
                    await runner.close()
                    continue
                self._fenced_at.pop(place, None)
                self._closed.pop(place, None)
                self._again_at.pop(place, None)
                moved = self._seek(place, runner.position)
                if asyncio.iscoroutine(moved):
                    await moved
