"""Limits of the records that lanes write, in bytes; defined only here, and enforced by every log.

No record exceeds what Kafka's topics accept by default, so an installation on topics that somebody else
created needs no setting. Lists of any kind are packed by bytes, because the names in them may be long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from creator_pulse.stream.errors import RecordSizeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from creator_pulse.stream.transport.batch import OutRecord

LEAST_MESSAGE_BYTES = 1_048_588
"""The size of a batch that a topic must accept: Kafka's default of ``max.message.bytes``."""
LARGEST_RECORD = 1_000_000
"""Bytes of key, value and headers; the rest is for the batch's own header."""
LARGEST_PACK = 250_000
"""Bytes of a list of entries in one record: a record may hold three of them."""
# Bytes of lengths, offset and time of a record, at most.
_OVERHEAD = 64
_HEADER_OVERHEAD = 8

Item = TypeVar("Item")


def size_of(record: OutRecord) -> int:
    """Bytes of a record in a batch, rounded up."""
    headers = sum(len(name.encode()) + len(value) + _HEADER_OVERHEAD for name, value in record.headers)
    return len(record.key or b"") + len(record.value or b"") + headers + _OVERHEAD


def check_sizes(records: Iterable[OutRecord]) -> None:
    """Make sure that each record can be written.

    Raises:
        RecordSizeError: one is larger than any record may be.
    """
    for record in records:
        size = size_of(record)
        if size > LARGEST_RECORD:
            raise RecordSizeError(
                f"a record for {record.topic} has {size} bytes, and at most {LARGEST_RECORD} are written "
                f"(its key begins with {(record.key or b'')[:16].hex()}): this is a fault of pulse, report it"
            )


def packs(
    items: Iterable[Item], size: Callable[[Item], int], most: int = LARGEST_PACK
) -> Iterator[list[Item]]:
    """Consecutive items in lists of at most ``most`` bytes; a single item may be larger.

    For example, items of 100, 100 and 100 bytes with ``most`` 250 give lists of two and one.

    Args:
        items: packed in their order, so that packs laid together are the same.
        size: bytes of an item.
        most: bytes of a list.
    """
    pack: list[Item] = []
    filled = 0
    for item in items:
        bytes_ = size(item)
        if pack and filled + bytes_ > most:
            yield pack
            pack, filled = [], 0
        pack.append(item)
        filled += bytes_
    if pack:
        yield pack


def text_size(text: str) -> int:
    """Bytes of a text as MessagePack."""
    return len(text.encode()) + 5
