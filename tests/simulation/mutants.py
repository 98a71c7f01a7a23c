"""Broken lanes, pages and views, one planted bug each; ``mutant_runners.py`` has the ways to the log."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
from redis.exceptions import RedisError

from creator_pulse.proof.simulation.redis import WorkerRedis
from creator_pulse.stream.catalog.registry import CATALOGUE
from creator_pulse.stream.ingestion.source_lane import SourceLane
from creator_pulse.stream.panes import pane_record
from creator_pulse.stream.panes.lateness import ON_TIME
from creator_pulse.stream.panes.tables import tables_of
from creator_pulse.stream.tables.lanes import Lanes
from creator_pulse.stream.tables.views import CURRENT, OFFSETS, Views
from creator_pulse.stream.transport.batch import Batch
from creator_pulse.stream.transport.names import PANE_TOPIC
from creator_pulse.stream.windows.merge_lane import MergeLane
from tests.support.partials import cells_of, summed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from creator_pulse.stream.lanes.lane import Checkpoint, Sample, Snapshot
    from creator_pulse.stream.tables.views import RedisWriter
    from creator_pulse.stream.transport.batch import OutRecord

_ACCEPTED = b"d"
"""First byte of a source lane's changelog keys that hold accepted event ids."""


class ZombiePage(Lanes):
    """Serves its page however old the last heartbeat is."""

    def samples(self) -> list[Sample]:
        """The series of all lanes that it takes for its own."""
        now, self._heartbeat = self._heartbeat, self._clock.monotonic
        try:
            return super().samples()
        finally:
            self._heartbeat = now


def when_answered(sent: float, answered: float) -> float:
    """A heartbeat counts from its answer, though the coordinator's clock started when it was sent."""
    del sent
    return answered


class ForgetsIds(SourceLane):
    """Loses the accepted event ids on recovery."""

    def restore(self, entries: Iterable[tuple[bytes, bytes]]) -> None:
        """Rebuild state, without the ids."""
        super().restore([(key, value) for key, value in entries if key[:1] != _ACCEPTED])


class RestartsAtZero(SourceLane):
    """Shows totals since its recovery."""

    _before: Mapping[tuple[object, ...], float] = {}

    def restore(self, entries: Iterable[tuple[bytes, bytes]]) -> None:
        """Rebuild state, and note where the totals stand."""
        super().restore(entries)
        self._before = {
            (sample.family, sample.labels): sample.value
            for sample in super().snapshot().samples
            if _is_total(sample)
        }

    def snapshot(self) -> Snapshot:
        """The series, less what they were at the start."""
        shown = super().snapshot()
        samples = [
            sample._replace(value=sample.value - self._before.get((sample.family, sample.labels), 0))
            for sample in shown.samples
        ]
        return replace(shown, samples=tuple(samples))


class LateTwice(SourceLane):
    """Adds the value of a late record to its windows twice."""

    def checkpoint(self, now_ms: int) -> Checkpoint | None:
        """What changed, late cells doubled."""
        return _retold(super().checkpoint(now_ms), _late_doubled)


class LateInTime(SourceLane):
    """Counts a late record also as one in time."""

    def checkpoint(self, now_ms: int) -> Checkpoint | None:
        """What changed, each late cell also in time."""
        return _retold(super().checkpoint(now_ms), _late_in_time)


class IdleAdvances(SourceLane):
    """Moves the watermark of an idle partition on."""

    def checkpoint(self, now_ms: int) -> Checkpoint | None:
        """What changed; idle, the watermark is ahead by the allowed lateness."""
        return _retold(super().checkpoint(now_ms), _ahead)


class BoundaryTwice(SourceLane):
    """Reads the last record of a batch again as the first of the next."""

    _last: tuple[int, bytes | None, bytes | None] | None = None

    def apply(self, batch: Batch) -> None:
        """Count a batch, and the record before it."""
        times, keys, values = list(batch.timestamps), list(batch.keys), list(batch.values)
        last, self._last = self._last, (times[-1], keys[-1], values[-1])
        if last is not None:
            time, key, value = last
            batch = Batch.of(
                [batch.offsets[0] - 1, *batch.offsets], [time, *times], [key, *keys], [value, *values]
            )
        super().apply(batch)


class BoundarySkipped(SourceLane):
    """Skips the first record of a batch, taking its offset for one that was counted."""

    def apply(self, batch: Batch) -> None:
        """Count a batch but for its first record."""
        if len(batch) > 1:
            batch = batch.rows(1, len(batch))
        super().apply(batch)


class FastestPartition(MergeLane):
    """Closes windows by the largest watermark of a topic's partitions instead of the lowest."""

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self._largest: dict[str, int] = {}

    def apply(self, batch: Batch) -> None:
        """Add a batch, in which every partition has come as far as the fastest."""
        values = [None if value is None else self._at_the_front(value) for value in batch.values]
        super().apply(Batch.of(batch.offsets.tolist(), batch.timestamps.tolist(), batch.keys, values))

    def _at_the_front(self, value: bytes) -> bytes:
        record = pane_record.decode(value)
        if record.watermark is not None:
            self._largest[record.topic] = max(self._largest.get(record.topic, 0), record.watermark)
        return pane_record.encode(msgspec.structs.replace(record, watermark=self._largest.get(record.topic)))


class FinalAgain(MergeLane):
    """States the finals of a checkpoint again with the next one."""

    _stated: tuple[OutRecord, ...] = ()

    def checkpoint(self, now_ms: int) -> Checkpoint | None:
        """What changed, and the former finals."""
        made = super().checkpoint(now_ms)
        if made is None:
            return None
        again = tuple(record for record in made.outgoing if record.value and b'"final"' in record.value)
        former, self._stated = self._stated, again
        return replace(made, outgoing=(*made.outgoing, *former))


class Increments(Views):
    """Writes to Redis what a value grew by."""

    def __init__(self, redis: RedisWriter) -> None:
        super().__init__(redis)
        self._before: dict[str, float] = {}

    async def publish(self, views: Mapping[str, tuple[tuple[int, int], bytes]]) -> None:
        """Write what changed, as increments."""
        grown: dict[str, tuple[tuple[int, int], bytes]] = {}
        for key, (reached, view) in views.items():
            shown = msgspec.json.decode(view)
            value = shown["value"]
            shown["value"], self._before[key] = value - self._before.get(key, 0), value
            grown[key] = (reached, msgspec.json.encode(shown))
        await super().publish(grown)


class LowerOffset(Views):
    """Writes a value without looking at what stands there."""

    async def publish(self, views: Mapping[str, tuple[tuple[int, int], bytes]]) -> None:
        """Write all views."""
        redis = self._redis
        assert isinstance(redis, WorkerRedis)
        with suppress(RedisError):
            for key, ((began, offset), view) in views.items():
                await redis.hset(CURRENT, key, view)
                await redis.hset(OFFSETS, key, f"{began}:{offset}".encode())
        await super().publish(views)


class FlushUnnoticed(Views):
    """Writes only what changed since its last write, even where Redis has lost it."""

    def __init__(self, redis: RedisWriter) -> None:
        super().__init__(redis)
        self._written: dict[str, bytes] = {}

    async def publish(self, views: Mapping[str, tuple[tuple[int, int], bytes]]) -> None:
        """Write what changed."""
        await super().publish({key: view for key, view in views.items() if self._written.get(key) != view[1]})
        if self.up:
            self._written |= {key: view for key, (_, view) in views.items()}


def _is_total(sample: Sample) -> bool:
    return sample.family.endswith("_total")


def _retold(
    made: Checkpoint | None, change: Callable[[pane_record.PaneRecord], pane_record.PaneRecord]
) -> Checkpoint | None:
    if made is None:
        return None
    outgoing = [
        msgspec.structs.replace(record, value=pane_record.encode(change(pane_record.decode(record.value))))
        if record.topic == PANE_TOPIC and record.value is not None
        else record
        for record in made.outgoing
    ]
    return replace(made, outgoing=tuple(outgoing))


def _late_doubled(record: pane_record.PaneRecord) -> pane_record.PaneRecord:
    tables = tables_of(CATALOGUE)
    late = [cell for cell in cells_of(record, tables) if cell[3] != ON_TIME]
    return msgspec.structs.replace(record, parts=[*record.parts, *summed(tables, *late)])


def _late_in_time(record: pane_record.PaneRecord) -> pane_record.PaneRecord:
    tables = tables_of(CATALOGUE)
    late = [(*cell[:3], ON_TIME, cell[4]) for cell in cells_of(record, tables) if cell[3] != ON_TIME]
    return msgspec.structs.replace(record, parts=[*record.parts, *summed(tables, *late)])


def _ahead(record: pane_record.PaneRecord) -> pane_record.PaneRecord:
    if record.watermark is None or not record.idle:
        return record
    return msgspec.structs.replace(record, watermark=record.watermark + 60_000)
