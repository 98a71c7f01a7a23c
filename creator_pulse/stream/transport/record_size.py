"""How large what lanes write may be, in bytes: this page alone says it, and every log holds it.

A record never passes what Kafka's topics take unless told otherwise, so that an installation on topics that
somebody else has made needs no setting. Whatever names are in it: lists of anything are packed by bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from creator_pulse.stream.errors import RecordSizeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from creator_pulse.stream.transport.batch import OutRecord

LEAST_MESSAGE_BYTES = 1_048_588
"""What a topic must take as one batch: the default of Kafka's ``max.message.bytes``."""
LARGEST_RECORD = 1_000_000
"""Of key, value and headers; the rest is for the batch's own header."""
LARGEST_PACK = 250_000
"""Of a list of entries in one record: a record may hold three of them."""
_OVERHEAD = 64
"""Lengths, offset and time of a record, at most."""
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
    """Consecutive items in lists of at most so many bytes; one item alone may be larger.

    Args:
        items: in their order.
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


def rows_of(columns: int, most: int = LARGEST_PACK) -> int:
    """How many rows of so many 8-byte columns a pack may have, at least one."""
    return max(1, most // (8 * max(1, columns)))
