"""The answer to a fetch, as batches: no object is created per record.

No stored batch raises an error here. One that cannot be read is returned as an unreadable batch with the
offsets of its header; whoever reads the partition decides what that means.
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
# Version of the record format that is read: Kafka has written no other since 0.11.
_FORMAT = 2
# Attribute: all records have the broker's time instead of their producers' own.
_APPEND_TIME = 0x08
# A batch ends with the stored batch that brings it to this many bytes.
_JOINED_BYTES = 8 * 1024 * 1024
# A poll ends with the batch that brings it to this many bytes; the rest is fetched again.
_POLLED_BYTES = 16 * 1024 * 1024
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
        """The offset after the batch; compaction keeps it even if it removes records."""
        return self.base_offset + max(self.last_offset_delta, 0) + 1

    @property
    def codec(self) -> int:
        """Number of the compression codec."""
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
        header: its header; of older formats only the fields that are the same.
        records: compressed, as stored.
        whole: header and records.
    """

    header: Header
    records: memoryview
    whole: memoryview

    @property
    def is_sound(self) -> bool:
        """Whether the checksum is right."""
        checksum: int = calc_crc32c(self.whole[_CHECKED_FROM:])
        return checksum == self.header.crc


def stored(data: bytes) -> Iterator[StoredBatch]:
    """The batches of a fetch, still compressed; one that is cut off at the end is left out.

    Args:
        data: bytes of a fetch: batches one after the other, the last one perhaps cut.
    """
    # Slices of a memoryview share the fetched bytes: nothing is copied until a batch is joined.
    view, at = memoryview(data), 0
    while len(view) - at > _MAGIC_AT:
        # A batch is its base offset (8 bytes), its length (4 bytes) and so many bytes.
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
    """The header of a batch whose format is not read: only its last offset is known."""
    offset, length = struct.unpack_from(">qi", whole)
    attributes = whole[_MAGIC_AT + 1] if len(whole) > _MAGIC_AT + 1 else 0
    return Header(offset, length, -1, -1, 0, attributes, 0, -1, -1, -1, -1, -1, 1)


class Unpacker:
    """The state that one consumer needs to read its fetches; not thread-safe.

    Args:
        most: a batch ends with the stored batch that brings it to this many records.
        limit: bytes of the largest decompressed batch.
    """

    def __init__(self, most: int, limit: int) -> None:
        self.most = most
        self._limit = limit
        self._decompressor = Decompressor(limit)
        self._polled = 0
        self._doubted: set[tuple[object, int]] = set()

    def poll(self) -> None:
        """Begin a poll: the number of bytes that it may return starts again."""
        self._polled = 0

    @property
    def is_full(self) -> bool:
        """Whether the poll has returned enough bytes."""
        return self._polled >= _POLLED_BYTES

    def handed(self, size: int) -> None:
        """Note that ``size`` bytes were returned."""
        self._polled += size

    def fetch_again(self, place: object, offset: int) -> bool:
        """Whether to fetch a batch with a wrong checksum once more: it may have been damaged in transit.

        Args:
            place: topic and partition number.
            offset: the first one of the batch.
        """
        if (place, offset) in self._doubted:
            self._doubted.discard((place, offset))
            return False
        self._doubted.add((place, offset))
        return True

    def plain(self, batch: StoredBatch) -> bytes | memoryview:
        """A batch's decompressed records.

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
    """Joins several stored batches into one.

    Args:
        begin: the first offset wanted.
    """

    def __init__(self, begin: int) -> None:
        self._parts: list[bytes | memoryview] = []
        self._columns = Columns(begin)

    def __len__(self) -> int:
        return len(self._columns)

    def is_full(self, most: int) -> bool:
        """Whether it has ``most`` records, or enough bytes."""
        columns = self._columns
        return len(columns) >= most or columns.size >= _JOINED_BYTES

    def add(self, header: Header, records: bytes | memoryview) -> None:
        """Take all records of a stored batch, or none.

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
        """All records so far."""
        # Places count from the first part: parts stand in the joined bytes in the order of their columns.
        offsets, timestamps, *places = self._columns.table_of_rows()
        return Batch(offsets, timestamps, b"".join(self._parts), *places)


class PartitionBatches(PartitionRecords):  # type: ignore[misc]
    """Iterates over batches where aiokafka's own class iterates over records.

    Control batches and aborted transactions are left out, as there. ``next_fetch_offset`` is the offset after
    the last batch returned, and after the fetch's last one when all are.

    Args:
        unpacker: the consumer's, with its limits.
        rest: as aiokafka passes them; the records with their bytes as ``data``.
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
            # Joined whole or not at all, so an unreadable batch leaves nothing of itself among the others.
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
        """Take a batch; returns the reason if it cannot be read."""
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
    """A compressed batch of an old format: its last offset is stated, but not its number of records."""
    last = batch.header.base_offset
    offsets = max(1, last - first + 1)
    header = batch.header._replace(
        base_offset=last - offsets + 1, last_offset_delta=offsets - 1, record_count=offsets
    )
    return batch._replace(header=header)


def _end_of(header: Header) -> int:
    """The offset after a batch whose header may be wrong: by the smaller of its two counts."""
    return header.base_offset + 1 + max(0, min(header.last_offset_delta, header.record_count - 1))


def _unreadable(batch: StoredBatch, last: int, reason: str) -> Unreadable:
    header = batch.header
    # The header may be what is damaged: no count beyond the offsets that the batch spans, and at least one.
    count = min(max(header.record_count, 1), last - header.base_offset + 1)
    head = bytes(batch.whole[:MOST_STORED])
    return Unreadable(header.base_offset, last, count, header.last_timestamp, reason, head, len(batch.whole))
