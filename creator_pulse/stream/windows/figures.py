"""The figure that a formula makes of each identity's sums, and the identities in its order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from creator_pulse.stream.catalog.declare import Ratio, Sum
from creator_pulse.stream.windows.formula import weights
from creator_pulse.stream.windows.people import People, people

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from creator_pulse.stream.catalog.aggregates import Each
    from creator_pulse.stream.catalog.declare import Measure
    from creator_pulse.stream.windows.cells import Labels
    from creator_pulse.stream.windows.formula import Formula
    from creator_pulse.stream.windows.identity_rows import Keys
    from creator_pulse.stream.windows.people import Numbers
    from creator_pulse.stream.windows.sums import Sums

RATIO_SCALE = 10**9
"""Quotients are compared as integers of so many parts: nine digits behind the point."""
_HALF = 2**62


@dataclass(frozen=True, slots=True)
class Ranked:
    """Who has a figure, the largest first.

    Attributes:
        figures: shape (n,), falling.
        keys: shape (n, k), of the identities.
        total: of all figures, nobody's included.
    """

    figures: Numbers
    keys: Keys
    total: int

    def __len__(self) -> int:
        return len(self.figures)


class Figure:
    """A sum or a ratio as one integer.

    Args:
        of: its declaration.
        measures: all measures by id.

    Attributes:
        scale: what the integer is divided by where it is shown.
    """

    def __init__(self, of: Sum | Ratio, measures: Mapping[str, Measure]) -> None:
        num, den = (of.num, of.den) if isinstance(of, Ratio) else (of, None)
        self._num, num_scale = weights(num, measures)
        self._den, den_scale = weights(den, measures) if den else ({}, 1)
        self._factor = den_scale * (of.factor if isinstance(of, Ratio) else 1)
        self._num_scale = num_scale
        self.scale = RATIO_SCALE if self._den else num_scale

    def of(
        self, sums: Mapping[str, Numbers], rows: npt.NDArray[np.intp]
    ) -> tuple[Numbers, npt.NDArray[np.intp]]:
        """The integers, and of which rows: a denominator that is not above 0 has none.

        Args:
            sums: measure id -> shape (n,).
            rows: which of them.
        """
        if not self._den:
            return _weighted(self._num, sums, rows), rows
        below = _weighted(self._den, sums, rows).astype(object)
        there = np.flatnonzero(below > 0)
        above = _weighted(self._num, sums, rows[there]).astype(object)
        return above * (self._factor * RATIO_SCALE) // (below[there] * self._num_scale), rows[there]


class Figures:
    """The figures of all identities of a window.

    Args:
        each: which figure.
        formula: that asks; knows the groups.
        measures: all measures by id.
    """

    def __init__(self, each: Each, formula: Formula, measures: Mapping[str, Measure]) -> None:
        self._each = each
        self._formula = formula
        self._figure = Figure(each.of, measures)
        self._reads = frozenset(formula.tables[name].name for name in each.measures)
        self._key = (each.by, repr(each), formula.value.labels[: formula.width])
        self.scale = self._figure.scale

    def of(self, sums: Sums, only: Container[Labels] | None) -> dict[Labels, Ranked]:
        """The identities of each group by their figures; of equal ones in no order.

        Args:
            sums: of a window.
            only: the groups that are wanted; None: all.
        """
        found = sums.once(self._key, self._reads, lambda: self._of(sums))
        return found if only is None else {group: one for group, one in found.items() if group in only}

    def _of(self, sums: Sums) -> dict[Labels, Ranked]:
        found = people(sums, self._formula, self._each.by, self._each.measures)
        return {group: self._ranked(one) for group, one in found.items()}

    def _ranked(self, known: People) -> Ranked:
        enough = known.somebody
        for name, bound in self._each.least.items():
            enough &= (known.sums[name] >= bound).astype(bool)
        figures, rows = self._figure.of(known.sums, np.flatnonzero(enough))
        high = np.flatnonzero(figures >= max(1, self._each.floor * self.scale))
        order = _falling(figures[high])[: self._each.largest or None]
        chosen = high[order]
        total = 0
        if not isinstance(self._each.of, Ratio):
            every, _ = self._figure.of(known.sums, np.arange(len(known.keys)))
            total = int(every.sum())
        return Ranked(figures[chosen], known.keys[rows[chosen]], total)


def _weighted(
    weighted: Mapping[str, int], sums: Mapping[str, Numbers], rows: npt.NDArray[np.intp]
) -> Numbers:
    parts = [(weight, sums[name][rows]) for name, weight in weighted.items()]
    if len(parts) == 1 and parts[0][0] == 1:
        return parts[0][1]
    total: Numbers = sum((weight * one.astype(object) for weight, one in parts), np.zeros(len(rows), object))
    return total


def _falling(figures: Numbers) -> npt.NDArray[np.intp]:
    """The order of numbers that may be wide, the largest first."""
    if figures.dtype != object:
        return np.argsort(-figures, kind="stable")
    high, low = (figures // _HALF).astype(np.int64), (figures % _HALF).astype(np.int64)
    return np.lexsort((-low, -high))
