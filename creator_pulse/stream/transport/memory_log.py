"""The log in memory: transactions, fencing, ``read_committed``, compaction and retention."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from creator_pulse.stream.errors import ChangelogError, FencedError, LaneError
from creator_pulse.stream.transport.batch import Batch, OutRecord
from creator_pulse.stream.transport.partition_batches import PartitionBatches, Unpacker
from creator_pulse.stream.transport.record_size import check_sizes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from creator_pulse.stream.transport.batch import Unreadable

_MOST_RECORDS = 1_000_000
_LARGEST_BATCH = 64 * 1024 * 1024


class _StoredRecord(NamedTuple):
    """A stored record."""

    key: bytes | None
    value: bytes | None
    timestamp: int
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(slots=True)
class _Partition:
    """Offsets rise by one; a control record takes one too; compaction and aborts leave gaps."""

    records: dict[int, _StoredRecord] = field(default_factory=dict)
    start: int = 0
    end: int = 0
    open: dict[str, list[int]] = field(default_factory=dict)
    """Transactional id -> offsets of its open transaction."""
    unreadable: list[Unreadable] = field(default_factory=list)
    """Batches that take offsets but cannot be decoded, by offset."""

    @property
    def stable(self) -> int:
        """The last stable offset: a ``read_committed`` reader sees the records below it."""
        # The first offset of the oldest open transaction; offsets of one are in rising order.
        return min((offsets[0] for offsets in self.open.values()), default=self.end)


@dataclass(slots=True)
class _Transaction:
    """An open transaction."""

    began_ms: int
    places: set[tuple[str, int]] = field(default_factory=set)


class MemoryProducer:
    """A producer of a ``MemoryLog``; see ``LogProducer``.

    Args:
        log: in memory; committed records appear there.
        transactional_id: that it has taken.
        epoch: number of this taking; a later one fences it.
    """

    def __init__(self, log: MemoryLog, transactional_id: str, epoch: int) -> None:
        self._log = log
        self._id = transactional_id
        self._epoch = epoch

    async def commit(self, records: Sequence[OutRecord]) -> None:
        """Write all records in one transaction, or none.

        Raises:
            FencedError: another producer has taken the transactional id.
            RecordSizeError: a record is larger than any may be; nothing was written.
            LaneError: the log was told to tear this one's reply.
        """
        self._check()
        check_sizes(records)
        torn = self._log.tear(self._id)
        self.send(records)
        if torn == "unmarked":
            self._log.forget(self._id)
            return
        if torn != "lost":
            self.end()
        if torn:
            raise LaneError(f"the reply to {self._id} was torn ({torn})")

    def send(self, records: Sequence[OutRecord]) -> None:
        """Write records into the open transaction; the first record begins one.

        Raises:
            FencedError: another producer has taken the transactional id.
        """
        self._check()
        for record in records:
            if record.key is None and record.value is None:
                raise AssertionError("Kafka takes no record without key and value")
        self._log.hold(self._id, records)

    def end(self) -> None:
        """Commit the open transaction, if there is one.

        Raises:
            FencedError: another producer has taken the transactional id.
        """
        self._check()
        self._log.release(self._id, commit=True)

    async def close(self) -> None:
        """Do nothing; the next owner aborts an open transaction."""

    def _check(self) -> None:
        if self._log.epochs[self._id] != self._epoch:
            raise FencedError(f"another owner has taken {self._id}")


class MemoryLog:
    """Partitions in memory; see ``Log``.

    Args:
        partitions: topic -> number of partitions.
        now_ms: gives the timestamp of new records, epoch ms.

    Example:
        >>> log = MemoryLog({"creator.gift": 1})
        >>> log.write([OutRecord("creator.gift", None, b"{}", 0)])
        >>> log.end("creator.gift", 0)
        1
    """

    def __init__(self, partitions: dict[str, int], now_ms: Callable[[], int] = lambda: 0) -> None:
        self._count = partitions
        self._now_ms = now_ms
        self._partitions: dict[tuple[str, int], _Partition] = defaultdict(_Partition)
        self._open: dict[str, _Transaction] = {}
        self.epochs: dict[str, int] = defaultdict(int)
        self.tear: Callable[[str], str] = lambda _: ""
        """Says how the reply to a transactional id's commit is torn: ``""`` not at all, ``lost`` sent but
        neither ended nor answered, ``written`` written and not answered, ``unmarked`` answered, but no
        partition told.
        """

    async def producer(self, transactional_id: str) -> MemoryProducer:
        """Take a transactional id."""
        self.epochs[transactional_id] += 1
        self.release(transactional_id, commit=False)
        return MemoryProducer(self, transactional_id, self.epochs[transactional_id])

    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """The first offset that can be read, and the one after the last committed record."""
        stored = self._partitions[topic, partition]
        return stored.start, stored.stable

    async def first_since(self, topic: str, partition: int, time_ms: int) -> int:
        """The offset of the first record at or after a time (epoch ms); the end if there is none."""
        stored = self._partitions[topic, partition]
        rows = sorted(stored.records.items())
        return next(
            (at for at, row in rows if row.timestamp >= time_ms and at < stored.stable), stored.stable
        )

    async def undecided(self, topic: str, partition: int) -> bool:
        """Whether records stand behind the last committed one, in a transaction without an end there."""
        stored = self._partitions[topic, partition]
        return stored.stable < stored.end

    async def read(self, topic: str, partition: int, start: int, end: int) -> AsyncIterator[Batch]:
        """Committed records from ``start`` until the position reaches ``end``.

        Raises:
            ChangelogError: ``start`` can no longer be read, or not yet.
        """
        stored = self._partitions[topic, partition]
        if start < end and not stored.start <= start <= stored.end:
            raise ChangelogError(f"{topic}-{partition} lost its offset {start} to retention")
        while start < end and (batch := self.batch(topic, partition, start, end - start)) is not None:
            yield batch
            start = batch.end

    def batch(self, topic: str, partition: int, start: int, most: int) -> Batch | None:
        """A batch of up to ``most`` offsets from ``start``; None if no record is left among them.

        An unreadable batch is returned alone, at the offset where it begins.
        """
        stored = self._partitions[topic, partition]
        end = min(start + most, stored.stable)
        unreadable = next((gap for gap in stored.unreadable if gap.last >= start), None)
        readable = end if unreadable is None else min(end, unreadable.first)
        offsets = [at for at in range(start, readable) if at in stored.records]
        if not offsets and unreadable is not None and unreadable.first < end:
            return Batch.without(unreadable.since(start), start)
        if not offsets:
            return None
        rows = [stored.records[at] for at in offsets]
        return Batch.of(
            offsets,
            [row.timestamp for row in rows],
            [row.key for row in rows],
            [row.value for row in rows],
            start,
        )

    def end(self, topic: str, partition: int) -> int:
        """The offset behind the last record, open transactions included."""
        return self._partitions[topic, partition].end

    def headers(self, topic: str, partition: int) -> list[dict[str, bytes]]:
        """The headers of all committed records; batches do not have them."""
        stored = self._partitions[topic, partition]
        return [dict(row.headers) for at, row in sorted(stored.records.items()) if at < stored.stable]

    def write(
        self, records: Sequence[OutRecord], *, control: bool = False, timestamp: int | None = None
    ) -> None:
        """Append records; with ``control`` as a committed transaction, each partition with its marker.

        Args:
            records: each to its partition.
            control: whether they are a transaction.
            timestamp: of all, outside of a transaction; None for the log's own time.
        """
        if control:
            self.hold("", records)
            self.release("", commit=True)
            return
        for record in records:
            self._append(record, timestamp)

    def store(self, topic: str, partition: int, batch: bytes) -> None:
        """Append a record batch as Kafka stores it, byte for byte, but for its base offset."""
        stored = self._partitions[topic, partition]
        placed = stored.end.to_bytes(8, "big") + batch[8:]
        fetched = SimpleNamespace(data=placed)
        place = (topic, partition)
        reader = PartitionBatches(
            Unpacker(_MOST_RECORDS, _LARGEST_BATCH), place, fetched, None, stored.end, None, None, False, 0
        )
        for part in reader:
            if part.unreadable is not None:
                stored.unreadable.append(part.unreadable)
            rows = zip(part.offsets.tolist(), part.keys, part.values, part.timestamps.tolist(), strict=True)
            stored.records |= {offset: _StoredRecord(key, value, time) for offset, key, value, time in rows}
        stored.end = reader.next_fetch_offset

    def hold(self, transactional_id: str, records: Sequence[OutRecord]) -> None:
        """Append records to the id's open transaction: readers see neither them nor what follows them."""
        if not records:
            return
        opened = self._open.setdefault(transactional_id, _Transaction(self._now_ms()))
        for record in records:
            place, offset = self._append(record, None)
            self._partitions[place].open.setdefault(transactional_id, []).append(offset)
            opened.places.add(place)

    def release(self, transactional_id: str, *, commit: bool) -> None:
        """End the id's open transaction, if there is one: each partition that it wrote gets a marker."""
        opened = self._open.pop(transactional_id, None)
        if opened is None:
            return
        for place in sorted(opened.places):
            partition = self._partitions[place]
            offsets = partition.open.pop(transactional_id)
            if not commit:
                for offset in offsets:
                    partition.records.pop(offset, None)
            partition.end += 1

    def forget(self, transactional_id: str) -> None:
        """End the id's open transaction without a marker: its next one ends it in the same partitions."""
        self._open.pop(transactional_id, None)

    def expire(self, before_ms: int) -> list[str]:
        """Abort the transactions that began before a time, and fence their producers.

        Returns:
            their transactional ids.
        """
        late = [name for name, transaction in self._open.items() if transaction.began_ms < before_ms]
        for name in late:
            self.epochs[name] += 1
            self.release(name, commit=False)
        return late

    def compact(
        self, topic: str, partition: int, below: int | None = None, tombstones_until_ms: int | None = None
    ) -> None:
        """Keep the newest record of each key.

        Args:
            topic: its name with the prefix.
            partition: its number, from 0.
            below: offset below which records are compacted; None: the last stable offset.
            tombstones_until_ms: tombstones with a timestamp up to this are removed, epoch ms; None: all of
                them.
        """
        stored = self._partitions[topic, partition]
        clean = stored.stable if below is None else min(below, stored.stable)
        newest = {row.key: at for at, row in stored.records.items() if at < clean}
        stored.records = {
            at: row
            for at, row in stored.records.items()
            if at >= clean or (newest[row.key] == at and not _is_spent(row, tombstones_until_ms))
        }

    def truncate(self, topic: str, partition: int, start: int) -> None:
        """Apply retention: remove the records below ``start``, but none above the last stable offset."""
        stored = self._partitions[topic, partition]
        stored.start = max(stored.start, min(start, stored.stable))
        stored.records = {at: row for at, row in stored.records.items() if at >= stored.start}
        stored.unreadable = [gap for gap in stored.unreadable if gap.last >= stored.start]

    def _append(self, record: OutRecord, timestamp: int | None) -> tuple[tuple[str, int], int]:
        number = record.partition
        if number is None:
            number = crc32(record.key or b"") % self._count[record.topic]
        place = (record.topic, number)
        partition = self._partitions[place]
        at = self._now_ms() if timestamp is None else timestamp
        partition.records[partition.end] = _StoredRecord(record.key, record.value, at, record.headers)
        partition.end += 1
        return place, partition.end - 1


def _is_spent(row: _StoredRecord, until_ms: int | None) -> bool:
    return row.value is None and (until_ms is None or row.timestamp <= until_ms)
