"""The figure that is made of each identity's sums, and the identities in its order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from creator_pulse.stream.aggregates.each import Each
    from creator_pulse.stream.aggregates.keys import Keys
    from creator_pulse.stream.aggregates.people import Numbers, People
    from creator_pulse.stream.aggregates.ratio import Ratio
    from creator_pulse.stream.aggregates.reading import Reading
    from creator_pulse.stream.aggregates.result import Labels
    from creator_pulse.stream.aggregates.sum import Sum

RATIO_SCALE = 10**9
"""Quotients are compared as integers of so many parts: nine digits behind the point."""
_HALF = 2**62


@dataclass(frozen=True, slots=True)
class Ranked:
    """Who has a figure, the largest first.

    For example the figures 5, 3 and 3 with a total of 20: others below the floor have 9.

    Attributes:
        figures: shape (n,), falling.
        keys: shape (n, k), of the identities.
        total: of all figures, nobody's included; 0 if the figure is a ratio, or it was not asked for.
        scale: divisor of a figure when shown.
    """

    figures: Numbers
    keys: Keys
    total: int
    scale: int

    def __len__(self) -> int:
        return len(self.figures)


class Figure:
    """A sum or a ratio as one integer.

    For example a ratio of 1 to 3 is the integer 333,333,333, and its scale 10^9.

    Args:
        of: its declaration, as ``Each.of``.
        scale_of: measure id -> divisor of the sum when shown.

    Attributes:
        scale: divisor of the integer when shown.
        divides: whether it is a ratio, so that figures do not add up.
    """

    def __init__(self, of: Sum | Ratio, scale_of: Callable[[str], int]) -> None:
        num, den, factor = of.fraction
        self._num, num_scale = num.weights(scale_of)
        self._den, den_scale = den.weights(scale_of) if den else ({}, 1)
        # num / num_scale / (den / den_scale) * factor, with one multiplication and one division of integers.
        self._factor = den_scale * factor
        self._num_scale = num_scale
        self.divides = den is not None
        self.scale = RATIO_SCALE if self.divides else num_scale

    def of(
        self, sums: Mapping[str, Numbers], rows: npt.NDArray[np.intp]
    ) -> tuple[Numbers, npt.NDArray[np.intp]]:
        """The integers, and of which rows: a denominator that is not above 0 has none.

        Args:
            sums: measure id -> shape (n,).
            rows: indexes of the m rows wanted, rising, 0 to n - 1.
        """
        if not self.divides:
            return _weighted(self._num, sums, rows), rows
        below = _weighted(self._den, sums, rows).astype(object)
        there = np.flatnonzero(below > 0)
        # Python integers: a sum of money has up to 192 bits, and RATIO_SCALE adds 30 more.
        above = _weighted(self._num, sums, rows[there]).astype(object)
        return above * (self._factor * RATIO_SCALE) // (below[there] * self._num_scale), rows[there]


def figure_of(window: Reading, of: Sum | Ratio) -> Figure:
    """A sum or a ratio of identities as one integer.

    Args:
        window: whose sums are read, and whose cache is used.
        of: part of the value's declaration; the same object at each call, which keys the cache.
    """
    return window.always(("figure", id(of)), lambda: Figure(of, window.scale_of))


def ranked_of(window: Reading, each: Each, *, whole: bool = False) -> dict[Labels, Ranked]:
    """The identities of each wanted group by their figures; of equal ones in no order.

    Args:
        window: whose sums are read, and whose cache is used.
        each: part of the value's declaration; the same object at each call, which keys the cache.
        whole: whether the total of all figures is wanted too. It is of every identity, so it costs most.
    """
    # The repr of a declaration is long: it is made once, not at each window.
    key = window.always(("each", id(each)), lambda: (each.by, repr(each)))

    def ranked() -> dict[Labels, Ranked]:
        figure = figure_of(window, each.of)
        also = [figure_of(window, step) for step in each.also]
        groups = window.people(each.by, each.measures).items()
        return {group: _ranked(each, figure, also, people, whole=whole) for group, people in groups}

    by_group = window.once((key, whole), each.measures, ranked)
    return {group: ranked for group, ranked in by_group.items() if window.wants(group)}


def _ranked(each: Each, figure: Figure, also: Sequence[Figure], people: People, *, whole: bool) -> Ranked:
    """The identities of a group that are looked at, by their figures.

    Args:
        each: the figure, with the bounds for being looked at.
        figure: that of ``each.of``, with scales resolved.
        also: those of ``each.also``.
        people: all identities of the group, in any order.
        whole: whether the total is wanted.
    """
    # Rows of `people` that may be looked at; `figure.of` then drops those without a denominator.
    enough = people.somebody
    for name, bound in each.least.items():
        enough &= (people.sums[name] >= bound).astype(bool)
    rows = np.flatnonzero(enough)
    for step in also:
        # One step after the other, so that dear sums are made of the few who came so far.
        steps, rows = step.of(people.sums, rows)
        rows = rows[(steps > 0).astype(bool)]
    figures, rows = figure.of(people.sums, rows)
    # Indexes into `figures`, which is as long as `rows`: `rows[high]` are indexes into `people`.
    high = np.flatnonzero(figures >= max(1, each.floor * figure.scale))
    chosen = high[_falling(figures[high])[: each.largest or None]]
    total = 0
    if whole and not figure.divides:
        # The total is of all identities, also those below the floor and those without an id.
        every, _ = figure.of(people.sums, np.arange(len(people.keys)))
        total = int(every.sum())
    return Ranked(figures[chosen], people.keys[rows[chosen]], total, figure.scale)


def _weighted(
    weighted: Mapping[str, int], sums: Mapping[str, Numbers], rows: npt.NDArray[np.intp]
) -> Numbers:
    parts = [(weight, sums[name][rows]) for name, weight in weighted.items()]
    # Most figures are one measure: no copy, and 64-bit numbers stay 64-bit numbers.
    if len(parts) == 1 and parts[0][0] == 1:
        return parts[0][1]
    total: Numbers = sum(
        (weight * column.astype(object) for weight, column in parts), np.zeros(len(rows), object)
    )
    return total


def _falling(figures: Numbers) -> npt.NDArray[np.intp]:
    """The order of numbers that may be wide, the largest first."""
    if figures.dtype != object:
        return np.argsort(-figures, kind="stable")
    # Two halves of 62 bits each: lexsort takes no Python integers.
    high, low = (figures // _HALF).astype(np.int64), (figures % _HALF).astype(np.int64)
    return np.lexsort((-low, -high))
