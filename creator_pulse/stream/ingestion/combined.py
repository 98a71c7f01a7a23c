"""Several columns of codes as one: the combinations that occur, and the place of each row's."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from creator_pulse.stream.native import sums as native

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

# Up to so many possible combinations a table of all of them beats sorting.
_DENSE = 1 << 16


@dataclass(frozen=True, slots=True)
class Combined:
    """The combinations of some rows.

    Attributes:
        place: shape (n,), the place of each row's combination.
        codes: the distinct combinations, as mixed-radix numbers of code + 1.
        columns: the texts of each column.

    Example:
        >>> apps = np.array([0, 0, 1], dtype=np.int32), ["tiktok", "douyin"]
        >>> regions = np.array([0, -1, 0], dtype=np.int32), ["US"]
        >>> combined = Combined.of([apps, regions])
        >>> list(combined.texts())
        [('tiktok', None), ('tiktok', 'US'), ('douyin', 'US')]
        >>> combined.place.tolist()
        [1, 0, 2]
    """

    place: npt.NDArray[np.intp]
    codes: npt.NDArray[np.int64]
    columns: tuple[Sequence[str], ...]

    @classmethod
    def of(cls, columns: Sequence[tuple[npt.NDArray[np.int32], Sequence[str]]]) -> Combined:
        """Combine columns.

        Args:
            columns: of each the codes by row (-1 where null), and the texts by code.
        """
        texts = tuple(of_column for _, of_column in columns)
        # A mixed-radix number: each column is a digit with base len(texts) + 1, as null is code -1 and so
        # digit 0.
        key: npt.NDArray[np.int64] = np.zeros(len(columns[0][0]), dtype=np.int64)
        for codes, of_column in columns:
            key = key * (len(of_column) + 1) + (codes + 1)
        numbers, place = distinct(key, prod(len(of_column) + 1 for of_column in texts))
        return cls(place, numbers, texts)

    def texts(self) -> Iterator[tuple[str | None, ...]]:
        """The texts of each distinct combination."""
        return zip(*self.by_column(), strict=True)

    def by_column(self) -> list[list[str | None]]:
        """Of each column the text of each distinct combination."""
        rest, by_column = self.codes, []
        # The last column is the lowest digit, so it comes off first; the order is turned back at the end.
        for of_column in reversed(self.columns):
            rest, codes = np.divmod(rest, len(of_column) + 1)
            # Copying the texts pays only if most of them are asked for.
            texts = [None, *of_column] if len(of_column) < len(codes) else None
            by_column.append(
                [texts[code] for code in codes.tolist()]
                if texts
                else [of_column[code - 1] if code else None for code in codes.tolist()]
            )
        return by_column[::-1]


def folded(
    codes: npt.NDArray[np.int32], texts: Sequence[str], wanted: Collection[str]
) -> tuple[npt.NDArray[np.int32], Sequence[str]]:
    """A column with the texts that are wanted, and null where it has another one.

    Some columns are free text. Where only a few values of one matter, the others must not split the rows.

    Args:
        codes: by row, -1 where null.
        texts: the column's dictionary, a text for each code from 0.
        wanted: the texts to be told apart; few, because each makes its own groups.

    Returns:
        codes and texts of the folded column.
    """
    # Decided once for each text that occurs, then spread to the rows by `place`.
    there, place = distinct(codes.astype(np.int64) + 1, len(texts) + 1)
    new_codes: dict[str, int] = {}
    mapped = [
        new_codes.setdefault(text, len(new_codes)) if text in wanted else -1
        for text in (texts[code - 1] if code else "" for code in there.tolist())
    ]
    return np.array(mapped, dtype=np.int32)[place], list(new_codes)


def distinct(key: npt.NDArray[np.int64], space: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.intp]]:
    """The distinct numbers, rising, and the place of each row's among them.

    Args:
        key: shape (n,), each at least 0 and below ``space``.
        space: how many numbers are possible.
    """
    if space > _DENSE:
        # Hashed, as there are far fewer numbers than rows: only they are sorted.
        numbers, first = native.distinct(np.ascontiguousarray(key))
        order = np.argsort(numbers)
        # rank[i] is the place of the i-th number, as it was met first, among the rising ones.
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        return numbers[order], rank[first]
    there = np.flatnonzero(np.bincount(key, minlength=1))
    # A table number -> rank among those that occur; numbers that do not occur keep 0 and are never looked up.
    place = np.zeros(int(there[-1]) + 1 if len(there) else 1, dtype=np.intp)
    place[there] = np.arange(len(there))
    return there.astype(np.int64), place[key]
