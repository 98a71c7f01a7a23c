"""Broken ways from a lane to its log, one planted bug each."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from creator_pulse.stream.errors import FencedError
from creator_pulse.stream.lanes.lane import MARKER
from creator_pulse.stream.tables.runner import LaneRunner
from creator_pulse.stream.transport.names import PANE_TOPIC

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.lanes.lane import Lane, Sample
    from creator_pulse.stream.tables.runner import LaneId
    from creator_pulse.stream.transport.batch import Batch, OutRecord
    from creator_pulse.stream.transport.log import Log, LogProducer

_numbers = count()


class _Producer:
    """A producer that passes everything on."""

    def __init__(self, inner: LogProducer, lane_id: LaneId) -> None:
        self.inner = inner
        self.id = lane_id

    async def commit(self, records: Sequence[OutRecord]) -> None:
        """Write all records in one transaction."""
        await self.inner.commit(records)

    async def close(self) -> None:
        """Let go."""
        await self.inner.close()

    async def in_turn(self, first: Sequence[OutRecord], then: Sequence[OutRecord]) -> None:
        """Write records in two transactions."""
        for part in (first, then):
            if part:
                await self.inner.commit(part)


class _Log:
    """A log that passes everything on, but for its producers."""

    def __init__(self, inner: Log, lane_id: LaneId, made: type[_Producer]) -> None:
        self.inner = inner
        self.id = lane_id
        self._made = made

    async def producer(self, transactional_id: str) -> LogProducer:
        """Take a transactional id."""
        return self._made(await self.inner.producer(transactional_id), self.id)

    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """The first offset, and the end."""
        return await self.inner.bounds(topic, partition)

    async def undecided(self, topic: str, partition: int) -> bool:
        """Whether records have no end."""
        return await self.inner.undecided(topic, partition)

    def read(self, topic: str, partition: int, start: int, end: int) -> AsyncIterator[Batch]:
        """Committed records."""
        return self.inner.read(topic, partition, start, end)


class _Runner(LaneRunner):
    """A runner whose way to the log is broken."""

    log: type[_Log] = _Log
    producer: type[_Producer] = _Producer

    def __init__(
        self, lane_id: LaneId, make: Callable[[], Lane], log: Log, clock: Clock, patience: float = 60.0
    ) -> None:
        super().__init__(lane_id, make, self.log(log, lane_id, self.producer), clock, patience)


class _UnfencedLog(_Log):
    async def producer(self, transactional_id: str) -> LogProducer:
        return await super().producer(f"{transactional_id}-{next(_numbers)}")


class Unfenced(_Runner):
    """Opens a lane without fencing: each start makes up a transactional id, so the former owner writes on."""

    log = _UnfencedLog


class _DeafProducer(_Producer):
    async def commit(self, records: Sequence[OutRecord]) -> None:
        try:
            await self.inner.commit(records)
        except FencedError:
            return


class FenceIgnored(_Runner):
    """Takes a fenced commit for a written one."""

    producer = _DeafProducer


class _MarkerFirst(_Producer):
    async def commit(self, records: Sequence[OutRecord]) -> None:
        state = [record for record in records if record.topic == self.id.changelog and record.key != MARKER]
        await self.in_turn([record for record in records if record not in state], state)


class CommitBeforeState(_Runner):
    """Advances the marker first; the entries follow in a transaction of their own."""

    producer = _MarkerFirst


class _MarkerLast(_Producer):
    async def commit(self, records: Sequence[OutRecord]) -> None:
        marker = [record for record in records if record.topic == self.id.changelog and record.key == MARKER]
        await self.in_turn([record for record in records if record not in marker], marker)


class MarkerOutside(_Runner):
    """Writes the marker after the transaction that holds the state."""

    producer = _MarkerLast


class _ResultsFirst(_Producer):
    async def commit(self, records: Sequence[OutRecord]) -> None:
        results = [
            record for record in records if record.topic != self.id.changelog and self.id.topic == PANE_TOPIC
        ]
        await self.in_turn(results, [record for record in records if record not in results])


class ClosesTwice(_Runner):
    """Emits a merge lane's results before the state that says so: a crash between states finals again."""

    producer = _ResultsFirst


class _ShortLog(_Log):
    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        first, end = await super().bounds(topic, partition)
        # The last offset is the transaction's own marker, the one before it the last record.
        return (first, max(first, end - 2)) if topic == self.id.changelog else (first, end)


class ShortRecovery(_Runner):
    """Reads the changelog only to the last record, without it."""

    log = _ShortLog


class Uncommitted(LaneRunner):
    """Shows counts as soon as they are counted."""

    def __init__(
        self, lane_id: LaneId, make: Callable[[], Lane], log: Log, clock: Clock, patience: float = 60.0
    ) -> None:
        self.lane: Lane | None = None

        def kept() -> Lane:
            self.lane = make()
            return self.lane

        super().__init__(lane_id, kept, log, clock, patience)

    def samples(self) -> tuple[Sample, ...]:
        """The series as they stand."""
        if self.is_open and self.lane is not None:
            self.committed = self.lane.snapshot()
        return super().samples()
