"""One lane with its log: open (fence, recover), apply, commit.

The order on opening is what makes it exact: take the transactional id first, which fences a former
owner and aborts what it left open; only then ask where the changelog ends; read up to there; then
read the source from the marker.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stream.errors import LaneError
from stream.transport.batch import Batch, OutRecord
from stream.windows.lane import MARKER, Lane, Sample, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stream.clock import Clock
    from stream.transport.log import Log, LogProducer

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LaneId:
    """Which lane: the partition it reads, and where its state is kept.

    Attributes:
        topic: source topic, full name.
        partition: its number; the changelog's partition too.
        changelog: changelog topic.
        transactional_id: of its one producer.
        label: value of the ``topic`` label.
    """

    topic: str
    partition: int
    changelog: str
    transactional_id: str
    label: str


class LaneRunner:
    """Runs a lane; ``open`` it first.

    Args:
        lane_id: names.
        make: an empty lane.
        log: where records are.
        clock: for the beats of results.
    """

    def __init__(self, lane_id: LaneId, make: Callable[[], Lane], log: Log, clock: Clock) -> None:
        self.id = lane_id
        self._make = make
        self._log = log
        self._clock = clock
        self._lane: Lane | None = None
        self._producer: LogProducer | None = None
        self._committing = asyncio.Lock()
        self.committed: Snapshot | None = None
        """What may be shown: the state of the last commit whose outcome is known."""
        self._marker: bytes | None = None
        self.commit_seconds = 0.0
        self.recovery_seconds = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the lane can take records."""
        return self._lane is not None

    @property
    def position(self) -> int:
        """The source offset to read next.

        Raises:
            LaneError: the lane is not open.
        """
        return self._require().next_offset or 0

    async def open(self) -> None:
        """Fence, recover, find the place to read from.

        Raises:
            UnreachableError: the log does not answer.
            ChangelogError: the state cannot be read back.
        """
        began = self._clock.monotonic()
        try:
            await self._open()
        except BaseException:
            # Also a cancellation: a lane half open must not keep its producer.
            await self.close()
            raise
        self.recovery_seconds = self._clock.monotonic() - began

    async def _open(self) -> None:
        self._producer = await self._log.producer(self.id.transactional_id)
        lane = self._make()
        entries = await self._entries()
        lane.restore(entries.items())
        self._marker = entries.get(MARKER)
        first, end = await self._log.bounds(self.id.topic, self.id.partition)
        marker = lane.next_offset
        if marker is None:
            lane.start_at(first, 0)
        elif marker < first:
            logger.error(
                "%s-%s lost %s records to retention", self.id.topic, self.id.partition, first - marker
            )
            lane.start_at(first, first - marker)
        elif marker > end:
            # The topic was made anew or cut: what is there now was never counted.
            logger.error(
                "%s-%s ends at %s, below the marker %s", self.id.topic, self.id.partition, end, marker
            )
            lane.start_at(first, 0)
        self._lane = lane
        self.committed = lane.snapshot()

    def apply(self, batch: Batch) -> None:
        """Count a batch; records below the position were counted before, one beyond it is passed over.

        Raises:
            LaneError: the lane is not open.
        """
        lane = self._require()
        position = lane.next_offset or 0
        if batch.begin > position:
            # It was read before the lane was set back; what lies between is being read again.
            return
        if batch.offsets[0] < position:
            kept = [at for at, offset in enumerate(batch.offsets) if offset >= position]
            if not kept:
                return
            first = kept[0]
            batch = Batch(
                batch.offsets[first:], batch.timestamps[first:], batch.keys[first:], batch.values[first:]
            )
        lane.apply(batch)

    def idle(self, *, idle: bool) -> None:
        """Say whether the partition is idle by the worker's clock."""
        if self._lane is not None:
            self._lane.idle(idle=idle)

    async def commit(self, *, prove: bool = False) -> bool:
        """Write what changed, in one transaction.

        Args:
            prove: write the marker again where nothing changed, so that a lane which somebody else
                has owned meanwhile is found out; one that has no marker yet is dropped.

        Returns:
            whether there was anything.

        Raises:
            FencedError: another owner has the lane.
            LaneError: the outcome is not known; ``open`` again.
        """
        async with self._committing:
            lane, producer = self._lane, self._producer
            if lane is None or producer is None:
                return False
            checkpoint = lane.checkpoint(self._clock.now_ms())
            if checkpoint is None:
                if prove:
                    await self._prove(producer)
                return False
            began = self._clock.monotonic()
            changelog, partition = self.id.changelog, self.id.partition
            records = [OutRecord(changelog, key, value, partition) for key, value in checkpoint.entries]
            await self._write(producer, (*records, *checkpoint.outgoing))
            self._marker = checkpoint.entries[-1][1]
            self.committed = checkpoint.snapshot
            self.commit_seconds = self._clock.monotonic() - began
            return True

    async def _prove(self, producer: LogProducer) -> None:
        if self._marker is None:
            await self.close()
            return
        again = OutRecord(self.id.changelog, MARKER, self._marker, self.id.partition)
        await self._write(producer, (again,))

    async def _write(self, producer: LogProducer, records: Sequence[OutRecord]) -> None:
        try:
            await producer.commit(records)
        except BaseException:
            # Also a cancellation: what was handed over is gone from the lane, and nobody knows
            # whether it was written. Only the changelog can tell.
            await self.close()
            raise

    async def close(self) -> None:
        """Drop state and producer; what was not committed is read again by the next owner."""
        producer, self._producer, self._lane = self._producer, None, None
        if producer is not None:
            try:
                await producer.close()
            except LaneError as error:
                logger.warning("%s: %s", self.id.transactional_id, error)

    def samples(self) -> tuple[Sample, ...]:
        """The series of the last commit, and how long it took."""
        if self.committed is None:
            return ()
        place = (("partition", str(self.id.partition)), ("topic", self.id.label))
        return (
            *self.committed.samples,
            Sample("pulse_committed_offset", place, self.committed.next_offset),
            Sample("pulse_lane_checkpoint_seconds", place, self.commit_seconds),
            Sample("pulse_lane_recovery_seconds", place, self.recovery_seconds),
        )

    async def _entries(self) -> dict[bytes, bytes]:
        first, end = await self._log.bounds(self.id.changelog, self.id.partition)
        entries: dict[bytes, bytes] = {}
        async for batch in self._log.read(self.id.changelog, self.id.partition, first, end):
            for key, value in zip(batch.keys, batch.values, strict=True):
                if key is None:
                    continue
                if value is None:
                    entries.pop(key, None)
                else:
                    entries[key] = value
        return entries

    def _require(self) -> Lane:
        if self._lane is None:
            raise LaneError(f"the lane of {self.id.topic}-{self.id.partition} is not open")
        return self._lane
