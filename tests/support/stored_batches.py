"""Kafka's stored batches by hand, read by aiokafka and by the project side by side."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c

from creator_pulse.stream.transport.batch_consumer import _AsBatches, _KeptRecords, _reader
from creator_pulse.stream.transport.partition_batches import PartitionBatches

if TYPE_CHECKING:
    from creator_pulse.stream.transport.batch import Unreadable

PartitionRecords = PartitionBatches.__mro__[1]
"""aiokafka's own: in its module, the project's chooser stands in its place."""
LIMIT = 64 * 1024 * 1024
PLACE = TopicPartition("any", 0)
CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
APPEND_TIME, CONTROL, TRANSACTIONAL = 0x08, 0x20, 0x10
ATTRIBUTES_AT, CRC_AT, CHECKED_FROM, COUNT_AT, HEADER = 21, 17, 21, 57, 61
COMMIT, ABORT = b"\0\0\0\1", b"\0\0\0\0"

Row = tuple[int, int, bytes | None, bytes | None]


@dataclass(frozen=True)
class Shape:
    """A batch to build: the records at their offset deltas, and what its header says."""

    records: tuple[tuple[int, int, bytes | None, bytes | None, tuple[tuple[str, bytes | None], ...]], ...]
    base: int = 0
    codec: int = 0
    attributes: int = 0
    producer: int = -1
    last_delta: int | None = None

    def build(self) -> bytes:
        """The bytes that a broker would keep."""
        maker = DefaultRecordBatchBuilder(2, self.codec, 0, self.producer, 0, 0, 1 << 30)
        for delta, timestamp, key, value, headers in self.records:
            maker.append(delta, timestamp, key, value, list(headers))
        data = bytearray(maker.build())
        struct.pack_into(">q", data, 0, self.base)
        if self.last_delta is not None:
            struct.pack_into(">i", data, 23, self.last_delta)
        data[ATTRIBUTES_AT + 1] |= self.attributes
        return sealed(data)


@dataclass
class Outcome:
    """What a reader made of a fetch: its rows, the next offset, or the kind of its error."""

    rows: list[Row] = field(default_factory=list)
    position: int = 0
    error: str = ""
    unreadable: list[Unreadable] = field(default_factory=list)


def sealed(data: bytes | bytearray) -> bytes:
    """One batch with the checksum of what it now holds."""
    changed = bytearray(data)
    struct.pack_into(">I", changed, CRC_AT, calc_crc32c(bytes(changed[CHECKED_FROM:])))
    return bytes(changed)


def simple(size: int = 3, **given: Any) -> Shape:
    """Records ``k0 v0``, ``k1 v1``, ... one after the other."""
    rows = tuple((at, 1_000 + at, b"k%d" % at, b"v%d" % at, ()) for at in range(size))
    return Shape(rows, **given)


def broken(base: int = 0, size: int = 3, **given: Any) -> bytes:
    """A batch of which nobody can decompress the records."""
    data = bytearray(simple(size, base=base, codec=CODECS["zstd"], **given).build())
    data[HEADER:] = b"x" * (len(data) - HEADER)
    return sealed(data)


def marker(key: bytes, base: int, producer: int) -> bytes:
    """The control batch that ends a producer's transaction."""
    kinds = CONTROL | TRANSACTIONAL
    return Shape(((0, 5, key, b"\0\0\0\0\0\0", ()),), base, attributes=kinds, producer=producer).build()


def theirs(data: bytes, begin: int = 0, aborted: Any = None, check: bool = True) -> Outcome:
    """As aiokafka reads it."""
    outcome = Outcome()
    try:
        reader = PartitionRecords(PLACE, MemoryRecords(data), aborted, begin, None, None, check, 1)
        outcome.rows = [(batch.offset, batch.timestamp, batch.key, batch.value) for batch in reader]
        outcome.position = reader.next_fetch_offset
    except (KafkaError, ValueError, RuntimeError) as error:
        outcome.error = type(error).__name__
    return outcome


def ours(
    data: bytes,
    begin: int = 0,
    aborted: Any = None,
    check: bool = True,
    most: int = 10**6,
    limit: int = LIMIT,
) -> Outcome:
    """As our consumer reads it: what it stops before is fetched once more."""
    outcome = Outcome(position=begin)
    wish = _AsBatches(most, limit)
    for _ in range(2):
        reader = _reader(PLACE, _KeptRecords(data), aborted, outcome.position, None, wish, check, 1)
        for batch in reader:
            columns = (batch.offsets.tolist(), batch.timestamps.tolist(), batch.keys, batch.values)
            outcome.rows += zip(*columns, strict=True)
            if batch.unreadable is not None:
                outcome.unreadable.append(batch.unreadable)
        outcome.position = reader.next_fetch_offset
    return outcome


def places(found: Outcome) -> list[tuple[int, int, int, str]]:
    """Of what could not be read: first and last offset, records, reason."""
    return [(part.first, part.last, part.count, part.reason) for part in found.unreadable]


def both(data: bytes, **given: Any) -> Outcome:
    """What both readers agree on."""
    mine = ours(data, **given)
    assert mine == theirs(data, **given)
    return mine


def reading(data: bytes, most: int) -> Any:
    """Our consumer's reader of a fetch, from offset 0 on."""
    return _reader(PLACE, _KeptRecords(data), None, 0, None, _AsBatches(most, LIMIT), True, 1)


def emptied(data: bytes) -> bytes:
    """A stored batch of which compaction has left the header only."""
    left = bytearray(data[:HEADER])
    struct.pack_into(">i", left, 8, HEADER - 12)
    struct.pack_into(">i", left, COUNT_AT, 0)
    return sealed(left)


def number(data: bytes, at: int) -> tuple[int, int]:
    """A zigzag varint of at most ten bytes, and the place after it; an error where it has no end."""
    offset = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        offset |= (byte & 0x7F) << shift
        if byte < 0x80:
            offset &= 2**64 - 1
            return (offset >> 1) ^ -(offset & 1), at
    raise ValueError("more than ten bytes")


def part(data: bytes, at: int) -> tuple[bytes | None, int]:
    """Bytes after their length, and the place after them."""
    length, at = number(data, at)
    if length > len(data) - at:
        raise ValueError("longer than the record")
    return (None, at) if length < 0 else (data[at : at + length], at + length)


def by_the_book(data: bytes, count: int) -> list[Row] | None:
    """Records as Kafka's page on its record format says; None where they break it.

    aiokafka takes the attributes, one byte, for a varint, and decodes the names of headers, which
    nobody here reads: on broken bytes it is no oracle.
    """
    rows: list[Row] = []
    before = -1
    try:
        for _ in range(count):
            record, end = part(data, 0)
            body, data = record or b"", data[end:]
            timestamp, at = number(body, 1)
            offset, at = number(body, at)
            key, at = part(body, at)
            value, at = part(body, at)
            left, at = number(body, at)
            if left < 0:
                return None
            for _ in range(left):
                name, at = part(body, at)
                if name is None:
                    return None
                _, at = part(body, at)
            if at != len(body) or not before < offset < 2**31:
                return None
            before = offset
            rows.append((offset, timestamp, key, value))
    except (ValueError, IndexError):
        return None
    return None if data else rows
