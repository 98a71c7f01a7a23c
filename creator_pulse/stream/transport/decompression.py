"""Decompression of record batches, up to a limit, and exactly as lenient as Kafka's Java readers.

Kafka's broker and its Java clients read with Java's streams. Whatever those accept must be read here too,
byte for byte: several gzip members one after the other, and garbage behind them; the blocks that Snappy's
Java library writes, whatever their version; one LZ4 frame, and nothing after it.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import cramjam
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# If more bytes were written to the buffer, it is released, because its pages would hold on to memory.
_WARM_BYTES = 8 * 1024 * 1024
_GZIP = 16 + zlib.MAX_WBITS
_XERIAL = b"\x82SNAPPY\0"
_XERIAL_HEADER = struct.Struct(">8sii")
_XERIAL_LEAST = 1
_LZ4 = struct.Struct("<IBB")
_LZ4_MAGIC = 0x184D2204
# Bit of a block's length: its bytes are not compressed.
_LZ4_STORED = 1 << 31
# Code in the frame's header -> bytes of its largest block.
_LZ4_BLOCKS = {4: 64 * 1024, 5: 256 * 1024, 6: 1024 * 1024, 7: 4 * 1024 * 1024}
_BROKEN = (OSError, EOFError, zlib.error, struct.error, cramjam.DecompressionError, IndexError)
# The error text of cramjam if the buffer is too small.
_FULL = "failed to write whole buffer"


class TooLargeError(ValueError):
    """Raised when a batch would take more bytes than are allowed."""


class Decompressor:
    """Decompresses batches of at most ``limit`` bytes; not thread-safe.

    Args:
        limit: bytes of a decompressed batch.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._buffer: memoryview | None = None
        self._codecs: tuple[Callable[[memoryview], bytes | memoryview], ...] = (
            self._stored,
            self._gzip,
            self._snappy,
            self._lz4,
            self._zstd,
        )

    def plain(self, codec: int, data: memoryview) -> bytes | memoryview:
        """The decompressed bytes behind a batch's header.

        Args:
            codec: by the header: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.
            data: bytes of the batch as the broker stores them.

        Raises:
            TooLargeError: they are more bytes than the limit.
            ValueError: they cannot be decompressed, or the codec is unknown.
        """
        if codec >= len(self._codecs):
            raise ValueError(f"nobody knows codec {codec}")
        try:
            return self._codecs[codec](data)
        except _BROKEN as error:
            raise ValueError(f"they cannot be decompressed: {error!r}") from error

    def _stored(self, data: memoryview) -> memoryview:
        self._check(len(data))
        return data

    def _check(self, size: int) -> None:
        if size > self._limit:
            raise TooLargeError(f"more than {self._limit} bytes")

    def _gzip(self, data: memoryview) -> bytes:
        """All members. Bytes behind them that are no member are skipped, as in Java."""
        parts: list[bytes] = []
        size = 0
        rest: bytes | memoryview = data
        while rest:
            # One object for each member: it stops at the member's end and keeps the rest.
            member = zlib.decompressobj(_GZIP)
            try:
                part = member.decompress(rest, self._limit - size + 1)  # 0 would be no limit
            except zlib.error:
                if not parts:
                    raise
                break
            self._check(size + len(part))
            if not member.eof:
                if not parts:
                    raise EOFError("its end is missing")
                break
            parts.append(part)
            size += len(part)
            rest = member.unused_data
        return b"".join(parts)  # a single one is not copied

    def _snappy(self, data: memoryview) -> bytes:
        """The blocks behind the header of Snappy's Java library; without that header, a single block."""
        if data[: len(_XERIAL)] != _XERIAL or len(data) < _XERIAL_HEADER.size:
            self._check(cramjam.snappy.decompress_raw_len(data))
            return bytes(cramjam.snappy.decompress_raw(data))
        parts: list[bytes] = []
        size = 0
        for block in _xerial_blocks(data):
            size += cramjam.snappy.decompress_raw_len(block)
            self._check(size)
            parts.append(bytes(cramjam.snappy.decompress_raw(block)))
        return b"".join(parts)

    def _lz4(self, data: memoryview) -> bytes:
        """The first frame; bytes behind it are skipped, as in Java."""
        target, used = self._target(), 0
        for block, largest, compressed in _lz4_blocks(data):
            if not compressed:
                size = len(block)
                self._check(used + size)
                target[used : used + size] = block
            else:
                # There is always room for a whole block: only broken ones raise.
                room = target[used : used + largest]
                size = cramjam.lz4.decompress_block_into(block, room, output_len=len(room))
            used += size
            self._check(used)
        return self._taken(used)

    def _zstd(self, data: memoryview) -> bytes:
        try:
            return self._taken(cramjam.zstd.decompress_into(data, self._target()[: self._limit]))
        except cramjam.DecompressionError as error:
            # Only this error says that the bytes are too many; all others say that they are broken.
            if str(error) != _FULL:
                raise
            self._buffer = None
            raise TooLargeError(f"more than {self._limit} bytes") from error

    def _target(self) -> memoryview:
        """A buffer of the limit and one block; memory is provided only for pages that are written to."""
        if self._buffer is None:
            # The limit and one block more: a block that begins below the limit may end above it.
            self._buffer = np.empty(self._limit + _LZ4_BLOCKS[7], np.uint8).data
        return self._buffer

    def _taken(self, size: int) -> bytes:
        plain = self._target()[:size].tobytes()
        if size > _WARM_BYTES:
            self._buffer = None
        return plain


def _xerial_blocks(data: memoryview) -> Iterator[memoryview]:
    """The compressed blocks; further headers may stand between them.

    Raises:
        ValueError: a version that even the library does not read, or an incomplete block.
    """
    # Each block is its size (4 bytes, big-endian) and so many bytes; a header begins with a byte above 127,
    # which as a size would be negative.
    at = 0
    while len(data) - at >= 4:
        (size,) = struct.unpack_from(">i", data, at)
        if data[at : at + 4] == _XERIAL[:4]:
            magic, version, _ = _XERIAL_HEADER.unpack_from(data, at)
            if magic != _XERIAL:
                return
            if version < _XERIAL_LEAST:
                raise ValueError(f"snappy of version {version}")
            at += _XERIAL_HEADER.size
            continue
        at += 4
        if not 0 <= size <= len(data) - at:
            raise ValueError(f"a block of {size} bytes, of which {len(data) - at} are there")
        yield data[at : at + size]
        at += size


def _lz4_blocks(data: memoryview) -> Iterator[tuple[memoryview, int, bool]]:
    """Of each block its bytes, the most bytes that it may become, and whether it is compressed.

    Raises:
        ValueError: no frame, one that Kafka does not read either, or an incomplete block.
    """
    magic, flags, descriptor = _LZ4.unpack_from(data)
    if magic != _LZ4_MAGIC or flags >> 6 != 1 or not flags & 0x20:
        raise ValueError("no frame of LZ4 with blocks of their own")
    # Bits 4 to 6 of the descriptor are the code of the largest block.
    largest = _LZ4_BLOCKS.get(descriptor >> 4 & 7)
    if largest is None:
        raise ValueError("no size of blocks")
    # Behind the header stand the size of all (8 bytes, where flagged) and a byte of its checksum.
    at = _LZ4.size + (8 if flags & 0x08 else 0) + 1
    while True:
        (size,) = struct.unpack_from("<I", data, at)
        at += 4
        if size == 0:
            return
        # The top bit says how the block is stored, the 31 below it how many bytes it has.
        compressed, size = not size & _LZ4_STORED, size & ~_LZ4_STORED
        if size > min(largest, len(data) - at):
            raise ValueError(f"a block of {size} bytes, of which {len(data) - at} are there")
        yield data[at : at + size], largest, compressed
        # A checksum of 4 bytes follows each block if the frame's flags say so.
        at += size + (4 if flags & 0x10 else 0)
