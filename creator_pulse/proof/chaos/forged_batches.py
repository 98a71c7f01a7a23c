"""Record batches that no correct client builds, byte for byte, with the outcome each must have.

A client library assigns offsets, sizes and checksums itself. Here they are written by hand, so that a
header may contradict its records. Every batch has a correct checksum, because a broker refuses any other.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

import cramjam
from aiokafka.record.util import calc_crc32c, encode_varint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

# The part of the header that the checksum covers: from the attributes to the number of records.
_CHECKED_HEADER = struct.Struct(">hiqqqhii")
_LEADING = struct.Struct(">qiibI")
_NONE, _GZIP, _SNAPPY, _, _ZSTD = range(5)
# Offsets by which a forged record claims to be ahead of its batch.
_FAR = 1_000_000
# Decompressed size of a bomb: twice the default limit, so that a late stop would show in memory.
_BOMB_BYTES = 128 << 20


class Forged(NamedTuple):
    """A record batch and its expected outcome.

    Attributes:
        batch: the bytes, with base offset 0.
        reason: why its records are invalid; empty if Kafka's own Java client can read them.
        records: number of records that the header announces; each is invalid for that reason.
        values: values of the records if they can be read; each is counted like any other record.
    """

    batch: bytes
    reason: str
    records: int
    values: tuple[bytes, ...] = ()

    @property
    def checksum(self) -> int:
        """The header's checksum; it identifies the batch, because a broker rewrites only the base offset."""
        _, _, _, _, checksum = _LEADING.unpack_from(self.batch)
        return int(checksum)


def stored_batch(
    records: bytes, count: int, time_ms: int, *, codec: int = _NONE, last_offset_delta: int | None = None
) -> bytes:
    """A batch of format 2 around records that are already encoded and compressed.

    Args:
        records: the bytes after the header.
        count: number of records that the header announces.
        time_ms: base and largest timestamp, epoch ms.
        codec: compression of ``records``: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.
        last_offset_delta: offset of the last record relative to the first; None: ``count - 1``.
    """
    last = count - 1 if last_offset_delta is None else last_offset_delta
    checked = _CHECKED_HEADER.pack(codec, last, time_ms, time_ms, -1, -1, -1, count) + records
    # The length field counts from the leader epoch (4 bytes), format (1) and checksum (4) to the end.
    return _LEADING.pack(0, 9 + len(checked), -1, 2, calc_crc32c(checked)) + checked


def encoded_record(value: bytes, offset_delta: int, key: bytes | None = None) -> bytes:
    """One record of format 2, without headers.

    Args:
        value: value of the record.
        offset_delta: claimed offset relative to the batch's first record.
        key: key of the record; None: a null key.
    """
    # Format 2: attributes, time and offset deltas, key, value and the number of headers, as zigzag varints.
    body = bytearray(b"\x00")
    encode_varint(0, body.append)
    encode_varint(offset_delta, body.append)
    if key is None:
        # Length -1 is a null key.
        encode_varint(-1, body.append)
    else:
        encode_varint(len(key), body.append)
        body += key
    encode_varint(len(value), body.append)
    body += value
    encode_varint(0, body.append)
    # The length of the body stands before it.
    sized = bytearray()
    encode_varint(len(body), sized.append)
    return bytes(sized + body)


def forge(values: Sequence[bytes], time_ms: int, rng: Random) -> Forged:
    """A batch that is malformed, unusual or too large, in a way that ``rng`` chooses.

    Args:
        values: valid values, which a reader that trusts the header would count.
        time_ms: timestamp of the batch, epoch ms.
        rng: chooses the way.
    """
    return rng.choice(_WAYS)(values, time_ms)


def _records(values: Sequence[bytes], deltas: Sequence[int] | None = None) -> bytes:
    places = range(len(values)) if deltas is None else deltas
    return b"".join(encoded_record(value, at) for value, at in zip(values, places, strict=True))


def _misplaced(values: Sequence[bytes], time_ms: int, deltas: Sequence[int]) -> Forged:
    """Records with wrong offsets; not compressed, because a broker checks offsets in compressed batches."""
    return Forged(stored_batch(_records(values, deltas), len(values), time_ms), "unreadable", len(values))


def _ahead_of_the_header(values: Sequence[bytes], time_ms: int) -> Forged:
    """The last record claims an offset a million beyond the batch: the position would jump there."""
    return _misplaced(values, time_ms, [*range(len(values) - 1), _FAR])


def _before_the_header(values: Sequence[bytes], time_ms: int) -> Forged:
    """The first record claims an offset below the batch, which belongs to another record."""
    return _misplaced(values, time_ms, [-1, *range(1, len(values))])


def _one_offset_for_all(values: Sequence[bytes], time_ms: int) -> Forged:
    """Every record claims the first offset."""
    return _misplaced(values, time_ms, [0] * len(values))


def _gzip_and_more(values: Sequence[bytes], time_ms: int) -> Forged:
    """Bytes after the end of a gzip stream: Java ignores them, other readers fail."""
    packed = bytes(cramjam.gzip.compress(_records(values))) + b"and more"
    batch = stored_batch(packed, len(values), time_ms, codec=_GZIP)
    return Forged(batch, "", len(values), tuple(values))


def _gzip_in_two(values: Sequence[bytes], time_ms: int) -> Forged:
    """Two gzip members, split in the middle of a record: both belong to the stream."""
    plain = _records(values)
    halves = plain[: len(plain) // 2], plain[len(plain) // 2 :]
    packed = b"".join(bytes(cramjam.gzip.compress(half)) for half in halves)
    batch = stored_batch(packed, len(values), time_ms, codec=_GZIP)
    return Forged(batch, "", len(values), tuple(values))


def _bare_snappy(values: Sequence[bytes], time_ms: int) -> Forged:
    """One block of Snappy without the header that Java's library writes."""
    packed = bytes(cramjam.snappy.compress_raw(_records(values)))
    batch = stored_batch(packed, len(values), time_ms, codec=_SNAPPY)
    return Forged(batch, "", len(values), tuple(values))


def _bomb(compress: Callable[[bytes], object], codec: int) -> Callable[[Sequence[bytes], int], Forged]:
    packed: list[bytes] = []

    def forged(_values: Sequence[bytes], time_ms: int) -> Forged:
        if not packed:  # built once, because it takes most of a second
            packed.append(bytes(compress(encoded_record(bytes(_BOMB_BYTES), 0))))  # type: ignore[call-overload]
        return Forged(stored_batch(packed[0], 1, time_ms, codec=codec), "too_large", 1)

    return forged


_WAYS: tuple[Callable[[Sequence[bytes], int], Forged], ...] = (
    _ahead_of_the_header,
    _before_the_header,
    _one_offset_for_all,
    _gzip_and_more,
    _gzip_in_two,
    _bare_snappy,
    _bomb(cramjam.zstd.compress, _ZSTD),
    _bomb(cramjam.gzip.compress, _GZIP),
)
