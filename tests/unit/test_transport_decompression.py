"""Decompression: what Java's readers take is read as they read it, and nothing grows beyond the limit."""

from __future__ import annotations

import gzip
import struct
import tracemalloc
from typing import TYPE_CHECKING

import cramjam
import pytest

from creator_pulse.stream.transport.decompression import Decompressor, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT = 300_000
GZIP, SNAPPY, LZ4, ZSTD = 1, 2, 3, 4
TEXT = b"hello " * 40


def lz4(data: bytes, **options: bool) -> bytes:
    """A frame as Kafka's clients write it."""
    frame = cramjam.lz4.Compressor(level=9, content_checksum=False, block_linked=False, **options)
    frame.compress(data)
    return bytes(frame.finish())


def block(data: bytes) -> bytes:
    """A block of Snappy with its length before it."""
    made = bytes(cramjam.snappy.compress_raw(data))
    return struct.pack(">i", len(made)) + made


def xerial(version: int = 1, compatible: int = 1) -> bytes:
    """The header of Snappy's Java library."""
    return struct.pack(">8sii", b"\x82SNAPPY\0", version, compatible)


def zstd(data: bytes) -> bytes:
    """A frame."""
    return bytes(cramjam.zstd.compress(data))


PACKED: dict[int, Callable[[bytes], bytes]] = {
    0: bytes,
    GZIP: gzip.compress,
    SNAPPY: lambda data: bytes(cramjam.snappy.compress_raw(data)),
    LZ4: lz4,
    ZSTD: zstd,
}


def plain(codec: int, data: bytes, limit: int = LIMIT) -> bytes:
    """The bytes before compression."""
    return bytes(Decompressor(limit).plain(codec, memoryview(data)))


READ_ON = {
    "gzip, bytes behind it": (GZIP, gzip.compress(TEXT) + b"anything"),
    "gzip, zeros behind it": (GZIP, gzip.compress(TEXT) + bytes(99)),
    "gzip, a header cut off behind it": (GZIP, gzip.compress(TEXT) + gzip.compress(b"x")[:7]),
    "gzip, two members": (GZIP, gzip.compress(TEXT[:7]) + gzip.compress(TEXT[7:])),
    "gzip, an empty member": (GZIP, gzip.compress(b"") + gzip.compress(TEXT)),
    "lz4, bytes behind it": (LZ4, lz4(TEXT) + b"anything"),
    "lz4, a second frame": (LZ4, lz4(TEXT) + lz4(b"more")),
    "snappy, one block": (SNAPPY, bytes(cramjam.snappy.compress_raw(TEXT))),
    "snappy of Java": (SNAPPY, xerial() + block(TEXT)),
    "snappy of another version": (SNAPPY, xerial(2) + block(TEXT)),
    "snappy of a far version": (SNAPPY, xerial(2**31 - 1, 0) + block(TEXT)),
    "snappy, several blocks": (SNAPPY, xerial() + block(TEXT[:9]) + block(b"") + block(TEXT[9:])),
    "snappy, several headers": (SNAPPY, xerial() + block(TEXT[:9]) + xerial(2) + block(TEXT[9:])),
    "snappy, less than a length behind it": (SNAPPY, xerial() + block(TEXT) + b"abc"),
    "zstd, two frames": (ZSTD, zstd(TEXT[:7]) + zstd(TEXT[7:])),
}


@pytest.mark.parametrize("case", READ_ON.values(), ids=READ_ON)
def test_what_java_reads_is_read(case: tuple[int, bytes]) -> None:
    """The same text from each of them."""
    assert plain(*case) == TEXT


BROKEN = {
    "gzip that is none": (GZIP, b"anything"),
    "gzip cut off": (GZIP, gzip.compress(TEXT)[:-9]),
    "snappy that is none": (SNAPPY, b"\xff" * 9),
    "snappy, nothing at all": (SNAPPY, b""),
    "snappy of version 0": (SNAPPY, xerial(0) + block(TEXT)),
    "snappy, a block cut off": (SNAPPY, xerial() + block(TEXT)[:-1]),
    "snappy, a block of less than nothing": (SNAPPY, xerial() + struct.pack(">i", -1) + block(TEXT)),
    "snappy, a header cut off": (SNAPPY, xerial() + xerial()[:9]),
    "lz4 that is none": (LZ4, b"anything at all"),
    "lz4, nothing at all": (LZ4, b""),
    "lz4 without an end": (LZ4, lz4(TEXT)[:-4]),
    "lz4, a block cut off": (LZ4, lz4(TEXT)[:-20]),
    "lz4, a broken block": (LZ4, lz4(TEXT)[:11] + b"\xff" * 40 + bytes(4)),
    "zstd that is none": (ZSTD, b"anything"),
    "zstd, bytes behind it": (ZSTD, zstd(TEXT) + b"anything"),
    "zstd cut off": (ZSTD, zstd(TEXT)[:-2]),
    "a codec of the future": (5, b"anything"),
    "the last codec": (7, b"anything"),
}


@pytest.mark.parametrize("case", BROKEN.values(), ids=BROKEN)
def test_what_nobody_reads_is_refused(case: tuple[int, bytes]) -> None:
    """As broken, not as too large."""
    with pytest.raises(ValueError, match=r"^(?!more than)"):
        plain(*case)


@pytest.mark.parametrize("codec", PACKED)
def test_the_limit_is_the_largest_size_that_is_read(codec: int) -> None:
    """So many bytes are read, one more is too large."""
    data = bytes(range(256)) * (LIMIT // 256 + 1)
    assert plain(codec, PACKED[codec](data[:LIMIT])) == data[:LIMIT]
    with pytest.raises(TooLargeError, match=str(LIMIT)):
        plain(codec, PACKED[codec](data[: LIMIT + 1]))


@pytest.mark.parametrize("many", [(GZIP, gzip.compress), (SNAPPY, block), (ZSTD, zstd)])
def test_the_limit_holds_for_all_parts_together(many: tuple[int, Callable[[bytes], bytes]]) -> None:
    """Each of three is half as large as the limit."""
    codec, packed = many
    header = xerial() if codec == SNAPPY else b""
    with pytest.raises(TooLargeError, match=str(LIMIT)):
        plain(codec, header + packed(bytes(LIMIT // 2)) * 3)


@pytest.mark.parametrize("codec", [GZIP, LZ4, ZSTD])
def test_no_more_memory_is_taken_than_the_limit(codec: int) -> None:
    """Of 128 MiB of zeros 1 MiB is allowed: the buffers of the decompression take a few times that."""
    limit = 1024 * 1024
    data = PACKED[codec](bytes(128 * 1024 * 1024))
    tracemalloc.start()
    try:
        with pytest.raises(TooLargeError):
            plain(codec, data, limit)
        assert tracemalloc.get_traced_memory()[1] < 8 * limit
    finally:
        tracemalloc.stop()


def test_a_length_that_lies_reserves_nothing() -> None:
    """Five bytes of Snappy that promise 4 GiB."""
    with pytest.raises(TooLargeError):
        plain(SNAPPY, b"\xff\xff\xff\xff\x0f")


def test_one_batch_leaves_nothing_to_the_next() -> None:
    """The buffer is used again: a long text, then a short one, with each codec in turn."""
    unpacker = Decompressor(LIMIT)
    for text in (b"long " * 9_000, b"short", b""):
        for codec in (LZ4, ZSTD):
            assert unpacker.plain(codec, memoryview(PACKED[codec](text))) == text
