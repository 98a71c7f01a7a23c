"""Which values of labels have a row of their own: the largest; the others together are ``other``."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_ROWS = (32, 96)
"""Values of one label, and pairs of values of two, that have rows of their own."""
MOST_WAITING = 128
"""Values of a cut that are counted until one of them is large enough for a row."""
WHOLE = 0
"""The row of everything together."""

Hashes = tuple[int, ...]
"""What stands for the values of a cut, one for each of its labels; empty for the others together."""


class BreakdownRow(NamedTuple):
    """The labels' values that a row sums.

    Attributes:
        cut: number of the cut; -1 of the whole.
        hashes: of the values, one for each label of the cut.
        born: minute from which on it is counted by itself.
    """

    cut: int
    hashes: Hashes
    born: int


class Places:
    """The rows of one breakdown.

    Row 0 is the whole, then comes a row ``other`` for each cut, then values in the order in which they came.

    Args:
        cuts: names of the labels of each.

    Attributes:
        rows: by number.
        waiting: by cut, values without a row and how often they came in this hour, less the decrements of
            the Misra-Gries summary: never more than there were.
        changed: whether rows were taken since the flag was last put down.
        has_waited: likewise, whether something came, or let in, that has no row.
    """

    def __init__(self, cuts: Sequence[tuple[str, ...]]) -> None:
        self.cuts = tuple(cuts)
        self.rows = [BreakdownRow(-1, (), 0), *(BreakdownRow(cut, (), 0) for cut in range(len(cuts)))]
        self.waiting: list[dict[Hashes, int]] = [{} for _ in cuts]
        self.changed = False
        self.has_waited = False
        self._row_of: list[dict[Hashes, int]] = [{} for _ in cuts]

    def __len__(self) -> int:
        return len(self.rows)

    def other(self, cut: int) -> int:
        """The row that sums all values of a cut without a row."""
        # Row 0 is the whole; then come these rows, in the order of the cuts.
        return 1 + cut

    def row_of(self, cut: int, hashes: Hashes, minute: int, times: int) -> int:
        """The row of values; while there is room they get one.

        Args:
            cut: number of the cut, from 0.
            hashes: of the values, in the order of the cut's labels.
            minute: of the increment, since the epoch.
            times: how many increments there are.
        """
        row = self._row_of[cut].get(hashes)
        if row is not None:
            # Another partition may be further behind.
            if minute < self.rows[row].born:
                self.rows[row] = self.rows[row]._replace(born=minute)
                self.changed = True
            return row
        if len(self._row_of[cut]) < MOST_ROWS[len(self.cuts[cut]) - 1]:
            row = self._row_of[cut][hashes] = len(self.rows)
            self.rows.append(BreakdownRow(cut, hashes, minute))
            self.changed = True
            return row
        self.has_waited = True
        self._wait(self.waiting[cut], hashes, times)
        return self.other(cut)

    def of_cut(self, cut: int) -> list[int]:
        """The rows of the values of a cut."""
        return list(self._row_of[cut].values())

    def replace(self, row: int, hashes: Hashes, minute: int) -> None:
        """Give a row to other values of the same cut, from a minute on."""
        cut = self.rows[row].cut
        del self._row_of[cut][self.rows[row].hashes]
        self._row_of[cut][hashes] = row
        self.rows[row] = BreakdownRow(cut, hashes, minute)
        self.changed = True

    def candidates(self, cut: int) -> list[tuple[Hashes, int]]:
        """What waits in a cut, the most frequent first; after that nothing waits."""
        ordered = sorted(self.waiting[cut].items(), key=lambda pair: (-pair[1], pair[0]))
        self.waiting[cut] = {}
        self.has_waited = True
        return ordered

    def restore(self, rows: Sequence[BreakdownRow], waiting: Sequence[dict[Hashes, int]]) -> None:
        """Take back written rows, in the same order."""
        self.rows = list(rows)
        self.waiting = list(waiting)
        self._row_of = [{} for _ in self.cuts]
        for number, row in zip(count(), self.rows, strict=False):
            # The whole and the rows of ``other`` have no values to be found by.
            if row.hashes:
                self._row_of[row.cut][row.hashes] = number

    def _wait(self, waiting: dict[Hashes, int], hashes: Hashes, times: int) -> None:
        if hashes in waiting or len(waiting) < MOST_WAITING:
            waiting[hashes] = waiting.get(hashes, 0) + times
            return
        # Misra and Gries, Finding repeated elements, 1982: what is new takes as much off all others.
        least = min(times, *waiting.values())
        for name in [name for name, often in waiting.items() if often == least]:
            del waiting[name]
        for name in waiting:
            waiting[name] -= least
        if times > least:
            waiting[hashes] = times - least
