"""Sums by hidden labels as columns: a row is an identity, named by its hash.

The hash is the first half of MurmurHash3 of the text. Two ids of a million share one with a probability of
3 in 100 million; then their sums count as those of one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from creator_pulse.stream.native.ids import hash_of
from creator_pulse.stream.native.sums import summed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from creator_pulse.stream.windows.tables import Table

Keys = npt.NDArray[np.uint64]
Sums64 = npt.NDArray[np.int64]
LOW_BITS = 40
"""A wide sum is (high * 2^40 + middle) * 2^40 + low; the three add up by themselves."""
_MIX = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)
_WIDTHS = (np.uint8, np.uint16, np.uint32, np.uint64)
NOBODY = np.array([hash_of(text)[0] for text in (b"", b"-")], dtype=np.uint64)
"""Hashes of the ids of records that carry none, and of events without a creator."""


class Rows(NamedTuple):
    """Rows of one table.

    Attributes:
        keys: shape (n, k): hashes of ids, or the place of a bucket.
        sums: shape (n, c).
    """

    keys: Keys
    sums: Sums64


def together(keys: Keys) -> Keys:
    """One hash for each row of keys, shape (n,)."""
    found: Keys = keys[:, 0]
    for place in range(1, keys.shape[1]):
        found = found * _MIX
        found = ((found ^ (found >> _HALF)) ^ keys[:, place]) * _MIX
    return found


def added(parts: Sequence[Rows], lows: Sequence[int]) -> Rows:
    """The sums of several lots of rows, each key once; rows that are 0 throughout go.

    Args:
        parts: at least one, of the same columns.
        lows: columns that are the low part of a wide sum.
    """
    keys = parts[0].keys if len(parts) == 1 else np.concatenate([one.keys for one in parts])
    values = parts[0].sums if len(parts) == 1 else np.concatenate([one.sums for one in parts])
    first, sums = summed(np.ascontiguousarray(together(keys)), np.ascontiguousarray(values))
    carry(sums, lows)
    there = sums.any(axis=1)
    return Rows(keys[first], sums) if there.all() else Rows(keys[first[there]], sums[there])


def carry(sums: Sums64, lows: Sequence[int]) -> None:
    """Bring the low and middle parts of wide sums below 2^40."""
    for low in lows:
        for place in (low, low + 1):
            sums[:, place + 1] += sums[:, place] >> LOW_BITS
            sums[:, place] &= (1 << LOW_BITS) - 1


def column(table: Table, sums: Sums64, measure: str) -> npt.NDArray[np.int64] | npt.NDArray[np.object_]:
    """The sums of one measure; as Python integers where they are wide.

    Args:
        table: of the rows.
        sums: shape (n, c).
        measure: id.
    """
    place = table.columns.index(measure)
    if place in table.lows:
        upper = (sums[:, place + 2].astype(object) << LOW_BITS) + sums[:, place + 1]
        return (upper << LOW_BITS) + sums[:, place]
    return sums[:, place]


def total(table: Table, sums: Sums64, measure: str) -> int:
    """The sum of one measure over all rows."""
    place = table.columns.index(measure)
    if place not in table.lows:
        return int(sums[:, place].sum())
    return sum(int(sums[:, place + part].sum()) << (part * LOW_BITS) for part in range(3))


def packed(rows: Rows, columns: Sequence[str]) -> tuple[list[bytes], dict[str, bytes]]:
    """Rows as bytes: each column as narrow as its largest number, columns of zeros not at all.

    Args:
        rows: numbers from 0.
        columns: names of the sums.
    """
    keys = [_narrow(rows.keys[:, place]) for place in range(rows.keys.shape[1])]
    sums = rows.sums.view(np.uint64)
    return keys, {name: _narrow(sums[:, place]) for place, name in enumerate(columns) if sums[:, place].any()}


def unpacked(number: int, keys: Sequence[bytes], sums: Mapping[str, bytes], columns: Sequence[str]) -> Rows:
    """Rows from their bytes; a column that is not known is passed over.

    Raises:
        ValueError: other lengths than so many numbers have.
    """
    into = np.zeros((number, len(columns)), dtype=np.int64)
    for place, name in enumerate(columns):
        if name in sums:
            into[:, place] = _wide(sums[name], number)
    whole = np.empty((number, len(keys)), dtype=np.uint64)
    for place, one in enumerate(keys):
        whole[:, place] = _wide(one, number)
    return Rows(whole, into)


def _narrow(numbers: Keys) -> bytes:
    most = int(numbers.max())
    return numbers.astype(next(one for one in _WIDTHS if most <= np.iinfo(one).max)).tobytes()


def _wide(data: bytes, number: int) -> npt.NDArray[np.unsignedinteger]:
    return np.frombuffer(data, dtype=f"u{len(data) // number}")
