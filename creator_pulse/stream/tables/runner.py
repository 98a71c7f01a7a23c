"""One lane with its log: open (fence, recover), apply, commit.

The order on opening makes it exact: first take the transactional id, which fences a former owner and aborts
its open transaction; only then ask where the changelog ends; read up to there; then read the source from
the marker.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from creator_pulse.stream.errors import LaneError
from creator_pulse.stream.lanes.lane import MARKER, Entry, Lane, Sample, Snapshot
from creator_pulse.stream.tables.bounded_reader import BoundedReader
from creator_pulse.stream.tables.care import Care, is_of_data, place_of, sound
from creator_pulse.stream.tables.fencing import fence
from creator_pulse.stream.tables.log_identity import LOG_IDENTITY, Anchor, LogIdentity, anchor, locate
from creator_pulse.stream.tables.recovery import recover
from creator_pulse.stream.transport.batch import OutRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from creator_pulse.stream.clock import Clock
    from creator_pulse.stream.tables.delays import Delays
    from creator_pulse.stream.transport.batch import Batch
    from creator_pulse.stream.transport.log import Log, LogProducer

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LaneId:
    """The names of a lane: the partition it reads, and where its state is stored.

    For example, the lane of ``creator.gift``-2 has the changelog ``pulse-creator.gift-changelog``-2.

    Attributes:
        topic: source topic, full name.
        partition: its number; the changelog's partition too.
        changelog: changelog topic.
        transactional_id: of the only producer.
        label: value of the ``topic`` label.
        outputs: topic and number of the partitions that its transactions write besides the changelog's.
        compacted: whether the source is compacted. If so, no counted record is sure to be there later, so
            none can serve as an anchor.
    """

    topic: str
    partition: int
    changelog: str
    transactional_id: str
    label: str
    outputs: tuple[tuple[str, int], ...] = ()
    compacted: bool = False


class _Applied(NamedTuple):
    """The records applied since the last commit: first offset, number, and the offset after the last."""

    first: int
    records: int
    until: int


_NOTHING = _Applied(0, 0, 0)
MOST_WAITING_BYTES = 128 * 1024 * 1024
"""Bytes of the records since the last commit: dead letters and late records are held in memory until then."""


class LaneRunner:
    """Runs a lane; ``open`` it first.

    Args:
        lane_id: the names of the lane's topics and partitions.
        make: creates an empty lane.
        log: has the source, the changelog and the outputs.
        clock: decides when results are emitted.
        patience: seconds after which opening gives up on a log that does not answer.
        delays: of the worker; takes how long records took to be exposed.
    """

    def __init__(
        self,
        lane_id: LaneId,
        make: Callable[[], Lane],
        log: Log,
        clock: Clock,
        patience: float = 60.0,
        delays: Delays | None = None,
    ) -> None:
        self.id = lane_id
        self._make = make
        self._log = log
        self._clock = clock
        self._patience = patience
        self._delays = delays
        self._lane: Lane | None = None
        self._producer: LogProducer | None = None
        self._committing = asyncio.Lock()
        self.committed: Snapshot | None = None
        """The state that may be exposed: that of the last commit whose outcome is known."""
        self._marker: bytes | None = None
        self._identity = LogIdentity(0)
        self._base: Anchor | None = None
        # An early record and the last one of those applied since the last commit.
        self._last: Anchor | None = None
        self._applied = _NOTHING
        self._waiting_bytes = 0
        self._care: Care | None = None
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
        """Fence, recover, and find the offset to read from.

        Raises:
            UnreachableError: the log does not answer.
            ChangelogError: the state cannot be restored.
        """
        began = self._clock.monotonic()
        # What is still being committed of a lane that failed meanwhile has to have its end.
        async with self._committing:
            try:
                await self.close()
                await self._open()
            except BaseException:
                # Also a cancellation: a lane half open must not keep its producer.
                await self.close()
                raise
        self.recovery_seconds = self._clock.monotonic() - began

    async def _open(self) -> None:
        changelog = BoundedReader(self._log, self.id.changelog, self.id.partition, self._patience)
        self._producer = await fence(self._log, self.id.transactional_id, changelog, self.id.outputs)
        source = BoundedReader(self._log, self.id.topic, self.id.partition, self._patience)
        now_ms = self._clock.now_ms()
        recovered = await recover(self._make, changelog, source, now_ms)
        if recovered.mended:
            await self._producer.commit(_changes(self.id, recovered.mended))
        self._identity = await locate(recovered.lane, recovered.identity, source, now_ms)
        self._marker = recovered.marker
        self._base = self._last = None
        self._applied = _NOTHING
        self._waiting_bytes = 0
        self._lane = recovered.lane
        self.committed = recovered.lane.snapshot()

    @property
    def reached(self) -> tuple[int, int]:
        """The version of the exposed state: when the lane began on this log, epoch ms, and source offset.

        It never decreases while the changelog exists, even if the log was recreated and its offsets start
        again.

        Raises:
            LaneError: nothing was committed.
        """
        if self.committed is None:
            raise LaneError(f"the lane of {self.id.topic}-{self.id.partition} shows nothing yet")
        return self._identity.began, self.committed.next_offset

    def apply(self, batch: Batch) -> bool:
        """Count a batch. Records below the position were counted before, and a batch beyond it is skipped.

        If counting fails, the lane is dropped, because nobody knows how far it got: it has to be opened
        again, and goes on with care.

        Returns:
            whether the batch is contiguous: False if records before it have to be read first.

        Raises:
            LaneError: the lane is not open.
        """
        lane = self._require()
        position = lane.next_offset or 0
        if batch.begin > position:
            # It was read before the lane was set back, or one before it was dropped on its way.
            return False
        # A batch that reaches over the position is cut: its first records are in the state already.
        if batch.end > position:
            self._count(lane, batch.since(position))
        return True

    @property
    def is_full(self) -> bool:
        """Whether so many bytes wait to be committed that nothing more should be counted before."""
        return self.is_open and self._waiting_bytes > MOST_WAITING_BYTES

    @property
    def is_careful(self) -> bool:
        """Whether counting has failed near the position: ``apply_with_care`` is to be called then."""
        return self._care is not None

    async def apply_with_care(self, batch: Batch) -> bool:
        """Count a batch part by part, each committed before the next.

        A record that fails alone is counted as failed. Which one that is depends on the log only, because a
        part that fails leaves nothing behind.

        Returns:
            as ``apply``.

        Raises:
            FencedError: another owner has the lane.
            LaneError: the outcome of a commit is not known; ``open`` again.
        """
        while self._lane is not None and self._care is not None:
            care, position = self._care, self.position
            if batch.begin > position or batch.end <= position:
                break
            part: Batch | None = care.part(batch.since(position))
            if part is not None and part.unreadable is None:
                part = self._sound_or_refused(self._lane, care, part)
            if part is not None:
                self._count(self._lane, part)
            if self._lane is None:
                return True
            await self.commit()
            care.counted()
            if self.position >= care.until:
                self._care = None
        return self._lane is None or self.apply(batch)

    def _sound_or_refused(self, lane: Lane, care: Care, part: Batch) -> Batch | None:
        """The first records of a part that can be decoded; None if its first one was refused."""
        first = int(part.offsets[0])
        if care.alone < first:
            try:
                readable = sound(lane, part)
            except BaseException as error:
                if not is_of_data(error):
                    raise
                readable = 1  # each by itself
        else:
            # The rows before the record that fails alone; 0 if it is the first.
            readable = int(np.searchsorted(part.offsets, care.alone))
        if readable:
            return part.rows(0, readable)
        record = part.rows(0, 1)
        logger.error("%s: offset %s cannot be counted, and is passed over", self._name, first)
        self._applied = _Applied(first, 0, record.end)
        lane.refuse(record)
        self._note(record)
        return None

    def _count(self, lane: Lane, batch: Batch) -> None:
        first, records, _ = self._applied
        if records == 0:
            first = int(batch.offsets[0]) if len(batch) else batch.begin
        self._applied = _Applied(first, records + len(batch), batch.end)
        try:
            lane.apply(batch)
        except BaseException as error:
            if not is_of_data(error):
                raise
            self._fail(error)
        else:
            self._note(batch)

    def _note(self, batch: Batch) -> None:
        if len(batch):
            self._waiting_bytes += int(np.maximum(batch.value_length, 0).sum())
            if self._identity.base is None and self._base is None:
                self._base = anchor(batch, 0)
            self._last = anchor(batch, -1)

    def _fail(self, error: BaseException) -> None:
        """Drop the lane, and remember which records have to be counted with care.

        Raises:
            BaseException: the error itself, if nothing was counted since the last commit: the state is at
                fault.
        """
        first, records, until = self._applied
        self._lane = None
        if records == 0:
            raise error
        logger.error(
            "%s: counting offsets %s to %s has failed (%s): they are taken again in smaller parts",
            self._name,
            first,
            until - 1,
            place_of(error),
        )
        logger.debug("%s has failed", self._name, exc_info=error)
        self._care = self._care or Care(until)
        self._care.failed(first, records, until)

    def idle(self, *, idle: bool, others_busy: bool = False) -> None:
        """Set whether the partition is idle by the worker's clock, and whether its other inputs are busy."""
        if self._lane is not None:
            self._lane.idle(idle=idle, others_busy=others_busy)

    async def commit(self, *, prove: bool = False) -> bool:
        """Write all changes in one transaction.

        Args:
            prove: if nothing has changed, write the marker again, so that a lane which another worker has
                owned meanwhile is detected. A lane that has no marker yet is dropped.

        Returns:
            whether anything had changed.

        Raises:
            FencedError: another owner has the lane.
            LaneError: the outcome is not known; ``open`` again.
        """
        async with self._committing:
            lane, producer = self._lane, self._producer
            if lane is None or producer is None:
                return False
            try:
                checkpoint = lane.checkpoint(self._clock.now_ms())
            except BaseException as error:
                if is_of_data(error):
                    self._fail(error)
                    raise LaneError("what was counted cannot be summed") from error
                raise
            if checkpoint is None:
                if prove:
                    await self._prove(producer)
                return False
            began = self._clock.monotonic()
            # The identity goes with every marker, so that both tell of the same last record.
            entries = ((LOG_IDENTITY, self._counted()), *checkpoint.entries)
            self._applied = _NOTHING
            self._waiting_bytes = 0
            await self._write(producer, (*_changes(self.id, entries), *checkpoint.outgoing))
            # The marker is the last entry of a checkpoint, by the lane's own rule.
            self._marker = checkpoint.entries[-1][1]
            self.committed = checkpoint.snapshot
            self.commit_seconds = self._clock.monotonic() - began
            if self._delays is not None:
                self._delays.shown(self.id.label, checkpoint.ingested, self._clock.now_ms())
            return True

    def _counted(self) -> bytes:
        """The changelog entry of the log's identity, with the records applied since the last commit."""
        if self._last is not None and not self.id.compacted:
            self._identity = self._identity.counted(self._base, self._last)
        self._base = self._last = None
        return msgspec.msgpack.encode(self._identity)

    async def _prove(self, producer: LogProducer) -> None:
        if self._marker is None:
            await self.close()
            return
        await self._write(producer, _changes(self.id, [(MARKER, self._marker)]))

    async def _write(self, producer: LogProducer, records: Sequence[OutRecord]) -> None:
        try:
            await producer.commit(records)
        except BaseException:
            # Also a cancellation: what was handed over is gone from the lane, and nobody knows
            # whether it was written. Only the changelog can tell.
            await self.close()
            raise

    async def close(self) -> None:
        """Drop state and producer; the next owner reads uncommitted records again."""
        producer, self._producer, self._lane = self._producer, None, None
        if producer is not None:
            try:
                await producer.close()
            except LaneError as error:
                logger.warning("%s: %s", self.id.transactional_id, error)

    def samples(self) -> tuple[Sample, ...]:
        """The series of the last commit, and how long commit and recovery took."""
        if self.committed is None:
            return ()
        place = (("partition", str(self.id.partition)), ("topic", self.id.label))
        return (
            *self.committed.samples,
            Sample("pulse_source_resets_total", place, self._identity.resets),
            Sample("pulse_counting_began_timestamp_seconds", place, self._identity.began / 1000),
            Sample("pulse_committed_offset", place, self.committed.next_offset),
            Sample("pulse_lane_checkpoint_seconds", place, self.commit_seconds),
            Sample("pulse_lane_recovery_seconds", place, self.recovery_seconds),
        )

    @property
    def _name(self) -> str:
        return f"{self.id.topic}-{self.id.partition}"

    def _require(self) -> Lane:
        if self._lane is None:
            raise LaneError(f"the lane of {self.id.topic}-{self.id.partition} is not open")
        return self._lane


def _changes(lane_id: LaneId, entries: Iterable[Entry]) -> list[OutRecord]:
    return [OutRecord(lane_id.changelog, key, value, lane_id.partition) for key, value in entries]
