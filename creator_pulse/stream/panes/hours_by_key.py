"""Numbers by hash that are looked up often and grow slowly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from creator_pulse.stream.panes.rows import Keys, Rows

# New rows that are kept apart before they are sorted in; with more rows, an eighth of them.
_LEAST_FRESH = 1_024


class HoursByKey:
    """Some numbers for each key.

    Most rows lie sorted by key. New ones are kept apart until they are many, as each sorting copies all.

    Args:
        columns: how many numbers each key has, from 1.

    Example:
        >>> from creator_pulse.stream.panes.rows import Rows
        >>> hours = HoursByKey(1)
        >>> hours.add(Rows(np.array([[7]], dtype=np.uint64), np.array([[3]])))
        >>> hours.of(np.array([7, 8], dtype=np.uint64)).tolist()
        [[3], [0]]
    """

    def __init__(self, columns: int) -> None:
        self._keys: Keys = np.empty(0, dtype=np.uint64)
        self._numbers: npt.NDArray[np.int64] = np.zeros((0, columns), dtype=np.int64)
        self._fresh: dict[int, npt.NDArray[np.int64]] = {}

    def __len__(self) -> int:
        return len(self._keys) + len(self._fresh)

    def of(self, keys: Keys) -> npt.NDArray[np.int64]:
        """The numbers of some keys, shape (n, columns); 0 where a key is not known."""
        numbers = np.zeros((len(keys), self._numbers.shape[1]), dtype=np.int64)
        place, there = self._places(keys)
        numbers[there] = self._numbers[place[there]]
        if self._fresh:
            for row in np.flatnonzero(~there).tolist():
                fresh = self._fresh.get(int(keys[row]))
                if fresh is not None:
                    numbers[row] = fresh
        return numbers

    def add(self, rows: Rows) -> None:
        """Add to the numbers of some keys, none of which occurs twice."""
        keys = rows.keys[:, 0]
        place, there = self._places(keys)
        self._numbers[place[there]] += rows.sums[there]
        for row in np.flatnonzero(~there).tolist():
            key = int(keys[row])
            self._fresh[key] = self._fresh.get(key, 0) + rows.sums[row]
        # An eighth of the rows: a sorting copies n rows after n / 8 new ones, so each is copied a constant
        # number of times.
        if len(self._fresh) > max(_LEAST_FRESH, len(self._keys) // 8):
            self._sort_in()

    def _places(self, keys: Keys) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
        if not len(self._keys):
            return np.zeros(len(keys), dtype=np.intp), np.zeros(len(keys), dtype=np.bool_)
        # Beyond the last key searchsorted gives n, which is no place: clip, the comparison says no all the
        # same.
        place = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return place, self._keys[place] == keys

    def _sort_in(self) -> None:
        keys = np.concatenate([self._keys, np.fromiter(self._fresh, dtype=np.uint64)])
        order = np.argsort(keys)
        self._numbers = np.concatenate([self._numbers, np.stack(list(self._fresh.values()))])[order]
        self._keys = keys[order]
        self._fresh.clear()
