"""Sums by hidden labels as columns: a row is an identity, named by its hash.

The hash is the first half of SipHash of the text, under the key of the installation. Two ids of a million
share one with a probability of 3 in 100 million; then their sums count as those of one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from creator_pulse.stream.aggregates.keys import NOBODY, Keys, together
from creator_pulse.stream.native import sums as native

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from creator_pulse.stream.panes.tables import Table

__all__ = [
    "LOW_BITS",
    "NOBODY",
    "Keys",
    "Rows",
    "Sums64",
    "added",
    "bounded_column",
    "carry",
    "column",
    "packed",
    "row_cuts",
    "together",
    "total",
    "unpacked",
    "whole_of",
]
Sums64 = npt.NDArray[np.int64]
LOW_BITS = 36
"""A wide sum is (high * 2^36 + middle) * 2^36 + low; the parts add up by themselves, of 2^27 rows at once."""
_LOW = (1 << LOW_BITS) - 1
# What an increment adds at most where sums have 64 bits: no money of a minute comes near it.
_MOST = 2**62


class Rows(NamedTuple):
    """Rows of one table.

    Attributes:
        keys: shape (n, k): hashes of ids, or the place of a bucket; in panes and windows, before them a code
            of the row's labels (``label_codes.py``).
        sums: shape (n, c), a column for each limb.

    Example:
        >>> rows = Rows(np.array([[7]], dtype=np.uint64), np.array([[3]]))
        >>> rows.coded(np.array([4], dtype=np.uint64)).keys.tolist()
        [[4, 7]]
    """

    keys: Keys
    sums: Sums64

    def by_code(self) -> Rows:
        """The rows in the order of their first keys, so that those of one label set are a slice."""
        if native.rises(self.keys[:, 0]):
            return self
        order = np.argsort(self.keys[:, 0], kind="stable")
        return Rows(self.keys[order], self.sums[order])

    def coded(self, codes: Keys) -> Rows:
        """The rows with a code before their keys."""
        return Rows(np.column_stack([codes, self.keys]), self.sums)


def added(parts: Sequence[Rows], lows: Sequence[int]) -> Rows:
    """The sums of several lots of rows, each key once; rows that are 0 throughout go.

    Args:
        parts: at least one, of the same columns.
        lows: columns that are no upper part of a sum.
    """
    return Rows(*native.added([part.keys for part in parts], [part.sums for part in parts], tuple(lows)))


def limbs_of(number: int, limbs: int) -> list[int]:
    """A sum as the parts that its columns hold, the low one first; the last one has the sign.

    Example:
        >>> limbs_of(2**36 + 5, 2), limbs_of(-1, 2)
        ([5, 1], [68719476735, -1])
    """
    parts = []
    for _ in range(limbs - 1):
        parts.append(number & _LOW)
        number >>= LOW_BITS
    return [*parts, number]


def totals(table: Table, sums: Sums64) -> dict[str, list[int]]:
    """The sums of each measure of a table, row by row."""
    columns: list[list[int]] = sums.T.tolist()
    by_measure = {}
    for name in table.measures:
        low, *upper = table.places(name)
        whole = columns[low]
        for limb, place in enumerate(upper, 1):
            whole = [
                number + (part << LOW_BITS * limb) for number, part in zip(whole, columns[place], strict=True)
            ]
        by_measure[name] = whole
    return by_measure


def carry(sums: Sums64, lows: Sequence[int]) -> None:
    """Bring all parts of sums but the upper ones below 2^36."""
    # An arithmetic shift rounds down, so a negative low part borrows from the one above: parts end in [0,
    # 2^36).
    for place in lows:
        sums[:, place + 1] += sums[:, place] >> LOW_BITS
        sums[:, place] &= (1 << LOW_BITS) - 1


def column(table: Table, sums: Sums64, measure: str) -> npt.NDArray[np.int64] | npt.NDArray[np.object_]:
    """The sums of one measure; Python integers if adding or multiplying them could pass 64 bits.

    Args:
        table: says which columns hold the measure's limbs.
        sums: shape (n, c), a column for each limb.
        measure: id of one of the table's measures.
    """
    return whole_of([sums[:, place] for place in table.places(measure)])


def whole_of(parts: Sequence[Sums64]) -> npt.NDArray[np.int64] | npt.NDArray[np.object_]:
    """Sums put together of their limbs; Python integers from 2^53 on, so that products with a per cent fit.

    Args:
        parts: the low part first, each of shape (n,): the sum is parts[0] + parts[1] << 36 + parts[2] << 72.
    """
    narrow = native.joined(list(parts))
    if narrow is not None:
        return narrow
    # From the top down, as Horner's rule: Python integers, which have no edge.
    whole = parts[-1].astype(object)
    for limb in parts[-2::-1]:
        whole = (whole << LOW_BITS) + limb
    return whole


def bounded_column(table: Table, sums: Sums64, measure: str) -> Sums64:
    """The sums of one measure, kept within numbers of 64 bits.

    Args:
        table: says which columns hold the measure's limbs.
        sums: shape (n, c), a column for each limb.
        measure: id of one of the table's measures.
    """
    exact = column(table, sums, measure)
    if exact.dtype == np.int64:
        return exact.astype(np.int64)
    return np.array([min(max(whole, -_MOST), _MOST) for whole in exact.tolist()], dtype=np.int64)


def row_cuts(sizes: npt.NDArray[np.int64], most: int) -> list[tuple[int, int]]:
    """Consecutive rows in stretches of at most so many bytes; a row alone may be larger.

    Args:
        sizes: bytes of each row, shape (n,).
        most: bytes of a stretch.

    Returns:
        where each begins and ends.

    Example:
        >>> row_cuts(np.array([4, 4, 4, 20]), 10)
        [(0, 2), (2, 3), (3, 4)]
    """
    # ends[i] bytes up to and with row i; the cut is the last row that still fits, found by bisection.
    ends = np.cumsum(sizes)
    cuts, begin, before = [], 0, 0
    while begin < len(ends):
        end = max(begin + 1, int(np.searchsorted(ends, before + most, side="right")))
        cuts.append((begin, end))
        begin, before = end, int(ends[end - 1])
    return cuts


def total(table: Table, sums: Sums64, measure: str) -> int:
    """The sum of one measure over all rows."""
    places = table.places(measure)
    return sum(int(sums[:, place].sum()) << (part * LOW_BITS) for part, place in enumerate(places))


def packed(keys: Keys, sums: Sums64, columns: Sequence[str]) -> tuple[list[bytes], dict[str, bytes]]:
    """Rows as bytes: each column as narrow as its largest number, columns of zeros not at all.

    Args:
        keys: shape (n, k), n from 1.
        sums: shape (n, c), a column for each limb.
        columns: names of the sums.
    """
    of_sums = native.packed(sums.view(np.uint64))
    return (
        # A column of zeros has bytes here: how many rows there are is said by nothing else.
        [column or bytes(len(keys)) for column in native.packed(keys)],
        {name: column for name, column in zip(columns, of_sums, strict=True) if column},
    )


def unpacked(number: int, keys: Sequence[bytes], sums: Mapping[str, bytes], columns: Sequence[str]) -> Rows:
    """Rows from their bytes; a column that is not known is passed over.

    Raises:
        ValueError: other lengths than so many numbers have.
    """
    return Rows(
        native.unpacked(list(keys), number),
        native.unpacked([sums.get(name, b"") for name in columns], number).view(np.int64),
    )
