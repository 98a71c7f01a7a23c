"""What Kafka answers to a fetch, as batches: no object is made for a record."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

import cramjam
from aiokafka import codec
from aiokafka.consumer.fetcher import READ_COMMITTED, PartitionRecords
from aiokafka.errors import CorruptRecordException, UnsupportedCodecError, UnsupportedVersionError
from aiokafka.record.control_record import ABORT_MARKER, ControlRecord
from aiokafka.record.util import calc_crc32c

from creator_pulse.stream.native.records import LEAST_RECORD, Columns
from creator_pulse.stream.transport.batch import Batch

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADER = struct.Struct(">qiibIhiqqqhii")
_LENGTH_END = 12
_MAGIC_AT = 16
_CHECKED_FROM = 21
_CODECS = (None, codec.gzip_decode, codec.snappy_decode, codec.lz4_decode, codec.zstd_decode)
_BROKEN = (ValueError, OSError, EOFError, zlib.error, struct.error, cramjam.DecompressionError)


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
        return self.base_offset + self.last_offset_delta + 1

    @property
    def is_append_time(self) -> bool:
        """Whether all records have the broker's time, and not their producers' own."""
        return bool(self.attributes & 0x08)

    @property
    def is_transactional(self) -> bool:
        """Whether an abort marker may follow."""
        return bool(self.attributes & 0x10)

    @property
    def is_control(self) -> bool:
        """Whether it holds a commit or abort marker instead of records."""
        return bool(self.attributes & 0x20)


class Stored(NamedTuple):
    """A batch as Kafka stores it: its header, and its records decompressed."""

    header: Header
    records: bytes | memoryview


def stored(data: bytes, *, check: bool = True) -> Iterator[tuple[Header, memoryview]]:
    """The batches of a fetch, records still compressed; one cut off at the end is left out.

    Args:
        data: as fetched.
        check: whether checksums are compared.

    Raises:
        CorruptRecordException: a batch is not what was written.
        UnsupportedVersionError: a batch is of a record format before 2.
    """
    view, at = memoryview(data), 0
    while len(view) - at > _MAGIC_AT:
        end = at + _LENGTH_END + int.from_bytes(view[at + 8 : at + _LENGTH_END], "big", signed=True)
        if end > len(view):
            return
        magic = view[at + _MAGIC_AT]
        if magic != 2:
            raise UnsupportedVersionError(
                f"a batch of record format {magic}: only 2 is read, which Kafka writes since 0.11"
            )
        if end - at < _HEADER.size:
            raise CorruptRecordException(f"a batch of {end - at} bytes: its header takes {_HEADER.size}")
        header = Header._make(_HEADER.unpack_from(view, at))
        if check and calc_crc32c(view[at + _CHECKED_FROM : end]) != header.crc:
            raise CorruptRecordException(f"the batch at offset {header.base_offset} has a wrong checksum")
        yield header, view[at + _HEADER.size : end]
        at = end


def decompressed(header: Header, records: memoryview) -> Stored:
    """A batch with its records as they were before compression.

    Raises:
        CorruptRecordException: they cannot be decompressed, or are too few bytes for their number.
        UnsupportedCodecError: nobody knows how they were compressed.
    """
    kind = header.attributes & 0x07
    if kind >= len(_CODECS):
        raise UnsupportedCodecError(f"the batch at offset {header.base_offset} has codec {kind}")
    decode = _CODECS[kind]
    try:
        # The decoders differ in which buffers they take; all take bytes.
        plain = records if decode is None else decode(bytes(records))
    except _BROKEN as error:
        raise CorruptRecordException(
            f"the batch at offset {header.base_offset} cannot be decompressed: {error!r}"
        ) from error
    if not 0 <= header.record_count * LEAST_RECORD <= len(plain):
        raise CorruptRecordException(
            f"the batch at offset {header.base_offset} is too small for {header.record_count} records:"
            f" {len(plain)} bytes"
        )
    return Stored(header, plain)


def joined(parts: list[Stored], begin: int) -> Batch:
    """One batch of several stored ones.

    Args:
        parts: in the order of offsets.
        begin: the first offset wanted.

    Raises:
        CorruptRecordException: the bytes are not the records that a header announces.
    """
    data = b"".join([part.records for part in parts])
    columns = Columns(data, sum(part.header.record_count for part in parts), begin)
    for header, records in parts:
        moving = not header.is_append_time
        base = header.base_timestamp if moving else header.last_timestamp
        try:
            columns.add(len(records), header.record_count, header.base_offset, base, moving)
        except ValueError as error:
            raise CorruptRecordException(
                f"the batch at offset {header.base_offset} is broken: {error}"
            ) from error
    offsets, timestamps, key_at, key_length, value_at, value_length = columns.table_of_rows()
    return Batch(offsets, timestamps, data, key_at, key_length, value_at, value_length)


class PartitionBatches(PartitionRecords):  # type: ignore[misc]
    """Iterates over batches where aiokafka's own class iterates over records.

    Control batches and aborted transactions are left out, as there. ``next_fetch_offset`` is the
    offset after the last batch given out, and after the fetch's last one when all are.

    Args:
        records: what was fetched, with its bytes as ``data``.
        most: a batch ends with the stored one that brings it to this many records.
        rest: as aiokafka hands them on.
    """

    next_fetch_offset: int

    def __init__(self, most: int, *rest: Any) -> None:
        super().__init__(*rest)
        self._most = most

    def _unpack_records(self) -> Iterator[Batch]:
        parts: list[Stored] = []
        reached = self.next_fetch_offset
        waiting = 0
        for header, compressed in stored(self._records.data, check=self._check_crcs):
            if self._is_wanted(header, compressed):
                parts.append(decompressed(header, compressed))
                waiting += header.record_count
            # A broker answers with the batch that holds the offset asked for, never with one before.
            reached = max(reached, header.next_offset)
            if waiting >= self._most:
                yield from self._given(parts, reached)
                parts, waiting = [], 0
        yield from self._given(parts, reached)

    def _given(self, parts: list[Stored], reached: int) -> Iterator[Batch]:
        batch = joined(parts, self.next_fetch_offset)
        self.next_fetch_offset = reached
        if len(batch):
            yield batch

    def _is_wanted(self, header: Header, compressed: memoryview) -> bool:
        if self._isolation_level == READ_COMMITTED:
            self._consume_aborted_up_to(header.base_offset)
            if header.is_control and _aborts(decompressed(header, compressed)):
                self._aborted_producers.discard(header.producer_id)
            if header.is_transactional and header.producer_id in self._aborted_producers:
                return False
        return not header.is_control


def _aborts(part: Stored) -> bool:
    """Whether a control batch ends a transaction in vain; compaction may have emptied it."""
    batch = joined([part], part.header.base_offset)
    key = batch.key(0) if len(batch) else None
    return key is not None and ControlRecord.parse(key) == ABORT_MARKER
