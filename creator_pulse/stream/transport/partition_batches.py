"""What Kafka answers to a fetch, as batches: no object is made for a record.

Nothing that a stored batch says is an error here. One that cannot be read takes its place in the log, by
its header, as something that cannot be read; whoever reads the partition decides what that means.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, NamedTuple

from aiokafka.consumer.fetcher import READ_COMMITTED, PartitionRecords
from aiokafka.record.util import calc_crc32c

from creator_pulse.stream.native.records import Columns
from creator_pulse.stream.transport.batch import MOST_STORED, Batch, Unreadable
from creator_pulse.stream.transport.decompression import Decompressor, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADER = struct.Struct(">qiibIhiqqqhii")
_LENGTH_END = 12
_MAGIC_AT = 16
_CHECKED_FROM = 21
_FORMAT = 2
"""Of the records that are read: Kafka writes no other since 0.11."""
_APPEND_TIME = 0x08
"""Attribute: all records have the broker's time, and not their producers' own."""
_JOINED_BYTES = 8 * 1024 * 1024
"""A batch ends with the stored one that brings it to so many bytes."""
_POLLED_BYTES = 16 * 1024 * 1024
"""A poll ends with the batch that brings it to so many bytes; what is left is fetched again."""
UNREADABLE, TOO_LARGE = "unreadable", "too_large"


class Header(NamedTuple):
    """The header of a batch as Kafka stores it (format 2), field by field."""

    base_offset: int
    length: int
    leader_epoch: int
    magic: int
    crc: int
    attributes: int
    last_offset_delta: int
    base_timestamp: int
    last_timestamp: int
    producer_id: int
    producer_epoch: int
    base_sequence: int
    record_count: int

    @property
    def next_offset(self) -> int:
        """The offset after the batch; the batch keeps it where compaction took its records."""
        return self.base_offset + max(self.last_offset_delta, 0) + 1

    @property
    def codec(self) -> int:
        """How its records are compressed."""
        return self.attributes & 0x07

    @property
    def is_transactional(self) -> bool:
        """Whether an abort marker may follow."""
        return bool(self.attributes & 0x10)

    @property
    def is_control(self) -> bool:
        """Whether it holds a commit or abort marker instead of records."""
        return bool(self.attributes & 0x20)


class StoredBatch(NamedTuple):
    """A batch as Kafka stores it.

    Attributes:
        header: of the record format that is read, as far as older ones have the same.
        records: as they are stored.
        whole: header and records.
    """

    header: Header
    records: memoryview
    whole: memoryview

    @property
    def is_sound(self) -> bool:
        """Whether it has the checksum of what it holds."""
        checksum: int = calc_crc32c(self.whole[_CHECKED_FROM:])
        return checksum == self.header.crc


def stored(data: bytes) -> Iterator[StoredBatch]:
    """The batches of a fetch, records still compressed; one cut off at the end is left out.

    Args:
        data: as fetched.
    """
    view, at = memoryview(data), 0
    while len(view) - at > _MAGIC_AT:
        end = at + _LENGTH_END + int.from_bytes(view[at + 8 : at + _LENGTH_END], "big", signed=True)
        if end > len(view):
            return
        # However short it says to be, no batch is shorter than its header: what follows begins behind it.
        end = max(end, at + _MAGIC_AT + 1)
        whole = view[at:end]
        if whole[_MAGIC_AT] != _FORMAT or len(whole) < _HEADER.size:
            yield StoredBatch(_of_old_format(whole), whole[:0], whole)
        else:
            yield StoredBatch(Header._make(_HEADER.unpack_from(whole)), whole[_HEADER.size :], whole)
        at = end


def _of_old_format(whole: memoryview) -> Header:
    """All that is said of a batch which nobody reads: the last offset that it takes."""
    offset, length = struct.unpack_from(">qi", whole)
    attributes = whole[_MAGIC_AT + 1] if len(whole) > _MAGIC_AT + 1 else 0
    return Header(offset, length, -1, -1, 0, attributes, 0, -1, -1, -1, -1, -1, 1)


class Unpacker:
    """What one consumer needs to read what it fetches; of one thread.

    Args:
        most: a batch ends with the stored one that brings it to this many records.
        limit: bytes of the largest decompressed batch.
    """

    def __init__(self, most: int, limit: int) -> None:
        self.most = most
        self._limit = limit
        self._decompressor = Decompressor(limit)
        self._polled = 0
        self._doubted: set[tuple[object, int]] = set()

    def poll(self) -> None:
        """A poll begins: it may hand out as many bytes as any."""
        self._polled = 0

    @property
    def is_full(self) -> bool:
        """Whether the poll has handed out enough."""
        return self._polled >= _POLLED_BYTES

    def handed(self, size: int) -> None:
        """So many bytes were handed out."""
        self._polled += size

    def fetch_again(self, place: object, offset: int) -> bool:
        """Whether a batch without its checksum is fetched once more: it may have been broken on its way.

        Args:
            place: its partition.
            offset: its first one.
        """
        if (place, offset) in self._doubted:
            self._doubted.discard((place, offset))
            return False
        self._doubted.add((place, offset))
        return True

    def plain(self, batch: StoredBatch) -> bytes | memoryview:
        """A batch's records as they were before compression.

        Raises:
            TooLargeError: they are more bytes than allowed.
            ValueError: they cannot be decompressed.
        """
        codec, records = batch.header.attributes & 0x07, batch.records
        if codec == 0 and len(records) <= self._limit:
            return records
        if not records and batch.header.record_count == 0:
            return b""  # Compaction keeps the header of a producer's last batch.
        return self._decompressor.plain(codec, records)


class _Joining:
    """One batch of several stored ones.

    Args:
        begin: the first offset wanted.
    """

    def __init__(self, begin: int) -> None:
        self._parts: list[bytes | memoryview] = []
        self._columns = Columns(begin)

    def __len__(self) -> int:
        return len(self._columns)

    def is_full(self, most: int) -> bool:
        """Whether it has so many records, or enough bytes."""
        columns = self._columns
        return len(columns) >= most or columns.size >= _JOINED_BYTES

    def add(self, header: Header, records: bytes | memoryview) -> None:
        """Take the records of a stored batch, or none of them.

        Raises:
            ValueError: they are not the records that the header announces.
        """
        base_offset, _, _, _, _, attributes, delta, first_time, last_time, _, _, _, count = header
        if attributes & _APPEND_TIME:
            self._columns.add(records, count, base_offset, delta, last_time, False)
        else:
            self._columns.add(records, count, base_offset, delta, first_time, True)
        self._parts.append(records)

    def batch(self) -> Batch:
        """All of it."""
        offsets, timestamps, *places = self._columns.table_of_rows()
        return Batch(offsets, timestamps, b"".join(self._parts), *places)


class PartitionBatches(PartitionRecords):  # type: ignore[misc]
    """Iterates over batches where aiokafka's own class iterates over records.

    Control batches and aborted transactions are left out, as there. ``next_fetch_offset`` is the
    offset after the last batch given out, and after the fetch's last one when all are.

    Args:
        unpacker: of the consumer.
        rest: as aiokafka hands them on; the records with their bytes as ``data``.
    """

    next_fetch_offset: int

    def __init__(self, unpacker: Unpacker, *rest: Any) -> None:
        super().__init__(*rest)
        self._unpacker = unpacker

    def _unpack_records(self) -> Iterator[Batch]:
        unpacker = self._unpacker
        reached = self.next_fetch_offset
        joining = _Joining(reached)
        for stored_batch in stored(self._records.data):
            batch = stored_batch
            if unpacker.is_full:
                return
            sound = batch.header.magic == _FORMAT and (not self._check_crcs or batch.is_sound)
            if not sound and unpacker.fetch_again(self._tp, batch.header.base_offset):
                break
            if batch.header.magic != _FORMAT and batch.header.codec:
                batch = _from(batch, reached)
            following = batch.header.next_offset if sound else _end_of(batch.header)
            # A broker answers with the batch that holds the offset asked for, never with one before.
            if sound and not self._is_wanted(batch.header):
                reached = max(reached, following)
                continue
            reason = self._join(joining, batch) if sound else UNREADABLE
            if reason and following > reached:
                yield from self._given(joining, reached)
                self.next_fetch_offset = following
                unreadable = _unreadable(batch, following - 1, reason).since(reached)
                unpacker.handed(len(unreadable.stored))
                yield Batch.without(unreadable)
                joining = _Joining(following)
            reached = max(reached, following)
            if joining.is_full(unpacker.most):
                yield from self._given(joining, reached)
                joining = _Joining(reached)
        yield from self._given(joining, reached)

    def _join(self, joining: _Joining, batch: StoredBatch) -> str:
        """Take a batch; the reason where that cannot be."""
        try:
            joining.add(batch.header, self._unpacker.plain(batch))
        except TooLargeError:
            return TOO_LARGE
        except ValueError:
            return UNREADABLE
        return ""

    def _given(self, joining: _Joining, reached: int) -> Iterator[Batch]:
        self.next_fetch_offset = reached
        if len(joining):
            batch = joining.batch()
            self._unpacker.handed(len(batch.data))
            yield batch

    def _is_wanted(self, header: Header) -> bool:
        if self._isolation_level == READ_COMMITTED:
            self._consume_aborted_up_to(header.base_offset)
            if header.is_control:
                # Whatever it says of the transaction, that ends here; a later one is told of by itself.
                self._aborted_producers.discard(header.producer_id)
            elif header.is_transactional and header.producer_id in self._aborted_producers:
                return False
        return not header.is_control


def _from(batch: StoredBatch, first: int) -> StoredBatch:
    """One of an old format that is compressed: it says its last offset only, and not how many it holds."""
    last = batch.header.base_offset
    offsets = max(1, last - first + 1)
    header = batch.header._replace(
        base_offset=last - offsets + 1, last_offset_delta=offsets - 1, record_count=offsets
    )
    return batch._replace(header=header)


def _end_of(header: Header) -> int:
    """The offset after a batch whose header may lie: no further than both of its numbers say."""
    return header.base_offset + 1 + max(0, min(header.last_offset_delta, header.record_count - 1))


def _unreadable(batch: StoredBatch, last: int, reason: str) -> Unreadable:
    header = batch.header
    count = min(max(header.record_count, 1), last - header.base_offset + 1)
    head = bytes(batch.whole[:MOST_STORED])
    return Unreadable(header.base_offset, last, count, header.last_timestamp, reason, head, len(batch.whole))
